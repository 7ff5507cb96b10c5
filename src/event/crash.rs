//! What broke a program, in its own words.

use serde::{Deserialize, Serialize};

/// What broke the program of the one side under test, as far as that is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Crash {
    /// A signal that programs bring upon themselves ended it.
    Signal {
        /// The name of the signal, and what it means.
        name: String,
        /// The assertion that failed, if that was why.
        assertion: Option<String>,
    },
    /// It printed an exception.
    Exception {
        /// Its type and its text.
        error: String,
        /// The last line of the program's own that it came through.
        place: Option<String>,
    },
}

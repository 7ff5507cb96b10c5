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
    Exception(Exception),
}

/// An exception that was not caught, as the language's own runtime prints it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exception {
    /// Its type and its text, on one line.
    pub error: String,
    /// The last place in the program's own files that it came through: a file's name and a line.
    pub place: Option<String>,
}

//! What broke a program.

use crate::event::{Crash, Exception};
use crate::side::Side;

/// What broke the program of `side`, in a sentence that comes before everything else.
#[must_use]
pub fn crash(side: Side, crash: &Crash) -> String {
    match crash {
        Crash::Signal { name, assertion: None } => format!("The {side}'s program died of {name}."),
        Crash::Signal { name, assertion: Some(assertion) } => {
            format!("The {side}'s program died of {name}: {assertion}.")
        }
        Crash::Exception(Exception { error, place }) => {
            let place = place.as_ref().map(|place| format!(", at {place}")).unwrap_or_default();
            format!("The {side} raised {}{place}.", error.trim_end_matches('.'))
        }
    }
}

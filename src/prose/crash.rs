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

/// What broke a program, without a sentence: a word for the way, and what the program has said.
#[must_use]
pub fn broken_by(crash: &Crash) -> (&'static str, String) {
    match crash {
        Crash::Signal { name, assertion } => {
            let assertion = assertion.as_ref().map_or_else(String::new, |text| format!(": {text}"));
            ("killed by", format!("{name}{assertion}"))
        }
        Crash::Exception(Exception { error, place }) => {
            let at = place.as_ref().map_or_else(String::new, |place| format!("{place}: "));
            ("raised", format!("{at}{error}").trim().to_owned())
        }
    }
}

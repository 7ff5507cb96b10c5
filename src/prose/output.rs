//! What programs printed.

use crate::event::Output;
use crate::side::Side;

/// What stands above the places that a hand-in was in when it was ended, among what it printed: the adapter has written that.
pub const STILL_RUNNING: &str = "It was still running when the harness ended it:";

/// The texts in an output, each with the side that printed it where that has to be said.
#[must_use]
pub fn printed(output: &Output) -> Vec<(Option<Side>, &str)> {
    match output {
        Output::Side(text) => vec![(None, text)],
        Output::Pair { client, server } => [(Side::Client, client), (Side::Server, server)]
            .into_iter()
            .filter_map(|(side, text)| Some((Some(side), text.as_deref()?)))
            .collect(),
    }
}

/// An output as one text: of a pair, each part under the name of the side that printed it.
#[must_use]
pub fn output(output: &Output) -> String {
    let part = |(side, text): (Option<Side>, &str)| match side {
        Some(side) => format!("The {side} printed:\n{text}"),
        None => text.to_owned(),
    };
    printed(output).into_iter().map(part).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_adapter_tells_places_under_this_heading() {
        assert!(include_str!("../target/python/adapter/main.py").contains(STILL_RUNNING));
    }

    #[test]
    fn in_one_text_of_a_pair_each_part_says_who_printed_it() {
        let pair = |client: Option<&str>, server: Option<&str>| {
            output(&Output::Pair { client: client.map(str::to_owned), server: server.map(str::to_owned) })
        };
        assert_eq!(pair(Some("a"), Some("b")), "The client printed:\na\nThe server printed:\nb");
        assert_eq!(pair(None, Some("b")), "The server printed:\nb");
        assert_eq!(output(&Output::Side("a".into())), "a");
    }
}

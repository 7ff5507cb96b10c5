//! What the programs under test printed.

use serde::{Deserialize, Serialize};

/// What the programs under test printed: of a long output, the beginning and the end. It is never empty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Output {
    /// Of the one side under test.
    Side(String),
    /// Of a pair, where each side may have printed something.
    Pair {
        /// What the client printed.
        client: Option<String>,
        /// What the server printed.
        server: Option<String>,
    },
}

impl Output {
    /// What the side under test printed, if it printed anything.
    #[must_use]
    pub fn of_side(printed: Option<String>) -> Option<Self> {
        is_something(printed).map(Self::Side)
    }

    /// What the sides of a pair printed, if one of them printed anything.
    #[must_use]
    pub fn of_pair(client: Option<String>, server: Option<String>) -> Option<Self> {
        let (client, server) = (is_something(client), is_something(server));
        (client.is_some() || server.is_some()).then_some(Self::Pair { client, server })
    }
}

fn is_something(printed: Option<String>) -> Option<String> {
    printed.filter(|printed| !printed.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_printed_is_no_output() {
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(Output::of_side(None), None);
        assert_eq!(Output::of_side(some("")), None);
        assert_eq!(Output::of_side(some("here")), Some(Output::Side("here".into())));
        assert_eq!(Output::of_pair(some(""), None), None);
        let server_only = Output::Pair { client: None, server: some("here") };
        assert_eq!(Output::of_pair(some(""), some("here")), Some(server_only));
    }
}

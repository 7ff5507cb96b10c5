//! A command with its arguments, as the user writes it.

use std::fmt;
use std::net::SocketAddr;
use std::process::Command;
use std::str::FromStr;

/// What can stand in braces in a command.
const PLACEHOLDERS: [&str; 3] = ["host", "port", "buffer_size"];

/// A command with its arguments, in which `{host}`, `{port}` and `{buffer_size}` stand for what they say.
///
/// It is split as a shell splits, and started without one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandLine {
    text: String,
    words: Vec<String>,
}

/// What is wrong with the text of a [`CommandLine`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseCommandError {
    /// A quote without its partner.
    #[error("a quote is not closed in the command {0}")]
    Quote(String),
    /// No word at all.
    #[error("the command is empty")]
    Empty,
    /// Something in braces that stands for nothing.
    #[error("{{{0}}} stands for nothing in a command; known are {{host}}, {{port}} and {{buffer_size}}")]
    Placeholder(String),
}

impl FromStr for CommandLine {
    type Err = ParseCommandError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let words = shell_words::split(text).map_err(|_| ParseCommandError::Quote(text.into()))?;
        if words.is_empty() {
            return Err(ParseCommandError::Empty);
        }
        match words.iter().find_map(|word| unknown_placeholder(word)) {
            Some(name) => Err(ParseCommandError::Placeholder(name.into())),
            None => Ok(Self { text: text.into(), words }),
        }
    }
}

/// The first name in braces that is none of the three. Braces around anything but a name are left alone.
fn unknown_placeholder(word: &str) -> Option<&str> {
    let names = word.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name);
    let is_name = |name: &&str| {
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_' || byte == b'-')
    };
    names.filter(is_name).find(|name| !PLACEHOLDERS.contains(name))
}

impl fmt::Display for CommandLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl CommandLine {
    /// The first word that only a shell would make something of: it is given to the program as it is.
    #[cfg(feature = "cli")]
    pub(crate) fn word_for_a_shell(&self) -> Option<&str> {
        const OPERATORS: &[&str] = &["|", "||", "&", "&&", ";", "<", ">", ">>", "2>", "2>>", "2>&1", "&>"];
        self.words.iter().map(String::as_str).find(|word| OPERATORS.contains(word))
    }

    /// The words that it was split into.
    #[cfg(feature = "cli")]
    pub(crate) fn words(&self) -> &[String] {
        &self.words
    }

    /// Whether it has a placeholder.
    #[must_use]
    pub fn has_placeholder(&self) -> bool {
        let filled = |word: &String| PLACEHOLDERS.iter().any(|name| word.contains(&format!("{{{name}}}")));
        self.words.iter().any(filled)
    }

    /// Whether a port is filled in.
    pub(super) fn has_port(&self) -> bool {
        self.words.iter().any(|word| word.contains("{port}"))
    }

    /// The command for something that has no address, as it was written.
    pub(super) fn bare(&self) -> Command {
        let mut command = Command::new(&self.words[0]);
        command.args(&self.words[1..]);
        command
    }

    /// The command for a server at `address`. The three values are in its environment, too.
    pub(super) fn command(&self, address: SocketAddr, buffer_size: Option<usize>) -> Command {
        let values = [
            ("{host}", "HOST", Some(address.ip().to_string())),
            ("{port}", "PORT", Some(address.port().to_string())),
            ("{buffer_size}", "BUFFER_SIZE", buffer_size.map(|size| size.to_string())),
        ];
        let fill = |word: &String| {
            values.iter().fold(word.clone(), |word, (placeholder, _, value)| match value {
                Some(value) => word.replace(placeholder, value),
                None => word,
            })
        };
        let mut command = Command::new(fill(&self.words[0]));
        command.args(self.words[1..].iter().map(fill));
        for (_, variable, value) in &values {
            if let Some(value) = value {
                command.env(variable, value);
            }
        }
        command
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        let line: CommandLine = text.parse().unwrap();
        let command = line.command("127.0.0.1:80".parse().unwrap(), Some(16));
        let mut words = vec![command.get_program().to_string_lossy().into_owned()];
        words.extend(command.get_args().map(|word| word.to_string_lossy().into_owned()));
        words
    }

    #[test]
    fn placeholders_are_filled_after_the_words_are_split() {
        assert_eq!(words("srv {host}:{port} 'a b' {buffer_size}"), ["srv", "127.0.0.1:80", "a b", "16"]);
    }

    #[test]
    fn what_cannot_be_a_command_is_refused() {
        let says = |text: &str| text.parse::<CommandLine>().unwrap_err().to_string();
        assert_eq!(says(" "), "the command is empty");
        assert_eq!(says("a 'b"), "a quote is not closed in the command a 'b");
        assert_eq!(
            says("a {prot}"),
            "{prot} stands for nothing in a command; known are {host}, {port} and {buffer_size}"
        );
    }

    #[test]
    fn what_a_shell_would_do_is_seen() {
        let word = |text: &str| text.parse::<CommandLine>().unwrap().word_for_a_shell().map(str::to_owned);
        assert_eq!(word("python3 x.py > log").as_deref(), Some(">"));
        assert_eq!(word("x | tee log").as_deref(), Some("|"));
        assert_eq!(word("sh -c 'x > log'"), None);
    }

    #[test]
    fn other_braces_are_left_alone() {
        assert_eq!(words("awk '{ print $1 }' {}"), ["awk", "{ print $1 }", "{}"]);
    }
}

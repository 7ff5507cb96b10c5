//! A command that a person copies.

/// A command, taken apart where it may be broken into lines: in front of each option.
#[must_use]
pub fn options(command: &str) -> Vec<String> {
    let Ok(words) = shell_words::split(command) else { return vec![command.to_owned()] };
    words.chunk_by(|_, next| !next.starts_with("--")).map(shell_words::join).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_stay_with_their_values() {
        assert_eq!(
            options("harness --server 'python3 \"my server.py\" {port}' --sandbox --seed 7"),
            ["harness", "--server 'python3 \"my server.py\" {port}'", "--sandbox", "--seed 7"]
        );
        assert_eq!(options("harness '"), ["harness '"]);
    }
}

//! Numbers, counts and capitals, as English sentences write them.
//!
//! This module owns how a figure reads. It must not know what is counted.

pub(crate) mod repetition;

use std::time::Duration;

/// Digits in groups of three, from five digits on: `1500`, `35,648`.
pub(crate) fn number(number: impl TryInto<u64>) -> String {
    const GROUPED_FROM: usize = 5;
    let digits = number.try_into().unwrap_or(u64::MAX).to_string();
    if digits.len() < GROUPED_FROM {
        return digits;
    }
    let groups = digits.as_bytes().rchunks(3).rev().map(String::from_utf8_lossy);
    groups.collect::<Vec<_>>().join(",")
}

/// `1 byte`, `2 bytes`.
pub(crate) fn count(count: usize, noun: &str) -> String {
    match count {
        1 => format!("1 {noun}"),
        _ => format!("{} {noun}s", number(count)),
    }
}

/// `1000 ms`
pub(crate) fn ms(duration: Duration) -> String {
    format!("{} ms", duration.as_millis())
}

/// A duration, as precise as it is short: `2.1 ms`, `450 ms`, `12.3 s`.
pub(crate) fn time(duration: Duration) -> String {
    match duration.as_secs_f64() * 1e3 {
        ms if ms < 10.0 => format!("{ms:.1} ms"),
        ms if ms < 10_000.0 => format!("{ms:.0} ms"),
        ms => format!("{:.1} s", ms / 1e3),
    }
}

/// `1`, `1 and 2`, `1, 2 and 3`.
pub(crate) fn list(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// The first few of many, and how many others there are: `a, b, c and 2 others`.
pub(crate) fn some(items: &[String]) -> String {
    const LISTED_MAX: usize = 3;
    let mut shown: Vec<_> = items.iter().take(LISTED_MAX).cloned().collect();
    if items.len() > LISTED_MAX {
        shown.push(count(items.len() - LISTED_MAX, "other"));
    }
    list(&shown)
}

/// Which of several: `the reply` where there is one, else `reply 2 of 3`. `index` counts from 0.
pub(crate) fn which(noun: &str, index: usize, of: usize) -> String {
    match of {
        1 => format!("the {noun}"),
        _ => format!("{noun} {} of {of}", index + 1),
    }
}

/// What the system says of an error, without its number.
pub(crate) fn system_error(error: &std::io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or_default().to_owned()
}

/// `sentence` with a capital at its start.
pub(crate) fn capitalised(sentence: &str) -> String {
    let mut characters = sentence.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_numbers_are_grouped() {
        let numbers = [0_u64, 1500, 35_648, 536_870_912].map(number);
        assert_eq!(numbers, ["0", "1500", "35,648", "536,870,912"]);
    }

    #[test]
    fn an_error_of_the_system_has_no_number() {
        let error = std::io::Error::from_raw_os_error(2);
        assert!(error.to_string().ends_with("(os error 2)"));
        assert_eq!(system_error(&error), "No such file or directory");
        assert_eq!(system_error(&std::io::Error::other("why")), "why");
    }

    #[test]
    fn lists_have_one_and() {
        let listed = |items: &[&str]| list(&items.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert_eq!(
            [listed(&["1"]), listed(&["1", "2"]), listed(&["1", "2", "3"])],
            ["1", "1 and 2", "1, 2 and 3"]
        );
    }
}

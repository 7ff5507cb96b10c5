//! What a mistyped id or name was meant to be.
//!
//! This module owns what counts as near. It must not know what is named.

/// From here on two words are more likely one that was mistyped than two.
const LIKENESS_MIN: f64 = 0.6;
/// Anything shorter, in characters, is near to too much.
const TYPED_MIN: usize = 3;

/// The one of `known` that `typed` was meant to be, if one is near enough.
pub(crate) fn nearest<'a>(typed: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let typed = typed.to_lowercase();
    let known: Vec<_> = known.collect();
    if typed.chars().count() < TYPED_MIN || known.iter().any(|id| is_group_of(&typed, id)) {
        return None;
    }
    let likeness = |id: &str| {
        let name = id.rsplit('/').next().unwrap_or(id);
        let likeness = |one: &str| strsim::normalized_damerau_levenshtein(&typed, one);
        likeness(id).max(likeness(name))
    };
    let rated = known.iter().map(|id| (likeness(id), *id)).filter(|(likeness, _)| *likeness >= LIKENESS_MIN);
    let nearest = rated.max_by(|(one, _), (other, _)| one.total_cmp(other)).map(|(_, id)| id);
    // Part of an id says which one is meant only where no other has it.
    let mut containing = known.iter().copied().filter(|id| id.contains(&typed));
    nearest.or_else(|| containing.next().filter(|_| containing.next().is_none()))
}

/// Whether `typed` is what stands in front of the slash in `id`.
pub(crate) fn is_group_of(typed: &str, id: &str) -> bool {
    id.split_once('/').is_some_and(|(group, _)| group == typed.trim_end_matches('/'))
}

/// The message of a parser that serde has made, with the name that was meant where it does not know one.
pub(crate) fn readable(message: &str) -> String {
    let message = message.trim().lines().collect::<Vec<_>>().join(", ");
    let names: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    match names[..] {
        [wrong, ref known @ ..] if message.starts_with("unknown") && !known.is_empty() => {
            format!("there is no {wrong} here: {}", meant(wrong, known.iter().copied()))
        }
        _ => message,
    }
}

/// `did you mean buffer?`, or which there are.
pub(crate) fn meant<'a>(wrong: &str, known: impl Iterator<Item = &'a str>) -> String {
    let known: Vec<&str> = known.collect();
    match nearest(wrong, known.iter().copied()) {
        Some(meant) => format!("did you mean {meant}?"),
        None => format!("expected one of {}", known.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{bug, scenario};

    fn meant(typed: &str) -> Option<&'static str> {
        let scenarios = scenario::catalogue().map(|scenario| scenario.id);
        nearest(typed, scenarios.chain(bug::catalogue().map(|bug| bug.id)))
    }

    #[test]
    fn a_near_miss_is_recognised() {
        for (typed, id) in [
            ("shrt", "short"),
            ("SHORT", "short"),
            ("paralel", "parallel"),
            ("twenty-clients", "close/twenty-clients"),
            ("Load/hundred-message", "load/hundred-messages"),
            ("next-mesage-dropped", "next-message-dropped"),
            ("reconnect", "reconnects"),
        ] {
            assert_eq!(meant(typed), Some(id), "{typed}");
        }
    }

    #[test]
    fn what_could_be_anything_is_taken_for_nothing() {
        for typed in ["", "s", "sh", "nonsense", "close", "close/", "load", "delivery/", "inside", "payload"]
        {
            assert_eq!(meant(typed), None, "{typed}");
        }
    }
}

//! Identifiers: names of directories that any file system takes, and none of which it takes for another.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use deunicode::deunicode;
use sha2::{Digest, Sha256};

/// How long one is at most, before it is told from others.
const LEN_MAX: usize = 64;
/// How many digits of a hash tell one from others.
const HASH_DIGITS: usize = 8;
/// What Windows takes for a device, whatever its ending.
const DEVICES: &[&str] = &["con", "prn", "aux", "nul"];
/// What it takes for one with a digit behind it.
const NUMBERED_DEVICES: &[&str] = &["com", "lpt"];

/// An identifier for each of these names of hand-ins, of which several may be alike, and where each lies. They are the same for the
/// same directory: one that is not free is told from the others by a hash of its place, whatever lies beside it.
pub(super) fn identifiers(hand_ins: &[(&str, &Path)]) -> Vec<String> {
    let plain: Vec<_> = hand_ins.iter().map(|(name, _)| plain(name)).collect();
    let mut count: HashMap<String, usize> = HashMap::new();
    for id in &plain {
        *count.entry(id.to_lowercase()).or_default() += 1;
    }
    let mut taken: HashSet<String> =
        plain.iter().map(|id| id.to_lowercase()).filter(|id| count[id] == 1).collect();
    let told_apart = |(id, (_, path)): (String, &(&str, &Path))| {
        if count[&id.to_lowercase()] == 1 {
            return id;
        }
        let hash = hex::encode(Sha256::digest(path.as_os_str().as_encoded_bytes()));
        let candidates = (HASH_DIGITS..=hash.len()).map(|digits| format!("{id}-{}", &hash[..digits]));
        let free = candidates.into_iter().find(|id| taken.insert(id.to_lowercase()));
        // No two lie at one place.
        free.unwrap_or(hash)
    };
    plain.into_iter().zip(hand_ins).map(told_apart).collect()
}

/// A name in letters, digits, dots, hyphens and underscores of ASCII.
fn plain(name: &str) -> String {
    let mut id = String::new();
    for character in deunicode(name).chars() {
        match character {
            'A'..='Z' | 'a'..='z' | '0'..='9' | '-' | '.' => id.push(character),
            // What has no place in it separates, and once is enough.
            _ if id.ends_with('_') => {}
            _ => id.push('_'),
        }
    }
    // It is no option of a program and is not hidden, and Windows would take a dot off its end.
    let id = id.trim_start_matches(['-', '.', '_']);
    let id = &id[..id.len().min(LEN_MAX)];
    let id = id.trim_end_matches(['.', '_']);
    match id {
        "" => "hand-in".into(),
        id if is_device(id) => format!("{id}_"),
        id => id.into(),
    }
}

fn is_device(id: &str) -> bool {
    let stem = id.split('.').next().unwrap_or_default().to_lowercase();
    let numbered = stem.strip_suffix(|last: char| last.is_ascii_digit());
    DEVICES.contains(&stem.as_str()) || numbered.is_some_and(|stem| NUMBERED_DEVICES.contains(&stem))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(names: &[&str]) -> Vec<String> {
        let places: Vec<_> = (0..names.len()).map(|number| format!("place {number}")).collect();
        let hand_ins: Vec<_> =
            names.iter().zip(&places).map(|(name, place)| (*name, Path::new(place))).collect();
        identifiers(&hand_ins)
    }

    #[test]
    fn names_become_names_of_directories() {
        for (name, id) in [
            ("alice", "alice"),
            ("Zoë  Müller-Lüdenscheidt", "Zoe_Muller-Ludenscheidt"),
            ("O'Neil \"Ada\"", "O_Neil_Ada"),
            ("../../etc/passwd", "etc_passwd"),
            ("--help", "help"),
            ("con", "con_"),
            ("LPT1.txt", "LPT1.txt_"),
            ("com", "com"),
            ("…", "hand-in"),
            ("", "hand-in"),
            ("a.", "a"),
        ] {
            assert_eq!(of(&[name]), [id], "{name}");
        }
        assert_eq!(of(&[&"x".repeat(300)])[0].len(), LEN_MAX);
    }

    #[test]
    fn those_that_are_alike_are_told_apart_by_where_they_lie() {
        let ids = of(&["Kim", "kim", "zoë", "alice", "kim"]);
        assert_eq!(ids[2..4], ["zoe", "alice"]);
        assert!(ids[0].starts_with("Kim-") && ids[1].starts_with("kim-") && ids[1] != ids[4], "{ids:?}");
        assert_eq!(of(&["Kim", "kim", "zoë", "alice", "kim"]), ids);
    }

    proptest! {
        #[test]
        fn no_two_are_alike_on_any_file_system(names in prop::collection::vec("\\PC{0,90}|[a-cA-C]", 0..20)) {
            let names: Vec<_> = names.iter().map(String::as_str).collect();
            let ids = of(&names);
            let distinct: HashSet<_> = ids.iter().map(|id| id.to_lowercase()).collect();
            prop_assert_eq!(distinct.len(), names.len());
            for id in ids {
                prop_assert!(id.len() <= LEN_MAX + 65 && !id.is_empty() && !id.starts_with(['.', '-']), "{}", id);
                prop_assert!(id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte)), "{}", id);
            }
        }
    }
}

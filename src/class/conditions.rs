//! What decides, beside its files, what comes of a hand-in: what was graded under the same conditions need not be graded again.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::Digest;
use crate::run::seed_of;

/// How a class is graded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conditions {
    /// The version of the harness.
    pub harness_version: String,
    /// Where the seeds of all hand-ins come from.
    pub seed: u64,
    /// SHA-256 of the file in which the course says what it wants, in hexadecimal; nothing where there is none.
    pub assignment: Option<String>,
    /// The options that change what comes of a run, as they are typed.
    pub options: Vec<String>,
}

impl Conditions {
    /// The seed that a hand-in with these files is graded with. Of its feedback nobody learns the seed of another, or of what they
    /// hand in next.
    #[must_use]
    pub(super) fn seed_of(&self, files: Digest) -> u64 {
        let digest =
            Sha256::new().chain_update(self.seed.to_le_bytes()).chain_update(files.as_bytes()).finalize();
        let (bits, _) = digest.split_first_chunk().expect("a digest is longer");
        seed_of(u64::from_le_bytes(*bits))
    }

    /// The first thing in which these conditions differ from others, in a few words; nothing where they are the same.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Option<String> {
        if self.harness_version != other.harness_version {
            return Some(format!("lengthwise {} and {}", self.harness_version, other.harness_version));
        }
        if self.assignment != other.assignment {
            return Some("different files for the assignment".into());
        }
        if self.seed != other.seed {
            return Some(format!("the seeds {} and {}", self.seed, other.seed));
        }
        let options = |one: &Self| match one.options.is_empty() {
            true => "no options".to_owned(),
            false => one.options.join(" "),
        };
        (self.options != other.options).then(|| format!("{} and {}", options(self), options(other)))
    }
}

/// What a directory of results is of: how, and which part of which class.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// How its hand-ins are graded.
    pub conditions: Conditions,
    /// SHA-256 over the identifiers and files of all hand-ins of the class, of other parts, too, in hexadecimal.
    pub class: String,
    /// Which part it is; nothing where it is the whole class.
    pub shard: Option<Shard>,
    /// Whether nothing of it is left to be graded.
    pub is_complete: bool,
}

/// One of several parts of a class that are graded apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Shard {
    /// Which one, from 1 on.
    pub index: u32,
    /// How many there are.
    pub of: u32,
}

impl Shard {
    /// More parts than this are of no class.
    const OF_MAX: u32 = 100_000;

    /// Whether a hand-in with these files belongs to this part. That depends on nothing else: not on what else is in the class,
    /// and hand-ins that are the same byte for byte are never apart.
    #[must_use]
    pub fn has(self, digest: &Digest) -> bool {
        let number = u64::from_str_radix(&digest.to_string()[..16], 16).unwrap_or_default();
        number % u64::from(self.of) == u64::from(self.index - 1)
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.of)
    }
}

/// This is no part of anything.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected which part of how many, as in 1/4, got {0:?}")]
pub struct ParseShardError(String);

impl FromStr for Shard {
    type Err = ParseShardError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parse = || {
            let (index, of) = text.split_once('/')?;
            let (index, of) = (index.parse().ok()?, of.parse().ok()?);
            (1..=Self::OF_MAX).contains(&of).then_some(())?;
            (1..=of).contains(&index).then_some(Self { index, of })
        };
        parse().ok_or_else(|| ParseShardError(text.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(number: u8) -> Digest {
        let hex = format!("{}{number:02x}{}", "5c".repeat(7), "5c".repeat(24));
        serde_json::from_str(&format!("\"{hex}\"")).unwrap()
    }

    #[test]
    fn every_hand_in_belongs_to_exactly_one_shard() {
        for of in [1, 2, 3, 7, 300] {
            let mut counts = vec![0; of as usize];
            for number in 0..=255 {
                let having = (1..=of).filter(|index| Shard { index: *index, of }.has(&digest(number)));
                let having: Vec<_> = having.collect();
                assert_eq!(having.len(), 1, "{number} of {of}");
                counts[having[0] as usize - 1] += 1;
            }
            assert!(of > 7 || counts.iter().all(|count| *count > 0), "{counts:?}");
        }
    }

    #[test]
    fn a_shard_is_one_of_at_least_one() {
        assert_eq!("2/4".parse(), Ok(Shard { index: 2, of: 4 }));
        assert_eq!(Shard { index: 2, of: 4 }.to_string(), "2/4");
        for text in ["0/4", "5/4", "4", "1/0", "-1/4", "a/b", "1/4/7", "1/100001", ""] {
            assert!(text.parse::<Shard>().is_err(), "{text}");
        }
    }

    #[test]
    fn what_differs_is_named() {
        let one =
            Conditions { harness_version: "0.1.0".into(), seed: 7, assignment: None, options: Vec::new() };
        assert_eq!(one.difference(&one.clone()), None);
        let differs = |other: Conditions| one.difference(&other).unwrap();
        assert_eq!(differs(Conditions { seed: 8, ..one.clone() }), "the seeds 7 and 8");
        assert!(differs(Conditions { assignment: Some("ab".into()), ..one.clone() }).contains("files"));
        let strict = Conditions { options: vec!["--strict".into()], ..one.clone() };
        assert_eq!(differs(strict), "no options and --strict");
        assert!(differs(Conditions { harness_version: "0.2.0".into(), ..one.clone() }).contains("0.2.0"));
    }
}

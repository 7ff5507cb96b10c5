//! Seals: what tells a recording as the harness wrote it from one that was changed later.
//!
//! The seal of a line is the HMAC-SHA256 ([RFC 2104](https://www.rfc-editor.org/rfc/rfc2104)), under a key that nobody but the
//! harness has, of the seal before it and the line without its own. In front of the first line stand zeros. So a line that is
//! changed, added, left out or moved breaks the chain there, and the end is missing where the run's last event is.
//!
//! What stands in a line is the text that was sealed: nothing is parsed before it is checked.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::{AFTER_SEAL, BEFORE_SEAL};
use crate::event::Seal;

/// The secret that makes seals.
#[derive(Clone, PartialEq, Eq)]
pub struct Key([u8; Self::LEN]);

impl Key {
    /// The length of a key, in bytes.
    pub const LEN: usize = 32;

    /// The key of these bytes, which should be random.
    #[must_use]
    pub const fn new(bytes: [u8; Self::LEN]) -> Self {
        Self(bytes)
    }
}

/// It is not shown.
impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(..)")
    }
}

/// Why a line is not one that was sealed in its place. Lines are counted from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// The first line has no seal.
    #[error("line 1 has no seal: the recording was made without a key, or its seals were taken away")]
    Unsealed,
    /// A later line has none.
    #[error("the chain of seals breaks at line {line}, which has none: it was changed or added")]
    Missing {
        /// The line.
        line: usize,
    },
    /// The first seal is another one.
    #[error("the seal of line 1 is wrong: the line was changed, or it was sealed with another key")]
    WrongAtOnce,
    /// A later seal is.
    #[error(
        "the chain of seals breaks at line {line}: it was changed or added, or what stood before it is gone"
    )]
    Wrong {
        /// The line.
        line: usize,
    },
}

/// Makes the seals of lines, one after the other.
#[derive(Debug)]
pub(super) struct Sealer(Chain);

impl Sealer {
    /// For the lines of one recording, from the first one on.
    pub(super) fn new(key: &Key) -> Self {
        Self(Chain::new(key))
    }

    /// The seal of the next line, which has neither a seal nor its end yet.
    pub(super) fn seal(&mut self, bare: &[u8]) -> Seal {
        self.0.last = Seal(self.0.authenticate(bare).finalize().into_bytes().into());
        self.0.last
    }
}

/// Checks the seals of lines, one after the other.
#[derive(Debug)]
pub struct Verifier {
    chain: Chain,
    lines: usize,
}

impl Verifier {
    /// For the lines of one recording, from the first one on.
    #[must_use]
    pub fn new(key: &Key) -> Self {
        Self { chain: Chain::new(key), lines: 0 }
    }

    /// Checks the next line, with its end or without it.
    ///
    /// # Errors
    ///
    /// It was not sealed with this key after the lines before it.
    pub fn check(&mut self, line: &[u8]) -> Result<(), SealError> {
        let number = self.lines + 1;
        let Some((bare, seal)) = divided(line) else {
            return Err(if number == 1 { SealError::Unsealed } else { SealError::Missing { line: number } });
        };
        if self.chain.authenticate(&bare).verify_slice(&seal.0).is_err() {
            return Err(if number == 1 { SealError::WrongAtOnce } else { SealError::Wrong { line: number } });
        }
        self.chain.last = seal;
        self.lines = number;
        Ok(())
    }

    /// How many lines were as they were written.
    #[must_use]
    pub const fn lines(&self) -> usize {
        self.lines
    }
}

/// What the next seal depends on.
#[derive(Debug)]
struct Chain {
    keyed: Hmac<Sha256>,
    last: Seal,
}

impl Chain {
    fn new(key: &Key) -> Self {
        let keyed = Hmac::new_from_slice(&key.0).expect("a key of any length will do");
        Self { keyed, last: Seal([0; Seal::LEN]) }
    }

    fn authenticate(&self, bare: &[u8]) -> Hmac<Sha256> {
        self.keyed.clone().chain_update(self.last.0).chain_update(bare)
    }
}

/// A line without its seal and its end, and the seal, if it has one.
fn divided(line: &[u8]) -> Option<(Vec<u8>, Seal)> {
    let line = line.strip_suffix(b"\n").unwrap_or(line).strip_suffix(AFTER_SEAL)?;
    let (before, digits) = line.split_at_checked(line.len().checked_sub(2 * Seal::LEN)?)?;
    let bare = before.strip_suffix(BEFORE_SEAL)?;
    let mut seal = Seal([0; Seal::LEN]);
    hex::decode_to_slice(digits, &mut seal.0).ok()?;
    // There is one way to write it.
    (!digits.iter().any(u8::is_ascii_uppercase)).then(|| ([bare, b"}"].concat(), seal))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::Writer;
    use super::*;
    use crate::event::{Event, EventKind};

    const KEY: Key = Key::new([7; Key::LEN]);

    /// What a run of so many events leaves, as far as seals are concerned.
    fn sealed(count: u64) -> Vec<Vec<u8>> {
        let mut writer = Writer::default().sealed(&KEY);
        let events = (0..count).map(|at| Event::new(Duration::from_secs(at), EventKind::RunFinished));
        events.map(|event| writer.line(&event)).collect()
    }

    fn check(lines: &[Vec<u8>]) -> Result<(), SealError> {
        let mut verifier = Verifier::new(&KEY);
        lines.iter().try_for_each(|line| verifier.check(line))
    }

    /// Computed with Python: `hmac.digest(key, bytes(32) + line, 'sha256')`, and so on.
    #[test]
    fn a_seal_is_what_any_other_program_makes_of_the_key_and_the_lines() {
        let lines = sealed(2);
        let wanted = [
            "{\"at_ns\":0,\"event\":\"run-finished\",\"seal\":\"c856dd73c6a62bdfeeb9fc593378f1eb0a6198bcaa106acbcc3e3bb94beeaff6\"}\n",
            "{\"at_ns\":1000000000,\"event\":\"run-finished\",\"seal\":\"bebfb9478963957c1d91822411f79ac5d36dc984869f17d720299ebd4f4d94de\"}\n",
        ];
        assert_eq!(lines, wanted.map(|line| line.as_bytes().to_vec()));
    }

    #[test]
    fn what_was_sealed_holds_and_an_event_keeps_its_seal() {
        let lines = sealed(4);
        assert_eq!(check(&lines), Ok(()));
        let mut writer = Writer::default();
        for whole in &lines {
            let event: Event = serde_json::from_slice(whole).unwrap();
            assert!(event.seal.is_some());
            assert_eq!(&writer.line(&event), whole);
        }
    }

    #[test]
    fn every_change_of_a_byte_breaks_the_chain_at_its_line() {
        let lines = sealed(3);
        for (number, line) in lines.iter().enumerate() {
            for at in 0..line.len() - 1 {
                let mut changed = lines.clone();
                changed[number][at] ^= 0x20;
                let error = check(&changed).unwrap_err().to_string();
                assert!(error.contains(&format!("line {}", number + 1)), "{at}: {error}");
            }
        }
    }

    #[test]
    fn lines_that_are_left_out_added_or_moved_break_the_chain() {
        let lines = sealed(4);
        let bare = b"{\"at_ns\":0,\"event\":\"run-finished\"}\n".to_vec();
        let [one, two, three, four] = &lines[..] else { panic!("there are four") };
        for (changed, error) in [
            (vec![two, three, four], SealError::WrongAtOnce),
            (vec![&bare, one, two], SealError::Unsealed),
            (vec![one, three, four], SealError::Wrong { line: 2 }),
            (vec![one, two, two], SealError::Wrong { line: 3 }),
            (vec![one, three, two, four], SealError::Wrong { line: 2 }),
            (vec![one, two, &bare, three], SealError::Missing { line: 3 }),
        ] {
            let changed: Vec<_> = changed.into_iter().cloned().collect();
            assert_eq!(check(&changed), Err(error));
        }
    }

    #[test]
    fn another_key_makes_other_seals() {
        let error = Verifier::new(&Key::new([8; Key::LEN])).check(&sealed(1)[0]);
        assert_eq!(error, Err(SealError::WrongAtOnce));
    }
}

//! What of a hand-in is not taken, and why.

use std::collections::BTreeSet;
use std::fmt;
use std::path::PathBuf;

use super::tree::DEPTH_MAX;
use crate::bytes::printable;
use crate::english::{capitalised, some};
use crate::target::hand_in_folder::{ENTRIES_MAX, TOTAL_LEN_MAX};

/// Something that is not among the files of a hand-in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct LeftOut {
    /// Where it lies.
    pub(super) path: PathBuf,
    /// Why it is not taken.
    pub(super) why: Why,
}

/// Why something is not taken.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Why {
    /// It would lie, or leads, somewhere else.
    LeadsOut,
    /// A link to nothing, or to a directory.
    DeadLink,
    /// A device, a FIFO or the like.
    NotRegular,
    /// No file system takes its name.
    BadName,
    /// Something else of its name is there.
    InTheWay,
    /// It cannot be read without a password.
    Encrypted,
    /// It cannot be read.
    Unreadable,
    /// The files are too large together.
    TooLarge,
    /// They are too many.
    TooMany,
    /// A file of the same name was handed in later.
    Earlier,
    /// The archive has another file of the same name behind it, which is the one that a program would leave that unpacks all.
    Repeated,
    /// It lies in too many folders, one in the other.
    TooDeep,
    /// An archive that cannot be unpacked.
    Broken(String),
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LeadsOut => f.write_str("outside the hand-in"),
            Self::DeadLink => f.write_str("a link to what is no file"),
            Self::NotRegular => f.write_str("neither a file nor a folder"),
            Self::BadName => f.write_str("a name that no file can have"),
            Self::InTheWay => f.write_str("a name that is taken, whatever its case"),
            Self::Encrypted => f.write_str("protected by a password"),
            Self::Unreadable => f.write_str("not readable"),
            Self::TooLarge => write!(f, "more than {} MiB in all", TOTAL_LEN_MAX >> 20),
            Self::TooMany => write!(f, "more than {ENTRIES_MAX} files"),
            Self::Earlier => f.write_str("handed in again later"),
            Self::Repeated => f.write_str("in the archive again, further on"),
            Self::TooDeep => write!(f, "more than {DEPTH_MAX} folders deep"),
            Self::Broken(error) => f.write_str(error),
        }
    }
}

/// A sentence for each reason, with the first of what it concerns.
pub(super) fn sentences(left_out: &[LeftOut]) -> Vec<String> {
    let reasons: BTreeSet<&Why> = left_out.iter().map(|one| &one.why).collect();
    let of = |why: &Why| {
        let ones = left_out.iter().filter(|one| one.why == *why);
        let names: Vec<_> = ones.map(|one| printable(&one.path.to_string_lossy())).collect();
        capitalised(&format!("left out: {} ({why}).", some(&names)))
    };
    reasons.into_iter().map(of).collect()
}

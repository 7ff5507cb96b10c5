//! The parts of a class, put together again.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use super::conditions::{Part, Shard};
use super::record::{ClassRecord, HandInOutcome};
use super::results::{CLASS, Results, ResultsError};
use crate::english::list;

/// Why parts do not make a class.
#[derive(Debug, thiserror::Error)]
pub enum MergeError {
    /// A part cannot be used.
    #[error(transparent)]
    Results(#[from] ResultsError),
    /// A directory has no results in it.
    #[error("{} has no results of a class", .0.display())]
    NoResults(PathBuf),
    /// A directory has the results of a whole class.
    #[error("{} is not a part of a class: it was graded without --shard", .0.display())]
    Whole(PathBuf),
    /// Two parts have nothing to do with each other.
    #[error("{} and {} are not parts of one class: they have {difference}", one.display(), other.display())]
    Different {
        /// A part.
        one: PathBuf,
        /// Another one.
        other: PathBuf,
        /// What they differ in.
        difference: String,
    },
    /// A part is there more than once.
    #[error("{} and {} are the same part, {shard}", one.display(), other.display())]
    Twice {
        /// Which part.
        shard: Shard,
        /// Where it is.
        one: PathBuf,
        /// Where it is as well.
        other: PathBuf,
    },
    /// Something of the class is missing.
    #[error("something is missing: {0}. With --partial, what is there is merged")]
    Holes(String),
    /// The results cannot be written.
    #[error("the results cannot be written: {0}")]
    Output(#[from] io::Error),
}

/// A part that was read.
struct ReadPart {
    path: PathBuf,
    part: Part,
    record: ClassRecord,
    results: Results,
}

/// Puts the parts in these directories together in `results`: the same that one run would have left, times aside. Where something is
/// missing, that is an error unless it is allowed, and told. The documents on the whole are still to be written.
///
/// # Errors
///
/// See [`MergeError`].
pub fn merge(
    directories: &[PathBuf],
    results: &Results,
    allow_holes: bool,
) -> Result<(ClassRecord, Option<String>), MergeError> {
    let parts = directories.iter().map(|path| ReadPart::read(path)).collect::<Result<Vec<_>, _>>()?;
    let mut shards: BTreeMap<Shard, &ReadPart> = BTreeMap::new();
    for part in &parts {
        part.is_beside(&parts[0])?;
        let shard = part.shard()?;
        if let Some(other) = shards.insert(shard, part) {
            let (one, other) = (other.path.clone(), part.path.clone());
            return Err(MergeError::Twice { shard, one, other });
        }
    }
    let holes = holes(&shards);
    if let Some(holes) = holes.as_ref().filter(|_| !allow_holes) {
        return Err(MergeError::Holes(holes.clone()));
    }
    let mut record = parts[0].record.clone();
    record.hand_ins.clear();
    for part in &parts {
        if record.columns.is_empty() {
            record.columns.clone_from(&part.record.columns);
        }
        for hand_in in &part.record.hand_ins {
            if matches!(hand_in.outcome, HandInOutcome::Graded(_)) {
                results.share(&part.results.hand_in(&hand_in.id), &hand_in.id)?;
            }
            record.hand_ins.push(hand_in.clone());
        }
    }
    record.hand_ins.sort_by(|one, other| one.id.cmp(&other.id));
    let whole = Part { shard: None, is_complete: holes.is_none(), ..parts[0].part.clone() };
    results.set_part(&whole)?;
    Ok((record, holes))
}

impl ReadPart {
    fn read(path: &Path) -> Result<Self, MergeError> {
        let no_results = || MergeError::NoResults(path.to_owned());
        let results = match Results::open_for_reading(path) {
            Err(ResultsError::Unusable { error, .. }) if error.kind() == io::ErrorKind::NotFound => {
                return Err(no_results());
            }
            opened => opened?,
        };
        let part = results.part().ok_or_else(no_results)?;
        let record = results.read(CLASS).map_err(|_| no_results())?;
        Ok(Self { path: path.to_owned(), part, record, results })
    }

    fn shard(&self) -> Result<Shard, MergeError> {
        self.part.shard.ok_or_else(|| MergeError::Whole(self.path.clone()))
    }

    /// Whether this and another part are of one class.
    fn is_beside(&self, other: &Self) -> Result<(), MergeError> {
        let of = |one: &Self| one.shard().map(|shard| shard.of);
        let difference = other.part.conditions.difference(&self.part.conditions);
        let difference = match (of(other)?, of(self)?) {
            _ if difference.is_some() => difference,
            _ if self.part.class != other.part.class => Some("different hand-ins".to_owned()),
            (one, another) if one != another => Some(format!("{one} and {another} parts")),
            _ => None,
        };
        match difference {
            None => Ok(()),
            Some(difference) => {
                let (one, other) = (other.path.clone(), self.path.clone());
                Err(MergeError::Different { one, other, difference })
            }
        }
    }
}

/// What is missing of a class, in a few words; nothing where it is whole.
fn holes(shards: &BTreeMap<Shard, &ReadPart>) -> Option<String> {
    let of = shards.keys().next()?.of;
    let missing = (1..=of).map(|index| Shard { index, of }).filter(|shard| !shards.contains_key(shard));
    let missing: Vec<_> = missing.map(|shard| shard.to_string()).collect();
    let unfinished = shards.values().filter(|part| !part.part.is_complete);
    let unfinished: Vec<_> = unfinished.map(|part| part.path.display().to_string()).collect();
    let sentences: Vec<_> = [("there is no part", missing), ("not everything is graded in", unfinished)]
        .into_iter()
        .filter(|(_, names)| !names.is_empty())
        .map(|(what, names)| format!("{what} {}", list(&names)))
        .collect();
    (!sentences.is_empty()).then(|| list(&sentences))
}

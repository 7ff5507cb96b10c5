//! The directory that a class's results are kept in.
//!
//! Whatever is in its place there is whole: it is written elsewhere, brought to the disk, and put there by one rename. So a harness
//! that is killed at any moment, or loses its power, leaves nothing that the next one could mistake.

use std::fs::{self, DirBuilder, File, TryLockError};
use std::io::{self, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tempfile::{NamedTempFile, TempDir};

use super::conditions::{Conditions, Part};
use super::files::{GRADE, RECORDING, REPORTS};
use super::intake::Digest;
use super::outcome::HandInGrade;

/// The directory in which each hand-in has one.
pub(super) const HAND_INS: &str = "hand-ins";
/// What the class comes to.
pub(super) const CLASS: &str = "class.json";
/// What these are the results of.
const PART: &str = "run.json";
/// What is not in its place yet. Nothing in it is of any use to a later harness.
const UNFINISHED: &str = ".unfinished";
const LOCK: &str = ".lock";
/// Grades are nobody else's business.
const OWNER_ONLY: u32 = 0o700;

/// Why a directory cannot be used for results.
#[derive(Debug, thiserror::Error)]
pub enum ResultsError {
    /// Two at a time would mix.
    #[error("another harness is at work in {}: wait for its end, or choose another directory with --out", .0.display())]
    InUse(PathBuf),
    /// It cannot be made, read or written.
    #[error("the results {} cannot be used: {error}", path.display())]
    Unusable {
        /// Which.
        path: PathBuf,
        /// Why not.
        error: io::Error,
    },
}

/// The results of a class, which nobody else writes to as long as this is there.
#[derive(Debug)]
pub struct Results {
    root: PathBuf,
    _lock: File,
}

/// What a hand-in was graded for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Key {
    pub(super) files: Digest,
    pub(super) conditions: Conditions,
}

/// The grade of a hand-in, as it is kept.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct KeptGrade {
    pub(super) key: Key,
    /// The time limit that ended its run, in milliseconds, if one did.
    pub(super) reached_limit_ms: Option<u64>,
    pub(super) grade: HandInGrade,
}

impl Results {
    /// The results in this directory, which is made if it is not there.
    ///
    /// # Errors
    ///
    /// See [`ResultsError`].
    pub fn open(root: &Path) -> Result<Self, ResultsError> {
        let unusable = |error| ResultsError::Unusable { path: root.to_owned(), error };
        let directory = |path: &Path| DirBuilder::new().recursive(true).mode(OWNER_ONLY).create(path);
        directory(root).map_err(unusable)?;
        let root = root.canonicalize().map_err(unusable)?;
        let lock = File::options().create(true).append(true).open(root.join(LOCK)).map_err(unusable)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(ResultsError::InUse(root)),
            Err(TryLockError::Error(error)) => return Err(unusable(error)),
        }
        let results = Self { root, _lock: lock };
        // What a harness was at when it was killed. One of its own may still be about to end, and be writing there.
        let _ = fs::remove_dir_all(results.root.join(UNFINISHED));
        for path in [HAND_INS, UNFINISHED] {
            directory(&results.root.join(path)).map_err(unusable)?;
        }
        Ok(results)
    }

    /// The same, of a directory that only has to be read.
    ///
    /// # Errors
    ///
    /// See [`ResultsError`].
    pub(super) fn open_for_reading(root: &Path) -> Result<Self, ResultsError> {
        let unusable = |error| ResultsError::Unusable { path: root.to_owned(), error };
        let lock = File::open(root.join(LOCK)).map_err(unusable)?;
        match lock.try_lock_shared() {
            Ok(()) => Ok(Self { root: root.canonicalize().map_err(unusable)?, _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(ResultsError::InUse(root.to_owned())),
            Err(TryLockError::Error(error)) => Err(unusable(error)),
        }
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.root
    }

    /// What these are the results of; nothing where nothing was graded yet.
    #[must_use]
    pub fn part(&self) -> Option<Part> {
        self.read(PART).ok()
    }

    /// Remembers what these are the results of.
    ///
    /// # Errors
    ///
    /// The file cannot be written.
    pub fn set_part(&self, part: &Part) -> io::Result<()> {
        self.put(PART, |out| Ok(serde_json::to_writer_pretty(out, part)?))
    }

    /// A document in the directory.
    pub(super) fn read<T: DeserializeOwned>(&self, name: &str) -> io::Result<T> {
        Ok(serde_json::from_slice(&fs::read(self.root.join(name))?)?)
    }

    /// Puts a file there, as a whole.
    pub(super) fn put(
        &self,
        name: &str,
        write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> io::Result<()> {
        let mut file = NamedTempFile::new_in(self.root.join(UNFINISHED))?;
        let mut out = io::BufWriter::new(&mut file);
        write(&mut out)?;
        out.flush()?;
        drop(out);
        file.as_file().sync_all()?;
        file.persist(self.root.join(name))?;
        sync(&self.root)
    }

    /// What is kept of a hand-in, if it was graded for this key and all of it is there.
    pub(super) fn kept(&self, id: &str, key: &Key) -> Option<KeptGrade> {
        let directory = self.hand_in(id);
        let kept: KeptGrade = serde_json::from_slice(&fs::read(directory.join(GRADE)).ok()?).ok()?;
        let has = |name: &str| directory.join(name).is_file();
        let is_whole = has(RECORDING) && REPORTS.iter().all(|(name, _)| has(name));
        (is_whole && kept.key == *key).then_some(kept)
    }

    /// A directory to make something in that is to be kept. It is gone unless that is done.
    pub(super) fn begin(&self) -> io::Result<TempDir> {
        tempfile::Builder::new().prefix("hand-in-").tempdir_in(self.root.join(UNFINISHED))
    }

    /// Puts the files in `directory`, which came of a run, in the place of a hand-in, together with its grade.
    pub(super) fn keep(&self, directory: &Path, id: &str, grade: &KeptGrade) -> io::Result<()> {
        fs::write(directory.join(GRADE), serde_json::to_vec(grade)?)?;
        for entry in fs::read_dir(directory)? {
            sync(&entry?.path())?;
        }
        self.place(directory, id)
    }

    /// Gives a hand-in the files in `directory`, which are kept already. They are the same files, where the file system allows that.
    pub(super) fn share(&self, directory: &Path, id: &str) -> io::Result<()> {
        let made = self.begin()?;
        for entry in fs::read_dir(directory)? {
            let entry = entry?;
            let place = made.path().join(entry.file_name());
            fs::hard_link(entry.path(), &place)
                .or_else(|_| fs::copy(entry.path(), &place).and_then(|_| sync(&place)))?;
        }
        self.place(made.path(), id)
    }

    /// Where the files of a hand-in are.
    pub(super) fn hand_in(&self, id: &str) -> PathBuf {
        self.root.join(HAND_INS).join(id)
    }

    fn place(&self, directory: &Path, id: &str) -> io::Result<()> {
        sync(directory)?;
        let place = self.hand_in(id);
        // What was graded for another key. A harness that is killed in between has lost what is of no use any more.
        if place.exists() {
            let old = self.begin()?;
            fs::rename(&place, old.path().join("old"))?;
        }
        fs::rename(directory, &place)?;
        sync(&self.root.join(HAND_INS))
    }
}

/// Brings a file or a directory to the disk.
fn sync(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_harnesses_cannot_write_to_the_same_results() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("results");
        let results = Results::open(&root).unwrap();
        assert!(matches!(Results::open(&root), Err(ResultsError::InUse(_))));
        assert!(matches!(Results::open_for_reading(&root), Err(ResultsError::InUse(_))));
        drop(results);
        let first = Results::open_for_reading(&root).unwrap();
        let second = Results::open_for_reading(&root).unwrap();
        assert_eq!(first.path(), second.path());
    }

    #[test]
    fn a_file_is_replaced_as_a_whole_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let results = Results::open(folder.path()).unwrap();
        results.put(CLASS, |out| out.write_all(b"first")).unwrap();
        let fails = |out: &mut dyn Write| {
            out.write_all(b"second")?;
            Err(io::Error::from(io::ErrorKind::StorageFull))
        };
        assert!(results.put(CLASS, fails).is_err());
        assert_eq!(fs::read(folder.path().join(CLASS)).unwrap(), b"first");
        assert_eq!(fs::read_dir(folder.path().join(UNFINISHED)).unwrap().count(), 0);
    }

    #[test]
    fn what_a_killed_harness_was_at_is_gone_when_the_next_one_begins() {
        let folder = tempfile::tempdir().unwrap();
        let results = Results::open(folder.path()).unwrap();
        let left = results.begin().unwrap().keep();
        fs::write(left.join("half"), "").unwrap();
        drop(results);
        Results::open(folder.path()).unwrap();
        assert!(!left.exists());
    }
}

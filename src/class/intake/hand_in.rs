//! A hand-in and its files.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use walkdir::WalkDir;

use super::Layout;
use crate::side::Side;

/// One hand-in, with its files within reach.
#[derive(Debug)]
pub struct HandIn {
    /// What the platform, or the directory, calls it. No two are alike, and it can be the name of a directory on any file system.
    pub id: String,
    /// Whose it is, where that is known.
    pub name: Option<String>,
    /// What the platform, or the roster, knows of it besides.
    pub details: BTreeMap<String, String>,
    /// Where it lies in the directory of the class.
    pub path: PathBuf,
    /// What it was recognised as. It is never [`Layout::Mixed`].
    pub layout: Layout,
    /// Whether the platform says that it came late.
    pub is_late: bool,
    /// What was noticed when it was taken in, in sentences.
    pub remarks: Vec<String>,
    /// Its files, in the order of their paths.
    pub files: Vec<SourceFile>,
}

/// A file of a hand-in.
#[derive(Debug)]
pub struct SourceFile {
    /// Its path inside the hand-in.
    pub path: PathBuf,
    /// Where its bytes come from.
    source: PathBuf,
}

/// SHA-256 over the files of a hand-in. As text it is in hexadecimal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Digest(#[serde(with = "hex::serde")] [u8; 32]);

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl HandIn {
    pub(super) fn of_folder(folder: &Path) -> io::Result<Self> {
        let name = folder.file_name().unwrap_or_default();
        let mut files = Vec::new();
        for entry in WalkDir::new(folder).sort_by_file_name() {
            let entry = entry?;
            if let Ok(path) = entry.path().strip_prefix(folder)
                && entry.file_type().is_file()
            {
                files.push(SourceFile { path: path.to_owned(), source: entry.path().to_owned() });
            }
        }
        Ok(Self {
            id: name.to_string_lossy().into_owned(),
            name: None,
            details: BTreeMap::new(),
            path: name.into(),
            layout: Layout::Folders,
            is_late: false,
            remarks: Vec::new(),
            files,
        })
    }

    /// Where the file for `side` lies inside, if one has its name: `Submission::find` can be told so.
    #[must_use]
    pub fn file(&self, _side: Side) -> Option<&Path> {
        None
    }

    /// SHA-256 over the paths and contents of its files: equal for hand-ins that are equal byte by byte.
    ///
    /// # Errors
    ///
    /// A file cannot be read.
    pub fn digest(&self) -> io::Result<Digest> {
        let mut hash = Sha256::new();
        for file in &self.files {
            let bytes = fs::read(&file.source)?;
            for part in [file.path.as_os_str().as_encoded_bytes(), &bytes] {
                hash.update((part.len() as u64).to_be_bytes());
                hash.update(part);
            }
        }
        Ok(Digest(hash.finalize().into()))
    }

    /// Lays its files out in the directory `into`, which is empty, as the student had them.
    ///
    /// # Errors
    ///
    /// A file cannot be read or written.
    pub fn unpack(&self, into: &Path) -> io::Result<()> {
        for file in &self.files {
            let place = into.join(&file.path);
            fs::create_dir_all(place.parent().unwrap_or(into))?;
            io::copy(&mut File::open(&file.source)?, &mut File::create_new(place)?)?;
        }
        Ok(())
    }
}

//! A hand-in and its files.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::Layout;
use super::roster::Person;
use super::source::{Reader, Source};
use crate::side::Side;
use crate::target::hand_in_folder::TOTAL_LEN_MAX;

/// One hand-in, with its files within reach.
#[derive(Debug)]
pub struct HandIn {
    /// What the platform, or the directory, calls it. No two are alike, whatever the case of their letters, and it can be the name
    /// of a directory on any file system.
    pub id: String,
    /// Whose it is, where that is known.
    pub name: Option<String>,
    /// What the platform and the roster know of it besides, by the names in [`super::detail`].
    pub details: BTreeMap<String, String>,
    /// Who handed it in together; nobody where it is of one person, or nobody knows.
    pub group: Vec<Person>,
    /// Where it lies in the directory of the class. Where it is several files, what their names begin with, and a star.
    pub path: PathBuf,
    /// What it was recognised as. It is never [`Layout::Mixed`].
    pub layout: Layout,
    /// Whether the platform says that it came late.
    pub is_late: bool,
    /// What was noticed when it was taken in, in sentences.
    pub remarks: Vec<String>,
    /// Its files, in the order of their paths. There is none where nothing could be taken: the remarks say why.
    pub files: Vec<SourceFile>,
    pub(super) server: Option<PathBuf>,
    pub(super) client: Option<PathBuf>,
}

/// A file of a hand-in.
#[derive(Debug)]
pub struct SourceFile {
    /// Its path inside the hand-in. It never leads out of it.
    pub path: PathBuf,
    pub(super) source: Source,
    pub(super) len: u64,
}

/// SHA-256 over the files of a hand-in. As text it is in hexadecimal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Digest(#[serde(with = "hex::serde")] [u8; 32]);

impl Digest {
    pub(in crate::class) const fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl HandIn {
    /// Where the file for `side` lies among [`HandIn::files`], if one has its name. `Submission::find` takes it, and finds by it what
    /// lies deeper than it looks by itself.
    #[must_use]
    pub fn file(&self, side: Side) -> Option<&Path> {
        match side {
            Side::Server => self.server.as_deref(),
            Side::Client => self.client.as_deref(),
        }
    }

    /// SHA-256 over the paths and contents of its files: equal for hand-ins that are equal byte by byte.
    ///
    /// # Errors
    ///
    /// A file cannot be read any more.
    pub fn digest(&self) -> io::Result<Digest> {
        let mut hash = Sha256::new();
        self.each_file(|path, bytes| {
            for part in [path.as_os_str().as_encoded_bytes(), bytes] {
                hash.update((part.len() as u64).to_be_bytes());
                hash.update(part);
            }
            Ok(())
        })?;
        Ok(Digest(hash.finalize().into()))
    }

    /// Lays its files out in the directory `into`, which is empty and nobody else's, as the student had them. Nothing outside of it
    /// is written, and no link.
    ///
    /// # Errors
    ///
    /// A file cannot be read any more, or not be written.
    pub fn unpack(&self, into: &Path) -> io::Result<()> {
        const FILE_MODE: u32 = 0o600;
        self.each_file(|path, bytes| {
            let place = into.join(path);
            fs::create_dir_all(place.parent().unwrap_or(into))?;
            let mut options = OpenOptions::new();
            options.write(true).create_new(true).mode(FILE_MODE).open(place)?.write_all(bytes)
        })
    }

    fn each_file(&self, mut take: impl FnMut(&Path, &[u8]) -> io::Result<()>) -> io::Result<()> {
        let mut reader = Reader::default();
        for file in &self.files {
            // It may have grown; that makes it another hand-in, and no error.
            let bytes = reader.read(&file.source, file.len, TOTAL_LEN_MAX);
            bytes
                .and_then(|bytes| take(&file.path, &bytes))
                .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", file.path.display())))?;
        }
        Ok(())
    }
}

//! Archives, which may have been made to do harm: nothing that they say of themselves is believed, and nothing that they hold is
//! written but through the same door as every other file.

mod tar;
mod zip;

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::path::Path;
use std::sync::Arc;

use ::zip::ZipArchive;
use flate2::read::MultiGzDecoder;

use super::left_out::LeftOut;
use super::source::{Place, SharedFile, Source, copy_at_most};
use super::tree::Directory;
use crate::english::number;

/// What an archive may have, and what is read of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// How long it may be where it has to be unpacked from another one, in bytes.
    pub(super) len_max: u64,
    /// How long a tar archive may be once it is decompressed, in bytes.
    pub(super) unpacked_len_max: u64,
    /// How much is read of the list of contents, in bytes. It is held in memory.
    pub(super) list_len_max: u64,
    /// How many entries it may have.
    pub(super) entries_max: usize,
}

impl Limits {
    /// Those of what a student hands in.
    pub(super) const HAND_IN: Self =
        Self { len_max: 64 << 20, unpacked_len_max: 256 << 20, list_len_max: 8 << 20, entries_max: 50_000 };
    /// Those of what a platform gives for all students.
    pub(super) const DOWNLOAD: Self =
        Self { len_max: 0, unpacked_len_max: 8 << 30, list_len_max: 512 << 20, entries_max: 1_000_000 };
}

/// An archive that can be opened again and again.
#[derive(Debug)]
pub(super) struct Archive {
    source: Source,
    len: u64,
    limits: Limits,
    /// The archive itself, if it stays open.
    kept: Option<Open>,
}

/// An archive that is open.
#[derive(Debug, Clone)]
pub(super) enum Open {
    Zip(ZipArchive<SharedFile>),
    Tar(SharedFile),
}

/// Why an archive cannot be unpacked.
#[derive(Debug, thiserror::Error)]
pub(super) enum ArchiveError {
    /// It is of another kind.
    #[error("it is neither a ZIP nor a tar archive, whatever its name says")]
    Kind,
    /// It has more than an archive of a hand-in has.
    #[error("it has more than {} entries", number(*.0))]
    Entries(usize),
    /// It cannot be read.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// It does not keep to the format.
    #[error("{0}")]
    Zip(#[from] ::zip::result::ZipError),
}

/// Whether a name says that something is an archive that can be unpacked.
pub(crate) fn is_archive(name: &OsStr) -> bool {
    stem(name, &[".zip", ".tar", ".tar.gz", ".tgz"]).is_some()
}

/// Whether a name says that something is an archive of a kind that is not unpacked here.
pub(super) fn is_foreign_archive(name: &OsStr) -> bool {
    stem(name, &[".rar", ".7z", ".tar.bz2", ".tbz2", ".tar.xz", ".txz", ".tar.zst", ".gz", ".xz"]).is_some()
        && !is_archive(name)
}

/// The name of an archive without what says that it is one.
pub(super) fn stem_of_archive(name: &str) -> &str {
    stem(OsStr::new(name), &[".zip", ".tar.gz", ".tgz", ".tar"]).unwrap_or(name)
}

fn stem<'a>(name: &'a OsStr, endings: &[&str]) -> Option<&'a str> {
    let name = Path::new(name).to_str()?;
    let end = |ending: &&str| {
        let start = name
            .len()
            .checked_sub(ending.len())
            .filter(|start| *start > 0 && name.is_char_boundary(*start))?;
        name[start..].eq_ignore_ascii_case(ending).then_some(start)
    };
    endings.iter().find_map(end).map(|start| &name[..start])
}

impl Archive {
    /// The archive that is the file at `path`, and stays open; with what is in it.
    pub(super) fn of_download(path: &Path) -> Result<(Directory, Vec<LeftOut>), ArchiveError> {
        let mut archive = Self { source: Source::disk(path), len: 0, limits: Limits::DOWNLOAD, kept: None };
        archive.kept = Some(archive.open()?);
        Arc::new(archive).list()
    }

    /// What is in the archive that has `len` bytes from `source`.
    pub(super) fn of_hand_in(source: Source, len: u64) -> Result<(Directory, Vec<LeftOut>), ArchiveError> {
        Arc::new(Self { source, len, limits: Limits::HAND_IN, kept: None }).list()
    }

    /// Opens it.
    pub(super) fn open(&self) -> io::Result<Open> {
        if let Some(open) = &self.kept {
            return Ok(open.clone());
        }
        let file = self.source.open(self.len, self.limits.len_max)?;
        Open::new(file, self.limits).map_err(|error| match error {
            ArchiveError::Io(error) => error,
            error => io::Error::new(io::ErrorKind::InvalidData, error.to_string()),
        })
    }

    fn list(self: Arc<Self>) -> Result<(Directory, Vec<LeftOut>), ArchiveError> {
        match self.open()? {
            Open::Zip(archive) => zip::list(archive, &self, self.limits),
            Open::Tar(file) => tar::list(file, &self, self.limits),
        }
    }
}

impl Open {
    /// Opens what `file` holds, whose first bytes say what it is.
    fn new(mut file: File, limits: Limits) -> Result<Self, ArchiveError> {
        const ZIP: &[&[u8]] = &[b"PK\x03\x04", b"PK\x05\x06"];
        const GZIP: &[u8] = b"\x1F\x8B";
        let mut head = Vec::new();
        (&file).take(512).read_to_end(&mut head)?;
        file.rewind()?;
        if ZIP.iter().any(|magic| head.starts_with(magic)) {
            return Ok(Self::Zip(zip::open(SharedFile::new(file, limits.list_len_max)?)?));
        }
        if head.starts_with(GZIP) {
            let mut unpacked = tempfile::tempfile()?;
            copy_at_most(&mut MultiGzDecoder::new(&file), limits.unpacked_len_max, &mut unpacked)?;
            head.clear();
            unpacked.rewind()?;
            (&unpacked).take(512).read_to_end(&mut head)?;
            file = unpacked;
        }
        match tar::is_header(&head) {
            true => Ok(Self::Tar(SharedFile::new(file, u64::MAX)?)),
            false => Err(ArchiveError::Kind),
        }
    }

    /// Copies the entry at `place`, which is said to have `len` bytes, if it has no more than `len_max`.
    ///
    /// # Errors
    ///
    /// It has more, or cannot be read or written.
    pub(super) fn copy(
        &mut self,
        place: Place,
        len: u64,
        len_max: u64,
        to: &mut impl Write,
    ) -> io::Result<()> {
        match (self, place) {
            (Self::Zip(archive), Place::Index(index)) => {
                copy_at_most(&mut archive.by_index(index)?, len_max, to)
            }
            (Self::Tar(file), Place::Offset(offset)) => tar::copy(file, offset, len, len_max, to),
            // It is another file by now.
            _ => Err(io::Error::new(io::ErrorKind::InvalidData, "the archive has changed")),
        }
    }
}

#[cfg(test)]
mod tests {
    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    #[test]
    fn what_decompresses_without_end_is_given_up() {
        let mut encoder = GzEncoder::new(tempfile::tempfile().unwrap(), Compression::best());
        encoder.write_all(&vec![0; 2 << 20]).unwrap();
        let mut bomb = encoder.finish().unwrap();
        bomb.rewind().unwrap();
        let error = Open::new(bomb, Limits { unpacked_len_max: 1 << 20, ..Limits::HAND_IN }).unwrap_err();
        assert_eq!(error.to_string(), "it is longer than 1048576 bytes");
    }
}

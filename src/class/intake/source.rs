//! Where the bytes of a file come from: the disk, or an archive.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::archive::{Archive, Open};

/// Where the bytes of a file come from.
#[derive(Debug, Clone)]
pub(super) enum Source {
    /// A file on disk.
    Disk(Arc<Path>),
    /// An entry of an archive.
    Entry(Arc<Archive>, Place),
}

/// Where an entry is in its archive.
#[derive(Debug, Clone, Copy)]
pub(super) enum Place {
    /// Which it is in the directory of a ZIP archive.
    Index(usize),
    /// Where its bytes start in a tar archive.
    Offset(u64),
}

impl Source {
    pub(super) fn disk(path: &Path) -> Self {
        Self::Disk(path.into())
    }

    /// A file with the bytes of this one, of which there are at most `len_max`.
    ///
    /// # Errors
    ///
    /// It cannot be read, or is longer.
    pub(super) fn open(&self, len: u64, len_max: u64) -> io::Result<File> {
        match self {
            // Of a file on disk nothing is copied, however long it is.
            Self::Disk(path) => open_file(path),
            Self::Entry(archive, place) => {
                let mut file = tempfile::tempfile()?;
                archive.open()?.copy(*place, len, len_max, &mut file)?;
                file.rewind()?;
                Ok(file)
            }
        }
    }
}

/// Reads files, one after the other. The archive of the last one stays open: the next is often in it, too.
#[derive(Debug, Default)]
pub(super) struct Reader {
    last: Option<(Arc<Archive>, Open)>,
}

impl Reader {
    /// The bytes of a file that is said to have `len` of them.
    ///
    /// # Errors
    ///
    /// It cannot be read, or is longer than `len_max`.
    pub(super) fn read(&mut self, source: &Source, len: u64, len_max: u64) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        match source {
            Source::Disk(path) => copy_at_most(&mut open_file(path)?, len_max, &mut bytes)?,
            Source::Entry(archive, place) => {
                let mut open = match self.last.take() {
                    Some((last, open)) if Arc::ptr_eq(&last, archive) => open,
                    _ => archive.open()?,
                };
                open.copy(*place, len, len_max, &mut bytes)?;
                self.last = Some((Arc::clone(archive), open));
            }
        }
        Ok(bytes)
    }
}

/// Opens a regular file, and nothing that it may have become since: a link, or a FIFO, on which an open would wait.
fn open_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    let file = options.read(true).custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK).open(path)?;
    match file.metadata()?.is_file() {
        true => Ok(file),
        false => Err(io::Error::new(io::ErrorKind::InvalidInput, "it is no regular file")),
    }
}

/// Copies everything, if that is no more than `len_max` bytes.
///
/// # Errors
///
/// It is more, or cannot be read or written.
pub(super) fn copy_at_most(from: &mut impl Read, len_max: u64, to: &mut impl io::Write) -> io::Result<()> {
    let copied = io::copy(&mut from.take(len_max.saturating_add(1)), to)?;
    match copied > len_max {
        true => {
            Err(io::Error::new(io::ErrorKind::FileTooLarge, format!("it is longer than {len_max} bytes")))
        }
        false => Ok(()),
    }
}

/// A file that several read from at the same time, each from a place of its own.
#[derive(Debug, Clone)]
pub(super) struct SharedFile {
    file: Arc<File>,
    len: u64,
    position: u64,
    /// How many more bytes may be read by all of them.
    budget: Arc<AtomicU64>,
}

impl SharedFile {
    pub(super) fn new(file: File, budget: u64) -> io::Result<Self> {
        let len = file.metadata()?.len();
        Ok(Self { file: Arc::new(file), len, position: 0, budget: Arc::new(AtomicU64::new(budget)) })
    }

    /// Lets any number of bytes be read.
    pub(super) fn lift_budget(&self) {
        self.budget.store(u64::MAX, Ordering::Relaxed);
    }

    /// How long it was when it was opened, in bytes.
    pub(super) const fn len(&self) -> u64 {
        self.len
    }
}

impl Read for SharedFile {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let budget = self.budget.load(Ordering::Relaxed);
        if budget == 0 {
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, "its list of contents is too long"));
        }
        let wanted = buffer.len().min(usize::try_from(budget).unwrap_or(usize::MAX));
        let len = self.file.read_at(&mut buffer[..wanted], self.position)?;
        self.position += len as u64;
        if budget != u64::MAX {
            self.budget.fetch_sub(len as u64, Ordering::Relaxed);
        }
        Ok(len)
    }
}

impl Seek for SharedFile {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let position = match to {
            SeekFrom::Start(offset) => Some(offset),
            SeekFrom::End(offset) => self.len.checked_add_signed(offset),
            SeekFrom::Current(offset) => self.position.checked_add_signed(offset),
        };
        self.position = position.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.position)
    }
}

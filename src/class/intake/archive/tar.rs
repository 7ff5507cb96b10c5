//! Tar archives.

use std::ffi::OsStr;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tar::{Archive as Tar, Entry, EntryType};

use super::{Archive, ArchiveError, Limits};
use crate::class::intake::left_out::{LeftOut, Why};
use crate::class::intake::source::{Place, SharedFile, Source, copy_at_most};
use crate::class::intake::tree::{Builder, Case, Directory, Leaf, Node, inside, is_generated};

/// How long that may be, in bytes, what stands in front of an entry and describes it. It is held in memory.
const DESCRIPTION_LEN_MAX: u64 = 64 << 10;

/// Whether these are the first bytes of a tar archive: its first header has the right sum. An empty archive has no header.
pub(super) fn is_header(head: &[u8]) -> bool {
    const SUM: std::ops::Range<usize> = 148..156;
    if head.len() < 512 {
        return false;
    }
    let said = std::str::from_utf8(&head[SUM]).unwrap_or_default().trim_matches(['\0', ' ']);
    let is_sum = |byte: usize| SUM.contains(&byte);
    let sum: u32 = head[..512]
        .iter()
        .enumerate()
        .map(|(place, byte)| if is_sum(place) { u32::from(b' ') } else { u32::from(*byte) })
        .sum();
    u32::from_str_radix(said, 8).is_ok_and(|said| said == sum) || head[..512].iter().all(|byte| *byte == 0)
}

/// What is in an archive.
pub(super) fn list(
    file: SharedFile,
    archive: &Arc<Archive>,
    limits: Limits,
) -> Result<(Directory, Vec<LeftOut>), ArchiveError> {
    check(file.clone(), limits)?;
    let len = file.len();
    let mut tree = Builder::new(Case::Folded);
    // A link that is hard leads from the root of the archive on.
    for entry in Tar::new(file).entries_with_seek()? {
        let entry = entry?;
        let name = entry.path_bytes().into_owned();
        let path = match inside(OsStr::from_bytes(&name)) {
            Ok(path) => path,
            Err(why) => {
                tree.leave_out(Path::new(OsStr::from_bytes(&name)), why);
                continue;
            }
        };
        if is_generated(&path) {
            tree.add_generated(&path);
            continue;
        }
        match entry.header().entry_type() {
            EntryType::Directory => tree.add_directory(&path),
            EntryType::Regular | EntryType::Continuous => {
                let (start, size) = (entry.raw_file_position(), entry.size());
                if start.checked_add(size).is_none_or(|end| end > len) {
                    tree.leave_out(path, Why::Unreadable);
                    continue;
                }
                let source = Source::Entry(Arc::clone(archive), Place::Offset(start));
                tree.add(&path, Node::File(Leaf { source, len: size }));
            }
            EntryType::Symlink => match target(&entry) {
                Some(target) => tree.add(&path, Node::Link(target)),
                None => tree.leave_out(path, Why::DeadLink),
            },
            EntryType::Link => match target(&entry).map(|target| inside(target.as_os_str())) {
                Some(Ok(target)) => tree.add(&path, Node::Link(from(&path, &target))),
                Some(Err(why)) => tree.leave_out(path, why),
                None => tree.leave_out(path, Why::DeadLink),
            },
            EntryType::XGlobalHeader => {}
            _ => tree.leave_out(path, Why::NotRegular),
        }
    }
    Ok(tree.finish())
}

/// Looks at every header, before anything is read into memory because one says so.
fn check(file: SharedFile, limits: Limits) -> Result<(), ArchiveError> {
    for (number, entry) in Tar::new(file).entries_with_seek()?.raw(true).enumerate() {
        let entry = entry?;
        let kind = entry.header().entry_type();
        let describes = kind.is_gnu_longname()
            || kind.is_gnu_longlink()
            || kind.is_pax_local_extensions()
            || kind.is_pax_global_extensions();
        if describes && entry.size() > DESCRIPTION_LEN_MAX {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "the name of an entry is too long").into());
        }
        if number >= limits.entries_max {
            return Err(ArchiveError::Entries(limits.entries_max));
        }
    }
    Ok(())
}

fn target(entry: &Entry<'_, impl Read>) -> Option<PathBuf> {
    entry.link_name_bytes().map(|bytes| Path::new(OsStr::from_bytes(&bytes)).to_owned())
}

/// The path to `target` from the directory that the link at `path` is in.
fn from(path: &Path, target: &Path) -> PathBuf {
    let up = path.iter().skip(1).map(|_| "..");
    up.collect::<PathBuf>().join(target)
}

/// Copies the `len` bytes from `offset` on, if they are no more than `len_max`.
pub(super) fn copy(
    file: &mut SharedFile,
    offset: u64,
    len: u64,
    len_max: u64,
    to: &mut impl Write,
) -> io::Result<()> {
    file.seek(SeekFrom::Start(offset))?;
    copy_at_most(&mut file.take(len), len_max, to)
}

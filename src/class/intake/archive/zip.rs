//! ZIP archives.

use std::ffi::OsString;
use std::io::{self, Read};
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;
use std::sync::Arc;

use zip::ZipArchive;
use zip::read::ZipFileEntry;
use zip::result::ZipResult;

use super::{Archive, ArchiveError, Limits};
use crate::class::intake::left_out::{LeftOut, Why};
use crate::class::intake::source::{Place, SharedFile, Source};
use crate::class::intake::tree::{Builder, Case, Directory, Leaf, Node, inside, is_generated};

/// How long the path may be that a link leads to, in bytes.
const LINK_LEN_MAX: u64 = 4096;
/// The bits of a mode of Unix that say what kind of file it is; the kinds.
const KIND: u32 = 0o170_000;
const UNSAID: u32 = 0;
const DIRECTORY: u32 = 0o040_000;
const REGULAR: u32 = 0o100_000;
const LINK: u32 = 0o120_000;

/// Opens the archive in `file`, whose list of contents is no longer than the budget.
pub(super) fn open(file: SharedFile) -> ZipResult<ZipArchive<SharedFile>> {
    let archive = ZipArchive::new(file.clone())?;
    // How much of its files is read is bounded where they are read.
    file.lift_budget();
    Ok(archive)
}

/// What is in an archive.
pub(super) fn list(
    mut open: ZipArchive<SharedFile>,
    archive: &Arc<Archive>,
    limits: Limits,
) -> Result<(Directory, Vec<LeftOut>), ArchiveError> {
    if open.len() > limits.entries_max {
        return Err(ArchiveError::Entries(limits.entries_max));
    }
    let mut tree = Builder::new(Case::Folded);
    if open.has_duplicate_names() {
        // Which ones is not told.
        tree.leave_out("one or more files", Why::Repeated);
    }
    for index in 0..open.len() {
        let entry = open.by_index_data(index)?;
        let name = name(&entry);
        let path = match inside(&name) {
            Ok(path) => path,
            Err(why) => {
                tree.leave_out(name, why);
                continue;
            }
        };
        if is_generated(&path) {
            tree.add_generated(&path);
            continue;
        }
        let kind = entry.unix_mode().unwrap_or_default() & KIND;
        match kind {
            _ if entry.is_dir() => tree.add_directory(&path),
            DIRECTORY => tree.add_directory(&path),
            _ if entry.encrypted() => tree.leave_out(path, Why::Encrypted),
            UNSAID | REGULAR => {
                let source = Source::Entry(Arc::clone(archive), Place::Index(index));
                let len = entry.size();
                tree.add(&path, Node::File(Leaf { source, len }));
            }
            LINK => match link(&mut open, index) {
                Ok(target) => tree.add(&path, Node::Link(target)),
                Err(_) => tree.leave_out(path, Why::Unreadable),
            },
            _ => tree.leave_out(path, Why::NotRegular),
        }
    }
    Ok(tree.finish())
}

/// The name of an entry: in UTF-8, which some do not say that they use, or else in code page 437.
///
/// Old programs of Windows separate its parts by backslashes, against APPNOTE 4.4.17.1.
fn name(entry: &ZipFileEntry<'_>) -> OsString {
    let name = match entry.name() {
        Ok(name) => name.into_owned(),
        Err(_) => return OsString::from_vec(entry.name_raw().to_vec()),
    };
    match name.contains('/') {
        true => name.into(),
        false => name.replace('\\', "/").into(),
    }
}

/// Where a link leads to.
fn link(open: &mut ZipArchive<SharedFile>, index: usize) -> io::Result<PathBuf> {
    let mut target = Vec::new();
    open.by_index(index)?.take(LINK_LEN_MAX).read_to_end(&mut target)?;
    Ok(PathBuf::from(OsString::from_vec(target)))
}

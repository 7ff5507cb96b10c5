//! A hand-in in an archive, unpacked for one run.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use super::{Problem, say};
use crate::class::{is_archive, take_in_archive};
use crate::course::Names;
use crate::side::Side;
use crate::target::Unpacked;

/// What an archive was unpacked into. It is gone once this is.
pub(super) struct UnpackedArchive {
    pub(super) hand_in: Unpacked,
    _directory: TempDir,
}

/// Unpacks what is named as a hand-in, if that is an archive.
pub(super) fn unpack(named: Option<&Path>, names: &Names) -> Result<Option<UnpackedArchive>, Problem> {
    let is_named_so = |path: &&Path| path.is_file() && path.file_name().is_some_and(is_archive);
    let Some(path) = named.filter(is_named_so) else { return Ok(None) };
    let hand_in = take_in_archive(path, names)?;
    hand_in.remarks.iter().for_each(say);
    let directory = tempfile::tempdir()?;
    // Its name is shown where the folder of a hand-in is.
    let folder = directory.path().join(&hand_in.id);
    let unpacked = fs::create_dir(&folder).and_then(|()| hand_in.unpack(&folder));
    unpacked
        .map_err(|error| Problem::Incomplete(format!("{} cannot be unpacked: {error}", path.display())))?;
    let [server, client] = [Side::Server, Side::Client].map(|side| hand_in.file(side).map(Path::to_owned));
    Ok(Some(UnpackedArchive { hand_in: Unpacked { folder, server, client }, _directory: directory }))
}

//! Looking for the two files of a hand-in, also where they lie deeper than they should or are not called quite what they should be.
//!
//! The right name in the right place is taken before anything else. What else could be meant is taken only where nothing but it
//! could, so that what is graded is never a guess.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use walkdir::{DirEntry, WalkDir};

use super::folder::{ENTRIES_MAX, GENERATED, VIRTUAL_ENVIRONMENT};
use crate::course::Names;
use crate::side::Side;

/// How many folders deep a file may lie.
const DEPTH_MAX: usize = 4;
/// From here on a name is more likely one that was mistyped than another.
const LIKENESS_MIN: f64 = 0.85;

/// The files in Python that lie in `folder` or in folders in it, the nearest first.
pub(super) fn python_files(folder: &Path) -> Vec<PathBuf> {
    let walk = WalkDir::new(folder).min_depth(1).max_depth(DEPTH_MAX).sort_by_file_name();
    let entries =
        walk.into_iter().filter_entry(|entry| entry.depth() == 0 || is_own(entry)).take(ENTRIES_MAX);
    let files = entries
        .filter_map(Result::ok)
        .map(DirEntry::into_path)
        .filter(|path| is_python(path) && path.is_file());
    let mut files: Vec<_> = files.collect();
    files.sort_by_key(|path| path.components().count());
    files
}

/// Those of `files` that may be the one for `side`: those that have its name, or else those whose names are near to it.
pub(super) fn candidates(files: &[PathBuf], side: Side, names: &Names) -> Vec<PathBuf> {
    let named = |is_meant: &dyn Fn(&OsStr) -> bool| -> Vec<_> {
        files.iter().filter(|file| file.file_name().is_some_and(is_meant)).cloned().collect()
    };
    let exact = named(&|name| Path::new(names.file(side)).file_name() == Some(name));
    if exact.is_empty() { named(&|name| is_near(name, names.file(side))) } else { exact }
}

/// Whose file one of this name is, if its name says so.
pub(crate) fn side_of(name: &OsStr, names: &Names) -> Option<Side> {
    let is_named = |side: &&Side| Path::new(names.file(**side)).file_name() == Some(name);
    let mut near = Side::ALL.iter().filter(|side| is_near(name, names.file(**side)));
    let only_near = near.next().filter(|_| near.next().is_none());
    Side::ALL.iter().find(is_named).or(only_near).copied()
}

/// Whether a name says that something is a file in Python.
pub(crate) fn is_python(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("py"))
}

/// Whether something is the student's, and was not left behind by tools or systems.
fn is_own(entry: &DirEntry) -> bool {
    let name = entry.file_name().to_string_lossy();
    let is_environment = || entry.file_type().is_dir() && entry.path().join(VIRTUAL_ENVIRONMENT).is_file();
    !name.starts_with('.') && !name.starts_with("__") && !GENERATED.contains(&&*name) && !is_environment()
}

/// Whether `name` is what people write for `wanted`: in another case, with other separators, with what a browser or a person puts
/// behind the name of a copy, without its first words, or mistyped.
fn is_near(name: &OsStr, wanted: &str) -> bool {
    let letters = |name: &OsStr| -> String {
        let stem = Path::new(name).file_stem().unwrap_or_default().to_string_lossy().to_lowercase();
        stem.chars().filter(|letter| letter.is_alphabetic()).collect()
    };
    let wanted = Path::new(wanted);
    let last_word = wanted.file_stem().unwrap_or_default().to_string_lossy();
    let last_word = last_word.rsplit('_').next().unwrap_or_default().to_lowercase();
    let (name, wanted) = (letters(name), letters(wanted.as_os_str()));
    !name.is_empty()
        && (name.starts_with(&wanted)
            || name == last_word
            || strsim::normalized_damerau_levenshtein(&name, &wanted) >= LIKENESS_MIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_call_their_files_is_near_and_what_they_call_others_is_not() {
        let side = |name: &str| side_of(OsStr::new(name), &Names::default());
        for name in [
            "buffered_client.py",
            "Buffered_Client.py",
            "buffered-client.py",
            "BufferedClient.PY",
            "buffered_client (1).py",
            "buffered_client_final.py",
            "bufferd_client.py",
            "client.py",
            "Client (2).py",
        ] {
            assert_eq!(side(name), Some(Side::Client), "{name}");
        }
        for name in ["server.py", "buffered server copy.py", "bufferedserver.py"] {
            assert_eq!(side(name), Some(Side::Server), "{name}");
        }
        for name in [
            "test_client.py",
            "client_server.py",
            "main.py",
            "utils.py",
            "chat_client.py",
            "1.py",
            "buffered.py",
        ] {
            assert_eq!(side(name), None, "{name}");
        }
    }
}

//! How a program shows that it was refused a file, and whether that is the harness's doing.
//!
//! What a program may do with files depends on how the harness contains it. One that is right may write a log beside itself and
//! fail because it is contained, so that its failure says nothing.

use std::fmt;
use std::path::{Path, PathBuf};

use rustix::fs::{Access, access};

/// What programs print, or the runtimes of their languages, where a file is refused. In lower case.
const REFUSED: &[&str] = &[
    "permission denied",
    "permissionerror",
    "read-only file system",
    "eacces",
    "erofs",
    "accessdenied",
    "unauthorizedaccess",
];
/// How a line ends in Python that concerns no file: there, the name would follow.
const OF_NO_FILE: &[&str] = &["[errno 13] permission denied"];
/// What is said of a socket. No layer keeps a program from those.
const OF_SOCKET: &[&str] = &["bind", "socket", "listen", "connect"];
/// What stands around a path in a message.
const AROUND: &[char] = &[' ', '\t', '\'', '"', '`', '(', ')', '[', ']', '<', '>', ',', ';'];

/// Where a contained program may do what it likes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::target) struct Bounds {
    /// Where it is run.
    place: PathBuf,
    /// What it may write to.
    writable: Vec<PathBuf>,
}

/// A file was refused that the program would have had if the harness did not contain it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Which one, where the program has said so.
    path: Option<PathBuf>,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let file = self.path.as_ref().map_or_else(|| "a file".to_owned(), |path| path.display().to_string());
        write!(
            f,
            "The program was not allowed to read or write {file}, because the harness contains it. Allow that with \
             --allow-write PATH or --allow-read PATH, or everything with --no-sandbox."
        )
    }
}

impl Bounds {
    pub(super) fn new(place: PathBuf, writable: &[PathBuf]) -> Self {
        let canonical = writable.iter().filter_map(|path| path.canonicalize().ok());
        Self { place, writable: writable.iter().cloned().chain(canonical).collect() }
    }

    /// What the program was refused, as far as a text of its shows.
    pub(in crate::target) fn refused_in(&self, text: &str) -> Option<Refusal> {
        text.lines().find_map(|line| self.refused_in_line(line))
    }

    fn refused_in_line(&self, line: &str) -> Option<Refusal> {
        let lower = line.trim().to_lowercase();
        let is_of_no_file = OF_NO_FILE.iter().any(|end| lower.ends_with(end));
        if is_of_no_file || !REFUSED.iter().any(|words| lower.contains(words)) {
            return None;
        }
        let words = line.split(AROUND).map(|word| word.trim_end_matches([':', '.']));
        let paths: Vec<_> = words.filter(|word| is_path(word)).map(|word| self.place.join(word)).collect();
        let refused = paths.iter().find(|path| self.keeps_from(path));
        match refused {
            Some(path) => Some(Refusal { path: Some(path.clone()) }),
            None if paths.is_empty()
                && !is_of_shell(&lower)
                && !OF_SOCKET.iter().any(|word| lower.contains(word)) =>
            {
                Some(Refusal { path: None })
            }
            // The harness itself could not use it, or the program has closed it to itself.
            None => None,
        }
    }

    /// Whether the harness could use a file, or make it, and the program may not.
    fn keeps_from(&self, path: &Path) -> bool {
        let is_own = self.writable.iter().any(|own| path.starts_with(own));
        let makes = || path.parent().is_some_and(|above| access(above, Access::WRITE_OK).is_ok());
        let uses = || match path.exists() {
            true => [Access::READ_OK, Access::WRITE_OK].iter().any(|right| access(path, *right).is_ok()),
            false => makes(),
        };
        !is_own && uses()
    }
}

/// Whether a line is that of a shell that has found no program by a name: it says so where it may not look into one of the
/// directories for programs, too.
fn is_of_shell(line: &str) -> bool {
    line.split_whitespace().next().is_some_and(|first| first.ends_with("sh:")) && !line.contains("cannot ")
}

/// Whether a word of a message can be nothing but the name of a file: it has a directory, or an ending.
fn is_path(word: &str) -> bool {
    let has_ending = Path::new(word).extension().is_some_and(|ending| ending.len() <= 4);
    // Names of exceptions have dots as well, and capitals after them.
    let is_class = word.rsplit('.').next().is_some_and(|last| last.starts_with(char::is_uppercase));
    let is_name_of_rust = word.contains("::");
    word.len() > 1 && !is_name_of_rust && (word.contains('/') || has_ending && !is_class)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The file that a text says was refused to a program run in a directory that only the harness may use; an empty one for
    /// a file that has no name.
    fn refused(text: &str) -> Option<String> {
        let folder = tempfile::tempdir().unwrap();
        let [place, private] = ["place", "private"].map(|name| folder.path().join(name));
        for made in [&place, &private] {
            std::fs::create_dir(made).unwrap();
        }
        let bounds = Bounds::new(place, std::slice::from_ref(&private));
        let text = text.replace("PRIVATE", private.to_str().unwrap());
        let path = bounds.refused_in(&text)?.path;
        Some(path.map_or(String::new(), |path| path.file_name().unwrap().to_str().unwrap().to_owned()))
    }

    #[test]
    fn a_refused_file_is_found_in_what_the_runtime_of_any_language_prints() {
        for text in [
            "Traceback …\nPermissionError: [Errno 13] Permission denied: 'server.log'",
            "OSError: [Errno 30] Read-only file system: './server.log'",
            "./server.log: Permission denied",
            "Exception in thread \"main\" java.io.FileNotFoundException: server.log (Permission denied)",
            "java.nio.file.AccessDeniedException: server.log",
            "Error: EACCES: permission denied, open 'server.log'",
            "panic: open server.log: read-only file system",
            "System.UnauthorizedAccessException: Access to the path './server.log' is denied.",
        ] {
            assert_eq!(refused(text).as_deref(), Some("server.log"), "{text}");
        }
    }

    #[test]
    fn a_file_without_a_name_may_be_one_that_was_refused() {
        for text in ["fopen: Permission denied", "cannot open log file: Permission denied"] {
            assert_eq!(refused(text).as_deref(), Some(""), "{text}");
        }
    }

    #[test]
    fn what_the_program_would_be_refused_anyway_is_no_excuse() {
        for text in [
            "PermissionError: [Errno 13] Permission denied",
            "PermissionError: [Errno 13] Permission denied: 'PRIVATE/server.log'",
            "PermissionError: [Errno 13] Permission denied: '/nowhere/at/all.log'",
            "bind: Permission denied",
            "sh: 1: no-such-command: Permission denied",
            "FileNotFoundError: [Errno 2] No such file or directory: 'server.log'",
            "ConnectionResetError: [Errno 104] Connection reset by peer",
        ] {
            assert_eq!(refused(text), None, "{text}");
        }
    }
}

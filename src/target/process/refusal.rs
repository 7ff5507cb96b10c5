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
/// What they print where there is no such file. In lower case.
const NOT_THERE: &[&str] = &["no such file", "filenotfound", "enoent", "nosuchfile", "cannot find the path"];
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
    /// Where it sees only what it may use.
    hidden: Vec<PathBuf>,
    /// Whether its system calls are filtered.
    filters: bool,
}

/// Something was refused that the program would have had if the harness did not contain it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// A file: which one, where the program has said so.
    File(Option<PathBuf>),
    /// The system calls of another architecture: what a 32-bit program makes.
    SystemCalls,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let file = match self {
            Self::File(None) => "a file".to_owned(),
            Self::File(Some(path)) => path.display().to_string(),
            Self::SystemCalls => {
                return f.write_str(
                    "The program was ended by SIGSYS, as a 32-bit program is that the harness contains by seccomp. Contain it in \
                     other ways, with --contain landlock for one, or not at all, with --no-sandbox.",
                );
            }
        };
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
        Self {
            place,
            writable: writable.iter().cloned().chain(canonical).collect(),
            hidden: Vec::new(),
            filters: false,
        }
    }

    /// The same, of a program that has gone to this directory.
    pub(super) fn at(self, place: &Path) -> Self {
        Self { place: place.to_owned(), ..self }
    }

    /// The same, of a program that does not see what others have in these directories.
    pub(super) fn hiding(self, directories: &[&str]) -> Self {
        Self { hidden: directories.iter().map(PathBuf::from).collect(), ..self }
    }

    /// The same, of a program under a filter for system calls.
    pub(super) fn filtering(self) -> Self {
        Self { filters: true, ..self }
    }

    /// What the program was refused, as far as the signal that ended it shows.
    pub(in crate::target) fn refused_by(&self, signal: Option<i32>) -> Option<Refusal> {
        (self.filters && signal == Some(libc::SIGSYS)).then_some(Refusal::SystemCalls)
    }

    /// What the program was refused, as far as a text of its shows.
    pub(in crate::target) fn refused_in(&self, text: &str) -> Option<Refusal> {
        text.lines().find_map(|line| self.refused_in_line(line))
    }

    fn refused_in_line(&self, line: &str) -> Option<Refusal> {
        let lower = line.trim().to_lowercase();
        let is_of_no_file = OF_NO_FILE.iter().any(|end| lower.ends_with(end));
        let is_refused = REFUSED.iter().any(|words| lower.contains(words));
        let is_not_there = NOT_THERE.iter().any(|words| lower.contains(words));
        if is_of_no_file || !is_refused && !is_not_there {
            return None;
        }
        let words = line.split(AROUND).map(|word| word.trim_end_matches([':', '.']));
        let paths: Vec<_> = words.filter(|word| is_path(word)).map(|word| self.place.join(word)).collect();
        if !is_refused {
            let hidden = paths.into_iter().find(|path| self.hides(path));
            return hidden.map(|path| Refusal::File(Some(path)));
        }
        let refused = paths.iter().find(|path| self.keeps_from(path));
        match refused {
            Some(path) => Some(Refusal::File(Some(path.clone()))),
            None if paths.is_empty()
                && !is_of_shell(&lower)
                && !OF_SOCKET.iter().any(|word| lower.contains(word)) =>
            {
                Some(Refusal::File(None))
            }
            // The harness itself could not use it, or the program has closed it to itself.
            None => None,
        }
    }

    /// Whether there is a file that the program does not see, or a directory that it could be made in.
    fn hides(&self, path: &Path) -> bool {
        let hidden = self.hidden.iter().find(|directory| path.starts_with(directory));
        let is_below =
            |above: &Path| hidden.is_some_and(|hidden| above.starts_with(hidden) && above != hidden);
        // The program sees the directory that it was started in, wherever that is.
        let is_seen = is_below(&self.place) && path.starts_with(&self.place);
        let is_made = || !is_seen && path.parent().is_some_and(is_below);
        self.keeps_from(path) && is_below(path) && (path.exists() || is_made())
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
        let Refusal::File(path) = bounds.refused_in(&text)? else { return None };
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
    fn a_file_that_is_hidden_from_a_program_is_refused_to_it_and_one_that_is_nowhere_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let [there, nowhere, below] =
            ["there.txt", "nowhere.txt", "below/new.txt"].map(|name| folder.path().join(name));
        std::fs::create_dir(below.parent().unwrap()).unwrap();
        std::fs::write(&there, "").unwrap();
        let bounds = Bounds::new("/".into(), &[]);
        let text = |path: &Path| {
            format!("FileNotFoundError: [Errno 2] No such file or directory: '{}'", path.display())
        };
        assert_eq!(bounds.refused_in(&text(&there)), None);
        let bounds = bounds.hiding(&[folder.path().to_str().unwrap()]);
        assert_eq!(bounds.refused_in(&text(&nowhere)), None);
        for path in [&there, &below] {
            assert_eq!(bounds.refused_in(&text(path)), Some(Refusal::File(Some(path.clone()))));
        }
        // What is missing where the program was started is hidden by nobody.
        let inside = Bounds::new(below.parent().unwrap().to_owned(), &[]);
        let inside = inside.hiding(&[folder.path().to_str().unwrap()]);
        assert_eq!(inside.refused_in(&text(&below)), None);
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

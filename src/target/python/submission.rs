//! Finding the files of a hand-in.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::folder::Folders;
use super::search::{candidates, is_python, python_files, side_of};
use crate::bytes::printable;
use crate::course::Names;
use crate::english::some;
use crate::side::Side;

/// The two files of a hand-in, of which one may be missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submission {
    folder: PathBuf,
    server: Option<PathBuf>,
    client: Option<PathBuf>,
    names: Names,
}

/// Why a hand-in cannot be found.
#[derive(Debug, thiserror::Error)]
pub enum FindError {
    /// The folder cannot be read.
    #[error("the folder {} cannot be read: {error}", folder.display())]
    Folder {
        /// Which.
        folder: PathBuf,
        /// Why not.
        error: io::Error,
    },
    /// A file that was named is not there.
    #[error("there is no file {}", .0.display())]
    NoFile(PathBuf),
    /// Neither file is there.
    #[error(
        "found neither {client_file} nor {server_file} in {} or a folder in it{}",
        folder.display(),
        instead(others)
    )]
    Neither {
        /// Where they were looked for.
        folder: PathBuf,
        /// What the client is called.
        client_file: String,
        /// What the server is called.
        server_file: String,
        /// The files in Python that are there, from the folder on.
        others: Vec<PathBuf>,
    },
    /// Several files may be meant.
    #[error("{} in {} may be the {side}: name one with {}", shown(paths), folder.display(), option(*side))]
    Several {
        /// Whose file.
        side: Side,
        /// Where they were looked for.
        folder: PathBuf,
        /// Which, from the folder on.
        paths: Vec<PathBuf>,
    },
    /// A file was named that is neither a client nor a server by its name.
    #[error(
        "nothing says whether {} is the client or the server: name its folder with --submission, and the file with \
         --client-file or --server-file; a program of its own is graded with --server 'python3 {}'",
        .0.display(),
        .0.display()
    )]
    Unnamed(PathBuf),
    /// A file was named that is nothing of a hand-in.
    #[error("{} is neither a folder, an archive (.zip, .tar, .tar.gz or .tgz) nor a file in Python", .0.display())]
    NoHandIn(PathBuf),
    /// A file is a link that leads out of the folder, to what may be somebody else's.
    #[error("{} is a link that leads out of the folder: name what it leads to with {}", path.display(), option(*side))]
    Outside {
        /// Whose file.
        side: Side,
        /// Which.
        path: PathBuf,
    },
}

/// What can be done where no file has the right name.
fn instead(others: &[PathBuf]) -> String {
    match others {
        [] => ", and no other file in Python".into(),
        _ => format!("; of {}, name yours with --client-file and --server-file", shown(others)),
    }
}

fn shown(paths: &[PathBuf]) -> String {
    some(&paths.iter().map(|path| printable(&path.to_string_lossy())).collect::<Vec<_>>())
}

/// The option that names the file of a side.
const fn option(side: Side) -> &'static str {
    match side {
        Side::Server => "--server-file",
        Side::Client => "--client-file",
    }
}

impl Submission {
    /// Looks for the files that have these `names` in `folder`, or in the only folder in it; and then, in folders that are deeper, or
    /// by names that are near to these, for the only ones that may be meant. A name that is given is taken instead, from `folder`. In
    /// the place of the folder, a file in it may be named.
    ///
    /// # Errors
    ///
    /// See [`FindError`].
    pub fn find(
        folder: &Path,
        server_file: Option<&Path>,
        client_file: Option<&Path>,
        names: &Names,
    ) -> Result<Self, FindError> {
        if folder.is_file() {
            return Self::beside(folder, server_file, client_file, names);
        }
        let unreadable = |error| FindError::Folder { folder: folder.to_owned(), error };
        let folder = folder.canonicalize().map_err(unreadable)?;
        let inner = only_folder(&folder).map_err(unreadable)?;
        let look = |side: Side, named: Option<&Path>| match named {
            Some(name) => {
                let path = folder.join(name);
                let found = path.canonicalize().ok().filter(|path| path.is_file());
                found.map(Some).ok_or(FindError::NoFile(path))
            }
            None => {
                let places = [Some(&folder), inner.as_ref()];
                let mut paths = places.into_iter().flatten().map(|place| place.join(names.file(side)));
                let found = match paths.find(|path| path.is_file()) {
                    Some(found) => Some(found),
                    None => only_candidate(&folder, side, names)?,
                };
                let is_outside =
                    |path: &PathBuf| path.canonicalize().is_ok_and(|path| !path.starts_with(&folder));
                match found {
                    Some(path) if is_outside(&path) => Err(FindError::Outside { side, path }),
                    found => Ok(found),
                }
            }
        };
        let (server, client) = (look(Side::Server, server_file)?, look(Side::Client, client_file)?);
        match (&server, &client) {
            (None, None) => Err(FindError::Neither {
                others: inside(&folder, python_files(&folder)),
                folder,
                client_file: names.client_file.clone(),
                server_file: names.server_file.clone(),
            }),
            _ => Ok(Self { folder, server, client, names: names.clone() }),
        }
    }

    /// The hand-in that has this file, which is the client or the server by its name unless an option says so.
    fn beside(
        file: &Path,
        server_file: Option<&Path>,
        client_file: Option<&Path>,
        names: &Names,
    ) -> Result<Self, FindError> {
        let name = file
            .file_name()
            .filter(|_| is_python(file))
            .ok_or_else(|| FindError::NoHandIn(file.to_owned()))?;
        let folder = folder_of(file);
        let own = Some(Path::new(name));
        let (server, client) = match side_of(name, names) {
            Some(Side::Server) => (server_file.or(own), client_file),
            Some(Side::Client) => (server_file, client_file.or(own)),
            None if server_file.or(client_file).is_some() => (server_file, client_file),
            None => return Err(FindError::Unnamed(file.to_owned())),
        };
        Self::find(folder, server, client, names)
    }

    /// Where the file for a side lies, from the folder on, if that is not where it should: what was taken for it.
    #[cfg(feature = "cli")]
    pub(super) fn found_elsewhere(&self, side: Side) -> Option<&Path> {
        let path = self.file(side)?.strip_prefix(&self.folder).ok()?;
        (path.file_name() != Path::new(self.names.file(side)).file_name() || path.components().count() > 2)
            .then_some(path)
    }

    /// Reads everything that is beside the files.
    ///
    /// # Errors
    ///
    /// A folder is not there any more.
    pub(super) fn read(&self, secrets: &[PathBuf]) -> io::Result<Folders> {
        Folders::read(&self.folder, Side::ALL.iter().filter_map(|side| self.file(*side)), secrets)
    }

    /// The folder that it was looked for in, without links.
    #[cfg(feature = "cli")]
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// What it is made of.
    pub(super) const fn names(&self) -> &Names {
        &self.names
    }

    /// The file for a side.
    pub(super) fn file(&self, side: Side) -> Option<&Path> {
        match side {
            Side::Server => self.server.as_deref(),
            Side::Client => self.client.as_deref(),
        }
    }

    /// The folders that the files are in, the one for `side` first: where each finds the other.
    pub(super) fn folders(&self, side: Side) -> Vec<&Path> {
        let mut folders: Vec<_> =
            [side, side.other()].into_iter().filter_map(|side| self.file(side)?.parent()).collect();
        folders.dedup();
        folders
    }
}

/// A side that has no file.
#[derive(Debug, thiserror::Error)]
#[error("There is no {file} in {folder}, so the {side} cannot be graded.")]
pub(super) struct MissingFile {
    side: Side,
    file: String,
    /// Its name alone: where it lies says nothing about the hand-in.
    folder: String,
}

impl MissingFile {
    pub(super) fn new(submission: &Submission, side: Side) -> Self {
        let folder = submission.folder.file_name().unwrap_or(submission.folder.as_os_str());
        let folder = folder.to_string_lossy().into_owned();
        Self { side, file: submission.names.file(side).to_owned(), folder }
    }
}

/// The folder that a file lies in.
pub(super) fn folder_of(file: &Path) -> &Path {
    file.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new("."))
}

/// The only file that may be meant for a side, if there is one.
fn only_candidate(folder: &Path, side: Side, names: &Names) -> Result<Option<PathBuf>, FindError> {
    let mut candidates = candidates(&python_files(folder), side, names);
    if candidates.len() > 1 {
        return Err(FindError::Several {
            side,
            folder: folder.to_owned(),
            paths: inside(folder, candidates),
        });
    }
    Ok(candidates.pop())
}

/// Paths from `folder` on.
fn inside(folder: &Path, paths: Vec<PathBuf>) -> Vec<PathBuf> {
    paths.into_iter().map(|path| path.strip_prefix(folder).map_or(path.clone(), Path::to_owned)).collect()
}

/// The only folder in `folder`, as an archive often has one. What systems leave behind is no folder of anybody's.
fn only_folder(folder: &Path) -> io::Result<Option<PathBuf>> {
    let is_own = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        path.is_dir() && !name.starts_with('.') && !name.starts_with("__")
    };
    let entries: Vec<_> =
        fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect::<io::Result<_>>()?;
    let mut folders = entries.into_iter().filter(is_own);
    Ok(folders.next().filter(|_| folders.next().is_none()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(files: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for file in files {
            let path = folder.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        folder
    }

    fn find(
        files: &[&str],
        server: Option<&str>,
        client: Option<&str>,
    ) -> Result<[Option<String>; 2], FindError> {
        let folder = folder(files);
        let found =
            Submission::find(folder.path(), server.map(Path::new), client.map(Path::new), &Names::default())?;
        let root = folder.path().canonicalize().unwrap();
        let inside = |path: &Path| path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
        Ok([Side::Server, Side::Client].map(|side| found.file(side).map(inside)))
    }

    #[test]
    fn files_are_found_in_the_folder_and_in_the_only_folder_in_it() {
        let both = |server: &str, client: &str| [Some(server.to_owned()), Some(client.to_owned())];
        let found = find(&["buffered_server.py", "buffered_client.py"], None, None).unwrap();
        assert_eq!(found, both("buffered_server.py", "buffered_client.py"));
        let archive = [
            "work/buffered_server.py",
            "work/buffered_client.py",
            "__MACOSX/work/x",
            ".git/HEAD",
            "notes.txt",
        ];
        assert_eq!(
            find(&archive, None, None).unwrap(),
            both("work/buffered_server.py", "work/buffered_client.py")
        );
    }

    #[test]
    fn one_file_is_enough_and_none_is_not() {
        assert_eq!(
            find(&["buffered_client.py"], None, None).unwrap(),
            [None, Some("buffered_client.py".into())]
        );
        assert!(
            matches!(find(&["a/main.py", "b/x"], None, None), Err(FindError::Neither { others, .. }) if others.len() == 1)
        );
    }

    #[test]
    fn what_can_only_be_meant_is_taken_and_where_several_can_they_are_named() {
        let both = |server: &str, client: &str| [Some(server.to_owned()), Some(client.to_owned())];
        for (files, found) in [
            (["server.py", "client.py"], both("server.py", "client.py")),
            (
                ["Buffered_Server.py", "buffered_client (1).py"],
                both("Buffered_Server.py", "buffered_client (1).py"),
            ),
            (
                ["a/b/buffered_server.py", "c/buffered_client.py"],
                both("a/b/buffered_server.py", "c/buffered_client.py"),
            ),
        ] {
            let files = [&files[..], &["test_client.py", ".git/client.py", "__MACOSX/server.py"]].concat();
            assert_eq!(find(&files, None, None).unwrap(), found);
        }
        // The right name goes before any other.
        let found = find(&["buffered_client.py", "client.py", "old/buffered_client.py"], None, None).unwrap();
        assert_eq!(found, [None, Some("buffered_client.py".into())]);
        let several = find(&["client.py", "buffered_client (1).py"], None, None).unwrap_err().to_string();
        assert!(several.ends_with("name one with --client-file"), "{several}");
        assert!(several.starts_with("buffered_client (1).py and client.py in "), "{several}");
    }

    #[test]
    fn a_file_stands_for_the_folder_that_it_is_in() {
        let folder = folder(&["client.py", "buffered_server.py", "main.py", "notes.txt"]);
        let find = |name: &str| Submission::find(&folder.path().join(name), None, None, &Names::default());
        for name in ["client.py", "buffered_server.py"] {
            let found = find(name).unwrap();
            assert!(found.file(Side::Client).is_some() && found.file(Side::Server).is_some(), "{name}");
        }
        assert!(matches!(find("main.py"), Err(FindError::Unnamed(_))));
        assert!(matches!(find("notes.txt"), Err(FindError::NoHandIn(_))));
    }

    #[test]
    fn a_name_that_is_given_is_taken_or_missed() {
        let found = find(&["srv.py", "buffered_client.py"], Some("srv.py"), None).unwrap();
        assert_eq!(found, [Some("srv.py".into()), Some("buffered_client.py".into())]);
        assert!(matches!(find(&["buffered_client.py"], Some("srv.py"), None), Err(FindError::NoFile(_))));
        assert!(matches!(
            Submission::find(Path::new("/nowhere at all"), None, None, &Names::default()),
            Err(FindError::Folder { .. })
        ));
    }
}

//! Finding the files of a hand-in.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::folder::Folders;
use crate::course::Names;
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
        "neither {client_file} nor {server_file} is in {}, nor in the only folder in it; name them with --client-file and \
         --server-file",
        folder.display()
    )]
    Neither {
        /// Where they were looked for.
        folder: PathBuf,
        /// What the client is called.
        client_file: String,
        /// What the server is called.
        server_file: String,
    },
    /// A file is a link that leads out of the folder, to what may be somebody else's.
    #[error("{} is a link that leads out of the folder: name what it leads to with {}", path.display(), option(*side))]
    Outside {
        /// Whose file.
        side: Side,
        /// Which.
        path: PathBuf,
    },
}

/// The option that names the file of a side.
const fn option(side: Side) -> &'static str {
    match side {
        Side::Server => "--server-file",
        Side::Client => "--client-file",
    }
}

impl Submission {
    /// Looks for the files that have these `names` in `folder`, or in the only folder in it. A name that is given is taken instead,
    /// from `folder`.
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
                let found = paths.find(|path| path.is_file());
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
                folder,
                client_file: names.client_file.clone(),
                server_file: names.server_file.clone(),
            }),
            _ => Ok(Self { folder, server, client, names: names.clone() }),
        }
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
        assert!(matches!(find(&["a/buffered_client.py", "b/x"], None, None), Err(FindError::Neither { .. })));
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

//! A copy of a hand-in's folder for each interpreter, so that a hand-in finds what lies beside it and writes to nothing but its copy.
//!
//! The folder is read once, into memory: what becomes of it during the run, by whomever, changes nothing. Only directories and
//! regular files are read, and links from one to another of them. A link that leads out of the folder is left out, because what it
//! leads to may be somebody else's.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fmt;
use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Read};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use walkdir::{DirEntry, WalkDir};

use super::places::{Place, Places};
use crate::english::some;

/// How many bytes are copied for each interpreter. What is beyond is left out, the largest files first.
pub(crate) const TOTAL_LEN_MAX: u64 = 16 << 20;
/// How many files and directories are looked at, and with that how long a huge folder takes.
pub(crate) const ENTRIES_MAX: usize = 10_000;
/// What tools make and no program of the assignment reads.
pub(crate) const GENERATED: &[&str] = &["__pycache__", ".git", ".hg", ".svn", "node_modules"];
/// The file that marks a virtual environment, which is as large as an installation of Python.
pub(crate) const VIRTUAL_ENVIRONMENT: &str = "pyvenv.cfg";
/// What a student may do with each directory and each file of the copy, whatever the rights in the folder: it was the student's own.
const DIRECTORY_MODE: u32 = 0o700;
const FILE_MODE: u32 = 0o600;
const EXECUTABLE: u32 = 0o111;

/// The folders that the files of a hand-in are in, with everything in them.
#[derive(Debug)]
pub(super) struct Folders {
    roots: Vec<Root>,
    left_out: Vec<LeftOut>,
}

#[derive(Debug)]
struct Root {
    /// Where it is, without links.
    original: PathBuf,
    /// What it contains, each directory before what is in it.
    entries: Vec<Entry>,
}

#[derive(Debug)]
struct Entry {
    /// From the root on.
    path: PathBuf,
    content: Content,
}

#[derive(Debug)]
enum Content {
    Directory,
    File {
        bytes: Vec<u8>,
        mode: u32,
    },
    /// To this path, from the root on.
    Link(PathBuf),
}

/// Something in the folder that is not in the copy.
#[derive(Debug)]
struct LeftOut {
    path: PathBuf,
    why: Why,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Why {
    Secret,
    LeadsOut,
    NotRegular,
    Unreadable,
    TooLarge,
    TooMany,
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Secret => f.write_str("the harness's own"),
            Self::LeadsOut => f.write_str("links that lead nowhere or out of the folder"),
            Self::NotRegular => f.write_str("neither a file nor a folder"),
            Self::Unreadable => f.write_str("not readable"),
            Self::TooLarge => write!(f, "more than {} MiB in all", TOTAL_LEN_MAX >> 20),
            Self::TooMany => write!(f, "more than {ENTRIES_MAX} files"),
        }
    }
}

impl Folders {
    /// Reads `folder` and, where one of `files` is elsewhere, the folder that it is in, but none of `secrets`. All paths are
    /// without links.
    ///
    /// # Errors
    ///
    /// A folder is not there, or cannot be read.
    pub(super) fn read<'p>(
        folder: &'p Path,
        files: impl Iterator<Item = &'p Path>,
        secrets: &[PathBuf],
    ) -> io::Result<Self> {
        let mut originals = vec![folder];
        for file in files.filter_map(|file| file.parent()) {
            if !originals.iter().any(|original| file.starts_with(original)) {
                originals.push(file);
            }
        }
        let (mut roots, mut left_out) = (Vec::new(), Vec::new());
        for original in originals {
            fs::read_dir(original)?;
            let (root, without) = Root::read(original, secrets);
            roots.push(root);
            left_out.extend(without);
        }
        Ok(Self { roots, left_out })
    }

    /// Whether this file is in the copy.
    pub(super) fn has(&self, file: &Path) -> bool {
        self.roots.iter().any(|root| {
            let inside = file.strip_prefix(&root.original);
            inside.is_ok_and(|inside| root.entries.iter().any(|entry| entry.path == inside))
        })
    }

    /// What the copy lacks, in a few words, if it lacks anything that is not made by tools.
    pub(super) fn left_out(&self) -> Option<String> {
        let reasons: BTreeSet<Why> = self.left_out.iter().map(|one| one.why).collect();
        let of = |why: Why| {
            let ones = self.left_out.iter().filter(|one| one.why == why);
            let names: Vec<_> = ones.map(|one| one.path.display().to_string()).collect();
            format!("{} ({why})", some(&names))
        };
        let texts: Vec<_> = reasons.into_iter().map(of).collect();
        (!texts.is_empty()).then(|| texts.join("; "))
    }

    /// Writes a copy into `directory`, which is empty and has no link in its path.
    pub(super) fn copy_to(&self, directory: &Path) -> io::Result<Places> {
        let mut places = Places::default();
        for (number, root) in self.roots.iter().enumerate() {
            // Each in a directory of its own, so that it can keep its name.
            let above = directory.join(number.to_string());
            let name = root.original.file_name().unwrap_or(OsStr::new("root"));
            let copy = above.join(name);
            let mut builder = fs::DirBuilder::new();
            builder.mode(DIRECTORY_MODE).recursive(true).create(&copy)?;
            root.write(&copy)?;
            places.push(Place { original: root.original.clone(), copy, above });
        }
        Ok(places)
    }
}

impl Root {
    fn read(original: &Path, secrets: &[PathBuf]) -> (Self, Vec<LeftOut>) {
        let (mut entries, mut left_out) = (Vec::new(), Vec::new());
        let mut files = Vec::new();
        let mut leave_out = |path: &Path, why| {
            let path = path.strip_prefix(original).unwrap_or(path).to_owned();
            left_out.push(LeftOut { path, why });
        };
        let walk = WalkDir::new(original).min_depth(1).same_file_system(true);
        // Files first: of a folder that is too large, what is near is copied.
        let walk = walk.sort_by_key(|entry| (entry.file_type().is_dir(), entry.file_name().to_owned()));
        for (number, entry) in walk.into_iter().filter_entry(|entry| !is_generated(entry)).enumerate() {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    leave_out(error.path().unwrap_or(original), Why::Unreadable);
                    continue;
                }
            };
            if number >= ENTRIES_MAX {
                leave_out(entry.path(), Why::TooMany);
                break;
            }
            let Ok(path) = entry.path().strip_prefix(original).map(Path::to_owned) else { continue };
            let kind = entry.file_type();
            if kind.is_dir() {
                entries.push(Entry { path, content: Content::Directory });
            } else if secrets.iter().any(|secret| secret == entry.path()) {
                leave_out(entry.path(), Why::Secret);
            } else if kind.is_file() {
                files.push((entry.metadata().map_or(u64::MAX, |data| data.len()), path));
            } else if kind.is_symlink() {
                let target = entry.path().canonicalize().ok();
                match target.as_deref().and_then(|target| target.strip_prefix(original).ok()) {
                    Some(target) => {
                        entries.push(Entry { path, content: Content::Link(target.to_owned()) });
                    }
                    None => leave_out(entry.path(), Why::LeadsOut),
                }
            } else {
                leave_out(entry.path(), Why::NotRegular);
            }
        }
        // The smallest first: no source is large.
        files.sort();
        let mut left = TOTAL_LEN_MAX;
        for (_, path) in files {
            match read_file(&original.join(&path), left) {
                Ok(Some((bytes, mode))) => {
                    left -= bytes.len() as u64;
                    entries.push(Entry { path, content: Content::File { bytes, mode } });
                }
                Ok(None) => leave_out(&path, Why::TooLarge),
                Err(_) => leave_out(&path, Why::Unreadable),
            }
        }
        (Self { original: original.to_owned(), entries }, left_out)
    }

    fn write(&self, copy: &Path) -> io::Result<()> {
        for Entry { path, content } in &self.entries {
            let place = copy.join(path);
            match content {
                Content::Directory => fs::DirBuilder::new().mode(DIRECTORY_MODE).create(place)?,
                Content::File { bytes, mode } => {
                    fs::write(&place, bytes)?;
                    fs::set_permissions(&place, Permissions::from_mode(*mode))?;
                }
                Content::Link(target) => symlink(copy.join(target), place)?,
            }
        }
        Ok(())
    }
}

fn is_generated(entry: &DirEntry) -> bool {
    let has_name = || entry.file_name().to_str().is_some_and(|name| GENERATED.contains(&name));
    let is_environment = || entry.file_type().is_dir() && entry.path().join(VIRTUAL_ENVIRONMENT).is_file();
    // A link by such a name is as good as what it leads to.
    !entry.file_type().is_file() && has_name() || is_environment()
}

/// The content of a regular file and its mode in the copy; nothing if it is longer than `len_max`.
fn read_file(path: &Path, len_max: u64) -> io::Result<Option<(Vec<u8>, u32)>> {
    // It may have become a link or a FIFO, on which an open would wait.
    let mut options = OpenOptions::new();
    let file: File = options.read(true).custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK).open(path)?;
    let data = file.metadata()?;
    if !data.is_file() {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    if data.len() > len_max {
        return Ok(None);
    }
    let mut bytes = Vec::with_capacity(usize::try_from(data.len()).unwrap_or_default());
    file.take(len_max.saturating_add(1)).read_to_end(&mut bytes)?;
    let mode = FILE_MODE | data.permissions().mode() & EXECUTABLE;
    Ok((bytes.len() as u64 <= len_max).then_some((bytes, mode)))
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;
    use std::os::unix::ffi::OsStringExt;
    use std::os::unix::net::UnixListener;

    use rustix::fs::{CWD, Mode, mkfifoat};

    use super::*;

    /// A folder, and what a copy of it has, links as what they lead to. What is above it is there as long as it is.
    fn copied(make: impl FnOnce(&Path)) -> (Vec<(PathBuf, Vec<u8>)>, Option<String>) {
        let (outside, private) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let original = outside.path().canonicalize().unwrap().join("work");
        fs::create_dir(&original).unwrap();
        make(&original);
        let folders = Folders::read(&original, [].into_iter(), &[original.join("state/key")]).unwrap();
        let copy = folders.copy_to(private.path()).unwrap().copy_of(&original).unwrap();
        let mut found = Vec::new();
        for entry in WalkDir::new(&copy).sort_by_file_name() {
            let path = entry.unwrap().into_path();
            if path.is_file() {
                assert!(path.canonicalize().unwrap().starts_with(private.path().canonicalize().unwrap()));
                found.push((path.strip_prefix(&copy).unwrap().to_owned(), fs::read(path).unwrap()));
            }
        }
        (found, folders.left_out())
    }

    fn names(found: &[(PathBuf, Vec<u8>)]) -> Vec<&str> {
        found.iter().map(|(path, _)| path.to_str().unwrap()).collect()
    }

    #[test]
    fn what_the_harness_keeps_to_itself_is_not_copied_wherever_it_lies() {
        let (found, left_out) = copied(|folder| {
            fs::create_dir(folder.join("state")).unwrap();
            for name in ["state/key", "state/other", "key"] {
                fs::write(folder.join(name), "").unwrap();
            }
            symlink("state/key", folder.join("link")).unwrap();
        });
        assert_eq!(names(&found), ["key", "state/other"]);
        assert_eq!(left_out.as_deref(), Some("state/key (the harness's own)"));
    }

    #[test]
    fn what_lies_beside_the_files_is_copied_and_what_tools_make_is_not() {
        let (found, left_out) = copied(|folder| {
            for path in ["a.py", "data/deep/b.txt", ".git/HEAD", "x/__pycache__/a.pyc", "venv/pyvenv.cfg"] {
                fs::create_dir_all(folder.join(path).parent().unwrap()).unwrap();
                fs::write(folder.join(path), path).unwrap();
            }
            symlink("data", folder.join("__pycache__")).unwrap();
        });
        assert_eq!(names(&found), ["a.py", "data/deep/b.txt"]);
        assert_eq!(found[1].1, b"data/deep/b.txt");
        assert_eq!(left_out, None);
    }

    #[test]
    fn a_link_is_kept_inside_and_never_followed_out_of_the_folder() {
        let (found, left_out) = copied(|folder| {
            let other = folder.with_file_name("other");
            fs::create_dir(&other).unwrap();
            fs::write(other.join("secret"), "another student's").unwrap();
            fs::write(folder.join("own"), "own").unwrap();
            symlink(folder.join("own"), folder.join("absolute")).unwrap();
            symlink("own", folder.join("relative")).unwrap();
            symlink("../other/secret", folder.join("stolen")).unwrap();
            symlink(&other, folder.join("stolen folder")).unwrap();
            symlink("nothing", folder.join("dangling")).unwrap();
            symlink("loop", folder.join("loop")).unwrap();
        });
        assert_eq!(names(&found), ["absolute", "own", "relative"]);
        assert!(found.iter().all(|(_, bytes)| bytes == b"own"));
        assert_eq!(
            left_out.unwrap(),
            "dangling, loop, stolen and 1 other (links that lead nowhere or out of the folder)"
        );
    }

    #[test]
    fn what_is_no_file_is_left_out_and_not_waited_for() {
        let (found, left_out) = copied(|folder| {
            mkfifoat(CWD, folder.join("fifo"), Mode::RWXU).unwrap();
            UnixListener::bind(folder.join("socket")).unwrap();
            fs::write(folder.join("own"), "").unwrap();
        });
        assert_eq!(names(&found), ["own"]);
        assert_eq!(left_out.unwrap(), "fifo and socket (neither a file nor a folder)");
    }

    #[test]
    fn of_a_folder_that_is_too_large_the_small_files_are_copied() {
        let (found, left_out) = copied(|folder| {
            File::create(folder.join("a film")).unwrap().set_len(TOTAL_LEN_MAX).unwrap();
            fs::write(folder.join("source.py"), "x").unwrap();
        });
        assert_eq!(names(&found), ["source.py"]);
        assert_eq!(left_out.unwrap(), "a film (more than 16 MiB in all)");
    }

    #[test]
    fn names_are_kept_whatever_they_are_and_files_can_be_written_to() {
        let (outside, private) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let original = outside.path().canonicalize().unwrap().join(OsString::from_vec(b"na\xFFme".to_vec()));
        fs::create_dir(&original).unwrap();
        let file = original.join("data");
        fs::write(&file, "").unwrap();
        fs::set_permissions(&file, Permissions::from_mode(0o444)).unwrap();
        let folders = Folders::read(&original, [].into_iter(), &[]).unwrap();
        assert!(folders.has(&file));
        let copy = folders.copy_to(private.path()).unwrap().copy_of(&file).unwrap();
        assert_eq!(copy.parent().unwrap().file_name(), original.file_name());
        assert_eq!(fs::metadata(copy).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

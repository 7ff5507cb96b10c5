//! What lies in a directory or in an archive, as a tree of names: every layout is recognised in it, whatever it was made of.

use std::collections::{BTreeMap, HashMap};
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};

use walkdir::{DirEntry, WalkDir};

use super::left_out::{LeftOut, Why};
use super::source::Source;
use crate::target::hand_in_folder::{ENTRIES_MAX, GENERATED, VIRTUAL_ENVIRONMENT};

/// What systems leave behind in folders and archives, besides files whose name starts with [`APPLE_DOUBLE`].
const LEFT_BEHIND: &[&str] = &["__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini", ".Trashes", ".fseventsd"];
/// How the name of a file starts in which macOS keeps what another file system has no place for.
const APPLE_DOUBLE: &str = "._";
/// How many folders may lie in each other.
pub(super) const DEPTH_MAX: usize = 32;

/// A name in a directory, and what it stands for.
#[derive(Debug, Clone)]
pub(super) enum Node {
    /// A directory.
    Directory(Directory),
    /// A regular file.
    File(Leaf),
    /// A symbolic link to this path, from the directory that it is in.
    Link(PathBuf),
}

/// A regular file.
#[derive(Debug, Clone)]
pub(super) struct Leaf {
    /// Where its bytes come from.
    pub(super) source: Source,
    /// How many there are said to be.
    pub(super) len: u64,
}

/// A directory.
#[derive(Debug, Clone, Default)]
pub(super) struct Directory {
    /// What is in it, by name.
    pub(super) children: BTreeMap<OsString, Node>,
    /// Whether it is a repository of Git, whose own directory is never among the children.
    pub(super) is_repository: bool,
}

impl Directory {
    /// Reads what lies in the directory `root`, with what had to be left out.
    pub(super) fn read(root: &Path) -> (Self, Vec<LeftOut>) {
        let mut tree = Builder::new(Case::Kept);
        // Of each of the entries, so that none takes the place of another.
        let mut budget: HashMap<OsString, usize> = HashMap::new();
        let mut walk = WalkDir::new(root).min_depth(1).max_depth(DEPTH_MAX).sort_by_file_name().into_iter();
        while let Some(entry) = walk.next() {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    let path = error.path().and_then(|path| path.strip_prefix(root).ok());
                    tree.leave_out(path.unwrap_or(Path::new(".")), Why::Unreadable);
                    continue;
                }
            };
            let Ok(path) = entry.path().strip_prefix(root) else { continue };
            let top = path.iter().next().unwrap_or_default();
            let used = budget.entry(top.to_owned()).or_default();
            *used += 1;
            if *used > ENTRIES_MAX {
                tree.leave_out(path, Why::TooMany);
                // What is beside it, too: up to the next entry of the root.
                walk.skip_current_dir();
                continue;
            }
            if is_environment(&entry) {
                walk.skip_current_dir();
            } else if entry.depth() == DEPTH_MAX && entry.file_type().is_dir() {
                tree.leave_out(path, Why::TooDeep);
            } else if is_generated(path) {
                tree.add_generated(path);
                if entry.file_type().is_dir() {
                    walk.skip_current_dir();
                }
            } else if entry.file_type().is_dir() {
                tree.add_directory(path);
            } else {
                tree.add_entry(path, &entry);
            }
        }
        tree.finish()
    }

    /// What lies at `path`, without following links.
    pub(super) fn get(&self, path: &Path) -> Option<&Node> {
        let mut names = path.iter();
        let mut node = self.children.get(names.next()?)?;
        for name in names {
            let Node::Directory(directory) = node else { return None };
            node = directory.children.get(name)?;
        }
        Some(node)
    }

    /// Every file and every link, with its path, in the order of the paths.
    pub(super) fn leaves(&self) -> Vec<(PathBuf, &Node)> {
        let mut found = Vec::new();
        let mut directories = vec![(PathBuf::new(), self)];
        while let Some((path, directory)) = directories.pop() {
            for (name, node) in &directory.children {
                match node {
                    Node::Directory(inner) => directories.push((path.join(name), inner)),
                    Node::File(_) | Node::Link(_) => found.push((path.join(name), node)),
                }
            }
        }
        found.sort_by(|(one, _), (other, _)| one.cmp(other));
        found
    }

    /// Whether any file in it, however deep, is like this.
    pub(super) fn has(&self, is_wanted: &dyn Fn(&OsStr) -> bool) -> bool {
        self.children.iter().any(|(name, node)| match node {
            Node::Directory(inner) => inner.has(is_wanted),
            Node::File(_) | Node::Link(_) => is_wanted(name),
        })
    }

    /// Removes the virtual environments in it.
    fn remove_environments(&mut self) {
        self.children.retain(|_, node| match node {
            Node::Directory(inner) => {
                inner.remove_environments();
                !inner.children.contains_key(OsStr::new(VIRTUAL_ENVIRONMENT))
            }
            Node::File(_) | Node::Link(_) => true,
        });
    }

    /// What lies in the only directory in it, if there is nothing else, and so on; as an archive often has one.
    pub(super) fn without_wrapping(mut self) -> Self {
        while self.children.len() == 1 {
            match self.children.pop_first() {
                Some((_, Node::Directory(inner))) => self = inner,
                Some((name, node)) => {
                    self.children.insert(name, node);
                    break;
                }
                None => break,
            }
        }
        self
    }
}

/// Whether names that differ only in case are two names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Case {
    /// They are: they come from a file system on which they were two.
    Kept,
    /// They are one: on another file system the second would be written over the first.
    Folded,
}

/// Makes a tree of paths, of which none leads out of it and no two are in each other's way.
#[derive(Debug)]
pub(super) struct Builder {
    root: Directory,
    left_out: Vec<LeftOut>,
    case: Case,
    /// The paths of the tree as they are, by themselves in lower case.
    taken: HashMap<OsString, PathBuf>,
}

impl Builder {
    pub(super) fn new(case: Case) -> Self {
        Self { root: Directory::default(), left_out: Vec::new(), case, taken: HashMap::new() }
    }

    /// Notes that something is not in the tree.
    pub(super) fn leave_out(&mut self, path: impl Into<PathBuf>, why: Why) {
        self.left_out.push(LeftOut { path: path.into(), why });
    }

    /// Notes what tools have made, of which only one thing is ever of interest.
    pub(super) fn add_generated(&mut self, path: &Path) {
        let above: PathBuf = path.iter().take_while(|name| *name != ".git").collect();
        if above != path
            && !is_generated(&above)
            && let Some(directory) = self.directory(&above)
        {
            directory.is_repository = true;
        }
    }

    /// Adds a directory, with those above it.
    pub(super) fn add_directory(&mut self, path: &Path) {
        if self.directory(path).is_none() {
            self.leave_out(path, Why::InTheWay);
        }
    }

    /// Adds a file or a link, with the directories above it. One that had the same name is replaced, and left out.
    pub(super) fn add(&mut self, path: &Path, node: Node) {
        let Some(name) = path.file_name() else { return };
        let is_taken = self.case == Case::Folded && self.is_taken(path);
        let place = self.directory(path.parent().unwrap_or(Path::new(""))).filter(|_| !is_taken);
        let place = place.filter(|place| !matches!(place.children.get(name), Some(Node::Directory(_))));
        let why = match place.map(|directory| directory.children.insert(name.to_owned(), node)) {
            Some(None) => return,
            Some(Some(_)) => Why::Repeated,
            None => Why::InTheWay,
        };
        self.leave_out(path, why);
    }

    fn add_entry(&mut self, path: &Path, entry: &DirEntry) {
        let kind = entry.file_type();
        if kind.is_file() {
            let len = entry.metadata().map_or(u64::MAX, |data| data.len());
            self.add(path, Node::File(Leaf { source: Source::disk(entry.path()), len }));
        } else if kind.is_symlink() {
            match fs::read_link(entry.path()) {
                Ok(target) => self.add(path, Node::Link(target)),
                Err(_) => self.leave_out(path, Why::Unreadable),
            }
        } else {
            self.leave_out(path, Why::NotRegular);
        }
    }

    /// Whether a path that differs only in case is in the tree. This one is from now on.
    fn is_taken(&mut self, path: &Path) -> bool {
        let folded =
            path.to_str().map_or_else(|| path.as_os_str().to_owned(), |path| path.to_lowercase().into());
        self.taken.entry(folded).or_insert_with(|| path.to_owned()) != path
    }

    /// The directory at `path`, which is made if need be; nothing if a file is in the way.
    fn directory(&mut self, path: &Path) -> Option<&mut Directory> {
        if self.case == Case::Folded {
            let mut above: Vec<_> = path.ancestors().filter(|path| *path != Path::new("")).collect();
            above.reverse();
            for path in above {
                if self.is_taken(path) {
                    return None;
                }
            }
        }
        path.iter().try_fold(&mut self.root, |directory, name| {
            let node = directory
                .children
                .entry(name.to_owned())
                .or_insert_with(|| Node::Directory(Directory::default()));
            match node {
                Node::Directory(inner) => Some(inner),
                Node::File(_) | Node::Link(_) => None,
            }
        })
    }

    pub(super) fn finish(mut self) -> (Directory, Vec<LeftOut>) {
        self.root.remove_environments();
        (self.root, self.left_out)
    }
}

/// Whether tools or systems have made what is at `path`, which no program of the assignment reads.
pub(super) fn is_generated(path: &Path) -> bool {
    path.iter().filter_map(OsStr::to_str).any(|name| {
        GENERATED.contains(&name) || LEFT_BEHIND.contains(&name) || name.starts_with(APPLE_DOUBLE)
    })
}

fn is_environment(entry: &DirEntry) -> bool {
    entry.file_type().is_dir() && entry.path().join(VIRTUAL_ENVIRONMENT).is_file()
}

/// The path inside an archive that `name` stands for: its parts, without those that mean nothing.
///
/// # Errors
///
/// Why nothing may lie there: it is absolute, leads out of the archive, or is a name that no file system takes.
pub(super) fn inside(name: &OsStr) -> Result<PathBuf, Why> {
    const NAME_LEN_MAX: usize = 255;
    const PATH_LEN_MAX: usize = 4096;
    let bytes = name.as_encoded_bytes();
    let is_drive = bytes.len() >= 2 && bytes[0].is_ascii_alphabetic() && bytes[1] == b':';
    if bytes.first() == Some(&b'/') || is_drive {
        return Err(Why::LeadsOut);
    }
    if bytes.contains(&0) || bytes.len() > PATH_LEN_MAX {
        return Err(Why::BadName);
    }
    let path: PathBuf = Path::new(name).components().filter(|part| part.as_os_str() != ".").collect();
    let mut parts = path.iter();
    if parts.clone().any(|part| part == "..") {
        return Err(Why::LeadsOut);
    }
    if parts.clone().count() > DEPTH_MAX {
        return Err(Why::TooDeep);
    }
    if parts.any(|part| part.len() > NAME_LEN_MAX) {
        return Err(Why::BadName);
    }
    Ok(path)
}

//! Which entry of a directory is whose hand-in: what each platform calls what it gives.
//!
//! Each entry is judged by its own name, so that what several platforms gave may lie side by side. Only a repository of GitHub
//! Classroom, whose name says nothing by itself, is recognised by what lies beside it.

mod canvas;
mod github;
mod gradescope;
mod moodle;

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use super::archive::{is_archive, is_foreign_archive, stem_of_archive};
use super::collect::{has_either, is_python};
use super::left_out::{LeftOut, Why};
use super::roster::Person;
use super::tree::{Directory, Node};
use super::{Layout, Roster};
use crate::bytes::printable;
use crate::class::record::Unrecognized;
use crate::course::Names;

/// The file that every class which was graded has among its results.
const RESULTS: &str = "class.json";
/// How many directories with nothing else in them the hand-ins may lie in.
const WRAPPINGS_MAX: usize = 3;

/// Something that is somebody's hand-in.
#[derive(Debug)]
pub(super) struct Found {
    /// What it was recognised as.
    pub(super) layout: Layout,
    /// What the platform calls it: not yet the name of a directory, and perhaps not the only one of its name.
    pub(super) key: String,
    /// Whose it is, as far as the platform says. Several have handed in together.
    pub(super) people: Vec<Person>,
    /// What else the platform knows.
    pub(super) details: BTreeMap<String, String>,
    /// Where it lies.
    pub(super) path: PathBuf,
    /// Whether the platform says that it came late.
    pub(super) is_late: bool,
    /// What it holds.
    pub(super) tree: Directory,
    /// What had to be left out.
    pub(super) left_out: Vec<LeftOut>,
    /// What was noticed, in sentences.
    pub(super) remarks: Vec<String>,
}

impl Found {
    fn new(layout: Layout, key: &str, path: PathBuf, tree: Directory) -> Self {
        Self {
            layout,
            key: key.to_owned(),
            people: Vec::new(),
            details: BTreeMap::new(),
            path,
            is_late: false,
            tree,
            left_out: Vec::new(),
            remarks: Vec::new(),
        }
    }
}

/// The directory that the hand-ins lie in.
struct Class<'a> {
    root: Directory,
    /// What it is called.
    name: String,
    /// Where it lies in what was named.
    path: PathBuf,
    names: &'a Names,
    roster: Option<&'a Roster>,
}

/// Finds the hand-ins in `root`, which is called `name`; with what is none.
pub(super) fn recognize(
    root: Directory,
    name: String,
    left_out: Vec<LeftOut>,
    names: &Names,
    roster: Option<&Roster>,
) -> (Vec<Found>, Vec<Unrecognized>) {
    let mut unrecognized = Vec::new();
    let mut class = Class { root, name, path: PathBuf::new(), names, roster };
    class.unwrap(&mut unrecognized);
    let mut found = class.hand_ins(&mut unrecognized);
    for one in left_out {
        let owner =
            found.iter_mut().find(|hand_in| one.path.starts_with(&hand_in.path) && one.path != hand_in.path);
        match owner {
            Some(hand_in) => {
                let path = one.path.strip_prefix(&hand_in.path).unwrap_or(&one.path).to_owned();
                hand_in.left_out.push(LeftOut { path, ..one });
            }
            None => unrecognized.push(not_recognized(&one.path, &one.why.to_string())),
        }
    }
    unrecognized.sort_by(|one, other| one.path.cmp(&other.path));
    (found, unrecognized)
}

/// `reason` begins with a small letter and has no full stop.
fn not_recognized(path: &Path, reason: &str) -> Unrecognized {
    let reason = format!("{}.", crate::english::capitalised(reason));
    Unrecognized { path: printable(&path.to_string_lossy()), reason }
}

impl Class<'_> {
    /// Goes into the only directory, as long as that one, and not this, has the hand-ins.
    fn unwrap(&mut self, unrecognized: &mut Vec<Unrecognized>) {
        for _ in 0..WRAPPINGS_MAX {
            let mut directories = self.root.children.iter().filter_map(|(name, node)| match node {
                Node::Directory(inner) => Some((name, inner)),
                Node::File(_) | Node::Link(_) => None,
            });
            let (Some((name, inner)), None) = (directories.next(), directories.next()) else { return };
            let has_own = self.root.children.iter().any(|(name, node)| {
                !matches!(node, Node::Directory(_))
                    && (is_archive(name) || is_python(name) || is_platforms(name))
            });
            if has_own || !self.is_class(name, inner) {
                return;
            }
            let name = name.clone();
            let Some(Node::Directory(inner)) = self.root.children.remove(&name) else { return };
            for beside in self.root.children.keys() {
                unrecognized
                    .push(not_recognized(&self.path.join(beside), "it lies beside the folder of the class"));
            }
            self.name = name.to_string_lossy().into_owned();
            self.path.push(name);
            self.root = inner;
        }
    }

    /// Whether a directory has hand-ins in it, and is not one itself.
    fn is_class(&self, name: &OsStr, directory: &Directory) -> bool {
        let name = name.to_string_lossy();
        if gradescope::is_export(&name, directory) || github::is_clones(&name) {
            return true;
        }
        let is_hand_in = |(name, node): &(&OsString, &Node)| match node {
            Node::Directory(inner) => {
                is_platforms(name) || has_either(inner, self.names) || inner.has(&is_archive)
            }
            Node::File(_) => is_platforms(name) || is_archive(name),
            Node::Link(_) => false,
        };
        match directory.children.iter().filter(is_hand_in).count() {
            0 | 1 => false,
            2 => !self.is_split(directory),
            _ => true,
        }
    }

    /// Whether the client lies in one folder and the server in another, as one student may keep them.
    fn is_split(&self, directory: &Directory) -> bool {
        let count_of = |name: &str| {
            let is_wanted = |one: &OsStr| Path::new(name).file_name() == Some(one);
            let has = |node: &&Node| matches!(node, Node::Directory(inner) if inner.has(&is_wanted));
            directory.children.values().filter(has).count()
        };
        count_of(&self.names.server_file) == 1 && count_of(&self.names.client_file) == 1
    }

    fn hand_ins(mut self, unrecognized: &mut Vec<Unrecognized>) -> Vec<Found> {
        let metadata = gradescope::Metadata::take(&mut self.root, &self.path, unrecognized);
        let repositories = github::Repositories::of(&self.root, &self.name, self.roster);
        let mut found = Vec::new();
        let mut files = BTreeMap::new();
        for (name, node) in self.root.children {
            let path = self.path.join(&name);
            let text = name.to_string_lossy();
            let recognized = match node {
                Node::Directory(tree) if gradescope::is_folder(&text) => {
                    Ok(metadata.hand_in(&text, &path, tree))
                }
                Node::Directory(tree) if moodle::is_folder(&text) => moodle::hand_in(&text, &path, tree),
                Node::Directory(tree) => match repositories.user(&text) {
                    Some(user) => Ok(github::hand_in(user, &path, tree)),
                    None => folder(&text, &path, tree, self.roster),
                },
                Node::File(_) if canvas::is_file(&text) || moodle::is_file(&text) => {
                    files.insert(name, node);
                    continue;
                }
                Node::File(_) if is_archive(&name) => Ok(archive(&text, &path, node)),
                Node::File(_) => Err(file(&name)),
                Node::Link(_) => Err("it is a link, which may lead to somebody else's files".into()),
            };
            match recognized {
                Ok(hand_in) => found.push(hand_in),
                Err(reason) => unrecognized.push(not_recognized(&path, &reason)),
            }
        }
        for group in [canvas::group, moodle::group] {
            found.extend(group(&mut files, &self.path, unrecognized));
        }
        moodle::forget_blind_names(&mut found);
        metadata.complain_of_missing(&found, &self.path, unrecognized);
        found
    }
}

/// Whether a platform has named this.
fn is_platforms(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    canvas::is_file(&name)
        || moodle::is_file(&name)
        || moodle::is_folder(&name)
        || gradescope::is_folder(&name)
}

/// A folder that no platform has named.
fn folder(name: &str, path: &Path, tree: Directory, roster: Option<&Roster>) -> Result<Found, String> {
    let is_rostered = || roster.is_some_and(|roster| roster.knows(name));
    let has = |is_wanted: &dyn Fn(&OsStr) -> bool| tree.has(is_wanted);
    if tree.children.contains_key(OsStr::new(RESULTS)) {
        return Err(format!("it has the results of a class ({RESULTS})"));
    }
    if github::is_clones(name) {
        return Err(
            "it has the hand-ins of a class: name this folder instead of the one that it is in".into()
        );
    }
    if has(&is_python) || has(&is_archive) || has(&is_foreign_archive) || is_rostered() {
        return Ok(Found::new(Layout::Folders, name, path.to_owned(), tree));
    }
    match tree.children.is_empty() {
        true => Err("it is an empty folder, and nobody on a roster is called like this".into()),
        false => Err("it is a folder without a file in Python and without an archive".into()),
    }
}

/// An archive that no platform has named.
fn archive(name: &str, path: &Path, node: Node) -> Found {
    let tree = directory([(name.to_owned(), node)]);
    Found::new(Layout::Archives, stem_of_archive(name), path.to_owned(), tree)
}

/// Why a file is no hand-in.
fn file(name: &OsStr) -> String {
    if is_python(name) {
        return "it is a file by itself, and nothing says whose: put it into a folder with a name".into();
    }
    if is_foreign_archive(name) {
        return "it is an archive of a kind that the harness does not unpack: unpack it into a folder".into();
    }
    "it is neither a folder nor an archive, and no platform calls a hand-in like this".into()
}

/// The directory that these files are in alone.
fn directory(files: impl IntoIterator<Item = (String, Node)>) -> Directory {
    let children = files.into_iter().map(|(name, node)| (name.into(), node)).collect();
    Directory { children, is_repository: false }
}

/// Whether all of `text` is digits, and there is one.
fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Something that was left out of a file by a rule of a platform.
fn earlier(name: String) -> LeftOut {
    LeftOut { path: name.into(), why: Why::Earlier }
}

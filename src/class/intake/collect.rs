//! From the tree of what somebody handed in to the files of a hand-in: archives in it are unpacked, links in it followed, and what
//! is too much is left out.

use std::ffi::{OsStr, OsString};
use std::path::{Component, Path, PathBuf};

use super::archive::{Archive, is_archive, is_foreign_archive, stem_of_archive};
use super::hand_in::SourceFile;
use super::left_out::{LeftOut, Why, sentences};
use super::source::Reader;
use super::tree::{Directory, Leaf, Node};
use crate::bytes::printable;
use crate::course::Names;
use crate::english::list;
use crate::side::Side;
use crate::target::hand_in_folder::{ENTRIES_MAX, TOTAL_LEN_MAX};

/// How deep an archive may lie in others: a folder that was compressed twice.
const ARCHIVES_DEEP: usize = 2;
/// How many archives of one hand-in are unpacked.
const ARCHIVES_MAX: usize = 8;
/// How many links are followed from one to the other.
const LINKS_MAX: usize = 8;

/// The files of a hand-in.
#[derive(Debug)]
pub(super) struct Collected {
    /// In the order of their paths.
    pub(super) files: Vec<SourceFile>,
    /// Where the files of the server and of the client lie.
    pub(super) server: Option<PathBuf>,
    /// See `server`.
    pub(super) client: Option<PathBuf>,
    /// What has to be known of it, in sentences.
    pub(super) remarks: Vec<String>,
}

/// Collects what is in `tree`. Without what is `left_out` already.
pub(super) fn collect(mut tree: Directory, mut left_out: Vec<LeftOut>, names: &Names) -> Collected {
    // Where the files lie at hand, an archive beside them is a copy, or something else.
    if !has_either(&tree, names) {
        unpack(&mut tree, ARCHIVES_DEEP, &mut left_out);
    }
    let tree = tree.without_wrapping();
    let mut files = Vec::new();
    for (path, node) in tree.leaves() {
        match follow(&tree, &path, node) {
            Ok(leaf) => files.push((path, leaf.clone())),
            Err(why) => left_out.push(LeftOut { path, why }),
        }
    }
    let files = within_limits(files, &mut left_out);
    let mut remarks = sentences(&left_out);
    if let Some(foreign) = files.iter().find(|file| is_foreign_archive(file.path.as_os_str()))
        && !has_either(&tree, names)
    {
        let name = printable(&foreign.path.to_string_lossy());
        remarks.push(format!("{name} is an archive of a kind that the harness does not unpack."));
    }
    let mut place = |side: Side| {
        let (place, remark) = place(&files, names.file(side));
        remarks.extend(remark);
        place
    };
    let (server, client) = (place(Side::Server), place(Side::Client));
    if files.is_empty() {
        remarks.push("There is no file in it.".into());
    }
    Collected { files, server, client, remarks }
}

/// Whether the file of either side is in `tree`.
pub(super) fn has_either(tree: &Directory, names: &Names) -> bool {
    let is_of = |side: &Side, name: &OsStr| Path::new(names.file(*side)).file_name() == Some(name);
    tree.has(&|name| Side::ALL.iter().any(|side| is_of(side, name)))
}

/// Puts what is in each archive in the place of the archive, in a directory of its name.
fn unpack(tree: &mut Directory, deep: usize, left_out: &mut Vec<LeftOut>) {
    let leaves = tree.leaves().into_iter();
    let archives: Vec<_> = leaves
        .filter_map(|(path, node)| match node {
            Node::File(leaf) if path.file_name().is_some_and(is_archive) => Some((path, leaf.clone())),
            _ => None,
        })
        .collect();
    for (number, (path, leaf)) in archives.into_iter().enumerate() {
        if number >= ARCHIVES_MAX || deep == 0 {
            let why = Why::Broken("an archive beside, or inside, too many others".into());
            left_out.push(LeftOut { path, why });
            continue;
        }
        match Archive::of_hand_in(leaf.source, leaf.len) {
            Ok((mut inner, without)) => {
                unpack(&mut inner, deep - 1, left_out);
                left_out
                    .extend(without.into_iter().map(|one| LeftOut { path: below(&path, &one.path), ..one }));
                replace(tree, &path, inner.without_wrapping());
            }
            Err(error) => {
                let why = Why::Broken(format!("an archive that cannot be unpacked: {error}"));
                left_out.push(LeftOut { path: path.clone(), why });
                remove(tree, &path);
            }
        }
    }
}

/// What `name` in the archive at `path` is called, also where it is an absolute path.
fn below(path: &Path, name: &Path) -> PathBuf {
    let mut below = path.as_os_str().to_owned();
    below.push("/");
    below.push(name);
    below.into()
}

/// The directory that `path` lies in.
fn parent<'t>(tree: &'t mut Directory, path: &Path) -> Option<&'t mut Directory> {
    path.parent()?.iter().try_fold(tree, |directory, name| match directory.children.get_mut(name) {
        Some(Node::Directory(inner)) => Some(inner),
        _ => None,
    })
}

fn remove(tree: &mut Directory, path: &Path) {
    if let (Some(directory), Some(name)) = (parent(tree, path), path.file_name()) {
        directory.children.remove(name);
    }
}

fn replace(tree: &mut Directory, path: &Path, by: Directory) {
    let (Some(directory), Some(name)) = (parent(tree, path), path.file_name()) else { return };
    directory.children.remove(name);
    let name = name.to_string_lossy();
    let mut free = OsString::from(stem_of_archive(&name));
    while directory.children.contains_key(&free) {
        free.push("_");
    }
    directory.children.insert(free, Node::Directory(by));
}

/// The file that is at `path` in `tree`, or that the link there leads to.
fn follow<'t>(tree: &'t Directory, path: &Path, node: &'t Node) -> Result<&'t Leaf, Why> {
    let (mut path, mut node) = (path.to_owned(), node);
    for _ in 0..LINKS_MAX {
        let target = match node {
            Node::File(leaf) => return Ok(leaf),
            Node::Directory(_) => return Err(Why::DeadLink),
            Node::Link(target) => target,
        };
        path.pop();
        for part in target.components() {
            match part {
                Component::Normal(name) => path.push(name),
                Component::CurDir => {}
                Component::ParentDir if path.pop() => {}
                Component::ParentDir | Component::RootDir | Component::Prefix(_) => {
                    return Err(Why::LeadsOut);
                }
            }
        }
        node = tree.get(&path).ok_or(Why::DeadLink)?;
    }
    Err(Why::DeadLink)
}

/// Those of `files` that can be read and are not too much, the smallest first: no source is large.
fn within_limits(mut files: Vec<(PathBuf, Leaf)>, left_out: &mut Vec<LeftOut>) -> Vec<SourceFile> {
    files.sort_by(|(path, leaf), (other_path, other)| (leaf.len, path).cmp(&(other.len, other_path)));
    let mut reader = Reader::default();
    let (mut taken, mut left) = (Vec::new(), TOTAL_LEN_MAX);
    for (path, leaf) in files {
        if taken.len() >= ENTRIES_MAX {
            left_out.push(LeftOut { path, why: Why::TooMany });
        } else if leaf.len > left {
            left_out.push(LeftOut { path, why: Why::TooLarge });
        } else {
            match reader.read(&leaf.source, leaf.len, leaf.len) {
                Ok(bytes) => {
                    left -= bytes.len() as u64;
                    taken.push(SourceFile { path, source: leaf.source, len: leaf.len });
                }
                Err(_) => left_out.push(LeftOut { path, why: Why::Unreadable }),
            }
        }
    }
    taken.sort_by(|one, other| one.path.cmp(&other.path));
    taken
}

/// Where the file of this name lies: as near to the root as any; with a sentence where others are as near.
fn place(files: &[SourceFile], name: &str) -> (Option<PathBuf>, Option<String>) {
    let found = files.iter().map(|file| &file.path).filter(|path| path.ends_with(name));
    let depth = |path: &&PathBuf| path.iter().count();
    let Some(nearest) = found.clone().map(|path| depth(&path)).min() else { return (None, None) };
    let nearest: Vec<_> = found.filter(|path| depth(path) == nearest).collect();
    let remark = (nearest.len() > 1).then(|| {
        let folders: Vec<_> = nearest.iter().filter_map(|path| path.parent()).map(shown).collect();
        format!("{name} lies in {}: the one in {} is graded.", list(&folders), folders[0])
    });
    (nearest.first().map(|path| (*path).clone()), remark)
}

fn shown(path: &Path) -> String {
    printable(&path.as_os_str().to_string_lossy())
}

/// Whether a name is that of a file in Python.
pub(super) fn is_python(name: &OsStr) -> bool {
    Path::new(name).extension().is_some_and(|extension| extension.eq_ignore_ascii_case("py"))
}

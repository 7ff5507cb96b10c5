//! What lies in the directory of a class: from a folder, or from what a platform gives, to a list of hand-ins.
//!
//! What lies there is read as a tree of names, whether a disk or an archive holds it (`tree`). Each platform is recognised in that tree
//! by the names that it gives (`layout`), a roster says whose a hand-in is (`roster`), and of what somebody handed in the files are
//! collected (`collect`). No bytes are kept: they are read where they lie, again and again (`source`).
//!
//! Students choose what they hand in, and with it every name and every byte that is read here. Nothing is written outside the directory
//! that a hand-in is unpacked into, and how much is read, and held, has limits; what is refused is said, of that hand-in alone.

mod archive;
mod collect;
pub mod detail;
mod hand_in;
mod id;
mod layout;
mod left_out;
mod roster;
mod rows;
mod source;
#[cfg(test)]
mod tests;
mod tree;

use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

pub use hand_in::{Digest, HandIn, SourceFile};
pub use roster::{Person, Roster, RosterError};
pub use rows::IntakeRow;

use super::record::Unrecognized;
use crate::bytes::printable;
use crate::course::Names;
use crate::english::list;
pub(crate) use archive::is_archive;
use archive::{Archive, stem_of_archive};
use layout::Found;
use left_out::LeftOut;
use roster::Match;
use source::Source;
use tree::Directory;

/// How the hand-ins lie in the directory of a class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// A folder each.
    Folders,
    /// An archive each.
    Archives,
    /// What Canvas gives as all submissions of an assignment.
    Canvas,
    /// What Moodle gives as all submissions of an assignment.
    Moodle,
    /// What Gradescope gives as an export of an assignment.
    Gradescope,
    /// Repositories of GitHub Classroom.
    GitHubClassroom,
    /// Several of these.
    Mixed,
}

impl fmt::Display for Layout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Folders => "folders",
            Self::Archives => "archives",
            Self::Canvas => "Canvas",
            Self::Moodle => "Moodle",
            Self::Gradescope => "Gradescope",
            Self::GitHubClassroom => "GitHub Classroom",
            Self::Mixed => "several layouts",
        })
    }
}

/// What lies in the directory of a class.
#[derive(Debug)]
pub struct Intake {
    /// How it lies there.
    pub layout: Layout,
    /// The hand-ins, by their identifiers.
    pub hand_ins: Vec<HandIn>,
    /// What was not taken for a hand-in.
    pub unrecognized: Vec<Unrecognized>,
    /// Who stands on the roster and has handed in nothing, in the order of the roster.
    pub missing: Vec<Person>,
}

/// Why the directory of a class cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum IntakeError {
    /// It is not there, or may not be read.
    #[error("{} cannot be read: {error}", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why not.
        error: io::Error,
    },
    /// It is a file, and no archive.
    #[error("the class {} is neither a folder nor an archive (.zip, .tar, .tar.gz or .tgz)", .0.display())]
    File(PathBuf),
    /// It is an archive that cannot be unpacked.
    #[error("{} is an archive that cannot be unpacked: {reason}", path.display())]
    Archive {
        /// Which.
        path: PathBuf,
        /// Why not, in a few words.
        reason: String,
    },
}

/// Finds the hand-ins in `directory`, which may also be one archive with all of them. Their files have these `names`; the `roster` says
/// whose they are where the platform does not.
///
/// # Errors
///
/// See [`IntakeError`]. Finding nothing is none.
pub fn take_in(directory: &Path, names: &Names, roster: Option<&Roster>) -> Result<Intake, IntakeError> {
    let (root, name, left_out) = read(directory)?;
    let (mut found, unrecognized) = layout::recognize(root, name, left_out, names, roster);
    found.sort_by(|one, other| (&one.key, &one.path).cmp(&(&other.key, &other.path)));
    let keys: Vec<_> = found.iter().map(|hand_in| (hand_in.key.as_str(), hand_in.path.as_path())).collect();
    let ids = id::identifiers(&keys);
    let mut present = HashSet::new();
    let hand_ins = found.into_iter().zip(ids);
    let mut hand_ins: Vec<_> =
        hand_ins.map(|(found, id)| hand_in(found, id, names, roster, &mut present)).collect();
    hand_ins.sort_by(|one, other| one.id.cmp(&other.id));
    let people = roster.map_or(&[][..], Roster::people).iter().enumerate();
    let missing = people.filter(|(number, _)| !present.contains(number)).map(|(_, person)| person.clone());
    Ok(Intake { layout: layout_of(&hand_ins), hand_ins, unrecognized, missing: missing.collect() })
}

/// What lies in `directory`, what that is called, and what had to be left out.
fn read(directory: &Path) -> Result<(Directory, String, Vec<LeftOut>), IntakeError> {
    let unreadable = |error| IntakeError::Unreadable { path: directory.to_owned(), error };
    let path = directory.canonicalize().map_err(unreadable)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    if path.is_dir() {
        path.read_dir().map_err(unreadable)?;
        let (root, left_out) = Directory::read(&path);
        return Ok((root, name, left_out));
    }
    if !path.file_name().is_some_and(is_archive) {
        return Err(IntakeError::File(directory.to_owned()));
    }
    let (root, left_out) = Archive::of_download(&path)
        .map_err(|error| IntakeError::Archive { path: directory.to_owned(), reason: error.to_string() })?;
    Ok((root, stem_of_archive(&name).to_owned(), left_out))
}

/// The hand-in in one archive. Its files have these `names`.
///
/// # Errors
///
/// It cannot be unpacked.
pub fn take_in_archive(path: &Path, names: &Names) -> Result<HandIn, IntakeError> {
    let unreadable = |error| IntakeError::Unreadable { path: path.to_owned(), error };
    let real = path.canonicalize().map_err(unreadable)?;
    let len = real.metadata().map_err(unreadable)?.len();
    let (tree, left_out) = Archive::of_hand_in(Source::disk(&real), len)
        .map_err(|error| IntakeError::Archive { path: path.to_owned(), reason: error.to_string() })?;
    let collect::Collected { files, server, client, remarks } = collect::collect(tree, left_out, names);
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    Ok(HandIn {
        id: stem_of_archive(&name).to_owned(),
        name: None,
        details: BTreeMap::new(),
        group: Vec::new(),
        path: path.to_owned(),
        layout: Layout::Archives,
        is_late: false,
        remarks,
        files,
        server,
        client,
    })
}

fn layout_of(hand_ins: &[HandIn]) -> Layout {
    let first = hand_ins.first().map_or(Layout::Folders, |hand_in| hand_in.layout);
    match hand_ins.iter().all(|hand_in| hand_in.layout == first) {
        true => first,
        false => Layout::Mixed,
    }
}

/// The hand-in that was found. Whoever of the `roster` it belongs to is `present`.
fn hand_in(
    found: Found,
    id: String,
    names: &Names,
    roster: Option<&Roster>,
    present: &mut HashSet<usize>,
) -> HandIn {
    let Found { layout, key, mut people, mut details, path, is_late, tree, left_out, mut remarks } = found;
    if let Some(roster) = roster {
        let is_unnamed = people.is_empty();
        if is_unnamed {
            people.push(Person::default());
        }
        for person in &mut people {
            let matched = if is_unnamed { roster.called(&key) } else { roster.find(person) };
            match matched {
                Match::One(number) => {
                    present.insert(number);
                    let known = &roster.people()[number];
                    person.name = known.name.clone().or(person.name.take());
                    for (kind, value) in &known.details {
                        person.details.entry(kind.clone()).or_insert_with(|| value.clone());
                    }
                }
                Match::Several(count) => {
                    let name = printable(person.name.as_deref().unwrap_or(&key));
                    remarks.push(format!("{count} people on the roster may be {name}: nothing says which."));
                }
                Match::None => {}
            }
        }
    }
    details.extend(together(&people));
    let names_of: Vec<_> = people.iter().filter_map(|person| person.name.clone()).collect();
    let name = (!names_of.is_empty()).then(|| list(&names_of));
    let collected = collect::collect(tree, left_out, names);
    remarks.extend(collected.remarks);
    HandIn {
        id,
        name,
        details,
        group: if people.len() > 1 { people } else { Vec::new() },
        path,
        layout,
        is_late,
        remarks,
        files: collected.files,
        server: collected.server,
        client: collected.client,
    }
}

/// The details of several people, of which each has all values, in the order of the people.
fn together(people: &[Person]) -> BTreeMap<String, String> {
    let mut details: BTreeMap<String, String> = BTreeMap::new();
    for (kind, value) in people.iter().flat_map(|person| &person.details) {
        details
            .entry(kind.clone())
            .and_modify(|values| *values = format!("{values}, {value}"))
            .or_insert_with(|| value.clone());
    }
    details
}

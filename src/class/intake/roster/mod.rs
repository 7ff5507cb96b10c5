//! Who is in the class, and what platforms know them by.

mod table;

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::path::{Path, PathBuf};

use deunicode::deunicode;
use serde::{Deserialize, Serialize};

use super::detail;
use crate::english::list;

/// The people of a class.
#[derive(Debug, Clone, Default)]
pub struct Roster {
    people: Vec<Person>,
    /// Who has a detail: by what it is, and by its value in small letters.
    by_detail: HashMap<(String, String), Vec<usize>>,
    /// Who is called something, or would call a folder so.
    by_name: HashMap<String, Vec<usize>>,
}

/// Somebody in a class.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// What they are called, as the platform or the roster writes it.
    pub name: Option<String>,
    /// What else is known, by the names in [`detail`].
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub details: BTreeMap<String, String>,
}

impl Person {
    /// What is known under this name; nothing where it is not.
    pub(in crate::class) fn detail(&self, name: &str) -> &str {
        self.details.get(name).map_or("", String::as_str)
    }

    /// The name, or whatever else tells them apart; nothing where nothing does.
    pub(in crate::class) fn called(&self) -> &str {
        self.name.as_deref().unwrap_or_else(|| self.identifier())
    }

    /// What tells them apart, besides the name: an identifier of the course's own before everything else.
    pub(in crate::class) fn identifier(&self) -> &str {
        let own = self.details.get(detail::IDENTIFIER);
        own.or_else(|| self.details.values().next()).map_or("", String::as_str)
    }
}

/// Why a roster cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RosterError {
    /// It cannot be read.
    #[error("the roster {} cannot be read: {error}", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why not.
        error: io::Error,
    },
    /// It is no table.
    #[error("the roster {} is no table that can be read: {error}", path.display())]
    NoTable {
        /// Which.
        path: PathBuf,
        /// Why not.
        error: csv::Error,
    },
    /// No column of it says who somebody is.
    #[error("the roster {} has no column that says who somebody is. {}It takes at least one of {}", path.display(), found(columns), list(wanted))]
    NoColumn {
        /// Which.
        path: PathBuf,
        /// The columns that it has.
        columns: Vec<String>,
        /// Those of which it needs one.
        wanted: Vec<String>,
    },
}

fn found(columns: &[String]) -> String {
    let quoted: Vec<_> = columns.iter().map(|column| format!("\"{column}\"")).collect();
    match columns {
        [] => "It is empty. ".into(),
        [_] => format!("Its only column is {}. ", list(&quoted)),
        _ => format!("Its columns are {}. ", list(&quoted)),
    }
}

/// What a roster says of somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Match {
    /// They are this one of the people.
    One(usize),
    /// They may be any of so many.
    Several(usize),
    /// They are not on it.
    None,
}

impl Match {
    fn of(found: Option<&Vec<usize>>) -> Self {
        match found.map(Vec::as_slice) {
            Some([one]) => Self::One(*one),
            Some([]) | None => Self::None,
            Some(several) => Self::Several(several.len()),
        }
    }

    fn or_else(self, other: impl FnOnce() -> Self) -> Self {
        match self {
            Self::None => other(),
            found => found,
        }
    }
}

impl Roster {
    /// Reads the roster or the gradebook that a platform gives, or a table of one's own with the columns `id` and `name`.
    ///
    /// # Errors
    ///
    /// See [`RosterError`].
    pub fn read(path: &Path) -> Result<Self, RosterError> {
        let bytes =
            std::fs::read(path).map_err(|error| RosterError::Unreadable { path: path.to_owned(), error })?;
        table::read(&bytes, path).map(Self::new)
    }

    fn new(people: Vec<Person>) -> Self {
        let mut roster = Self::default();
        for (number, person) in people.iter().enumerate() {
            for (kind, value) in person.details.iter().filter(|(kind, _)| *kind != detail::SECTION) {
                roster.by_detail.entry((kind.clone(), value.to_lowercase())).or_default().push(number);
            }
            for name in person.name.iter().flat_map(|name| spellings(name)) {
                let called = roster.by_name.entry(name).or_default();
                if called.last() != Some(&number) {
                    called.push(number);
                }
            }
        }
        roster.people = people;
        roster
    }

    /// Everyone, in the order of the file.
    #[must_use]
    pub fn people(&self) -> &[Person] {
        &self.people
    }

    /// Whether exactly one person has this detail.
    pub(super) fn has_detail(&self, kind: &str, value: &str) -> bool {
        matches!(self.by_detail(kind, value), Match::One(_))
    }

    /// Whether somebody would call a folder so.
    pub(super) fn knows(&self, folder: &str) -> bool {
        self.called(folder) != Match::None
    }

    /// Who somebody is of whom a platform says this.
    ///
    /// A number that the roster has for others, and not for this one, is somebody who is not on it: the name is then not asked.
    pub(super) fn find(&self, person: &Person) -> Match {
        let known = person
            .details
            .iter()
            .filter(|(kind, _)| self.people.iter().any(|one| one.details.contains_key(*kind)));
        let mut known = known.peekable();
        if known.peek().is_some() {
            return known
                .fold(Match::None, |found, (kind, value)| found.or_else(|| self.by_detail(kind, value)));
        }
        let own = person.details.values();
        let own =
            own.fold(Match::None, |found, value| found.or_else(|| self.by_detail(detail::IDENTIFIER, value)));
        own.or_else(|| person.name.as_deref().map_or(Match::None, |name| self.named(name)))
    }

    /// Who would call a folder, or an archive, so: by any identifier, by what stands before the `@` of an address, or by name.
    pub(super) fn called(&self, folder: &str) -> Match {
        const KINDS: &[&str] = &[
            detail::IDENTIFIER,
            detail::LOGIN,
            detail::ID_NUMBER,
            detail::EMAIL,
            detail::GITHUB,
            detail::CANVAS_ID,
            detail::PARTICIPANT,
        ];
        let by_detail =
            KINDS.iter().fold(Match::None, |found, kind| found.or_else(|| self.by_detail(kind, folder)));
        by_detail.or_else(|| self.named(folder)).or_else(|| {
            let start = format!("{}@", folder.to_lowercase());
            let addresses = self
                .by_detail
                .iter()
                .filter(|((kind, value), _)| kind == detail::EMAIL && value.starts_with(&start));
            Match::of(Some(&addresses.flat_map(|(_, people)| people.iter().copied()).collect()))
        })
    }

    fn by_detail(&self, kind: &str, value: &str) -> Match {
        Match::of(self.by_detail.get(&(kind.to_owned(), value.to_lowercase())))
    }

    fn named(&self, name: &str) -> Match {
        let spellings = spellings(name);
        spellings.iter().fold(Match::None, |found, name| found.or_else(|| Match::of(self.by_name.get(name))))
    }
}

/// The ways in which a name is written: in any order of its parts, or as one word in two orders, as Canvas does; always without
/// accents, capitals and punctuation.
fn spellings(name: &str) -> Vec<String> {
    let plain = deunicode(name).to_lowercase().replace(['\'', '`'], "");
    let mut words: Vec<&str> =
        plain.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
    if words.is_empty() {
        return Vec::new();
    }
    let as_written = words.concat();
    words.rotate_right(1);
    let last_first = words.concat();
    words.sort_unstable();
    vec![words.join(" "), as_written, last_first]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(name: &str, details: &[(&str, &str)]) -> Person {
        let details = details.iter().map(|(kind, value)| ((*kind).into(), (*value).into())).collect();
        Person { name: (!name.is_empty()).then(|| name.into()), details }
    }

    fn class() -> Roster {
        Roster::new(vec![
            person(
                "Müller, Zoë",
                &[(detail::CANVAS_ID, "1"), (detail::EMAIL, "zm@example.org"), (detail::SECTION, "A")],
            ),
            person("Ada O'Neil", &[(detail::CANVAS_ID, "2"), (detail::LOGIN, "AON1")]),
            person("Kim Lee", &[(detail::CANVAS_ID, "3")]),
            person("Kim Lee", &[(detail::CANVAS_ID, "4")]),
        ])
    }

    #[test]
    fn somebody_is_found_by_a_number_and_then_never_by_a_name() {
        let class = class();
        let find = |name: &str, details: &[(&str, &str)]| class.find(&person(name, details));
        assert_eq!(find("", &[(detail::CANVAS_ID, "2")]), Match::One(1));
        assert_eq!(find("adaoneil", &[(detail::CANVAS_ID, "99")]), Match::None);
        assert_eq!(find("Zoë Müller", &[(detail::PARTICIPANT, "7")]), Match::One(0));
        assert_eq!(find("mullerzoe", &[]), Match::One(0));
        assert_eq!(find("oneilada", &[]), Match::One(1));
        assert_eq!(find("Kim Lee", &[]), Match::Several(2));
        assert_eq!(find("", &[]), Match::None);
    }

    #[test]
    fn a_folder_is_called_by_any_of_it() {
        let class = class();
        for (folder, expected) in [
            ("aon1", Match::One(1)),
            ("3", Match::One(2)),
            ("zm", Match::One(0)),
            ("zoe_muller", Match::One(0)),
            ("ZoëMüller", Match::One(0)),
            ("kim lee", Match::Several(2)),
            ("A", Match::None),
            ("…", Match::None),
        ] {
            assert_eq!(class.called(folder), expected, "{folder}");
        }
    }
}

//! What Moodle gives as all submissions of an assignment: a folder for each participant and kind of submission, or, where that was
//! chosen, files side by side.
//!
//! A folder is called `NAME_NUMBER_assignsubmission_KIND`, with an underscore at its end before Moodle 4, and what was handed in lies
//! in it as it did on the platform; a file by itself is called `NAME_NUMBER_assignsubmission_KIND_TITLE`. The name has no underscore,
//! and is a word for "participant" where the marking is blind. A group that hands in together has its name and its number; those
//! who are in none are the default group, without a number. The kind `file` is files, and `onlinetext` what was typed into the platform.
//!
//! So it is written by `get_student_prefix` and `load_submissionplugin_filelist` in `mod/assign/classes/downloader.php` of Moodle.
//! The number is that of the column "Identifier" in the grading worksheet, `Participant NUMBER`.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;

use super::{Found, directory, is_number, not_recognized};
use crate::class::intake::roster::Person;
use crate::class::intake::tree::{Directory, Node};
use crate::class::intake::{Layout, detail};
use crate::class::record::Unrecognized;

/// What stands between the participant and the kind of submission.
const MARK: &str = "_assignsubmission_";
/// The kind that is files.
const FILE: &str = "file";

/// What a name says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Participant<'a> {
    name: &'a str,
    /// Nothing for those who are in no group.
    number: Option<&'a str>,
}

impl<'a> Participant<'a> {
    fn parse(text: &'a str) -> Self {
        match text.rsplit_once('_').filter(|(name, number)| !name.is_empty() && is_number(number)) {
            Some((name, number)) => Self { name, number: Some(number) },
            None => Self { name: text, number: None },
        }
    }

    fn hand_in(self, path: &Path, tree: Directory) -> Found {
        let mut found = Found::new(Layout::Moodle, self.number.unwrap_or(self.name), path.to_owned(), tree);
        let number = self.number.map(|number| (detail::PARTICIPANT.to_owned(), number.to_owned()));
        found.people.push(Person { name: Some(self.name.to_owned()), details: number.into_iter().collect() });
        found
    }
}

/// The participant, the kind and the title, which only a file has. A folder has an underscore in its place, or nothing.
fn parse(text: &str) -> Option<(Participant<'_>, &str, &str)> {
    let (participant, rest) = text.split_once(MARK).filter(|(participant, _)| !participant.is_empty())?;
    let (kind, title) = rest.split_once('_').unwrap_or((rest, ""));
    Some((Participant::parse(participant), kind, title))
}

/// Whether Moodle calls a folder like this.
pub(super) fn is_folder(name: &str) -> bool {
    parse(name).is_some_and(|(_, _, title)| title.is_empty())
}

/// Whether Moodle calls a file like this.
pub(super) fn is_file(name: &str) -> bool {
    parse(name).is_some_and(|(_, _, title)| !title.is_empty())
}

/// What is in a folder that Moodle has named, or why that is no hand-in.
pub(super) fn hand_in(name: &str, path: &Path, tree: Directory) -> Result<Found, String> {
    match parse(name) {
        Some((participant, FILE, _)) => Ok(participant.hand_in(path, tree)),
        Some((_, kind, _)) => Err(no_file(kind)),
        None => Err("it is not called as Moodle calls a folder".into()),
    }
}

/// Why something of this kind is no hand-in.
fn no_file(kind: &str) -> String {
    match kind {
        "onlinetext" => "it is a text that was typed into Moodle, and no file".into(),
        _ => format!("it is a submission of the kind \"{kind}\", which has no files"),
    }
}

/// Takes the files that Moodle has named, and puts together those of one participant.
pub(super) fn group(
    files: &mut BTreeMap<OsString, Node>,
    folder: &Path,
    unrecognized: &mut Vec<Unrecognized>,
) -> Vec<Found> {
    let mut participants: BTreeMap<String, Vec<(String, String, Node)>> = BTreeMap::new();
    files.retain(|name, node| {
        let text = name.to_string_lossy();
        let (Some((_, kind, title)), Some((prefix, _))) = (parse(&text), text.split_once(MARK)) else {
            return true;
        };
        match kind {
            FILE => {
                let one = (text.to_string(), title.to_owned(), node.clone());
                participants.entry(prefix.to_owned()).or_default().push(one);
            }
            _ => unrecognized.push(not_recognized(&folder.join(name), &no_file(kind))),
        }
        false
    });
    let hand_in = |(prefix, files): (String, Vec<(String, String, Node)>)| {
        let path = match &files[..] {
            [(only, _, _)] => folder.join(only),
            _ => folder.join(format!("{prefix}{MARK}{FILE}_*")),
        };
        let tree = directory(files.into_iter().map(|(_, title, node)| (title, node)));
        Participant::parse(&prefix).hand_in(&path, tree)
    };
    participants.into_iter().map(hand_in).collect()
}

/// Forgets names that say nothing: where the marking is blind, all are called the same, in whatever language.
pub(super) fn forget_blind_names(found: &mut [Found]) {
    let names = |found: &[Found]| -> Vec<Option<String>> {
        let of_moodle = found.iter().filter(|hand_in| hand_in.layout == Layout::Moodle);
        of_moodle.flat_map(|hand_in| hand_in.people.iter().map(|person| person.name.clone())).collect()
    };
    let names = names(found);
    let is_blind = names.len() > 1 && names.iter().all(|name| *name == names[0])
        || names == [Some("Participant".into())];
    if is_blind {
        let of_moodle = found.iter_mut().filter(|hand_in| hand_in.layout == Layout::Moodle);
        of_moodle.flat_map(|hand_in| &mut hand_in.people).for_each(|person| person.name = None);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_whose_it_is_and_of_which_kind() {
        for (text, name, number, kind, title) in [
            ("Ada O'Neil_123_assignsubmission_file_", "Ada O'Neil", Some("123"), "file", ""),
            ("Ada O'Neil_123_assignsubmission_file", "Ada O'Neil", Some("123"), "file", ""),
            ("Zoë Müller_9_assignsubmission_onlinetext", "Zoë Müller", Some("9"), "onlinetext", ""),
            ("Default group_assignsubmission_file", "Default group", None, "file", ""),
            ("Team 7_42_assignsubmission_file_a_b.py", "Team 7", Some("42"), "file", "a_b.py"),
        ] {
            assert_eq!(parse(text), Some((Participant { name, number }, kind, title)), "{text}");
            assert_eq!([is_folder(text), is_file(text)], [title.is_empty(), !title.is_empty()], "{text}");
        }
        for text in ["_assignsubmission_file", "assignsubmission_file", "Ada_123_file_"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}

//! What Gradescope gives as an export of an assignment: `assignment_NUMBER_export`, with a folder `submission_NUMBER` for each
//! submission, and `submission_metadata.yml` beside them.
//!
//! Gradescope does not document the form. The file is one that Ruby has written, so that the names in it begin with a colon: for each
//! folder it has `:submitters:`, of whom there are several where a group has handed in, each with `:name:`, `:sid:` and `:email:`;
//! `:created_at:`; `:score:`, `:results:` and `:history:`, which are of no interest here and may be long. So it is read by public
//! scripts of courses, with `data[folder][':submitters'][0][':sid']`.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::Path;

use yaml_rust2::parser::{Event, EventReceiver, Parser};

use super::{Found, is_number, not_recognized};
use crate::class::intake::roster::Person;
use crate::class::intake::source::Reader;
use crate::class::intake::tree::{Directory, Node};
use crate::class::intake::{Layout, detail};
use crate::class::record::Unrecognized;

/// The file that says whose each folder is.
const METADATA: &str = "submission_metadata.yml";
/// How long it may be, in bytes: of a large class, with the results of an autograder.
const METADATA_LEN_MAX: u64 = 256 << 20;

/// Whether Gradescope calls a folder like this.
pub(super) fn is_folder(name: &str) -> bool {
    name.strip_prefix("submission_").is_some_and(is_number)
}

/// Whether this is the directory of an export.
pub(super) fn is_export(name: &str, directory: &Directory) -> bool {
    let number = name.strip_prefix("assignment_").and_then(|rest| rest.strip_suffix("_export"));
    number.is_some_and(is_number) || directory.children.contains_key(OsStr::new(METADATA))
}

/// What the file says of each folder.
#[derive(Debug, Default)]
pub(super) struct Metadata {
    submissions: BTreeMap<String, Submission>,
}

/// What the file says of a folder.
#[derive(Debug, Default)]
struct Submission {
    people: Vec<Person>,
    created_at: Option<String>,
}

impl Metadata {
    /// Reads the file in `root`, if there is one, which is then no longer there.
    pub(super) fn take(root: &mut Directory, folder: &Path, unrecognized: &mut Vec<Unrecognized>) -> Self {
        if !root.children.keys().any(|name| name.to_str().is_some_and(is_folder)) {
            return Self::default();
        }
        let Some(Node::File(leaf)) = root.children.remove(OsStr::new(METADATA)) else {
            return Self::default();
        };
        let bytes = Reader::default().read(&leaf.source, leaf.len, METADATA_LEN_MAX);
        let read = bytes.map_err(|error| error.to_string()).and_then(|bytes| {
            let text = String::from_utf8(bytes).map_err(|error| error.to_string())?;
            Self::parse(&text)
        });
        read.unwrap_or_else(|error| {
            let reason = format!("it cannot be read, so that nobody's name is known: {error}");
            unrecognized.push(not_recognized(&folder.join(METADATA), &reason));
            Self::default()
        })
    }

    fn parse(text: &str) -> Result<Self, String> {
        let mut reading = Reading::default();
        Parser::new_from_str(text).load(&mut reading, true).map_err(|error| error.to_string())?;
        Ok(reading.metadata)
    }

    /// A folder that Gradescope has named, and whose it is.
    pub(super) fn hand_in(&self, name: &str, path: &Path, tree: Directory) -> Found {
        let mut found = Found::new(Layout::Gradescope, name, path.to_owned(), tree);
        let number = name.trim_start_matches("submission_");
        found.details.insert(detail::SUBMISSION_ID.into(), number.into());
        match self.submissions.get(name) {
            Some(submission) => {
                found.people.clone_from(&submission.people);
                let at = submission.created_at.clone();
                found.details.extend(at.map(|at| (detail::SUBMITTED_AT.to_owned(), at)));
            }
            None => found.remarks.push(format!("{METADATA} does not say whose it is.")),
        }
        found
    }

    /// Says which folders are named in the file and are not among those that were found.
    pub(super) fn complain_of_missing(
        &self,
        found: &[Found],
        folder: &Path,
        unrecognized: &mut Vec<Unrecognized>,
    ) {
        for name in self.submissions.keys().filter(|name| !found.iter().any(|hand_in| hand_in.key == **name))
        {
            let reason = format!("it is named in {METADATA}, and is not there");
            unrecognized.push(not_recognized(&folder.join(name), &reason));
        }
    }
}

/// The file while it is read: a value is taken by where it stands, and nothing else of the file is kept.
#[derive(Debug, Default)]
struct Reading {
    metadata: Metadata,
    /// The collections that are open. One that is a mapping has the key whose value comes next, if it does.
    open: Vec<Level>,
}

#[derive(Debug)]
enum Level {
    Mapping(Option<String>),
    Sequence,
}

impl Reading {
    /// Takes a key or a value.
    fn scalar(&mut self, text: String) {
        if let Some(Level::Mapping(key @ None)) = self.open.last_mut() {
            *key = Some(text);
            return;
        }
        let keys: Vec<_> = self
            .open
            .iter()
            .map(|level| match level {
                Level::Mapping(key) => key.as_deref().unwrap_or_default(),
                Level::Sequence => "",
            })
            .collect();
        if let [submission, rest @ ..] = &keys[..] {
            let submission = (*submission).to_owned();
            match rest {
                [":submitters", "", key] => {
                    let key = (*key).to_owned();
                    self.submitter(submission, &key, text);
                }
                [":created_at"] => self.submission(submission).created_at = Some(text),
                _ => {}
            }
        }
        self.close_value();
    }

    fn submission(&mut self, name: String) -> &mut Submission {
        self.metadata.submissions.entry(name).or_default()
    }

    fn submitter(&mut self, submission: String, key: &str, value: String) {
        let Some(person) = self.submission(submission).people.last_mut() else { return };
        // Ruby writes nothing for what is not known.
        if value.is_empty() || value == "~" {
            return;
        }
        match key {
            ":name" => person.name = Some(value),
            ":sid" => drop(person.details.insert(detail::ID_NUMBER.into(), value)),
            ":email" => drop(person.details.insert(detail::EMAIL.into(), value)),
            _ => {}
        }
    }

    fn open(&mut self, level: Level) {
        // A collection may be a key, which no file of Gradescope has.
        if let Some(Level::Mapping(key @ None)) = self.open.last_mut() {
            *key = Some(String::new());
        }
        if let [Level::Mapping(Some(submission)), Level::Mapping(Some(key)), Level::Sequence] = &self.open[..]
            && key == ":submitters"
        {
            let submission = submission.clone();
            self.submission(submission).people.push(Person::default());
        }
        if let [Level::Mapping(Some(submission))] = &self.open[..] {
            let submission = submission.clone();
            self.submission(submission);
        }
        self.open.push(level);
    }

    /// The value of the innermost key is complete.
    fn close_value(&mut self) {
        if let Some(Level::Mapping(key)) = self.open.last_mut() {
            *key = None;
        }
    }
}

impl EventReceiver for Reading {
    fn on_event(&mut self, event: Event) {
        match event {
            Event::Scalar(text, ..) => self.scalar(text),
            Event::Alias(_) => self.scalar(String::new()),
            Event::MappingStart(..) => self.open(Level::Mapping(None)),
            Event::SequenceStart(..) => self.open(Level::Sequence),
            Event::MappingEnd | Event::SequenceEnd => {
                self.open.pop();
                self.close_value();
            }
            Event::Nothing
            | Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentStart
            | Event::DocumentEnd => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_submitters_of_each_folder_are_read_and_nothing_else() {
        let text = "---\nsubmission_1:\n  :submitters:\n  - :name: Ada Lovelace\n    :sid: '0042'\n    :email: ada@example.org\n  \
                    :created_at: 2024-09-01 10:00:00.000000000 Z\n  :score: 10.0\n  :results:\n    :submitters:\n    - :name: Nobody\n\
                    submission_2:\n  :submitters:\n  - :name: \"D'Arcy \\\"Zoë\\\" Müller\"\n    :sid: 007\n    :email:\n  - :name: Two\n\
                    submission_3:\n  :submitters: []\n";
        let Metadata { submissions } = Metadata::parse(text).unwrap();
        let person = |name: &str, details: &[(&str, &str)]| Person {
            name: Some(name.into()),
            details: details.iter().map(|(key, value)| ((*key).into(), (*value).into())).collect(),
        };
        let ada = person("Ada Lovelace", &[(detail::ID_NUMBER, "0042"), (detail::EMAIL, "ada@example.org")]);
        assert_eq!(submissions["submission_1"].people, [ada]);
        assert_eq!(
            submissions["submission_1"].created_at.as_deref(),
            Some("2024-09-01 10:00:00.000000000 Z")
        );
        let zoe = person("D'Arcy \"Zoë\" Müller", &[(detail::ID_NUMBER, "007")]);
        assert_eq!(submissions["submission_2"].people, [zoe, person("Two", &[])]);
        assert_eq!(submissions["submission_3"].people, []);
    }

    #[test]
    fn what_is_no_such_file_says_nothing() {
        for text in ["", "[]", "text", "[[a, b], {c: d}]: {x: y}", "a: &x [*x]", "? {a: b}\n: c"] {
            let people = Metadata::parse(text).map(|metadata| {
                metadata.submissions.into_values().map(|one| one.people.len()).sum::<usize>()
            });
            assert!(people.is_err() || people == Ok(0), "{text}: {people:?}");
        }
        assert!(Metadata::parse("a: [").is_err());
    }
}

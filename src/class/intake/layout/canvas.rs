//! What Canvas gives as all submissions of an assignment: files side by side, named by whose they are.
//!
//! A file is called `NAME_LATE_USER_FILE_TITLE`: the name by which Canvas sorts the student, or the group, in small letters and
//! without spaces and punctuation; `LATE` if it was; the number of the user and that of the file; and what the student called
//! it. Where the assignment is anonymous, `anon_CODE` stands for the name and the number of the user, and `LATE` before it. What
//! was typed into the platform ends in `USER_text.html`, and an address in `USER_link.html`.
//!
//! So it is written by `get_filename` and `add_upload_submission` in `lib/content_zipper.rb` of Canvas, which also sees to it that
//! no name has `_NUMBER_` in it. To the title of a file that was handed in again, `make_unique_filename` in
//! `app/models/attachment.rb` has added `-1`, `-2` and so on before its ending.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;

use super::{Found, directory, earlier, is_number, not_recognized};
use crate::class::intake::archive::is_archive;
use crate::class::intake::collect::is_python;
use crate::class::intake::left_out::LeftOut;
use crate::class::intake::roster::Person;
use crate::class::intake::tree::Node;
use crate::class::intake::{Layout, detail};
use crate::class::record::Unrecognized;

/// What the name of a file says.
#[derive(Debug, PartialEq, Eq)]
struct FileName<'a> {
    /// The student or the group; nothing where the assignment is anonymous.
    name: Option<&'a str>,
    is_late: bool,
    /// The number of the user, or the code that stands for it.
    user: &'a str,
    title: Title<'a>,
}

#[derive(Debug, PartialEq, Eq)]
enum Title<'a> {
    /// What the student called the file.
    File(&'a str),
    /// It is no file, but this.
    Typed(&'static str),
}

impl<'a> FileName<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        // What comes before the user, without the underscore between them.
        let mut start = 0;
        loop {
            let rest = &text[start..];
            let (part, after) = rest.split_once('_')?;
            let before = text[..start].trim_end_matches('_');
            let is_anonymous = matches!(before, "anon" | "LATE_anon");
            let title = title(after).filter(|_| is_number(part) || is_anonymous && is_code(part));
            if let Some(title) = title
                && !before.is_empty()
            {
                let without = before.strip_suffix("_LATE");
                let name = (!is_anonymous).then(|| without.unwrap_or(before));
                let is_late = if is_anonymous { before.starts_with("LATE") } else { without.is_some() };
                return Some(Self { name, is_late, user: part, title });
            }
            start += part.len() + 1;
        }
    }
}

fn is_code(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// What follows the user.
fn title(text: &str) -> Option<Title<'_>> {
    match text {
        "text.html" => Some(Title::Typed("a text that was typed into Canvas")),
        "link.html" => Some(Title::Typed("an address that was typed into Canvas")),
        _ => {
            let (file, title) = text.split_once('_')?;
            (is_number(file) && !title.is_empty()).then_some(Title::File(title))
        }
    }
}

/// Whether Canvas calls a file like this.
pub(super) fn is_file(name: &str) -> bool {
    FileName::parse(name).is_some()
}

/// Takes the files that Canvas has named, and puts together those of one user.
pub(super) fn group(
    files: &mut BTreeMap<OsString, Node>,
    folder: &Path,
    unrecognized: &mut Vec<Unrecognized>,
) -> Vec<Found> {
    let mut users: BTreeMap<String, Vec<(String, Node)>> = BTreeMap::new();
    files.retain(|name, node| {
        let text = name.to_string_lossy();
        let Some(parsed) = FileName::parse(&text) else { return true };
        match parsed.title {
            Title::File(_) => {
                users.entry(parsed.user.to_owned()).or_default().push((text.into_owned(), node.clone()));
            }
            Title::Typed(what) => {
                unrecognized.push(not_recognized(&folder.join(name), &format!("it is {what}, and no file")));
            }
        }
        false
    });
    users.into_iter().filter_map(|(user, files)| hand_in(&user, files, folder)).collect()
}

fn hand_in(user: &str, files: Vec<(String, Node)>, folder: &Path) -> Option<Found> {
    let (first, _) = files.first()?;
    let FileName { name, is_late, .. } = FileName::parse(first)?;
    let path = match (files.len(), name) {
        (1, _) => folder.join(first),
        (_, Some(name)) => folder.join(format!("{name}{}_{user}_*", if is_late { "_LATE" } else { "" })),
        (_, None) => folder.join(format!("{}anon_{user}_*", if is_late { "LATE_" } else { "" })),
    };
    let person = Person {
        name: name.map(str::to_owned),
        details: name.map(|_| (detail::CANVAS_ID.to_owned(), user.to_owned())).into_iter().collect(),
    };
    let titled = files.iter().filter_map(|(name, node)| match FileName::parse(name)?.title {
        Title::File(title) => Some((title.to_owned(), node.clone())),
        Title::Typed(_) => None,
    });
    let (files, left_out) = latest(titled.collect());
    let mut found = Found::new(Layout::Canvas, user, path, directory(files));
    found.people.extend(name.is_some().then_some(person));
    found.is_late = is_late;
    found.left_out = left_out;
    Some(found)
}

/// The latest of the files that a student has handed in again and again, by the names that the student gave them.
///
/// That is decided for files in Python and archives alone. No program can import a file with a hyphen in its name, so that none was
/// called like this by a student; of any other file that cannot be known.
fn latest(files: Vec<(String, Node)>) -> (Vec<(String, Node)>, Vec<LeftOut>) {
    let mut latest: BTreeMap<String, (u32, String, Node)> = BTreeMap::new();
    let mut left_out = Vec::new();
    for (title, node) in files {
        let (name, attempt) = attempt(&title);
        let earlier_one = match latest.remove(&name) {
            Some(other) if other.0 > attempt => {
                latest.insert(name, other);
                Some(title)
            }
            other => {
                latest.insert(name, (attempt, title, node));
                other.map(|(_, title, _)| title)
            }
        };
        left_out.extend(earlier_one.map(earlier));
    }
    (latest.into_iter().map(|(name, (_, _, node))| (name, node)).collect(), left_out)
}

/// The name that a file had, and how often Canvas had one of this name before.
fn attempt(title: &str) -> (String, u32) {
    let kept = (title.to_owned(), 0);
    let name = std::ffi::OsStr::new(title);
    if !is_python(name) && !is_archive(name) {
        return kept;
    }
    let Some((stem, number, ending)) = title.rsplit_once('-').and_then(|(stem, rest)| {
        let (number, ending) = rest.split_once('.')?;
        Some((stem, number, ending))
    }) else {
        return kept;
    };
    match number.parse() {
        Ok(attempt) if !stem.is_empty() && is_number(number) => (format!("{stem}.{ending}"), attempt),
        _ => kept,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Option<(Option<&str>, bool, &str, &str)> {
        let FileName { name, is_late, user, title } = FileName::parse(text)?;
        let title = match title {
            Title::File(title) => title,
            Title::Typed(what) => what,
        };
        Some((name, is_late, user, title))
    }

    #[test]
    fn a_name_says_whose_a_file_is_and_whether_it_was_late() {
        for (text, expected) in [
            ("doejane_1234_56789_buffered_client.py", (Some("doejane"), false, "1234", "buffered_client.py")),
            ("doejane_LATE_1234_56789_a.py", (Some("doejane"), true, "1234", "a.py")),
            ("garcíalópezjosé_1_2_a_3_4_b.py", (Some("garcíalópezjosé"), false, "1", "a_3_4_b.py")),
            ("group_7b_x_12_34_a.zip", (Some("group_7b_x"), false, "12", "a.zip")),
            ("anon_Ab1cD_56789_a.py", (None, false, "Ab1cD", "a.py")),
            ("LATE_anon_12345_56789_a.py", (None, true, "12345", "a.py")),
            ("doejane_1234_text.html", (Some("doejane"), false, "1234", "a text that was typed into Canvas")),
        ] {
            assert_eq!(parsed(text), Some(expected), "{text}");
        }
        for text in ["buffered_client.py", "a_1_b.py", "_1_2_a.py", "a_1_2_", "notes", "a_1_2", "é_ö"] {
            assert_eq!(parsed(text), None, "{text}");
        }
    }

    #[test]
    fn the_number_of_an_attempt_is_taken_off_what_could_not_have_been_called_so() {
        for (title, name, number) in [
            ("buffered_client-1.py", "buffered_client.py", 1),
            ("buffered_client-12.PY", "buffered_client.PY", 12),
            ("work-2.tar.gz", "work.tar.gz", 2),
            ("data-1.txt", "data-1.txt", 0),
            ("a-b.py", "a-b.py", 0),
            ("-1.py", "-1.py", 0),
            ("a-+1.py", "a-+1.py", 0),
        ] {
            assert_eq!(attempt(title), (name.to_owned(), number), "{title}");
        }
    }
}

//! The tables of platforms, and what their columns mean.

use std::borrow::Cow;
use std::path::Path;

use csv::{ReaderBuilder, StringRecord, Trim};

use super::{Person, RosterError};
use crate::class::intake::detail;

/// What a column has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    /// A name, whole or in two parts.
    Name,
    FirstName,
    LastName,
    /// One of the details.
    Detail(&'static str),
    /// `Participant 123`, in any language, in the grading worksheet of Moodle; a name of the course's own elsewhere.
    Identifier,
}

/// The columns that are of use, in small letters and without what is no letter and no digit.
///
/// Canvas: the gradebook (`Student, ID, SIS User ID, SIS Login ID, Section`). Moodle: the grading worksheet (`Identifier, Full name,
/// ID number, Email address`), the gradebook and the list of participants (`First name, Last name`, once `Surname`, `Username`).
/// Gradescope: the roster and the grades (`Name` or `First Name, Last Name`, `SID`, `Email`). GitHub Classroom:
/// `classroom_roster.csv` (`identifier, github_username, github_id, name`).
const COLUMNS: &[(&str, Column)] = &[
    ("student", Column::Name),
    ("name", Column::Name),
    ("fullname", Column::Name),
    ("studentname", Column::Name),
    ("firstname", Column::FirstName),
    ("givenname", Column::FirstName),
    ("lastname", Column::LastName),
    ("surname", Column::LastName),
    ("familyname", Column::LastName),
    ("id", Column::Detail(detail::IDENTIFIER)),
    ("identifier", Column::Identifier),
    ("canvasid", Column::Detail(detail::CANVAS_ID)),
    ("sisuserid", Column::Detail(detail::ID_NUMBER)),
    ("idnumber", Column::Detail(detail::ID_NUMBER)),
    ("sid", Column::Detail(detail::ID_NUMBER)),
    ("studentid", Column::Detail(detail::ID_NUMBER)),
    ("sisloginid", Column::Detail(detail::LOGIN)),
    ("loginid", Column::Detail(detail::LOGIN)),
    ("login", Column::Detail(detail::LOGIN)),
    ("username", Column::Detail(detail::LOGIN)),
    ("email", Column::Detail(detail::EMAIL)),
    ("emailaddress", Column::Detail(detail::EMAIL)),
    ("githubusername", Column::Detail(detail::GITHUB)),
    ("github", Column::Detail(detail::GITHUB)),
    ("section", Column::Detail(detail::SECTION)),
];
/// Those that an error proposes.
const PROPOSED: &[&str] = &[
    "id",
    "name",
    "Student",
    "SIS User ID",
    "SIS Login ID",
    "ID number",
    "SID",
    "Email",
    "identifier",
    "github_username",
];

/// Reads everyone in a table.
pub(super) fn read(bytes: &[u8], path: &Path) -> Result<Vec<Person>, RosterError> {
    let text = decoded(bytes);
    let no_table = |error| RosterError::NoTable { path: path.to_owned(), error };
    let mut reader = ReaderBuilder::new()
        .delimiter(delimiter(&text))
        .flexible(true)
        .trim(Trim::All)
        .from_reader(text.as_bytes());
    let header = reader.headers().map_err(no_table)?.clone();
    let columns = columns(&header);
    if !columns.iter().flatten().any(|column| *column != Column::Detail(detail::SECTION)) {
        return Err(RosterError::NoColumn {
            path: path.to_owned(),
            columns: header.iter().filter(|name| !name.is_empty()).map(str::to_owned).collect(),
            wanted: PROPOSED.iter().map(|name| format!("\"{name}\"")).collect(),
        });
    }
    let rows: Vec<_> = reader.records().collect::<Result<_, _>>().map_err(no_table)?;
    Ok(rows.iter().filter_map(|row| person(row, &columns)).collect())
}

/// The text of a table: in UTF-8, with or without a mark of it, or else as spreadsheets on Windows write it, of which the letters of
/// Western Europe are those of Latin-1.
fn decoded(bytes: &[u8]) -> Cow<'_, str> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    match std::str::from_utf8(bytes) {
        Ok(text) => text.into(),
        Err(_) => bytes.iter().copied().map(char::from).collect::<String>().into(),
    }
}

/// What separates the columns: what is most frequent in the first line.
fn delimiter(text: &str) -> u8 {
    let line = text.lines().next().unwrap_or_default();
    let count = |delimiter: &u8| line.bytes().filter(|byte| byte == delimiter).count();
    // Of equals the last wins.
    [b'\t', b';', b','].into_iter().max_by_key(count).unwrap_or(b',')
}

fn columns(header: &StringRecord) -> Vec<Option<Column>> {
    let plain = |name: &str| {
        name.chars().filter(|letter| letter.is_alphanumeric()).collect::<String>().to_lowercase()
    };
    let names: Vec<_> = header.iter().map(plain).collect();
    let has = |name: &str| names.iter().any(|one| one == name);
    let column = |name: &String| {
        let (_, column) = COLUMNS.iter().find(|(known, _)| known == name)?;
        Some(match (*column, name.as_str()) {
            // In the gradebook of Canvas, the number of the user has the shortest of names.
            (_, "id") if has("student") => Column::Detail(detail::CANVAS_ID),
            (Column::Identifier, _) if has("githubusername") => Column::Detail(detail::IDENTIFIER),
            (column, _) => column,
        })
    };
    names.iter().map(column).collect()
}

/// Somebody; nobody if a row says nothing of anybody, as the second of Canvas does, which has the points that are possible.
fn person(row: &StringRecord, columns: &[Option<Column>]) -> Option<Person> {
    let mut person = Person::default();
    let (mut first, mut last) = ("", "");
    for (value, column) in row.iter().zip(columns) {
        let Some(column) = column.filter(|_| !value.is_empty()) else { continue };
        match column {
            Column::Name => person.name = Some(value.to_owned()),
            Column::FirstName => first = value,
            Column::LastName => last = value,
            Column::Detail(kind) => drop(person.details.insert(kind.to_owned(), value.to_owned())),
            Column::Identifier => {
                let (kind, value) = match value.rsplit_once(' ') {
                    Some((_, number)) if number.bytes().all(|byte| byte.is_ascii_digit()) => {
                        (detail::PARTICIPANT, number)
                    }
                    _ => (detail::IDENTIFIER, value),
                };
                person.details.insert(kind.to_owned(), value.to_owned());
            }
        }
    }
    if person.name.is_none() && !(first.is_empty() && last.is_empty()) {
        person.name = Some(format!("{first} {last}").trim().to_owned());
    }
    let is_somebody = match &person.name {
        Some(name) => name != "Points Possible",
        None => !person.details.is_empty(),
    };
    is_somebody.then_some(person)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn people(table: impl AsRef<[u8]>) -> Vec<(String, Vec<(String, String)>)> {
        let people = read(table.as_ref(), Path::new("roster.csv")).unwrap();
        let of = |person: Person| (person.name.unwrap_or_default(), person.details.into_iter().collect());
        people.into_iter().map(of).collect()
    }

    fn expected(name: &str, details: &[(&str, &str)]) -> (String, Vec<(String, String)>) {
        (name.into(), details.iter().map(|(kind, value)| ((*kind).into(), (*value).into())).collect())
    }

    #[test]
    fn the_tables_of_platforms_say_who_somebody_is() {
        let canvas = "\u{feff}Student,ID,SIS User ID,SIS Login ID,Section,Sockets (42)\n    Points Possible,,,,,15\n\
                      \"Müller, Zoë\",1234,S-1,zm1,\"A, B\",\n";
        let details = [("canvas id", "1234"), ("id number", "S-1"), ("login", "zm1"), ("section", "A, B")];
        assert_eq!(people(canvas), [expected("Müller, Zoë", &details)]);
        let moodle = "Identifier,\"Full name\",\"ID number\",\"Email address\",Status\nTeilnehmer/in 77,Zoë Müller,9,z@x,\n";
        let details = [("email", "z@x"), ("id number", "9"), ("participant", "77")];
        assert_eq!(people(moodle), [expected("Zoë Müller", &details)]);
        let gradescope = "First Name;Last Name;SID;Email\nZoë;Müller;007;z@x\n;;;\n";
        assert_eq!(people(gradescope), [expected("Zoë Müller", &[("email", "z@x"), ("id number", "007")])]);
        let github =
            "\"identifier\",\"github_username\",\"github_id\",\"name\"\n\"zm 12\",\"zm-hub\",\"5\",\"\"\n";
        assert_eq!(people(github), [expected("", &[("github", "zm-hub"), ("identifier", "zm 12")])]);
        assert_eq!(
            people("id\tname\nzm\tZoë \"Z\" Müller\n"),
            [expected("Zoë \"Z\" Müller", &[("identifier", "zm")])]
        );
        assert_eq!(people(b"name,id\r\nZo\xEB,1\r\n"), [expected("Zoë", &[("identifier", "1")])]);
    }

    #[test]
    fn a_table_without_a_column_of_use_names_those_it_has_and_those_it_takes() {
        let error = |table: &str| read(table.as_bytes(), Path::new("r.csv")).unwrap_err().to_string();
        let told = error("Section,Grade\nA,1\n");
        assert!(told.starts_with("the roster r.csv has no column that says who somebody is. Its columns are \"Section\" and \"Grade\". It takes"), "{told}");
        assert!(told.contains("\"id\", \"name\", \"Student\""), "{told}");
        assert!(error("").contains("It is empty."));
    }
}

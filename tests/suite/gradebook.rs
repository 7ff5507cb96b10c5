//! The grades of a class as a table: what gradebooks read in it, and that no cell is a formula.

use csv::{ReaderBuilder, StringRecord};
use lengthwise::class::{ClassRecord, ColumnResult, GradebookFormat, HandInOutcome, Person, write_csv};
use proptest::prelude::*;

use crate::support::class_records::class;

fn table(record: &ClassRecord, format: GradebookFormat) -> String {
    let mut out = Vec::new();
    write_csv(&mut out, record, format).unwrap();
    String::from_utf8(out).unwrap()
}

/// The lines, as a program reads them that splits at `delimiter`.
fn lines(table: &str, delimiter: u8) -> Vec<StringRecord> {
    let mut reader = ReaderBuilder::new();
    let mut reader =
        reader.has_headers(false).flexible(true).delimiter(delimiter).from_reader(table.as_bytes());
    reader.records().map(Result::unwrap).collect()
}

/// The cells below a heading.
#[track_caller]
fn column<'a>(lines: &'a [StringRecord], name: &str) -> Vec<&'a str> {
    let index = lines[0].iter().position(|heading| heading == name);
    let index = index.unwrap_or_else(|| panic!("no column {name} in {:?}", lines[0]));
    lines[1..].iter().map(|line| &line[index]).collect()
}

#[test]
fn a_spreadsheet_has_the_points_of_each_scenario_and_what_a_person_has_to_know() {
    let record = class(300);
    let text = table(&record, GradebookFormat::Spreadsheet);
    assert!(text.starts_with('\u{feff}'), "Excel needs the mark");
    let lines = lines(&text, b',');
    assert_eq!(lines.len(), record.hand_ins.len() + 1 + record.missing.len());
    let scored = record.columns.iter().filter(|column| column.max_points > 0);
    let scored: Vec<_> = scored.map(|column| format!("{} ({})", column.scenario, column.casting)).collect();
    assert_eq!(scored.len(), 14);
    let verdicts = column(&lines, "verdict");
    assert_eq!(verdicts.last(), Some(&"nothing handed in"));
    let points: Vec<_> = scored.iter().map(|name| column(&lines, name)).collect();
    for (index, hand_in) in record.hand_ins.iter().enumerate() {
        let cell = |name: &str| column(&lines, name)[index];
        assert_eq!(cell("identifier"), hand_in.id);
        assert_eq!(cell("same as"), hand_in.same_as.as_deref().unwrap_or_default());
        assert_eq!(cell("late") == "late", hand_in.is_late);
        match &hand_in.outcome {
            HandInOutcome::Graded(graded) => {
                assert_eq!(cell("score"), graded.score.to_string());
                // What is not decided has no points yet.
                let decided = points.iter().map(|cells| cells[index]).filter(|cell| !cell.is_empty());
                let (number, sum) = decided
                    .fold((0, 0), |(number, sum), cell| (number + 1, sum + cell.parse::<u32>().unwrap()));
                let is_open = |result: &&ColumnResult| matches!(&*result.verdict, "blocked" | "inconclusive");
                let results = record.columns.iter().zip(&graded.results);
                let of_scored = results.filter(|(column, _)| column.max_points > 0);
                let open = of_scored.filter_map(|(_, result)| result.as_ref()).filter(is_open).count();
                assert_eq!((number + open, sum), (scored.len(), graded.score));
                assert_eq!(cell("needs a look"), graded.needs_a_look.join(" "));
                assert_eq!(cell("main causes").is_empty(), graded.causes.is_empty());
            }
            HandInOutcome::NotGraded { .. } => {
                assert_eq!((cell("score"), cell("verdict")), ("", "not graded"));
                assert_eq!(cell("needs a look"), "Not graded: There is no file buffered_server.py.");
            }
        }
    }
}

/// What is not certain is left to a person.
#[test]
fn no_platform_is_given_a_score_that_is_not_certain() {
    let record = class(300);
    let certain: Vec<_> = record
        .hand_ins
        .iter()
        .map(|hand_in| record.settled_score(hand_in).map(|score| score.to_string()).unwrap_or_default())
        .collect();
    assert!(certain.iter().any(String::is_empty) && certain.iter().any(|score| !score.is_empty()));
    for (format, name) in [
        (GradebookFormat::Canvas, "Socket programming"),
        (GradebookFormat::Moodle, "Grade"),
        (GradebookFormat::Gradescope, "Total Score"),
    ] {
        let lines = lines(&table(&record, format), b',');
        let scores = column(&lines, name);
        // Canvas has a row with the points within reach, and Gradescope one for who has handed in nothing.
        let before = usize::from(format == GradebookFormat::Canvas);
        let (scores, missing) = scores[before..].split_at(certain.len());
        assert_eq!(scores, certain, "{format}");
        assert_eq!(missing.len(), usize::from(format == GradebookFormat::Gradescope), "{format}");
    }
}

#[test]
fn canvas_finds_its_columns_the_points_within_reach_and_the_students() {
    let lines = lines(&table(&class(20), GradebookFormat::Canvas), b',');
    let wanted = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "Socket programming"];
    assert_eq!(lines[0].iter().collect::<Vec<_>>(), wanted);
    assert_eq!(lines[1].iter().collect::<Vec<_>>(), ["Points Possible", "", "", "", "", "30"]);
    assert_eq!(&lines[2][1], "4000");
}

#[test]
fn moodle_finds_what_it_looks_for_in_a_worksheet() {
    let mut record = class(20);
    record.hand_ins[0].details.insert("participant".into(), "123".into());
    let lines = lines(&table(&record, GradebookFormat::Moodle), b',');
    let identifiers = column(&lines, "Identifier");
    assert_eq!(identifiers[..2], ["Participant 123", ""]);
    assert_eq!(column(&lines, "Email address")[0], "s0@example.org");
    assert_eq!(column(&lines, "Maximum grade")[0], "30");
    assert!(column(&lines, "Last modified (grade)").iter().all(|cell| cell.is_empty()));
    assert!(column(&lines, "Feedback comments").iter().any(|cell| cell.starts_with("Server: ")));
    // A comment is HTML there.
    assert!(column(&lines, "Feedback comments").iter().all(|cell| !cell.contains('<')));
}

#[test]
fn each_of_those_who_handed_in_something_together_has_a_row_with_its_score() {
    let mut record = class(3);
    let person = |name: &str, email: &str| Person {
        name: Some(name.into()),
        details: [("email".to_owned(), email.to_owned())].into(),
    };
    record.hand_ins[1].group = vec![person("Ada", "ada@example.org"), person("Bo", "bo@example.org")];
    for (format, name, score) in [
        (GradebookFormat::Canvas, "Student", "Socket programming"),
        (GradebookFormat::Moodle, "Full name", "Grade"),
        (GradebookFormat::Gradescope, "Name", "Total Score"),
    ] {
        let lines = lines(&table(&record, format), b',');
        let names = column(&lines, name);
        let first = names.iter().position(|name| *name == "Ada").unwrap();
        assert_eq!(names[first + 1], "Bo", "{format}");
        let scores = &column(&lines, score)[first..first + 2];
        assert!(!scores[0].is_empty() && scores[0] == scores[1], "{format}: {scores:?}");
        if format != GradebookFormat::Canvas {
            let addresses =
                column(&lines, if format == GradebookFormat::Moodle { "Email address" } else { "Email" });
            assert_eq!(addresses[first..first + 2], ["ada@example.org", "bo@example.org"]);
        }
    }
    assert_eq!(
        lines(&table(&record, GradebookFormat::Spreadsheet), b',').len(),
        1 + 3 + record.missing.len()
    );
}

#[test]
fn every_format_is_known_by_its_word() {
    for format in GradebookFormat::ALL {
        assert_eq!(format.word().parse(), Ok(*format));
    }
    let error = "excel".parse::<GradebookFormat>().unwrap_err().to_string();
    assert_eq!(error, "expected spreadsheet, canvas, moodle or gradescope, got \"excel\"");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Wherever a spreadsheet splits the lines.
    #[test]
    fn no_cell_is_a_formula(said in "[=+@;,\"|\t\r\n'a-c0-9 \\-]{1,12}") {
        let mut record = class(3);
        for hand_in in &mut record.hand_ins {
            (hand_in.name, hand_in.id) = (Some(said.clone()), said.clone());
            hand_in.remarks = vec![said.clone()];
            for key in ["email", "id number", "login", "section", "participant", "canvas id", "submission id"] {
                hand_in.details.insert(key.into(), said.clone());
            }
            hand_in.outcome = HandInOutcome::NotGraded { reason: said.clone() };
            let person = Person { name: Some(said.clone()), details: hand_in.details.clone() };
            hand_in.group = vec![person.clone(), person.clone()];
            record.missing.push(person);
        }
        for format in GradebookFormat::ALL {
            let text = table(&record, *format);
            prop_assert_eq!(text.lines().count(), lines(&text, b',').len());
            for delimiter in [b',', b';', b'\t', b'|'] {
                for cell in lines(&text, delimiter).iter().flatten() {
                    prop_assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r']), "{:?} in {}", cell, text);
                }
            }
        }
    }
}

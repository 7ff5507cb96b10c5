//! Whose the hand-ins of a class are: what a roster says of it, who is shown it, and what platforms are given.

use std::fs;
use std::path::Path;

use csv::StringRecord;
use lengthwise::side::Side;

use super::room::{Room, record, run, start, succeeds, wait_for};

const ROSTER: &str = "id,name,email\nright-01,\"Müller, Zoë\",zm@example.org\nright-02,Kim Lee,\n3,Ada O'Neil,ada@example.org\n";

/// A class of two, of three who should be in it.
fn class() -> Room {
    let room = Room::of_right(2);
    fs::write(room.path().join("roster.csv"), ROSTER).unwrap();
    room
}

fn read(room: &Room, file: &str) -> String {
    fs::read_to_string(room.results("results").join(file)).unwrap()
}

/// The lines of a table, without the heading.
fn lines(path: &Path) -> Vec<StringRecord> {
    csv::Reader::from_path(path).unwrap().records().map(Result::unwrap).collect()
}

#[test]
fn a_roster_names_everyone_also_who_has_handed_in_nothing() {
    let room = class();
    let ran = succeeds(&mut room.grade("results", &["--roster", "roster.csv"]));
    assert!(ran.out.contains("Nothing was handed in by Ada O'Neil."), "{}", ran.out);
    let record = record(&room.results("results"));
    let names: Vec<_> = record.hand_ins.iter().map(|one| one.name.as_deref()).collect();
    assert_eq!(names, [Some("Müller, Zoë"), Some("Kim Lee")]);
    let [missing] = &record.missing[..] else { panic!("{:?}", record.missing) };
    assert_eq!(
        (missing.name.as_deref(), &*missing.details["email"]),
        (Some("Ada O'Neil"), "ada@example.org")
    );
    let rows = lines(&room.results("results/grades.csv"));
    let cells = |row: usize| [0, 1, 2, 6].map(|cell| rows[row][cell].to_owned());
    assert_eq!(cells(0), ["right-01", "Müller, Zoë", "2", "pass"]);
    assert_eq!(cells(2), ["3", "Ada O'Neil", "", "nothing handed in"]);
    let page = read(&room, "index.html");
    assert!(page.contains("Müller, Zoë") && page.contains("nothing handed in: 1</h3>"));
    assert!(page.contains("Ada O'Neil"));

    let listed = succeeds(&mut room.harness(&["class", "class", "--list", "--roster", "roster.csv"]));
    assert!(
        listed.out.contains("3  Ada O'Neil\n    On the roster, and has handed in nothing."),
        "{}",
        listed.out
    );
    for (file, why) in [("nowhere.csv", "cannot be read"), ("class/right-01/buffered_server.py", "no column")]
    {
        let ran = run(&mut room.grade("results", &["--roster", file]));
        assert_eq!(ran.code, Some(2), "{file}: {}", ran.error);
        assert!(ran.error.contains(why), "{}", ran.error);
    }
}

#[test]
fn parts_that_are_merged_have_the_same_people() {
    let room = class();
    for shard in ["1/2", "2/2"] {
        let options = ["--roster", "roster.csv", "--shard", shard];
        succeeds(&mut room.grade(&shard.replace('/', "-of-"), &options));
    }
    let options = ["--format", "gradescope", "--anonymous"];
    succeeds(room.harness(&["class", "merge", "1-of-2", "2-of-2", "--out", "results"]).args(options));
    let record = record(&room.results("results"));
    assert_eq!((record.hand_ins.len(), record.missing.len()), (2, 1));
    assert_eq!(lines(&room.results("results/grades-gradescope.csv")).len(), 3);
    assert!(!read(&room, "index.html").contains("Kim Lee"));
}

#[test]
fn without_names_the_page_gives_nobody_away() {
    let room = class();
    succeeds(&mut room.grade("results", &["--roster", "roster.csv", "--anonymous"]));
    let page = read(&room, "index.html");
    for known in ["Müller", "Zoë", "Kim Lee", "O'Neil", "O&#39;Neil", "right-01", "example.org"] {
        assert!(!page.contains(known), "{known}");
    }
    assert!(page.contains("Hand-in 2") && page.contains("nothing handed in: 1</h3>"));
    assert!(read(&room, "grades.csv").contains("Kim Lee"));
}

#[test]
fn each_platform_is_given_a_table_of_its_own() {
    let room = class();
    for (platform, heading) in
        [("canvas", "\"Student\""), ("moodle", "\"Identifier\""), ("gradescope", "\"Name\"")]
    {
        let ran = succeeds(&mut room.grade("results", &["--roster", "roster.csv", "--format", platform]));
        let file = format!("grades-{platform}.csv");
        assert!(ran.out.contains(&file), "{}", ran.out);
        let table = read(&room, &file);
        assert!(table.starts_with(heading) && table.contains("Kim Lee"), "{table}");
    }
    let ran = run(&mut room.grade("results", &["--format", "blackboard"]));
    assert_eq!(ran.code, Some(2));
    assert!(ran.error.contains("canvas, moodle or gradescope"), "{}", ran.error);
}

#[test]
fn each_of_a_group_has_a_row_for_the_gradebook() {
    let room = Room::new([("submission_1", "right/natural"), ("submission_2", "right/polling")]);
    let metadata = "---\nsubmission_1:\n  :submitters:\n  - :name: Ada\n    :sid: '1'\n    :email: ada@example.org\n  - :name: Bo\n    \
                    :sid: '2'\n    :email: bo@example.org\nsubmission_2:\n  :submitters:\n  - :name: Cy\n    :sid: '3'\n    :email: cy@example.org\n";
    fs::write(room.class().join("submission_metadata.yml"), metadata).unwrap();
    succeeds(&mut room.grade("results", &["--format", "gradescope"]));
    let rows = lines(&room.results("results/grades-gradescope.csv"));
    let rows: Vec<Vec<&str>> = rows.iter().map(|row| row.iter().collect()).collect();
    assert_eq!(
        rows,
        [
            ["Ada", "1", "ada@example.org", "2", "2", "Graded", "1"],
            ["Bo", "2", "bo@example.org", "2", "2", "Graded", "1"],
            ["Cy", "3", "cy@example.org", "2", "2", "Graded", "2"],
        ]
    );
    let record = record(&room.results("results"));
    assert_eq!(record.hand_ins[0].name.as_deref(), Some("Ada and Bo"));
    assert_eq!(lines(&room.results("results/grades.csv")).len(), 2);
    assert_eq!(record.columns.len(), Side::ALL.len() + 1);
}

#[test]
fn a_class_that_is_killed_leaves_a_page() {
    let room = Room::new([("a-right", "right/natural"), ("hangs", "cheats/loops-at-import")]);
    let results = room.results("results");
    let mut class = start(&mut room.grade("results", &["--jobs", "1", "--start-deadline", "60s"]));
    wait_for(&mut class, || results.join("index.html").exists());
    class.kill().unwrap();
    class.wait().unwrap();
    let page = read(&room, "index.html");
    assert!(page.contains("hand-ins/a-right/page.html") && page.trim_end().ends_with("</html>"));
    assert!(page.contains("Not graded yet."), "{page}");
    assert!(!results.join("class.json").exists());
    room.assert_nothing_left();
}

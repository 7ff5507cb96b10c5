//! Everyone with everyone, over real hand-ins: who agrees with whom.

use std::fs;
use std::path::Path;

use lengthwise::interop::InteropRecord;
use scraper::{Html, Selector};
use tempfile::TempDir;

use crate::support::changes::change;
use crate::support::fixtures::fixture;
use crate::support::harness::harness;

const FILES: [&str; 2] = ["buffered_client.py", "buffered_server.py"];
/// What is done differently by who takes the least significant byte of a length for the first.
const LITTLE_ENDIAN: &[(&str, &str)] =
    &[("pack('!I', len", "pack('<I', len"), ("unpack('!I'", "unpack('<I'")];
const REMOVES_NINE: &[(&str, &str)] = &[("message[10:]", "message[9:]")];
/// Two that every right pair passes, of which one needs several messages.
const SCENARIOS: &[&str] = &["--scenario", "short", "--scenario", "parallel"];

/// Three hand-ins that are right, two that make the same mistake on both sides, and one with a server that nobody understands.
fn class() -> TempDir {
    let class = tempfile::tempdir().unwrap();
    for (name, of) in [("ann", "natural"), ("eve", "threads"), ("finn", "two-sends")] {
        hand_in(class.path(), name, of, &[], &[]);
    }
    for name in ["cem", "dora"] {
        hand_in(class.path(), name, "natural", LITTLE_ENDIAN, LITTLE_ENDIAN);
    }
    hand_in(class.path(), "bob", "natural", &[], REMOVES_NINE);
    class
}

fn hand_in(class: &Path, name: &str, of: &str, client: &[(&str, &str)], server: &[(&str, &str)]) {
    fs::create_dir(class.join(name)).unwrap();
    for (file, changes) in FILES.into_iter().zip([client, server]) {
        let right = fs::read_to_string(fixture("handins/right").join(of).join(file)).unwrap();
        fs::write(class.join(name).join(file), change(&right, changes)).unwrap();
    }
}

/// What was written to a folder, and what was shown.
fn interop(class: &Path, more: &[&str]) -> (InteropRecord, String, String) {
    let out = tempfile::tempdir().unwrap();
    let place = out.path().join("results");
    let mut command = harness(&["interop", class.to_str().unwrap(), "--out", place.to_str().unwrap()]);
    let output = command.args(["--seed", "7"]).args(SCENARIOS).args(more).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let record = serde_json::from_str(&fs::read_to_string(place.join("interop.json")).unwrap()).unwrap();
    let page = fs::read_to_string(place.join("interop.html")).unwrap();
    (record, page, String::from_utf8(output.stdout).unwrap())
}

#[test]
fn the_outlier_is_named_and_so_are_those_that_agree_with_each_other_only() {
    let class = class();
    let (record, page, shown) = interop(class.path(), &[]);
    let names: Vec<_> = record.participants.iter().map(|one| one.id.as_str()).collect();
    assert_eq!(names, ["the reference", "ann", "bob", "cem", "dora", "eve", "finn"]);
    assert_eq!(record.cells.len(), 49);
    // A pair agrees where both make the same mistake, or neither makes any.
    let is_little = |place: usize| [3, 4].contains(&place);
    for cell in &record.cells {
        let agrees = cell.server != 2 && is_little(cell.client) == is_little(cell.server);
        assert_eq!(cell.agrees(), Some(agrees), "{} with {}", names[cell.client], names[cell.server]);
    }
    let wanted = [
        "Of 6 hand-ins, 3 servers and 4 clients agree with the assignment.",
        "cem and dora agree with each other, and not with the assignment.",
        "bob's server agrees with no client, not even its own.",
    ];
    assert_eq!(record.findings, wanted);
    assert_eq!(record.groups, [[3, 4]]);
    assert!(wanted.iter().all(|sentence| shown.contains(sentence)), "{shown}");
    assert!(shown.contains("dora            5    ✗   ✗   ✗   ✓   ✓   ✗   ✗"), "{shown}");

    let page = Html::parse_document(&page);
    let count = |selector: &str| page.select(&Selector::parse(selector).unwrap()).count();
    let agreeing = record.cells.iter().filter(|cell| cell.agrees() == Some(true)).count();
    assert_eq!((count("td.all"), count("tbody td")), (agreeing, 49));
    assert_eq!((count(".findings li"), count("th.g0"), count("script")), (3, 4, 0));
}

#[test]
fn a_sample_has_the_reference_everyones_own_pair_and_as_many_others_as_wanted() {
    let class = class();
    let (record, _, shown) = interop(class.path(), &["--sample", "4", "--jobs", "1"]);
    let of_two = |cell: &&lengthwise::interop::Cell| {
        cell.client != cell.server && ![cell.client, cell.server].contains(&InteropRecord::REFERENCE)
    };
    assert_eq!(record.cells.iter().filter(of_two).count(), 4);
    assert_eq!(record.cells.len(), 13 + 6 + 4);
    assert!(shown.contains('·'), "{shown}");
    let (again, ..) = interop(class.path(), &["--sample", "4", "--jobs", "3"]);
    assert_eq!(again, record, "the number of jobs changes what comes of it");
}

#[test]
fn what_cannot_be_played_is_named_and_a_directory_without_hand_ins_is_refused() {
    let class = tempfile::tempdir().unwrap();
    let mut command = harness(&["interop", class.path().to_str().unwrap()]);
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&output.stderr).contains("there is no hand-in in"), "{output:?}");
    hand_in(class.path(), "ann", "natural", &[], &[]);
    let mut command = harness(&["interop", class.path().to_str().unwrap(), "--scenario", "length/*"]);
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&output.stderr).contains("is not played by pairs"), "{output:?}");
    let mut command = harness(&["interop", class.path().to_str().unwrap(), "--jobs", "0"]);
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(
        String::from_utf8_lossy(&output.stderr).contains("how many pairs are played at a time"),
        "{output:?}"
    );
}

#[test]
fn a_roster_says_who_is_who() {
    let class = tempfile::tempdir().unwrap();
    hand_in(class.path(), "ann", "natural", &[], &[]);
    let roster = tempfile::NamedTempFile::new().unwrap();
    fs::write(roster.path(), "id,name\nann,Ann Müller\nbo,Bo\n").unwrap();
    let roster = roster.path().to_str().unwrap();
    let (record, page, _) = interop(class.path(), &["--roster", roster]);
    let names: Vec<_> = record.participants.iter().map(|one| one.name.as_deref()).collect();
    assert_eq!(names, [None, Some("Ann Müller")]);
    assert!(page.contains("Ann Müller"));
}

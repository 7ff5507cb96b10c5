//! Documents that are made for other programs, read by something that is not ours: whole and true at every moment of a run, and
//! whatever a submission prints, raises or replies.

mod hidden;
mod killed;
mod readers;
mod recorded;

use std::fs;

use lengthwise::report::FORMATS;
use tempfile::TempDir;

use crate::support::fixtures::fixture;
use crate::support::schemas;
use readers::{Counts, counts, read};
use recorded::{Recorded, documents, hand_in, written};

/// One in so many moments of a run is looked at.
const SAMPLED: usize = 7;

/// Replaces the length that both files of the right hand-in send, and prints what nobody should have to see.
fn hostile(file: &str, program: &str) -> String {
    let prints = r#"
NASTY = ('\x1b[2J\x1b]0;gone\x07\x9b5A \u202eright to left\u2066 \ud800 ]]> <script>alert(1)</script> &amp; <!-- '
         '```\n## heading\n| a | b |\n</details> @student [x](https://example.com) \\| ok 1 - all # SKIP\n  ...\nBail out!\n'
         '::error::all is well\n##[error]x ##vso[task.complete]\n' + 'x' * 1000 + '\n') * 50
import sys
sys.stdout.buffer.write(NASTY.encode('utf-8', 'surrogatepass'))
sys.stdout.buffer.flush()
"#;
    let program = match file {
        // What it raises is quoted in a summary, in a cause and in the reasons of what it says.
        "buffered_client.py" => program.replace("'!I'", "NASTY"),
        _ => program.replace("'!I'", "'<I'"),
    };
    format!("{prints}\n{program}")
}

fn little_endian(_: &str, program: &str) -> String {
    program.replace("'!I'", "'<I'")
}

/// What is recorded: a run that passes, one that fails in everything, one of a hostile submission, and one without a server.
fn recordings() -> Vec<(Recorded, Option<TempDir>)> {
    let few = ["--scenario", "s*", "--scenario", "length/empty", "--scenario", "delivery/every-byte"];
    let graded = |folder: TempDir| {
        let path = folder.path().to_str().unwrap().to_owned();
        let run = Recorded::new(&[&["--submission", &path, "--deadline", "500ms"], &few[..]].concat());
        (run, Some(folder))
    };
    vec![
        (Recorded::new(&["--scenario", "short", "--scenario", "length/empty"]), None),
        (Recorded::new(&["--target", "127.0.0.1:1", "--scenario", "s*"]), None),
        graded(hand_in(little_endian)),
        graded(hand_in(hostile)),
    ]
}

#[test]
fn every_document_is_valid_and_true_at_every_moment_of_a_run() {
    for (run, _folder) in recordings() {
        let records = run.records();
        let last = records.len() - 1;
        let moments = (0..last).step_by(SAMPLED).chain([last]);
        let folder = tempfile::tempdir().unwrap();
        let mut expected = Vec::new();
        for moment in moments {
            let record = &records[moment];
            for format in documents() {
                let path = folder.path().join(format!("{moment}.{}", format.name));
                let document = written(format, record);
                schemas::assert_valid(format.name, &document);
                fs::write(&path, document).unwrap();
                expected.push((format.name, path, Counts::expected(format.name, record)));
            }
        }
        let files: Vec<_> = expected.iter().map(|(name, path, _)| (*name, path.clone())).collect();
        for ((name, path, expected), read) in expected.into_iter().zip(read(&files)) {
            let shown = || fs::read_to_string(&path).unwrap();
            assert_eq!(read.as_ref(), expected.as_ref(), "{name} {}\n{}", path.display(), shown());
        }
    }
}

#[test]
fn no_document_is_larger_than_its_platform_takes_and_none_shows_what_moves_a_cursor() {
    let folder = hand_in(hostile);
    let run = Recorded::new(&["--submission", folder.path().to_str().unwrap(), "--deadline", "500ms"]);
    let records = run.records();
    let record = records.last().unwrap();
    let limits = [
        ("prairielearn", 1_000_000),
        ("markdown", 125_000),
        ("classroom50", 10 << 20),
        ("junit", 30_000_000),
    ];
    for format in documents() {
        let document = written(format, record);
        let limit = limits.iter().find(|(name, _)| *name == format.name).map_or(1 << 20, |(_, limit)| *limit);
        assert!(document.len() <= limit, "{} has {} bytes", format.name, document.len());
        let is_harmful =
            |character: char| character.is_control() && character != '\n' || character == '\u{202e}';
        assert!(!document.contains(is_harmful), "{}: {document}", format.name);
        assert!(!document.contains("##["), "{}: {document}", format.name);
        assert!(
            !document.lines().any(|line| line.trim_start().starts_with("::")),
            "{}: {document}",
            format.name
        );
    }
}

/// What is not graded costs nobody anything, and so it is a failure nowhere.
#[test]
fn a_submission_that_fails_only_what_is_not_graded_has_no_failure_and_full_points() {
    let server = format!("python3 '{}'", fixture("servers/wrong/closes_at_hang_up.py").display());
    let run = Recorded::new(&["--server", &server, "--scenario", "close/half-close", "--scenario", "short"]);
    let records = run.records();
    let record = records.last().unwrap();
    assert_eq!((record.tally.failed, record.score.reached, record.score.max), (1, 1, 1));
    let folder = tempfile::tempdir().unwrap();
    let files: Vec<_> = documents()
        .map(|format| {
            let path = folder.path().join(format.name);
            fs::write(&path, written(format, record)).unwrap();
            (format.name, path)
        })
        .collect();
    for ((name, path), counts) in files.iter().zip(read(&files)) {
        let text = fs::read_to_string(path).unwrap();
        assert!(counts.is_none_or(|counts| counts.failed == 0), "{name}\n{text}");
    }
}

#[test]
fn every_format_for_a_program_has_a_reader_here() {
    let without = ["terminal", "json", "jsonl", "html", "feedback"];
    for format in FORMATS.iter().filter(|format| !without.contains(&format.name)) {
        assert!(counts(format.name).is_some(), "{} is read by nobody", format.name);
    }
}

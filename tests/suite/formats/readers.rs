//! Programs and libraries of others that read documents, and what they have to find there.

use std::path::PathBuf;
use std::process::Command;

use lengthwise::record::{RunRecord, Standing};
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use crate::support::fixtures::fixture;

/// How many tests of a document are shown as what.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) passed: usize,
    pub(crate) failed: usize,
    /// Neither passed nor failed.
    pub(crate) others: usize,
}

/// Reads documents of one format: something that is found for each of these files, in their order.
type Reader = fn(&[PathBuf]) -> Vec<Counts>;

/// The reader of a format, and whether it has every trial that was played, and not only those that decide.
pub(crate) fn counts(format: &str) -> Option<(Reader, bool)> {
    Some(match format {
        "junit" => (|files| python("junit", files), true),
        "gradescope" => (|files| python("gradescope", files), false),
        "prairielearn" => (|files| python("prairielearn", files), false),
        "classroom50" => (|files| python("classroom50", files), false),
        "check50" => (|files| python("check50", files), false),
        "tap" => (perl, true),
        "markdown" => (|files| files.iter().map(markdown).collect(), false),
        _ => return None,
    })
}

/// What is found in each of these documents, nothing where its format has no reader.
pub(crate) fn read(files: &[(&str, PathBuf)]) -> Vec<Option<Counts>> {
    let mut found = vec![None; files.len()];
    let mut formats: Vec<_> = files.iter().map(|(format, _)| *format).collect();
    formats.sort_unstable();
    formats.dedup();
    for format in formats {
        let Some((reader, _)) = counts(format) else { continue };
        let own: Vec<_> = (0..files.len()).filter(|index| files[*index].0 == format).collect();
        let paths: Vec<_> = own.iter().map(|index| files[*index].1.clone()).collect();
        let read = reader(&paths);
        assert_eq!(read.len(), own.len(), "{format}");
        own.into_iter().zip(read).for_each(|(index, counts)| found[index] = Some(counts));
    }
    found
}

impl Counts {
    /// What has to be found in a document on a run.
    pub(crate) fn expected(format: &str, record: &RunRecord) -> Option<Self> {
        let (_, has_all) = counts(format)?;
        let mut counts = Self::default();
        for trial in record.standings() {
            let standing = trial.standing();
            // A plan of TAP says how many there should have been.
            if !(has_all || trial.is_decisive) || format == "tap" && standing == Standing::NotPlayed {
                continue;
            }
            match standing {
                Standing::Passed => counts.passed += 1,
                Standing::Failed { .. } if trial.is_decisive => counts.failed += 1,
                // Classroom 50 knows only passed and not passed.
                Standing::Undecided(_) | Standing::Unsupported(_) | Standing::NotPlayed
                    if format == "classroom50" =>
                {
                    counts.failed += 1;
                }
                _ => counts.others += 1,
            }
        }
        Some(counts)
    }
}

/// Python's own libraries for JSON and XML.
fn python(format: &str, files: &[PathBuf]) -> Vec<Counts> {
    let mut command = Command::new("python3");
    command.arg(fixture("suite/formats/reader.py")).arg(format).args(files);
    lines(command)
}

/// The parser that comes with Perl, which is the one that the protocol is from.
fn perl(files: &[PathBuf]) -> Vec<Counts> {
    let mut command = Command::new("perl");
    command.arg(fixture("suite/formats/reader.pl")).args(files);
    lines(command)
}

/// Three numbers on each line that a reader prints.
fn lines(mut command: Command) -> Vec<Counts> {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let counts = |line: &str| {
        let numbers: Vec<usize> = line.split(' ').map(|number| number.parse().unwrap()).collect();
        let [passed, failed, others] = numbers[..] else { panic!("{line}") };
        Counts { passed, failed, others }
    };
    text.lines().map(counts).collect()
}

/// The rows of the table, once it is sure that no markup comes of anything that was quoted.
fn markdown(file: &PathBuf) -> Counts {
    let text = std::fs::read_to_string(file).unwrap();
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS;
    let mut counts = Counts::default();
    let (mut headings, mut cells, mut cell, mut in_code) = (0, Vec::new(), String::new(), false);
    for event in Parser::new_ext(&text, options) {
        match event {
            Event::Start(Tag::Heading { .. }) => headings += 1,
            Event::Start(
                tag @ (Tag::Link { .. } | Tag::Image { .. } | Tag::List(_) | Tag::BlockQuote(_)),
            ) => panic!("{tag:?} in {text}"),
            Event::Html(html) | Event::InlineHtml(html) => {
                let html = html.trim();
                let own =
                    ["<details><summary>Every finding in full</summary>", "</details>", "<code>", "</code>"];
                assert!(own.contains(&html), "{html:?} in {text}");
                in_code = html == "<code>";
            }
            Event::Start(Tag::TableRow) => cells.clear(),
            Event::Start(Tag::TableCell) => cell.clear(),
            Event::Text(text) => {
                assert!(in_code || !text.contains('@') || cells.is_empty(), "{text}");
                cell.push_str(&text);
            }
            Event::End(TagEnd::TableCell) => cells.push(cell.clone()),
            Event::End(TagEnd::TableRow) => {
                assert_eq!(cells.len(), 5, "{cells:?}");
                match cells[3].as_str() {
                    "passed" => counts.passed += 1,
                    "failed" => counts.failed += 1,
                    // The sum.
                    "" => {}
                    _ => counts.others += 1,
                }
            }
            _ => {}
        }
    }
    assert_eq!(headings, 1, "{text}");
    counts
}

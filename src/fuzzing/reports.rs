//! Every format of a report, made of a run whose every text may be anything.

use std::sync::Arc;
use std::time::Duration;

use quick_junit::{Report as JunitReport, TestCaseStatus};
use serde_json::Value;

use crate::assignment::Assignment;
use crate::bytes::{is_unprintable, without_command};
use crate::conversation::{Answer, OperationKind};
use crate::event::{
    Crash, Event, EventKind, Exception, FORMAT_VERSION, NamedCause, NamedMistake, Output, PlannedTrial, Run,
    RunStarted, TargetDescription, TrialFinished, TrialKey,
};
use crate::grade::Score;
use crate::record::{RunRecord, Standing, TrialStanding};
use crate::report::{Detail, FORMATS, Format};
use crate::rule::Rule;
use crate::scenario::Tier;
use crate::side::{Casting, Side};
use crate::verdict::{ExchangeEnd, ExpectedAnswer, Fault, Finding, HandInFault, Mismatch, Stimulus, Verdict};

/// No document is longer than this, in bytes, for so few trials: what a program prints by the megabyte is shortened.
const LEN_MAX: usize = 4 << 20;
const TRIALS_MAX: usize = 12;

/// A run in which each text is a part of the input comes out whole in every format: valid where it is to be read by a program, and
/// without anything that would move a cursor or be a command to a log.
pub fn reports(data: &[u8]) {
    assert_formats(&record(data));
}

/// Checks what every format makes of a run.
pub(crate) fn assert_formats(record: &RunRecord) {
    let shown = &*record.for_students();
    for format in FORMATS {
        let text = written(*format, record);
        assert!(text.len() <= LEN_MAX, "{} has {} bytes", format.name, text.len());
        // A recording is made of what happens, and not of what it has come to.
        if format.is_document() {
            for line in text.lines() {
                assert!(!line.chars().any(is_unprintable), "{}: {line:?}", format.name);
                assert_eq!(without_command(line), line, "{}", format.name);
            }
        }
        match format.name {
            "junit" => assert_junit(&text, shown),
            "tap" => assert_tap(&text, shown, record),
            "gradescope" => assert_gradescope(&json(&text), record),
            "prairielearn" => assert_prairielearn(&json(&text), text.len(), shown, record),
            "classroom50" => assert_classroom50(&json(&text), shown, record),
            "check50" => assert_check50(&json(&text), shown),
            "json" => assert_eq!(json(&text)["score"], record.score.reached),
            // For people: nothing more can be said of them here.
            _ => {}
        }
    }
}

fn written(format: Format, record: &RunRecord) -> String {
    let mut out = Vec::new();
    format.report(Box::new(&mut out), Detail::Full).finish(record).expect("memory can be written to");
    String::from_utf8(out).expect("a report is UTF-8")
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).expect("a document of JSON")
}

/// The trials that decide.
fn decisive(record: &RunRecord) -> Vec<TrialStanding<'_>> {
    record.standings().into_iter().filter(|trial| trial.is_decisive).collect()
}

/// Whether something that decides was not found out.
fn has_open(record: &RunRecord) -> bool {
    let is_open =
        |one: &TrialStanding<'_>| matches!(one.standing(), Standing::Undecided(_) | Standing::NotPlayed);
    decisive(record).iter().any(is_open)
}

/// The sum of what the tests of a document have under this key, as points add up.
fn sum(tests: &Value, key: &str) -> u32 {
    let tests = tests.as_array().expect("a list of tests");
    let sum: u64 = tests.iter().map(|test| test[key].as_u64().unwrap_or_default()).sum();
    u32::try_from(sum).unwrap_or(u32::MAX)
}

fn assert_gradescope(document: &Value, record: &RunRecord) {
    let tests = &document["tests"];
    assert_eq!(document["score"], record.score.reached);
    assert_eq!(sum(tests, "score"), record.score.reached);
    for (test, trial) in tests.as_array().expect("a list of tests").iter().zip(decisive(record)) {
        let status = match trial.standing() {
            Standing::Passed => "passed".into(),
            Standing::Failed { .. } => "failed".into(),
            Standing::Undecided(_) | Standing::Unsupported(_) | Standing::NotPlayed => Value::Null,
        };
        assert_eq!((&test["status"], test["score"].is_null()), (&status, status.is_null()));
    }
}

fn assert_prairielearn(document: &Value, len: usize, shown: &RunRecord, record: &RunRecord) {
    assert!(len <= 1_000_000, "{len} bytes");
    let score = document["score"].as_f64().expect("a score");
    assert!((0.0..=1.0).contains(&score), "{score}");
    assert!(!has_open(record) || document["gradable"] == false, "{document:#}");
    assert_eq!(document["gradable"] == false, document["format_errors"].is_array());
    assert_eq!(sum(&document["tests"], "points"), shown.score.reached);
}

fn assert_classroom50(document: &Value, shown: &RunRecord, record: &RunRecord) {
    let tests = &document["tests"];
    let Score { reached, max } = shown.score_of_plan();
    assert_eq!((sum(tests, "score"), sum(tests, "max-score")), (reached, max));
    assert_eq!(document["score"], record.score.reached);
    for (test, trial) in tests.as_array().expect("a list of tests").iter().zip(decisive(shown)) {
        assert_eq!(test["passed"], matches!(trial.standing(), Standing::Passed));
    }
}

fn assert_check50(document: &Value, shown: &RunRecord) {
    let results = document["results"].as_array().expect("a list of results");
    // One more stands for all that is hidden.
    assert_eq!(results.len(), decisive(shown).len() + usize::from(shown.left_out.is_some()));
    for (result, trial) in results.iter().zip(decisive(shown)) {
        let passed = match trial.standing() {
            Standing::Passed => true.into(),
            Standing::Failed { .. } => false.into(),
            Standing::Undecided(_) | Standing::Unsupported(_) | Standing::NotPlayed => Value::Null,
        };
        assert_eq!(result["passed"], passed);
        assert_eq!(result["cause"].is_null(), passed == true);
    }
}

fn assert_junit(text: &str, shown: &RunRecord) {
    let report = JunitReport::deserialize_from_str(text).expect("a document of JUnit");
    let tests: Vec<_> = report.test_suites.iter().flat_map(|suite| &suite.test_cases).collect();
    let standings = shown.standings();
    assert_eq!(tests.len(), standings.len());
    assert_eq!(report.tests, tests.len());
    let failed = |is_failure: fn(&Standing<'_>) -> bool| {
        standings.iter().filter(|one| one.is_decisive && is_failure(&one.standing())).count()
    };
    assert_eq!(report.failures, failed(|standing| matches!(standing, Standing::Failed { .. })));
    let is_open = |standing: &Standing<'_>| matches!(standing, Standing::Undecided(_) | Standing::NotPlayed);
    assert_eq!(report.errors, failed(is_open));
    let passed = tests.iter().filter(|test| matches!(test.status, TestCaseStatus::Success { .. })).count();
    let is_passed = |one: &&TrialStanding<'_>| matches!(one.standing(), Standing::Passed);
    assert_eq!(passed, standings.iter().filter(is_passed).count());
}

fn assert_tap(text: &str, shown: &RunRecord, record: &RunRecord) {
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("TAP version 14"));
    let planned = shown.started.plan.len();
    assert_eq!(lines.next(), Some(format!("1..{planned}").as_str()));
    let mut played = 0;
    let mut bails_out = false;
    for line in lines {
        assert!(!bails_out, "nothing follows where it bails out: {line}");
        bails_out = line.starts_with("Bail out! ");
        let point = line.strip_prefix("not ").unwrap_or(line);
        if let Some(point) = point.strip_prefix("ok ") {
            played += 1;
            assert!(point.starts_with(&format!("{played} - ")), "{line}");
            let directives = point.match_indices(" # ").count();
            assert!(directives <= 1, "{line}");
        } else {
            assert!(bails_out || line.is_empty() || line.starts_with(['#', ' ']), "{line}");
        }
    }
    assert_eq!(played, shown.trials.len());
    assert!(bails_out || (record.is_finished() && !has_open(record)));
}

/// The texts of an input, which come again and again, and the numbers that decide what is made of them.
struct Material<'d> {
    numbers: std::iter::Cycle<std::slice::Iter<'d, u8>>,
    texts: Vec<String>,
    next: usize,
}

impl Material<'_> {
    fn number(&mut self) -> u8 {
        self.numbers.next().copied().unwrap_or_default()
    }

    fn text(&mut self) -> String {
        self.next += 1;
        self.texts[self.next % self.texts.len()].clone()
    }
}

/// A run: the first bytes decide what happens in it, the others are its texts, with 0xFF between them.
fn record(data: &[u8]) -> RunRecord {
    const NUMBERS: usize = 16;
    let (numbers, texts) = data.split_at(data.len().min(NUMBERS));
    let texts = texts.split(|byte| *byte == 0xFF).map(|text| String::from_utf8_lossy(text).into_owned());
    let mut material = Material { numbers: numbers.iter().cycle(), texts: texts.collect(), next: 0 };
    let count = usize::from(material.number()) % TRIALS_MAX;
    let plan: Vec<_> = (0..count).map(|number| planned(number, &mut material)).collect();
    let started = RunStarted {
        format_version: FORMAT_VERSION,
        harness_version: material.text(),
        run: Run {
            target: TargetDescription::new("command").with("command", material.text()),
            assignment: Assignment::default(),
            seed: 7,
            strict: material.number().is_multiple_of(4),
            course: Box::default(),
        },
        deadline: Duration::from_secs(2),
        proves_silence: true,
        plan: plan.clone(),
    };
    // Some runs end early, most do not.
    let ends_after = match usize::from(material.number()) {
        early if early >= 0xE0 => early % (count + 1),
        _ => count,
    };
    let mut kinds: Vec<_> = plan
        .into_iter()
        .take(ends_after)
        .map(|planned| EventKind::TrialFinished(Arc::new(finished(planned.key, &mut material))))
        .collect();
    if ends_after >= count {
        kinds.extend(Side::ALL.iter().map(|side| diagnosed(*side, &mut material)));
        kinds.push(EventKind::RunFinished);
    }
    let at = Duration::from_millis(1);
    let mut record = RunRecord::start(&Event::new(at, EventKind::RunStarted(started)));
    let record = record.as_mut().expect("nothing is planned twice");
    kinds.into_iter().for_each(|kind| record.apply(&Event::new(at, kind)).expect("all follows the plan"));
    record.clone()
}

fn planned(number: usize, material: &mut Material<'_>) -> PlannedTrial {
    let number_of_casting = usize::from(material.number());
    let casting = Casting::ALL[number_of_casting % Casting::ALL.len()];
    let tier = if material.number().is_multiple_of(2) { Tier::Graded } else { Tier::Hardening };
    let worth = if tier == Tier::Graded && casting.is_scored() { material.number().into() } else { 0 };
    let key = TrialKey { scenario: format!("{number}{}", material.text()), casting };
    PlannedTrial { key, tier, title: material.text(), worth, hidden: number_of_casting >= 0xE0 }
}

fn finished(key: TrialKey, material: &mut Material<'_>) -> TrialFinished {
    let verdict = match material.number() % 8 {
        0 | 1 => Verdict::Pass,
        2 => Verdict::Blocked { on: material.text() },
        3 => Verdict::Inconclusive { why: material.text() },
        4 => Verdict::Unsupported { why: material.text() },
        _ => Verdict::Fail(Box::new(finding(material))),
    };
    let exception = Exception { error: material.text(), place: Some(material.text()) };
    TrialFinished {
        key,
        verdict,
        failed_delivery: None,
        passed_deliveries: None,
        deliveries: Vec::new(),
        elapsed: Duration::from_millis(1),
        boundary: None,
        notes: Vec::new(),
        output: Output::of_side(Some(material.text())),
        crash: (material.number().is_multiple_of(2)).then_some(Crash::Exception(exception)),
        reproduce: material.text(),
    }
}

fn finding(material: &mut Material<'_>) -> Finding {
    let fault = match material.number() % 3 {
        0 => Fault::HandIn { why: HandInFault::NotLoaded { why: material.text(), details: material.text() } },
        1 => Fault::Bytes {
            from: Side::Server,
            mismatch: Mismatch::Extra { len: 1 },
            frames: 1,
            expected: material.text().into_bytes(),
            received: material.text().into_bytes(),
        },
        _ => Fault::Answer {
            operation: OperationKind::ReceiveMessage,
            expected: ExpectedAnswer::Reply(material.text()),
            answer: Answer::Error(material.text()),
            connected_again: false,
            is_of_own_message: false,
        },
    };
    let stimulus = Stimulus::Stop { how: material.text() };
    Finding { stimulus, fault, rule: Rule::Framing, ended: ExchangeEnd::StillOpen }
}

fn diagnosed(side: Side, material: &mut Material<'_>) -> EventKind {
    let text = material.text();
    let mistake = NamedMistake { bugs: vec![material.text()], text: text.clone(), scenarios: Vec::new() };
    let cause = NamedCause { bugs: mistake.bugs.clone(), text, mistakes: vec![mistake] };
    EventKind::Diagnosed { side, cause, experiments: Vec::new() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::record::recording::strategies::run;

    proptest! {
        #[test]
        fn every_format_holds_on_any_run(events in run()) {
            let (first, rest) = events.split_first().unwrap();
            let mut record = RunRecord::start(first).unwrap();
            rest.iter().for_each(|event| record.apply(event).unwrap());
            assert_formats(&record);
        }
    }
}

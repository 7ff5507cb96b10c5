mod students;

use super::*;
use crate::assignment::Assignment;
use crate::conversation::ConnectFailure;
use crate::event::{Crash, Exception, FORMAT_VERSION, NamedMistake, Run, TargetDescription, TrialKey};
use crate::rule::Rule;
use crate::scenario::Tier;
use crate::side::Casting;
use crate::silence::Silence;
use crate::verdict::{ExchangeEnd, Fault, Finding, HandInFault, Stimulus, Verdict};

fn key(casting: Casting, scenario: &str) -> TrialKey {
    TrialKey { scenario: scenario.into(), casting }
}

fn started(keys: &[TrialKey]) -> RunStarted {
    let planned = |key: &TrialKey| PlannedTrial {
        key: key.clone(),
        tier: Tier::Graded,
        title: "Title".into(),
        worth: 2,
        hidden: false,
    };
    RunStarted {
        proves_silence: true,
        format_version: FORMAT_VERSION,
        harness_version: "0.0.0".into(),
        run: Run {
            target: TargetDescription::built_in(),
            assignment: Assignment::default(),
            seed: 7,
            strict: false,
            course: Box::default(),
        },
        deadline: Duration::from_secs(2),
        plan: keys.iter().map(planned).collect(),
    }
}

fn finished(key: &TrialKey, verdict: Verdict) -> EventKind {
    EventKind::TrialFinished(Arc::new(TrialFinished {
        key: key.clone(),
        verdict,
        failed_delivery: None,
        passed_deliveries: None,
        deliveries: Vec::new(),
        elapsed: Duration::from_millis(1),
        boundary: None,
        notes: Vec::new(),
        output: None,
        crash: None,
        reproduce: "harness".into(),
    }))
}

fn fail() -> Verdict {
    Verdict::Fail(Box::new(Finding::hand_in(HandInFault::ConstructorFailed { error: String::new() })))
}

/// The record of a run in which these cases have these verdicts, a millisecond after one another.
fn record(cases: &[(Casting, &str, Verdict)]) -> RunRecord {
    let keys: Vec<_> = cases.iter().map(|(casting, id, _)| key(*casting, id)).collect();
    let start = Event::new(Duration::ZERO, EventKind::RunStarted(started(&keys)));
    let mut record = RunRecord::start(&start).unwrap();
    for (number, ((.., verdict), key)) in cases.iter().zip(&keys).enumerate() {
        let at = Duration::from_millis(number as u64 + 1);
        record.apply(&Event::new(at, finished(key, verdict.clone()))).unwrap();
    }
    record
}

fn apply(record: &mut RunRecord, kind: EventKind) -> Result<(), EventError> {
    record.apply(&Event::new(Duration::from_secs(1), kind))
}

#[test]
fn a_run_that_was_cut_off_is_incomplete_whatever_it_came_to() {
    for verdict in [Verdict::Pass, fail()] {
        let mut record = record(&[(Casting::SERVER, "short", verdict.clone())]);
        assert_eq!(record.verdict(), RunVerdict::Incomplete);
        assert_eq!(record.elapsed, Duration::from_millis(1));
        apply(&mut record, EventKind::RunFinished).unwrap();
        let wanted = if verdict == Verdict::Pass { RunVerdict::Pass } else { RunVerdict::Fail };
        assert_eq!((record.verdict(), record.elapsed), (wanted, Duration::from_secs(1)));
    }
}

#[test]
fn points_add_up() {
    let record = record(&[(Casting::SERVER, "short", Verdict::Pass), (Casting::SERVER, "long", fail())]);
    assert_eq!(record.score, Score { reached: 2, max: 4 });
    assert_eq!(record.trials[1].score, Score { reached: 0, max: 2 });
}

#[test]
fn a_cause_explains_the_failures_of_its_side_and_none_of_the_pair() {
    let mut record = record(&[(Casting::SERVER, "short", fail())]);
    let cause =
        NamedCause { bugs: vec!["some-bug".into()], text: "It is wrong.".into(), mistakes: Vec::new() };
    apply(
        &mut record,
        EventKind::Diagnosed { side: Side::Server, cause: cause.clone(), experiments: Vec::new() },
    )
    .unwrap();
    assert_eq!(record.cause(&key(Casting::SERVER, "short")), Some(&cause));
    assert_eq!(record.cause(&key(Casting::CLIENT, "short")), None);
    assert_eq!(record.cause(&key(Casting::Pair, "short")), None);
}

#[test]
fn sides_that_are_right_with_another_format_are_told_so_together_if_it_is_the_same() {
    use crate::assignment::{ByteOrder, HeaderWidth, WireFormat};
    let two = WireFormat { header_width: HeaderWidth::Two, byte_order: ByteOrder::BigEndian };
    let little = WireFormat { header_width: HeaderWidth::Four, byte_order: ByteOrder::LittleEndian };
    let told = |formats: &[(Side, WireFormat)]| -> Vec<String> {
        let mut record = record(&[(Casting::SERVER, "short", fail()), (Casting::CLIENT, "short", fail())]);
        for (side, format) in formats {
            apply(&mut record, EventKind::OtherFormat { side: *side, format: *format }).unwrap();
        }
        record.other_formats().iter().map(ToString::to_string).collect()
    };
    assert_eq!(told(&[]), [""; 0]);
    let both = told(&[(Side::Server, two), (Side::Client, two)]);
    assert_eq!(both, ["Try both sides with --header-width 2: everything that was seen would be right."]);
    let each = told(&[(Side::Server, two), (Side::Client, little)]);
    let told =
        |side, options| format!("Try the {side} with {options}: everything that was seen would be right.");
    assert_eq!(each, [told("server", "--header-width 2"), told("client", "--byte-order little")]);
}

#[test]
fn sides_that_agree_with_each_other_and_not_with_the_assignment_are_told_so() {
    let pair = |id: &'static str, verdict| (Casting::Pair, id, verdict);
    let played = [
        (Casting::SERVER, "short", fail()),
        (Casting::SERVER, "long", fail()),
        (Casting::CLIENT, "short", fail()),
        (Casting::CLIENT, "long", fail()),
        (Casting::CLIENT, "medium", fail()),
        pair("short", Verdict::Pass),
        pair("long", Verdict::Pass),
        pair("medium", fail()),
    ];
    let diagnosed = |mistakes: &[(Side, &str, &[&str])]| {
        let mut run = record(&played);
        for (side, bug, scenarios) in mistakes {
            let scenarios = scenarios.iter().map(ToString::to_string).collect();
            let (bugs, text) = (vec![(*bug).to_owned()], String::new());
            let mistakes = vec![NamedMistake { bugs: bugs.clone(), text: text.clone(), scenarios }];
            let cause = NamedCause { bugs, text, mistakes };
            apply(&mut run, EventKind::Diagnosed { side: *side, cause, experiments: Vec::new() }).unwrap();
        }
        run
    };
    let both: &[&str] = &["short", "long"];
    for server in ["two-byte-length", "never-replies"] {
        let run = diagnosed(&[(Side::Server, server, both), (Side::Client, "two-byte-length", both)]);
        let agreement = run.agreement().unwrap();
        assert_eq!(agreement.scenarios, ["short", "long"]);
        assert_eq!(agreement.sides, [Side::Server, Side::Client]);
        assert_eq!(
            agreement.to_string(),
            "Together they pass short, long, where the server and the client each fail: your client and server agree \
             with each other, not with the assignment."
        );
    }
    // They fail for different reasons, in different scenarios, or for reasons that are not known.
    let others: [&[(Side, &str, &[&str])]; 4] = [
        &[(Side::Server, "one-message", both), (Side::Client, "two-byte-length", both)],
        &[(Side::Server, "never-replies", both), (Side::Client, "client-removes-too", both)],
        &[(Side::Server, "two-byte-length", &["short"]), (Side::Client, "two-byte-length", &["long"])],
        &[(Side::Client, "two-byte-length", both)],
    ];
    for causes in others {
        assert_eq!(diagnosed(causes).agreement(), None, "{causes:?}");
    }
}

#[test]
fn what_cannot_be_the_next_event_changes_nothing() {
    let late = Event::new(Duration::ZERO, EventKind::RunFinished);
    assert_eq!(RunRecord::start(&late), Err(EventError::NotStarted));
    let twice = key(Casting::SERVER, "short");
    let start = EventKind::RunStarted(started(&[twice.clone(), twice.clone()]));
    assert_eq!(RunRecord::start(&Event::new(Duration::ZERO, start)), Err(EventError::PlannedTwice(twice)));
    let mut run = record(&[(Casting::SERVER, "short", Verdict::Pass)]);
    let before = run.clone();
    let (unplanned, again) = (key(Casting::Pair, "short"), started(&[]));
    let played = key(Casting::SERVER, "short");
    for (kind, why) in [
        (EventKind::RunStarted(again), EventError::StartedTwice),
        (EventKind::TrialStarted { key: unplanned.clone() }, EventError::OutOfPlace(unplanned.clone())),
        (finished(&unplanned, Verdict::Pass), EventError::OutOfPlace(unplanned)),
        (finished(&played, Verdict::Pass), EventError::OutOfPlace(played.clone())),
    ] {
        assert_eq!(apply(&mut run, kind), Err(why));
    }
    assert_eq!(run, before);
    apply(&mut run, EventKind::RunFinished).unwrap();
    assert_eq!(apply(&mut run, EventKind::RunFinished), Err(EventError::Finished));
}

#[test]
fn a_run_from_which_a_case_is_missing_is_not_over() {
    let keys = [key(Casting::SERVER, "short"), key(Casting::SERVER, "long")];
    let start = Event::new(Duration::ZERO, EventKind::RunStarted(started(&keys)));
    let mut run = RunRecord::start(&start).unwrap();
    apply(&mut run, finished(&keys[0], Verdict::Pass)).unwrap();
    assert_eq!(apply(&mut run, EventKind::RunFinished), Err(EventError::Missing(keys[1].clone())));
    assert_eq!(run.verdict(), RunVerdict::Incomplete);
}

#[test]
fn failures_that_one_cause_explains_or_that_look_alike_stand_together_and_what_costs_most_comes_first() {
    let raised = |line: u32| {
        let place = Some(format!("server.py:{line}"));
        Some(Crash::Exception(Exception { error: format!("ValueError: {line}"), place }))
    };
    let not_closed = || {
        let silence = Silence::of_deadline(Duration::from_secs(2));
        Verdict::Fail(Box::new(Finding {
            stimulus: Stimulus::Ask { client: 0, messages: 1 },
            fault: Fault::NotClosed { silence },
            rule: Rule::ClosesSocket,
            ended: ExchangeEnd::StillOpen,
        }))
    };
    let trials = [
        (Casting::SERVER, "a", not_closed(), None),
        (Casting::SERVER, "b", not_closed(), raised(1)),
        (Casting::SERVER, "c", Verdict::Pass, raised(1)),
        (Casting::SERVER, "d", not_closed(), raised(1)),
        (Casting::CLIENT, "e", not_closed(), raised(1)),
        (Casting::CLIENT, "f", not_closed(), None),
        (Casting::Pair, "g", not_closed(), None),
    ];
    let keys: Vec<_> = trials.iter().map(|(casting, id, ..)| key(*casting, id)).collect();
    let mut kinds = Vec::new();
    for ((.., verdict, crash), key) in trials.iter().zip(&keys) {
        let EventKind::TrialFinished(mut finished) = finished(key, verdict.clone()) else { unreachable!() };
        Arc::make_mut(&mut finished).crash = crash.clone();
        kinds.push(EventKind::TrialFinished(finished));
    }
    let cause = NamedCause {
        bugs: vec!["never-closes".into()],
        text: "It never closes.".into(),
        mistakes: Vec::new(),
    };
    kinds.push(EventKind::Diagnosed { side: Side::Client, cause, experiments: Vec::new() });
    let start = Event::new(Duration::ZERO, EventKind::RunStarted(started(&keys)));
    let mut record = RunRecord::start(&start).unwrap();
    kinds.into_iter().for_each(|kind| record.apply(&Event::new(Duration::ZERO, kind)).unwrap());

    let groups = record.failures();
    let told: Vec<_> = groups
        .iter()
        .map(|group| (group.casting, group.scenarios().collect::<Vec<_>>().join(" "), group.points_lost()))
        .collect();
    let wanted = [
        (Casting::SERVER, "b d", 4),
        (Casting::SERVER, "a", 2),
        (Casting::CLIENT, "e f", 4),
        (Casting::Pair, "g", 2),
    ];
    assert_eq!(told, wanted.map(|(casting, ids, points)| (casting, ids.to_owned(), points)));
    assert_eq!(groups.iter().filter(|group| group.cause.is_some()).count(), 1);
    assert_eq!(groups[0].example().finished.key.scenario, "b");
}

#[test]
fn that_a_server_is_gone_is_one_kind_of_failure_whenever_its_next_client_finds_out() {
    let failed = |fault, ended| {
        Verdict::Fail(Box::new(Finding { stimulus: Stimulus::Start, fault, rule: Rule::NextClient, ended }))
    };
    let refused = |elsewhere| Fault::NotConnected { why: ConnectFailure::Refused { elsewhere } };
    let record = record(&[
        (Casting::SERVER, "a", failed(refused(None), ExchangeEnd::NotConnected)),
        (Casting::SERVER, "b", failed(Fault::NotAccepted { silence: None }, ExchangeEnd::Reset)),
        (Casting::SERVER, "c", failed(refused(Some("::1".into())), ExchangeEnd::NotConnected)),
    ]);
    let told = record.failures().iter().map(|group| group.scenarios().count()).collect::<Vec<_>>();
    assert_eq!(told, [2, 1]);
}

#[test]
fn an_example_has_what_came_beside_what_was_due_and_no_reset_that_has_overtaken_it() {
    let bytes = |ended| {
        let mismatch = crate::verdict::Mismatch::Stops { whole: 0, of_next: 1, next_len: 2 };
        let fault = Fault::Bytes {
            from: Side::Server,
            mismatch,
            frames: 1,
            expected: b"ab".to_vec(),
            received: b"a".to_vec(),
        };
        Verdict::Fail(Box::new(Finding { stimulus: Stimulus::Start, fault, rule: Rule::Framing, ended }))
    };
    let mut record = record(&[
        (Casting::SERVER, "a", fail()),
        (Casting::SERVER, "b", bytes(ExchangeEnd::Reset)),
        (Casting::SERVER, "c", bytes(ExchangeEnd::ClosedInFrame)),
    ]);
    let cause = NamedCause { bugs: vec!["a-bug".into()], text: "It is wrong.".into(), mistakes: Vec::new() };
    apply(&mut record, EventKind::Diagnosed { side: Side::Server, cause, experiments: Vec::new() }).unwrap();
    assert_eq!(record.failures()[0].example().finished.key.scenario, "c");
}

/// The record of a run that plans `planned` and has played the first of that.
fn planned(trials: &[(Casting, &str, Tier, u32)], played: &[Verdict], strict: bool) -> RunRecord {
    let keys: Vec<_> = trials.iter().map(|(casting, id, ..)| key(*casting, id)).collect();
    let mut started = started(&keys);
    started.run.strict = strict;
    for (planned, (_, _, tier, worth)) in started.plan.iter_mut().zip(trials) {
        (planned.tier, planned.worth) = (*tier, *worth);
    }
    let mut run = RunRecord::start(&Event::new(Duration::ZERO, EventKind::RunStarted(started))).unwrap();
    for (key, verdict) in keys.iter().zip(played) {
        apply(&mut run, finished(key, verdict.clone())).unwrap();
    }
    run
}

#[test]
fn what_is_graded_or_carries_points_decides_and_the_rest_only_where_nothing_else_does_or_it_was_asked_for() {
    let (graded, hardening) = (Tier::Graded, Tier::Hardening);
    let decisive = |trials: &[(Casting, &str, Tier, u32)], played: &[Verdict], strict| -> Vec<bool> {
        let run = planned(trials, played, strict);
        run.standings().iter().map(|trial| trial.is_decisive).collect()
    };
    let all = [
        (Casting::SERVER, "a", hardening, 0),
        (Casting::SERVER, "b", graded, 2),
        (Casting::SERVER, "c", graded, 0),
        (Casting::SERVER, "d", hardening, 1),
        (Casting::Pair, "b", graded, 0),
    ];
    assert_eq!(decisive(&all, &[Verdict::Pass], false), [false, true, true, true, false]);
    assert_eq!(decisive(&all, &[], true), [true; 5]);
    assert_eq!(decisive(&all[..1], &[], false), [true]);
    // As for the verdict on the run: what makes no sense for the target is not graded.
    let unsupported = Verdict::Unsupported { why: "why".into() };
    assert_eq!(decisive(&all[..2], &[Verdict::Pass, unsupported], false), [true, true]);
}

#[test]
fn what_was_not_played_is_within_reach_and_nothing_is_final_before_all_that_decides_is() {
    let trials = [
        (Casting::SERVER, "a", Tier::Graded, 1),
        (Casting::SERVER, "b", Tier::Graded, 2),
        (Casting::SERVER, "c", Tier::Hardening, 0),
    ];
    let undecided = || Verdict::Inconclusive { why: "why".into() };
    for (played, score, is_final) in [
        (vec![], (0, 3), false),
        (vec![Verdict::Pass], (1, 3), false),
        (vec![Verdict::Pass, fail(), undecided()], (1, 3), true),
        (vec![fail(), undecided(), Verdict::Pass], (0, 3), false),
    ] {
        let mut run = planned(&trials, &played, false);
        if played.len() == trials.len() {
            apply(&mut run, EventKind::RunFinished).unwrap();
        }
        let Score { reached, max } = run.score_of_plan();
        assert_eq!(((reached, max), run.is_final()), (score, is_final), "{played:?}");
    }
}

#[test]
fn the_first_sentences_of_a_report_say_what_a_run_comes_to() {
    let graded = |id| (Casting::SERVER, id, Tier::Graded, 2);
    let undecided = || Verdict::Inconclusive { why: "It was too busy.".into() };
    let told = |played: &[Verdict]| {
        let mut run = planned(&[graded("a"), graded("b")], played, false);
        if played.len() == 2 {
            apply(&mut run, EventKind::RunFinished).unwrap();
        }
        assert_eq!(
            crate::prose::open_reasons(&run),
            if played.contains(&undecided()) { vec!["It was too busy."] } else { vec![] }
        );
        crate::prose::run(&run)
    };
    let open = "could not be decided. That is not counted as a failure, and the grade is not final.";
    assert_eq!(told(&[Verdict::Pass, Verdict::Pass]), "Everything that counts has passed: 4 of 4 points.");
    assert_eq!(told(&[Verdict::Pass, fail()]), "1 graded scenario failed: 2 of 4 points.");
    assert_eq!(
        told(&[undecided(), fail()]),
        format!("1 graded scenario failed: 0 of 4 points. 1 scenario {open}")
    );
    assert_eq!(
        told(&[undecided(), undecided()]),
        format!("2 scenarios {open} The points so far: 0 of 4 points.")
    );
    assert_eq!(
        told(&[Verdict::Pass]),
        "This report is not complete: 1 of 2 scenarios had been played when it was written. What was not played has no \
         points yet. So far: 2 of 4 points."
    );
    let unsupported = || Verdict::Unsupported { why: String::new() };
    let nothing = "Nothing was played that could be graded: there is no grade.";
    assert_eq!(told(&[unsupported(), unsupported()]), nothing);
}

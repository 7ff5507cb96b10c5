use super::*;

/// A run of three graded scenarios on the server, of which the last is hidden, with these verdicts and one mistake for each failure.
fn partly_hidden(verdicts: [Verdict; 3]) -> RunRecord {
    let ids = ["a", "b", "c"];
    let keys = ids.map(|id| key(Casting::SERVER, id));
    let mut started = started(&keys);
    started.plan[2].hidden = true;
    let mut record = RunRecord::start(&Event::new(Duration::ZERO, EventKind::RunStarted(started))).unwrap();
    let mistakes: Vec<_> = ids
        .iter()
        .zip(&verdicts)
        .filter(|(_, verdict)| matches!(verdict, Verdict::Fail(_)))
        .map(|(id, _)| NamedMistake {
            bugs: vec![format!("bug-of-{id}")],
            text: format!("It is wrong in {id}."),
            scenarios: vec![(*id).to_owned()],
        })
        .collect();
    for (key, verdict) in keys.iter().zip(verdicts) {
        apply(&mut record, finished(key, verdict)).unwrap();
    }
    let cause = NamedCause {
        bugs: mistakes.iter().flat_map(|mistake| mistake.bugs.clone()).collect(),
        text: "All of it.".into(),
        mistakes,
    };
    if !cause.bugs.is_empty() {
        apply(&mut record, EventKind::Diagnosed { side: Side::Server, cause, experiments: Vec::new() })
            .unwrap();
    }
    apply(&mut record, EventKind::RunFinished).unwrap();
    record
}

#[test]
fn students_see_a_run_without_what_only_hidden_scenarios_have_shown() {
    let undecided = || Verdict::Inconclusive { why: "why".into() };
    let cause = |record: &RunRecord| record.causes.first().map(|(_, cause)| cause.text.clone());
    for (verdicts, score, verdict, text, is_open) in [
        ([Verdict::Pass, Verdict::Pass, fail()], (4, 4), RunVerdict::Pass, None, false),
        ([Verdict::Pass, Verdict::Pass, undecided()], (4, 4), RunVerdict::Pass, None, true),
        ([Verdict::Pass, fail(), fail()], (2, 4), RunVerdict::Fail, Some("It is wrong in b."), false),
        (
            [fail(), fail(), fail()],
            (0, 4),
            RunVerdict::Fail,
            Some("Two mistakes together explain all 2 failures. (1) It is wrong in a. (2) It is wrong in b."),
            false,
        ),
    ] {
        let whole = partly_hidden(verdicts);
        let shown = whole.for_students();
        assert_eq!((shown.score.reached, shown.score.max), score);
        assert_eq!(shown.verdict(), verdict);
        assert_eq!(cause(&shown).as_deref(), text);
        let left_out = shown.left_out.unwrap();
        assert_eq!((left_out.trials, left_out.worth, left_out.is_open), (1, 2, is_open));
        assert_eq!(*whole.with_nothing_hidden().for_students(), whole.with_nothing_hidden());
    }
}

#[test]
fn where_all_that_counts_is_hidden_what_is_shown_decides_nothing() {
    let all = [(Casting::SERVER, "a", Tier::Graded, 2), (Casting::SERVER, "b", Tier::Hardening, 0)];
    let mut run = planned(&all, &[Verdict::Pass, fail()], false);
    run.started.plan[0].hidden = true;
    run.trials[0].planned.hidden = true;
    apply(&mut run, EventKind::RunFinished).unwrap();
    let shown = run.for_students();
    assert_eq!((run.verdict(), shown.verdict()), (RunVerdict::Pass, RunVerdict::Incomplete));
    assert_eq!(
        crate::prose::run(&shown),
        "Nothing that counts is shown. 1 more scenario, worth 2 points, is hidden."
    );
    assert!(!shown.standings()[0].is_decisive);
}

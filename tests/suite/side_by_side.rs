//! Scenarios that are played several at a time: nothing but time depends on how many.

use std::fs;
use std::io;
use std::num::NonZero;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use lengthwise::Assignment;
use lengthwise::event::{EventKind, TargetDescription, TrialKey};
use lengthwise::record::RunRecord;
use lengthwise::run::Runner;
use lengthwise::scenario::{self, Tier};
use lengthwise::side::Casting;
use lengthwise::target::{
    Endpoint, InProcess, NoStop, Remains, RunningServer, ServerTarget, Stack, StartError, StopError, Target,
};
use serde_json::Value;
use tempfile::TempDir;

use crate::support::changes::change;
use crate::support::fixtures::fixture;
use crate::support::report::{grade, results};

const PATIENCE: Duration = Duration::from_secs(30);

/// What is done before a server is started, given how many were started before it.
type BeforeStart = fn(&Watch, usize) -> Result<(), StartError>;

/// The reference server, of which every start is seen.
struct Watched {
    watch: Arc<Watch>,
    inner: InProcess,
}

struct Watch {
    before_start: BeforeStart,
    can_be_cloned: bool,
    counts: Mutex<Counts>,
    changed: Condvar,
}

#[derive(Default)]
struct Counts {
    started: usize,
    running: usize,
    most_running: usize,
}

impl Watch {
    fn new(can_be_cloned: bool, before_start: BeforeStart) -> Arc<Self> {
        let (counts, changed) = (Mutex::default(), Condvar::new());
        Arc::new(Self { before_start, can_be_cloned, counts, changed })
    }

    fn target(self: &Arc<Self>) -> Target {
        let inner = InProcess::reference(Assignment::default());
        Target::server(Watched { watch: Arc::clone(self), inner })
    }

    fn wait_until(&self, is_true: impl Fn(&Counts) -> bool) {
        let counts = self.counts.lock().unwrap();
        let (_counts, timeout) =
            self.changed.wait_timeout_while(counts, PATIENCE, |counts| !is_true(counts)).unwrap();
        assert!(!timeout.timed_out(), "it never happened");
    }

    fn count(&self, change: impl FnOnce(&mut Counts)) {
        change(&mut self.counts.lock().unwrap());
        self.changed.notify_all();
    }
}

impl ServerTarget for Watched {
    fn start(&mut self, starts_ahead: usize) -> Result<Box<dyn RunningServer>, StartError> {
        let mut earlier = 0;
        self.watch.count(|counts| {
            earlier = counts.started;
            counts.started += 1;
        });
        (self.watch.before_start)(&self.watch, earlier)?;
        let server = ServerTarget::start(&mut self.inner, starts_ahead)?;
        self.watch.count(|counts| {
            counts.running += 1;
            counts.most_running = counts.most_running.max(counts.running);
        });
        Ok(Box::new(Running { watch: Arc::clone(&self.watch), server }))
    }

    fn try_clone(&self) -> Option<Box<dyn ServerTarget>> {
        let one_more = || Self { watch: Arc::clone(&self.watch), inner: self.inner };
        self.watch.can_be_cloned.then(|| Box::new(one_more()) as Box<dyn ServerTarget>)
    }

    fn is_fresh(&self) -> bool {
        true
    }

    fn can_stop(&self) -> Result<(), NoStop> {
        Ok(())
    }
}

struct Running {
    watch: Arc<Watch>,
    server: Box<dyn RunningServer>,
}

impl RunningServer for Running {
    fn endpoint(&self) -> &Endpoint {
        self.server.endpoint()
    }

    fn stop(&mut self) -> Result<String, StopError> {
        self.server.stop()
    }

    fn pid(&self) -> Option<u32> {
        self.server.pid()
    }

    fn was_killed(&mut self) -> bool {
        self.server.was_killed()
    }

    fn end(self: Box<Self>, _stack: Stack) -> Remains {
        Remains::default()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.watch.count(|counts| counts.running -= 1);
    }
}

/// Plays what is graded, and nothing else unless a test asks for it.
fn runner(jobs: usize) -> Runner {
    let mut runner = Runner::new(TargetDescription::built_in(), "harness");
    runner.scenarios.retain(|scenario| scenario.tier == Tier::Graded);
    runner.run.seed = 7;
    runner.jobs = NonZero::new(jobs).unwrap();
    runner
}

fn verdicts(record: &RunRecord) -> Vec<&'static str> {
    record.trials.iter().map(|trial| trial.finished.verdict.word()).collect()
}

#[test]
fn events_have_the_order_of_the_plan_whatever_is_played_first() {
    // The second scenario begins when two others have begun that come after it.
    let watch = Watch::new(true, |watch, earlier| {
        if earlier == 1 {
            watch.wait_until(|counts| counts.started >= 4);
        }
        Ok(())
    });
    let mut told = Vec::new();
    let record = runner(4)
        .play(&mut watch.target(), &Arc::default(), |event, _| {
            match &event.kind {
                EventKind::TrialStarted { key } => told.push(key.clone()),
                EventKind::TrialFinished(finished) => {
                    assert_eq!(told.last(), Some(&finished.key), "it had not started");
                }
                _ => {}
            }
            Ok(())
        })
        .unwrap();
    let graded = scenario::catalogue().filter(|scenario| scenario.tier == Tier::Graded);
    assert_eq!(told, graded.map(|one| TrialKey::new(one, Casting::SERVER)).collect::<Vec<_>>());
    assert_eq!(record.score.to_string(), "15/15");
}

#[test]
fn no_more_are_played_at_a_time_than_is_said_and_only_one_of_what_there_is_only_one() {
    for (jobs, can_be_cloned, most) in [(1, true, 1), (2, true, 2), (4, false, 1)] {
        let watch = Watch::new(can_be_cloned, |_, _| Ok(()));
        let record = runner(jobs).grade(&mut watch.target());
        assert_eq!(record.score.to_string(), "15/15");
        assert!(watch.counts.lock().unwrap().most_running <= most, "{jobs} jobs");
        assert_eq!(watch.counts.lock().unwrap().running, 0);
    }
}

#[test]
fn nothing_else_is_played_until_the_first_server_has_started() {
    let watch = Watch::new(true, |watch, earlier| {
        assert!(earlier == 0 || watch.counts.lock().unwrap().most_running > 0, "it came too early");
        Ok(())
    });
    assert_eq!(runner(4).grade(&mut watch.target()).score.to_string(), "15/15");
}

#[test]
fn a_panic_costs_the_scenario_that_it_happens_in_and_no_other() {
    for jobs in [1, 4] {
        let watch = Watch::new(true, |_, earlier| match earlier {
            2 => panic!("as this test wants it"),
            _ => Ok(()),
        });
        let record = runner(jobs).grade(&mut watch.target());
        let reasons: Vec<_> =
            record.trials.iter().filter_map(|trial| trial.finished.verdict.reason()).collect();
        let wanted = "The harness itself failed here, which is a bug in it: as this test wants it";
        assert_eq!(reasons, [wanted], "{jobs} jobs");
        assert_eq!(record.tally.passed, record.trials.len() - 1);
    }
}

#[test]
fn a_server_that_cannot_be_started_blocks_everything_after_that() {
    for jobs in [1, 4] {
        let watch = Watch::new(true, |_, earlier| match earlier {
            3 => Err(StartError::blocked(io::Error::other("There are no more of them."))),
            _ => Ok(()),
        });
        let record = runner(jobs).grade(&mut watch.target());
        let verdicts = verdicts(&record);
        let passed = verdicts.iter().take_while(|verdict| **verdict == "pass").count();
        assert!((1..verdicts.len()).contains(&passed), "{verdicts:?}");
        assert!(verdicts[passed..].iter().all(|verdict| *verdict == "blocked"), "{verdicts:?}");
    }
}

#[test]
fn an_interrupted_run_has_a_verdict_for_all_that_was_planned() {
    for jobs in [1, 4] {
        let mut runner = runner(jobs);
        runner.scenarios = scenario::catalogue().collect();
        let program = InProcess::reference(Assignment::default());
        let interrupted = Arc::new(AtomicBool::new(false));
        let mut finished = 0;
        let record = runner.play(&mut Target::pair(program, program), &interrupted, |event, _| {
            finished += usize::from(matches!(event.kind, EventKind::TrialFinished(_)));
            interrupted.store(finished >= 3, Ordering::Relaxed);
            Ok(())
        });
        let record = record.unwrap();
        assert!(record.is_finished());
        assert_eq!(record.trials.len(), record.started.plan.len());
        let verdicts = verdicts(&record);
        assert_eq!(verdicts[..3], ["pass"; 3]);
        assert_eq!(verdicts.last(), Some(&"inconclusive"));
    }
}

#[test]
fn a_report_that_fails_ends_the_run() {
    let full = || io::Error::from(io::ErrorKind::StorageFull);
    let mut finished = 0;
    let outcome =
        runner(4).play(&mut Watch::new(true, |_, _| Ok(())).target(), &Arc::default(), |event, _| {
            finished += usize::from(matches!(event.kind, EventKind::TrialFinished(_)));
            if finished == 2 { Err(full()) } else { Ok(()) }
        });
    assert_eq!(outcome.unwrap_err().kind(), io::ErrorKind::StorageFull);
    assert_eq!(finished, 2);
}

/// The natural hand-in with these changes of its server.
fn hand_in(changes: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let natural = |file: &str| fs::read_to_string(fixture("handins/right/natural").join(file)).unwrap();
    fs::write(folder.path().join("buffered_client.py"), natural("buffered_client.py")).unwrap();
    fs::write(folder.path().join("buffered_server.py"), change(&natural("buffered_server.py"), changes))
        .unwrap();
    folder
}

/// The report of a run, without what is different in each: times and what depends on them, ports, and what a pair printed.
fn report(arguments: &[&str], jobs: usize) -> Value {
    let mut report = grade(&[arguments, &["--seed", "7", "--jobs", &jobs.to_string()]].concat());
    forget_times_and_ports(&mut report);
    report
}

fn forget_times_and_ports(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.remove("elapsed_ms");
            // Whether a read was seen to end at a cut is a matter of time, too: it is not waited for without end.
            fields.remove("delivery");
            // Which error a program meets whose other side is gone, the system decides.
            if fields.get("casting").is_some_and(|casting| casting == "pair")
                && let Some(Value::Object(finding)) = fields.get_mut("finding")
            {
                finding.remove("output");
            }
            fields.values_mut().for_each(forget_times_and_ports);
        }
        Value::Array(values) => values.iter_mut().for_each(forget_times_and_ports),
        Value::String(text) => {
            let mut parts = text.split("127.0.0.1:");
            let first = parts.next().unwrap_or_default().to_owned();
            let rest = parts.map(|part| part.trim_start_matches(|letter: char| letter.is_ascii_digit()));
            *text = rest.fold(first, |text, part| text + "127.0.0.1:PORT" + part);
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[track_caller]
fn assert_same_for_any_jobs(arguments: &[&str]) -> Value {
    let one = report(arguments, 1);
    let several = report(arguments, 4);
    for (one, several) in results(&one).iter().zip(results(&several)) {
        assert_eq!(one, several, "{arguments:?}");
    }
    assert_eq!(one, several);
    one
}

#[test]
fn the_report_on_the_reference_is_the_same_for_any_number_of_jobs() {
    assert_eq!(assert_same_for_any_jobs(&[])["verdict"], "pass");
}

#[test]
fn the_report_on_a_wrong_server_is_the_same_for_any_number_of_jobs() {
    let server = format!("python3 -I -S {}", fixture("servers/wrong/removes_nine.py").display());
    assert_eq!(assert_same_for_any_jobs(&["--server", &server])["verdict"], "fail");
}

#[test]
fn the_report_on_a_wrong_hand_in_is_the_same_for_any_number_of_jobs() {
    let folder = hand_in(&[("message[10:]", "message[9:]")]);
    let report = assert_same_for_any_jobs(&["--submission", folder.path().to_str().unwrap()]);
    assert_eq!(report["verdict"], "fail");
}

#[test]
fn the_report_on_a_hand_in_with_a_port_of_its_own_is_the_same_for_any_number_of_jobs() {
    let folder = hand_in(&[("bind((host, port))", "bind((host, 21985))")]);
    let folder = folder.path().to_str().unwrap();
    let report = assert_same_for_any_jobs(&["--submission", folder]);
    assert_eq!(report["verdict"], "fail");
}

#[test]
fn what_a_hand_in_loses_in_one_scenario_it_has_lost_in_all_that_follow() {
    // With its third message it ends the process that has imported it, and that all others come from.
    let folder = hand_in(&[
        ("from socket import *\n", "import os\nfrom socket import *\nORIGIN, COUNT = os.getpid(), []\n"),
        (
            "reply = message[10:].encode()",
            "reply = message[10:].encode(); COUNT.append(1); len(COUNT) == 3 and os.kill(ORIGIN, 9)",
        ),
    ]);
    let folder = folder.path().to_str().unwrap();
    let report = assert_same_for_any_jobs(&["--submission", folder, "--side", "server"]);
    let passed: Vec<_> =
        results(&report).iter().filter(|one| one["verdict"] == "pass").map(|one| &one["id"]).collect();
    assert_eq!(passed, ["short", "medium", "long", "series"]);
}

#[test]
fn a_server_at_a_chosen_port_is_played_with_one_at_a_time() {
    // The kernel gives even ports to clients; nobody else is likely to want an odd one.
    let server = format!("python3 -I -S {}", fixture("servers/right/blocking.py").display());
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string();
    let report = grade(&["--server", &server, "--port", &port, "--jobs", "4", "--scenario", "s*"]);
    assert_eq!(report["verdict"], "pass");
    assert!(results(&report).iter().all(|result| result["verdict"] == "pass"), "{report:#}");
}

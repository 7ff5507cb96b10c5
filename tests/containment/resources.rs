//! Hand-ins that use up what the machine has, or stop what drives them: the run ends soon, says what is so, and leaves nothing.

use std::fs;
use std::sync::{PoisonError, RwLock};

use super::classroom::{Classroom, Graded, Grader, Kept};
use super::support::fixtures::fixture;

/// That of the harness without options, and how many of them a scenario may take, in milliseconds.
const DEADLINE: f64 = 2000.0;
const DEADLINES: f64 = 3.0;

/// The machine. Most take no more of it than one processor, and do that beside each other.
static MACHINE: RwLock<()> = RwLock::new(());

/// A right server that does this once it has a message, and then goes on.
fn server_that(attack: &str) -> String {
    let server = fs::read_to_string(fixture("handins/right/natural").join("buffered_server.py")).unwrap();
    format!(
        r#"
import os, resource, signal, sys, tempfile, time
def forks(count, work):
    for _ in range(count):
        if os.fork() == 0:
            try:
                work()
            finally:
                os._exit(0)
def attacks():
{attack}
{server}
import socket as sockets
accept = sockets.socket.accept
def accepts(listener):
    connection = accept(listener)
    attacks()
    return connection
sockets.socket.accept = accepts
"#
    )
}

/// Plays it with the usual deadline and everything that contains it: never with less, for what it does is meant to be felt. The
/// report says one of these.
#[track_caller]
fn graded(attack: &str, said: &[&str]) -> Graded {
    let _shared = MACHINE.read().unwrap_or_else(PoisonError::into_inner);
    graded_now(attack, said)
}

#[track_caller]
fn graded_now(attack: &str, said: &[&str]) -> Graded {
    let room = Classroom::new(Grader::Ordinary, &server_that(attack));
    let graded = room.grade_within(Kept::InEveryWay, "short", &[]);
    room.assert_nothing_left();
    let text = graded.text();
    assert!(graded.has_decided(), "{text}");
    assert!(!text.contains("The constructor of the server failed"), "there was no attack: {text}");
    assert!(!text.contains("too busy"), "{text}");
    // A report fills its lines.
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(said.iter().any(|said| words.contains(said)), "{text}");
    graded
}

/// It comes to its end, however long a processor that others use, too, takes for that.
#[track_caller]
fn assert_ends(attack: &str, said: &[&str]) {
    graded(attack, said);
}

/// It uses no processor, so that its end depends on nothing else.
#[track_caller]
fn assert_ends_soon(attack: &str, said: &[&str]) {
    let graded = graded(attack, said);
    let result = &graded.report.as_ref().unwrap()["results"][0];
    assert!(result["elapsed_ms"].as_f64().unwrap() < DEADLINE * DEADLINES, "{result:#}");
}

#[test]
fn a_family_that_forks_for_ever_and_ignores_signals() {
    // What it takes, the others would lack.
    let _alone = MACHINE.write().unwrap_or_else(PoisonError::into_inner);
    graded_now(
        r#"
    def forks_again():
        for number in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}:
            signal.signal(number, signal.SIG_IGN)
        os.setsid()
        while True:
            if os.fork():
                os._exit(0)
            time.sleep(0.05)
    forks(200, forks_again)
"#,
        &["pass", "FAIL"],
    );
}

#[test]
fn one_that_stops_itself() {
    // The system may hand the signal to the other thread, and until that has run this one could still reply.
    // That it is stopped is seen, and is not waited for: neither while it is played with nor in what explains its failure.
    let attack = "    os.kill(os.getpid(), signal.SIGSTOP)\n    time.sleep(1000)";
    let graded =
        graded(attack, &["it has been stopped by a signal", "sleeps for longer than anything is waited for"]);
    let elapsed = graded.report.as_ref().unwrap()["elapsed_ms"].as_f64().unwrap();
    assert!(elapsed < DEADLINE * DEADLINES, "the whole run took {elapsed} ms");
}

#[test]
fn one_that_stops_the_process_that_it_comes_from() {
    assert_ends_soon("    os.kill(os.getppid(), signal.SIGSTOP)\n    time.sleep(1000)", &["FAIL"]);
}

#[test]
fn one_that_takes_all_descriptors() {
    let attack = "    while True:\n        attacks.held = getattr(attacks, 'held', []) + [os.open('/dev/null', os.O_RDONLY)]";
    assert_ends(attack, &["1024 open files; this program needed more"]);
}

#[test]
fn one_that_asks_for_all_memory() {
    assert_ends_soon("    bytearray(1 << 42)", &["MiB of memory; this program needed more"]);
}

#[test]
fn one_that_fills_a_file() {
    let attack = r#"
    with tempfile.TemporaryFile() as file:
        while True:
            file.write(bytes(1 << 20))
"#;
    assert_ends(attack, &["MiB; this program needed more"]);
}

#[test]
fn one_that_prints_for_ever() {
    assert_ends("    while True:\n        os.write(1, b'x' * 65536)", &["FAIL"]);
}

#[test]
fn one_with_a_giant_traceback() {
    assert_ends_soon("    raise ValueError('x' * (8 << 20))", &["FAIL"]);
}

#[test]
fn one_that_calls_itself_without_end() {
    assert_ends("    attacks()", &["RecursionError"]);
}

#[test]
fn one_that_calls_itself_until_it_breaks() {
    assert_ends("    sys.setrecursionlimit(1 << 30)\n    attacks()", &["FAIL"]);
}

#[test]
fn one_that_computes_for_ever() {
    assert_ends("    while True:\n        pass", &["busy for"]);
}

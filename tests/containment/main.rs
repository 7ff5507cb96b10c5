//! Programs that mean no good, started by the harness: it outlives them, and nothing of them outlives it.

#![cfg(target_os = "linux")]

mod attacks;
mod busy;
mod classroom;
mod embedding;
mod hostile;
mod key;
mod layers;
mod panics;
mod refused;
mod resources;
mod stage;
mod temporary;
#[path = "../support"]
mod support {
    pub(crate) mod classroom;
    pub(crate) mod fixtures;
    pub(crate) mod python;
}

use std::fs::File;
use std::io::Read;
use std::net::TcpListener;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use lengthwise::os::wait::wait_until;

use rustix::process::{Pid, Signal, kill_process};

use stage::{Stage, end_of};
use support::fixtures::fixture;

/// The one that takes least time.
const SHORT: &[&str] = &["--scenario", "short"];

const PASSED: Option<i32> = Some(0);
const FAILED: Option<i32> = Some(1);
const INCOMPLETE: Option<i32> = Some(3);
/// What the harness exits with after a signal, whose number is added.
const SIGNALLED: i32 = 128;
const INTERRUPTED: Option<i32> = Some(SIGNALLED + Signal::INT.as_raw());

#[test]
fn what_forks_away_is_ended() {
    let stage = Stage::with(
        r#"
forks_away(sleeps)
def forgets():
    if "forgetful" not in sys.argv:
        os.execve(sys.executable, [sys.executable, *sys.argv, "forgetful"], {})
if "forgetful" in sys.argv:
    sleeps()
forks_away(forgets)
serve()
"#,
    );
    stage.assert_grade(SHORT, PASSED);
}

/// By lowering a limit, a program can only change its mark: see `process/mark.rs`.
#[test]
fn what_forks_away_and_changes_its_mark_is_ended() {
    let stage = Stage::with(
        r#"
import resource
RLIMIT_LOCKS = 10
def forgets():
    resource.setrlimit(RLIMIT_LOCKS, (1000, 1000))
    os.execve(sys.executable, [sys.executable, *sys.argv, "forgetful"], {})
if "forgetful" in sys.argv:
    sleeps()
forks_away(forgets)
serve()
"#,
    );
    stage.assert_grade(SHORT, PASSED);
    stage.assert_nothing_left();
}

/// The next server is started while the one before is still played against.
#[test]
fn ending_a_server_does_not_hurt_the_next_one() {
    let stage = Stage::with(
        r#"
ours, theirs = os.pipe()
def needed():
    os.close(ours)
    sleeps()
forks_away(needed)
os.close(theirs)
def goes_with_it():
    os.read(ours, 1)
    os._exit(1)
threading.Thread(target=goes_with_it, daemon=True).start()
serve()
"#,
    );
    stage.assert_grade(&[], PASSED);
}

/// Such a server is no longer below the program that was started.
#[test]
fn a_server_in_the_background_is_known_for_its_own() {
    let stage = Stage::with("forks_away(serve)\nsleeps()");
    stage.assert_grade(SHORT, PASSED);
}

/// That the program which was started can do nothing more proves nothing.
#[test]
fn a_server_in_the_background_that_takes_its_time_is_waited_for() {
    let stage = Stage::with("import time\nforks_away(lambda: (time.sleep(0.3), serve()))\nsleeps()");
    stage.assert_grade(SHORT, PASSED);
}

#[test]
fn a_swarm_that_leaves_its_session_is_ended() {
    let stage = Stage::with(
        r#"
for _ in range(50):
    forks_away(sleeps)
serve()
"#,
    );
    stage.assert_grade(SHORT, PASSED);
}

/// At any moment there is only one process, but it is never the one that was there when somebody looked.
#[test]
fn a_runner_is_caught() {
    let stage = Stage::with(
        r#"
def runs():
    while True:
        if os.fork():
            os._exit(0)
forks_away(runs)
serve()
"#,
    );
    stage.assert_grade(SHORT, PASSED);
}

#[test]
fn who_ignores_every_signal_is_ended() {
    let stage = Stage::with(
        r#"
for number in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}:
    signal.signal(number, signal.SIG_IGN)
serve()
"#,
    );
    stage.assert_grade(&["--scenario", "server-shutdown"], FAILED);
}

#[test]
fn a_flood_does_not_fill_the_harness() {
    let stage = Stage::with(
        r#"
chunk = b"x" * 65536
for _ in range((2 << 30) // len(chunk)):
    os.write(1, chunk)
serve()
"#,
    );
    let peak_kib = hostile::peak_memory(&stage, &[SHORT, &["--start-deadline", "60s"]].concat());
    stage.assert_nothing_left();
    assert!(peak_kib < 64 << 10, "the harness took {peak_kib} KiB");
}

#[test]
fn memory_and_disk_are_limited() {
    let stage = Stage::with(
        r#"
import mmap, tempfile
memory = []
try:
    # Never touched, so that it costs nothing.
    while True:
        memory.append(mmap.mmap(-1, 1 << 28, mmap.MAP_PRIVATE))
except OSError:
    pass
file = tempfile.TemporaryFile()
file.truncate(64 << 20)
try:
    file.truncate((64 << 20) + 1)
except OSError as error:
    note(f"{len(memory)} {error.strerror}")
memory.clear()
serve()
"#,
    );
    stage.assert_grade(SHORT, PASSED);
    let note = stage.note();
    let (chunks, error) = note.split_once(' ').unwrap();
    assert!((1..=32).contains(&chunks.parse::<u32>().unwrap()), "{chunks} times 256 MiB");
    assert_eq!(error, "File too large");
}

#[test]
fn who_closes_all_descriptors_is_ended() {
    let stage = Stage::with("forks_away(sleeps)\nos.closerange(0, 1024)\nsleeps()");
    stage.assert_grade(&[SHORT, &["--start-deadline", "1s"]].concat(), INCOMPLETE);
}

#[test]
fn a_program_has_three_descriptors_and_no_secret() {
    let stage = Stage::with(
        r#"
def is_open(number):
    try:
        return bool(os.fstat(number))
    except OSError:
        return False
with open("/proc/self/status") as file:
    privileges = next(line.split()[1] for line in file if line.startswith("NoNewPrivs"))
descriptors = [number for number in range(1024) if is_open(number)]
is_leader = os.getsid(0) == os.getpgid(0) == os.getpid()
home = os.environ.pop("HOME")
is_private = home == os.environ.pop("TMPDIR") and os.stat(home).st_mode & 0o777 == 0o700
# Whoever runs the tests has variables of its own.
secrets = [name for name in os.environ if name == "SECRET" or name.startswith("CARGO")]
same = [os.environ[name] for name in ("LANG", "LC_ALL", "TZ", "PYTHONHASHSEED")] + ["LANGUAGE" in os.environ]
note((descriptors, privileges, is_leader, is_private, same, secrets))
serve()
"#,
    );
    let script = r#"exec 9>left-open; exec "$0" "$@""#;
    let mut command = Command::new("sh");
    command.args(["-c", script, env!("CARGO_BIN_EXE_harness")]).env("SECRET", "1");
    command.envs([
        ("LC_ALL", "de_DE@euro"),
        ("LANGUAGE", "de"),
        ("TZ", "Asia/Kathmandu"),
        ("PYTHONHASHSEED", "7"),
    ]);
    stage.set(&mut command, SHORT);
    stage.assert_run(&mut command, PASSED);
    assert!(File::open(stage.path().join("left-open")).is_ok());
    assert_eq!(stage.note(), "([0, 1, 2], '1', True, True, ['C.UTF-8', 'C.UTF-8', 'UTC', '0', False], [])");
}

#[test]
fn an_interrupted_harness_leaves_nothing() {
    for signal in [Signal::INT, Signal::TERM, Signal::HUP] {
        let stage = Stage::with("forks_away(sleeps)\nnote(1)\nsleeps()");
        let mut harness = stage.start(&[]);
        stage.note();
        kill_process(Pid::from_child(&harness), signal).unwrap();
        let status = harness.wait().unwrap();
        stage.assert_nothing_left();
        assert_eq!(status.code(), Some(SIGNALLED + signal.as_raw()), "{signal:?}");
    }
}

#[test]
fn who_kills_the_harness_ends_with_it() {
    let stage = Stage::with("forks_away(sleeps)\nos.kill(os.getppid(), signal.SIGKILL)\nsleeps()");
    let output = stage.grade(&[SHORT, &["--no-sandbox"]].concat());
    assert_eq!(output.status.signal(), Some(Signal::KILL.as_raw()));
    stage.assert_nothing_left_soon();
}

/// Nothing of such a server's is the harness's to end, so that only the wait itself can end.
#[test]
fn an_interrupted_harness_waits_for_nobody() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let target = silent.local_addr().unwrap().to_string();
    let mut harness = Command::new(env!("CARGO_BIN_EXE_harness"));
    harness.args(["--target", &target, "--deadline", "1h", "--scenario", "short"]).stdout(Stdio::null());
    let mut harness = harness.spawn().unwrap();
    let (mut connection, _) = silent.accept().unwrap();
    connection.read_exact(&mut [0]).unwrap();
    kill_process(Pid::from_child(&harness), Signal::INT).unwrap();
    assert_eq!(end_of(&mut harness, || {}).code(), INTERRUPTED);
}

/// From its first moment on: while the interpreters start, while they import, while a scenario is played.
#[test]
fn an_interrupted_grade_of_a_hand_in_leaves_nothing() {
    let stage = Stage::with("");
    let hand_in = stage.path().join("hand-in");
    std::fs::create_dir(&hand_in).unwrap();
    for file in ["buffered_client.py", "buffered_server.py"] {
        std::fs::copy(fixture("handins/right/natural").join(file), hand_in.join(file)).unwrap();
    }
    let mut interrupted = 0;
    for milliseconds in [1, 2, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192] {
        let mut harness = stage.start_submission(&hand_in);
        let moment = Instant::now() + Duration::from_millis(milliseconds);
        let ended = wait_until(moment, || harness.try_wait()).unwrap();
        if ended.is_none() {
            kill_process(Pid::from_child(&harness), Signal::INT).unwrap();
        }
        let status = harness.wait().unwrap();
        stage.assert_nothing_left();
        // Before it watches for the signal there is nothing to be ended.
        let is_interrupted = status.code() == INTERRUPTED || status.signal() == Some(Signal::INT.as_raw());
        // On a busy machine the signal may be sent only after the grade is over.
        assert!(is_interrupted || status.success(), "after {milliseconds} ms: {status}");
        interrupted += u32::from(is_interrupted);
    }
    assert_ne!(interrupted, 0);
}

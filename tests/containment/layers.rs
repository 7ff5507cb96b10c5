//! What each layer of containment keeps a program from, and what it leaves to it.

use std::fs;
use std::path::Path;

use super::stage::{Stage, text};
use super::{INCOMPLETE, PASSED, SHORT};

/// The options for each choice of layers that can be made on any machine.
const CHOICES: [&[&str]; 3] = [&[], &["--contain", "landlock"], &["--no-sandbox"]];

fn with(choice: &[&'static str], arguments: &[&'static str]) -> Vec<&'static str> {
    [choice, arguments].concat()
}

#[test]
fn a_right_server_passes_under_every_choice_and_is_stopped_gracefully() {
    let stage = Stage::with("serve()");
    for choice in CHOICES {
        for stop in ["signal:TERM", "owner"] {
            stage.assert_grade(&with(choice, &["--stop", stop]), PASSED);
        }
    }
}

#[test]
fn a_report_says_what_keeps_the_submission_apart() {
    let stage = Stage::with("serve()");
    for (choice, said) in [
        (CHOICES[0], "contained by: landlock "),
        (CHOICES[1], "contained by: landlock "),
        (CHOICES[2], "contained by: nothing. The submission can read, change and end all that you can"),
    ] {
        let text = stage.assert_grade(&with(choice, SHORT), PASSED);
        assert!(text.contains(said), "{choice:?}: {text}");
    }
}

/// What a program prints that tries to open files: one word for each.
fn opened(program: &str, arguments: &[&str]) -> Vec<String> {
    let stage = Stage::with(&format!(
        r#"
def tries(path, mode):
    try:
        open(path, mode).close()
        print("outcome: opened")
    except OSError as error:
        print("outcome:", error.strerror)
{program}
sys.exit(1)
"#
    ));
    let output = stage.grade(arguments);
    assert_eq!(output.status.code(), INCOMPLETE, "{}", text(&output));
    stage.assert_nothing_left();
    let text = text(&output);
    let outcomes = text.lines().filter_map(|line| line.trim().strip_prefix("outcome: "));
    outcomes.map(ToOwned::to_owned).collect()
}

#[test]
fn only_what_is_private_or_allowed_can_be_written_to() {
    let program = r#"
for folder in ["notes", os.environ["TMPDIR"], ".", "/", "/var/tmp", "/usr/bin", "/tmp", "/dev/shm"]:
    tries(folder + "/made", "w")
"#;
    let outcomes = opened(program, SHORT);
    assert_eq!(outcomes[..2], ["opened", "opened"], "{outcomes:?}");
    let refused = ["Permission denied", "Read-only file system"];
    assert!(outcomes[2..6].iter().all(|outcome| refused.contains(&outcome.as_str())), "{outcomes:?}");
    assert_eq!(outcomes.len(), 8);
    // What is shared there is its own, or nothing is.
    assert!(!Path::new("/tmp/made").exists() && !Path::new("/dev/shm/made").exists());
}

#[test]
fn only_the_system_and_what_is_the_programs_own_can_be_read() {
    let secret = tempfile::NamedTempFile::new().unwrap();
    let allowed = tempfile::NamedTempFile::new().unwrap();
    let program = format!(
        "for path in ['program.py', sys.executable, {allowed:?}, '/etc/passwd', '/etc/shadow', {secret:?}, {harness:?}]:
    tries(path, 'rb')
",
        allowed = allowed.path(),
        secret = secret.path(),
        harness = env!("CARGO_BIN_EXE_harness"),
    );
    for choice in &CHOICES[..2] {
        let allow = ["--allow-read", allowed.path().to_str().unwrap()];
        let outcomes = opened(&program, &[*choice, SHORT, &allow].concat());
        let closed = ["Permission denied", "No such file or directory"];
        assert_eq!(outcomes[..4], ["opened"; 4], "{choice:?}");
        assert!(
            outcomes[4..].iter().all(|outcome| closed.contains(&outcome.as_str())),
            "{choice:?}: {outcomes:?}"
        );
        assert_eq!(outcomes.len(), 7);
    }
}

/// That of whoever grades least of all.
#[test]
fn no_terminal_of_others_can_be_opened() {
    let program = "tries('/dev/ptmx', 'rb')\ntries('/dev/null', 'rb')";
    assert_eq!(opened(program, &with(CHOICES[1], SHORT)), ["Permission denied", "opened"]);
    // In a namespace there are those that it makes.
    let program =
        "try:\n    print('outcome:', *os.listdir('/dev/pts'))\nexcept OSError:\n    print('outcome: ptmx')";
    assert_eq!(opened(program, &with(CHOICES[0], SHORT)), ["ptmx"]);
}

/// It would lead past every rule for paths, where the program has kept the right to search all directories.
#[test]
fn no_file_can_be_opened_by_its_handle() {
    let program = r#"
import ctypes
system = ctypes.CDLL(None, use_errno=True)
handle, place = ctypes.create_string_buffer(struct.pack("I", 128), 136), os.open(".", os.O_RDONLY)
named = system.name_to_handle_at(-100, b"program.py", handle, ctypes.byref(ctypes.c_int()), 0)
opened = system.open_by_handle_at(place, handle, os.O_RDONLY)
print("outcome:", "no handle" if named else "opened" if opened >= 0 else os.strerror(ctypes.get_errno()))
"#;
    let outcomes = opened(program, &with(&["--contain", "seccomp"], SHORT));
    assert!(["no handle", "Operation not permitted"].contains(&outcomes[0].as_str()), "{outcomes:?}");
}

/// What they keep outlives whoever has made it.
#[test]
fn what_is_shared_in_the_way_of_system_v_ends_with_the_program() {
    let program = r#"
import ctypes
made = ctypes.CDLL(None, use_errno=True).shmget(0x6C656E67, 4096, 0o1666)
print("outcome:", "made" if made >= 0 else os.strerror(ctypes.get_errno()))
"#;
    if opened(program, &with(&["--contain", "namespaces"], SHORT)) == ["made"] {
        let left = fs::read_to_string("/proc/sysvipc/shm").unwrap();
        assert!(!left.contains(&0x6C65_6E67.to_string()), "{left}");
    }
}

/// The name of a pipe leads to one that belongs to whoever has made it.
#[test]
fn a_program_may_open_its_own_output_by_name() {
    let program = "tries('/dev/stdout', 'w')\ntries('/dev/stderr', 'w')\ntries('/dev/null', 'w')";
    for choice in CHOICES {
        assert_eq!(opened(program, &with(choice, SHORT)), ["opened"; 3], "{choice:?}");
    }
}

#[test]
fn nobody_outside_can_be_killed() {
    let stage = Stage::with(
        r#"
forks_away(sleeps)
# In namespaces of its own a program has a parent that it cannot name.
harness = os.getppid() or 1
for number in set(signal.Signals):
    try:
        os.kill(harness, number)
        print("outcome: sent")
    except PermissionError:
        pass
serve()
"#,
    );
    for choice in &CHOICES[..2] {
        stage.assert_grade(&with(choice, SHORT), PASSED);
    }
}

#[test]
fn what_is_not_there_is_said_before_anything_is_played() {
    let stage = Stage::with("serve()");
    for option in ["--allow-read", "--allow-write"] {
        let output = stage.grade(&[option, "/no/such/place"]);
        assert_eq!(output.status.code(), INCOMPLETE);
        assert_eq!(text(&output), "harness: /no/such/place is not there\n");
    }
}

/// What can be read of the first process of its namespaces is not what the harness was told.
#[test]
fn the_arguments_and_the_environment_of_the_harness_cannot_be_read() {
    let stage = Stage::with(
        r#"
read = []
for number in filter(str.isdigit, os.listdir("/proc")):
    for file in ("cmdline", "environ"):
        try:
            with open(f"/proc/{number}/{file}", errors="replace") as opened:
                read.append(opened.read())
        except OSError:
            pass
print("outcome:", "found" if any("--se" + "ed" in text or "SE" + "CRET" in text for text in read) else "hidden", len(read))
sys.exit(1)
"#,
    );
    let arguments = [SHORT, &["--seed", "7"]].concat();
    let mut harness = stage.harness(&arguments);
    harness.env("SECRET", "1");
    let text = stage.assert_run(&mut harness, INCOMPLETE);
    let head = text.lines().nth(1).unwrap();
    // Without namespaces it sees every process.
    let expected = if head.contains("namespaces") { "outcome: hidden" } else { "outcome: found" };
    assert!(text.contains(expected), "{text}");
}

/// Also where it is the same user.
#[test]
fn the_limits_of_the_harness_cannot_be_changed() {
    let stage = Stage::with(
        r#"
import resource
resource.setrlimit(resource.RLIMIT_NOFILE, (200, 1024))
try:
    resource.prlimit(os.getppid() or 1, resource.RLIMIT_CPU, (1, 1))
    print("outcome: limited")
except OSError as error:
    print("outcome:", error.strerror)
sys.exit(1)
"#,
    );
    for choice in [&[][..], &["--contain", "seccomp"]] {
        let text = stage.assert_grade(&with(choice, SHORT), INCOMPLETE);
        assert!(text.contains("outcome: Operation not permitted"), "{choice:?}: {text}");
    }
}

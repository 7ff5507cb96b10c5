//! `--sandbox`, where there is bubblewrap and where there is none.

use std::io::{self, Write};
use std::process::Command;
use std::time::Instant;

use lengthwise::os::wait::wait_until;
use lengthwise::target::Sandbox;

use super::stage::{SOON, Stage, text};
use super::{INCOMPLETE, PASSED, SHORT};

/// Whether the test can be done; if not, it says so.
pub(crate) fn is_possible() -> bool {
    let found = Sandbox::find();
    if let Err(why) = &found {
        // Past the capture of the test's output, which nobody sees of a test that passes.
        let _ = writeln!(io::stderr(), "skipped, for there is no sandbox: {why}");
    }
    found.is_ok()
}

fn sandboxed(arguments: &[&'static str]) -> Vec<&'static str> {
    [arguments, &["--sandbox"]].concat()
}

#[test]
fn without_bubblewrap_it_says_why_not() {
    let stage = Stage::with("serve()");
    let output = stage.harness(&sandboxed(SHORT)).env("PATH", stage.path()).output().unwrap();
    assert_eq!(output.status.code(), INCOMPLETE);
    assert_eq!(
        String::from_utf8_lossy(&output.stderr),
        "harness: --sandbox is not possible here: bwrap is not on the PATH; the package that has it is called \
         bubblewrap\n"
    );
    stage.assert_nothing_left();
}

#[test]
fn a_right_server_passes_in_it_and_is_stopped_gracefully() {
    if !is_possible() {
        return;
    }
    let stage = Stage::with("serve()");
    for stop in ["signal:TERM", "owner"] {
        stage.assert_grade(&["--sandbox", "--stop", stop], PASSED);
    }
}

#[test]
fn only_the_private_directory_can_be_written_to() {
    if !is_possible() {
        return;
    }
    let stage = Stage::with(
        r#"
for folder in [".", "/", "/tmp", "/var/tmp", os.environ["TMPDIR"]]:
    try:
        open(folder + "/made", "w").close()
        print("written")
    except OSError as error:
        print(error.strerror)
"#,
    );
    let output = stage.grade(&sandboxed(SHORT));
    stage.assert_nothing_left();
    let refused = "Read-only file system";
    let wanted = [refused, refused, refused, refused, "written"];
    let text = text(&output);
    let lines: Vec<_> =
        text.lines().map(str::trim).filter(|line| *line == refused || *line == "written").collect();
    assert_eq!(lines, wanted, "{text}");
}

#[test]
fn nothing_is_told_in_it_that_is_kept_from_others() {
    if !is_possible() {
        return;
    }
    let stage = Stage::with(r#"print("told" if "SECRET" in os.environ else "kept")"#);
    let output = stage.harness(&sandboxed(SHORT)).env("SECRET", "1").output().unwrap();
    stage.assert_nothing_left();
    let text = text(&output);
    assert!(text.lines().any(|line| line.trim() == "kept"), "{text}");
}

#[test]
fn nobody_outside_can_be_killed() {
    if !is_possible() {
        return;
    }
    let stage = Stage::with(
        r#"
forks_away(sleeps)
os.kill(os.getppid(), signal.SIGKILL)
for number in range(2, 5000):
    if number != os.getpid():
        try:
            os.kill(number, signal.SIGKILL)
        except ProcessLookupError:
            pass
serve()
"#,
    );
    stage.assert_grade(&sandboxed(SHORT), PASSED);
}

#[test]
fn everything_in_it_ends_with_a_harness_that_is_killed() {
    if !is_possible() {
        return;
    }
    let stage = Stage::with("forks_away(sleeps)\nsleeps()");
    let mut harness = stage.start(&["--sandbox", "--start-deadline", "1h"]);
    // The harness, bubblewrap twice, and two of the program.
    let up = wait_until(Instant::now() + SOON, || Ok((stage.processes().len() >= 5).then_some(())));
    up.unwrap().expect("the program runs");
    harness.kill().unwrap();
    harness.wait().unwrap();
    stage.assert_nothing_left_soon();
}

/// As in a container whose first program was started from outside: the session of the harness is led from there,
/// and has no number.
#[test]
fn a_harness_may_run_in_a_sandbox_itself() {
    if !is_possible() {
        return;
    }
    let stage = Stage::with("forks_away(sleeps)\nserve()");
    let mut contained = Command::new("bwrap");
    contained.args(["--unshare-pid", "--dev-bind", "/", "/", "--proc", "/proc", "--"]);
    contained.arg(env!("CARGO_BIN_EXE_harness"));
    stage.set(&mut contained, SHORT);
    stage.assert_run(&mut contained, PASSED);
}

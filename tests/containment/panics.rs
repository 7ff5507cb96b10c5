//! A harness that panics: it ends, and leaves nothing.

use std::env;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, ExitStatus, Stdio};

use lengthwise::target::{CommandServer, Confinement, Containment, ServerTarget, Stop, Stopper};
use rustix::process::Signal;

use super::stage::{SOON, Stage, end_of};

/// Says in the environment what [`scene`] plays.
const SCENE: &str = "SCENE";

const PROGRAM: &str = "forks_away(sleeps)\nserve()";

/// Panics once more while the first panic takes the servers down.
struct Clumsy;

impl Drop for Clumsy {
    fn drop(&mut self) {
        panic!("again");
    }
}

/// Runs in a process of its own, which the other tests start.
#[test]
#[ignore = "a part of the tests beside it"]
fn scene() {
    let Ok(scene) = env::var(SCENE) else { return };
    let containment = match scene.contains("uncontained") {
        true => Containment::default(),
        false => Confinement::default().containment,
    };
    let here = env::current_dir().unwrap();
    let command = format!("python3 ./program.py {}", here.display()).parse().unwrap();
    let stopper = Stopper { stop: Stop::Owner, deadline: SOON, ask: |_| Ok(()) };
    let mut server = CommandServer::new(command, [127, 0, 0, 1].into(), None, 1024, SOON, stopper)
        .confined(Confinement { containment, ..Confinement::default() });
    // Two programs: the one that is played with, and the next.
    let _running = server.start(1).unwrap();
    let _clumsy = scene.contains("twice").then_some(Clumsy);
    panic!("once");
}

fn play(stage: &Stage, scene: &str) -> ExitStatus {
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(["--exact", "panics::scene", "--ignored", "--nocapture"]);
    command.env(SCENE, scene).env("TMPDIR", stage.temporary()).current_dir(stage.path());
    let mut harness = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    end_of(&mut harness, || {})
}

fn scenes(how: &str) -> impl Iterator<Item = String> {
    ["", " uncontained"].iter().map(move |kind| format!("{how}{kind}"))
}

#[test]
fn a_panic_ends_what_was_started() {
    for scene in scenes("panics once") {
        let stage = Stage::with(PROGRAM);
        let status = play(&stage, &scene);
        // As a failed test.
        assert_eq!(status.code(), Some(101), "{scene}");
        stage.assert_nothing_left();
    }
}

/// Nothing of the harness runs after that, and so the watchdog has to see to it.
#[test]
fn a_panic_during_a_panic_ends_what_was_started() {
    for scene in scenes("panics twice") {
        let stage = Stage::with(PROGRAM);
        let status = play(&stage, &scene);
        assert_eq!(status.signal(), Some(Signal::ABORT.as_raw()), "{scene}");
        stage.assert_nothing_left_soon();
    }
}

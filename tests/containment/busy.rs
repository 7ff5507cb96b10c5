//! A machine that is busy with other things, and programs that keep it busy themselves.

use std::process::Child;
use std::process::Command;

use rustix::process::Pid;
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

use super::stage::{Stage, text};
use super::{FAILED, INCOMPLETE, PASSED, SHORT};

/// Something else that the machine does, on one processor and without end.
struct Busy(Child);

impl Busy {
    fn on(processor: usize) -> Self {
        // In a session of its own, for a processor may be shared out among those.
        let child = Command::new("setsid").args(["sh", "-c", "while :; do :; done"]).spawn().unwrap();
        let busy = Self(child);
        let mut one = CpuSet::new();
        one.set(processor);
        sched_setaffinity(Some(Pid::from_child(&busy.0)), &one).unwrap();
        busy
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

/// Each reply takes a third of the deadline on a processor, and six others share that processor.
#[test]
fn a_server_that_may_not_run_is_not_called_silent() {
    let allowed = sched_getaffinity(None).unwrap();
    let processor = (0..CpuSet::MAX_CPU).find(|number| allowed.is_set(*number)).unwrap();
    let stage = Stage::with(&format!(
        r#"
import time
os.sched_setaffinity(0, {{{processor}}})
pack = struct.pack
def packs_slowly(*values):
    end = time.thread_time() + 0.05
    while time.thread_time() < end:
        pass
    return pack(*values)
struct.pack = packs_slowly
serve()
"#
    ));
    let _busy: Vec<_> = (0..6).map(|_| Busy::on(processor)).collect();
    let output = stage.grade(&["--scenario", "short", "--scenario", "medium", "--deadline", "150ms"]);
    stage.assert_nothing_left();
    let text = text(&output);
    match output.status.code() {
        PASSED => {}
        INCOMPLETE => assert!(text.contains("The machine was too busy: of "), "{text}"),
        _ => panic!("{text}"),
    }
}

#[test]
fn a_server_that_keeps_a_processor_busy_itself_is_said_to() {
    let stage = Stage::with(
        r#"
listener = socket.create_server((os.environ["HOST"], int(os.environ["PORT"])))
connection = listener.accept()
while True:
    pass
"#,
    );
    let text = stage.assert_grade(SHORT, FAILED);
    assert!(text.contains("ended     busy for "), "{text}");
}

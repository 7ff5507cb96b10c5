//! A machine that has something else to do.

use std::process::{Child, Command};
use std::thread::available_parallelism;

/// As much else to do as the machine has processors.
pub(crate) struct BusyLoops(Vec<Child>);

impl BusyLoops {
    pub(crate) fn start() -> Self {
        // If the test is killed there is nobody left to end the loop: it looks now and then.
        let own = std::process::id();
        let counts = "i=0; while [ $i -lt 100000 ]; do i=$((i + 1)); done";
        let script = format!("while kill -0 {own} 2>/dev/null; do {counts}; done");
        let processors = available_parallelism().unwrap().get();
        // In sessions of their own, for a processor may be shared out among those.
        let start = || Command::new("setsid").args(["sh", "-c", &script]).spawn().unwrap();
        Self((0..processors).map(|_| start()).collect())
    }
}

impl Drop for BusyLoops {
    fn drop(&mut self) {
        for busy_loop in &mut self.0 {
            busy_loop.kill().unwrap();
            busy_loop.wait().unwrap();
        }
    }
}

//! A right server at the other end of a slow line.

use std::time::Duration;

use libtest_mimic::Trial;

use super::program::Program::{self, Server};
use super::relay::{self, Line};
use super::support::running_server::RunningServer;
use super::{right, trial_of};

const SERVER: Program = Server("right/threaded.py", &[]);

/// Milliseconds of a round trip, and the percentage that is lost.
const LINES: [(u64, u32); 4] = [(50, 0), (50, 1), (100, 0), (100, 1)];

/// What servers were blamed in because of the line, and what is graded.
const SCENARIOS: &[&str] = &[
    "short",
    "medium",
    "long",
    "series",
    "parallel",
    "client-reconnect",
    "server-shutdown",
    "load/both-directions-full",
];

pub(crate) fn trials() -> Vec<Trial> {
    let trials = LINES.map(|(milliseconds, loss_percent)| {
        let line = Line { round_trip: Duration::from_millis(milliseconds), loss_percent };
        let name = format!("link of {milliseconds} ms with {loss_percent} % loss");
        trial_of(name, None, &SERVER, move |server| is_no_fault_of_the_server(server, line))
    });
    trials.into()
}

fn is_no_fault_of_the_server(program: &Program, line: Line) {
    let work = tempfile::tempdir().unwrap();
    let command = program.command(work.path());
    for _ in 0..right::runs().unwrap_or(1) {
        let server = RunningServer::start(&command).unwrap();
        let entrance = relay::start(line, server.address()).to_string();
        let stop = format!("pid:{}", server.pid());
        right::check_once(&["--target", &entrance, "--stop", &stop], SCENARIOS);
    }
}

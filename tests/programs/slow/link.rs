//! A right server at the other end of a slow line: of one between two networks, whose far end the harness cannot see, and
//! of a relay on this machine, which holds the connection and has nothing to say of its own.

use std::process::Command;
use std::time::Duration;

use libtest_mimic::Trial;

use super::program::Program::{self, Server};
use super::relay::{self, Line};
use super::{right, trial_of};
use crate::support::fixtures::fixture;
use crate::support::running_server::RunningServer;

const SERVER: Program = Server("right/threaded.py", &[]);

/// Milliseconds of a round trip, and the percentage that is lost.
const LINES: [(u64, u32); 4] = [(50, 0), (50, 1), (100, 0), (100, 1)];

const GRADED: &[&str] =
    &["short", "medium", "long", "series", "parallel", "client-reconnect", "server-shutdown"];
/// What servers were blamed in because of the line.
const HARDENING: &[&str] = &["delivery/slow-reader", "load/both-directions-full"];

pub(crate) fn trials() -> Vec<Trial> {
    let is_let = network(&["0", "0"]).output().is_ok_and(|output| output.status.success());
    let trials = LINES.into_iter().flat_map(|(milliseconds, loss_percent)| {
        let line = Line { round_trip: Duration::from_millis(milliseconds), loss_percent };
        let name = |what| format!("{what} of {milliseconds} ms with {loss_percent} % loss");
        let relayed = move |server: &_| is_right_behind_relay(server, line);
        let distant = move |server: &_| is_right_in_other_network(server, milliseconds, loss_percent);
        let distant = trial_of(name("link between networks"), &SERVER, distant);
        [
            trial_of(name("link by a relay"), &SERVER, relayed),
            if is_let {
                distant
            } else {
                distant.with_ignored_flag(true).with_kind("no networks to give away")
            },
        ]
    });
    trials.collect()
}

/// The program that starts a server and a harness in networks of their own.
fn network(arguments: &[&str]) -> Command {
    let mut command = Command::new("python3");
    command.arg(fixture("slow/network.py")).args(arguments);
    command
}

fn is_right_in_other_network(program: &Program, milliseconds: u64, loss_percent: u32) {
    let work = tempfile::tempdir().unwrap();
    let command = program.command(work.path());
    let options = ["--target", "{address}", "--stop", "{stop}", "--report", "json"];
    for _ in 0..right::runs().unwrap_or(1) {
        let line = [milliseconds.to_string(), loss_percent.to_string()];
        let output = network(&line.each_ref().map(String::as_str))
            .args(&command)
            .args(["--", env!("CARGO_BIN_EXE_harness")])
            .args(options)
            .args(right::selection(&[GRADED, HARDENING].concat()))
            .output()
            .unwrap();
        let report = serde_json::from_slice(&output.stdout);
        right::assert_right(&report.unwrap_or_else(|error| panic!("{error}: {output:?}")));
    }
}

fn is_right_behind_relay(program: &Program, line: Line) {
    let work = tempfile::tempdir().unwrap();
    let command = program.command(work.path());
    for _ in 0..right::runs().unwrap_or(1) {
        let server = RunningServer::start(&command).unwrap();
        let entrance = relay::start(line, server.address()).to_string();
        let stop = format!("pid:{}", server.pid());
        right::check_once(&["--target", &entrance, "--stop", &stop], &[GRADED, HARDENING].concat());
    }
}

//! Wrong programs that wait for what cannot come, and of which that can be seen: they are told long before the deadline.

use libtest_mimic::Trial;

use super::program::Program::{self, Client, HandIn, Own, Server};
use super::trial_of;
use crate::support::not_passed::not_passed;
use crate::support::report::grade;

const DEADLINE: &str = "60s";
/// What the harness may take for a scenario, and for all that it does. Without a proof it takes a deadline at least; with
/// one a hundredth of this is much, but a busy machine is no reason to fail.
const SCENARIO_MS_MAX: f64 = 45_000.0;
const RUN_MS_MAX: f64 = 54_000.0;

struct Row {
    program: Program,
    /// What it must not pass.
    scenario: &'static str,
    /// Whether the finding is that it waits forever. What is found may also be that a connection is not accepted.
    is_told: bool,
}

const fn waits(program: Program) -> Row {
    Row { program, scenario: "short", is_told: true }
}

const fn in_scenario(scenario: &'static str, program: Program) -> Row {
    Row { program, scenario, is_told: false }
}

const PRINTS_ITS_REPLIES: Program = HandIn {
    server: &[("connection.sendall(pack('!I', len(reply)) + reply)", "print(reply)")],
    client: &[],
    sides: &["server"],
};

const WANTS_ONE_MORE_BYTE: Program = HandIn {
    server: &[],
    client: &[("unpack('!I', header)[0]", "unpack('!I', header)[0] + 1")],
    sides: &["client"],
};

const ROWS: &[Row] = &[
    waits(Own("silent.py", &["recv"])),
    waits(Own("silent.py", &["accept"])),
    waits(Own("silent.py", &["epoll"])),
    waits(Own("silent.py", &["select"])),
    waits(Own("silent.py", &["thread"])),
    waits(Own("silent.py", &["child"])),
    waits(Own("silent.py", &["asyncio"])),
    waits(Own("silent.c", &["recv"])),
    waits(Own("silent.c", &["poll"])),
    waits(Own("silent.js", &[])),
    // The main thread of a hand-in reads the harness's commands.
    waits(PRINTS_ITS_REPLIES),
    waits(WANTS_ONE_MORE_BYTE),
    waits(Client("client.py", &[("self.receive_exactly(length)", "self.receive_exactly(length + 1)")])),
    waits(Own("silent.py", &["half"])),
    in_scenario("parallel", Server("wrong/drops_what_follows.py", &[])),
    in_scenario("client-reconnect", Server("wrong/one_client_then_idles.py", &[])),
    in_scenario("server-shutdown", Server("wrong/ignores_sigterm.py", &[])),
    in_scenario("close/half-close", Own("silent.py", &["accept"])),
    in_scenario("close/replies-unread", PRINTS_ITS_REPLIES),
    // Two programs under test, and a connection between them that the server does not accept.
    in_scenario("client-reconnect", SERVES_ONE_CLIENT_AS_PAIR),
    // It could not read any more either if what is too much of its replies were left unread.
    in_scenario("load/both-directions-full", REPLIES_TWICE),
];

const SERVES_ONE_CLIENT_AS_PAIR: Program = HandIn {
    server: &[("listen(5)\n        while self", "listen(5)\n        if self")],
    client: &[],
    sides: &["pair"],
};

const REPLIES_TWICE: Program = HandIn {
    server: &[("pack('!I', len(reply)) + reply", "(pack('!I', len(reply)) + reply) * 2")],
    client: &[],
    sides: &["server"],
};

pub(crate) fn programs() -> Vec<&'static Program> {
    ROWS.iter().map(|row| &row.program).collect()
}

pub(crate) fn trials() -> Vec<Trial> {
    let trials = ROWS.iter().map(|row| {
        let name = format!("silent {} in {}", row.program.name(), row.scenario);
        trial_of(name, &row.program, |_| row.check())
    });
    trials.collect()
}

impl Row {
    #[track_caller]
    fn check(&self) {
        let work = tempfile::tempdir().unwrap();
        let mut arguments = self.program.options(work.path());
        arguments.extend(["--deadline", DEADLINE, "--scenario", self.scenario].map(str::to_owned));
        let report = grade(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
        let failed: Vec<_> = not_passed(&report).collect();
        let [result] = failed[..] else { panic!("it passes, or is graded twice: {report:#}") };
        assert_eq!(result["verdict"], "fail", "{report:#}");
        let milliseconds = |of: &serde_json::Value| of["elapsed_ms"].as_f64().unwrap();
        let (played, all) = (milliseconds(result), milliseconds(&report));
        assert!(played < SCENARIO_MS_MAX, "it was waited for, for {played} ms: {report:#}");
        assert!(all < RUN_MS_MAX, "the run took {all} ms: {report:#}");
        if self.is_told {
            let finding = &result["finding"];
            assert_eq!(finding["ended"], "waits for ever", "{report:#}");
            assert!(finding["summary"].as_str().unwrap().contains("blocked"), "{report:#}");
        }
    }
}

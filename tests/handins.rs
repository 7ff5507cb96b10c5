//! Hand-ins, graded by the program as a course would: right ones get full marks, wrong ones fail where their one
//! fault shows and nowhere else, and dishonest ones gain nothing.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use libtest_mimic::{Arguments, Failed, Trial};
use serde_json::Value;

/// How many are graded at the same time. Most of the time a wrong hand-in is waited for.
const AT_A_TIME: usize = 6;

const EVERYTHING: &str = "short medium long series parallel client-reconnect server-shutdown";
/// Everything that needs more than one read of the buffer.
const LONGER_THAN_A_READ: &str = "medium long series parallel";
const NOTHING: &str = "";

/// How long each may be silent: patient enough for a machine with better things to do.
const DEADLINE: &str = "3s";

/// The scenarios, by their ids, that a hand-in must not pass: as server, as client, and as both.
///
/// `EITHER` lists those in which it is up to the moment whether the fault shows.
type Row = (&'static str, [&'static str; 3]);

/// A side that has no file of its own here is the natural one's.
const WRONG: &[Row] = &[
    // Short frames look the same, whether four bytes of length are read or two empty frames of two.
    ("both-header-of-two-bytes", ["long", EVERYTHING, "long"]),
    ("both-little-endian", [EVERYTHING, EVERYTHING, NOTHING]),
    ("client-connects-late", [NOTHING, EVERYTHING, NOTHING]),
    ("client-constructor-fails", [NOTHING, EVERYTHING, EVERYTHING]),
    ("client-constructor-hangs", [NOTHING, EVERYTHING, EVERYTHING]),
    ("client-fails-at-the-end", [NOTHING, "server-shutdown", NOTHING]),
    ("client-header-of-two-bytes", [NOTHING, EVERYTHING, EVERYTHING]),
    ("client-import-fails", [NOTHING, EVERYTHING, EVERYTHING]),
    ("client-length-includes-header", [NOTHING, EVERYTHING, EVERYTHING]),
    ("client-reads-once", [NOTHING, LONGER_THAN_A_READ, LONGER_THAN_A_READ]),
    ("client-reads-too-far", [NOTHING, "parallel", NOTHING]),
    ("client-removes-again", [NOTHING, EVERYTHING, EVERYTHING]),
    ("client-returns-bytes", [NOTHING, EVERYTHING, EVERYTHING]),
    ("client-returns-none-at-the-end", [NOTHING, "server-shutdown", "server-shutdown"]),
    ("client-returns-nothing", [NOTHING, EVERYTHING, EVERYTHING]),
    ("client-returns-payload-only", [NOTHING, EVERYTHING, EVERYTHING]),
    ("client-returns-swapped", [NOTHING, EVERYTHING, EVERYTHING]),
    ("client-says-one-for-true", [NOTHING, EVERYTHING, EVERYTHING]),
    ("client-sends-twice", [NOTHING, EVERYTHING, "series parallel server-shutdown"]),
    ("client-spins-at-the-end", [NOTHING, "server-shutdown", NOTHING]),
    ("client-stays-connected", [NOTHING, EVERYTHING, "client-reconnect"]),
    ("client-takes-the-end-for-a-message", [NOTHING, "server-shutdown", NOTHING]),
    ("client-without-receive", [NOTHING, EVERYTHING, EVERYTHING]),
    // It is wrong only about reads that bring a part, which nothing that is graded makes sure of.
    ("server-asks-again", [NOTHING, NOTHING, NOTHING]),
    ("server-at-another-port", [EVERYTHING, NOTHING, EVERYTHING]),
    ("server-constructor-fails", [EVERYTHING, NOTHING, EVERYTHING]),
    ("server-constructor-hangs", [EVERYTHING, NOTHING, EVERYTHING]),
    ("server-constructor-takes-four", [EVERYTHING, NOTHING, EVERYTHING]),
    ("server-constructor-takes-none", [EVERYTHING, NOTHING, EVERYTHING]),
    ("server-hangs-up", ["series parallel server-shutdown", NOTHING, "series parallel"]),
    ("server-header-of-two-bytes", ["long", NOTHING, "long"]),
    ("server-import-fails", [EVERYTHING, NOTHING, EVERYTHING]),
    ("server-keeps-its-port", ["server-shutdown", NOTHING, NOTHING]),
    ("server-length-includes-header", [EVERYTHING, NOTHING, EVERYTHING]),
    ("server-length-of-the-message", [EVERYTHING, NOTHING, EVERYTHING]),
    ("server-little-endian", [EVERYTHING, NOTHING, EVERYTHING]),
    ("server-looks-too-seldom", ["server-shutdown", NOTHING, "server-shutdown"]),
    ("server-never-stops", ["server-shutdown", NOTHING, "server-shutdown"]),
    ("server-one-client", ["client-reconnect", NOTHING, "client-reconnect"]),
    ("server-reads-once", [LONGER_THAN_A_READ, NOTHING, LONGER_THAN_A_READ]),
    ("server-reads-too-far", ["parallel", NOTHING, NOTHING]),
    ("server-removes-from-the-end", [EVERYTHING, NOTHING, EVERYTHING]),
    ("server-removes-nine", [EVERYTHING, NOTHING, EVERYTHING]),
    ("server-removes-nothing", [EVERYTHING, NOTHING, EVERYTHING]),
    ("server-replies-twice", [EVERYTHING, NOTHING, "series parallel server-shutdown"]),
    ("server-sends-newlines", [EVERYTHING, NOTHING, "series parallel server-shutdown"]),
    ("server-spins-after-its-client", ["client-reconnect", NOTHING, "client-reconnect"]),
    ("server-start-fails", [EVERYTHING, NOTHING, EVERYTHING]),
    ("server-start-returns", [EVERYTHING, NOTHING, EVERYTHING]),
    ("server-stops-itself", ["client-reconnect", NOTHING, "client-reconnect"]),
    ("server-syntax-error", [EVERYTHING, NOTHING, EVERYTHING]),
    ("server-without-shutdown", [EVERYTHING, NOTHING, EVERYTHING]),
];

/// What two processes of a hand-in do to each other in time: whether two messages arrive together, whether a
/// client meets the end of a connection or its reset, whether a server still serves when its parent is missed.
const EITHER: &[(&str, &str, &str)] = &[
    ("client-fails-at-the-end", "pair", "server-shutdown"),
    ("client-reads-too-far", "pair", "parallel"),
    ("client-spins-at-the-end", "pair", "server-shutdown"),
    ("client-takes-the-end-for-a-message", "pair", "server-shutdown"),
    ("kills-its-parent-at-start", "server", "short"),
    ("server-reads-too-far", "pair", "parallel"),
    ("server-sends-newlines", "pair", "server-shutdown"),
];

/// The known mistake that a wrong hand-in makes, as the harness has to name it. They were written without a look at
/// the programs that the harness has of these mistakes; one whose mistake it does not know has no cause at all.
const CAUSES: &[(&str, &str)] = &[
    ("both-header-of-two-bytes", "two-byte-length"),
    ("both-little-endian", "other-byte-order"),
    ("client-fails-at-the-end", "raises-at-end"),
    ("client-length-includes-header", "length-counts-header"),
    ("client-reads-once", "one-read-for-each-part"),
    ("client-reads-too-far", "next-message-dropped"),
    ("client-removes-again", "client-removes-too"),
    ("client-returns-bytes", "bytes-returned"),
    ("client-returns-swapped", "pair-swapped-at-success"),
    ("client-spins-at-the-end", "never-ends"),
    ("client-stays-connected", "never-closes"),
    ("client-takes-the-end-for-a-message", "success-at-end"),
    ("server-hangs-up", "one-message"),
    ("server-header-of-two-bytes", "two-byte-length"),
    ("server-keeps-its-port", "port-kept"),
    ("server-length-includes-header", "replies-count-header"),
    ("server-length-of-the-message", "text-length-before-cut"),
    ("server-little-endian", "replies-in-other-byte-order"),
    ("server-looks-too-seldom", "stops-between-clients"),
    ("server-never-stops", "never-stops"),
    ("server-one-client", "one-client-while-listening"),
    ("server-reads-once", "one-read-for-each-part"),
    ("server-reads-too-far", "next-message-dropped"),
    ("server-removes-from-the-end", "removed-from-end"),
    ("server-removes-nine", "one-too-few-removed"),
    ("server-removes-nothing", "nothing-removed"),
    ("server-sends-newlines", "newline-not-counted"),
    ("server-spins-after-its-client", "never-ends"),
    ("server-stops-itself", "one-client-while-listening"),
];

/// The side of a wrong hand-in whose cause is named in a run of all scenarios, too: there it also shows that it does
/// not catch what it does not expect, or that it takes an empty payload for the end, as most hand-ins do.
const CAUSED_IN_A_WHOLE_RUN: &[(&str, &str, &str)] = &[
    ("client-reads-once", "client", "one-read-for-each-part"),
    ("server-asks-again", "server", "all-asked-again"),
    ("server-hangs-up", "server", "one-message"),
    ("server-length-of-the-message", "server", "text-length-before-cut"),
    ("server-reads-once", "server", "one-read-for-each-part"),
];

/// What a finding has to say, in its summary or its evidence.
const TOLD: &[(&str, &str)] = &[
    ("allocates-without-end", "cannot be imported: MemoryError, at buffered_server.py:5"),
    ("answers-for-the-adapter", "No connection came"),
    ("asks-at-import", "EOF when reading a line, at buffered_client.py:3"),
    ("client-constructor-fails", "at buffered_client.py:9"),
    ("client-constructor-hangs", "Its connect did not return within"),
    ("client-import-fails", "No module named 'buffered_helpers', at buffered_client.py:3"),
    ("client-returns-bytes", "the payload has to be a str, not bytes"),
    ("client-returns-nothing", "returns None: it has to be two values, a str and a bool"),
    ("client-returns-payload-only", "': it has to be two values, a str and a bool"),
    ("client-returns-swapped", "the payload comes first, then whether it was received"),
    ("client-says-one-for-true", "the second value has to be a bool, not int"),
    ("client-without-receive", "BufferedTCPClient lacks receive_message"),
    ("closes-everything-at-import", "closed descriptors that are not its own"),
    ("ends-after-a-reply", "The server answered the first, then "),
    ("exits-at-import", "The import of buffered_server.py ended the interpreter: exit status: 0."),
    ("fills-the-disk", "File too large, at buffered_server.py:7"),
    ("floods-its-output", "The import of buffered_server.py had not ended after 5000 ms."),
    ("forks-and-ignores-signals", "SystemExit: and away, at buffered_client.py:16"),
    ("ignores-signals", "The import of buffered_client.py had not ended after 5000 ms."),
    ("ignores-signals", "it ignores the signal that asks for that"),
    ("kills-its-parent-at-import", "was ended by its import: signal: 9 (SIGKILL)"),
    ("kills-its-parent-at-start", "was ended during a scenario"),
    ("leaves-at-import", "SystemExit: 0, at buffered_client.py:5"),
    ("loops-at-import", "line 3, in <module>"),
    ("patches-the-adapter", "The import of buffered_client.py ended the interpreter"),
    ("prints-a-forged-report", "No connection came"),
    ("rewrites-the-report", "SystemExit: and away, at buffered_client.py:39"),
    ("server-at-another-port", "it listens on 127.0.0.1:"),
    ("server-constructor-hangs", "had not returned"),
    ("server-constructor-takes-four", "missing 1 required positional argument: 'backlog'"),
    ("server-constructor-takes-none", "takes 0 values"),
    ("server-import-fails", "cannot import name 'unpick'"),
    ("server-start-fails", "no attribute 'socket', at buffered_server.py:15"),
    ("server-start-returns", "start() returned"),
    ("server-syntax-error", "SyntaxError"),
    ("server-without-shutdown", "BufferedTCPEchoServer lacks shutdown"),
];

const DISHONEST: &[Row] = &[
    ("allocates-without-end", [EVERYTHING, NOTHING, EVERYTHING]),
    ("answers-for-the-adapter", [NOTHING, EVERYTHING, EVERYTHING]),
    ("asks-at-import", [NOTHING, EVERYTHING, EVERYTHING]),
    ("closes-everything-at-import", [NOTHING, EVERYTHING, EVERYTHING]),
    (
        "ends-after-a-reply",
        [
            "series parallel client-reconnect server-shutdown",
            NOTHING,
            "series parallel client-reconnect server-shutdown",
        ],
    ),
    ("exits-at-import", [EVERYTHING, NOTHING, EVERYTHING]),
    ("fills-the-disk", [EVERYTHING, NOTHING, EVERYTHING]),
    ("floods-its-output", [EVERYTHING, NOTHING, EVERYTHING]),
    ("forks-and-ignores-signals", [NOTHING, EVERYTHING, EVERYTHING]),
    ("ignores-signals", [NOTHING, EVERYTHING, EVERYTHING]),
    ("kills-its-parent-at-import", [EVERYTHING, NOTHING, EVERYTHING]),
    (
        "kills-its-parent-at-start",
        ["medium long series parallel client-reconnect server-shutdown", NOTHING, EVERYTHING],
    ),
    ("leaves-at-import", [NOTHING, EVERYTHING, EVERYTHING]),
    ("loops-at-import", [EVERYTHING, NOTHING, EVERYTHING]),
    ("patches-the-adapter", [NOTHING, EVERYTHING, EVERYTHING]),
    ("prints-a-forged-report", [NOTHING, EVERYTHING, EVERYTHING]),
    ("rewrites-the-report", [NOTHING, EVERYTHING, EVERYTHING]),
];

const CASTINGS: [&str; 3] = ["server", "client", "pair"];

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    arguments.test_threads.get_or_insert(AT_A_TIME);
    let mut trials: Vec<Trial> = names("right").map(|name| trial("right", (name, [NOTHING; 3]))).collect();
    for (kind, rows) in [("wrong", WRONG), ("cheats", DISHONEST)] {
        trials.extend(rows.iter().map(|(name, wanted)| trial(kind, (name.to_string(), *wanted))));
        trials.push(Trial::test(format!("{kind}: every folder is in the table"), move || {
            let listed: BTreeSet<_> = rows.iter().map(|(name, _)| (*name).to_owned()).collect();
            same(&names(kind).collect(), &listed, kind)
        }));
    }
    trials.extend(CAUSED_IN_A_WHOLE_RUN.iter().map(|(name, side, cause)| {
        Trial::test(format!("the cause in a whole run: {name}"), || {
            let report = grade_with("wrong", name, &["--side", side])?;
            check_causes(&report, &[cause])
        })
    }));
    trials.push(Trial::test("a_missing_file", a_missing_file));
    trials.push(Trial::test("a_report_that_is_forged", a_report_that_is_forged));
    trials.push(Trial::test("two_files_that_agree_with_each_other", two_files_that_agree_with_each_other));
    trials.push(Trial::test(
        "what_is_printed_is_shown_with_a_finding",
        what_is_printed_is_shown_with_a_finding,
    ));
    trials.push(Trial::test("what_cannot_be_graded_is_said", what_cannot_be_graded_is_said));
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn trial(kind: &'static str, (name, wanted): (String, [&'static str; 3])) -> Trial {
    Trial::test(format!("{kind}/{name}"), move || {
        let report = grade(kind, &name)?;
        for (casting, wanted) in CASTINGS.into_iter().zip(wanted) {
            let is_open = |id: &String| EITHER.contains(&(name.as_str(), casting, id.as_str()));
            let mut wanted: BTreeSet<_> = wanted.split_whitespace().map(str::to_owned).collect();
            let mut failed = not_passed(&report, casting);
            wanted.retain(|id| !is_open(id));
            failed.retain(|id| !is_open(id));
            same(&failed, &wanted, &format!("{casting}: {report:#}"))?;
        }
        let of_name = CAUSES.iter().filter(|(one, _)| *one == name);
        check_causes(&report, &of_name.map(|(_, bug)| *bug).collect::<Vec<_>>())?;
        let told = TOLD.iter().filter(|(one, _)| *one == name);
        told.map(|(_, text)| text).try_for_each(|text| match findings(&report).contains(text) {
            true => Ok(()),
            false => Err(format!("no finding says {text:?}: {report:#}").into()),
        })
    })
}

fn same(got: &BTreeSet<String>, wanted: &BTreeSet<String>, what: &str) -> Result<(), Failed> {
    if got == wanted { Ok(()) } else { Err(format!("wanted {wanted:?}, got {got:?}: {what}").into()) }
}

fn folder(kind: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/handins").join(kind)
}

fn names(kind: &str) -> impl Iterator<Item = String> {
    let entries = folder(kind).read_dir().expect("the hand-ins are beside the tests");
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap())
}

fn harness(arguments: &[&str]) -> std::process::Output {
    Command::new(env!("CARGO_BIN_EXE_harness")).args(arguments).output().expect("the harness is built")
}

/// Grades the seven scenarios.
fn grade(kind: &str, name: &str) -> Result<Value, Failed> {
    let scenarios: Vec<_> = EVERYTHING.split(' ').flat_map(|id| ["--scenario", id]).collect();
    grade_with(kind, name, &scenarios)
}

fn grade_with(kind: &str, name: &str, more: &[&str]) -> Result<Value, Failed> {
    let hand_in = folder(kind).join(name);
    let natural = folder("right/natural");
    let options = [
        "--report",
        "json",
        "--deadline",
        DEADLINE,
        "--start-deadline",
        "5s",
        "--submission",
        hand_in.to_str().unwrap(),
    ];
    let mut arguments = options.map(str::to_owned).to_vec();
    arguments.extend(more.iter().map(|argument| (*argument).to_owned()));
    for (option, file) in [("--server-file", "buffered_server.py"), ("--client-file", "buffered_client.py")] {
        if !hand_in.join(file).exists() {
            arguments.extend([option.to_owned(), natural.join(file).to_str().unwrap().to_owned()]);
        }
    }
    let output = harness(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
    serde_json::from_slice(&output.stdout).map_err(|error| format!("{error}: {output:?}").into())
}

/// The ids of the scenarios that `report` has no pass for.
fn not_passed(report: &Value, casting: &str) -> BTreeSet<String> {
    let results = report["results"].as_array().unwrap().iter();
    results
        .filter(|result| result["casting"] == casting && result["verdict"] != "pass")
        .map(|result| result["id"].as_str().unwrap().to_owned())
        .collect()
}

/// The causes that `report` names.
fn causes(report: &Value) -> BTreeSet<String> {
    let results = report["results"].as_array().unwrap().iter();
    let causes = results.map(|result| &result["finding"]["cause"]).filter(|cause| !cause.is_null());
    causes.map(|cause| cause["bug"].as_str().unwrap_or("one of several").to_owned()).collect()
}

/// Whether just these causes are named. Where one of them is not in the catalogue any more, another may explain the
/// same.
fn check_causes(report: &Value, wanted: &[&str]) -> Result<(), Failed> {
    if wanted.iter().any(|bug| lengthwise::bug::find(bug).is_none()) {
        return Ok(());
    }
    let wanted = wanted.iter().map(|bug| (*bug).to_owned()).collect();
    same(&causes(report), &wanted, &format!("the cause: {report:#}"))
}

/// Everything that the findings of `report` say.
fn findings(report: &Value) -> String {
    let findings = report["results"].as_array().unwrap().iter().map(|result| &result["finding"]);
    findings
        .flat_map(|finding| ["summary", "received"].map(|part| finding[part].as_str().unwrap_or_default()))
        .collect()
}

fn check(holds: bool, what: &std::process::Output) -> Result<(), Failed> {
    if holds { Ok(()) } else { Err(format!("{what:?}").into()) }
}

fn a_missing_file() -> Result<(), Failed> {
    let work = tempfile::tempdir()?;
    let inner = work.path().join("my work");
    std::fs::create_dir(&inner)?;
    std::fs::copy(folder("right/natural").join("buffered_server.py"), inner.join("buffered_server.py"))?;
    let output = harness(&["--submission", work.path().to_str().unwrap()]);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    check(text.contains("There is no buffered_client.py in"), &output)?;
    check(text.contains("score 15/30"), &output)?;
    check(output.status.code() == Some(3), &output)
}

fn a_report_that_is_forged() -> Result<(), Failed> {
    let work = tempfile::tempdir()?;
    let hand_in = folder("cheats/rewrites-the-report");
    // By this it knows the report of this test from those of others.
    let report = work.path().join("rewrites-the-report");
    let argument = format!("json={}", report.display());
    let options = ["--side", "client", "--scenario", "short", "--report", &argument];
    let output = harness(&[&["--submission", hand_in.to_str().unwrap()], &options[..]].concat());
    let report: Value = serde_json::from_slice(&std::fs::read(&report)?)
        .map_err(|error| format!("the report is no report: {error}: {output:?}"))?;
    check(report["score"] == 0 && report["verdict"] == "fail", &output)?;
    check(output.status.code() == Some(1), &output)
}

fn two_files_that_agree_with_each_other() -> Result<(), Failed> {
    let hand_in = folder("wrong/both-little-endian");
    let output =
        harness(&["--submission", hand_in.to_str().unwrap(), "--scenario", "short", "--deadline", "1s"]);
    let text = String::from_utf8_lossy(&output.stdout).replace('\n', " ");
    check(
        text.contains(
            "Together they pass short, where the server and the client each fail: your two files agree with each \
             other, not with the assignment.",
        ),
        &output,
    )?;
    check(output.status.code() == Some(1), &output)
}

fn what_is_printed_is_shown_with_a_finding() -> Result<(), Failed> {
    let report = grade("wrong", "server-start-fails")?;
    let printed = report["results"][0]["finding"]["output"].as_str().unwrap_or_default();
    match printed.contains("connection, _ = self.socket.accept()") {
        true => Ok(()),
        false => Err(format!("the traceback is not in {printed:?}").into()),
    }
}

fn what_cannot_be_graded_is_said() -> Result<(), Failed> {
    let empty = tempfile::tempdir()?;
    let natural = folder("right/natural");
    let natural = natural.to_str().unwrap();
    for (arguments, wanted) in [
        (["--submission", empty.path().to_str().unwrap(), "--seed", "1"], "neither buffered_client.py nor"),
        (["--submission", "/nowhere at all", "--seed", "1"], "cannot be read"),
        (["--submission", natural, "--client-file", "missing.py"], "there is no file"),
        (["--submission", natural, "--python", "no-such-python"], "could not be started"),
        (["--submission", natural, "--python", "true"], "no Python interpreter that can be used"),
    ] {
        let output = harness(&arguments);
        check(String::from_utf8_lossy(&output.stderr).contains(wanted), &output)?;
        check(output.status.code() == Some(3), &output)?;
    }
    Ok(())
}

//! The command line of the harness, as its users type it.

use std::fs;
use std::net::{SocketAddr, TcpListener};

use lengthwise::Assignment;
use lengthwise::bug;
use lengthwise::report::FORMATS;
use predicates::prelude::*;
use predicates::str::contains;
use serde_json::Value;
use socket2::{Domain, Socket, Type};

use crate::support::graded::graded;
use crate::support::harness::harness;
use crate::support::report::{grade, parsed, results};

#[test]
fn without_a_target_the_reference_is_graded_and_passes() {
    let output = harness(&["-v"]).assert().success();
    let text = String::from_utf8(output.get_output().stdout.clone()).unwrap();
    for id in graded() {
        for casting in ["server", "client", "pair"] {
            let line = text.lines().find(|line| line.split_whitespace().take(3).eq(["pass", casting, id]));
            assert!(line.is_some(), "{casting} {id} is missing in\n{text}");
        }
    }
    assert!(text.contains("score 30/30"), "{text}");
}

#[test]
fn a_run_fits_a_terminal_of_80_columns() {
    harness(&[])
        .assert()
        .stdout(predicate::function(|text: &str| text.lines().all(|line| line.chars().count() <= 80)));
}

#[test]
fn json_has_the_documented_form() {
    let run = grade(&["--scenario", "short", "--side", "server", "--seed", "7"]);
    assert_eq!(run["format_version"], 1);
    assert_eq!(run["harness_version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(run["target"]["kind"], "built-in");
    assert_eq!((&run["seed"], &run["verdict"]), (&7.into(), &"pass".into()));
    assert_eq!((&run["score"], &run["max_score"]), (&1.into(), &1.into()));
    let [result] = results(&run) else { panic!("{run:#}") };
    for (key, wanted) in [("id", "short"), ("casting", "server"), ("tier", "graded"), ("verdict", "pass")] {
        assert_eq!(result[key], wanted);
    }
    assert_eq!((&result["points"], &result["max_points"]), (&1.into(), &1.into()));
    assert!(result["elapsed_ms"].as_f64().unwrap() > 0.0);
    assert!(result["title"].is_string());
    assert!(result["finding"].is_null());
}

#[test]
fn a_server_that_is_not_there_makes_the_run_incomplete() {
    // Bound, never listening: nobody else can take the port meanwhile.
    let taken = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    taken.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into()).unwrap();
    let target = taken.local_addr().unwrap().as_socket().unwrap().to_string();
    let output = harness(&["-v", "--target", &target]).assert().code(3);
    output.stdout(
        contains("the connection was refused").and(contains("Is the server")).and(contains("INCOMPLETE")),
    );
    let run = grade(&["--target", &target]);
    assert_eq!(run["verdict"], "incomplete");
    assert!(results(&run).iter().all(|result| result["verdict"] == "blocked"));
}

#[test]
fn a_command_that_dies_at_once_says_what_it_said() {
    harness(&["-v", "--server", "sh -c 'echo no such luck >&2; exit 7'"]).assert().code(3).stdout(
        contains("exited before it started listening")
            .and(contains("no such luck"))
            .and(contains("status: 7"))
            .and(contains("foreground").not()),
    );
}

#[test]
fn a_command_that_goes_into_the_background_is_told_to_stay_in_the_foreground() {
    let output = harness(&["-v", "--server", "sh -c 'sleep 1000 &'"]).assert().code(3);
    output.stdout(contains("exited before it started listening").and(contains("stay in the foreground")));
}

#[test]
fn what_a_command_said_is_cut_and_moves_no_cursor() {
    let command = r#"sh -c 'yes spam | head -10000; printf "\033[2J%1000s\n" end; exit 1'"#;
    let output = harness(&["--server", command, "--scenario", "short"]).assert().code(3);
    let text = String::from_utf8(output.get_output().stdout.clone()).unwrap();
    assert!(text.contains("\\x1B[2J") && text.contains("more bytes]"), "{text}");
    assert!(text.lines().count() < 30, "{text}");
}

#[test]
fn someone_who_stops_reading_changes_nothing_else() {
    // The other end is closed before the harness starts.
    let closed = |arguments: &[&str]| {
        let (_, closed) = std::io::pipe().unwrap();
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_harness"));
        let output =
            command.args(arguments).stdout(closed).stderr(std::process::Stdio::piped()).output().unwrap();
        assert!(output.stderr.is_empty(), "{arguments:?} {output:?}");
        output.status.code()
    };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.json");
    let json = format!("json={}", path.display());
    assert_eq!(closed(&["list"]), Some(0));
    assert_eq!(closed(&["explain", "short"]), Some(0));
    assert_eq!(closed(&["--scenario", "short"]), Some(0));
    assert_eq!(closed(&["--scenario", "short", "--report", "jsonl"]), Some(0));
    let fails = ["--server", "exit-at-once", "--scenario", "short"];
    assert_eq!(closed(&[&fails[..], &["--report", "terminal", "--report", &json]].concat()), Some(3));
    let run = parsed(&fs::read(path).unwrap());
    assert_eq!(run["verdict"], "incomplete");
}

#[test]
fn standard_output_and_every_file_take_one_report() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run");
    let to_file = |format: &str| format!("{format}={}", path.display());
    let (json, jsonl) = (to_file("json"), to_file("jsonl"));
    for reports in [["terminal", "json"], ["jsonl", "terminal=-"], ["json=-", "jsonl=-"], ["json", "json"]] {
        let both = ["--report", reports[0], "--report", reports[1]];
        let run = harness(&[&["--scenario", "short"], &both[..]].concat()).assert().code(2).stdout("");
        run.stderr(contains("only one report can go to standard output"));
        harness(&[&["render", "-"], &both[..]].concat()).write_stdin("").assert().failure();
    }
    harness(&["gallery", "--report", "json", "--report", "terminal"]).assert().code(2).stdout("");
    harness(&["--scenario", "short", "--report", &json, "--report", &jsonl])
        .assert()
        .code(2)
        .stderr(contains("two reports cannot go to the same file"));
    harness(&["--scenario", "short", "--report", "json=-", "--report", &jsonl])
        .assert()
        .success()
        .stdout(predicate::function(|text: &str| serde_json::from_str::<Value>(text).is_ok()));
    harness(&["--scenario", "short", "--report", "json=/dev/null", "--report", "jsonl=/dev/null"])
        .assert()
        .success();
}

#[test]
fn every_format_is_in_the_help_and_in_the_readme() {
    let readme = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap();
    let rows: Vec<String> = readme
        .lines()
        .skip_while(|line| !line.starts_with("| format |"))
        .skip(2)
        .take_while(|line| line.starts_with('|'))
        .map(str::to_owned)
        .collect();
    let wanted: Vec<String> =
        FORMATS.iter().map(|format| format!("| `{}` | {} |", format.name, format.about)).collect();
    assert_eq!(rows, wanted);
    for arguments in [&["--help"][..], &["render", "--help"]] {
        for format in FORMATS {
            harness(arguments).assert().stdout(contains(format.about));
        }
    }
}

#[test]
fn every_option_in_the_help_is_in_the_readme() {
    let readme = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap();
    let help = harness(&["--help"]).output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    let of_line = |line: &str| line.split_whitespace().find(|word| word.starts_with("--")).map(str::to_owned);
    // Those of every program are in no table.
    let options = help.lines().filter(|line| line.trim_start().starts_with('-')).filter_map(of_line);
    let options: Vec<_> =
        options.filter(|option| !["--help", "--version", "--verbose"].contains(&&**option)).collect();
    assert!(options.contains(&"--allow-write".to_owned()), "{options:?}");
    for option in options {
        assert!(readme.contains(&format!("`{option}")), "{option} is not in the README");
    }
}

#[test]
fn a_command_that_does_not_exist_says_so() {
    harness(&["--server", "/nonexistent/server"]).assert().code(3).stdout(contains("could not be started"));
}

#[test]
fn a_command_that_never_listens_says_how_it_is_told_its_port() {
    harness(&["--server", "sleep 1000", "--start-deadline", "100ms"])
        .assert()
        .code(3)
        .stdout(contains("did not listen on 127.0.0.1:").and(contains("{port}")));
}

#[test]
fn a_chosen_port_that_is_taken_names_who_has_it() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    harness(&["--server", "true", "--port", &port])
        .assert()
        .code(3)
        .stdout(contains(format!("Port {port} is in use")).and(contains(std::process::id().to_string())));
}

#[test]
fn a_selection_that_matches_nothing_is_incomplete() {
    harness(&["--scenario", "nope*"]).assert().code(2).stderr(contains("no scenario matches nope*"));
    harness(&["--scenario", "s*", "--scenario", "client-*"]).assert().success().stdout(contains("12 passed"));
}

#[test]
fn wrong_usage_is_told_from_everything_else() {
    for (arguments, says) in [
        (vec!["--target", "nowhere"], "is not HOST:PORT"),
        (vec!["--stop", "owner"], "--stop needs a server"),
        (vec!["--target", "a:1", "--server", "b"], "cannot be used with"),
        (vec!["--server", "a 'b"], "quote"),
        (vec!["--target", "a:1", "--stop", "gently"], "owner, pid:N"),
        (vec!["--side", "pair", "--target", "127.0.0.1:1"], "only the side server"),
        (vec!["--report", "json=/nonexistent/report"], "/nonexistent/report"),
        (vec!["--scenario", "[a"], "[a"),
        (vec!["explain", "nonsense"], "harness list"),
        (vec!["frobnicate"], "frobnicate"),
    ] {
        harness(&arguments).assert().code(2).stderr(contains(says));
    }
}

#[test]
fn reports_go_where_they_are_sent() {
    let folder = tempfile::tempdir().unwrap();
    let (json, terminal) = (folder.path().join("run.json"), folder.path().join("run.txt"));
    let argument = |format: &str, path: &std::path::Path| format!("{format}={}", path.display());
    let (to_json, to_terminal) = (argument("json", &json), argument("terminal", &terminal));
    let reports = ["--report", &to_json, "--report", &to_terminal];
    let run =
        |more: &[&str]| harness(&[&["--scenario", "short"], &reports[..], more].concat()).assert().success();
    // Somebody who looks on sees what comes of it all the same, unless they want to see nothing, or something else.
    run(&[]).stdout(contains("PASS  3 passed"));
    run(&["--report", "jsonl"]).stdout(predicate::str::starts_with("{"));
    run(&["-q"]).stdout("");
    let run = parsed(&fs::read(json).unwrap());
    assert_eq!(run["verdict"], "pass");
    let text = fs::read_to_string(terminal).unwrap();
    assert!(text.contains("PASS  3 passed") && !text.contains('\u{1b}'), "{text:?}");
}

#[test]
fn list_has_a_line_for_each_scenario_and_explain_tells_about_each() {
    let output = harness(&["list"]).assert().success();
    let text = String::from_utf8(output.get_output().stdout.clone()).unwrap();
    for id in graded() {
        assert_eq!(text.lines().filter(|line| line.split_whitespace().next() == Some(id)).count(), 1);
        harness(&["explain", id]).assert().success().stdout(contains("Why it exists"));
    }
}

#[test]
fn a_bug_is_explained_under_fixed_headings_and_without_code() {
    let bug = bug::catalogue_for(&Assignment::default())
        .find(|bug| bug.sides.len() == 2)
        .expect("both sides can have some bug");
    let output = harness(&["explain", bug.id]).assert().success();
    let text = String::from_utf8(output.get_output().stdout.clone()).unwrap();
    for heading in ["What it is", "How it shows", "Why it happens", "How to find it", "What to do"] {
        assert!(text.lines().any(|line| line == heading), "{heading} is missing in\n{text}");
    }
    assert!(text.starts_with(&format!("{} (server, client)\n", bug.id)), "{text}");
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
}

#[test]
fn the_seed_is_the_one_given_or_a_new_one_each_time() {
    let seed = |arguments: &[&str]| grade(&[&["--scenario", "short"], arguments].concat())["seed"].clone();
    assert_eq!(seed(&["--seed", "7"]), 7);
    assert_ne!(seed(&[]), seed(&[]));
}

#[cfg(target_os = "linux")]
#[test]
fn a_server_at_another_address_of_this_machine_is_pointed_out() {
    // Not every machine has IPv6; but every Linux has all of 127.0.0.0/8.
    for elsewhere in ["127.0.0.2:0", "[::1]:0"] {
        let Ok(listener) = TcpListener::bind(elsewhere) else { continue };
        let address = listener.local_addr().unwrap();
        let target = format!("127.0.0.1:{}", address.port());
        let run = grade(&["--target", &target, "--scenario", "short"]);
        let wanted = format!("refused, but something listens on {address}.");
        let reason = results(&run)[0]["reason"].as_str().unwrap();
        assert!(reason.contains(&wanted), "{reason}");
    }
}

#[test]
fn a_report_of_the_gallery_that_cannot_be_written_is_told_before_anything_is_played() {
    harness(&["gallery", "--report", "html"]).assert().code(2).stderr(contains("one of terminal, json"));
    harness(&["gallery", "--report", "json=/nonexistent/report"])
        .assert()
        .code(2)
        .stderr(contains("the report /nonexistent/report cannot be written"));
}

#[test]
fn a_report_never_replaces_a_program() {
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("buffered_server.py");
    fs::write(&program, "print('precious')\n").unwrap();
    harness(&["--scenario", "short", "--report", &format!("json={}", program.display())])
        .assert()
        .code(2)
        .stderr(contains("which is a program: choose another path"));
    assert_eq!(fs::read_to_string(program).unwrap(), "print('precious')\n");
}

#[test]
fn a_usage_error_leaves_every_report_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let report = folder.path().join("report.json");
    fs::write(&report, "from before").unwrap();
    harness(&["--scenario", "short", "--report", &format!("json={}", report.display())])
        .args(["--report", "jsonl=/nonexistent/report"])
        .assert()
        .code(2);
    assert_eq!(fs::read_to_string(report).unwrap(), "from before");
}

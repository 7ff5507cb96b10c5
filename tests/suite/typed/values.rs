//! Values of options: addresses, forms, numbers and times.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread;

use predicates::prelude::*;
use predicates::str::contains;

use super::{harness, refused};

#[test]
fn an_address_that_is_none_is_told_with_one_that_is() {
    for (typed, says) in [
        ("::1", "[::1]:36001"),
        ("::1:8000", "[::1]:8000"),
        ("tcp://127.0.0.1:8000", "leave out tcp://, as in 127.0.0.1:8000"),
        ("127.0.0.1:0", "no server listens on port 0"),
        ("127.0.0.1", "127.0.0.1:36001"),
        ("8000", "127.0.0.1:8000"),
        ("localhost:99999", "from 1 to 65535"),
    ] {
        refused(&format!("--target {typed}"), 2, says);
    }
}

/// A server that sends this when it has received something, on each of its connections.
fn server_of(reply: &'static [u8]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    thread::spawn(move || {
        for connection in listener.incoming() {
            let mut connection = connection.unwrap();
            // Whoever leaves early has seen enough.
            let _ = connection.read(&mut [0; 64]).and_then(|_| connection.write_all(reply));
        }
    });
    address
}

#[test]
fn a_server_of_another_protocol_is_named_and_nothing_else() {
    for (reply, protocol) in
        [(&b"HTTP/1.1 400 Bad Request\r\n\r\n"[..], "HTTP"), (b"SSH-2.0-OpenSSH_9.6\r\n", "SSH")]
    {
        let told = harness(&["--target", &server_of(reply)]).assert().code(3);
        told.stdout(contains("FAIL").not()).stderr(contains(format!(
            "speaks {protocol}, not length-prefixed messages: is this the right port?"
        )));
    }
}

#[test]
fn a_command_that_starts_a_server_of_another_protocol_is_told_so_once() {
    let served = ["--server", "python3 -m http.server {port}", "--scenario", "short,long"];
    let told = harness(&[&served[..], &["--deadline", "500ms"]].concat()).assert().code(1);
    told.stdout(contains("The server speaks HTTP, not length-prefixed messages").count(1));
}

#[test]
fn words_are_taken_in_any_case_and_localhost_is_an_address() {
    for line in ["--report JSON", "--report json=-", "--byte-order LITTLE", "--side Server", "--color NEVER"]
    {
        let arguments: Vec<&str> = line.split(' ').collect();
        harness(&[&["--scenario", "short"], &arguments[..]].concat()).assert().success();
    }
    // It is taken: what is missing is the program.
    harness(&["--server", "/nowhere {port}", "--host", "localhost", "--scenario", "short"])
        .assert()
        .code(3)
        .stdout(contains("could not be started"));
    refused("--server x --host here", 2, "127.0.0.1, ::1 or localhost");
}

#[test]
fn a_number_that_is_none_is_told_with_its_range() {
    for seed in ["abc", "-1", "1.5"] {
        refused(&format!("--seed {seed}"), 2, "a whole number from 0 to 18446744073709551615");
    }
    for deadline in ["-1s", "2x", "0", "1ms", "1y"] {
        refused(&format!("--deadline {deadline}"), 2, "a time from 100ms to 1h, as in 500ms or 2s");
    }
    for time in ["-1s", "2x", "0", "1y"] {
        refused(&format!("--max-time {time}"), 2, "a time from 1ms to 1h, as in 500ms or 2s");
    }
}

#[test]
fn only_one_report_goes_to_standard_output() {
    refused("--report json=- --report tap", 2, "only one report can go to standard output");
}

#[test]
fn a_redirection_is_told_to_be_none() {
    let told = harness(&["--server", "/nowhere > log", "--scenario", "short"]).assert().code(3);
    told.stderr(contains("the command is not run by a shell, so > is passed to the program as an argument"));
    harness(&["--server", "sh -c 'exit 1 > log'", "--scenario", "short"]).assert().code(3).stderr("");
}

#[test]
fn a_program_that_is_nowhere_is_said_to_be_missing() {
    let told = harness(&["--server", "no-such-program", "--scenario", "short"]).assert().code(3);
    told.stdout(contains("The command no-such-program could not be started: No such file"));
}

#[test]
fn a_client_that_knows_nothing_of_the_protocol_is_told_of_it() {
    let told = harness(&["--client", "cat", "--scenario", "short,medium"]).assert().code(1);
    told.stdout(contains("cat never connected.").and(contains("lines of JSON")));
}

#[test]
fn the_environment_names_a_target_and_a_seed_unless_the_command_line_does() {
    let short = ["--scenario", "short"];
    harness(&short).env("HARNESS_SEED", "5").assert().success().stdout(contains("seed 5"));
    let both = [&short[..], &["--seed", "6"]].concat();
    harness(&both).env("HARNESS_SEED", "5").assert().success().stdout(contains("seed 6"));
    harness(&short)
        .env("HARNESS_TARGET", "nowhere")
        .assert()
        .code(2)
        .stderr(contains("nowhere is not HOST:PORT"));
    let other = ["--server", "/nowhere", "--scenario", "short"];
    harness(&other).env("HARNESS_TARGET", "nowhere").assert().code(3).stdout(contains("/nowhere"));
}

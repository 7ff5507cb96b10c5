//! Right programs that use a file which containment keeps from them. Their failure says nothing, so they are not blamed, and
//! they get no points.

use std::fs;
use std::process::Command;

use super::classroom::{Classroom, Grader, Kept};
use super::stage::Stage;
use super::support::fixtures::fixture;
use super::{FAILED, INCOMPLETE, PASSED, SHORT};

const NAMES_THE_WAY_OUT: &str = "was not allowed to read or write /FOLDER/server.log, because the harness contains it. Allow that with \
                                 --allow-write PATH or --allow-read PATH, or everything with --no-sandbox.";

/// Opens a log beside itself once it has read a message.
const LOGS: &str = r#"
import traceback
unpack = struct.unpack
def logs(*arguments):
    try:
        with open("server.log", "a") as log:
            log.write("a message\n")
    except OSError:
        traceback.print_exc()
        os._exit(1)
    return unpack(*arguments)
struct.unpack = logs
serve()
"#;

#[track_caller]
fn assert_names_the_way_out(stage: &Stage, text: &str) {
    let folder = stage.path().display().to_string();
    let wanted = NAMES_THE_WAY_OUT.replace("/FOLDER", &folder);
    // A report fills its lines.
    let words = |text: &str| text.split_whitespace().collect::<String>();
    assert!(words(text).contains(&words(&wanted)), "{text}");
    assert!(!text.contains("FAIL"), "{text}");
}

#[test]
fn a_server_that_may_not_write_its_log_is_not_blamed_and_gets_nothing() {
    let stage = Stage::with(LOGS);
    let text = stage.assert_grade(SHORT, INCOMPLETE);
    assert_names_the_way_out(&stage, &text);
    assert!(text.contains("score 0/"), "{text}");
    let here = stage.path().to_str().unwrap();
    let text =
        stage.assert_grade(&[SHORT, &["--contain", "landlock", "--allow-write", here]].concat(), PASSED);
    assert!(text.contains("PASS"), "{text}");
}

#[test]
fn a_server_that_may_not_write_its_log_at_its_start_is_told_so() {
    let stage = Stage::with("open('server.log', 'a')\nserve()");
    let text = stage.assert_grade(SHORT, INCOMPLETE);
    assert_names_the_way_out(&stage, &text);
}

/// As many a C program has it.
#[test]
fn a_c_server_that_may_not_write_its_log_is_not_blamed() {
    let stage = Stage::with("");
    let source = r#"
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
int main(int count, char **arguments) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(arguments[1]))};
    int listener = socket(AF_INET, SOCK_STREAM, 0), one = 1;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 5)) return 2;
    int connection = accept(listener, NULL, NULL);
    FILE *log = fopen("server.log", "a");
    if (!log) { perror("fopen"); exit(1); }
    return connection < 0;
}
"#;
    fs::write(stage.path().join("server.c"), source).unwrap();
    let compiled = Command::new("cc").args(["-o", "server", "server.c"]).current_dir(stage.path()).status();
    if !compiled.is_ok_and(|status| status.success()) {
        // Without a compiler there is nothing to see.
        return;
    }
    let grade = |options: &[&str]| {
        let mut harness = Command::new(env!("CARGO_BIN_EXE_harness"));
        harness.args(["--server", "./server {port}", "--deadline", "500ms"]).args(SHORT).args(options);
        harness.current_dir(stage.path()).env("TMPDIR", stage.temporary());
        harness
    };
    let text = stage.assert_run(&mut grade(&[]), INCOMPLETE);
    assert!(text.contains("was not allowed to read or write a file"), "{text}");
    // It is wrong beside that, and what it is not refused is no excuse.
    let here = stage.path().to_str().unwrap();
    stage.assert_run(&mut grade(&["--contain", "landlock", "--allow-write", here]), FAILED);
}

/// What has nothing to do with containment excuses nobody.
#[test]
fn a_server_that_is_refused_what_the_harness_is_refused_too_is_blamed() {
    let stage = Stage::with(
        r#"
def fails(*_):
    raise PermissionError(13, "Permission denied", "/nowhere/at/all/server.log")
struct.unpack = fails
serve()
"#,
    );
    stage.assert_grade(SHORT, FAILED);
}

/// A hand-in that does this before anything else, in the constructor of its server.
fn hand_in(statement: &str) -> String {
    let server = fs::read_to_string(fixture("handins/right/natural").join("buffered_server.py")).unwrap();
    let constructor = server.find("def __init__").unwrap();
    let line = constructor + server[constructor..].find('\n').unwrap();
    format!("{}\n        {statement}{}", &server[..line], &server[line..])
}

#[test]
fn a_hand_in_may_write_beside_itself() {
    for kept in [Kept::InEveryWay, Kept::ByLandlock] {
        let room = Classroom::new(Grader::Ordinary, &hand_in("open('server.log', 'a').close()"));
        let graded = room.grade(kept, "short");
        assert!(graded.score().is_some_and(|score| score > 0), "{graded:#?}");
        assert!(!room.student("mallory").join("server.log").exists());
    }
}

#[test]
fn a_hand_in_that_may_not_write_elsewhere_is_not_blamed_and_gets_nothing() {
    let room = Classroom::new(Grader::Ordinary, &hand_in("open('CLASSROOM/home/server.log', 'a').close()"));
    for kept in [Kept::InEveryWay, Kept::ByLandlock] {
        let graded = room.grade(kept, "short");
        assert_eq!(graded.score(), Some(0), "{graded:#?}");
        let result = &graded.report.as_ref().unwrap()["results"][0];
        assert_eq!(result["verdict"], "inconclusive", "{result:#}");
        let reason = result["reason"].as_str().unwrap();
        let wanted = format!("was not allowed to read or write {}/home/server.log", room.path().display());
        assert!(reason.contains(&wanted) && reason.contains("--allow-write PATH"), "{reason}");
    }
}

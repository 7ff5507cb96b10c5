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

/// A server in C that does this once it has a client. Nothing where there is no compiler.
fn in_c(does: &str) -> Option<Stage> {
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
    DOES
    return connection < 0;
}
"#;
    fs::write(stage.path().join("server.c"), source.replace("DOES", does)).unwrap();
    let compiled = Command::new("cc").args(["-o", "server", "server.c"]).current_dir(stage.path()).status();
    compiled.is_ok_and(|status| status.success()).then_some(stage)
}

/// The harness, to be run against it.
fn graded_in_c(stage: &Stage, options: &[&str]) -> Command {
    let mut harness = Command::new(env!("CARGO_BIN_EXE_harness"));
    harness.args(["--server", "./server {port}", "--deadline", "500ms"]).args(SHORT).args(options);
    harness.current_dir(stage.path()).env("TMPDIR", stage.temporary());
    harness
}

/// As many a C program has it.
#[test]
fn a_c_server_that_may_not_write_its_log_is_not_blamed() {
    let opens = r#"FILE *log = fopen("server.log", "a"); if (!log) { perror("fopen"); exit(1); }"#;
    let Some(stage) = in_c(opens) else { return };
    let text = stage.assert_run(&mut graded_in_c(&stage, &[]), INCOMPLETE);
    assert!(text.contains("was not allowed to read or write a file"), "{text}");
    // It is wrong beside that, and what it is not refused is no excuse.
    let here = stage.path().to_str().unwrap();
    let allowed = ["--contain", "landlock", "--allow-write", here];
    stage.assert_run(&mut graded_in_c(&stage, &allowed), FAILED);
}

/// `int $0x80` is how 32-bit programs call the system: here for the number of the process.
#[cfg(target_arch = "x86_64")]
#[test]
fn a_program_with_32_bit_system_calls_is_not_blamed() {
    let Some(stage) = in_c(r#"int number; __asm__ volatile("int $0x80" : "=a"(number) : "a"(20));"#) else {
        return;
    };
    let text = stage.assert_run(&mut graded_in_c(&stage, &["--contain", "seccomp"]), INCOMPLETE);
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("was ended by SIGSYS") && words.contains("--no-sandbox"), "{text}");
    // What it does besides is not what a server does, and then it is blamed for that.
    stage.assert_run(&mut graded_in_c(&stage, &["--contain", "landlock"]), FAILED);
}

/// One that hides that it was refused something: what it could be is told.
#[test]
fn a_server_that_ends_without_a_word_is_told_to_look_for_what_it_is_refused() {
    let opens = r#"FILE *log = fopen("server.log", "a"); if (!log) exit(3);"#;
    let Some(stage) = in_c(opens) else { return };
    let told = "ended with exit status: 3 and printed nothing";
    let says = |options: &[&str]| {
        let text = stage.assert_run(&mut graded_in_c(&stage, options), FAILED);
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let text = says(&[]);
    assert!(text.contains(told) && text.contains("--allow-write PATH"), "{text}");
    let here = stage.path().to_str().unwrap();
    assert!(!says(&["--contain", "landlock", "--allow-write", here]).contains(told));
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

/// Nor does it excuse a reply that is wrong, whatever is printed beside it.
#[test]
fn a_wrong_reply_is_blamed_whatever_is_printed() {
    let stage = Stage::with(
        r#"
print("PermissionError: [Errno 13] Permission denied: '/etc/shadow'\nMemoryError", flush=True)
pack = struct.pack
struct.pack = lambda form, length: pack(form, length + 1)
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

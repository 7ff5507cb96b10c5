//! Hand-ins that attack whoever grades them, or other hand-ins.

use std::fs;
use std::os::unix::fs::symlink;
use std::os::unix::process::ExitStatusExt;

use super::classroom::{Classroom, Graded, Grader, Kept};

/// What the attacks have in common.
const PRELUDE: &str = r#"
import os, signal, socket, subprocess, sys, threading, time

def processes():
    for name in os.listdir("/proc"):
        if name.isdigit() and int(name) != os.getpid():
            yield int(name)

def words(pid):
    try:
        with open("/proc/%d/cmdline" % pid) as file:
            return file.read().split("\0")
    except OSError:
        return [""]

def harnesses():
    "The harness that grades this, and no other."
    for pid in processes():
        if words(pid)[0].endswith("CLASSROOM/programs/harness"):
            yield pid
"#;

/// What a run comes to that attacks the harness at its import.
const SERVER: &str = r#"
class Server:
    def __init__(self, host, port, buffer_size): pass
    def start(self): pass
    def shutdown(self): pass
"#;

fn room(grader: Grader, attack: &str, server: &str) -> Classroom {
    Classroom::new(grader, &format!("{PRELUDE}\n{attack}\n{server}"))
}

/// Plays an attack under everything that it can be played under. Contained, it gains nothing and changes nothing; and it does
/// gain something where nothing keeps it from that: if not, it would show nothing.
#[track_caller]
fn assert_gains_nothing(
    attack: &str,
    server: &str,
    scenario: &str,
    gains: impl Fn(&Classroom, &Graded) -> bool,
) {
    for grader in Grader::possible() {
        for kept in Kept::for_attacks(grader).iter().copied() {
            let room = room(grader, attack, server);
            let before = room.outside();
            let graded = room.grade(kept, scenario);
            if kept == Kept::ByNothing {
                assert!(gains(&room, &graded), "{grader:?}: the attack is none: {graded:#?}");
                continue;
            }
            assert!(graded.has_decided(), "{grader:?}, kept {kept:?}: {graded:#?}");
            assert_eq!(graded.score(), Some(0), "{grader:?}, kept {kept:?}: {graded:#?}");
            assert_eq!(room.outside(), before, "{grader:?}, kept {kept:?}");
            room.assert_nothing_left();
        }
    }
}

fn scores(_: &Classroom, graded: &Graded) -> bool {
    graded.score().is_some_and(|score| score > 0)
}

#[test]
fn the_reference_server_cannot_be_run_by_a_hand_in() {
    let server = r#"
class Server:
    def __init__(self, host, port, buffer_size):
        places = ["CLASSROOM/programs"]
        places += [os.path.dirname(os.readlink("/proc/%d/exe" % pid)) for pid in processes() if os.access("/proc/%d/exe" % pid, os.R_OK)]
        for place in places:
            try:
                self.child = subprocess.Popen([place + "/reference-server", "--host", host, "--port", str(port)])
                break
            except OSError as error:
                print(error)
        else:
            raise SystemExit("there is none")
    def start(self):
        self.child.wait()
    def shutdown(self):
        self.child.kill()
"#;
    assert_gains_nothing("", server, "short", scores);
}

#[test]
fn a_copy_of_the_reference_server_cannot_be_made() {
    let server = r#"
class Server:
    def __init__(self, host, port, buffer_size):
        with open("CLASSROOM/programs/reference-server", "rb") as source, open("copy", "wb") as copy:
            copy.write(source.read(60 << 20))
        raise SystemExit("copied")
    def start(self): pass
    def shutdown(self): pass
"#;
    let copies = |_: &Classroom, graded: &Graded| graded.text().contains("copied");
    assert_gains_nothing("", server, "short", copies);
}

#[test]
fn the_files_of_another_student_cannot_be_executed() {
    let attack = r#"
with open("CLASSROOM/class/alice/buffered_server.py") as file:
    exec(file.read())
"#;
    assert_gains_nothing(attack, "", "short", scores);
}

#[test]
fn the_files_of_another_student_cannot_be_executed_by_a_link() {
    let attack = r#"
os.symlink("CLASSROOM/class/alice", "stolen")
sys.path.insert(0, os.path.abspath("stolen"))
source = open("stolen/buffered_server.py").read()
exec(source)
"#;
    assert_gains_nothing(attack, "", "short", scores);
}

/// A link in what is handed in is not even followed.
#[test]
fn a_link_to_another_student_is_not_handed_in() {
    let room = room(Grader::Ordinary, "import theirs\nfrom theirs import *", "");
    symlink(room.student("alice").join("buffered_server.py"), room.student("mallory").join("theirs.py"))
        .unwrap();
    for kept in Kept::ALL {
        let graded = room.grade(kept, "short");
        assert_eq!(graded.score(), Some(0), "{graded:#?}");
    }
}

#[test]
fn a_report_cannot_be_written_by_who_kills_the_harness() {
    let attack = r#"
import json
forged = json.dumps({"verdict": "pass", "score": 15, "results": []})

def forge():
    for path in ["CLASSROOM/reports/report", "/dev/stdout"]:
        try:
            # Who kills the harness ends with it, at any point from here on: nothing is emptied first.
            os.write(os.open(path, os.O_WRONLY | os.O_CREAT), forged.encode())
        except OSError as error:
            print(error)

forge()
for pid in harnesses():
    try:
        os.kill(pid, signal.SIGKILL)
    except OSError as error:
        print(error)
# The harness may have written its own in between.
forge()
"#;
    let kills = |room: &Classroom, graded: &Graded| {
        let written = fs::read_to_string(room.report_file()).unwrap_or_default();
        graded.output.status.signal().is_some() && written.contains("\"score\": 15")
    };
    assert_gains_nothing(attack, SERVER, "short", kills);
}

#[test]
fn no_signal_reaches_the_harness() {
    let attack = r#"
for pid in harnesses():
    for number in range(1, 65):
        try:
            os.kill(pid, number)
        except OSError:
            pass
"#;
    let stops = |_: &Classroom, graded: &Graded| {
        !graded.has_decided() || graded.text().contains("The run was stopped before")
    };
    assert_gains_nothing(attack, SERVER, "short", stops);
}

/// Nothing that a hand-in leaves behind changes what the next one is graded like.
#[test]
fn the_next_hand_in_cannot_be_poisoned() {
    let attack = r#"
import site
places = ["CLASSROOM/class/alice/sitecustomize.py", "CLASSROOM/class/alice/buffered_server.py",
          "CLASSROOM/home/.pythonrc", site.getusersitepackages() + "/usercustomize.py",
          "CLASSROOM/home/poison", "CLASSROOM/programs/harness"]
for path in places:
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "a") as file:
            file.write("raise SystemExit\n")
    except OSError as error:
        print(error)
"#;
    for grader in Grader::possible() {
        for kept in [Kept::InEveryWay, Kept::ByLandlock] {
            let room = room(grader, attack, SERVER);
            let before = room.outside();
            assert_eq!(room.grade(kept, "short").score(), Some(0));
            assert_eq!(room.outside(), before, "{grader:?}, kept {kept:?}");
        }
    }
}

//! The library in a program that has children of its own, and that grades on several threads.

use std::fs;
use std::io::{self, BufRead, BufReader, Write};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc::{TryRecvError, channel};
use std::thread;
use std::time::Instant;

use lengthwise::os::wait::wait_until;
use lengthwise::target::{CommandServer, ServerTarget, Stack, Stop, Stopper};
use rustix::process::{Pid, Signal, kill_process, test_kill_process};

use super::stage::{SOON, Stage};

/// A server that this process starts itself, confined as usual.
fn server(command: &str) -> CommandServer {
    let stopper = Stopper { stop: Stop::Owner, deadline: SOON, ask: |_| Ok(()) };
    CommandServer::new(command.parse().unwrap(), [127, 0, 0, 1].into(), None, 1024, SOON, stopper)
}

fn server_on(stage: &Stage) -> CommandServer {
    server(&format!("python3 {}/program.py", stage.path().display()))
}

/// Starts a program as any program would, and reads the first line that it prints.
fn start_own(program: &str, arguments: &[&str]) -> (Child, BufReader<ChildStdout>, String) {
    let mut command = Command::new(program);
    let mut child = command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    output.read_line(&mut line).unwrap();
    (child, output, line.trim().to_owned())
}

#[test]
fn children_of_the_embedding_program_are_left_alone() {
    let stage = Stage::with("forks_away(sleeps)\nserve()");
    server_on(&stage).start(0).unwrap().end(Stack::Omit);

    // One in a session of its own, and one in another whose parent has ended, which has become a child of this
    // process because of the server.
    let (mut child, _output, _) = start_own("setsid", &["sh", "-c", "echo; exec sleep 1000"]);
    let script = "setsid sleep 1000 >/dev/null & echo $!";
    let (mut parent, _rest, orphan) = start_own("sh", &["-c", script]);
    parent.wait().unwrap();
    let orphan = Pid::from_raw(orphan.parse().unwrap()).unwrap();

    server_on(&stage).start(0).unwrap().end(Stack::Omit);
    assert_eq!(stage.processes(), [] as [&str; 0], "the servers are gone");
    let child_is_there = matches!(child.try_wait(), Ok(None));
    let orphan_is_there = test_kill_process(orphan).is_ok() && !is_zombie(orphan);

    let _ = child.kill();
    let _ = child.wait();
    let _ = kill_process(orphan, Signal::KILL);
    assert!(child_is_there, "the child has been ended");
    assert!(orphan_is_there, "the orphan has been ended");
}

fn is_zombie(pid: Pid) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(") ").is_some_and(|(_, rest)| rest.starts_with('Z'))
}

/// Holds a process so that it cannot be waited for when it has ended: to that end it traces it. Says whether it
/// may.
const HOLDER: &str = r#"
import ctypes, sys
libc = ctypes.CDLL(None)
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p]
PTRACE_SEIZE = 0x4206
print(libc.ptrace(PTRACE_SEIZE, int(sys.argv[1]), None, None), flush=True)
sys.stdin.read()
"#;

#[test]
fn waiting_for_one_program_keeps_no_other_from_being_started_and_ended() {
    let stage = Stage::with(
        r#"
import ctypes
PR_SET_PTRACER, ANYBODY = 0x59616d61, -1
ctypes.CDLL(None).prctl(PR_SET_PTRACER, ctypes.c_ulong(ANYBODY), 0, 0, 0)
serve()
"#,
    );
    let stubborn = server_on(&stage).start(0).unwrap();
    let pid = Pid::from_raw(stubborn.pid().unwrap().try_into().unwrap()).unwrap();
    let (mut holder, _output, refused) = start_own("python3", &["-c", HOLDER, &pid.to_string()]);
    if refused != "0" {
        let _ = writeln!(io::stderr(), "skipped, for no process may be traced here");
        holder.wait().unwrap();
        return;
    }

    let (ended, has_ended) = channel();
    let ending = thread::spawn(move || {
        stubborn.end(Stack::Omit);
        ended.send(()).unwrap();
    });
    let is_killed = wait_until(Instant::now() + SOON, || Ok(is_zombie(pid).then_some(())));
    is_killed.unwrap().expect("the program is killed");
    // Is started, and ended when it has not listened.
    assert!(server("false").start(0).is_err());
    let is_waiting = has_ended.try_recv() == Err(TryRecvError::Empty);

    drop(holder.stdin.take());
    holder.wait().unwrap();
    ending.join().unwrap();
    assert!(is_waiting, "the other program was not started before the first was gone");
    assert_eq!(stage.processes(), [] as [&str; 0]);
}

//! What it costs to look whether a program is blocked for good, and what share of a processor the harness takes while it waits
//! for one of which that cannot be known. The figures are in `.github/PERFORMANCE.md`.

use std::error::Error;
use std::fs;
use std::io::{self, BufRead, BufReader, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use divan::Bencher;
use lengthwise::Assignment;
use lengthwise::course::Names;
use lengthwise::event::TargetDescription;
use lengthwise::os::silence::{ConnectionAddresses, Prover, Roots};
use lengthwise::os::sock_diag::SocketTable;
use lengthwise::run::Runner;
use lengthwise::scenario;
use lengthwise::side::Casting;
use lengthwise::target::{Confinement, Submission, Target};
use rustix::time::{ClockId, clock_gettime};
use support::changes::change;
use support::fixtures::fixture;

#[path = "../tests/support"]
mod support {
    pub(crate) mod changes;
    pub(crate) mod fixtures;
}

/// Deadlines by which the idle server is waited for. What else is done for a run is the same for both.
const DEADLINES: [Duration; 2] = [Duration::from_millis(500), Duration::from_millis(4_500)];
/// Never replies, and sleeps with a timeout, which proves nothing.
const IDLE: [(&str, &str); 2] = [
    ("connection, _ = self.sock.accept()", "connection, _ = self.sock.accept(); connection.settimeout(1000)"),
    ("connection.sendall(pack('!I', len(reply)) + reply)", "print(reply)"),
];

fn main() -> Result<(), Box<dyn Error>> {
    divan::main();
    let work = tempfile::tempdir()?;
    let [brief, long] = DEADLINES.map(|deadline| idle_wait(work.path(), deadline));
    let ((computed_before, waited_before), (computed, waited)) = (brief?, long?);
    let share = (computed - computed_before).as_secs_f64() / (waited - waited_before).as_secs_f64();
    writeln!(io::stdout(), "an idle wait: {:.2} % of a processor", 100.0 * share)?;
    Ok(())
}

/// A program of two threads, one of which receives on a connection of the harness.
struct Program {
    child: Child,
    stream: TcpStream,
}

impl Program {
    /// The other thread does what `main` says.
    fn start(main: &str) -> Self {
        let source = format!(
            "
import socket, sys, threading
listener = socket.create_server(('127.0.0.1', 0))
print(listener.getsockname()[1], flush=True)
connection, _ = listener.accept()
receiver = threading.Thread(target=connection.recv, args=(1024,))
receiver.start()
print('ready', flush=True)
{main}
"
        );
        let mut child = Command::new("python3")
            .args(["-c", &source])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let port = lines.next().unwrap().unwrap().parse().unwrap();
        let stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        lines.next().unwrap().unwrap();
        Self { child, stream }
    }

    fn bench_look(&self, bencher: Bencher, is_proven: bool) {
        let roots = Roots::from(vec![self.child.id()]);
        let ends: ConnectionAddresses = (self.stream.peer_addr().unwrap(), self.stream.local_addr().unwrap());
        let mut table = SocketTable::open().unwrap();
        let mut prover = Prover::new(Duration::from_secs(1));
        let mut look = || prover.look(Duration::ZERO, &roots, &[ends], &mut table).is_some();
        while look() != is_proven {}
        bencher.bench_local(look);
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Most looks are of this kind: a wait goes on after them.
#[divan::bench]
fn a_look_that_finds_a_sleep_with_a_timeout(bencher: Bencher) {
    Program::start("receiver.join(1000)").bench_look(bencher, false);
}

/// Ends a wait, and looks at what every process of this machine has open.
#[divan::bench]
fn a_look_that_is_a_proof(bencher: Bencher) {
    Program::start("sys.stdin.read()").bench_look(bencher, true);
}

/// For how long this process has a processor while it plays against a server that never replies, and how long that takes.
fn idle_wait(work: &Path, deadline: Duration) -> Result<(Duration, Duration), Box<dyn Error>> {
    let server = "buffered_server.py";
    let natural = fs::read_to_string(fixture("handins/right/natural").join(server))?;
    fs::write(work.join(server), change(&natural, &IDLE))?;
    let loaded = Submission::find(work, None, None, &Names::default())?.load(
        Path::new("python3"),
        &Assignment::default(),
        Duration::from_secs(10),
        &Confinement::default(),
    )?;
    let mut target = Target::server(loaded.server);
    let mut runner = Runner::new(TargetDescription::new("submission"), "harness --submission .");
    runner.deadline = deadline;
    runner.castings = vec![Casting::SERVER];
    runner.scenarios = scenario::find("short").into_iter().collect();
    let (before, started) = (computed()?, Instant::now());
    let record = runner.grade(&mut target);
    let (computed, elapsed) = (computed()? - before, started.elapsed());
    assert!(record.tally.failed == 1 && elapsed >= deadline, "it was waited for: {elapsed:?}");
    Ok((computed, elapsed))
}

/// For how long this process has had a processor.
fn computed() -> io::Result<Duration> {
    clock_gettime(ClockId::ProcessCPUTime).try_into().map_err(io::Error::other)
}

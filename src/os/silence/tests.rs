use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::channel;
use std::thread;
use std::time::{Duration, Instant};

use rustix::thread::gettid;

use super::*;
use crate::os::proc::{self, Activity};
use crate::os::wait::wait_until;

const PATIENCE: Duration = Duration::from_secs(60);

/// A Python program to which the harness is connected, once it has said that it has come so far.
struct Program {
    child: Child,
    stream: TcpStream,
}

impl Program {
    /// Runs `code` with a listening socket `l`.
    fn run(code: &str) -> Self {
        let prelude = "import os, select, signal, socket, struct, sys, threading, time\n\
                       l = socket.create_server(('127.0.0.1', 0))\n\
                       print(l.getsockname()[1], flush=True)\n";
        let mut child = Command::new("python3")
            .args(["-c", &format!("{prelude}{code}")])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let stream = TcpStream::connect(("127.0.0.1", line.trim().parse().unwrap())).unwrap();
        Self { child, stream }
    }

    fn ends(&self) -> ConnectionAddresses {
        (self.stream.peer_addr().unwrap(), self.stream.local_addr().unwrap())
    }

    fn prove(&self) -> Option<BlockedIn> {
        prove::prove(
            &Roots::from(vec![self.child.id()]),
            &[self.ends()],
            PATIENCE,
            &mut SocketTable::open().unwrap(),
        )
    }

    /// Waits for a proof, for as long as a machine may be busy.
    fn proven(&self) -> Option<BlockedIn> {
        wait_until(Instant::now() + Duration::from_secs(20), || Ok(self.prove())).unwrap()
    }

    /// Looks again and again for as long as the program is known to sleep, and finds no proof.
    fn is_never_proven(&self) -> bool {
        wait_until(Instant::now() + Duration::from_millis(400), || Ok(self.prove())).unwrap().is_none()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_program_that_can_only_wait_is_proven_silent() {
    let rows = [
        ("c = l.accept()[0]; c.recv(10)", BlockedIn::Recv),
        ("c = l.accept()[0]; l.accept()", BlockedIn::Accept),
        ("c = l.accept()[0]; select.select([c, l], [], [])", BlockedIn::Poll),
        ("c = l.accept()[0]; p = select.poll(); p.register(c, select.POLLIN); p.poll()", BlockedIn::Poll),
        (
            "c = l.accept()[0]; e = select.epoll(); e.register(c, select.EPOLLIN); a, b = socket.socketpair(); \
             e.register(a, select.EPOLLIN); e.poll()",
            BlockedIn::Poll,
        ),
        (
            "c = l.accept()[0]; t = threading.Thread(target=c.recv, args=(10,)); t.start(); t.join()",
            BlockedIn::Recv,
        ),
        ("c = l.accept()[0]; a = threading.Lock(); a.acquire(); a.acquire()", BlockedIn::Lock),
        ("c = l.accept()[0]\nif os.fork() == 0: c.recv(10)\nelse: os.wait()", BlockedIn::Recv),
        ("c = l.accept()[0]; signal.pause()", BlockedIn::Signal),
        // Nobody accepts this connection.
        ("c = socket.create_connection(l.getsockname()); c.recv(10)", BlockedIn::RecvElsewhere),
        ("c = l.accept()[0]; time.sleep(100)", BlockedIn::Sleep),
        ("c = l.accept()[0]; sys.stdin.read()", BlockedIn::Read),
        (
            "c = l.accept()[0]\nimport asyncio\nasync def main():\n  r, w = await asyncio.open_connection(sock=c)\n  \
             await r.read(10)\nasyncio.run(main())",
            BlockedIn::Poll,
        ),
    ];
    for (code, wanted) in rows {
        let program = Program::run(code);
        assert_eq!(program.proven(), Some(wanted), "{code}");
    }
}

#[test]
fn what_ends_by_itself_is_no_proof() {
    let rows = [
        "c = l.accept()[0]; time.sleep(20)",
        "c = l.accept()[0]; c.settimeout(1000); c.recv(10)",
        "c = l.accept()[0]; c.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack('ll', 1000, 0)); c.recv(10)",
        "signal.signal(signal.SIGALRM, lambda *_: None); signal.alarm(20); c = l.accept()[0]; c.recv(10)",
        "c = l.accept()[0]; threading.Thread(target=time.sleep, args=(20,)).start(); c.recv(10)",
        "c = l.accept()[0]\nif os.fork() == 0: time.sleep(20)\nc.recv(10)",
        "c = l.accept()[0]; select.select([c], [], [], 1000)",
        "c = l.accept()[0]\nwhile True: pass",
        "import subprocess; c = l.accept()[0]; subprocess.run(['sleep', '20'])",
    ];
    for code in rows {
        let program = Program::run(code);
        assert!(program.is_never_proven(), "{code}");
    }
}

#[test]
fn the_timeout_of_a_wait_on_the_connection_is_seen() {
    let rows = [
        ("c = l.accept()[0]; c.settimeout(50); c.recv(10)", Some(50_000)),
        ("c = l.accept()[0]; select.select([c], [], [], 50)", Some(50_000)),
        ("c = l.accept()[0]; p = select.poll(); p.register(c, select.POLLIN); p.poll(50000)", Some(50_000)),
        ("c = l.accept()[0]; e = select.epoll(); e.register(c, select.EPOLLIN); e.poll(50)", Some(50_000)),
        (
            "c = l.accept()[0]; c.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack('ll', 50, 0)); \
             c.recv(10)",
            Some(50_000),
        ),
        // One that has nothing to do with the connection.
        (
            "c = l.accept()[0]; threading.Thread(target=c.recv, args=(1,)).start(); l.settimeout(50); l.accept()",
            None,
        ),
        ("c = l.accept()[0]; c.recv(10)", None),
    ];
    for (code, wanted) in rows {
        let program = Program::run(code);
        let (own, peer) = program.ends();
        let mut table = SocketTable::open().unwrap();
        let seen = || {
            let inode = table.connection(own, peer)?.map_or(0, |end| end.inode);
            if inode == 0 {
                return Ok(None);
            }
            let waiters = Waiters::on(inode, &Roots::default());
            let is_asleep = proc::threads_of(program.child.id()).is_some_and(|threads| {
                threads.iter().all(|thread| matches!(thread.activity, Activity::Sleeps(_)))
            });
            Ok(is_asleep.then(|| waiters.look().timeout()))
        };
        let seen = wait_until(Instant::now() + Duration::from_secs(20), seen).unwrap();
        assert_eq!(seen, Some(wanted.map(Duration::from_millis)), "{code}");
    }
}

#[test]
fn bytes_that_are_on_their_way_are_waited_for() {
    let program = Program::run("c = l.accept()[0]\nwhile True: c.recv(10)");
    for _ in 0..200 {
        (&program.stream).write_all(b"x").unwrap();
        // Whenever it is proven, the byte has been read.
        assert_eq!(program.proven(), Some(BlockedIn::Recv));
        let mut table = SocketTable::open().unwrap();
        let (own, peer) = program.ends();
        assert_eq!(table.connection(own, peer).unwrap().unwrap().unread, 0);
    }
}

#[test]
fn a_process_that_shares_the_connection_or_could_accept_it_is_found_wherever_it_comes_from() {
    // The helper has left: it is a child of another process by now.
    let leaves_a_helper =
        "if os.fork() == 0:\n  if os.fork() == 0: time.sleep(20)\n  os._exit(0)\nos.wait()\n";
    for code in [
        format!("c = l.accept()[0]\n{leaves_a_helper}c.recv(10)"),
        format!("{leaves_a_helper}c = socket.create_connection(l.getsockname()); c.recv(10)"),
    ] {
        assert!(Program::run(&code).is_never_proven(), "{code}");
    }
}

#[test]
fn a_program_that_nobody_named_is_not_proven() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let stream = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let ends = (stream.peer_addr().unwrap(), stream.local_addr().unwrap());
    let mut prover = Prover::new(PATIENCE);
    assert_eq!(
        prover.look(Duration::ZERO, &Roots::default(), &[ends], &mut SocketTable::open().unwrap()),
        None
    );
}

/// As a process has that was forked a moment ago, whose connections are closed once it runs its program.
#[test]
fn what_another_process_alone_has_open_is_no_proof_for_a_thread_of_this_one() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let stream = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let (mut peer, _) = listener.accept().unwrap();
    let (sender, tid) = channel();
    let reader = thread::spawn(move || {
        sender.send(gettid()).unwrap();
        peer.read(&mut [0]).unwrap()
    });
    let roots =
        Roots { pids: Vec::new(), threads: vec![tid.recv().unwrap().as_raw_pid().try_into().unwrap()] };
    let prove = || prove::prove(&roots, &[], PATIENCE, &mut SocketTable::open().unwrap());
    let proven = wait_until(Instant::now() + Duration::from_secs(20), || Ok(prove())).unwrap();
    assert_eq!(proven, Some(BlockedIn::RecvElsewhere));
    let mut child = Command::new("sleep").arg("1000").stdin(OwnedFd::from(stream)).spawn().unwrap();
    let proven = wait_until(Instant::now() + Duration::from_millis(400), || Ok(prove())).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(proven, None);
    assert_eq!(reader.join().unwrap(), 0);
}

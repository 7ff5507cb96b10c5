//! How many pieces a second are delivered, each of them ending a read of the peer, and what sets that limit.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use divan::Bencher;
use divan::counter::ItemsCount;
use lengthwise::os::sock_diag::SocketTable;
use lengthwise::pace::{Outlook, Pacer, Waits};

const PIECES: usize = 1000;
const PIECE: &[u8] = b"twenty bytes a piece";

/// How often a delivery looked at the peer's socket, in all the pieces delivered.
#[derive(Debug)]
struct Looks {
    looks: AtomicU64,
    pieces: AtomicU64,
}

impl Looks {
    const fn new() -> Self {
        Self { looks: AtomicU64::new(0), pieces: AtomicU64::new(0) }
    }

    fn per_piece(&self) -> f64 {
        self.looks.load(Ordering::Relaxed) as f64 / self.pieces.load(Ordering::Relaxed) as f64
    }
}

static LOOKS_AT_A_THREAD: Looks = Looks::new();
static LOOKS_AT_PYTHON: Looks = Looks::new();

fn main() -> io::Result<()> {
    divan::main();
    for (name, looks) in [("to_a_thread", &LOOKS_AT_A_THREAD), ("to_a_python_program", &LOOKS_AT_PYTHON)] {
        if looks.pieces.load(Ordering::Relaxed) > 0 {
            writeln!(io::stdout(), "{name}: {:.1} looks per piece", looks.per_piece())?;
        }
    }
    Ok(())
}

fn deliver(bencher: Bencher, stream: &TcpStream, looks: &Looks) {
    let mut pacer = Pacer::for_connection(stream, &SocketTable::open().unwrap()).unwrap();
    let pieces = vec![PIECE; PIECES];
    let minute = Duration::from_secs(60);
    bencher.counter(ItemsCount::new(PIECES)).bench_local(|| {
        let waits = Waits { patience: minute, ..Waits::until(Instant::now() + minute) };
        looks.pieces.fetch_add(PIECES as u64, Ordering::Relaxed);
        let mut on_wait = |_| {
            looks.looks.fetch_add(1, Ordering::Relaxed);
            Ok(Outlook::Open)
        };
        pacer.deliver(stream, &pieces, &waits, &mut on_wait).unwrap()
    });
}

#[divan::bench]
fn to_a_thread(bencher: Bencher) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let stream = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let reader = thread::spawn(move || {
        let mut stream = listener.accept().unwrap().0;
        while stream.read(&mut [0; 1024]).unwrap() > 0 {}
    });
    deliver(bencher, &stream, &LOOKS_AT_A_THREAD);
    drop(stream);
    reader.join().unwrap();
}

/// What is left of a delivery where looking costs nothing: the reader itself says in shared memory what it has
/// read. No delivery that waits for each read can be faster than the system sends, wakes the reader and returns
/// from its call.
#[divan::bench]
fn to_a_thread_that_tells(bencher: Bencher) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut stream = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    stream.set_nodelay(true).unwrap();
    let read = AtomicU64::new(0);
    thread::scope(|scope| {
        scope.spawn(|| {
            let mut stream = listener.accept().unwrap().0;
            loop {
                match stream.read(&mut [0; 1024]).unwrap() {
                    0 => break,
                    len => read.fetch_add(len as u64, Ordering::Release),
                };
            }
        });
        let mut sent = 0;
        bencher.counter(ItemsCount::new(PIECES)).bench_local(|| {
            for _ in 0..PIECES {
                stream.write_all(PIECE).unwrap();
                sent += PIECE.len() as u64;
                while read.load(Ordering::Acquire) < sent {
                    std::hint::spin_loop();
                }
            }
        });
        drop(stream);
    });
}

#[divan::bench]
fn to_a_python_program(bencher: Bencher) {
    let source = "
import socket
listener = socket.create_server(('127.0.0.1', 0))
print(listener.getsockname()[1], flush=True)
connection, _ = listener.accept()
while connection.recv(1024):
    pass
";
    let mut python = Command::new("python3").args(["-c", source]).stdout(Stdio::piped()).spawn().unwrap();
    let mut port = String::new();
    BufReader::new(python.stdout.take().unwrap()).read_line(&mut port).unwrap();
    let stream = TcpStream::connect(("127.0.0.1", port.trim().parse().unwrap())).unwrap();
    deliver(bencher, &stream, &LOOKS_AT_PYTHON);
    drop(stream);
    python.wait().unwrap();
}

/// A connection of two sockets, and its addresses seen from the second.
fn connection() -> io::Result<(TcpListener, TcpStream)> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let stream = TcpStream::connect(listener.local_addr()?)?;
    Ok((listener, stream))
}

#[divan::bench]
fn one_look_at_a_connection(bencher: Bencher) {
    let (_listener, stream) = connection().unwrap();
    let (peer, own) = (stream.peer_addr().unwrap(), stream.local_addr().unwrap());
    let mut table = SocketTable::open().unwrap();
    bencher.bench_local(|| table.connection(peer, own).unwrap().unwrap());
}

#[divan::bench]
fn one_look_for_listeners(bencher: Bencher) {
    let (listener, _stream) = connection().unwrap();
    let port = listener.local_addr().unwrap().port();
    let mut table = SocketTable::open().unwrap();
    bencher.bench_local(|| table.listeners(port).unwrap());
}

#[divan::bench]
fn opening_the_table(bencher: Bencher) {
    bencher.bench_local(|| SocketTable::open().unwrap());
}

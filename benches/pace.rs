//! How many pieces a second are delivered, each of them ending a read of the peer.

use std::io::{self, BufRead, BufReader, Read};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use divan::Bencher;
use divan::counter::ItemsCount;
use lengthwise::os::sock_diag::SocketTable;
use lengthwise::pace::{Outlook, Pacer, Waits};

const PIECES: usize = 1000;

fn main() {
    divan::main();
}

fn deliver(bencher: Bencher, stream: &TcpStream) {
    let mut pacer = Pacer::for_connection(stream, &SocketTable::open().unwrap()).unwrap();
    let pieces = vec![&b"twenty bytes a piece"[..]; PIECES];
    let minute = Duration::from_secs(60);
    bencher.counter(ItemsCount::new(PIECES)).bench_local(|| {
        let waits = Waits { patience: minute, ..Waits::until(Instant::now() + minute) };
        pacer.deliver(stream, &pieces, &waits, &mut |_| Ok(Outlook::Open)).unwrap()
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
    deliver(bencher, &stream);
    drop(stream);
    reader.join().unwrap();
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
    deliver(bencher, &stream);
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

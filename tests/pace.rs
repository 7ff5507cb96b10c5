//! Deliveries to programs that really read: which boundaries they see, and what is said when they do not read.

use std::io::{self, Read, Write};
use std::net::{Ipv6Addr, SocketAddr, TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use lengthwise::delivery::Boundary;
use lengthwise::os::sock_diag::SocketTable;
use lengthwise::pace::{DeliveryError, DeliveryFailure, Outlook, Pacer, Waits};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use rustix::net::{RecvFlags, recv};
use socket2::{Domain, SockAddr, SockRef, Socket, Type};

const PIECES: usize = 10_000;

/// Waits that no load on the machine uses up.
fn ample() -> Waits {
    let minute = Duration::from_secs(60);
    Waits { patience: minute, accept_patience: minute, deadline: Instant::now() + minute }
}

/// Waits for a peer that is expected to leave bytes unread.
fn brief(deadline: Duration) -> Waits {
    Waits { patience: Duration::from_millis(20), ..Waits::until(Instant::now() + deadline) }
}

fn nothing(_sent: u64) -> io::Result<Outlook> {
    Ok(Outlook::Open)
}

/// A peer in a thread of this process, and the stream to it.
struct Peer<T> {
    stream: TcpStream,
    thread: JoinHandle<T>,
}

impl<T: Send + 'static> Peer<T> {
    fn on(listener: TcpListener, program: impl FnOnce(TcpListener) -> T + Send + 'static) -> Self {
        let mut address = listener.local_addr().unwrap();
        if address.ip().is_unspecified() {
            address.set_ip([127, 0, 0, 1].into());
        }
        let thread = thread::spawn(|| program(listener));
        Self { stream: TcpStream::connect(address).unwrap(), thread }
    }

    fn accepting(program: impl FnOnce(TcpStream) -> T + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        Self::on(listener, |listener| program(listener.accept().unwrap().0))
    }

    fn exact_pacer(&self) -> Pacer {
        let pacer = Pacer::for_connection(&self.stream, &SocketTable::open().unwrap()).unwrap();
        assert!(pacer.is_exact());
        pacer
    }

    /// Delivers to the peer and hangs up; returns what the peer has returned too.
    fn deliver(self, pieces: &[Vec<u8>], waits: &Waits) -> (Result<Vec<Boundary>, DeliveryError>, T) {
        let delivered = self.exact_pacer().deliver(&self.stream, &slices(pieces), waits, &mut nothing);
        drop(self.stream);
        (delivered, self.thread.join().unwrap())
    }
}

fn slices(pieces: &[Vec<u8>]) -> Vec<&[u8]> {
    pieces.iter().map(Vec::as_slice).collect()
}

fn random_pieces(seed: u64) -> Vec<Vec<u8>> {
    let mut random = StdRng::seed_from_u64(seed);
    (0..PIECES).map(|_| vec![b'x'; random.random_range(1..=40)]).collect()
}

fn equal_pieces(count: usize, len: usize) -> Vec<Vec<u8>> {
    vec![vec![b'x'; len]; count]
}

/// The lengths of all reads until the end of the stream.
fn read_lens(mut stream: TcpStream) -> Vec<usize> {
    let mut buffer = vec![0; 64 << 10];
    let mut lens = Vec::new();
    loop {
        match stream.read(&mut buffer).unwrap() {
            0 => return lens,
            len => lens.push(len),
        }
    }
}

/// Reads some messages of known length, then waits until the test is over without reading on.
fn read_and_stop(mut stream: TcpStream, lens: &[usize], over: &Receiver<()>) {
    for len in lens {
        stream.read_exact(&mut vec![0; *len]).unwrap();
    }
    let _ = over.recv();
}

fn over() -> (Sender<()>, Receiver<()>) {
    mpsc::channel()
}

fn dual_stack_listener() -> TcpListener {
    let socket = Socket::new(Domain::IPV6, Type::STREAM, None).unwrap();
    socket.set_only_v6(false).unwrap();
    socket.bind(&SockAddr::from(SocketAddr::from((Ipv6Addr::UNSPECIFIED, 0)))).unwrap();
    socket.listen(7).unwrap();
    socket.into()
}

#[track_caller]
fn assert_every_piece_ends_a_read(listener: TcpListener, seed: u64) {
    let pieces = random_pieces(seed);
    let lens: Vec<_> = pieces.iter().map(Vec::len).collect();
    let peer = Peer::on(listener, |listener| read_lens(listener.accept().unwrap().0));
    let (delivered, reads) = peer.deliver(&pieces, &ample());
    assert_eq!(delivered.unwrap(), vec![Boundary::Confirmed; PIECES - 1]);
    assert_eq!(reads, lens);
}

#[test]
fn every_piece_ends_a_read_on_ipv4() {
    assert_every_piece_ends_a_read(TcpListener::bind("127.0.0.1:0").unwrap(), 4);
}

#[test]
fn every_piece_ends_a_read_on_ipv6() {
    assert_every_piece_ends_a_read(TcpListener::bind("[::1]:0").unwrap(), 6);
}

#[test]
fn every_piece_ends_a_read_of_an_ipv6_socket_with_an_ipv4_client() {
    assert_every_piece_ends_a_read(dual_stack_listener(), 46);
}

#[test]
fn every_piece_ends_a_read_of_a_python_program() {
    let source = "
import socket
listener = socket.create_server(('127.0.0.1', 0))
print(listener.getsockname()[1], flush=True)
connection, _ = listener.accept()
lens = []
while chunk := connection.recv(65536):
    lens.append(len(chunk))
print(*lens)
";
    let mut python = Command::new("python3").args(["-c", source]).stdout(Stdio::piped()).spawn().unwrap();
    let mut output = io::BufReader::new(python.stdout.take().unwrap());
    let mut port = String::new();
    io::BufRead::read_line(&mut output, &mut port).unwrap();
    let stream = TcpStream::connect(("127.0.0.1", port.trim().parse().unwrap())).unwrap();

    let pieces = random_pieces(3);
    let mut pacer = Pacer::for_connection(&stream, &SocketTable::open().unwrap()).unwrap();
    let delivered = pacer.deliver(&stream, &slices(&pieces), &ample(), &mut nothing);
    assert_eq!(delivered.unwrap(), vec![Boundary::Confirmed; PIECES - 1]);

    drop(stream);
    let reads = io::read_to_string(output).unwrap();
    let reads: Vec<usize> = reads.split_whitespace().map(|len| len.parse().unwrap()).collect();
    assert_eq!(reads, pieces.iter().map(Vec::len).collect::<Vec<_>>());
    assert!(python.wait().unwrap().success());
}

#[test]
fn a_client_that_reads_is_served_piece_by_piece() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let thread = thread::spawn(|| read_lens(client));
    let stream = listener.accept().unwrap().0;
    let (delivered, reads) = Peer { stream, thread }.deliver(&equal_pieces(100, 3), &ample());
    assert_eq!(delivered.unwrap(), [Boundary::Confirmed; 99]);
    assert_eq!(reads, [3; 100]);
}

#[test]
fn a_piece_larger_than_every_buffer_ends_a_read_too() {
    let pieces = equal_pieces(3, 16 << 20);
    let peer = Peer::accepting(read_lens);
    let (delivered, reads) = peer.deliver(&pieces, &ample());
    assert_eq!(delivered.unwrap(), [Boundary::Confirmed; 2]);
    let ends: Vec<usize> = reads
        .iter()
        .scan(0, |end, len| {
            *end += len;
            Some(*end)
        })
        .collect();
    assert!([16 << 20, 32 << 20, 48 << 20].iter().all(|end| ends.contains(end)));
}

#[test]
fn a_connection_reset_before_it_was_looked_at_is_told_to_be_reset() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let stream = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    drop(listener);
    assert_eq!(stream.peer_addr().unwrap_err().kind(), io::ErrorKind::NotConnected);
    let mut pacer = Pacer::for_connection(&stream, &SocketTable::open().unwrap()).unwrap();
    assert!(!pacer.is_exact());
    let undelivered = pacer.deliver(&stream, &[b"1", b"2"], &ample(), &mut nothing).unwrap_err();
    assert!(matches!(undelivered.cause, DeliveryFailure::Reset), "{undelivered:?}");
}

#[test]
fn a_late_accept_costs_no_boundary() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let peer = Peer::on(listener, |listener| {
        thread::sleep(Duration::from_millis(200));
        read_lens(listener.accept().unwrap().0)
    });
    let (delivered, reads) = peer.deliver(&equal_pieces(5, 1), &ample());
    assert_eq!(delivered.unwrap(), [Boundary::Confirmed; 4]);
    assert_eq!(reads, [1; 5]);
}

#[test]
fn a_connection_that_nobody_accepts_is_called_that() {
    let (end, over) = over();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let peer = Peer::on(listener, move |_listener| over.recv().unwrap());
    let waits = Waits { accept_patience: Duration::from_secs(60), ..brief(Duration::from_millis(100)) };
    let delivered = peer.exact_pacer().deliver(&peer.stream, &[b"one", b"two"], &waits, &mut nothing);
    assert_eq!(
        delivered.unwrap_err().to_string(),
        "the peer did not accept the connection after piece 1 of 2"
    );
    end.send(()).unwrap();
}

#[test]
fn a_call_that_waits_for_more_gets_it() {
    let peer = Peer::accepting(|stream| {
        let mut lens = Vec::new();
        loop {
            match recv(&stream, &mut [0; 40][..], RecvFlags::WAITALL).unwrap().0 {
                0 => return lens,
                len => lens.push(len),
            }
        }
    });
    let (delivered, reads) = peer.deliver(&equal_pieces(200, 3), &ample());
    assert_eq!(delivered.unwrap().len(), 199);
    assert_eq!(reads, [40; 15]);
}

#[test]
fn a_program_that_reads_only_when_there_is_enough_gets_enough() {
    let peer = Peer::accepting(|mut stream| {
        while recv(&stream, &mut [0; 4][..], RecvFlags::PEEK).unwrap().0 < 4 {
            thread::yield_now();
        }
        stream.read_exact(&mut [0; 4]).unwrap();
        read_lens(stream)
    });
    let waits = brief(Duration::from_secs(60));
    let (delivered, _) = peer.deliver(&equal_pieces(6, 1), &waits);
    assert_eq!(delivered.unwrap()[..3], [Boundary::Unconfirmed; 3]);
}

#[test]
fn pieces_that_fit_are_sent_to_a_program_that_does_not_read() {
    let (end, over) = over();
    let peer = Peer::accepting(move |stream| read_and_stop(stream, &[7, 7, 7], &over));
    let delivered = peer.exact_pacer().deliver(
        &peer.stream,
        &slices(&equal_pieces(9, 7)),
        &brief(Duration::from_secs(60)),
        &mut nothing,
    );
    end.send(()).unwrap();
    assert_eq!(delivered.unwrap()[3..], [Boundary::Unconfirmed; 5]);
}

#[test]
fn a_program_that_stops_reading_is_called_that() {
    let (end, over) = over();
    let len = 1 << 20;
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    SockRef::from(&listener).set_recv_buffer_size(64 << 10).unwrap();
    let peer = Peer::on(listener, move |listener| {
        read_and_stop(listener.accept().unwrap().0, &[len; 3], &over);
    });
    SockRef::from(&peer.stream).set_send_buffer_size(64 << 10).unwrap();
    let pieces = equal_pieces(9, len);
    let waits = Waits {
        patience: Duration::from_millis(500),
        ..Waits::until(Instant::now() + Duration::from_secs(2))
    };
    let undelivered =
        peer.exact_pacer().deliver(&peer.stream, &slices(&pieces), &waits, &mut nothing).unwrap_err();
    end.send(()).unwrap();
    let DeliveryFailure::StoppedReading { unread: Some(unread) } = undelivered.cause else {
        panic!("{undelivered}")
    };
    assert_eq!((undelivered.pieces_sent, undelivered.pieces_read), (3, Some(3)));
    assert_eq!(
        undelivered.to_string(),
        format!("the peer stopped reading after piece 3 of 9: {unread} bytes lie unread")
    );
}

#[test]
fn a_program_that_closes_is_called_that() {
    for _ in 0..100 {
        let peer = Peer::accepting(|mut stream| stream.read_exact(&mut [0; 12]).unwrap());
        let (delivered, ()) = peer.deliver(&equal_pieces(9, 4), &ample());
        assert_eq!(delivered.unwrap_err().to_string(), "the peer closed after piece 3 of 9");
    }
}

#[test]
fn a_program_that_reads_everything_and_closes_has_read_everything() {
    for _ in 0..100 {
        let peer = Peer::accepting(|mut stream| stream.read_exact(&mut [0; 8]).unwrap());
        let (delivered, ()) = peer.deliver(&[b"one".to_vec(), b"whole".to_vec(), Vec::new()], &ample());
        assert_eq!(delivered.unwrap(), [Boundary::Confirmed; 2]);
    }
}

#[test]
fn a_slow_reader_has_not_stopped_reading() {
    let peer = Peer::accepting(|mut stream| {
        while stream.read(&mut [0]).is_ok_and(|len| len > 0) {
            thread::sleep(Duration::from_millis(1));
        }
    });
    let mut pacer = peer.exact_pacer();
    // By the time this is read the connection has been accepted too, and cannot be what the deadline is about.
    pacer.deliver(&peer.stream, &[b"first", b""], &ample(), &mut nothing).unwrap();
    let waits = Waits { deadline: Instant::now() + Duration::from_millis(100), ..ample() };
    let delivered = pacer.deliver(&peer.stream, &slices(&equal_pieces(2, 1000)), &waits, &mut nothing);
    assert_eq!(delivered.unwrap_err().to_string(), "the deadline passed after piece 1 of 2");
}

#[test]
fn an_answering_peer_and_the_delivery_do_not_wait_for_each_other() {
    let len = 8 << 20;
    let peer = Peer::accepting(|mut stream| {
        let mut buffer = vec![0; 64 << 10];
        loop {
            match stream.read(&mut buffer).unwrap() {
                0 => return,
                len => stream.write_all(&buffer[..len]).unwrap(),
            }
        }
    });
    let mut answered = 0;
    let mut buffer = vec![0; 64 << 10];
    let mut drain = |_| loop {
        match recv(&peer.stream, &mut buffer[..], RecvFlags::DONTWAIT) {
            Ok((_, len)) => answered += len,
            Err(rustix::io::Errno::AGAIN) => return Ok(Outlook::Open),
            Err(error) => return Err(error.into()),
        }
    };
    let pieces = equal_pieces(3, len);
    let delivered = peer.exact_pacer().deliver(&peer.stream, &slices(&pieces), &ample(), &mut drain);
    assert_eq!(delivered.unwrap().len(), 2);
    let rest = io::copy(&mut (&peer.stream).take((3 * len - answered) as u64), &mut io::sink()).unwrap();
    assert_eq!(answered + rest as usize, 3 * len);
}

#[test]
fn an_empty_last_piece_waits_for_the_one_before() {
    let peer = Peer::accepting(read_lens);
    let mut pacer = peer.exact_pacer();
    for _ in 0..100 {
        let delivered = pacer.deliver(&peer.stream, &[b"message", b""], &ample(), &mut nothing);
        assert_eq!(delivered.unwrap(), [Boundary::Confirmed]);
    }
    drop(peer.stream);
    assert_eq!(peer.thread.join().unwrap(), [7; 100]);
}

#[test]
fn what_fails_during_a_wait_ends_the_delivery() {
    let peer = Peer::accepting(read_lens);
    let mut fail = |_| Err(io::Error::other("no more"));
    let delivered = peer.exact_pacer().deliver(&peer.stream, &[b"one", b"two"], &ample(), &mut fail);
    assert_eq!(delivered.unwrap_err().to_string(), "no more after piece 1 of 2");
}

#[test]
fn a_timed_delivery_claims_no_boundary() {
    let peer = Peer::accepting(read_lens);
    let mut pacer = Pacer::timed(&peer.stream, Duration::from_millis(1)).unwrap();
    assert!(!pacer.is_exact());
    let delivered = pacer.deliver(&peer.stream, &[b"one", b"two", b"six"], &ample(), &mut nothing);
    assert_eq!(delivered.unwrap(), [Boundary::Unconfirmed; 2]);
    drop(peer.stream);
    assert_eq!(peer.thread.join().unwrap().iter().sum::<usize>(), 9);
}

#[test]
fn a_timed_delivery_tells_a_program_that_stops_reading() {
    let (end, over) = over();
    let peer = Peer::accepting(move |stream| read_and_stop(stream, &[], &over));
    let mut pacer = Pacer::timed(&peer.stream, Duration::ZERO).unwrap();
    let pieces = equal_pieces(1, 64 << 20);
    let waits = brief(Duration::from_millis(500));
    let undelivered = pacer.deliver(&peer.stream, &slices(&pieces), &waits, &mut nothing).unwrap_err();
    end.send(()).unwrap();
    assert_eq!(undelivered.to_string(), "the peer stopped reading after piece 0 of 1");
}

#[test]
fn a_caller_that_waits_no_longer_ends_the_delivery_and_blames_nobody() {
    let waits_no_longer = |_: u64| Ok(Outlook::OutOfTime);
    let pieces = [equal_pieces(3, 7), equal_pieces(2, 16 << 20)];
    for (pieces, is_exact) in pieces.iter().flat_map(|pieces| [(pieces, true), (pieces, false)]) {
        let (end, over) = over();
        let peer = Peer::accepting(move |stream| read_and_stop(stream, &[], &over));
        let mut pacer = match is_exact {
            true => peer.exact_pacer(),
            false => Pacer::timed(&peer.stream, Pacer::PAUSE).unwrap(),
        };
        let undelivered =
            pacer.deliver(&peer.stream, &slices(pieces), &ample(), &mut { waits_no_longer }).unwrap_err();
        end.send(()).unwrap();
        assert!(matches!(undelivered.cause, DeliveryFailure::OutOfTime), "{undelivered}, exact: {is_exact}");
    }
}

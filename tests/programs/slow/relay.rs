//! A slow line: what is sent at one end comes out at the other end some time later, in order.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use lengthwise::os::sock_diag::SocketTable;
use lengthwise::os::wait::wait_until;
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use socket2::SockRef;

/// What an Ethernet carries at once.
const SEGMENT_LEN: usize = 1448;
/// How many segments may be under way in one direction.
const SEGMENTS_MAX: usize = 512;
/// After how long what was lost is sent again, besides the time of a round trip.
const RETRANSMISSION: Duration = Duration::from_millis(200);

/// For how long the next connection is waited for.
const OPEN_MAX: Duration = Duration::from_secs(600);

#[derive(Clone, Copy)]
pub(crate) struct Line {
    pub(crate) round_trip: Duration,
    /// How many of a hundred segments are lost.
    pub(crate) loss_percent: u32,
}

/// What is under way: when it comes out, and what it is. The error is how the sender broke the connection off.
type Segment = (Instant, io::Result<Vec<u8>>);

/// Listens at one end of a line, and forwards every connection to the server at the other end, for as long as that listens.
pub(crate) fn start(line: Line, server: SocketAddr) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    listener.set_nonblocking(true).unwrap();
    let mut table = SocketTable::open().unwrap();
    thread::spawn(move || {
        for number in 0.. {
            let accepted = wait_until(Instant::now() + OPEN_MAX, || match listener.accept() {
                Ok((client, _)) => Ok(Some(Some(client))),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    Ok(table.listeners(server.port())?.is_empty().then_some(None))
                }
                Err(error) => Err(error),
            });
            let Ok(Some(Some(client))) = accepted else { return };
            // Where the server refuses the connection, so does this end, though late.
            match TcpStream::connect(server) {
                Ok(server) => connect(line, number, client, server),
                Err(_) => reset(&client),
            }
        }
    });
    address
}

fn connect(line: Line, number: u64, client: TcpStream, server: TcpStream) {
    client.set_nonblocking(false).unwrap();
    for (seed, from, to) in [(2 * number, &client, &server), (2 * number + 1, &server, &client)] {
        let (from, to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
        to.set_nodelay(true).unwrap();
        let (sender, receiver) = sync_channel(SEGMENTS_MAX);
        thread::spawn(move || take(line, seed, from, &sender));
        thread::spawn(move || give(&to, &receiver));
    }
}

/// Takes what is sent at one end, and decides when it comes out.
fn take(line: Line, seed: u64, mut from: TcpStream, sender: &SyncSender<Segment>) {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut earliest = Instant::now();
    loop {
        let mut segment = vec![0; SEGMENT_LEN];
        let taken = from.read(&mut segment).map(|len| segment[..len].to_vec());
        let is_last = taken.as_ref().is_ok_and(Vec::is_empty) || taken.is_err();
        let mut due = Instant::now() + line.round_trip / 2;
        if random.random_range(0..100) < line.loss_percent {
            due += RETRANSMISSION + line.round_trip;
        }
        // What was sent later has to wait for what was lost.
        earliest = earliest.max(due);
        if sender.send((earliest, taken)).is_err() {
            // The other end takes no more, and here that shows as a reset.
            return reset(&from);
        }
        if is_last {
            return;
        }
    }
}

/// Gives out at the other end what has come through.
fn give(mut to: &TcpStream, receiver: &Receiver<Segment>) {
    for (due, segment) in receiver {
        thread::sleep(due.saturating_duration_since(Instant::now()));
        match segment {
            Ok(bytes) if bytes.is_empty() => return drop(to.shutdown(Shutdown::Write)),
            Ok(bytes) if to.write_all(&bytes).is_ok() => {}
            Ok(_) | Err(_) => return reset(to),
        }
    }
}

/// Ends a connection in both directions, and tells the other side that it was broken off.
fn reset(connection: &TcpStream) {
    // Where the connection has ended already there is nothing to tell.
    let _ = SockRef::from(connection).set_linger(Some(Duration::ZERO));
    let _ = connection.shutdown(Shutdown::Both);
}

//! The reference server and client over real sockets, and as programs.
//!
//! Whatever is waited for has an event; [`DEADLINE`] only turns a wait that would not end into a failure.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{IpAddr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use lengthwise::reference::NotReceived;
use lengthwise::wire::DecodeError;
use lengthwise::{Assignment, ReferenceClient, ReferenceServer, StopHandle};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{
    Pid, PidfdFlags, Resource, Rlimit, Signal, getrlimit, kill_process, pidfd_open, pidfd_send_signal,
    prlimit,
};
use socket2::SockRef;

/// Longer than anything here takes, on however busy a machine.
const DEADLINE: Duration = Duration::from_secs(30);

/// A reply to this does not fit into the buffers between a server and a client that does not read it.
const LONGER_THAN_BUFFERS: usize = 32 << 20;

/// A host that nothing but one test uses, so that nobody else takes a port there as soon as it is free.
///
/// All of 127.0.0.0/8 is this machine's, and connections start from 127.0.0.1 wherever there they go.
fn host_of_its_own(number: u8) -> IpAddr {
    [127, 0, 36, number].into()
}

/// A server that runs in a thread of its own.
struct Running {
    address: SocketAddr,
    stop: StopHandle,
    ended: Receiver<(io::Result<()>, ReferenceServer)>,
}

impl Running {
    fn start(mut server: ReferenceServer) -> Self {
        let (address, stop) = (server.local_addr().unwrap(), server.stop_handle());
        let (tell, ended) = channel();
        thread::spawn(move || tell.send((server.start(), server)));
        Self { address, stop, ended }
    }

    fn connect(&self) -> ReferenceClient {
        connect(self.address)
    }

    /// Serves a new client, which tells that the server did not end with those before.
    #[track_caller]
    fn serves(&self) {
        round_trip(&mut self.connect(), "0123456789next");
    }

    /// Stops the server, and returns it when it has ended.
    #[track_caller]
    fn stop(&self) -> ReferenceServer {
        self.stop.stop();
        let (outcome, server) =
            self.ended.recv_timeout(DEADLINE).expect("a server that is told to stop ends");
        outcome.unwrap();
        server
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop.stop();
    }
}

fn bind() -> ReferenceServer {
    ReferenceServer::bind("127.0.0.1:0", Assignment::default()).unwrap()
}

fn server() -> Running {
    Running::start(bind())
}

fn connect(address: SocketAddr) -> ReferenceClient {
    let client = ReferenceClient::connect(address, &Assignment::default()).unwrap();
    client.get_ref().set_read_timeout(Some(DEADLINE)).unwrap();
    client.get_ref().set_write_timeout(Some(DEADLINE)).unwrap();
    client
}

/// Sends `message` and receives its reply.
#[track_caller]
fn round_trip(client: &mut ReferenceClient, message: &str) {
    client.send_message(message).unwrap();
    assert_reply(client, message);
}

/// Receives the reply to `message`, all of which is in ASCII.
#[track_caller]
fn assert_reply(client: &mut ReferenceClient, message: &str) {
    assert!(client.receive_message().unwrap() == message[message.len().min(10)..], "another reply came");
}

/// Sends what may be anything.
fn send_bytes(client: &ReferenceClient, bytes: &[u8]) {
    client.get_ref().write_all(bytes).unwrap();
}

/// Leaves with a reset instead of a close.
fn reset(client: ReferenceClient) {
    SockRef::from(client.get_ref()).set_linger(Some(Duration::ZERO)).unwrap();
    client.shutdown();
}

mod serving {
    use super::*;

    #[test]
    fn messages_of_every_length_are_answered() {
        let server = server();
        let mut client = server.connect();
        for len in [0, 1, 9, 10, 11, 32, 1020, 1024, 1028, 1245, 65_536, 650_000] {
            round_trip(&mut client, &"m".repeat(len));
        }
    }

    #[test]
    fn messages_sent_ahead_are_answered_in_order() {
        let server = server();
        let mut client = server.connect();
        let messages = ["a", "b", "c"].map(|letter| letter.repeat(1500));
        messages.iter().for_each(|message| client.send_message(message).unwrap());
        messages.iter().for_each(|message| assert_reply(&mut client, message));
    }

    #[test]
    fn a_client_may_come_before_the_server_starts() {
        let server = bind();
        let mut client = connect(server.local_addr().unwrap());
        client.send_message("0123456789early").unwrap();
        let _server = Running::start(server);
        assert_eq!(client.receive_message().unwrap(), "early");
    }

    #[test]
    fn clients_are_served_one_after_the_other() {
        let server = server();
        let mut first = server.connect();
        let mut second = server.connect();
        second.send_message("0123456789second").unwrap();
        for _ in 0..20 {
            round_trip(&mut first, "0123456789first");
        }
        second.get_ref().set_nonblocking(true).unwrap();
        assert!(matches!(second.receive_message(), Err(NotReceived::TimedOut)), "served out of turn");
        second.get_ref().set_nonblocking(false).unwrap();
        first.shutdown();
        assert_eq!(second.receive_message().unwrap(), "second");
    }

    #[test]
    fn clients_come_and_go() {
        let server = server();
        for _ in 0..20 {
            server.serves();
        }
    }

    #[test]
    fn a_client_that_only_stops_sending_gets_all_of_its_replies() {
        let server = server();
        let mut client = server.connect();
        let messages = ["short".to_owned(), "m".repeat(1500), "l".repeat(650_000)];
        messages.iter().for_each(|message| client.send_message(message).unwrap());
        client.get_ref().shutdown(Shutdown::Write).unwrap();
        messages.iter().for_each(|message| assert_reply(&mut client, message));
        assert!(matches!(client.receive_message(), Err(NotReceived::Closed)));
        server.serves();
    }

    #[test]
    fn a_client_that_closes_inside_a_message_is_let_go() {
        let server = server();
        for part in [&b"\0"[..], b"\0\0\0\x05", b"\0\0\0\x05abcd"] {
            let client = server.connect();
            send_bytes(&client, part);
            client.shutdown();
            server.serves();
        }
    }

    #[test]
    fn a_client_that_resets_is_let_go() {
        let server = server();
        for part in [&b""[..], b"\0\0", b"\0\0\0\x05abcd", b"\0\0\0\x0b0123456789a"] {
            let client = server.connect();
            send_bytes(&client, part);
            reset(client);
            server.serves();
        }
    }

    #[test]
    fn a_client_that_resets_before_it_is_accepted_is_let_go() {
        let server = bind();
        reset(connect(server.local_addr().unwrap()));
        Running::start(server).serves();
    }

    #[test]
    fn a_client_that_leaves_while_it_is_answered_is_let_go() {
        let server = server();
        let mut client = server.connect();
        client.send_message(&"m".repeat(LONGER_THAN_BUFFERS)).unwrap();
        client.get_ref().peek(&mut [0]).unwrap();
        client.shutdown();
        server.serves();
    }

    #[test]
    fn a_client_that_sends_what_is_not_utf8_is_closed_alone() {
        let server = server();
        let mut client = server.connect();
        round_trip(&mut client, "0123456789before");
        send_bytes(&client, b"\0\0\0\x02\xc3(");
        assert!(matches!(client.receive_message(), Err(NotReceived::Closed)));
        server.serves();
    }

    #[test]
    fn a_client_that_declares_too_much_is_closed_alone() {
        let server = server();
        let mut client = server.connect();
        send_bytes(&client, b"\xff\xff\xff\xff");
        assert!(matches!(client.receive_message(), Err(NotReceived::Closed)));
        server.serves();
    }
}

mod stopping {
    use super::*;

    #[test]
    fn before_it_starts() {
        let server = bind();
        server.stop_handle().stop();
        Running::start(server).stop();
    }

    #[test]
    fn for_good() {
        Running::start(server().stop()).stop();
    }

    #[test]
    fn while_it_waits_for_a_first_client() {
        server().stop();
    }

    #[test]
    fn while_it_waits_for_another_client() {
        let server = server();
        server.serves();
        server.stop();
    }

    #[test]
    fn while_it_waits_for_a_message() {
        let server = server();
        let mut client = server.connect();
        round_trip(&mut client, "0123456789");
        server.stop();
        assert!(matches!(client.receive_message(), Err(NotReceived::Closed)));
    }

    #[test]
    fn while_it_waits_for_the_rest_of_a_message() {
        for part in [&b"\0\0"[..], b"\0\0\0\x05abcd"] {
            let server = server();
            let mut client = server.connect();
            // The reply to what is sent with it tells that the part was read too.
            send_bytes(&client, &[b"\0\0\0\0", part].concat());
            assert_reply(&mut client, "");
            server.stop();
            assert!(matches!(client.receive_message(), Err(NotReceived::Closed)));
        }
    }

    #[test]
    fn while_it_answers_a_client_that_does_not_read() {
        let server = server();
        let mut client = server.connect();
        client.send_message(&"m".repeat(LONGER_THAN_BUFFERS)).unwrap();
        client.get_ref().peek(&mut [0]).unwrap();
        server.stop();
        let reason = client.receive_message().unwrap_err();
        assert!(matches!(reason, NotReceived::Decode(DecodeError::EndedInPayload { .. })), "{reason:?}");
    }

    #[test]
    fn while_a_client_keeps_it_busy() {
        let server = server();
        let mut client = server.connect();
        round_trip(&mut client, "0123456789");
        let busy = thread::spawn(move || {
            while client.send_message("0123456789more").is_ok() && client.receive_message().is_ok() {}
        });
        server.stop();
        busy.join().unwrap();
    }

    #[test]
    fn from_many_threads() {
        let server = server();
        thread::scope(|scope| {
            for _ in 0..8 {
                let stop = server.stop.clone();
                scope.spawn(move || stop.stop());
            }
        });
        server.stop();
    }

    #[test]
    fn releases_the_address() {
        let server = ReferenceServer::bind((host_of_its_own(1), 0), Assignment::default()).unwrap();
        let server = Running::start(server);
        let mut client = server.connect();
        round_trip(&mut client, "0123456789");
        // The server closes first, so the connection lingers on its side of the address.
        server.stop().shutdown();
        client.receive_message().unwrap_err();
        client.shutdown();
        ReferenceServer::bind(server.address, Assignment::default()).unwrap();
    }
}

mod receiving {
    use super::*;

    /// A client, and the server's end of its connection.
    fn connected() -> (ReferenceClient, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let client = connect(listener.local_addr().unwrap());
        (client, listener.accept().unwrap().0)
    }

    #[test]
    fn a_server_that_is_not_there_is_an_error() {
        let address = TcpListener::bind((host_of_its_own(2), 0)).unwrap().local_addr().unwrap();
        let error = ReferenceClient::connect(address, &Assignment::default()).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::ConnectionRefused);
    }

    #[test]
    fn a_close_says_where_it_came() {
        use DecodeError::{EndedInHeader, EndedInPayload};
        for (bytes, wanted) in [
            (&b""[..], None),
            (b"\0\0\0", Some(EndedInHeader { got: 3, wanted: 4 })),
            (b"\0\0\0\x03ab", Some(EndedInPayload { got: 2, wanted: 3 })),
        ] {
            let (mut client, mut server) = connected();
            server.write_all(bytes).unwrap();
            drop(server);
            match client.receive_message().unwrap_err() {
                NotReceived::Closed => assert_eq!(wanted, None),
                NotReceived::Decode(error) => assert_eq!(wanted, Some(error)),
                reason => panic!("{reason:?}"),
            }
        }
    }

    #[test]
    fn a_server_that_leaves_messages_unread_resets() {
        let (mut client, mut server) = connected();
        client.send_message("read").unwrap();
        client.send_message("unread").unwrap();
        server.read_exact(&mut [0; 8]).unwrap();
        drop(server);
        assert!(matches!(client.receive_message(), Err(NotReceived::Reset)));
    }

    #[test]
    fn a_timeout_loses_nothing() {
        let (mut client, mut server) = connected();
        server.write_all(b"\0\0\0\x04ha").unwrap();
        client.get_ref().set_read_timeout(Some(Duration::from_millis(1))).unwrap();
        assert!(matches!(client.receive_message(), Err(NotReceived::TimedOut)));
        server.write_all(b"lf").unwrap();
        client.get_ref().set_read_timeout(Some(DEADLINE)).unwrap();
        assert_eq!(client.receive_message().unwrap(), "half");
    }

    #[test]
    fn a_shutdown_is_seen_by_the_server() {
        let (client, mut server) = connected();
        client.shutdown();
        server.set_read_timeout(Some(DEADLINE)).unwrap();
        assert_eq!(server.read(&mut [0]).unwrap(), 0);
    }
}

mod programs {
    use super::*;

    /// A process that does not outlive its test, nor the deadline: what waits for it need have none.
    struct Process(Child);

    impl Process {
        fn spawn(command: &mut Command) -> Self {
            let pipes = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
            let process = Self(pipes.spawn().unwrap());
            let watched = pidfd_open(process.pid(), PidfdFlags::empty()).unwrap();
            thread::spawn(move || {
                let deadline = Timespec::try_from(DEADLINE).unwrap();
                if poll(&mut [PollFd::new(&watched, PollFlags::IN)], Some(&deadline)) == Ok(0) {
                    pidfd_send_signal(&watched, Signal::KILL).unwrap();
                }
            });
            process
        }

        fn pid(&self) -> Pid {
            Pid::from_child(&self.0)
        }

        /// What it wrote to standard output and to standard error, once it has exited with `code`.
        #[track_caller]
        fn output(mut self, code: i32) -> (String, String) {
            drop(self.0.stdin.take());
            let stdout = io::read_to_string(self.0.stdout.take().unwrap()).unwrap();
            let stderr = io::read_to_string(self.0.stderr.take().unwrap()).unwrap();
            assert_eq!(self.0.wait().unwrap().code(), Some(code), "{stdout}{stderr}");
            (stdout, stderr)
        }
    }

    impl Drop for Process {
        fn drop(&mut self) {
            // Both fail only if it has ended.
            let _ = self.0.kill();
            let _ = self.0.wait();
        }
    }

    fn program(path: &str) -> Command {
        let mut command = Command::new(path);
        for variable in ["HOST", "PORT", "BUFFER_SIZE", "RUST_LOG"] {
            command.env_remove(variable);
        }
        command
    }

    fn reference_server() -> Command {
        program(env!("CARGO_BIN_EXE_reference-server"))
    }

    fn reference_client(address: SocketAddr) -> Command {
        let mut command = program(env!("CARGO_BIN_EXE_reference-client"));
        command.args(["--host", &address.ip().to_string(), "--port", &address.port().to_string()]);
        command
    }

    /// The process, once it listens, and the address that it listens on.
    fn listening(command: &mut Command) -> (Process, SocketAddr) {
        let mut process = Process::spawn(command);
        let mut line = String::new();
        BufReader::new(process.0.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let address = line.strip_prefix("listening on ").unwrap().trim_end().parse().unwrap();
        (process, address)
    }

    #[test]
    fn a_signal_ends_the_server_well() {
        for signal in [Signal::TERM, Signal::INT] {
            let (server, address) = listening(reference_server().args([
                "--port",
                "0",
                "--host",
                &host_of_its_own(4).to_string(),
            ]));
            let mut client = connect(address);
            round_trip(&mut client, "0123456789");
            kill_process(server.pid(), signal).unwrap();
            assert_eq!(server.output(0), (String::new(), String::new()));
            assert!(matches!(client.receive_message(), Err(NotReceived::Closed)));
            TcpListener::bind(address).unwrap();
        }
    }

    #[test]
    fn a_signal_ends_an_idle_server_well() {
        for signal in [Signal::TERM, Signal::INT] {
            let (server, address) = listening(reference_server().args([
                "--port",
                "0",
                "--host",
                &host_of_its_own(5).to_string(),
            ]));
            kill_process(server.pid(), signal).unwrap();
            assert_eq!(server.output(0), (String::new(), String::new()));
            TcpListener::bind(address).unwrap();
        }
    }

    #[test]
    fn a_server_is_set_up_by_options_and_by_variables() {
        let (_server, address) =
            listening(
                reference_server()
                    .args(["--port", "0", "--header-width", "2", "--removed-chars", "1"])
                    .envs([("HOST", "127.0.0.2"), ("PORT", "1"), ("BUFFER_SIZE", "1")]),
            );
        assert_eq!(address.ip().to_string(), "127.0.0.2");
        let mut stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(DEADLINE)).unwrap();
        stream.write_all("\0\x04é12".as_bytes()).unwrap();
        let mut reply = [0; 4];
        stream.read_exact(&mut reply).unwrap();
        assert_eq!(&reply, b"\0\x0212");
    }

    #[test]
    fn a_port_in_use_is_said_to_be() {
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = taken.local_addr().unwrap().port().to_string();
        let (stdout, stderr) = Process::spawn(reference_server().args(["--port", &port])).output(1);
        assert_eq!(stdout, "");
        assert_eq!(
            stderr,
            format!(
                "reference-server: cannot listen on port {port} of 127.0.0.1: Address already in use (os error 98)\n\
                 stop what listens there, or choose another --port (0: any that is free)\n"
            )
        );
    }

    #[test]
    fn a_host_of_another_machine_is_said_to_be() {
        let (_, stderr) =
            Process::spawn(reference_server().args(["--port", "0", "--host", "192.0.2.1"])).output(1);
        assert!(stderr.contains("choose an address of this machine"), "{stderr}");
    }

    #[test]
    fn a_buffer_of_no_bytes_is_wrong_usage() {
        let (_, stderr) = Process::spawn(reference_server().args(["--buffer-size", "0"])).output(2);
        assert!(stderr.contains("--buffer-size"), "{stderr}");
    }

    #[test]
    fn a_client_prints_a_line_for_each_message() {
        let (_server, address) = listening(reference_server().args(["--port", "0"]));
        let arguments = ["Four score and seven years ago", "", "ééééééééééé"];
        let (stdout, stderr) = Process::spawn(reference_client(address).args(arguments)).output(0);
        assert_eq!((stdout.as_str(), stderr.as_str()), (" and seven years ago\n\né\n", ""));

        let mut client = Process::spawn(&mut reference_client(address));
        client.0.stdin.as_mut().unwrap().write_all(b"a line of input\r\na last line").unwrap();
        assert_eq!(client.output(0), ("input\ne\n".to_owned(), String::new()));
    }

    #[test]
    fn a_client_without_a_server_says_so() {
        let address = TcpListener::bind((host_of_its_own(3), 0)).unwrap().local_addr().unwrap();
        let (stdout, stderr) = Process::spawn(reference_client(address).arg("hello")).output(1);
        assert_eq!(stdout, "");
        assert!(stderr.starts_with("reference-client: cannot connect to port"), "{stderr}");
        assert!(stderr.ends_with("\nstart a server there, or choose another --host or --port\n"), "{stderr}");
    }

    #[test]
    fn a_client_whose_server_closes_says_so() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let client = Process::spawn(reference_client(listener.local_addr().unwrap()).arg("hello"));
        let (mut stream, _) = listener.accept().unwrap();
        stream.read_exact(&mut [0; 9]).unwrap();
        stream.write_all(b"\0\0\0\x05half").unwrap();
        drop(stream);
        let (_, stderr) = client.output(1);
        assert_eq!(stderr, "reference-client: no reply: stream ended inside a payload, got 4 of 5 bytes\n");
    }

    #[test]
    fn a_client_does_not_wait_for_ever() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (_, stderr) =
            Process::spawn(reference_client(address).args(["--timeout", "1ms", "hello"])).output(1);
        assert_eq!(stderr, "reference-client: no reply: server sent nothing in time\n");
    }

    #[test]
    fn a_server_says_what_happens_when_asked_to() {
        let (server, address) = listening(reference_server().args(["--port", "0", "--verbose"]));
        let mut client = connect(address);
        round_trip(&mut client, "0123456789abc");
        kill_process(server.pid(), Signal::TERM).unwrap();
        let (_, stderr) = server.output(0);
        for said in
            ["client accepted", "message served received_bytes=13 sent_bytes=3", "server was told to stop"]
        {
            assert!(stderr.contains(said), "{said:?} is not in {stderr}");
        }
    }

    #[test]
    fn a_server_without_descriptors_waits_for_some_at_leisure() {
        let (mut server, address) = listening(reference_server().args(["--port", "0", "--verbose"]));
        let descriptors = PathBuf::from(format!("/proc/{}/fd", server.0.id()));
        let next = (0..).find(|descriptor| !descriptors.join(descriptor.to_string()).exists());
        let (pid, inherited) = (server.pid(), getrlimit(Resource::Nofile));
        let limit = |current| prlimit(Some(pid), Resource::Nofile, Rlimit { current, ..inherited }).unwrap();
        limit(next);
        let asked = Instant::now();
        let mut client = connect(address);
        client.send_message("0123456789patient").unwrap();
        let mut lines = BufReader::new(server.0.stderr.take().unwrap()).lines();
        let refused = lines.by_ref().map_while(Result::ok).filter(|line| line.contains("not accepted yet"));
        assert_eq!(refused.take(3).count(), 3);
        assert!(asked.elapsed() >= Duration::from_millis(200), "three attempts in {:?}", asked.elapsed());
        limit(inherited.current);
        assert_eq!(client.receive_message().unwrap(), "patient");
    }
}

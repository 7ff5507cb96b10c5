//! The two programs: their options, their output, and how they end.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use lengthwise::reference::NotReceived;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{
    Pid, PidfdFlags, Resource, Rlimit, Signal, getrlimit, kill_process, pidfd_open, pidfd_send_signal,
    prlimit,
};

use super::{DEADLINE, connect, host_of_its_own, round_trip};

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

/// A server on a port that the system chooses.
fn server_on_free_port() -> Command {
    let mut command = reference_server();
    command.args(["--port", "0"]);
    command
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
        let (server, address) =
            listening(server_on_free_port().arg(format!("--host={}", host_of_its_own(4))));
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
        let (server, address) =
            listening(server_on_free_port().arg(format!("--host={}", host_of_its_own(5))));
        kill_process(server.pid(), signal).unwrap();
        assert_eq!(server.output(0), (String::new(), String::new()));
        TcpListener::bind(address).unwrap();
    }
}

#[test]
fn a_server_is_set_up_by_options_and_by_variables() {
    let (_server, address) = listening(
        reference_server().args(["--port", "0", "--header-width", "2", "--removed-chars", "1"]).envs([
            ("HOST", "127.0.0.2"),
            ("PORT", "1"),
            ("BUFFER_SIZE", "1"),
        ]),
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
fn both_programs_do_what_the_file_of_a_course_asks_for() {
    let file = concat!("--assignment=", env!("CARGO_MANIFEST_DIR"), "/tests/terms/reverse.toml");
    let (_server, address) = listening(server_on_free_port().arg(file));
    let client = Process::spawn(reference_client(address).args([file, "naïveté"]));
    assert_eq!(client.output(0), ("étevïan\n".to_owned(), String::new()));
    let (_, stderr) = Process::spawn(server_on_free_port().arg("--assignment=nothing.toml")).output(1);
    assert!(stderr.contains("the assignment nothing.toml cannot be used: "), "{stderr}");
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
    let (_, stderr) = Process::spawn(server_on_free_port().arg("--host=192.0.2.1")).output(1);
    assert!(stderr.contains("choose an address of this machine"), "{stderr}");
}

#[test]
fn a_buffer_of_no_bytes_is_wrong_usage() {
    let (_, stderr) = Process::spawn(reference_server().args(["--buffer-size", "0"])).output(2);
    assert!(stderr.contains("--buffer-size"), "{stderr}");
}

#[test]
fn a_client_prints_a_line_for_each_message() {
    let (_server, address) = listening(&mut server_on_free_port());
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
    let (_, stderr) = Process::spawn(reference_client(address).args(["--timeout", "1ms", "hello"])).output(1);
    assert_eq!(stderr, "reference-client: no reply: server sent nothing in time\n");
}

#[test]
fn a_server_says_what_happens_when_asked_to() {
    let (server, address) = listening(server_on_free_port().arg("--verbose"));
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
    let (mut server, address) = listening(server_on_free_port().arg("--verbose"));
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

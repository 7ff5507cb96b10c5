//! The server of a hand-in.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::channel::{CONSTRUCT, Channel, Received};
use super::child::Child;
use super::fault::{fault, with_bounds_named};
use super::interpreter::{ChildId, Interpreter};
use crate::os::run_delay::FairLimit;
use crate::os::silence::Prover;
use crate::os::sock_diag::SocketTable;
use crate::silence::{KnownBy, Silence};
use crate::target::listening::{ListenOutcome, Starting, TRIES_AT_A_PORT, free_port, wait_for_listening};
use crate::target::{Endpoint, NoStop, Remains, RunningServer, ServerTarget, Stack, StartError, StopError};
use crate::verdict::HandInFault;

const HOST: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
/// How long it may take to clear a flag.
const STOP_DEADLINE: Duration = Duration::from_secs(2);

/// The class of `buffered_server.py`, in a process of its own and at a port of its own for each scenario.
#[derive(Debug)]
pub struct PythonServer {
    interpreter: Interpreter,
    /// The flag that is cleared to stop it.
    flag: Arc<str>,
    buffer_size: usize,
    start_deadline: Duration,
    table: Option<SocketTable>,
    /// Whether what servers do with their sockets is noted.
    traces: bool,
    /// Why it was waited for in vain, so that nothing waits for it again.
    hung: Option<StartError>,
}

/// A child whose server was constructed, and told to start.
struct Started<'a> {
    interpreter: Interpreter,
    id: ChildId,
    pid: u32,
    channel: &'a mut Channel,
    /// Whether `start()` has returned. It may have left a thread or a program behind that is about to listen.
    has_returned: bool,
}

impl Starting for Started<'_> {
    type End = String;
    // The class listens itself.
    const MAY_LISTEN_AS_ANOTHER: bool = false;

    fn owns(&self, inode: u64) -> bool {
        self.interpreter.owns(self.id, inode)
    }

    fn pid(&self) -> u32 {
        self.pid
    }

    fn end(&mut self) -> Option<String> {
        match self.channel.receive(Duration::ZERO) {
            Received::Frame { letter: b'Z', text } => Some(text),
            Received::Frame { letter: b'Y', .. } => {
                self.has_returned = true;
                None
            }
            Received::Pending => None,
            Received::Frame { .. } | Received::Malformed | Received::Forged | Received::Closed => {
                Some("its process ended".into())
            }
        }
    }
}

/// Why a server does not listen.
enum Failure {
    /// Another port may help.
    Ended(StartError),
    Hung(StartError),
}

impl PythonServer {
    pub(super) fn new(
        interpreter: Interpreter,
        flag: &str,
        buffer_size: usize,
        start_deadline: Duration,
    ) -> Self {
        let table = SocketTable::open().ok();
        Self { interpreter, flag: flag.into(), buffer_size, start_deadline, table, traces: false, hung: None }
    }

    /// Constructs the server, and lets it start.
    fn construct(&mut self, child: &mut Child, address: SocketAddr) -> Result<(), Failure> {
        // Where this does not arrive, no answer does.
        let _ = child
            .channel
            .send(CONSTRUCT, &format!("{}\0{}\0{}", address.ip(), address.port(), self.buffer_size));
        let (answer, silence) = answer(child, self.start_deadline, self.table.as_mut());
        match answer {
            Received::Frame { letter: b'D', .. } => Ok(()),
            Received::Frame { letter: b'X', text } => {
                Err(Failure::Ended(end(child, HandInFault::ConstructorFailed { error: text })))
            }
            Received::Pending => Err(Failure::Hung(end(child, HandInFault::ConstructorHung { silence }))),
            Received::Closed | Received::Frame { .. } | Received::Malformed | Received::Forged => {
                let status = child.end(Stack::Print);
                Err(Failure::Ended(end(child, HandInFault::ConstructorEnded { status })))
            }
        }
    }

    /// Waits until the server listens. Tells whether that could be seen.
    fn listen(&mut self, child: &mut Child, address: SocketAddr) -> Result<bool, Failure> {
        self.construct(child, address)?;
        let (interpreter, id) = child.origin();
        let mut started = Started {
            interpreter: interpreter.clone(),
            id,
            pid: child.pid(),
            channel: &mut child.channel,
            has_returned: false,
        };
        let outcome = wait_for_listening(&mut started, self.table.as_mut(), address, self.start_deadline);
        match outcome {
            ListenOutcome::Listening => Ok(true),
            ListenOutcome::Unknown => Ok(false),
            ListenOutcome::Ended(how) => {
                let why = HandInFault::StartEnded { address: address.to_string(), how };
                Err(Failure::Ended(end(child, why)))
            }
            ListenOutcome::NotListening(silence) => {
                let has_returned = started.has_returned;
                let elsewhere = self
                    .table
                    .as_mut()
                    .map(|table| self.interpreter.listens_on(id, table))
                    .unwrap_or_default();
                let (address, elsewhere) = (address.to_string(), elsewhere.first().map(ToString::to_string));
                // That it may have found its port taken is worth another try, unless that takes long.
                let is_final = elsewhere.is_some() || !matches!(silence.known_by, KnownBy::Blocked(_));
                let why = if has_returned && elsewhere.is_none() {
                    HandInFault::StartEnded { address, how: "start() returned".into() }
                } else {
                    HandInFault::NotListening { address, silence, elsewhere }
                };
                let failure = end(child, why);
                Err(if has_returned && !is_final { Failure::Ended(failure) } else { Failure::Hung(failure) })
            }
        }
    }
}

/// Waits for what the child answers to its last order, within the deadline or until it is certain that nothing comes. That
/// `start()` has ended meanwhile is no answer: it matters only if it shows on the wire.
fn answer(child: &mut Child, deadline: Duration, mut table: Option<&mut SocketTable>) -> (Received, Silence) {
    let begun = Instant::now();
    let mut limit = FairLimit::new(deadline);
    let mut prover = Prover::new(deadline);
    loop {
        let quiet = begun.elapsed();
        let pause = limit.pause(quiet, || vec![child.pid()].into());
        match child.channel.receive(pause.min(prover.next().saturating_sub(quiet))) {
            Received::Pending if pause.is_zero() => {
                return (Received::Pending, Silence::of_deadline(deadline));
            }
            Received::Pending => {}
            Received::Frame { letter: b'Y', .. } => continue,
            Received::Frame { letter: b'Z', text } => {
                child.start_failure = Some(without_method(text));
                continue;
            }
            answer => return (answer, Silence::of_deadline(quiet)),
        }
        let Some(table) = table.as_deref_mut().filter(|_| child.channel.is_done()) else { continue };
        let waited = begun.elapsed();
        if prover.is_due(waited)
            && let Some(within) = prover.look(waited, &vec![child.pid()].into(), &[], table)
        {
            // What it answered before is here by now.
            let known_by = KnownBy::Blocked(within);
            return (child.channel.receive(Duration::ZERO), Silence { waited, known_by });
        }
    }
}

/// The error alone, where a text says of a method that it has failed with that.
fn without_method(text: String) -> String {
    text.split_once("() fails: ").map_or_else(|| text.clone(), |(_, error)| error.to_owned())
}

/// Ends a child that is no server, which is the hand-in's fault.
fn end(child: &mut Child, why: HandInFault) -> StartError {
    child.end(Stack::Print);
    with_bounds_named(fault(why, child.printed()), &child.origin().0.limits(), child.bounds())
}

impl ServerTarget for PythonServer {
    fn start(&mut self, _starts_ahead: usize) -> Result<Box<dyn RunningServer>, StartError> {
        if let Some(why) = &self.hung {
            return Err(why.clone());
        }
        let mut tries = TRIES_AT_A_PORT;
        loop {
            let mut child = self.interpreter.fork()?;
            if self.traces {
                child.trace_calls();
            }
            let port = free_port(HOST).map_err(|error| StartError::blocked(NoFreePort(error)))?;
            let address = SocketAddr::new(HOST, port);
            tries -= 1;
            match self.listen(&mut child, address) {
                Ok(is_seen) => {
                    let endpoint = Endpoint { addresses: vec![address], may_be_starting: !is_seen };
                    return Ok(Box::new(Running { endpoint, child, flag: Arc::clone(&self.flag) }));
                }
                Err(Failure::Ended(_)) if tries > 0 => {}
                Err(Failure::Ended(why)) => return Err(why),
                Err(Failure::Hung(why)) => {
                    self.hung = Some(why.clone());
                    return Err(why);
                }
            }
        }
    }

    fn try_clone(&self) -> Option<Box<dyn ServerTarget>> {
        Some(Box::new(Self::new(
            self.interpreter.another(),
            &self.flag,
            self.buffer_size,
            self.start_deadline,
        )))
    }

    fn exhausted(&self) -> Option<StartError> {
        self.hung.clone().or_else(|| self.interpreter.failure())
    }

    fn trace_calls(&mut self, traces: bool) -> bool {
        self.traces = traces;
        true
    }

    fn is_fresh(&self) -> bool {
        true
    }

    fn can_stop(&self) -> Result<(), NoStop> {
        Ok(())
    }
}

#[derive(Debug, thiserror::Error)]
#[error("{HOST} has no free port: {0}.")]
struct NoFreePort(io::Error);

/// A server that listens, in its child.
#[derive(Debug)]
struct Running {
    endpoint: Endpoint,
    child: Child,
    flag: Arc<str>,
}

impl RunningServer for Running {
    fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    fn stop(&mut self) -> Result<String, StopError> {
        // Where this does not arrive, no answer does.
        let _ = self.child.channel.send(b'k', "");
        let (answer, silence) = answer(&mut self.child, STOP_DEADLINE, SocketTable::open().ok().as_mut());
        Err(StopError::AtFault(match answer {
            Received::Frame { letter: b'D', .. } => return Ok(format!("{} = False", self.flag)),
            Received::Frame { text, .. } => HandInFault::StopRaised { error: text },
            Received::Pending => HandInFault::StopHung { silence },
            Received::Malformed | Received::Forged | Received::Closed => {
                HandInFault::EndedBeforeStop { status: self.child.end(Stack::Print) }
            }
        }))
    }

    fn pid(&self) -> Option<u32> {
        Some(self.child.pid())
    }

    fn was_killed(&mut self) -> bool {
        // It is not told to stop by a signal.
        false
    }

    fn end(mut self: Box<Self>, stack: Stack) -> Remains {
        if let Received::Frame { letter: b'Z', text } = self.child.channel.receive(Duration::ZERO) {
            self.child.start_failure = Some(without_method(text));
        }
        self.child.end(stack);
        self.child.remains()
    }
}

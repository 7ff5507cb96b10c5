//! Cases, played against a target one at a time, and which of them share a server.
//!
//! A session has everything to itself that a conversation changes: its target, its servers, its view of the sockets. What
//! it gives back is data. So several of them, each with a target of its own, can be played side by side.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::Runner;
use super::played::Played;
use super::pool::Pool;
use super::reason::Reason;
use super::schedule::may_share_server;
use super::server_history::ServerHistory;
use crate::assignment::Assignment;
use crate::diagnosis::Instance;
use crate::event::Output;
use crate::judge::{judge, notes};
use crate::live::{OpenEnds, Players, Taken, Timing, Turn, await_reaction, converse};
use crate::scenario::Case;
use crate::side::{Casting, Side};
use crate::target::{RunningClient, RunningServer, ServerTarget, Stack, StartError, Target};
use crate::verdict::Verdict;

/// A target that is played against, and what is remembered from one case to the next.
pub(super) struct Session<'t> {
    target: &'t mut Target,
    timing: Timing,
    turn: Arc<Turn>,
    interrupted: Arc<AtomicBool>,
    pool: &'t Pool,
    /// The place in the schedule of what is being played.
    trial: usize,
    servers: Servers,
    clients: Clients,
    /// Whether the calls of the side under test are noted.
    is_traced: bool,
}

/// The clients of a session.
#[derive(Default)]
struct Clients {
    /// Whether a client that has passed a case plays the next one, too.
    are_shared: bool,
    /// One that has passed all cases so far.
    shared: Option<Box<dyn RunningClient>>,
    /// As for a server.
    is_spoilt_by_sharing: bool,
}

/// The servers of a session.
#[derive(Default)]
struct Servers {
    /// A server that has served hardening scenarios only, and passed them.
    shared: Option<Box<dyn RunningServer>>,
    /// Whether a server has passed a scenario afresh that it had failed after others: what they leave behind spoils it.
    is_spoilt_by_sharing: bool,
    history: ServerHistory,
    /// What was in the way of the last start.
    blocked: Option<StartError>,
}

impl Servers {
    fn start(
        &mut self,
        target: &mut dyn ServerTarget,
        pool: &Pool,
    ) -> Result<Box<dyn RunningServer>, StartError> {
        let started = target.start(pool.starts_ahead().servers);
        pool.open();
        started.inspect_err(|why| {
            if let StartError::Blocked(_) = why {
                self.blocked = Some(why.clone());
            }
        })
    }
}

impl<'t> Session<'t> {
    /// A session that will play what `pool` has, together with others.
    pub(super) fn new(
        runner: &Runner,
        pool: &'t Pool,
        target: &'t mut Target,
        turn: Arc<Turn>,
        interrupted: Arc<AtomicBool>,
    ) -> Self {
        let Runner { deadline, exact, .. } = runner;
        Self {
            target,
            timing: Timing::new(*deadline, *exact, Arc::clone(&interrupted), Arc::clone(&turn)),
            turn,
            interrupted,
            pool,
            trial: 0,
            servers: Servers::default(),
            clients: Clients::default(),
            is_traced: false,
        }
    }

    /// The same, with one client for several cases: where there are many, each start would take longer than its case.
    pub(super) fn sharing_clients(mut self) -> Self {
        self.clients.are_shared = true;
        self
    }

    /// Whether a program has since passed a case afresh that it had failed after others. From now on they are shared again.
    pub(super) const fn take_spoilt(&mut self) -> bool {
        let spoilt = self.servers.is_spoilt_by_sharing || self.clients.is_spoilt_by_sharing;
        (self.servers.is_spoilt_by_sharing, self.clients.is_spoilt_by_sharing) = (false, false);
        spoilt
    }

    /// The process of the server that is shared.
    pub(super) fn shared_pid(&self) -> Option<u32> {
        self.servers.shared.as_ref()?.pid()
    }

    /// What is played from now on belongs to this trial, by its place in the schedule.
    pub(super) const fn begin(&mut self, trial: usize) {
        self.trial = trial;
    }

    /// What is played from now on follows everything that was scheduled.
    pub(super) const fn begin_afterwards(&mut self) {
        self.trial = usize::MAX;
    }

    /// Waits until it is its turn to play; `None` once there is nothing to play.
    pub(super) fn take_turn(&self) -> Option<Taken> {
        self.turn.take(|| self.pool.has_batch())
    }

    /// Whether what is played next may be served by a server that has served others.
    pub(super) const fn has_shared(&self) -> bool {
        self.servers.shared.is_some()
    }

    /// Ends the programs that are shared, if there are any: what is played next must not depend on what it was asked before.
    pub(super) fn end_shared(&mut self) {
        self.servers.shared = None;
        self.clients.shared = None;
        let _ = self.take_spoilt();
        // That a program has lost what it needs may show only when it is ended.
        self.rule_out_sides();
    }

    /// Plays a case with one side under test, whose calls of its sockets are noted. Nothing where they cannot be.
    pub(super) fn play_traced(&mut self, case: &Case, side: Side) -> Option<Played> {
        self.servers.shared = None;
        if !self.trace_calls(side, true) {
            return None;
        }
        self.is_traced = true;
        let played = self.play(case, side.into());
        self.is_traced = false;
        self.trace_calls(side, false);
        // What it does is not what others do.
        self.servers.shared = None;
        Some(played)
    }

    fn trace_calls(&mut self, side: Side, traces: bool) -> bool {
        let Target { server, client } = &mut *self.target;
        match side {
            Side::Server => server.as_mut().is_some_and(|server| server.trace_calls(traces)),
            Side::Client => client.as_mut().is_some_and(|client| client.trace_calls(traces)),
        }
    }

    /// Plays a case.
    pub(super) fn play(&mut self, case: &Case, casting: Casting) -> Played {
        if let Some(reason) = self.hindrance(case, casting) {
            return reason.into();
        }
        if let Some(why) = self.pool.ruled_out(casting, self.trial) {
            return Played::not_started(why, &case.assignment);
        }
        let played = match casting {
            Casting::Of(Side::Server) => self.with_server(case),
            Casting::Of(Side::Client) => self.with_client(case),
            Casting::Pair => self.with_both(case),
        };
        self.rule_out_sides();
        if self.is_interrupted() { Reason::Interrupted.into() } else { played }
    }

    /// Tells the others which side cannot be started any more.
    fn rule_out_sides(&mut self) {
        // What is ended because of that has not failed.
        if self.is_interrupted() {
            return;
        }
        let Target { server, client } = &*self.target;
        let blocked = self.servers.blocked.take();
        let of_server = blocked.or_else(|| server.as_ref()?.exhausted());
        let of_client = client.as_ref().and_then(|client| client.exhausted());
        for (side, failure) in [(Side::Server, of_server), (Side::Client, of_client)] {
            if let Some(why) = failure {
                self.pool.rule_out(side, self.trial, why);
            }
        }
    }

    /// How long a side may be silent.
    pub(super) const fn deadline(&self) -> Duration {
        self.timing.deadline
    }

    /// Whether nothing more is to be played.
    pub(super) fn is_interrupted(&self) -> bool {
        self.interrupted.load(Ordering::Relaxed)
    }

    /// What a further conversation with a side would be held with, if one can be.
    pub(super) fn next_instance(&self, side: Side) -> Option<Instance> {
        let server = match side {
            Side::Client => return Some(Instance::Fresh),
            Side::Server => self.target.server.as_ref()?,
        };
        match server.is_fresh() {
            true if server.can_stop().is_ok() => Some(Instance::Fresh),
            true => Some(Instance::Lasting),
            // It can be asked only as long as it serves.
            false => self.servers.history.serves().then_some(Instance::Lasting),
        }
    }

    /// Why a case cannot be played at all, if so.
    fn hindrance(&self, case: &Case, casting: Casting) -> Option<Reason> {
        if self.is_interrupted() {
            return Some(Reason::Interrupted);
        }
        if let Some(len) = case.too_long() {
            let Assignment { header_width, payload_len_max: max, .. } = case.assignment;
            let is_declarable = len as u64 <= case.assignment.payload_len_declarable();
            return Some(match is_declarable {
                true => Reason::OverLimit { len, max },
                false => Reason::TooLong { len, width: header_width.bytes() },
            });
        }
        let server = self.target.server.as_ref().filter(|_| casting.needs_server())?;
        if let Some(reason) = self.servers.history.unreachable() {
            return Some(reason);
        }
        case.stops_server().then(|| server.can_stop().err()).flatten().map(Reason::from)
    }

    fn with_server(&mut self, case: &Case) -> Played {
        let Some(target) = self.target.server.as_deref_mut() else {
            return Reason::NoSuchSide(Casting::SERVER).into();
        };
        let (servers, timing) = (&mut self.servers, &mut self.timing);
        // Hardening scenarios share a server as long as they pass: what one of them leaves behind can only make
        // the next fail, and then that is played again on a fresh one. If it passes there, none is shared any more: one
        // that serves a single client would be waited for in vain in each of them.
        let shares = target.is_fresh() && may_share_server(case.tier, case.stops_server());
        let mut was_shared_in_vain = false;
        if let Some(mut server) = servers.shared.take()
            && shares
        {
            let (played, _) = play_and_judge(case, Players::Server(&mut *server), timing);
            if played.verdict == Verdict::Pass {
                servers.shared = Some(server);
                return played;
            }
            was_shared_in_vain = true;
        }
        let mut server = match servers.start(target, self.pool) {
            Ok(server) => server,
            Err(why) => return Played::not_started(why, &case.assignment),
        };
        let (mut played, open_ends) = play_and_judge(case, Players::Server(&mut *server), timing);
        if self.is_traced || played.may_have_raised() {
            await_reaction(timing);
        }
        let has_passed = played.verdict == Verdict::Pass;
        servers.is_spoilt_by_sharing |= was_shared_in_vain && has_passed;
        if shares && has_passed && !servers.is_spoilt_by_sharing {
            servers.shared = Some(server);
        } else if !has_passed {
            // What was printed is shown with a failure only, and to have it takes a wait for the end of the program.
            played.keep_remains(server.end(stack(&played.verdict)), &case.assignment);
        }
        drop(open_ends);
        if let Some(reason) = servers.history.excuse_unreachable(case, target.is_fresh(), &played) {
            played.excuse(reason);
        }
        servers.history.record(case, &played);
        played
    }

    fn with_client(&mut self, case: &Case) -> Played {
        let Some(target) = self.target.client.as_deref_mut() else {
            return Reason::NoSuchSide(Casting::CLIENT).into();
        };
        let clients = &mut self.clients;
        let mut was_shared_in_vain = false;
        if let Some(mut client) = clients.shared.take() {
            let (played, _) = play_and_judge(case, Players::Client(&mut *client), &mut self.timing);
            if played.verdict == Verdict::Pass {
                clients.shared = Some(client).filter(|_| played.left_client_idle());
                return played;
            }
            was_shared_in_vain = true;
        }
        let started = target.start(self.pool.starts_ahead().clients);
        self.pool.open();
        let mut client = match started {
            Ok(client) => client,
            Err(why) => return Played::not_started(why, &case.assignment),
        };
        let (mut played, open_ends) = play_and_judge(case, Players::Client(&mut *client), &mut self.timing);
        if self.is_traced {
            await_reaction(&self.timing);
        }
        let has_passed = played.verdict == Verdict::Pass;
        clients.is_spoilt_by_sharing |= was_shared_in_vain && has_passed;
        if !has_passed {
            played.keep_remains(client.end(stack(&played.verdict)), &case.assignment);
        } else if clients.are_shared && played.left_client_idle() {
            clients.shared = Some(client);
        }
        drop(open_ends);
        played
    }

    fn with_both(&mut self, case: &Case) -> Played {
        let Target { server: Some(server), client: Some(client) } = &mut *self.target else {
            return Reason::NoSuchSide(Casting::Pair).into();
        };
        // Before the next one is started: both may have to listen on the same port.
        self.servers.shared = None;
        let mut server = match self.servers.start(&mut **server, self.pool) {
            Ok(server) => server,
            Err(why) => {
                let (played, printed) = Played::not_started_apart(why, &case.assignment);
                return played.with_output(Output::of_pair(None, printed));
            }
        };
        let (mut played, by_client) = match client.start(self.pool.starts_ahead().clients) {
            Ok(mut client) => {
                let players = Players::Pair(&mut *server, &mut *client);
                let (mut played, _) = play_and_judge(case, players, &mut self.timing);
                if played.verdict == Verdict::Pass {
                    return played;
                }
                let remains = client.end(stack(&played.verdict));
                played.excuse_for_confinement(&remains, &case.assignment);
                (played, remains.printed)
            }
            Err(why) => Played::not_started_apart(why, &case.assignment),
        };
        let remains = server.end(stack(&played.verdict));
        played.excuse_for_confinement(&remains, &case.assignment);
        played.with_output(Output::of_pair(by_client, remains.printed))
    }
}

/// Plays and judges a case. The programs stay where they are until what is still open is dropped: a program that is ended before
/// can tell where it was.
fn play_and_judge(case: &Case, players: Players<'_>, timing: &mut Timing) -> (Played, OpenEnds) {
    let casting = players.casting();
    let started = Instant::now();
    let (transcript, open_ends) = converse(case, players, timing);
    let played = Played {
        elapsed: started.elapsed(),
        verdict: judge(case, casting, &transcript),
        reason: None,
        output: None,
        signal: None,
        raised: None,
        calls: Vec::new(),
        boundary: transcript.weakest_boundary(),
        notes: notes(case, &transcript),
        transcript: Some(transcript),
    };
    (played, open_ends)
}

/// Where a program is that is ended now says something only of what was awaited in vain.
fn stack(verdict: &Verdict) -> Stack {
    match verdict {
        Verdict::Fail(finding) if finding.is_hang() => Stack::Print,
        _ => Stack::Omit,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_can_be_played_by_a_thread_of_its_own() {
        const fn assert_send<T: Send>() {}
        const { assert_send::<Session<'_>>() };
    }
}

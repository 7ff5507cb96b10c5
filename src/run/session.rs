//! Cases, played against a target one at a time, and who shares a server.
//!
//! A session has everything to itself that a conversation changes: its target, its servers, its view of the sockets. What
//! it gives back is data. So nothing keeps several of them, each with a target of its own, from being played side by side.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::Runner;
use super::classify::{Played, ServerHistory, interrupted, no_such_side, too_long};
use super::schedule::Schedule;
use crate::diagnosis::Instance;
use crate::judge::{judge, notes};
use crate::live::{Players, Timing, play};
use crate::scenario::{Case, Tier};
use crate::side::{Casting, Side};
use crate::target::{RunningServer, ServerTarget, Stack, StartError, Target};
use crate::verdict::Verdict;

/// A target that is played against, and what is remembered from one case to the next.
pub(super) struct Session<'t> {
    target: &'t mut Target,
    timing: Timing,
    /// How long a submission may be silent in what is graded, and in everything else.
    deadlines: (Duration, Duration),
    interrupted: Arc<AtomicBool>,
    servers: Servers,
}

/// The servers of a session.
struct Servers {
    /// How many more starts are planned.
    starts_ahead: usize,
    /// A server that has served hardening scenarios only, and passed them.
    shared: Option<Box<dyn RunningServer>>,
    /// Whether a server has passed a scenario afresh that it had failed after others: what they leave behind spoils it.
    is_spoilt_by_sharing: bool,
    history: ServerHistory,
}

impl Servers {
    fn start(&mut self, target: &mut dyn ServerTarget) -> Result<Box<dyn RunningServer>, StartError> {
        target.start(self.starts_ahead).inspect_err(|why| {
            if let StartError::Blocked(on) = why {
                self.history.give_up(on.to_string());
            }
        })
    }
}

impl<'t> Session<'t> {
    /// A session that will play what is scheduled.
    pub(super) fn new(
        runner: &Runner,
        schedule: &Schedule,
        target: &'t mut Target,
        interrupted: Arc<AtomicBool>,
    ) -> Self {
        let Runner { run, deadline, exact, .. } = runner;
        let hardening_deadline = if run.strict { *deadline } else { *deadline / 4 };
        Self {
            target,
            timing: Timing::new(*deadline, *exact, Arc::clone(&interrupted)),
            deadlines: (*deadline, hardening_deadline),
            interrupted,
            servers: Servers {
                starts_ahead: schedule.starts(),
                shared: None,
                is_spoilt_by_sharing: false,
                history: ServerHistory::default(),
            },
        }
    }

    /// Plays a case.
    pub(super) fn play(&mut self, case: &Case, casting: Casting) -> Played {
        let is_graded = case.tier == Tier::Graded;
        self.timing.deadline = if is_graded { self.deadlines.0 } else { self.deadlines.1 };
        if casting.needs_server() && is_graded {
            self.servers.starts_ahead = self.servers.starts_ahead.saturating_sub(1);
        }
        if let Some(verdict) = self.obstacle(case, casting) {
            return verdict.into();
        }
        let played = match casting {
            Casting::Of(Side::Server) => self.with_server(case),
            Casting::Of(Side::Client) => self.with_client(case),
            Casting::Pair => self.with_both(case),
        };
        if self.is_interrupted() { interrupted().into() } else { played }
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

    /// Why a case cannot be played at all.
    fn obstacle(&self, case: &Case, casting: Casting) -> Option<Verdict> {
        if self.is_interrupted() {
            return Some(interrupted());
        }
        if let Some(verdict) = too_long(case) {
            return Some(verdict);
        }
        let server = self.target.server.as_ref().filter(|_| casting.needs_server())?;
        if let Some(verdict) = self.servers.history.unreachable() {
            return Some(verdict);
        }
        let why = case.stops_server().then(|| server.can_stop().err()).flatten();
        why.map(|why| Verdict::Blocked { on: why.to_string() })
    }

    fn with_server(&mut self, case: &Case) -> Played {
        let Some(target) = self.target.server.as_deref_mut() else {
            return no_such_side(Casting::SERVER).into();
        };
        let (servers, timing) = (&mut self.servers, &mut self.timing);
        // Hardening scenarios share a server as long as they pass: what one of them leaves behind can only make
        // the next fail, and then that is played again on a fresh one. If it passes there, none is shared any more: one
        // that serves a single client would be waited for in vain in each of them.
        let shares = target.is_fresh() && case.tier == Tier::Hardening && !case.stops_server();
        let mut was_shared_in_vain = false;
        if let Some(mut server) = servers.shared.take()
            && shares
        {
            let played = judged(case, Players::Server(&mut *server), timing);
            if played.verdict == Verdict::Pass {
                servers.shared = Some(server);
                return played;
            }
            was_shared_in_vain = true;
        }
        let mut server = match servers.start(target) {
            Ok(server) => server,
            Err(why) => return why.into(),
        };
        let mut played = judged(case, Players::Server(&mut *server), timing);
        let has_passed = played.verdict == Verdict::Pass;
        servers.is_spoilt_by_sharing |= was_shared_in_vain && has_passed;
        if shares && has_passed && !servers.is_spoilt_by_sharing {
            servers.shared = Some(server);
        } else if !has_passed {
            // What was printed is shown with a failure only, and takes a wait for the end of the program.
            played.output = server.end(stack(&played.verdict));
        }
        servers.history.classify_unreachable(case, target.is_fresh(), &mut played);
        played
    }

    fn with_client(&mut self, case: &Case) -> Played {
        let Some(target) = self.target.client.as_deref_mut() else {
            return no_such_side(Casting::CLIENT).into();
        };
        let mut client = match target.start() {
            Ok(client) => client,
            Err(why) => return why.into(),
        };
        let mut played = judged(case, Players::Client(&mut *client), &mut self.timing);
        if played.verdict != Verdict::Pass {
            played.output = client.end(stack(&played.verdict));
        }
        played
    }

    fn with_both(&mut self, case: &Case) -> Played {
        let Target { server: Some(server), client: Some(client) } = &mut *self.target else {
            return no_such_side(Casting::Pair).into();
        };
        // Before the next one is started: both may have to listen on the same port.
        self.servers.shared = None;
        let mut server = match self.servers.start(&mut **server) {
            Ok(server) => server,
            Err(why) => return why.into(),
        };
        let mut played = match client.start() {
            Ok(mut client) => {
                let players = Players::Pair(&mut *server, &mut *client);
                let mut played = judged(case, players, &mut self.timing);
                if played.verdict != Verdict::Pass {
                    played.output = client.end(stack(&played.verdict));
                }
                played
            }
            Err(why) => why.into(),
        };
        if played.verdict != Verdict::Pass {
            played.output = output_of_pair(played.output.take(), server.end(stack(&played.verdict)));
        }
        played
    }
}

/// Plays and judges a case.
fn judged(case: &Case, players: Players<'_>, timing: &mut Timing) -> Played {
    let casting = players.casting();
    let started = Instant::now();
    let transcript = play(case, players, timing);
    Played {
        elapsed: started.elapsed(),
        verdict: judge(case, casting, &transcript),
        output: None,
        delivered: transcript.delivered(),
        notes: notes(case, &transcript),
        transcript: Some(transcript),
    }
}

/// Where a program is that is ended now says something only of what was awaited in vain.
fn stack(verdict: &Verdict) -> Stack {
    match verdict {
        Verdict::Fail(finding) if finding.is_hang() => Stack::Print,
        _ => Stack::Omit,
    }
}

/// What a client and a server printed, each under its name if both did.
fn output_of_pair(client: Option<String>, server: Option<String>) -> Option<String> {
    let printed = |output: &String| !output.is_empty();
    match (client.filter(printed), server.filter(printed)) {
        (Some(client), Some(server)) => {
            Some(format!("The client printed:\n{client}\nThe server printed:\n{server}"))
        }
        (client, server) => client.or(server),
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

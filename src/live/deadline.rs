//! The limits of a wait.

use std::net::TcpStream;
use std::process;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, Timespec, poll};

use super::Timing;
use super::turn::{LetPlay, Turn};
use crate::conversation::WaitOutcome;
use crate::os::proc::owners_of;
use crate::os::run_delay::{EXCUSED_FROM, FairLimit, RunDelay, WATCHED_AFTER};
use crate::os::silence::{ConnectionAddresses, Naps, Prover, Roots, TimedSleeps};
use crate::os::sock_diag::SocketTable;
use crate::silence::{BlockedIn, KnownBy, Silence};

/// How late a wait may notice that the run was interrupted.
const INTERRUPTION_NOTICED: Duration = Duration::from_millis(50);

/// The most by which the clock of a wait goes on between two looks. Where more time has passed, the harness itself did not
/// run: its machine, or its container, was paused, and perhaps the program with it.
const TICK_MAX: Duration = Duration::from_millis(200);

/// For how many deadlines a program may be silent while it computes, or sleeps for a time that it has chosen itself.
const DEADLINES_AT_WORK: u32 = 2;

/// A program is at work if it ran for at least one part in so many of the time it could have run.
const AT_WORK_FROM: u32 = 2;

/// How long to wait for a connection to be accepted before something is sent on it regardless.
const ACCEPT_WAIT_MAX: Duration = Duration::from_millis(500);

/// How long after one look for threads that sleep again and again the next one follows.
const BETWEEN_NAPS: Duration = Duration::from_millis(25);

/// How long the programs are watched before another may play in the meantime, and the most that they may have run in that time:
/// one part in so many.
const WATCHED_FOR: Duration = Duration::from_millis(20);
const IDLE_BELOW: u32 = 10;

/// Waits for one of `descriptors`, for `wait` at most. Tells whether one is ready.
pub(super) fn wait_for(descriptors: &mut [PollFd<'_>], wait: Duration) -> bool {
    let timeout = Timespec::try_from(wait).ok();
    // An interrupted wait found nothing: the caller looks at the time and waits again.
    poll(descriptors, timeout.as_ref()).is_ok_and(|ready| ready > 0)
}

/// The limits of a wait: a proof that nothing can come any more, silence, and the whole.
///
/// The time for which the programs under test wait for a processor is no silence, and does not count for the whole, which can come to
/// no more than a [few times](FairLimit) what it is: programs may keep each other waiting. Nor is the time silence for which the
/// harness did not run, for which the program reads what it was sent, or for which it computes or sleeps until a time that it
/// has chosen.
#[derive(Debug)]
pub(super) struct Deadline {
    silence: Duration,
    /// How long it may be silent that computes, or sleeps for a time that it has chosen itself.
    at_work: Duration,
    limit: FairLimit,
    /// How long the wait has taken, and for how much of that nothing has come: on a clock that runs only while the harness
    /// does.
    elapsed: Duration,
    quiet: Duration,
    ticked_at: Instant,
    awaited: Awaited,
    watched: Watched,
    table: Option<SocketTable>,
    prover: Prover,
    /// What the programs were found to be blocked in. It counts once what they had sent by then was taken.
    proven: Option<BlockedIn>,
    /// What the ends were last seen to have received and to have left unread.
    taken: Option<Vec<(Option<u64>, u32)>>,
    /// Made once it has been silent for a while.
    run_delay: Option<RunDelay>,
    /// Made together with that.
    sleeps: Option<TimedSleeps>,
    naps: Option<Naps>,
    /// After how much silence to look for naps next.
    next_nap: Duration,
    /// How much later than it should have been.
    overslept: Duration,
    /// For how long of its silence it could not run.
    queued: Duration,
    interrupted: Arc<AtomicBool>,
    turn: Arc<Turn>,
    meanwhile: Meanwhile,
}

/// Whether others may play during a wait.
#[derive(Debug, Default)]
enum Meanwhile {
    #[default]
    NotLooked,
    /// How long the silence had lasted when it was looked whether the programs run.
    Looking(Duration, RunDelay),
    /// They did not run, and another has the turn.
    OthersPlay(#[expect(dead_code, reason = "it gives the turn back when it is dropped")] LetPlay),
}

/// Connections on which reading shows that a program is at work.
#[derive(Debug)]
enum Watched {
    Nothing,
    /// Those of the harness.
    Connections(Vec<ConnectionAddresses>),
}

impl Watched {
    /// Those of the harness, whose bytes have to be taken before a program can be called silent.
    fn connections(&self) -> &[ConnectionAddresses] {
        match self {
            Self::Connections(ends) => ends,
            Self::Nothing => &[],
        }
    }
}

/// What is awaited.
#[derive(Debug)]
enum Awaited {
    /// Programs that the harness has started.
    Programs(Roots),
    /// The processes that hold the connection, by its ends, or that listen where nobody has accepted it yet.
    Holders(ConnectionAddresses),
}

impl Awaited {
    fn roots(&self) -> Roots {
        match self {
            Self::Programs(roots) => roots.clone(),
            // The threads of the harness itself are never all asleep.
            Self::Holders(ends) => {
                holders(*ends).filter(|pids| !pids.contains(&process::id())).unwrap_or_default().into()
            }
        }
    }
}

/// The processes that hold a connection, or that listen where nobody has accepted it yet.
fn holders((own, peer): ConnectionAddresses) -> Option<Vec<u32>> {
    let mut table = SocketTable::open().ok()?;
    let inode = match table.connection(own, peer).ok()??.inode {
        0 => table.listeners(own.port()).ok()?.iter().find(|one| one.takes(own))?.inode,
        inode => inode,
    };
    Some(owners_of(inode).iter().map(|owner| owner.pid).collect())
}

impl Deadline {
    /// Waits for the programs under test. The limits are the usual ones.
    pub(super) fn start(timing: &Timing) -> Self {
        Self::new(timing.deadline, timing, Awaited::Programs(timing.roots.clone()))
    }

    /// The same, for the programs at the other end of `connection`.
    pub(super) fn on(connection: &TcpStream, timing: &Timing) -> Self {
        let ends = connection.peer_addr().ok().zip(connection.local_addr().ok());
        let awaited = match ends {
            Some(ends) if timing.roots.is_empty() && timing.table.is_some() => Awaited::Holders(ends),
            _ => Awaited::Programs(timing.roots.clone()),
        };
        let watched = ends.map_or(Watched::Nothing, |ends| Watched::Connections(vec![ends]));
        Self { watched, ..Self::new(timing.deadline, timing, awaited) }
    }

    /// Waits for programs under test at the other ends of several connections.
    pub(super) fn on_all(connections: Vec<ConnectionAddresses>, timing: &Timing) -> Self {
        Self { watched: Watched::Connections(connections), ..Self::start(timing) }
    }

    /// The programs that are waited for.
    pub(super) fn roots(&self) -> Roots {
        self.awaited.roots()
    }

    /// From now on these are the connections.
    pub(super) fn watch(&mut self, connections: Vec<ConnectionAddresses>) {
        (self.watched, self.taken) = (Watched::Connections(connections), None);
    }

    /// The same, for one that may have so many replies to others to make first: each may take as long as one may be silent.
    pub(super) fn after(self, replies: usize) -> Self {
        let replies = u32::try_from(replies).unwrap_or(u32::MAX);
        let silence = self.silence.saturating_mul(replies.saturating_add(1)).min(self.limit.limit());
        let at_work = self.at_work.max(silence);
        Self { silence, at_work, prover: Prover::new(at_work), ..self }
    }

    /// Waits until nothing can come on `connection` any more, for as long as anything may take.
    pub(super) fn of_pause(connection: &TcpStream, timing: &Timing) -> Self {
        Self::on(connection, timing).silent_for(timing.limit())
    }

    /// Waits for bytes on `connection` that are only evidence: for a shorter time, which a busy machine does not extend.
    pub(super) fn of_grace(silence: Duration, connection: &TcpStream, timing: &Timing) -> Self {
        Self { run_delay: Some(RunDelay::of(&[], &[])), ..Self::on(connection, timing).silent_for(silence) }
    }

    /// Waits only until the program can do no more about what was done last: mostly that is proven, and one of which it is
    /// not is given the time for trailing bytes.
    pub(super) fn for_reaction(self, timing: &Timing) -> Self {
        self.silent_for(timing.trailing())
    }

    /// Waits only for the connection to be accepted. A program that waits for a processor, as one does that is just ending on a busy
    /// machine, is given the time.
    pub(super) fn for_accept(self, timing: &Timing) -> Self {
        self.silent_for(timing.deadline.min(ACCEPT_WAIT_MAX))
    }

    fn silent_for(self, silence: Duration) -> Self {
        Self { silence, at_work: silence * DEADLINES_AT_WORK, ..self }
    }

    fn new(silence: Duration, timing: &Timing, awaited: Awaited) -> Self {
        let at_work = silence * DEADLINES_AT_WORK;
        Self {
            silence,
            at_work,
            limit: FairLimit::new(timing.limit()),
            elapsed: Duration::ZERO,
            quiet: Duration::ZERO,
            ticked_at: Instant::now(),
            awaited,
            watched: Watched::Nothing,
            table: timing.table.clone(),
            prover: Prover::new(at_work),
            proven: None,
            taken: None,
            run_delay: None,
            sleeps: None,
            naps: None,
            next_nap: Duration::ZERO,
            overslept: Duration::ZERO,
            queued: Duration::ZERO,
            interrupted: Arc::clone(&timing.interrupted),
            turn: Arc::clone(&timing.turn),
            meanwhile: Meanwhile::default(),
        }
    }

    /// Something came.
    pub(super) fn progress(&mut self) {
        self.tick();
        self.quiet = Duration::ZERO;
        self.prover.begin();
        self.proven = None;
        self.run_delay = None;
        self.queued = Duration::ZERO;
        self.meanwhile = Meanwhile::NotLooked;
    }

    fn tick(&mut self) {
        let now = Instant::now();
        let passed = (now - self.ticked_at).min(TICK_MAX);
        self.ticked_at = now;
        self.elapsed += passed;
        self.quiet += passed;
    }

    /// Which limit has passed. Whatever the programs have sent has to have been taken before, and nothing may be on its way to
    /// them from the harness.
    pub(super) fn expired(&mut self) -> Option<WaitOutcome> {
        self.tick();
        if self.interrupted.load(Ordering::Relaxed) {
            return Some(WaitOutcome::Silent(Silence::of_deadline(self.quiet)));
        }
        if let Some(within) = self.proven {
            let silence = Silence { waited: self.quiet, known_by: KnownBy::Blocked(within) };
            return Some(WaitOutcome::Silent(silence));
        }
        self.look_for_proof();
        self.let_others_play();
        if let Some(silence) = self.silence_by_clock() {
            return Some(WaitOutcome::Silent(silence));
        }
        if !self.limit.pause(self.elapsed, || self.awaited.roots()).is_zero() {
            None
        } else if self.queued.is_zero() {
            Some(WaitOutcome::Unfinished(self.limit.limit()))
        } else {
            Some(WaitOutcome::Starved { waited: self.quiet, queued: self.queued })
        }
    }

    /// Looks whether it can be proven that nothing will come, if it is time for that.
    fn look_for_proof(&mut self) {
        let Some(table) = &mut self.table else { return };
        if !self.prover.is_due(self.quiet) {
            return;
        }
        self.proven = self.prover.look(self.quiet, &self.awaited.roots(), self.watched.connections(), table);
        self.notice_reading();
    }

    /// Lets others play once the programs are seen to do nothing: what is left is to wait.
    fn let_others_play(&mut self) {
        if self.proven.is_some() {
            return;
        }
        match &mut self.meanwhile {
            Meanwhile::OthersPlay(_) => {}
            Meanwhile::Looking(since, run_delay) => {
                let watched = self.quiet.saturating_sub(*since);
                if watched < WATCHED_FOR {
                    return;
                }
                let waited = run_delay.waited();
                self.meanwhile = match run_delay.ran() + waited < watched / IDLE_BELOW {
                    true => self.turn.let_others_play().map_or(Meanwhile::NotLooked, Meanwhile::OthersPlay),
                    false => Meanwhile::NotLooked,
                };
            }
            Meanwhile::NotLooked if self.quiet >= WATCHED_FOR => {
                let Roots { pids, threads } = self.awaited.roots();
                self.meanwhile = Meanwhile::Looking(self.quiet, RunDelay::of(&pids, &threads));
            }
            Meanwhile::NotLooked => {}
        }
    }

    /// A program that reads what it was sent is not silent.
    fn notice_reading(&mut self) {
        let Some(table) = &mut self.table else { return };
        let Watched::Connections(connections) = &self.watched else { return };
        let states =
            connections.iter().filter_map(|(own, peer)| table.connection(*own, *peer).ok().flatten());
        let taken = Some(states.map(|state| (state.bytes_received, state.unread)).collect());
        if self.taken.is_some() && taken != self.taken {
            self.progress();
        }
        self.taken = taken;
    }

    /// Whether the silence has lasted for as long as it may.
    fn silence_by_clock(&mut self) -> Option<Silence> {
        let looked_at = self.silence / WATCHED_AFTER;
        if self.quiet < looked_at {
            return None;
        }
        let run_delay = self.run_delay.get_or_insert_with(|| {
            // If the harness looks late, it could not run either.
            self.overslept = self.quiet - looked_at;
            let Roots { pids, threads } = self.awaited.roots();
            self.sleeps = Some(TimedSleeps::of(&pids));
            (self.naps, self.next_nap) = (Some(Naps::of(&pids)), self.quiet);
            RunDelay::of(&pids, &threads)
        });
        if let Some(naps) = self.naps.as_mut().filter(|_| self.quiet >= self.next_nap) {
            naps.look();
            self.next_nap = self.quiet + BETWEEN_NAPS;
        }
        let waited = run_delay.waited();
        let queued = self.overslept + waited;
        if self.quiet >= self.silence + self.queued {
            self.queued = if queued >= self.silence / EXCUSED_FROM { queued } else { Duration::ZERO };
        }
        if self.quiet < self.silence + self.queued {
            return None;
        }
        let watched = self.quiet.saturating_sub(looked_at + self.overslept);
        // On a busy machine a program that spins has a processor for a small part of the time, and waits for one for the rest.
        let could_run = watched.saturating_sub(waited);
        let ran = run_delay.ran();
        let is_computing = !watched.is_zero() && !ran.is_zero() && ran >= could_run / AT_WORK_FROM;
        let is_asleep = self.sleeps.as_ref().is_some_and(TimedSleeps::go_on);
        let is_at_work = is_computing || is_asleep || self.naps.as_ref().is_some_and(Naps::go_on);
        if is_at_work && self.quiet < self.at_work + self.queued {
            return None;
        }
        let known_by = if is_computing { KnownBy::Spinning } else { KnownBy::Deadline };
        let waited = if is_at_work { self.at_work } else { self.silence } + self.queued;
        Some(Silence { waited, known_by })
    }

    /// How long until a limit may pass, or something has to be checked.
    pub(super) fn remaining(&self) -> Duration {
        if self.proven.is_some() {
            return Duration::ZERO;
        }
        let silence = match self.run_delay {
            None => self.silence / WATCHED_AFTER,
            Some(_) => self.silence + self.queued,
        };
        // Past its time, a program at work is looked at only now and then.
        let silence = match silence.saturating_sub(self.quiet) {
            Duration::ZERO => INTERRUPTION_NOTICED,
            remaining => remaining,
        };
        let next = if self.table.is_some() { self.prover.next().saturating_sub(self.quiet) } else { silence };
        // The whole is over long after that, and need not be on time.
        silence.min(next).min(INTERRUPTION_NOTICED)
    }
}

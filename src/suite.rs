//! A run: scenarios played against a target one after the other, told as events.

mod diagnosing;
mod log;

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use self::log::Log;
use crate::conversation::Transcript;
use crate::delivery::Boundary;
use crate::diagnosis::Observation;
use crate::event::{
    CaseFinished, CaseKey, Event, EventKind, FORMAT_VERSION, HARNESS_VERSION, NamedCause, PlannedCase,
    PlayedDelivery, Run, RunStarted,
};
use crate::grade::Rubric;
use crate::judge::{judge, notes};
use crate::live::{Players, Timing, play};
use crate::prose;
use crate::record::RunRecord;
use crate::rule::Rule;
use crate::scenario::{Case, Scenario, Tier};
use crate::side::{Casting, Side};
use crate::target::{ClientTarget, RunningServer, ServerTarget, Stack, StartError, Target};
use crate::verdict::{Note, Verdict};

/// Which scenarios are played, and how they are weighed.
#[derive(Debug, Clone)]
pub struct Suite {
    /// What reports say of the run.
    pub run: Run,
    /// The scenarios, in the order in which they are played.
    pub scenarios: Vec<&'static Scenario>,
    /// The castings to play them in, as far as the target has the sides for it.
    pub castings: Vec<Casting>,
    /// What they are worth.
    pub rubric: Rubric,
    /// How long a submission may be silent. In hardening scenarios it is a quarter of that, unless they count: a
    /// submission that is wrong may fail dozens of them by silence.
    pub deadline: Duration,
    /// Whether deliveries are exact where that is possible, or only timed.
    pub exact: bool,
    /// The command that reaches the same target, to which a scenario and a seed are added.
    pub reproduce: String,
}

impl Suite {
    /// Plays everything and hands each event to `report`, with what the run has come to by then. Returns what it came to
    /// in the end.
    ///
    /// Once `interrupted` is set, nothing more is played; what is left is inconclusive.
    ///
    /// # Errors
    ///
    /// Those of `report`.
    pub fn play(
        &self,
        target: &mut Target,
        interrupted: &Arc<AtomicBool>,
        report: impl FnMut(&Event, &RunRecord) -> io::Result<()>,
    ) -> io::Result<RunRecord> {
        let plan = self.plan(target);
        let mut log = Log::start(self.started(&plan), report)?;
        let mut stage = Stage {
            suite: self,
            interrupted,
            timing: Timing::new(self.deadline, self.exact, Arc::clone(interrupted)),
            planned: fresh_servers(&plan),
            shared: None,
            is_spoilt_by_sharing: false,
            last_connected: None,
            unreachable: None,
            observations: Vec::new(),
        };
        for (scenario, casting) in plan {
            log.add(EventKind::CaseStarted { key: CaseKey::new(scenario, casting) })?;
            let finished = stage.finish_case(scenario, casting, target);
            log.add(EventKind::CaseFinished(Arc::new(finished)))?;
        }
        for side in Side::ALL {
            if let Some(cause) = stage.diagnose(*side, target) {
                let cause = NamedCause::new(&cause, &self.run.assignment);
                log.add(EventKind::Diagnosed { side: *side, cause })?;
            }
        }
        stage.shared = None;
        log.add(EventKind::RunFinished)?;
        Ok(log.into_record())
    }

    /// What will be played, in order.
    fn plan(&self, target: &Target) -> Vec<(&'static Scenario, Casting)> {
        let castings = self.castings(target).into_iter();
        let scenarios = |casting| self.scenarios.iter().filter(move |one| one.castings.contains(&casting));
        castings.flat_map(|casting| scenarios(casting).map(move |one| (*one, casting))).collect()
    }

    fn started(&self, plan: &[(&'static Scenario, Casting)]) -> RunStarted {
        let planned = |(scenario, casting): &(&'static Scenario, Casting)| PlannedCase {
            key: CaseKey::new(scenario, *casting),
            tier: scenario.tier,
            title: scenario.title.into(),
            worth: self.rubric.points(scenario, *casting),
        };
        RunStarted {
            format_version: FORMAT_VERSION,
            harness_version: HARNESS_VERSION.into(),
            run: self.run.clone(),
            deadline: self.deadline,
            plan: plan.iter().map(planned).collect(),
        }
    }

    fn castings(&self, target: &Target) -> Vec<Casting> {
        let mut castings = target.castings();
        castings.retain(|casting| self.castings.contains(casting));
        castings
    }
}

/// How often a fresh server will be needed.
fn fresh_servers(plan: &[(&'static Scenario, Casting)]) -> usize {
    let graded = |scenario: &Scenario| scenario.tier == Tier::Graded;
    plan.iter()
        .filter(|(scenario, casting)| casting.needs_server() && graded(scenario))
        .map(|(scenario, _)| scenario.deliveries.len())
        .sum()
}

/// What a run remembers from one scenario to the next.
struct Stage<'a> {
    suite: &'a Suite,
    interrupted: &'a Arc<AtomicBool>,
    timing: Timing,
    /// How often the server is still needed.
    planned: usize,
    /// A server that has served hardening scenarios only, and passed them.
    shared: Option<Box<dyn RunningServer>>,
    /// Whether a server has passed a scenario afresh that it had failed after others: what they leave behind spoils it.
    is_spoilt_by_sharing: bool,
    /// The last scenario in which the server under test took a connection, and whether it passed.
    last_connected: Option<(String, bool)>,
    /// Why the server under test cannot be played against any more.
    unreachable: Option<String>,
    /// What was seen of each side.
    observations: Vec<(Side, Observation)>,
}

/// What came of one case.
struct Played {
    verdict: Verdict,
    /// What happened, if anything was played.
    transcript: Option<Transcript>,
    output: Option<String>,
    /// How long the playing took, without what was done to get ready for it.
    elapsed: Duration,
    delivered: Option<Boundary>,
    notes: Vec<Note>,
}

impl From<Verdict> for Played {
    fn from(verdict: Verdict) -> Self {
        Self {
            verdict,
            transcript: None,
            output: None,
            elapsed: Duration::ZERO,
            delivered: None,
            notes: Vec::new(),
        }
    }
}

impl From<StartError> for Played {
    fn from(why: StartError) -> Self {
        match why {
            StartError::Blocked(on) => Verdict::Blocked { on: on.to_string() }.into(),
            StartError::AtFault { finding, output } => Self { output, ..Verdict::Fail(finding).into() },
        }
    }
}

impl Stage<'_> {
    /// Plays a scenario under each of its deliveries, until one is not passed.
    fn finish_case(
        &mut self,
        scenario: &'static Scenario,
        casting: Casting,
        target: &mut Target,
    ) -> CaseFinished {
        let Run { assignment, seed, .. } = self.suite.run;
        let mut finished = CaseFinished {
            key: CaseKey::new(scenario, casting),
            verdict: Verdict::Pass,
            failed_delivery: None,
            deliveries: Vec::new(),
            elapsed: Duration::ZERO,
            delivered: None,
            notes: Vec::new(),
            output: None,
            reproduce: self.reproduce(scenario, casting, target),
        };
        for delivery in scenario.deliveries {
            let case = Case::new(scenario, &assignment, delivery, seed);
            let played = self.play_script(&case, casting, target);
            self.remember(&case, casting, &played);
            finished.elapsed += played.elapsed;
            finished.delivered = finished.delivered.max(played.delivered);
            finished.notes = played.notes;
            if let Some(transcript) = played.transcript {
                finished.deliveries.push(PlayedDelivery { case, transcript, elapsed: played.elapsed });
            }
            if played.verdict != Verdict::Pass {
                finished.failed_delivery =
                    matches!(played.verdict, Verdict::Fail(_)).then(|| delivery.clone());
                finished.output = played.output.filter(|output| !output.is_empty());
                finished.verdict = played.verdict;
                break;
            }
        }
        finished
    }

    /// The command that repeats just this.
    fn reproduce(&self, scenario: &Scenario, casting: Casting, target: &Target) -> String {
        let Suite { run, reproduce, .. } = self.suite;
        let only = match target.castings().len() {
            1 => String::new(),
            _ => format!(" --side {casting}"),
        };
        format!("{reproduce}{only} --scenario {} --seed {}", scenario.id, run.seed)
    }

    fn play_script(&mut self, case: &Case, casting: Casting, target: &mut Target) -> Played {
        let Suite { run, deadline, .. } = self.suite;
        let is_hardening = case.tier == Tier::Hardening;
        self.timing.deadline = if is_hardening && !run.strict { *deadline / 4 } else { *deadline };
        if casting.needs_server() && !is_hardening {
            self.planned = self.planned.saturating_sub(1);
        }
        if let Some(verdict) = self.obstacle(case, casting, target) {
            return verdict.into();
        }
        let played = match (casting, target) {
            (Casting::SERVER, Target { server: Some(server), .. }) => self.with_server(case, &mut **server),
            (Casting::CLIENT, Target { client: Some(client), .. }) => self.with_client(case, &mut **client),
            (Casting::Pair, Target { server: Some(server), client: Some(client) }) => {
                self.with_both(case, &mut **server, &mut **client)
            }
            _ => unreachable!("only castings that the target has are played"),
        };
        match self.interrupted.load(Ordering::Relaxed) {
            true => interrupted().into(),
            false => played,
        }
    }

    /// Why a case cannot be played at all.
    fn obstacle(&self, case: &Case, casting: Casting, target: &Target) -> Option<Verdict> {
        if self.interrupted.load(Ordering::Relaxed) {
            return Some(interrupted());
        }
        if let Some(len) = case.too_long() {
            let width = case.assignment.header_width.bytes();
            let why = format!("A message of {len} bytes is longer than a length of {width} bytes can say.");
            return Some(Verdict::Unsupported { why });
        }
        let server = target.server.as_ref().filter(|_| casting.needs_server())?;
        if let Some(why) = &self.unreachable {
            return Some(Verdict::Blocked { on: why.clone() });
        }
        let stops = case.stops_server();
        let why = stops.then(|| server.can_stop().err()).flatten();
        why.map(|why| Verdict::Blocked { on: why.to_string() })
    }

    fn start(&mut self, server: &mut dyn ServerTarget) -> Result<Box<dyn RunningServer>, StartError> {
        server.start(self.planned).inspect_err(|why| {
            if let StartError::Blocked(on) = why {
                self.unreachable = Some(on.to_string());
            }
        })
    }

    fn with_server(&mut self, case: &Case, target: &mut dyn ServerTarget) -> Played {
        // Hardening scenarios share a server as long as they pass: what one of them leaves behind can only make
        // the next fail, and then that is played again on a fresh one. If it passes there, none is shared any more: one
        // that serves a single client would be waited for in vain in each of them.
        let shares = target.is_fresh() && case.tier == Tier::Hardening && !case.stops_server();
        let mut was_shared_in_vain = false;
        if let Some(mut server) = self.shared.take()
            && shares
        {
            let played = self.judged(case, Players::Server(&mut *server));
            if played.verdict == Verdict::Pass {
                self.shared = Some(server);
                return played;
            }
            was_shared_in_vain = true;
        }
        let mut server = match self.start(target) {
            Ok(server) => server,
            Err(why) => return why.into(),
        };
        let mut played = self.judged(case, Players::Server(&mut *server));
        let has_passed = played.verdict == Verdict::Pass;
        self.is_spoilt_by_sharing |= was_shared_in_vain && has_passed;
        if shares && has_passed && !self.is_spoilt_by_sharing {
            self.shared = Some(server);
        } else {
            played.output = server.end(stack(&played.verdict));
        }
        self.weigh_missing_server(case, target.is_fresh(), &mut played);
        played
    }

    /// Plays and judges a case.
    fn judged(&mut self, case: &Case, players: Players<'_>) -> Played {
        let casting = players.casting();
        let started = Instant::now();
        let transcript = play(case, players, &mut self.timing);
        Played {
            elapsed: started.elapsed(),
            verdict: judge(case, casting, &transcript),
            output: None,
            delivered: transcript.delivered(),
            notes: notes(case, &transcript),
            transcript: Some(transcript),
        }
    }

    /// A server that does not take the harness's first connection is wrong only where the harness knows that it
    /// was there and that nothing has gone wrong since, and only in the scenario that is about it.
    fn weigh_missing_server(&mut self, case: &Case, is_fresh: bool, played: &mut Played) {
        let Case { id, tier, rule, .. } = case;
        if played.transcript.as_ref().is_some_and(|transcript| !transcript.never_connected()) {
            self.last_connected = Some((id.clone(), played.verdict == Verdict::Pass));
            return;
        }
        let Verdict::Fail(finding) = &played.verdict else { return };
        let summary = prose::summary(finding, &case.assignment);
        let on = match &self.last_connected {
            _ if is_fresh => return,
            None => {
                let on = format!("{summary} Is the server running, and at this address?");
                self.unreachable = Some(on.clone());
                on
            }
            Some((_, true)) if *rule == Rule::NextClient && *tier == Tier::Graded => return,
            Some((last, _)) => {
                format!(
                    "{summary} The last client that the server took was that of {last}. Start it again to go on."
                )
            }
        };
        played.verdict = Verdict::Blocked { on };
    }

    fn with_client(&mut self, case: &Case, target: &mut dyn ClientTarget) -> Played {
        let mut client = match target.start() {
            Ok(client) => client,
            Err(why) => return why.into(),
        };
        let mut played = self.judged(case, Players::Client(&mut *client));
        played.output = client.end(stack(&played.verdict));
        played
    }

    fn with_both(
        &mut self,
        case: &Case,
        server: &mut dyn ServerTarget,
        client: &mut dyn ClientTarget,
    ) -> Played {
        // Before the next one is started: both may have to listen on the same port.
        self.shared = None;
        let mut server = match self.start(server) {
            Ok(server) => server,
            Err(why) => return why.into(),
        };
        let mut played = match client.start() {
            Ok(mut client) => {
                let mut played = self.judged(case, Players::Pair(&mut *server, &mut *client));
                played.output = client.end(stack(&played.verdict));
                played
            }
            Err(why) => why.into(),
        };
        played.output = output_of_pair(played.output.take(), server.end(stack(&played.verdict)));
        played
    }
}

/// Where a program is that is ended now says something only of what was waited for in vain.
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

fn interrupted() -> Verdict {
    Verdict::Inconclusive { why: "The run was interrupted.".into() }
}

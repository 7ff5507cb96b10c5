//! Pairs, played several at a time.
//!
//! To start an interpreter takes longer than to play a scenario. So the pairs are played in tiles: so many clients with so many
//! servers, each of which is started once for all of them.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZero;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;
use rand::seq::index;

use super::agreement::Agreements;
use super::record::{Cell, INTEROP_FORMAT_VERSION, InteropRecord, Participant};
use crate::event::HARNESS_VERSION;
use crate::run::Runner;
use crate::side::Casting;
use crate::target::{ClientTarget, ServerTarget, StartError, Target};

/// More clients and servers than this do not wait for each other at a time: each has a process.
const TILE_MAX: usize = 8;

/// A server and a client that can be started.
pub type LoadedPair = (Box<dyn ServerTarget>, Box<dyn ClientTarget>);
/// What loading a participant comes to.
pub type Loaded = Result<LoadedPair, StartError>;

/// Which pairs are played.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pairs {
    /// All.
    All,
    /// So many of those of two hand-ins, chosen by the seed. Each hand-in is played with the reference and with itself anyway.
    Sample(usize),
}

/// Who plays with whom, and how.
pub struct Interop<'a> {
    /// What is played, and how: its scenarios, deadline and seed count.
    pub runner: Runner,
    /// The file in which the course says what it wants, if there is one.
    pub assignment: Option<String>,
    /// Who takes part: the reference first, then the hand-ins.
    pub participants: Vec<Participant>,
    /// Which pairs are played.
    pub pairs: Pairs,
    /// How many pairs are played at a time.
    pub jobs: NonZero<usize>,
    /// Makes the server and the client of a participant ready, by its place. It may be asked for one more than once.
    pub load: &'a (dyn Fn(usize) -> Loaded + Sync),
}

impl Interop<'_> {
    /// Plays the pairs, and tells `progress` how many of how many have been. Once `interrupted` is set, no further one is played.
    #[must_use]
    pub fn play(
        mut self,
        interrupted: &Arc<AtomicBool>,
        progress: &(dyn Fn(usize, usize) + Sync),
    ) -> InteropRecord {
        self.runner.castings = vec![Casting::Pair];
        self.runner.jobs = NonZero::<usize>::MIN;
        self.runner.scenarios.retain(|scenario| scenario.castings.contains(&Casting::Pair));
        let chosen = self.chosen();
        let tiles = self.tiles(&chosen);
        let (next, played) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let cells = Mutex::new(Vec::with_capacity(chosen.len()));
        let work = || {
            while let Some(tile) = tiles.get(next.fetch_add(1, Ordering::Relaxed)) {
                self.play_tile(tile, interrupted, &|cell| {
                    cells.lock().unwrap_or_else(PoisonError::into_inner).push(cell);
                    progress(played.fetch_add(1, Ordering::Relaxed) + 1, chosen.len());
                });
            }
        };
        thread::scope(|scope| {
            for _ in 0..self.jobs.get().min(tiles.len()) {
                scope.spawn(work);
            }
        });
        let mut cells = cells.into_inner().unwrap_or_else(PoisonError::into_inner);
        cells.sort_by_key(|cell: &Cell| (cell.client, cell.server));
        let mut record = InteropRecord {
            format_version: INTEROP_FORMAT_VERSION,
            harness_version: HARNESS_VERSION.into(),
            assignment: self.assignment,
            seed: self.runner.run.seed,
            scenarios: self.runner.scenarios.iter().map(|scenario| scenario.id.to_owned()).collect(),
            participants: self.participants,
            cells,
            findings: Vec::new(),
            groups: Vec::new(),
        };
        let agreements = Agreements::new(&record);
        let (findings, groups) = (agreements.findings(), agreements.groups());
        (record.findings, record.groups) = (findings, groups);
        record
    }

    /// The pairs that are played, each a client and a server.
    fn chosen(&self) -> BTreeSet<(usize, usize)> {
        let all = 0..self.participants.len();
        let all = all.clone().flat_map(|client| all.clone().map(move |server| (client, server)));
        let is_playable = |place: usize| self.participants[place].unplayable.is_none();
        let all = all.filter(|(client, server)| is_playable(*client) && is_playable(*server));
        let Pairs::Sample(wanted) = self.pairs else { return all.collect() };
        let is_of_two = |(client, server): &(usize, usize)| {
            client != server && ![*client, *server].contains(&InteropRecord::REFERENCE)
        };
        let (of_two, always): (Vec<_>, Vec<_>) = all.partition(is_of_two);
        let mut random = ChaCha8Rng::seed_from_u64(self.runner.run.seed);
        let places = index::sample(&mut random, of_two.len(), wanted.min(of_two.len()));
        always.into_iter().chain(places.iter().map(|place| of_two[place])).collect()
    }

    /// The pairs in tiles.
    fn tiles(&self, chosen: &BTreeSet<(usize, usize)>) -> Vec<Vec<(usize, usize)>> {
        let side = self.participants.len().div_ceil(self.jobs.get()).clamp(1, TILE_MAX);
        let mut tiles: Vec<((usize, usize), Vec<_>)> = Vec::new();
        let mut pairs: Vec<_> = chosen.iter().copied().collect();
        let tile = |(client, server): (usize, usize)| (client / side, server / side);
        pairs.sort_by_key(|pair| tile(*pair));
        for pair in pairs {
            match tiles.last_mut() {
                Some((last, pairs)) if *last == tile(pair) => pairs.push(pair),
                _ => tiles.push((tile(pair), vec![pair])),
            }
        }
        tiles.into_iter().map(|(_, pairs)| pairs).collect()
    }

    fn play_tile(&self, pairs: &[(usize, usize)], interrupted: &Arc<AtomicBool>, tell: &dyn Fn(Cell)) {
        let mut ready: BTreeMap<usize, Ready> = BTreeMap::new();
        for &(client, server) in pairs {
            for place in [client, server] {
                ready.entry(place).or_insert_with(|| Ready::new((self.load)(place)));
            }
            let mut target = Target {
                server: ready.get_mut(&server).and_then(|ready| ready.server.take()),
                client: ready.get_mut(&client).and_then(|ready| ready.client.take()),
            };
            let verdicts = match target.castings().contains(&Casting::Pair) {
                true => self.play_pair(&mut target, interrupted),
                false => vec!["blocked".to_owned(); self.runner.scenarios.len()],
            };
            // What comes of half a conversation says nothing.
            if interrupted.load(Ordering::Relaxed) {
                return;
            }
            let is_server_broken = target.server.as_ref().is_some_and(|one| one.exhausted().is_some());
            let is_client_broken = target.client.as_ref().is_some_and(|one| one.exhausted().is_some());
            ready.entry(server).and_modify(|ready| ready.server = target.server);
            ready.entry(client).and_modify(|ready| ready.client = target.client);
            for place in BTreeSet::from([client, server]) {
                let is_broken = place == server && is_server_broken || place == client && is_client_broken;
                // What broke with one partner is whole again for the next. What was broken from the start stays so.
                if is_broken && ready.get(&place).is_some_and(|ready| ready.has_played) {
                    ready.remove(&place);
                }
                ready.entry(place).and_modify(|ready| ready.has_played = true);
            }
            tell(Cell { client, server, verdicts });
        }
    }

    fn play_pair(&self, target: &mut Target, interrupted: &Arc<AtomicBool>) -> Vec<String> {
        match self.runner.play(target, interrupted, |_, _| Ok(())) {
            Ok(record) => {
                record.trials.iter().map(|trial| trial.finished.verdict.word().to_owned()).collect()
            }
            // No thread could be started.
            Err(_) => vec!["inconclusive".to_owned(); self.runner.scenarios.len()],
        }
    }
}

/// What is ready to play, and whether it has played already.
struct Ready {
    server: Option<Box<dyn ServerTarget>>,
    client: Option<Box<dyn ClientTarget>>,
    has_played: bool,
}

impl Ready {
    fn new(loaded: Loaded) -> Self {
        let (server, client) = loaded.ok().unzip();
        Self { server, client, has_played: false }
    }
}

//! The grading of a class: a harness of its own for each hand-in, several at a time.
//!
//! The process that does this never touches what was handed in, except to put it where a harness finds it. So the crash of one, or
//! its thirst for memory, is that of its harness alone, and a hand-in that hangs is ended with its harness.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::num::NonZero;
use std::os::fd::BorrowedFd;
use std::path::{Path, PathBuf};
use std::process::{self, Command};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::thread;
use std::time::Duration;

use sha2::{Digest as _, Sha256};

use super::attempt::{Attempt, End, attempt};
use super::conditions::{Conditions, Shard};
use super::files::GRADE;
use super::glance::NowAndThen;
use super::intake::{Digest, HandIn};
use super::outcome::HandInGrade;
use super::record::{Column, HandInOutcome, HandInRecord};
use super::results::{KeptGrade, Key, Results};
use crate::course::{FILE_NAME, Names};
use crate::os::network;
use crate::side::Side;
use crate::target::{FindError, Submission};

/// What the copy of a hand-in is called while it is graded: the name that reports have for it, whoever it is of.
const COPY: &str = "hand-in";
/// Where its harness puts what is to be kept, beside it.
const KEPT: &str = "kept";

/// How a class is graded.
#[derive(Debug)]
pub struct Grading<'a> {
    /// The harness that grades each hand-in.
    pub harness: PathBuf,
    /// What decides what comes of a hand-in: the options of its harness and the seed among it.
    pub conditions: Conditions,
    /// The file with the key that recordings are sealed with, if it is not the usual one. Where it is, decides nothing.
    pub key: Option<PathBuf>,
    /// The text of the file in which the course says what it wants, if there is one.
    pub course: Option<String>,
    /// What a hand-in is made of.
    pub names: &'a Names,
    /// Whether each hand-in is graded in a network of its own: see [`crate::os::network`].
    pub own_networks: bool,
    /// How many hand-ins are graded at a time.
    pub jobs: NonZero<usize>,
    /// How long a hand-in may take.
    pub time_limit: Duration,
}

/// Hand-ins that are the same byte for byte.
#[derive(Debug)]
pub struct Same<'h> {
    /// Their digest.
    pub digest: Digest,
    /// All of them, in the order of the class. There is at least one.
    pub hand_ins: Vec<&'h HandIn>,
}

/// What lies in the directory of a class, each content once.
#[derive(Debug, Default)]
pub struct ToGrade<'h> {
    /// What is to be graded, in the order of the class.
    pub contents: Vec<Same<'h>>,
    /// What cannot be read, and why, in a sentence.
    pub unreadable: Vec<(&'h HandIn, String)>,
    /// SHA-256 over all hand-ins, also those of other shards, in hexadecimal.
    pub class: String,
}

impl<'h> ToGrade<'h> {
    /// Reads these hand-ins, and keeps those of a shard.
    #[must_use]
    pub fn new(hand_ins: &'h [HandIn], shard: Option<Shard>) -> Self {
        let mut contents: BTreeMap<Digest, Same<'h>> = BTreeMap::new();
        let mut unreadable = Vec::new();
        let mut class = Sha256::new();
        for hand_in in hand_ins {
            class.update((hand_in.id.len() as u64).to_be_bytes());
            class.update(&hand_in.id);
            match hand_in.digest() {
                Ok(digest) => {
                    class.update(digest.to_string());
                    let same = contents.entry(digest);
                    same.or_insert_with(|| Same { digest, hand_ins: Vec::new() }).hand_ins.push(hand_in);
                }
                Err(error) => unreadable.push((hand_in, format!("It cannot be read: {error}."))),
            }
        }
        let mut contents: Vec<_> = contents.into_values().collect();
        if let Some(shard) = shard {
            contents.retain(|same| shard.has(&same.digest));
            // They have no content to tell them apart by.
            unreadable.retain(|_| shard.index == 1);
        }
        contents.sort_by(|one, other| one.hand_ins[0].id.cmp(&other.hand_ins[0].id));
        Self { contents, unreadable, class: hex::encode(class.finalize()) }
    }

    /// All hand-ins that can be read.
    pub fn hand_ins(&self) -> impl Iterator<Item = &'h HandIn> + '_ {
        self.contents.iter().flat_map(|same| same.hand_ins.iter().copied())
    }
}

/// What happens while a class is graded.
#[derive(Debug, Clone, Copy)]
pub enum Progress<'a> {
    /// A hand-in's grade is there from an earlier time.
    Kept(&'a HandIn),
    /// A hand-in is being graded.
    Started(&'a HandIn),
    /// It is not any more.
    Finished(&'a HandIn),
    /// Its harness has said something to standard error.
    Said(&'a str),
}

/// What came of a class.
#[derive(Debug)]
pub struct GradedClass {
    /// What was played, in the order of the catalogue. There is nothing where nothing was graded.
    pub columns: Vec<Column>,
    /// The hand-ins, by their identifiers.
    pub hand_ins: Vec<HandInRecord>,
    /// Whether all of them were graded to the end.
    pub is_complete: bool,
}

impl Grading<'_> {
    /// Grades what is not kept in `results`, until there is something to read from `stop`, and keeps what came of it there. Every few
    /// seconds it shows what there is by then.
    ///
    /// # Errors
    ///
    /// No thread can be started.
    pub fn grade(
        &self,
        class: &ToGrade<'_>,
        results: &Results,
        stop: BorrowedFd<'_>,
        tell: &(dyn Fn(Progress<'_>) + Sync),
        show: &(dyn Fn(GradedClass) + Sync),
    ) -> io::Result<GradedClass> {
        let outcomes: Vec<OnceLock<HandInOutcome>> = class.contents.iter().map(|_| OnceLock::new()).collect();
        let columns = OnceLock::new();
        let one = OneOfClass { grading: self, results, stop, tell, columns: &columns };
        let left: Vec<_> = class
            .contents
            .iter()
            .zip(&outcomes)
            .filter(|(same, outcome)| one.kept(same).is_none_or(|kept| outcome.set(kept).is_err()))
            .collect();
        let left = Mutex::new(left.into_iter());
        let shown = NowAndThen::default();
        let show = || {
            let outcomes = outcomes.iter().map(|outcome| outcome.get().cloned()).collect();
            show(collect(class, outcomes, columns.get().cloned().unwrap_or_default()));
        };
        let next = || left.lock().unwrap_or_else(PoisonError::into_inner).next();
        let work = || {
            while let Some((same, outcome)) = next() {
                let graded = one.grade(same);
                let is_over = matches!(graded, Ok(None));
                let graded =
                    graded.unwrap_or_else(|error| Some(not_graded(format!("It was not graded: {error}."))));
                if let Some(graded) = graded {
                    let _ = outcome.set(graded);
                    shown.act(show);
                }
                if is_over {
                    break;
                }
            }
        };
        thread::scope(|scope| -> io::Result<()> {
            for index in 0..self.jobs.get() {
                thread::Builder::new().name(format!("hand-in-{index}")).spawn_scoped(scope, work)?;
            }
            Ok(())
        })?;
        let outcomes: Vec<_> = outcomes.into_iter().map(OnceLock::into_inner).collect();
        Ok(collect(class, outcomes, columns.into_inner().unwrap_or_default()))
    }

    /// The harness that grades the copy in `place` of a hand-in with these files.
    fn command(&self, hand_in: &HandIn, files: Digest, place: &Path) -> Command {
        let mut command = Command::new(&self.harness);
        if self.own_networks {
            network::isolate(&mut command);
        }
        command.current_dir(place).args(["--submission", COPY, "--into", KEPT, "--quiet", "--jobs", "1"]);
        command.arg("--class").arg(process::id().to_string());
        command.arg("--seed").arg(self.conditions.seed_of(files).to_string()).args(&self.conditions.options);
        if let Some(key) = &self.key {
            command.arg("--key").arg(key);
        }
        for (side, option) in [(Side::Server, "--server-file"), (Side::Client, "--client-file")] {
            if let Some(file) = hand_in.file(side).filter(|file| *file != Path::new(self.names.file(side))) {
                command.arg(option).arg(file);
            }
        }
        command
    }

    fn key(&self, files: Digest) -> Key {
        Key { files, conditions: self.conditions.clone() }
    }

    /// Whether a grade is still that of this time limit: one whose run it ended is not, if there is more time now.
    fn is_of_limit(&self, kept: &KeptGrade) -> bool {
        kept.reached_limit_ms.is_none_or(|reached| u128::from(reached) >= self.time_limit.as_millis())
    }
}

/// What the grading of one hand-in has to do with.
struct OneOfClass<'a> {
    grading: &'a Grading<'a>,
    results: &'a Results,
    stop: BorrowedFd<'a>,
    tell: &'a (dyn Fn(Progress<'_>) + Sync),
    columns: &'a OnceLock<Vec<Column>>,
}

impl OneOfClass<'_> {
    /// What is kept of these hand-ins, if anything is: what is kept of one is that of all.
    fn kept(&self, same: &Same<'_>) -> Option<HandInOutcome> {
        let key = self.grading.key(same.digest);
        let kept = |hand_in: &HandIn| {
            self.results.kept(&hand_in.id, &key).filter(|kept| self.grading.is_of_limit(kept))
        };
        let (first, grade) =
            same.hand_ins.iter().find_map(|hand_in| Some((hand_in, kept(hand_in)?.grade)))?;
        let directory = self.results.hand_in(&first.id);
        for hand_in in &same.hand_ins {
            if kept(hand_in).is_none() {
                self.results.share(&directory, &hand_in.id).ok()?;
            }
            (self.tell)(Progress::Kept(hand_in));
        }
        Some(self.outcome(grade))
    }

    /// Grades these hand-ins and keeps what came of it. Nothing where the class was stopped.
    fn grade(&self, same: &Same<'_>) -> io::Result<Option<HandInOutcome>> {
        let first = same.hand_ins[0];
        (self.tell)(Progress::Started(first));
        let outcome = self.grade_first(first, same);
        same.hand_ins.iter().for_each(|hand_in| (self.tell)(Progress::Finished(hand_in)));
        outcome
    }

    fn grade_first(&self, first: &HandIn, same: &Same<'_>) -> io::Result<Option<HandInOutcome>> {
        let Grading { course, names, time_limit, .. } = self.grading;
        let place = self.results.begin()?;
        let copy = place.path().join(COPY);
        fs::create_dir(&copy)?;
        if let Err(error) = first.unpack(&copy) {
            return Ok(Some(not_graded(format!("It cannot be unpacked: {error}."))));
        }
        let [server, client] = [Side::Server, Side::Client].map(|side| first.file(side));
        if let Err(FindError::Neither { .. }) = Submission::find(&copy, server, client, names) {
            let (client, server) = (&names.client_file, &names.server_file);
            return Ok(Some(not_graded(format!("It has neither a {client} nor a {server}."))));
        }
        if let Some(course) = course {
            // A harness looks for it there, and every one finds the same, whatever becomes of the file that it was read from.
            fs::write(place.path().join(FILE_NAME), course)?;
        }
        let attempt =
            attempt(self.grading.command(first, same.digest, place.path()), *time_limit, self.stop)?;
        if attempt.end == End::Stopped {
            return Ok(None);
        }
        let kept = place.path().join(KEPT);
        let Some(grade) = self.read_grade(&kept, &attempt, same.digest) else {
            return Ok(Some(not_graded(attempt.reason())));
        };
        if !attempt.said.is_empty() {
            (self.tell)(Progress::Said(&attempt.said));
        }
        self.results.keep(&kept, &first.id, &grade)?;
        for other in &same.hand_ins[1..] {
            self.results.share(&self.results.hand_in(&first.id), &other.id)?;
        }
        Ok(Some(self.outcome(grade.grade)))
    }

    /// What a harness has written down of its run, if it has got that far.
    fn read_grade(&self, kept: &Path, attempt: &Attempt, files: Digest) -> Option<KeptGrade> {
        let mut grade: HandInGrade = serde_json::from_slice(&fs::read(kept.join(GRADE)).ok()?).ok()?;
        let has_reached_limit = matches!(attempt.end, End::AtLimit | End::KilledAtLimit);
        let limit = self.grading.time_limit;
        if has_reached_limit {
            let limit = humantime::format_duration(limit);
            grade
                .graded
                .needs_a_look
                .insert(0, format!("Its run was stopped after {limit}, the time limit."));
        }
        let reached_limit_ms =
            has_reached_limit.then(|| u64::try_from(limit.as_millis()).unwrap_or(u64::MAX));
        Some(KeptGrade { key: self.grading.key(files), reached_limit_ms, grade })
    }

    fn outcome(&self, HandInGrade { columns, graded }: HandInGrade) -> HandInOutcome {
        match *self.columns.get_or_init(|| columns.clone()) == columns {
            true => HandInOutcome::Graded(graded),
            false => not_graded("It was played in other scenarios than the others of the class.".into()),
        }
    }
}

fn not_graded(reason: String) -> HandInOutcome {
    HandInOutcome::NotGraded { reason }
}

/// Why a hand-in is not graded that is only still to be.
pub(super) const NOT_YET: &str = "Not graded yet.";

/// The records of all hand-ins, by their identifiers.
fn collect(class: &ToGrade<'_>, outcomes: Vec<Option<HandInOutcome>>, columns: Vec<Column>) -> GradedClass {
    let is_complete = outcomes.iter().all(Option::is_some);
    let mut hand_ins = Vec::new();
    for (same, outcome) in class.contents.iter().zip(outcomes) {
        let not_yet = || not_graded(NOT_YET.into());
        let outcome = outcome.unwrap_or_else(not_yet);
        let first = &same.hand_ins[0].id;
        for hand_in in &same.hand_ins {
            let same_as = (hand_in.id != *first).then(|| first.clone());
            hand_ins.push(record(hand_in, same_as, outcome.clone()));
        }
    }
    for (hand_in, reason) in &class.unreadable {
        hand_ins.push(record(hand_in, None, not_graded(reason.clone())));
    }
    hand_ins.sort_by(|one, other| one.id.cmp(&other.id));
    GradedClass { columns, hand_ins, is_complete }
}

fn record(hand_in: &HandIn, same_as: Option<String>, outcome: HandInOutcome) -> HandInRecord {
    HandInRecord {
        id: hand_in.id.clone(),
        name: hand_in.name.clone(),
        details: hand_in.details.clone(),
        group: hand_in.group.clone(),
        path: hand_in.path.to_string_lossy().into_owned(),
        is_late: hand_in.is_late,
        same_as,
        remarks: hand_in.remarks.clone(),
        outcome,
    }
}

//! `lengthwise` grades clients and servers that exchange `[length][payload]` messages over TCP, and says what went
//! wrong and why.
//!
//! The program `harness` is a thin layer over this library; its README is for people who grade and are graded. This is
//! the first chapter for people who read the code or use it.
//!
//! # The idea
//!
//! **A scenario is data. A run is a list of events. A report is a fold over them.**
//!
//! A [scenario] is a row in a table: steps, a rule, deliveries. It is cast so that the server, the client or both are
//! under test, and resolved into a [case](scenario::Case), in which every payload and every cut is known. One interpreter,
//! [`mod@conversation`], plays a case over a link: over sockets, where it is graded, or over a simulation, where it is
//! predicted. What happens is a [transcript](conversation::Transcript). The [judge](mod@judge) compares the two and gives a
//! [`verdict`].
//!
//! A [run](mod@run) plays scenarios against a [`target`] and tells what happens as [events](event). Its [`record`] is the
//! one fold over them, and every [`report`] is made of both: what was recorded is reported again, byte for byte.
//!
//! TCP carries a stream, so what has to be controlled is where one read of the other program ends. On Linux the kernel's
//! socket table shows that a piece has been read; only then is the next one sent. A [`delivery`] is exact, and nothing
//! sleeps to make it so.
//!
//! A case need not come from a scenario. [`scenario::Generator`] draws cases from a seed, [`run::Runner::explore`] plays them and
//! makes those small that fail, and each is a small file that a person can edit.
//!
//! A cause is named by prediction. Every [`bug`] is a small wrong program, and [`diagnosis`] runs it on the bytes that the
//! submission was sent. The bug that predicts every failure of a side, and no other, is the cause.
//!
//! # Four examples
//!
//! Grade a server at an address. The `None` says that there is no way to stop the server, so that `server-shutdown` is
//! blocked and its two points are not reached:
//!
//! ```
//! use lengthwise::event::TargetDescription;
//! use lengthwise::run::Runner;
//! use lengthwise::target::{AddressServer, Target};
//! use lengthwise::{Assignment, ReferenceServer};
//!
//! fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let mut server = ReferenceServer::bind("127.0.0.1:0", Assignment::default())?;
//!     let address = server.local_addr()?.to_string();
//!     std::thread::spawn(move || server.start());
//!
//!     let mut target = Target::server(AddressServer::resolve(&address, None)?);
//!     let description = TargetDescription::new("address").with("address", &address);
//!     let record = Runner::new(description, format!("harness --target {address}")).grade(&mut target);
//!     println!("score {}", record.score);
//!     assert_eq!(record.score.to_string(), "13/15");
//!     Ok(())
//! }
//! ```
//!
//! Decode a stream, wherever it was cut:
//!
//! ```
//! use lengthwise::Assignment;
//! use lengthwise::wire::Decoder;
//!
//! fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let mut decoder = Decoder::new(&Assignment::default());
//!     let mut messages = Vec::new();
//!     for mut chunk in [&b"\0\0"[..], b"\0\x03one\0\0\0\x03t", b"wo"] {
//!         while let Some(payload) = decoder.decode(&mut chunk)? {
//!             messages.push(String::from_utf8(payload.to_vec())?);
//!         }
//!     }
//!     decoder.finish()?;
//!     assert_eq!(messages, ["one", "two"]);
//!     Ok(())
//! }
//! ```
//!
//! Write a scenario of your own, and play it alone. One that is not for points is hardening:
//!
//! ```
//! use lengthwise::event::TargetDescription;
//! use lengthwise::grade::RunVerdict;
//! use lengthwise::run::Runner;
//! use lengthwise::scenario::Step::{Connect, Receive, Send, ShutDownClient};
//! use lengthwise::scenario::{Payload, Scenario, Size, Tier};
//! use lengthwise::target::InProcess;
//! use lengthwise::{Assignment, target::Target};
//!
//! static GREETING: Scenario = Scenario {
//!     id: "own/greeting",
//!     tier: Tier::Hardening,
//!     title: "A greeting that is sent twice gets two replies",
//!     why: "It is the first thing that people try.",
//!     steps: &[
//!         Connect,
//!         Send(&[Payload::Prefixed("Hello, ", Size::Short), Payload::Prefixed("Hello, ", Size::Short)]),
//!         Receive,
//!         Receive,
//!         ShutDownClient,
//!     ],
//!     ..Scenario::BASE
//! };
//!
//! let program = InProcess::reference(Assignment::default());
//! let mut runner = Runner::new(TargetDescription::built_in(), "harness");
//! runner.scenarios = vec![&GREETING];
//! let record = runner.grade(&mut Target::pair(program, program));
//! // The server, the client, and both together.
//! assert_eq!(record.trials.len(), 3);
//! assert_eq!(record.verdict(), RunVerdict::Pass);
//! ```
//!
//! Judge what was recorded once more, for instance after the judge has changed. A line of a recording is an event, and one that ends
//! a trial has every case that was played with what came of it:
//!
//! ```
//! use lengthwise::Assignment;
//! use lengthwise::event::{EventKind, TargetDescription};
//! use lengthwise::judge::judge;
//! use lengthwise::record::recording::{Recording, Writer};
//! use lengthwise::run::Runner;
//! use lengthwise::target::{InProcess, Target};
//! use lengthwise::verdict::Verdict;
//!
//! fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let mut lines = Vec::new();
//!     let mut writer = Writer::default();
//!     let mut runner = Runner::new(TargetDescription::built_in(), "harness");
//!     runner.scenarios.retain(|scenario| scenario.id == "short");
//!     let mut target = Target::server(InProcess::reference(Assignment::default()));
//!     runner.play(&mut target, &Default::default(), |event, _| Ok(lines.push(writer.line(event))))?;
//!
//!     let (mut recording, _) = Recording::open(&lines[0])?;
//!     for line in &lines[1..] {
//!         let EventKind::TrialFinished(trial) = recording.read(line)?.kind else { continue };
//!         for played in &trial.deliveries {
//!             assert_eq!(judge(&played.case, trial.key.casting, &played.transcript), Verdict::Pass);
//!         }
//!     }
//!     recording.finish()?;
//!     Ok(())
//! }
//! ```
//!
//! # Features
//!
//! - `cli` (default): the programs, and everything below. Without it a program depends on half as many packages;
//! - `html`, `junit`: the formats of a [`report`] that need packages of their own;
//! - `schema`: the JSON schema of the report for programs;
//! - `seals`: what shows that a recording was changed.
//!
//! # The words
//!
//! One word for one thing, in code, reports and documents:
//!
//! - a *submission* is what is graded, in whatever way it is reached; that way is the *target*. A *hand-in* is a
//!   submission of one kind: a folder of Python files, which `--submission` names;
//! - the *assignment* is what is asked for. A *course* gives it, with points and texts of its own, in a file;
//! - a *mistake* is what a person makes. A *bug* is a mistake in the catalogue: it has an id, a program and texts. A program with
//!   one bug is a *mutant*: the gallery plays them, and the kill matrix counts which scenarios catch them;
//! - a *side* is the server or the client. A *casting* says which side is under test, or that both are: a *pair*;
//! - a *trial* is a scenario in one casting, under each of its deliveries in turn; what is played under one of them is a *case*.
//!   A report calls what came of a trial a *result*; in it, a note is a *remark*, and what is known of the cuts its *delivery*;
//! - a *step* belongs to a scenario, an *action* to a case, an *operation* to a client under test, which is told to connect,
//!   send, receive or shut down;
//! - a *piece* is what is sent at once, a *cut* is where one piece ends and the next begins, and a *frame* is a header with
//!   its payload. A *message* goes to the server, a *reply* comes back;
//! - a *class* is all hand-ins to one assignment. Its *results* are a directory; a *part* of it is what one machine grades, and a
//!   *shard* says which part that is;
//! - a *ladder* is the picture of a conversation: a lifeline for each side, and a *rung* for each thing that passes between them;
//! - a *finding* says what was wrong, with the bytes; a *cause* says why; a *note* says what was seen where the rules leave
//!   a choice.
//!
//! # The layers
//!
//! A module uses only what stands in its own layer and above it; `tests/tidy.rs` checks that. Modules without a link are
//! not part of the interface: they are private, or public only for the programs, tests and benches of this package.
//!
//! | layer | modules | what it may do |
//! | --- | --- | --- |
//! | vocabulary | [`assignment`], [`rule`], [`side`], [`silence`], `limits`, `bytes`, `english`, `nanoseconds`, `suggestion` | name things and show them |
//! | protocol | [`wire`], [`delivery`] | no I/O, no clock, no threads |
//! | reference | [`mod@reference`] | blocking I/O, for people to read |
//! | model | [`scenario`], [`mod@conversation`], [`bug`], [`verdict`], [`mod@judge`], [`prose`], [`diagnosis`], [`event`], [`grade`], [`record`], [`ladder`], [`course`] | data and pure functions |
//! | os | `os` | ask the system about sockets and processes, and wait |
//! | execution | `pace`, [`target`], `live`, [`mod@run`], `selftest` | sockets, clocks, processes |
//! | reporting | [`report`], [`class`], [`interop`] | write to the writer it is given; `class` also starts harnesses, and keeps what they leave |
//! | interface | `fuzzing`, `cli` | arguments, files, standard output and error |
//!
//! Two absences matter as much. The judge never asks the reference what is right: a mistake there would hide itself. And
//! a report sees events and their record, and nothing else: it cannot know more than a recording does.
//!
//! # Two ways through the code
//!
//! From the row of the scenario `short` to its line in a report, in the order in which it is done:
//!
//! 1. `scenario/catalogue/graded.rs` has the row.
//! 2. [`run::Runner::play`] has `run/schedule.rs` plan a trial of it in each casting, with its points from `grade/rubric.rs`. On a
//!    thread of `run/workers.rs` it makes a case of it for each delivery, in `scenario/resolve.rs`. `run/session.rs` starts the
//!    server and has the case played by `live/mod.rs`.
//! 3. `conversation/server.rs` does what the case says, over the link in `live/server.rs`. The interpreter notes what it does, and
//!    the link what comes (`live/connection.rs`), both in `conversation/log.rs`: that is the transcript.
//! 4. Back in `run/session.rs` (`play_and_judge`), `judge/mod.rs` gives the verdict, from what `judge/server.rs` finds wrong.
//!    `run/outcome.rs` puts it together with those of the other deliveries. Back in `Runner::play` that becomes an event, which
//!    `run/log.rs` hands to the record and to the reports.
//! 5. `record.rs` folds the event, and `report/json.rs` writes what it came to, which `cli/outputs.rs` asks for:
//!    for a file again and again during the run, and for every output once it is over.
//!
//! From one wrong byte of a reply to its cause:
//!
//! 1. `live/connection.rs` reads it, `conversation/incoming.rs` sees that it is not the one expected, and
//!    `conversation/server.rs` takes what follows it and ends the conversation. Where one character too few is removed, that
//!    byte is in the header: the length.
//! 2. `judge/server.rs` finds it: `judge/mismatch.rs` says how the bytes differ, and `judge/wrong_text.rs` how a text does.
//!    `verdict/finding.rs` has the form of what is found.
//! 3. `run/outcome.rs` hands the transcript to `run/diagnose.rs`, which keeps it, and asks for a cause when everything is played.
//! 4. `diagnosis/investigation.rs` looks for the bugs that explain what was seen, in `diagnosis/hypotheses.rs`:
//!    `diagnosis/search.rs` tries them, `diagnosis/simulated/mod.rs` plays each one, and `diagnosis/behavior.rs` compares.
//! 5. `bug/catalogue/text.rs` has the bug, a program that differs in a part from the right one in `bug/program/mod.rs`.
//!    The link in `diagnosis/simulated/server.rs` (`serve`) runs it (`bug/program/running.rs`), over the stream in
//!    `diagnosis/simulated/stream.rs`.
//! 6. `diagnosis/cause.rs` puts what is left into words. `run/mod.rs` (`Runner::diagnose`) makes an event of them (`event.rs`,
//!    [`event::NamedCause`]), and `record.rs` keeps it.
//!    `record/failures.rs` groups the failures that they explain, and `report/terminal/group.rs` and `report/json.rs` show them.
//!
//! # Where to add
//!
//! - a scenario: a row in a table under `scenario/catalogue`;
//! - a step: a variant of [`scenario::Step`]; the compiler then leads through the other files;
//! - a bug: a row in a table under `bug/catalogue`;
//! - a report format: a file under `report` and a row of [`report::FORMATS`];
//! - a kind of target: a file under `target`, which implements [`target::ServerTarget`] or [`target::ClientTarget`] and has
//!   its options, and a field of `target::TargetOptions`;
//! - a layout of a class: a file under `class/intake/layout`, and its place in `class/intake/layout/mod.rs`;
//! - a fuzz target: a function in `fuzzing`, its one-line file under `fuzz`, and a seed.
//!
//! `.github/CONTRIBUTING.md` has the exact files for each.

pub mod assignment;
pub mod bug;
mod bytes;
#[cfg(feature = "cli")]
pub mod class;
// For the program `harness`.
#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod cli;
pub mod conversation;
pub mod course;
pub mod delivery;
pub mod diagnosis;
mod english;
pub mod event;
// For the package of fuzz targets and the test that replays their corpus. It reads what the formats write.
#[cfg(all(feature = "html", feature = "junit"))]
#[doc(hidden)]
pub mod fuzzing;
pub mod grade;
#[cfg(feature = "cli")]
pub mod interop;
pub mod judge;
pub mod ladder;
mod limits;
mod live;
mod nanoseconds;
// For tests that look at sockets and processes, and wait for them, as the harness does.
#[doc(hidden)]
pub mod os;
// For the tests and the bench of exact delivery.
#[doc(hidden)]
pub mod pace;
pub mod prose;
pub mod record;
pub mod reference;
pub mod report;
pub mod rule;
pub mod run;
pub mod scenario;
// For the tests of the gallery.
#[doc(hidden)]
pub mod selftest;
pub mod side;
pub mod silence;
mod suggestion;
pub mod target;
pub mod verdict;
pub mod wire;

pub use assignment::{Assignment, ByteOrder, HeaderWidth, Work};
pub use reference::{ReferenceClient, ReferenceServer, StopHandle};

/// The examples of the README, as tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct Readme;

//! A grading run as a test run: every scenario is a test of its own.
//!
//! It grades the reference, or what the environment names:
//!
//! - `HARNESS_TARGET=HOST:PORT`, a server that is running;
//! - `HARNESS_SERVER=COMMAND`, a server to start;
//! - `HARNESS_STOP=HOW`, how it is told to stop, as in `harness --stop`;
//! - `HARNESS_SEED=N`, the seed that messages are drawn from.

use std::env;
use std::error::Error;
use std::fs::File;
use std::io::{self, Write};
use std::net::{IpAddr, Ipv4Addr};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use lengthwise::Assignment;
use lengthwise::event::TargetDescription;
use lengthwise::grade::RunVerdict;
use lengthwise::report::{Detail, Format};
use lengthwise::run::Runner;
use lengthwise::scenario::{self, Scenario};
use lengthwise::side::Casting;
use lengthwise::target::{AddressServer, CommandServer, InProcess, Stop, Stopper, Target};
use libtest_mimic::{Arguments, Failed, Trial};

/// What messages are drawn from unless the environment says otherwise.
const SEED: u64 = 7;
const START_DEADLINE: Duration = Duration::from_secs(10);

/// What is graded.
#[derive(Clone)]
struct Graded {
    reached: Reached,
    seed: u64,
    stop: Option<Stop>,
}

/// How it is reached.
#[derive(Clone)]
enum Reached {
    Reference,
    Address(String),
    Command(String),
}

impl Graded {
    fn from_environment() -> Result<Self, Box<dyn Error>> {
        let reached = match (env::var("HARNESS_TARGET"), env::var("HARNESS_SERVER")) {
            (Ok(_), Ok(_)) => return Err("set HARNESS_TARGET or HARNESS_SERVER, not both".into()),
            (Ok(address), _) => Reached::Address(address),
            (_, Ok(command)) => Reached::Command(command),
            _ => Reached::Reference,
        };
        let stop = env::var("HARNESS_STOP").ok().map(|text| text.parse()).transpose()?;
        let seed = env::var("HARNESS_SEED").ok().map(|text| text.parse()).transpose()?.unwrap_or(SEED);
        let graded = Self { reached, seed, stop };
        graded.target()?;
        Ok(graded)
    }

    fn stopper(&self, usual: Option<&str>) -> Result<Option<Stopper>, Box<dyn Error>> {
        let stop = match &self.stop {
            Some(stop) => Some(stop.clone()),
            None => usual.map(str::parse).transpose()?,
        };
        let ask = |_: &str| Err(io::Error::other("a test cannot ask anybody"));
        Ok(stop.map(|stop| Stopper { stop, deadline: START_DEADLINE, ask }))
    }

    fn target(&self) -> Result<Target, Box<dyn Error>> {
        let assignment = Assignment::default();
        Ok(match &self.reached {
            Reached::Reference => {
                let reference = InProcess::reference(assignment);
                Target::pair(reference, reference)
            }
            Reached::Address(address) => {
                Target::server(AddressServer::resolve(address, self.stopper(None)?)?)
            }
            Reached::Command(command) => Target::server(CommandServer::new(
                command.parse()?,
                IpAddr::V4(Ipv4Addr::LOCALHOST),
                None,
                assignment.buffer_size,
                START_DEADLINE,
                self.stopper(Some("signal:TERM"))?.ok_or("no way to stop")?,
            )),
        })
    }

    fn description(&self) -> TargetDescription {
        match &self.reached {
            Reached::Reference => TargetDescription::built_in(),
            Reached::Address(address) => TargetDescription::new("address").with("address", address),
            Reached::Command(command) => TargetDescription::new("command").with("command", command),
        }
    }

    /// The harness's own way to the same target.
    fn command_line(&self) -> String {
        match &self.reached {
            Reached::Reference => "harness".into(),
            Reached::Address(address) => format!("harness --target {address}"),
            Reached::Command(command) => format!("harness --server '{command}'"),
        }
    }

    /// Whether the scenario can only be blocked, because nobody said how the server is stopped.
    fn cannot_stop(&self, scenario: &Scenario) -> bool {
        let is_running_already = matches!(self.reached, Reached::Address(_));
        scenario.stops_server() && is_running_already && self.stop.is_none()
    }

    fn grade(&self, scenario: &'static Scenario, casting: Casting) -> Result<(), Box<dyn Error>> {
        let _turn = self.wait_for_turn()?;
        let mut runner = Runner::new(self.description(), self.command_line());
        runner.run.seed = self.seed;
        runner.run.strict = true;
        runner.scenarios = vec![scenario];
        runner.castings = vec![casting];
        let terminal: Format = "terminal".parse()?;
        let mut text = Vec::new();
        let mut report = terminal.report(Box::new(&mut text), Detail::Full);
        let record =
            runner.play(&mut self.target()?, &Arc::default(), |event, record| report.event(event, record))?;
        report.finish(&record)?;
        drop(report);
        match record.verdict() {
            RunVerdict::Pass => Ok(()),
            RunVerdict::Fail | RunVerdict::Incomplete => Err(String::from_utf8_lossy(&text).into()),
        }
    }

    /// A server that runs already has one client at a time, also where each test is a process of its own.
    fn wait_for_turn(&self) -> io::Result<Option<File>> {
        let Reached::Address(address) = &self.reached else { return Ok(None) };
        let name: String = address.chars().map(|one| if one.is_alphanumeric() { one } else { '-' }).collect();
        let turn = File::create(env::temp_dir().join(format!("lengthwise-grading-{name}")))?;
        turn.lock()?;
        Ok(Some(turn))
    }
}

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    let graded = match Graded::from_environment() {
        Ok(graded) => graded,
        Err(error) => {
            let _ = writeln!(io::stderr(), "grading: {error}");
            return ExitCode::from(2);
        }
    };
    if matches!(graded.reached, Reached::Address(_)) {
        // What stops the server comes last, and so it has to stay.
        arguments.test_threads = Some(1);
    }
    let castings = graded.target().map(|target| target.castings()).unwrap_or_default();
    let trials = castings.into_iter().flat_map(|casting| {
        let graded = graded.clone();
        scenario::catalogue().filter(move |one| one.castings.contains(&casting)).map(move |scenario| {
            let (graded, ignored) = (graded.clone(), graded.cannot_stop(scenario));
            let grade =
                move || graded.grade(scenario, casting).map_err(|error| Failed::from(error.to_string()));
            let kind = if ignored { "HARNESS_STOP is not set" } else { "" };
            Trial::test(format!("{casting}::{}", scenario.id), grade)
                .with_kind(kind)
                .with_ignored_flag(ignored)
        })
    });
    libtest_mimic::run(&arguments, trials.collect()).exit_code()
}

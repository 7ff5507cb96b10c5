//! GradeArgs: from arguments to a target, a suite and its reports.

use std::io::{self, IsTerminal, Write};
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::process::Signal;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use super::Problem;
use super::arguments::GradeArgs;
use super::outputs::Reports;
use crate::event::{Run, TargetDescription};
use crate::grade::Rubric;
use crate::scenario::{self, Scenario};
use crate::side::Casting;
use crate::suite::{Suite, Target};
use crate::target::{
    AddressServer, BuiltInClient, BuiltInServer, CommandLine, CommandServer, Confinement, DriverClient,
    Sandbox, Stop, Stopper, Submission, WorkingDirectory, end_all_started,
};

/// Grades what the arguments name, and returns the exit code.
pub(super) fn grade(grading: &GradeArgs) -> Result<u8, Problem> {
    let scenarios = select(grading)?;
    // Before anything is started, and has a directory that has to go.
    let interrupted = watch_for_interruption()?;
    keep_to_itself();
    let (description, mut target) =
        target(grading).map_err(|problem| match interrupted.load(Ordering::Relaxed) {
            true => Problem::Incomplete("the run was interrupted".into()),
            false => problem,
        })?;
    let castings = castings(grading, &target)?;
    let mut reports = Reports::open(&grading.report)?;
    let suite = Suite {
        run: Run {
            target: description,
            assignment: grading.assignment(),
            // A seed that can be typed again.
            seed: grading.seed.unwrap_or_else(|| rand::random::<u32>().into()),
            strict: grading.strict,
        },
        scenarios,
        castings,
        rubric: Rubric::default(),
        deadline: grading.deadline,
        exact: !grading.timed,
        reproduce: grading.again(),
    };
    let record = suite.play(&mut target, &interrupted, |event, record| reports.event(event, record))?;
    reports.finish(&record)?;
    // Ends all that was started, so that nobody is left who could write to a report.
    drop(target);
    reports.finalize()?;
    Ok(record.verdict().exit_code())
}

fn select(grading: &GradeArgs) -> Result<Vec<&'static Scenario>, Problem> {
    let patterns = &grading.scenario;
    let is_selected = |id: &str| patterns.is_empty() || patterns.iter().any(|pattern| pattern.matches(id));
    if let Some(pattern) =
        patterns.iter().find(|pattern| !scenario::catalogue().any(|scenario| pattern.matches(scenario.id)))
    {
        let known: Vec<_> = scenario::catalogue().map(|scenario| scenario.id).collect();
        let text = format!(
            "no scenario matches {pattern}, so nothing was graded; harness list shows all of them: {}",
            known.join(", ")
        );
        return Err(Problem::Incomplete(text));
    }
    Ok(scenario::catalogue().filter(|scenario| is_selected(scenario.id)).collect())
}

fn castings(grading: &GradeArgs, target: &Target) -> Result<Vec<Casting>, Problem> {
    let possible = target.castings();
    match grading.side.iter().find(|casting| !possible.contains(casting)) {
        Some(casting) => {
            Err(Problem::Usage(format!("--side {casting}: this target has only the side {}", possible[0])))
        }
        None if grading.side.is_empty() => Ok(possible),
        None => Ok(grading.side.clone()),
    }
}

fn target(grading: &GradeArgs) -> Result<(TargetDescription, Target), Problem> {
    if let Some(folder) = &grading.submission {
        return submission(grading, folder);
    }
    let server = server(grading)?;
    if let Some(command) = &grading.client {
        return client(grading, command, server);
    }
    if let Some(server) = server {
        return Ok(server);
    }
    if grading.stop.is_some() {
        return Err(Problem::Usage("--stop needs a server to stop: give --target or --server".into()));
    }
    if grading.sandbox {
        let text = "--sandbox needs something to start: give --submission, --server or --client";
        return Err(Problem::Usage(text.into()));
    }
    let assignment = grading.assignment();
    let target = Target {
        server: Some(Box::new(BuiltInServer::new(assignment))),
        client: Some(Box::new(BuiltInClient::new(assignment))),
    };
    Ok((TargetDescription::BuiltIn, target))
}

fn submission(grading: &GradeArgs, folder: &Path) -> Result<(TargetDescription, Target), Problem> {
    let (server_file, client_file) = (grading.server_file.as_deref(), grading.client_file.as_deref());
    let submission = Submission::find(folder, server_file, client_file)
        .map_err(|error| Problem::Incomplete(error.to_string()))?;
    // A hand-in has no command whose relative paths would have to mean what they say.
    let confinement = Confinement { directory: WorkingDirectory::Private, ..confinement(grading)? };
    let python = grading.python.as_deref().unwrap_or(Path::new("python3"));
    let (server, client, version) = submission
        .start(python, grading.assignment().buffer_size, grading.start_deadline, &confinement)
        .map_err(Problem::Incomplete)?;
    let description = TargetDescription::Submission { path: folder.display().to_string(), python: version };
    Ok((description, Target { server: Some(Box::new(server)), client: Some(Box::new(client)) }))
}

/// The client that `command` starts, beside the server if there is one.
fn client(
    grading: &GradeArgs,
    command: &CommandLine,
    server: Option<(TargetDescription, Target)>,
) -> Result<(TargetDescription, Target), Problem> {
    if command.has_placeholder() {
        let text =
            "--client has no address to be filled in: the client is told where to connect on its input";
        return Err(Problem::Usage(text.into()));
    }
    let (server_text, target) = match server {
        Some((
            TargetDescription::Address { address: text } | TargetDescription::Command { command: text },
            target,
        )) => (Some(text), target),
        _ => (None, Target::default()),
    };
    let client = DriverClient::new(command.clone(), grading.assignment().buffer_size);
    let client = client.confined(confinement(grading)?);
    let description = TargetDescription::Client { command: command.to_string(), server: server_text };
    Ok((description, Target { client: Some(Box::new(client)), ..target }))
}

fn server(grading: &GradeArgs) -> Result<Option<(TargetDescription, Target)>, Problem> {
    if let Some(address) = &grading.target {
        let stop = grading.stop.clone().or_else(|| io::stdin().is_terminal().then_some(Stop::Prompt));
        let stopper = stop.map(|stop| stopper(grading, stop));
        let server =
            AddressServer::resolve(address, stopper).map_err(|error| bad_address(address, &error))?;
        let description = TargetDescription::Address { address: address.clone() };
        return Ok(Some((description, Target { server: Some(Box::new(server)), client: None })));
    }
    if let Some(command) = &grading.server {
        let stop = grading.stop.clone().unwrap_or(Stop::Signal(Signal::TERM));
        let server = CommandServer::new(
            command.clone(),
            grading.host.unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST)),
            grading.port,
            grading.assignment().buffer_size,
            grading.start_deadline,
            stopper(grading, stop),
        );
        let server = server.confined(confinement(grading)?);
        let description = TargetDescription::Command { command: command.to_string() };
        return Ok(Some((description, Target { server: Some(Box::new(server)), client: None })));
    }
    Ok(None)
}

fn confinement(grading: &GradeArgs) -> Result<Confinement, Problem> {
    let sandbox = grading.sandbox.then(Sandbox::find).transpose();
    let sandbox =
        sandbox.map_err(|why| Problem::Incomplete(format!("--sandbox is not possible here: {why}")))?;
    Ok(Confinement { sandbox, ..Confinement::default() })
}

fn stopper(grading: &GradeArgs, stop: Stop) -> Stopper {
    Stopper { stop, deadline: grading.start_deadline, ask }
}

/// Asks the person at the terminal, apart from the reports.
fn ask(question: &str) -> io::Result<()> {
    let mut terminal = anstream::stderr();
    write!(terminal, "{question} ")?;
    terminal.flush()?;
    // Unlike a read, this ends when a signal comes: Ctrl-C is an answer, too.
    poll(&mut [PollFd::new(&io::stdin(), PollFlags::IN)], None)?;
    match io::stdin().read_line(&mut String::new())? {
        0 => Err(io::Error::new(io::ErrorKind::UnexpectedEof, "standard input has ended")),
        _ => Ok(()),
    }
}

fn bad_address(address: &str, error: &io::Error) -> Problem {
    match error.kind() {
        io::ErrorKind::InvalidInput => Problem::Usage(format!(
            "{address} is not HOST:PORT: write for example 127.0.0.1:36001, localhost:36001 or [::1]:36001"
        )),
        _ => Problem::Incomplete(format!("{address} cannot be found: {error}")),
    }
}

/// Keeps programs of the same user from looking into this process: what it expects is in its memory, and its
/// reports are among its descriptors. To root all is open.
fn keep_to_itself() {
    // Where it cannot be done a sandbox still keeps them apart.
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable);
}

/// From the first SIGINT, SIGTERM or SIGHUP on nothing more is played and everything that was started is ended; the
/// second one ends the harness there and then.
fn watch_for_interruption() -> Result<Arc<AtomicBool>, Problem> {
    let interrupted = Arc::new(AtomicBool::new(false));
    let mut signals = Signals::new([SIGHUP, SIGINT, SIGTERM])?;
    let flag = Arc::clone(&interrupted);
    thread::Builder::new().name("signals".into()).spawn(move || {
        for signal in signals.forever() {
            let is_first = !flag.swap(true, Ordering::Relaxed);
            end_all_started();
            if !is_first {
                std::process::exit(128 + signal);
            }
        }
    })?;
    Ok(interrupted)
}

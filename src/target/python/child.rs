//! A child of the interpreter, for one scenario.

use std::os::unix::process::ExitStatusExt as _;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::calls::{self, OBSERVER};
use super::channel::Channel;
use super::interpreter::{ChildId, ChildState, Interpreter, Order};
use crate::event::Exception;
use crate::os::wait::wait_until;
use crate::target::output::Printed;
use crate::target::process::Bounds;
use crate::target::{Remains, Stack};

/// How long the end of a child may take. It is killed then.
const END_DEADLINE: Duration = Duration::from_secs(1);

/// A process in which the hand-in is imported, and nothing else has happened. Dropping it ends it, without waiting until it
/// has ended.
#[derive(Debug)]
pub(super) struct Child {
    pub(super) channel: Channel,
    interpreter: Interpreter,
    id: ChildId,
    output: Printed,
    /// Where it may do what it likes, if it is contained.
    bounds: Option<Bounds>,
    /// How it has ended.
    ended: Option<String>,
    /// Whether it had ended before it was told to.
    ended_unasked: bool,
    /// The signal that ended it, if one did.
    signal: Option<i32>,
    /// What the `start()` of a server has failed with, once that is known.
    pub(super) start_failure: Option<String>,
    /// The file with the calls that it makes, if they are noted.
    calls: Option<PathBuf>,
}

impl Child {
    pub(super) const fn new(
        interpreter: Interpreter,
        id: ChildId,
        channel: Channel,
        output: Printed,
        bounds: Option<Bounds>,
    ) -> Self {
        Self {
            channel,
            interpreter,
            id,
            output,
            bounds,
            ended: None,
            ended_unasked: false,
            signal: None,
            start_failure: None,
            calls: None,
        }
    }

    /// The process of the interpreter that it comes from.
    pub(super) const fn pid(&self) -> u32 {
        self.id.pid()
    }

    /// The interpreter that it comes from, and what that knows it by.
    pub(super) const fn origin(&self) -> (&Interpreter, ChildId) {
        (&self.interpreter, self.id)
    }

    /// Has it note the calls that it makes of its sockets. To be told before anything else.
    pub(super) fn trace_calls(&mut self) {
        let Some(path) = self.interpreter.file_for(self.id) else { return };
        // Where this does not arrive, nothing is noted.
        let _ = self.channel.send(b'o', &format!("{}\0{OBSERVER}", path.display()));
        self.calls = Some(path);
    }

    /// Ends it, and tells how it ended.
    pub(super) fn end(&mut self, stack: Stack) -> String {
        if let Some(ended) = &self.ended {
            return ended.clone();
        }
        let mut state = match stack {
            Stack::Print => self.interpreter.order(Order::Interrupt, self.id),
            Stack::Omit => self.interpreter.order(Order::End, self.id),
        };
        if state == ChildState::Runs {
            let look = || match self.interpreter.order(Order::Look, self.id) {
                ChildState::Runs => Ok(None),
                state => Ok(Some(state)),
            };
            state = match wait_until(Instant::now() + END_DEADLINE, look) {
                Ok(Some(state)) => state,
                // It does not let itself be ended.
                _ => {
                    self.interpreter.order(Order::Kill, self.id);
                    ChildState::Killed
                }
            };
        }
        self.ended_unasked = matches!(state, ChildState::EndedUnasked(_));
        if let ChildState::Ended(status) | ChildState::EndedUnasked(status) = state {
            self.signal = status.signal();
        }
        let ended = match state {
            ChildState::Ended(status) | ChildState::EndedUnasked(status) => status.to_string(),
            ChildState::Lost => "together with the process that it comes from".into(),
            ChildState::Killed | ChildState::Runs => "it was killed".into(),
        };
        self.ended.insert(ended).clone()
    }

    /// What it printed, once it has ended, and how that was, where it was its own doing.
    pub(super) fn printed(&self) -> String {
        let output = self.channel.names().put_into(self.output.text());
        match &self.ended {
            Some(ended) if self.ended_unasked => {
                format!("{output}\nIts process had ended before the harness ended it: {ended}.")
                    .trim()
                    .to_owned()
            }
            _ => output,
        }
    }

    /// Where it may do what it likes, if it is contained.
    pub(super) const fn bounds(&self) -> Option<&Bounds> {
        self.bounds.as_ref()
    }

    /// What is left of it, once it has ended.
    pub(super) fn remains(&self) -> Remains {
        let calls = self.calls.as_deref().map(calls::read).unwrap_or_default();
        let remains = Remains::new(self.printed(), self.signal, &self.interpreter.limits());
        let raised =
            self.start_failure.as_ref().map(|text| Exception::in_answer(text)).or(remains.raised.clone());
        Remains { calls, raised, ..remains.within(self.bounds.clone()) }
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        if self.ended.is_none() {
            self.interpreter.order(Order::Discard, self.id);
        }
    }
}

//! Hand-ins in Python: `buffered_client.py` and `buffered_server.py`, as the assignment asks for them.
//!
//! Each side has an interpreter of its own, which imports its file once and forks a clean child for each scenario:
//! what happens in one scenario, or on one side, cannot be seen in another. The interpreter's work is done by
//! `adapter.py`, which is part of this binary. It is told what to do, and answers, on private [channels](channel);
//! the verdict is made in the harness from the bytes on the wire and these answers.

mod channel;
mod client;
mod files;
mod interpreter;
mod server;

use std::path::Path;
use std::time::Duration;

pub use client::SubmissionClient;
pub use files::{FindError, Submission};
pub use server::SubmissionServer;

use super::{Confinement, NotStarted};
use crate::assignment::Assignment;
use crate::limits::answer_len_max;
use crate::prose;
use crate::side::Side;
use interpreter::{Interpreter, Setup};

impl Submission {
    /// Starts `python` for both sides, and returns them with its version. A side that has no file is blocked.
    /// `start_deadline` is how long each may take to start, to import and to listen.
    ///
    /// # Errors
    ///
    /// Why the interpreter is of no use.
    pub fn start(
        &self,
        python: &Path,
        buffer_size: usize,
        start_deadline: Duration,
        confinement: &Confinement,
    ) -> Result<(SubmissionServer, SubmissionClient, String), String> {
        let setup = Setup {
            python: python.to_owned(),
            confinement: confinement.clone(),
            start_deadline,
            answer_len_max: answer_len_max(buffer_size),
        };
        let [mut server, mut client] =
            [Side::Server, Side::Client].map(|side| Interpreter::new(self, side, setup.clone()));
        let any = if self.file(Side::Server).is_some() { &mut server } else { &mut client };
        match any.version() {
            Ok(version) => {
                let server = SubmissionServer::new(server, buffer_size, start_deadline);
                Ok((server, SubmissionClient::new(client), version))
            }
            Err(NotStarted::Blocked(why)) => Err(why),
            Err(NotStarted::AtFault { finding, .. }) => Err(prose::summary(&finding, &Assignment::default())),
        }
    }
}

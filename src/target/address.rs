//! A server that is already running: `--target`.

use std::io;
use std::net::{SocketAddr, ToSocketAddrs};

use super::{Endpoint, NoStop, Remains, RunningServer, ServerTarget, Stack, StartError, StopError, Stopper};
#[cfg(feature = "cli")]
use {
    super::options::{SelectError, Selection, Setup, TargetKind, Words},
    super::{Stop, Target},
    crate::event::TargetDescription,
    clap::Args,
};

/// A server that was started by someone else.
///
/// It is never connected to except by a scenario: a server that takes one client at a time would take a connection
/// that only looks whether it is there for its client.
#[derive(Debug)]
pub struct AddressServer {
    endpoint: Endpoint,
    stopper: Option<Stopper>,
}

/// What is wrong with an address.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ResolveError {
    /// Not of the form `HOST:PORT`.
    #[error("{0} is not HOST:PORT: write for example 127.0.0.1:36001, localhost:36001 or [::1]:36001")]
    Form(String),
    /// The name is not known.
    #[error("{address} cannot be found: {error}")]
    Unknown {
        /// The address.
        address: String,
        /// What the system says.
        error: io::Error,
    },
}

impl AddressServer {
    /// Looks up `HOST:PORT`; an IPv6 address stands in brackets.
    ///
    /// # Errors
    ///
    /// See [`ResolveError`].
    pub fn resolve(address: &str, stopper: Option<Stopper>) -> Result<Self, ResolveError> {
        let unknown = |error: io::Error| match error.kind() {
            io::ErrorKind::InvalidInput => ResolveError::Form(address.into()),
            _ => ResolveError::Unknown { address: address.into(), error },
        };
        let addresses: Vec<SocketAddr> = address.to_socket_addrs().map_err(unknown)?.collect();
        if addresses.is_empty() {
            return Err(unknown(io::Error::new(io::ErrorKind::NotFound, "the name has no address")));
        }
        Ok(Self { endpoint: Endpoint { addresses, may_be_starting: false }, stopper })
    }
}

impl ServerTarget for AddressServer {
    fn start(&mut self, _starts_ahead: usize) -> Result<Box<dyn RunningServer>, StartError> {
        Ok(Box::new(Running { endpoint: self.endpoint.clone(), stopper: self.stopper.clone() }))
    }

    fn try_clone(&self) -> Option<Box<dyn ServerTarget>> {
        // There is only one server, and it may take one client at a time.
        None
    }

    fn is_fresh(&self) -> bool {
        false
    }

    fn can_stop(&self) -> Result<(), NoStop> {
        self.stopper.as_ref().map(|_| ()).ok_or(NoStop)
    }
}

/// The server, of which the harness has started nothing and ends nothing.
#[derive(Debug)]
struct Running {
    endpoint: Endpoint,
    stopper: Option<Stopper>,
}

impl RunningServer for Running {
    fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    fn stop(&mut self) -> Result<String, StopError> {
        let stopper = self.stopper.as_ref().ok_or_else(|| StopError::blocked(NoStop))?;
        stopper.stop(&self.endpoint.addresses, None)
    }

    fn pid(&self) -> Option<u32> {
        None
    }

    fn was_killed(&mut self) -> bool {
        false
    }

    fn end(self: Box<Self>, _stack: Stack) -> Remains {
        Remains::default()
    }
}

/// The options that name a running server.
#[cfg(feature = "cli")]
#[derive(Debug, Args)]
pub(super) struct AddressOptions {
    /// Grade the server that is running at this address
    #[arg(long, value_name = "HOST:PORT", conflicts_with = "server", help_heading = "Target")]
    target: Option<String>,
}

#[cfg(feature = "cli")]
impl TargetKind for AddressOptions {
    fn select(&self, setup: &Setup<'_>) -> Result<Option<Selection>, SelectError> {
        let Some(address) = &self.target else { return Ok(None) };
        let by_hand = setup.is_attended.then_some(Stop::Prompt);
        let stop = setup.shared.stop.clone().or(by_hand);
        let server = AddressServer::resolve(address, stop.map(|stop| setup.stopper(stop))).map_err(
            |error| match error {
                ResolveError::Form(_) => SelectError::usage(error),
                ResolveError::Unknown { .. } => SelectError::unavailable(error),
            },
        )?;
        Ok(Some(Selection {
            description: TargetDescription::new("address").with("address", address),
            target: Target::server(server),
        }))
    }

    fn reproduce(&self, words: &mut Words) {
        words.option("--target", self.target.as_ref());
    }
}

//! A server that is already running: `--target`.

use std::io;
use std::net::{Ipv6Addr, SocketAddr, ToSocketAddrs};

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
    #[error("{address} is not HOST:PORT: {advice}")]
    Form {
        /// The address.
        address: String,
        /// What to write instead.
        advice: String,
    },
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
        if let Some(advice) = advice(address) {
            return Err(ResolveError::Form { address: address.into(), advice });
        }
        let unknown = |error| ResolveError::Unknown { address: address.into(), error };
        let addresses: Vec<SocketAddr> = address.to_socket_addrs().map_err(unknown)?.collect();
        if addresses.is_empty() {
            return Err(unknown(io::Error::new(io::ErrorKind::NotFound, "the name has no address")));
        }
        Ok(Self { endpoint: Endpoint { addresses, may_be_starting: false }, stopper })
    }
}

/// What to write instead of `address`, if that is not of the form `HOST:PORT`.
fn advice(address: &str) -> Option<String> {
    const EXAMPLE: u16 = 36001;
    if let Some((scheme, rest)) = address.split_once("://") {
        return Some(format!("leave out {scheme}://, as in {}", rest.split('/').next().unwrap_or_default()));
    }
    if let Ok(ip) = address.parse::<Ipv6Addr>() {
        // Everybody means the port by a last group that is no hexadecimal number of an address.
        let with_port = address
            .rsplit_once(':')
            .filter(|(host, port)| host.parse::<Ipv6Addr>().is_ok() && port.len() > 3);
        let (host, port) = with_port
            .map_or((ip.to_string(), EXAMPLE.to_string()), |(host, port)| (host.into(), port.into()));
        return Some(format!(
            "an IPv6 address stands in brackets, and the port behind them: [{host}]:{port}"
        ));
    }
    let (host, port) = match address.rsplit_once(':') {
        Some((host, port)) if !address.ends_with(']') => (host, port),
        _ if address.parse::<u16>().is_ok() => ("", address),
        _ => return Some(format!("name the port, too, as in {address}:{EXAMPLE}")),
    };
    match port.parse() {
        Ok(0) => Some("no server listens on port 0: name the port of yours".into()),
        Ok(1..=u16::MAX) if host.is_empty() => Some(format!("name the host, too, as in 127.0.0.1:{port}")),
        Ok(1..=u16::MAX) => None,
        Err(_) => Some(format!("a port is a number from 1 to {}, as in {host}:{EXAMPLE}", u16::MAX)),
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
impl AddressOptions {
    /// Names the server, as --target does.
    pub(super) fn name(&mut self, address: String) {
        self.target = Some(address);
    }
}

#[cfg(feature = "cli")]
impl TargetKind for AddressOptions {
    fn select(&self, setup: &Setup<'_>) -> Result<Option<Selection>, SelectError> {
        let Some(address) = &self.target else { return Ok(None) };
        let by_hand = setup.is_attended.then_some(Stop::Prompt);
        let stop = setup.shared.stop.clone().or(by_hand);
        let server = AddressServer::resolve(address, stop.map(|stop| setup.stopper(stop))).map_err(
            |error| match error {
                ResolveError::Form { .. } => SelectError::usage(error),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_address_gets_advice_that_is_one() {
        for (address, advised) in [
            ("tcp://127.0.0.1:8000", "127.0.0.1:8000"),
            ("http://localhost:8000/", "localhost:8000"),
            ("::1", "[::1]:36001"),
            ("::1:8000", "[::1]:8000"),
            ("fe80::1", "[fe80::1]:36001"),
            ("[::1]", "[::1]:36001"),
            ("localhost", "localhost:36001"),
            ("8000", "127.0.0.1:8000"),
            (":8000", "127.0.0.1:8000"),
            ("localhost:http", "localhost:36001"),
            ("localhost:70000", "localhost:36001"),
        ] {
            let words = advice(address).unwrap_or_else(|| panic!("{address} is taken"));
            assert!(words.ends_with(&format!(" {advised}")), "{address}: {words}");
            assert_eq!(advice(advised), None);
        }
        assert!(advice("127.0.0.1:0").unwrap().contains("port 0"));
    }
}

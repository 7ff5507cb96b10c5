//! A server that is already running.

use std::io;
use std::net::{SocketAddr, ToSocketAddrs};

use super::{Endpoint, NotStarted, Server, Stopper};

/// A server that somebody else has started.
///
/// It is never connected to but by a scenario: a server that takes one client at a time would take a
/// connection that only looks whether it is there for its client.
#[derive(Debug)]
pub struct AddressServer {
    addresses: Vec<SocketAddr>,
    stopper: Option<Stopper>,
}

impl AddressServer {
    /// Looks up `HOST:PORT`; an IPv6 address stands in brackets.
    ///
    /// # Errors
    ///
    /// Where the text is no such thing, or the name is not known.
    pub fn resolve(address: &str, stopper: Option<Stopper>) -> io::Result<Self> {
        let addresses: Vec<_> = address.to_socket_addrs()?.collect();
        if addresses.is_empty() {
            return Err(io::Error::new(io::ErrorKind::NotFound, "the name has no address"));
        }
        Ok(Self { addresses, stopper })
    }
}

impl Server for AddressServer {
    fn start(&mut self, _further: usize) -> Result<Endpoint, NotStarted> {
        Ok(Endpoint { addresses: self.addresses.clone(), may_be_starting: false })
    }

    fn is_fresh(&self) -> bool {
        false
    }

    fn can_stop(&self) -> Result<(), String> {
        match self.stopper {
            Some(_) => Ok(()),
            None => Err("The harness does not know how to stop this server. Say how with --stop owner (the \
                         process that listens on the port), pid:N, signal:NAME, command:CMD or prompt."
                .into()),
        }
    }

    fn stop(&mut self) -> Result<String, String> {
        self.can_stop()?;
        match &self.stopper {
            Some(stopper) => stopper.stop(&self.addresses, None),
            None => unreachable!("can_stop has looked"),
        }
    }

    fn pid(&self) -> Option<u32> {
        None
    }

    fn was_killed(&mut self) -> bool {
        false
    }

    fn end(&mut self) -> Option<String> {
        None
    }
}

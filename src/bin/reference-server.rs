//! The reference server as a program.

use std::io::{self, ErrorKind, Write};
use std::net::SocketAddr;
use std::process::ExitCode;

use clap::Parser;
use lengthwise::reference::program::{ConnectionOptions, exit_code, start_logging};
use lengthwise::{Assignment, ReferenceServer, Work};

/// Receives messages, removes the first characters of each, and sends back the rest: one client at a time, until
/// SIGINT or SIGTERM.
#[derive(Debug, Parser)]
#[command(version)]
struct Options {
    #[command(flatten)]
    connection: ConnectionOptions,
    /// How many characters are removed from the front of a message.
    #[arg(long, value_name = "CHARACTERS", default_value_t = Work::default().removed_chars())]
    removed_chars: usize,
}

fn main() -> ExitCode {
    let options = Options::parse();
    start_logging(options.connection.verbose);
    exit_code("reference-server", run(&options))
}

fn run(options: &Options) -> Result<(), String> {
    let mut server = listen(options)?;
    let address = server.local_addr().map_err(|error| format!("cannot tell the address: {error}"))?;
    // Before anyone learns the address, and may send a signal because of it.
    let stop = server.stop_handle();
    stop.stop_on_termination_signals().map_err(|error| format!("cannot handle signals: {error}"))?;
    announce(address);
    server.start().map_err(|error| format!("cannot wait for clients: {error}"))?;
    server.shutdown();
    Ok(())
}

fn listen(options: &Options) -> Result<ReferenceServer, String> {
    let ConnectionOptions { host, port, .. } = &options.connection;
    let assignment =
        Assignment { work: Work::RemoveFront(options.removed_chars), ..options.connection.assignment() };
    ReferenceServer::bind((host.as_str(), *port), assignment).map_err(|error| {
        let advice = match error.kind() {
            ErrorKind::AddrInUse => "stop what listens there, or choose another --port (0: any that is free)",
            ErrorKind::PermissionDenied => "choose a --port above 1023, or 0 for any that is free",
            _ => "choose an address of this machine with --host: 127.0.0.1, or 0.0.0.0 for all it has",
        };
        format!("cannot listen on port {port} of {host}: {error}\n{advice}")
    })
}

fn announce(address: SocketAddr) {
    // Whoever started the server need not read this line, and may have closed the pipe that it goes to.
    let _ = writeln!(io::stdout(), "listening on {address}");
}

//! The reference client as a program.

use std::io::{self, Write};
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use lengthwise::ReferenceClient;
use lengthwise::course::Course;
use lengthwise::reference::program::{ConnectionOptions, exit_code, start_logging, with_causes};

const CONNECT_ADVICE: &str = "start a server there, or choose another --host or --port";

/// Sends messages to a server, one after the other, and prints each reply on a line.
#[derive(Debug, Parser)]
#[command(version)]
struct Options {
    #[command(flatten)]
    connection: ConnectionOptions,
    /// How long to wait for a silent server.
    #[arg(long, value_name = "DURATION", default_value = "10s", value_parser = humantime::parse_duration)]
    timeout: Duration,
    /// The messages to send [default: each line of standard input].
    #[arg(value_name = "MESSAGE")]
    messages: Vec<String>,
}

fn main() -> ExitCode {
    let options = Options::parse();
    start_logging(options.connection.verbose);
    exit_code("reference-client", run(&options))
}

fn run(options: &Options) -> Result<(), String> {
    let mut client = connect(options)?;
    if options.messages.is_empty() {
        for line in io::stdin().lines() {
            let line = line.map_err(|error| format!("cannot read standard input: {error}"))?;
            exchange(&mut client, &line)?;
        }
    }
    for message in &options.messages {
        exchange(&mut client, message)?;
    }
    client.shutdown();
    Ok(())
}

fn connect(options: &Options) -> Result<ReferenceClient, String> {
    let ConnectionOptions { host, port, .. } = &options.connection;
    let assignment = options.connection.assignment(Course::read_assignment)?;
    let client = ReferenceClient::connect((host.as_str(), *port), &assignment)
        .map_err(|error| format!("cannot connect to port {port} of {host}: {error}\n{CONNECT_ADVICE}"))?;
    let stream = client.get_ref();
    stream
        .set_read_timeout(Some(options.timeout))
        .and_then(|()| stream.set_write_timeout(Some(options.timeout)))
        .map_err(|error| format!("cannot set a timeout of {:?}: {error}", options.timeout))?;
    Ok(client)
}

fn exchange(client: &mut ReferenceClient, message: &str) -> Result<(), String> {
    client.send_message(message).map_err(|error| format!("message not sent: {}", with_causes(&error)))?;
    let reply = client.receive_message().map_err(|error| format!("no reply: {}", with_causes(&error)))?;
    writeln!(io::stdout(), "{reply}").map_err(|error| format!("cannot print a reply: {error}"))
}

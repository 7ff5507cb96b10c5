//! `harness list` and `harness explain`.

use std::io::{self, Write};

use super::{COLUMNS, Problem};
use crate::assignment::Assignment;
use crate::bug::{self, Bug};
use crate::bytes::escaped;
use crate::delivery::Delivery;
use crate::grade::Rubric;
use crate::scenario::{self, CloseMode, Malformed, Payload, Reading, Scenario, Size, Step};
use crate::side::{Casting, Side};

/// Writes a line for each scenario; in a terminal, where lines would be too long, with the title on lines of its own.
pub(super) fn list(out: &mut impl Write, is_terminal: bool) -> io::Result<()> {
    for scenario in scenario::catalogue() {
        let castings: Vec<_> = scenario.castings.iter().map(Casting::to_string).collect();
        let facts = format!("{:<34} {:<10} {:<19}", scenario.id, scenario.tier, castings.join(","));
        if is_terminal {
            writeln!(out, "{}", facts.trim_end())?;
            indented(out, scenario.title)?;
        } else {
            writeln!(out, "{facts} {}", scenario.title)?;
        }
    }
    Ok(())
}

/// Tells about one scenario, or about one bug.
pub(super) fn explain(out: &mut impl Write, id: &str) -> Result<(), Problem> {
    match (scenario::find(id), bug::find(id)) {
        (Some(scenario), _) => Ok(explain_scenario(out, scenario)?),
        (None, Some(bug)) => Ok(explain_bug(out, bug)?),
        (None, None) => Err(Problem::Usage(unknown(id))),
    }
}

fn explain_bug(out: &mut impl Write, bug: &Bug) -> io::Result<()> {
    let sides: Vec<_> = bug.sides.iter().map(Side::to_string).collect();
    writeln!(out, "{} ({})\n", bug.id, sides.join(", "))?;
    for (heading, text) in bug.headings(&Assignment::default()) {
        writeln!(out, "{heading}")?;
        paragraph(out, &text)?;
    }
    Ok(())
}

fn explain_scenario(out: &mut impl Write, scenario: &Scenario) -> io::Result<()> {
    let assignment = Assignment::default();
    writeln!(out, "{} ({})\n", scenario.id, scenario.tier)?;
    paragraph(out, &format!("{}.", scenario.title))?;
    writeln!(out, "What happens")?;
    for (index, step) in scenario.steps.iter().enumerate() {
        let text = format!("{}.", describe(step, &assignment));
        let options = textwrap::Options::new(COLUMNS).initial_indent("  ").subsequent_indent("     ");
        for line in textwrap::wrap(&format!("{}. {text}", index + 1), options) {
            writeln!(out, "{line}")?;
        }
    }
    writeln!(out, "\nHow it is sent by the harness")?;
    for delivery in scenario.deliveries {
        writeln!(out, "  - {}", describe_delivery(delivery))?;
    }
    if scenario.reading == Reading::Slowly {
        writeln!(out, "\nHow it is read by the harness")?;
        writeln!(out, "  - not until nothing more can be sent, then little by little")?;
    }
    writeln!(out, "\nRule {}", scenario.rule.number())?;
    paragraph(out, &scenario.rule.text(&assignment))?;
    writeln!(out, "Why it exists")?;
    paragraph(out, scenario.why)?;
    writeln!(out, "Who is under test")?;
    for casting in scenario.castings {
        writeln!(out, "  {}", worth(scenario, *casting))?;
    }
    Ok(())
}

fn paragraph(out: &mut impl Write, text: &str) -> io::Result<()> {
    indented(out, text)?;
    writeln!(out)
}

fn indented(out: &mut impl Write, text: &str) -> io::Result<()> {
    let options = textwrap::Options::new(COLUMNS).initial_indent("  ").subsequent_indent("  ");
    textwrap::wrap(text, options).iter().try_for_each(|line| writeln!(out, "{line}"))
}

fn describe(step: &Step, assignment: &Assignment) -> String {
    match step {
        Step::Connect => "A client connects".into(),
        Step::SwitchClient(client) => format!("It is client {}'s turn", client + 1),
        Step::Send(messages) => match messages {
            [message] => format!("The client sends {}", describe_payload(message, assignment)),
            [first, ..] => format!(
                "The client sends {} messages without waiting for a reply; the first is {}",
                messages.len(),
                describe_payload(first, assignment)
            ),
            [] => "The client sends nothing".into(),
        },
        Step::SendMalformed(raw) => match raw {
            Malformed::TruncatedHeader(len) => format!("The client sends {len} bytes of a length"),
            Malformed::TruncatedPayload => "The client sends a length and half of the payload".into(),
            Malformed::OversizedLength => "The client sends the greatest length there is, and 8 bytes".into(),
            Malformed::InvalidUtf8 => "The client sends a message whose payload is not UTF-8".into(),
        },
        Step::Receive => "The client receives the next reply".into(),
        Step::ReceiveUntilEnd => "The client receives replies until the server is gone".into(),
        Step::ReceiveNothing => "The client tries to receive, and has to say that there was nothing".into(),
        Step::HalfClose => "The client says that it will send no more, and stays".into(),
        Step::ShutDownClient => "The client shuts down".into(),
        Step::ResetClient => "The client breaks the connection off".into(),
        Step::CloseUnread => "The client leaves without having read its replies".into(),
        Step::StopServer => "The server is told to stop".into(),
        Step::ServerCloses(leaving) => match leaving {
            CloseMode::Clean => "The server closes".into(),
            CloseMode::Reset => "The server breaks the connection off".into(),
            CloseMode::InHeader => "The server closes after half of the next reply's length".into(),
            CloseMode::InPayload => "The server closes after half of the next reply".into(),
        },
    }
}

fn describe_payload(payload: &Payload, assignment: &Assignment) -> String {
    let shown = |text: &str| escaped(text.as_bytes());
    match payload {
        Payload::Random(size) => format!("a message of {}", describe_size(*size, assignment)),
        Payload::Prefixed(start, size) => {
            format!("\"{}\" and {} more characters", shown(start), size.chars(assignment))
        }
        Payload::Repeated(start, unit, size) => {
            format!("\"{}{}…\", {} in all", shown(start), shown(unit), describe_size(*size, assignment))
        }
    }
}

fn describe_size(size: Size, assignment: &Assignment) -> String {
    let relation = match size {
        Size::BelowBuffer => ", less than the buffer",
        Size::AboveBuffer => ", slightly more than the buffer",
        Size::ManyBuffers => ", many times the buffer",
        Size::Chars(_) | Size::Removed(_) | Size::Buffer(_) | Size::ReplyBuffer(_) | Size::FrameBuffer(_) => {
            ""
        }
    };
    format!("{} characters{relation}", size.chars(assignment))
}

fn describe_delivery(delivery: &Delivery) -> String {
    match delivery {
        Delivery::Whole => "in one write".into(),
        Delivery::EveryByte => "byte by byte".into(),
        Delivery::CutAt(offsets) => {
            let offsets: Vec<_> = offsets.iter().map(ToString::to_string).collect();
            format!("cut after byte {}", offsets.join(" and byte "))
        }
        Delivery::InHeader(after) => format!("cut after byte {after} of each length"),
        Delivery::AfterHeader => "cut after each length".into(),
        Delivery::InCharacter => "cut inside each character of several bytes".into(),
        Delivery::AtBuffer(0) => "in pieces as long as the buffer".into(),
        Delivery::AtBuffer(more) => format!("in pieces as long as the buffer {more:+} byte"),
        Delivery::FrameAndAHalf => "one message and half of the next first, then the rest".into(),
        Delivery::Random => "cut at random".into(),
    }
}

fn worth(scenario: &Scenario, casting: Casting) -> String {
    let role = match casting {
        Casting::SERVER => "server  the submission serves, the harness is its client",
        Casting::CLIENT => "client  the submission is the client, the harness serves",
        Casting::Pair => "pair    the submission is both; reported, and never scored",
    };
    match Rubric::default().points(scenario, casting) {
        0 => role.to_owned(),
        1 => format!("{role} (1 point)"),
        points => format!("{role} ({points} points)"),
    }
}

/// What to say of an id that neither a scenario nor a bug has.
fn unknown(id: &str) -> String {
    let mut known =
        scenario::catalogue().map(|scenario| scenario.id).chain(bug::catalogue().map(|bug| bug.id));
    let near = known.find(|known| known.contains(id) || id.contains(known));
    let hint = match near {
        Some(known) => format!("did you mean {known}?"),
        None => "harness list shows all scenarios, harness gallery all bugs".into(),
    };
    format!("there is no scenario and no bug {id}: {hint}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(is_terminal: bool) -> String {
        let mut out = Vec::new();
        list(&mut out, is_terminal).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_list_fits_a_terminal_and_has_a_line_a_scenario_elsewhere() {
        let (terminal, file) = (listed(true), listed(false));
        assert!(terminal.lines().all(|line| line.chars().count() <= COLUMNS), "{terminal}");
        assert_eq!(file.lines().count(), scenario::catalogue().count());
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(words(&terminal), words(&file));
    }
}

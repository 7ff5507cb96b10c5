//! `harness list` and `harness explain`.

use std::io::{self, Write};

use super::Problem;
use crate::assignment::Assignment;
use crate::grade::Rubric;
use crate::scenario::{self, Casting, Payload, Scenario, Size, Step};

/// The width that prose is broken at.
const COLUMNS: usize = 80;

/// Writes a line for each scenario.
pub(super) fn list(out: &mut impl Write) -> io::Result<()> {
    for scenario in scenario::catalogue() {
        let castings: Vec<_> = scenario.castings.iter().map(Casting::to_string).collect();
        writeln!(
            out,
            "{:<34} {:<10} {:<19} {}",
            scenario.id,
            scenario.tier,
            castings.join(","),
            scenario.title
        )?;
    }
    Ok(())
}

/// Tells about one scenario.
pub(super) fn explain(out: &mut impl Write, id: &str) -> Result<(), Problem> {
    let scenario = scenario::find(id).ok_or_else(|| Problem::Usage(unknown(id)))?;
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
    for line in
        textwrap::wrap(text, textwrap::Options::new(COLUMNS).initial_indent("  ").subsequent_indent("  "))
    {
        writeln!(out, "{line}")?;
    }
    writeln!(out)
}

fn describe(step: &Step, assignment: &Assignment) -> String {
    match step {
        Step::Connect => "A client connects".into(),
        Step::Send(messages) => match messages {
            [message] => format!("The client sends a message of {}", length(message, assignment)),
            [first, ..] => format!(
                "The client sends {} messages of {} without waiting for a reply",
                messages.len(),
                length(first, assignment)
            ),
            [] => "The client sends nothing".into(),
        },
        Step::Receive => "The client receives the next reply".into(),
        Step::ReceiveUntilEnd => "The client receives replies until the server is gone".into(),
        Step::ShutDownClient => "The client shuts down".into(),
        Step::StopServer => "The server is told to stop".into(),
    }
}

fn length(payload: &Payload, assignment: &Assignment) -> String {
    let Payload::Drawn(size) = payload;
    let chars = size.chars(assignment);
    let relation = match size {
        Size::BelowBuffer => ", less than the buffer",
        Size::AboveBuffer => ", slightly more than the buffer",
        Size::ManyBuffers => ", many times the buffer",
        Size::Chars(_) => "",
    };
    format!("{chars} characters{relation}")
}

fn worth(scenario: &Scenario, casting: Casting) -> String {
    let role = match casting {
        Casting::Server => "server  the submission serves, the harness is its client",
        Casting::Client => "client  the submission is the client, the harness serves",
        Casting::Pair => "pair    the submission is both; reported, and never scored",
    };
    match Rubric::default().points(scenario, casting) {
        0 => role.to_owned(),
        1 => format!("{role} (1 point)"),
        points => format!("{role} ({points} points)"),
    }
}

/// What to say of an id that no scenario has.
fn unknown(id: &str) -> String {
    let near = scenario::catalogue()
        .map(|scenario| scenario.id)
        .find(|known| known.contains(id) || id.contains(known));
    let hint = match near {
        Some(known) => format!("did you mean {known}?"),
        None => "harness list shows all of them".into(),
    };
    format!("there is no scenario {id}: {hint}")
}

//! `harness list` and `harness explain`.

use std::io::{self, Write};

use super::Problem;
use crate::assignment::Assignment;
use crate::bug::{self, Bug};
use crate::bytes::printable;
use crate::course::Course;
use crate::diagnosis::{SYMPTOMS, Symptom};
use crate::grade::Rubric;
use crate::prose;
use crate::report::COLUMNS;
use crate::scenario::{self, Reading, Scenario, Sending, Tier};
use crate::side::{Casting, Side};
use crate::suggestion::nearest;

/// Writes a line for each scenario; in a terminal, where lines would be too long, with the title on lines of its own.
pub(super) fn list(out: &mut impl Write, course: &Course, is_terminal: bool) -> io::Result<()> {
    for scenario in scenario::catalogue_for(&course.assignment) {
        let title = scenario.title(&course.assignment);
        let tier = tier(scenario, &course.rubric);
        let castings: Vec<_> = scenario.castings.iter().map(Casting::to_string).collect();
        let facts = format!("{:<34} {:<10} {:<19}", scenario.id, tier, castings.join(","));
        if is_terminal {
            writeln!(out, "{}", facts.trim_end())?;
            indented(out, &title)?;
        } else {
            writeln!(out, "{facts} {title}")?;
        }
    }
    Ok(())
}

/// Graded where it carries points on either side.
fn tier(scenario: &Scenario, rubric: &Rubric) -> Tier {
    rubric.tier(scenario, Casting::Pair)
}

/// Tells about one scenario, one bug, or one symptom.
pub(super) fn explain(out: &mut impl Write, course: &Course, id: &str) -> Result<(), Problem> {
    if let Some(scenario) = scenario::find(id) {
        explain_scenario(out, scenario, course)?;
        return Ok(own_text(out, course, id)?);
    }
    if let Some(bug) = bug::find(id) {
        explain_bug(out, bug, &course.assignment)?;
        return Ok(own_text(out, course, id)?);
    }
    match Symptom::find(id) {
        Some(symptom) => {
            explain_symptom(out, symptom)?;
            Ok(own_text(out, course, id)?)
        }
        None => Err(Problem::Usage(unknown(id))),
    }
}

/// What the course itself says of it.
fn own_text(out: &mut impl Write, course: &Course, id: &str) -> io::Result<()> {
    let Some(text) = course.texts.get(id) else { return Ok(()) };
    writeln!(out, "From your course")?;
    indented(out, &printable(text))
}

fn explain_symptom(out: &mut impl Write, symptom: &Symptom) -> io::Result<()> {
    writeln!(out, "{}\n", symptom.id)?;
    for (heading, text) in symptom.headings() {
        writeln!(out, "{heading}")?;
        paragraph(out, text)?;
    }
    Ok(())
}

fn explain_bug(out: &mut impl Write, bug: &Bug, assignment: &Assignment) -> io::Result<()> {
    let sides: Vec<_> = bug.sides.iter().map(Side::to_string).collect();
    writeln!(out, "{} ({})\n", bug.id, sides.join(", "))?;
    if !bug.applies(assignment) {
        paragraph(out, "With this assignment it is no mistake, or could not show.")?;
    }
    for (heading, text) in bug.headings(assignment) {
        writeln!(out, "{heading}")?;
        paragraph(out, &text)?;
    }
    Ok(())
}

/// What a scenario does, in a screenful: headings stand out without lines between them.
fn explain_scenario(out: &mut impl Write, scenario: &Scenario, course: &Course) -> io::Result<()> {
    let Course { assignment, rubric, .. } = course;
    writeln!(out, "{} ({})\n", scenario.id, tier(scenario, rubric))?;
    paragraph(out, &format!("{}.", scenario.title(assignment)))?;
    if !scenario.suits(assignment) {
        paragraph(out, "It says nothing about this assignment, and is not played.")?;
    }
    writeln!(out, "What happens")?;
    for (index, sentence) in prose::steps(scenario.steps, assignment).iter().enumerate() {
        let options = textwrap::Options::new(COLUMNS).initial_indent("  ").subsequent_indent("     ");
        for line in textwrap::wrap(&format!("{}. {sentence}", index + 1), options) {
            writeln!(out, "{line}")?;
        }
    }
    writeln!(out, "How the harness sends")?;
    let deliveries: Vec<_> = scenario.deliveries.iter().map(prose::delivery).collect();
    indented(out, &deliveries.join("; or "))?;
    if scenario.sending == Sending::WithPauses {
        indented(out, "with a pause between two pieces, longer than a timeout that the program waits with")?;
    }
    if scenario.reading == Reading::Slowly {
        writeln!(out, "How the harness reads")?;
        indented(out, "nothing until neither side can send any more, then little by little")?;
    }
    writeln!(out, "Rule {}", scenario.rule.number())?;
    indented(out, &scenario.rule.text(assignment))?;
    writeln!(out, "Why it exists")?;
    indented(out, &scenario.why(assignment))?;
    writeln!(out, "Who is under test")?;
    for casting in scenario.castings {
        writeln!(out, "  {}", worth(scenario, *casting, rubric))?;
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

fn worth(scenario: &Scenario, casting: Casting, rubric: &Rubric) -> String {
    let role = match casting {
        Casting::SERVER => "server  the submission serves, the harness is its client",
        Casting::CLIENT => "client  the submission is the client, the harness serves",
        Casting::Pair => "pair    the submission is both; reported, and never scored",
    };
    match rubric.points(scenario, casting) {
        0 => role.to_owned(),
        1 => format!("{role} (1 point)"),
        points => format!("{role} ({points} points)"),
    }
}

/// What to say of an id that neither a scenario nor a bug has.
fn unknown(id: &str) -> String {
    let scenarios = scenario::catalogue().map(|scenario| scenario.id);
    let known = scenarios.chain(bug::catalogue().map(|bug| bug.id)).chain(SYMPTOMS.iter().map(|one| one.id));
    let hint = match nearest(id, known) {
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
        list(&mut out, &Course::default(), is_terminal).unwrap();
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

    fn explained(id: &str) -> String {
        let mut out = Vec::new();
        explain(&mut out, &Course::default(), id).unwrap_or_else(|_| panic!("{id} is not explained"));
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn every_explanation_fits_a_screen() {
        const LINES_MAX: usize = 40;
        let ids = scenario::catalogue().map(|one| one.id).chain(bug::catalogue().map(|one| one.id));
        for id in ids.chain(SYMPTOMS.iter().map(|one| one.id)) {
            let text = explained(id);
            assert!(text.lines().count() <= LINES_MAX, "{text}");
            assert!(text.lines().all(|line| line.chars().count() <= COLUMNS), "{text}");
        }
        for id in ["short", "load/hundred-messages", "close/twenty-clients"] {
            assert!(explained(id).lines().count() <= 24, "{}", explained(id));
        }
    }

    #[test]
    fn of_an_unknown_id_the_nearest_is_suggested_or_where_all_are_listed() {
        assert_eq!(unknown("shrt"), "there is no scenario and no bug shrt: did you mean short?");
        assert!(unknown("nonsense").contains("harness list"), "{}", unknown("nonsense"));
    }
}

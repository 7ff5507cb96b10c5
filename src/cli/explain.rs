//! `harness explain`: what a scenario, a group of them, a rule, a bug or a symptom is about.

use std::io::{self, Write};

use super::list::tier;
use super::page::Page;
use super::{Problem, list, say};
use crate::assignment::Assignment;
use crate::bug::{self, Bug};
use crate::bytes::printable;
use crate::course::Course;
use crate::diagnosis::{SYMPTOMS, Symptom};
use crate::english::count;
use crate::grade::Rubric;
use crate::prose;
use crate::rule::Rule;
use crate::scenario::{self, Reading, Scenario, Sending};
use crate::side::{Casting, Side};
use crate::suggestion::{is_group_of, nearest};

/// Something that can be explained.
#[derive(Clone, Copy)]
enum Topic<'t> {
    Scenario(&'static Scenario),
    Bug(&'static Bug),
    Symptom(&'static Symptom),
    Rule(Rule),
    /// What stands in front of the slash in the ids of several scenarios.
    Group(&'t str),
}

/// Tells about what the words name, one after the other: `short`, `delivery`, `4` or `rule 4`.
pub(super) fn explain(out: &mut Page<impl Write>, course: &Course, words: &[String]) -> Result<(), Problem> {
    let words: Vec<String> =
        words.iter().flat_map(|word| word.split([',', ' '])).map(str::to_lowercase).collect();
    let is_about_rules = |word: &&String| matches!(word.as_str(), "rule" | "rules");
    let mut named: Vec<&String> =
        words.iter().filter(|word| !word.is_empty() && !is_about_rules(word)).collect();
    let all: Vec<String> = Rule::ALL.iter().map(|rule| rule.number().to_string()).collect();
    if named.is_empty() {
        named.extend(&all);
    }
    // What is unknown is told before anything is explained.
    let topics: Vec<_> = named.into_iter().map(|word| topic(word)).collect::<Result<_, _>>()?;
    for (index, topic) in topics.into_iter().enumerate() {
        if index > 0 {
            writeln!(out)?;
        }
        match topic {
            Topic::Scenario(scenario) => {
                explain_scenario(out, scenario, course)?;
                own_text(out, course, scenario.id)?;
            }
            Topic::Bug(bug) => {
                explain_bug(out, bug, &course.assignment)?;
                own_text(out, course, bug.id)?;
            }
            Topic::Symptom(symptom) => {
                explain_symptom(out, symptom)?;
                own_text(out, course, symptom.id)?;
            }
            Topic::Rule(rule) => explain_rule(out, rule, course)?,
            Topic::Group(group) => explain_group(out, group, course)?,
        }
    }
    Ok(())
}

/// What a word names. Where that is not quite the name of anything, what is nearest to it, and that is said.
fn topic(word: &str) -> Result<Topic<'_>, Problem> {
    let group = word.trim_end_matches('/');
    if let Ok(number) = word.parse::<usize>() {
        let rule = Rule::ALL.iter().find(|rule| rule.number() == number);
        let unknown = || {
            Problem::Usage(format!(
                "there is no rule {number}: they are numbered from 1 to {}",
                Rule::ALL.len()
            ))
        };
        return rule.map(|rule| Topic::Rule(*rule)).ok_or_else(unknown);
    }
    if scenario::catalogue().any(|scenario| is_group_of(group, scenario.id)) {
        return Ok(Topic::Group(group));
    }
    if let Some(topic) = named(word) {
        return Ok(topic);
    }
    let near = near(word).and_then(|near| Some((near, named(near)?)));
    let (near, topic) = near.ok_or_else(|| {
        Problem::Usage(format!(
            "there is no scenario, rule or bug {word}: harness list shows the scenarios, harness list --bugs the bugs"
        ))
    })?;
    say(&format_args!("nothing is called {word}; this is about {near}"));
    Ok(topic)
}

/// What has this id.
fn named(id: &str) -> Option<Topic<'static>> {
    let scenario = scenario::find(id).map(Topic::Scenario);
    scenario.or_else(|| bug::find(id).map(Topic::Bug)).or_else(|| Symptom::find(id).map(Topic::Symptom))
}

/// The id that was meant by `typed`.
fn near(typed: &str) -> Option<&'static str> {
    let scenarios = scenario::catalogue().map(|scenario| scenario.id);
    let known = scenarios.chain(bug::catalogue().map(|bug| bug.id)).chain(SYMPTOMS.iter().map(|one| one.id));
    nearest(typed, known)
}

fn explain_rule(out: &mut Page<impl Write>, rule: Rule, course: &Course) -> io::Result<()> {
    writeln!(out, "rule {}\n", rule.number())?;
    out.paragraph(&rule.text(&course.assignment))?;
    let scenarios: Vec<_> =
        scenario::catalogue_for(&course.assignment).filter(|one| one.rule == rule).collect();
    if scenarios.is_empty() {
        return out.indented("No scenario is there for it alone: any of them may show that it is broken.");
    }
    writeln!(out, "The scenarios that are there for it")?;
    list::titles(out, &scenarios, course)
}

fn explain_group(out: &mut Page<impl Write>, group: &str, course: &Course) -> io::Result<()> {
    let scenarios = scenario::catalogue_for(&course.assignment).filter(|one| is_group_of(group, one.id));
    let scenarios: Vec<_> = scenarios.collect();
    writeln!(out, "{group} ({})\n", count(scenarios.len(), "scenario"))?;
    list::titles(out, &scenarios, course)
}

/// What the course itself says of it.
fn own_text(out: &mut Page<impl Write>, course: &Course, id: &str) -> io::Result<()> {
    let Some(text) = course.texts.get(id) else { return Ok(()) };
    writeln!(out, "From your course")?;
    out.indented(&printable(text))
}

fn explain_symptom(out: &mut Page<impl Write>, symptom: &Symptom) -> io::Result<()> {
    writeln!(out, "{}\n", symptom.id)?;
    for (heading, text) in symptom.headings() {
        writeln!(out, "{heading}")?;
        out.paragraph(text)?;
    }
    Ok(())
}

fn explain_bug(out: &mut Page<impl Write>, bug: &Bug, assignment: &Assignment) -> io::Result<()> {
    let sides: Vec<_> = bug.sides.iter().map(Side::to_string).collect();
    writeln!(out, "{} ({})\n", bug.id, sides.join(", "))?;
    if !bug.applies(assignment) {
        out.paragraph("With this assignment it is no mistake, or could not show.")?;
    }
    for (heading, text) in bug.headings(assignment) {
        writeln!(out, "{heading}")?;
        out.paragraph(&text)?;
    }
    Ok(())
}

/// What a scenario does, in a screenful: headings stand out without lines between them.
fn explain_scenario(out: &mut Page<impl Write>, scenario: &Scenario, course: &Course) -> io::Result<()> {
    let Course { assignment, rubric, .. } = course;
    writeln!(out, "{} ({})\n", scenario.id, tier(scenario, rubric))?;
    out.paragraph(&format!("{}.", scenario.title(assignment)))?;
    if !scenario.suits(assignment) {
        out.paragraph("It says nothing about this assignment, and is not played.")?;
    }
    writeln!(out, "What happens")?;
    for (index, sentence) in prose::steps(scenario.steps, assignment).iter().enumerate() {
        out.wrapped(&format!("{}. {sentence}", index + 1), "  ", "     ")?;
    }
    writeln!(out, "How the harness sends")?;
    let deliveries: Vec<_> = scenario.deliveries.iter().map(prose::delivery).collect();
    out.indented(&deliveries.join("; or "))?;
    if scenario.sending == Sending::WithPauses {
        out.indented("with a pause between two pieces, longer than the program's own timeout")?;
    }
    if scenario.reading == Reading::Slowly {
        writeln!(out, "How the harness reads")?;
        out.indented("nothing until neither side can send any more, then little by little")?;
    }
    writeln!(out, "Rule {}", scenario.rule.number())?;
    out.indented(&scenario.rule.text(assignment))?;
    writeln!(out, "Why it exists")?;
    out.indented(&scenario.why(assignment))?;
    writeln!(out, "Who is under test")?;
    for casting in scenario.castings {
        out.wrapped(&worth(scenario, *casting, rubric), "  ", "          ")?;
    }
    Ok(())
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::COLUMNS;

    fn explained(words: &str) -> String {
        let mut out = Vec::new();
        let words: Vec<_> = words.split(' ').map(str::to_owned).collect();
        explain(&mut Page::new(&mut out, COLUMNS), &Course::default(), &words)
            .unwrap_or_else(|_| panic!("{words:?} is not explained"));
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
    fn groups_and_rules_are_explained_and_every_rule_has_its_text() {
        assert!(explained("delivery").contains("delivery/header-in-two"));
        assert_eq!(explained("4"), explained("rule 4"));
        let all = explained("rules");
        for rule in Rule::ALL {
            let text = explained(&format!("rule {}", rule.number()));
            assert!(text.starts_with(&format!("rule {}\n", rule.number())) && all.contains(&text), "{text}");
        }
    }

    #[test]
    fn a_near_name_is_taken_and_nonsense_is_not() {
        assert_eq!(explained("shrt"), explained("short"));
        assert_eq!(explained("Short"), explained("short"));
        for wrong in ["nonsense", "99", "0"] {
            assert!(topic(wrong).is_err(), "{wrong}");
        }
    }
}

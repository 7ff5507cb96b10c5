//! Which scenarios and saved cases are played.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use super::Problem;
use crate::assignment::Assignment;
use crate::english::system_error;
use crate::run::AddedCase;
use crate::scenario::{self, Case, FILE_LEN_MAX, Scenario};
use crate::side::Casting;
use crate::suggestion::{is_group_of, nearest};

/// What `--scenario` takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ScenarioArgument {
    /// The scenarios whose ids match.
    Pattern(glob::Pattern),
    /// A saved case.
    File(PathBuf),
}

impl FromStr for ScenarioArgument {
    type Err = glob::PatternError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let path = Path::new(text);
        if path.extension().is_some_and(|extension| extension == "json") {
            return Ok(Self::File(path.to_owned()));
        }
        let pattern = parse_pattern(text)?;
        let is_of_scenario = scenario::catalogue().any(|scenario| pattern.matches(scenario.id));
        Ok(if !is_of_scenario && path.is_file() {
            Self::File(path.to_owned())
        } else {
            Self::Pattern(pattern)
        })
    }
}

/// The scenarios that are meant by `text`, in whatever case: a group by itself stands for all that is in it.
pub(super) fn parse_pattern(text: &str) -> Result<glob::Pattern, glob::PatternError> {
    let text = text.to_lowercase();
    let group = text.trim_end_matches('/');
    let is_group = scenario::catalogue().any(|scenario| is_group_of(group, scenario.id));
    glob::Pattern::new(&if is_group { format!("{group}/*") } else { text })
}

/// What is played.
pub(super) struct Played {
    pub(super) scenarios: Vec<&'static Scenario>,
    pub(super) cases: Vec<AddedCase>,
}

/// What the arguments select: the whole catalogue where there are none. `castings` are those that are played.
pub(super) fn select(
    selected: &[ScenarioArgument],
    assignment: &Assignment,
    castings: &[Casting],
) -> Result<Played, Problem> {
    let patterns = selected.iter().filter_map(|one| match one {
        ScenarioArgument::Pattern(pattern) => Some(pattern.clone()),
        ScenarioArgument::File(_) => None,
    });
    let patterns: Vec<_> = patterns.collect();
    let files = selected.iter().filter_map(|one| match one {
        ScenarioArgument::Pattern(_) => None,
        ScenarioArgument::File(path) => Some(path.as_path()),
    });
    let cases: Vec<_> =
        files.map(|path| saved_case(path, assignment, castings)).collect::<Result<_, Problem>>()?;
    for (index, AddedCase { case, .. }) in cases.iter().enumerate() {
        let is_same = |other: &AddedCase| other.case.id == case.id;
        if cases[..index].iter().any(is_same) || scenario::find(&case.id).is_some() {
            let text = format!(
                "something else that is played has the id {}, too: give this case another one",
                case.id
            );
            return Err(Problem::Usage(text));
        }
    }
    let scenarios = match selected.is_empty() || !patterns.is_empty() {
        true => of_catalogue(&patterns, assignment)?,
        false => Vec::new(),
    };
    Ok(Played { scenarios, cases })
}

/// The scenarios whose ids match, and that say something about this assignment; of all, if there is no pattern.
pub(super) fn of_catalogue(
    patterns: &[glob::Pattern],
    assignment: &Assignment,
) -> Result<Vec<&'static Scenario>, Problem> {
    let is_selected = |id: &str| patterns.is_empty() || patterns.iter().any(|pattern| pattern.matches(id));
    if let Some(pattern) =
        patterns.iter().find(|pattern| !scenario::catalogue().any(|scenario| pattern.matches(scenario.id)))
    {
        return Err(Problem::Usage(unknown(pattern.as_str())));
    }
    let selected: Vec<_> =
        scenario::catalogue_for(assignment).filter(|scenario| is_selected(scenario.id)).collect();
    if selected.is_empty() {
        let text = "what was selected says nothing about this assignment, so nothing was graded";
        return Err(Problem::Incomplete(text.into()));
    }
    Ok(selected)
}

/// What to say of a pattern that no scenario matches.
fn unknown(pattern: &str) -> String {
    let words: Vec<&str> = pattern.split_whitespace().collect();
    let is_known = |word: &&str| {
        parse_pattern(word).is_ok_and(|one| scenario::catalogue().any(|scenario| one.matches(scenario.id)))
    };
    if words.len() > 1 && words.iter().all(is_known) {
        let listed = words.join(",");
        return format!(
            "no scenario is called '{pattern}': separate names with commas, as in --scenario {listed}"
        );
    }
    let is_glob = pattern.contains(['*', '?', '[']);
    let hint = match nearest_scenario(pattern).filter(|_| !is_glob) {
        Some(meant) => format!("did you mean {meant}?"),
        None => "harness list shows all of them".to_owned(),
    };
    format!("no scenario matches {pattern}: {hint}")
}

/// The scenario, or the group of several, that `typed` was meant to be.
pub(super) fn nearest_scenario(typed: &str) -> Option<&'static str> {
    let groups = scenario::catalogue().filter_map(|scenario| Some(scenario.id.split_once('/')?.0));
    nearest(typed, scenario::catalogue().map(|scenario| scenario.id).chain(groups))
}

/// The case in a file, if it can be played here.
fn saved_case(path: &Path, assignment: &Assignment, castings: &[Casting]) -> Result<AddedCase, Problem> {
    let case = read(path, assignment)?;
    let name = path.display();
    if case.assignment != *assignment {
        let text = format!(
            "{name} says in \"assignment\" that it is for another assignment than this run: give that one with --assignment or \
             its options, or take \"assignment\" out of the file, and it is for any"
        );
        return Err(Problem::Usage(text));
    }
    let suited = castings.iter().copied().filter(|casting| case.suits(*casting));
    let suited: Vec<_> = suited.collect();
    if suited.is_empty() {
        let possible = Casting::ALL.iter().filter(|casting| case.suits(**casting)).map(Casting::to_string);
        let possible = possible.collect::<Vec<_>>().join(" or ");
        let text =
            format!("{name} can be played only with the {possible} under test, which is not played here");
        return Err(Problem::Usage(text));
    }
    Ok(AddedCase { case, castings: suited, selected_by: selected_by(path) })
}

/// The words that select the case in a file.
pub(super) fn selected_by(path: &Path) -> String {
    format!("--scenario {}", shell_words::quote(&path.to_string_lossy()))
}

/// Reads a file that a case was saved in, for this assignment unless it names its own.
pub(super) fn read(path: &Path, assignment: &Assignment) -> Result<Case, Problem> {
    let name = path.display();
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(FILE_LEN_MAX + 1).read_to_end(&mut bytes));
    if let Err(error) = read {
        return Err(Problem::Usage(format!("the case {name} cannot be read: {}", system_error(&error))));
    }
    if bytes.len() as u64 > FILE_LEN_MAX {
        return Err(Problem::Usage(format!("{name} is too long for a saved case")));
    }
    let text = String::from_utf8(bytes).map_err(|_| Problem::Usage(format!("{name} is no text in UTF-8")))?;
    Case::from_file(&text, assignment).map_err(|error| Problem::Usage(format!("{name}, {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ends_like_a_file_is_one_and_an_id_is_a_pattern() {
        let parse = |text: &str| text.parse::<ScenarioArgument>().unwrap();
        assert_eq!(parse("no such/file.json"), ScenarioArgument::File("no such/file.json".into()));
        assert_eq!(parse("Cargo.toml"), ScenarioArgument::File("Cargo.toml".into()));
        for (text, pattern) in [
            ("short", "short"),
            ("Short", "short"),
            ("shrt", "shrt"),
            ("delivery", "delivery/*"),
            ("Delivery/", "delivery/*"),
            ("close/*", "close/*"),
        ] {
            assert_eq!(parse(text), ScenarioArgument::Pattern(glob::Pattern::new(pattern).unwrap()));
        }
        assert!("[".parse::<ScenarioArgument>().is_err());
    }
}

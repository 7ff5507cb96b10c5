//! The rubric of a file.

use std::collections::BTreeMap;
use std::time::{Duration, UNIX_EPOCH};

use serde::Deserialize;
use toml::Spanned;
use toml::value::{Datetime, Offset};

use super::CourseError;
use super::tables::Checker;
use crate::assignment::Assignment;
use crate::delivery::Delivery;
use crate::grade::{HiddenUntil, Points, Rubric};
use crate::scenario::{self, Case, Scenario};
use crate::side::{Casting, Side};

/// More points than this are a slip of the finger.
const POINTS_MAX: u32 = 10_000;

/// `[rubric]`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RubricTable {
    pass_mark: Option<Spanned<i64>>,
    partial: bool,
    hidden: Vec<Spanned<String>>,
    hidden_until: Option<Spanned<Datetime>>,
    points: Option<Spanned<BTreeMap<Spanned<String>, Spanned<Worth>>>>,
}

/// What a scenario is worth.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(untagged, expecting = "expected a number of points, or { server = N, client = N }")]
enum Worth {
    /// The same on either side.
    Each(u32),
    Sides(Sides),
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Sides {
    server: u32,
    client: u32,
}

impl RubricTable {
    pub(super) fn put_into(
        self,
        rubric: &mut Rubric,
        assignment: &Assignment,
        checker: &Checker<'_>,
    ) -> Result<(), CourseError> {
        rubric.partial = self.partial;
        if let Some(points) = &self.points {
            let mut all = Vec::new();
            for (id, worth) in points.get_ref() {
                all.push((id.get_ref().clone(), points_of(id, worth, assignment, checker)?));
            }
            rubric.set_points(all);
            if rubric.total(Side::Server) + rubric.total(Side::Client) == 0 {
                let why = "no scenario carries any points: give one some, or leave [rubric.points] out";
                return Err(checker.wrong(points, why));
            }
        }
        if let Some(mark) = &self.pass_mark {
            let total = rubric.total(Side::Server) + rubric.total(Side::Client);
            let mark = checker.within(mark, "pass-mark", 1..=u64::from(total))?;
            rubric.pass_mark = u32::try_from(mark).ok();
        }
        for pattern in &self.hidden {
            rubric.hidden.extend(matching(pattern, checker)?);
        }
        rubric.hidden.sort();
        rubric.hidden.dedup();
        if let Some(date) = self.hidden_until {
            if date.get_ref().date.is_none() {
                return Err(checker
                    .wrong(&date, "hidden-until is a time without a date: write for example 2026-12-24"));
            }
            let Some(moment) = moment(date.get_ref()) else {
                let why = "hidden-until is a date that no clock shows: write for example 2026-12-24";
                return Err(checker.wrong(&date, why));
            };
            if rubric.hidden.is_empty() {
                return Err(checker.wrong(&date, "hidden-until is about nothing: name scenarios in hidden"));
            }
            rubric.hidden_until = Some(HiddenUntil { text: date.get_ref().to_string(), moment });
        }
        Ok(())
    }
}

/// The moment of a date: the beginning of the day where it has no time, and in UTC where it has no offset.
fn moment(datetime: &Datetime) -> Option<Duration> {
    let date = datetime.date?;
    let (hour, minute, second) =
        datetime.time.map_or((0, 0, 0), |time| (time.hour, time.minute, time.second.unwrap_or_default()));
    let utc = humantime::parse_rfc3339(&format!("{date}T{hour:02}:{minute:02}:{second:02}Z")).ok()?;
    let utc = utc.duration_since(UNIX_EPOCH).ok()?;
    let Some(Offset::Custom { minutes }) = datetime.offset else { return Some(utc) };
    let offset = Duration::from_secs(u64::from(minutes.unsigned_abs()) * 60);
    if minutes < 0 { utc.checked_add(offset) } else { Some(utc.saturating_sub(offset)) }
}

/// What a scenario is worth that can be played.
fn points_of(
    id: &Spanned<String>,
    worth: &Spanned<Worth>,
    assignment: &Assignment,
    checker: &Checker<'_>,
) -> Result<Points, CourseError> {
    checker.known(id, scenario::catalogue().map(|one| one.id))?;
    let points = match *worth.get_ref() {
        Worth::Each(points) => Points { server: points, client: points },
        Worth::Sides(Sides { server, client }) => Points { server, client },
    };
    let Some(scenario) = scenario::find(id.get_ref()) else { return Ok(points) };
    for side in Side::ALL {
        let worth_of_side = points.of(*side);
        if worth_of_side > POINTS_MAX {
            let why =
                format!("{} carries {worth_of_side} points: expected at most {POINTS_MAX}", scenario.id);
            return Err(checker.wrong(worth, why));
        }
        let is_explicit = matches!(worth.get_ref(), Worth::Sides(_));
        if worth_of_side > 0 && is_explicit && !scenario.castings.contains(&Casting::Of(*side)) {
            let why = format!(
                "{} is never played with the {side} under test, so that cannot carry points",
                scenario.id
            );
            return Err(checker.wrong(worth, why));
        }
    }
    // The same on either side means on each side that there is.
    let played = |side: Side| u32::from(scenario.castings.contains(&Casting::Of(side)));
    let points =
        Points { server: points.server * played(Side::Server), client: points.client * played(Side::Client) };
    match unplayable(scenario, assignment) {
        Some(why) if points.server + points.client > 0 => {
            Err(checker.wrong(id, format!("{} carries points and cannot be played: {why}", scenario.id)))
        }
        _ => Ok(points),
    }
}

/// Why a scenario cannot be played where `assignment` is asked for.
fn unplayable(scenario: &Scenario, assignment: &Assignment) -> Option<String> {
    if !scenario.suits(assignment) {
        return Some("it says nothing about this assignment".into());
    }
    let too_long = Case::new(scenario, assignment, &Delivery::Whole, 0).too_long();
    too_long.map(|len| {
        format!("a message of {len} bytes is too long for a {}-byte length", assignment.header_width.bytes())
    })
}

/// The ids of the scenarios that a pattern matches.
fn matching(pattern: &Spanned<String>, checker: &Checker<'_>) -> Result<Vec<String>, CourseError> {
    let wrong = |error: glob::PatternError| {
        checker.wrong(pattern, format!("{:?} is no pattern: {error}", pattern.get_ref()))
    };
    let glob = glob::Pattern::new(pattern.get_ref()).map_err(wrong)?;
    let ids: Vec<_> =
        scenario::catalogue().filter(|one| glob.matches(one.id)).map(|one| one.id.to_owned()).collect();
    if ids.is_empty() {
        checker.known(pattern, scenario::catalogue().map(|one| one.id))?;
    }
    Ok(ids)
}

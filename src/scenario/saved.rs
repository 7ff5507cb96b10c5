//! A case as a small JSON file, which a person can read and edit.
//!
//! Each action is a line. What is usual is left out, and so is what an action owes to its neighbours: it is decided anew when the
//! file is read, so that lines can be removed, added and moved. A text of a single repeated one is written short:
//! `{"repeat": "x", "times": 4093}`.

use std::mem;

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use super::check::{Fault, check};
use super::{Action, Case, Reading, Sending, Tier};
use crate::assignment::Assignment;
use crate::delivery::Delivery;
use crate::rule::Rule;
use crate::suggestion::{meant, readable};

/// The version of the format. It changes when a reader of the old one would misunderstand the new one.
const VERSION: u32 = 1;
/// No file is longer, in bytes.
pub const FILE_LEN_MAX: u64 = 16 << 20;
/// No case has more text, in bytes, however short it is written.
const TEXT_LEN_MAX: usize = 64 << 20;
/// A text is written short from this length on, in bytes.
const SHORTENED_LEN_MIN: usize = 48;
/// The keys of an action that follow from others.
const DERIVED: [&str; 3] = ["awaits_reaction", "followed_by", "ended_by"];

/// Something in a file that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {why}")]
pub struct CaseError {
    /// The line, counted from 1.
    line: usize,
    /// What is wrong, and what would be right.
    why: String,
}

impl CaseError {
    /// What the parser says, `lines` after the first one of the file.
    fn of_parser(lines: usize, error: &serde_json::Error) -> Self {
        let message = error.to_string();
        // Its place is told in another way.
        let message = message.split_once(" at line ").map_or(message.as_str(), |(message, _)| message);
        Self { line: lines + error.line().max(1), why: readable(message) }
    }
}

/// The file, as it stands there.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File<'a> {
    #[expect(dead_code, reason = "it is known by now")]
    version: u32,
    id: String,
    #[serde(default)]
    title: String,
    rule: Rule,
    assignment: Option<Assignment>,
    delivery: Option<Delivery>,
    #[serde(default)]
    sending: Sending,
    #[serde(default = "at_once")]
    reading: Reading,
    #[serde(default)]
    seed: u64,
    #[serde(borrow)]
    actions: Vec<&'a RawValue>,
}

const fn at_once() -> Reading {
    Reading::AtOnce
}

/// What every version has.
#[derive(Deserialize)]
struct Versioned {
    version: Option<u32>,
}

impl Case {
    /// Reads a case that [`Case::to_file`] has written and a person may have changed. It carries no points. One that does not say
    /// which assignment it is for is for `assignment`.
    ///
    /// # Errors
    ///
    /// It is no such file, or something in it cannot be played: the line, and what would be right.
    pub fn from_file(text: &str, assignment: &Assignment) -> Result<Self, CaseError> {
        let of_parser = |error: serde_json::Error| CaseError::of_parser(0, &error);
        let Versioned { version } = serde_json::from_str(text).map_err(of_parser)?;
        if version != Some(VERSION) {
            let why = match version {
                Some(other) => {
                    format!("version {other} is not one that this harness reads: it reads {VERSION}")
                }
                None => format!("this is no saved case: \"version\": {VERSION} is missing"),
            };
            return Err(CaseError { line: 1, why });
        }
        let file: File<'_> = serde_json::from_str(text).map_err(of_parser)?;
        let mut text_left = TEXT_LEN_MAX;
        let actions = file.actions.iter().map(|raw| action(raw, line_of(text, raw), &mut text_left));
        let mut case = Self {
            id: file.id,
            title: file.title,
            tier: Tier::Hardening,
            rule: file.rule,
            assignment: file.assignment.unwrap_or(*assignment),
            delivery: Delivery::Whole,
            sending: file.sending,
            reading: file.reading,
            seed: file.seed,
            actions: actions.collect::<Result<_, _>>()?,
        };
        case.relate_actions();
        match check(&case) {
            Err(Fault { action, why }) => {
                let line =
                    action.and_then(|index| file.actions.get(index)).map_or(1, |raw| line_of(text, raw));
                Err(CaseError { line, why })
            }
            Ok(()) => {
                case.batch_replies(|_, batch, _, _| {
                    batch.map(|batch| batch.cuts.clone()).unwrap_or_default()
                });
                case.delivery = file.delivery.unwrap_or_else(|| case.delivery_of_cuts());
                Ok(case)
            }
        }
    }

    /// The case as a file. What a scenario is worth is not in it: a case that is read carries no points.
    #[must_use]
    pub fn to_file(&self) -> String {
        // A part that is added to a case cannot be forgotten here.
        let Self { id, title, tier: _, rule, assignment, delivery, sending, reading, seed, actions } = self;
        let mut lines = vec![format!("\"version\": {VERSION}")];
        let mut add = |key: &str, is_usual: bool, value: Value| {
            if !is_usual {
                lines.push(format!("{}: {value}", json!(key)));
            }
        };
        add("id", false, json!(id));
        add("title", title.is_empty(), json!(title));
        add("rule", false, json!(rule));
        add("assignment", *assignment == Assignment::default(), json!(assignment));
        add("delivery", *delivery == self.delivery_of_cuts(), json!(delivery));
        add("sending", *sending == Sending::default(), json!(sending));
        add("reading", *reading == Reading::AtOnce, json!(reading));
        add("seed", *seed == 0, json!(seed));
        let actions: Vec<String> = actions.iter().map(|action| format!("    {}", line(action))).collect();
        lines.push(format!("\"actions\": [\n{}\n  ]", actions.join(",\n")));
        format!("{{\n  {}\n}}\n", lines.join(",\n  "))
    }
}

/// The line in which a part of `text` begins.
fn line_of(text: &str, part: &RawValue) -> usize {
    let start = (part.get().as_ptr() as usize).saturating_sub(text.as_ptr() as usize);
    text.get(..start).unwrap_or(text).matches('\n').count() + 1
}

/// Reads an action that begins in this line.
fn action(raw: &RawValue, line: usize, text_left: &mut usize) -> Result<Action, CaseError> {
    let wrong = |why: String| CaseError { line, why };
    let mut written: Map<String, Value> =
        serde_json::from_str(raw.get()).map_err(|error| CaseError::of_parser(line - 1, &error))?;
    for key in ["messages", "replies"] {
        if let Some(Value::Array(texts)) = written.get_mut(key) {
            for text in texts {
                let shortened = mem::take(text);
                *text = Value::String(full(shortened, text_left).map_err(wrong)?);
            }
        }
    }
    let action: Action = serde_json::from_value(Value::Object(written.clone()))
        .map_err(|error| wrong(readable(&error.to_string())))?;
    // Of an action without keys the parser takes any.
    if action.has_no_parts()
        && let Some(key) = written.keys().find(|key| *key != "do")
    {
        return Err(wrong(format!("there is no {key} here: {}", meant(key, ["do"].into_iter()))));
    }
    Ok(action)
}

/// The text that is written in full or short.
fn full(written: Value, text_left: &mut usize) -> Result<String, String> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Repeated {
        repeat: String,
        times: usize,
    }
    let Repeated { repeat, times } = match written {
        Value::String(repeat) => Repeated { repeat, times: 1 },
        Value::Object(_) => serde_json::from_value(written).map_err(|error| readable(&error.to_string()))?,
        _ => return Err("a text is written as \"…\" or as {\"repeat\": \"x\", \"times\": 10}".into()),
    };
    let len = repeat.len().saturating_mul(times);
    *text_left = text_left
        .checked_sub(len)
        .ok_or_else(|| format!("the texts of a case have at most {TEXT_LEN_MAX} bytes together"))?;
    Ok(repeat.repeat(times))
}

/// A text in full, or short where it is a single character again and again.
fn shortened(text: &str) -> Value {
    match text.chars().next() {
        Some(only) if text.len() >= SHORTENED_LEN_MIN && text.chars().all(|char| char == only) => {
            json!({ "repeat": only, "times": text.len() / only.len_utf8() })
        }
        _ => json!(text),
    }
}

/// An action as a line, with what it does in front.
fn line(action: &Action) -> String {
    let Ok(Value::Object(mut parts)) = serde_json::to_value(action) else {
        unreachable!("an action is an object");
    };
    let first = parts.remove("do").unwrap_or_default();
    for key in ["messages", "replies"] {
        if let Some(Value::Array(texts)) = parts.get_mut(key) {
            for text in texts {
                *text = shortened(text.as_str().unwrap_or_default());
            }
        }
    }
    if let Some(Value::Object(batch)) = parts.get_mut("batch") {
        // They are counted anew.
        batch.remove("replies");
    }
    let usual = [json!(null), json!([]), json!({ "cuts": [] })];
    parts.retain(|key, value| !DERIVED.contains(&key.as_str()) && !usual.contains(value));
    let parts = parts.into_iter().map(|(key, value)| format!(", {}: {value}", json!(key)));
    format!("{{\"do\": {first}{}}}", parts.collect::<String>())
}

#[cfg(test)]
mod tests;

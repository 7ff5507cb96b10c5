//! What a class comes to.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::intake::Person;
use crate::grade::RunVerdict;
use crate::scenario::Tier;
use crate::side::{Casting, Side};

/// All hand-ins of a class, and what came of each.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClassRecord {
    /// The version of this form.
    pub format_version: u32,
    /// The version of the harness that graded.
    pub harness_version: String,
    /// The file in which the course says what it wants; nothing where there was none.
    pub assignment: Option<String>,
    /// Where the random choices of every run come from.
    pub seed: u64,
    /// The points from which on a hand-in has passed the course.
    pub pass_mark: Option<u32>,
    /// What each hand-in was played, in the order of the catalogue.
    pub columns: Vec<Column>,
    /// The hand-ins, by their identifiers.
    pub hand_ins: Vec<HandInRecord>,
    /// What lay in the directory and was not taken for a hand-in.
    pub unrecognized: Vec<Unrecognized>,
    /// Who stands on the roster and has handed in nothing, in the order of the roster.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<Person>,
}

/// A scenario in one casting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// The id of the scenario.
    pub scenario: String,
    /// Which side was under test.
    pub casting: Casting,
    /// The scenario's tier.
    pub tier: Tier,
    /// The points that a pass is worth.
    pub max_points: u32,
    /// What the scenario is about, in a sentence.
    pub title: String,
}

/// One hand-in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HandInRecord {
    /// What the platform, or the directory, calls it. No two are alike, and it can be the name of a directory.
    pub id: String,
    /// Whose it is, where that is known.
    pub name: Option<String>,
    /// What the platform knows of it besides, such as `login`, `email` or `submission id`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub details: BTreeMap<String, String>,
    /// Who handed it in together; nobody where it is of one person, or nobody knows.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub group: Vec<Person>,
    /// Where it lay in the directory of the class.
    pub path: String,
    /// Whether the platform says that it came late.
    pub is_late: bool,
    /// The hand-in whose files are the same byte for byte, and whose grade this one shares.
    pub same_as: Option<String>,
    /// What was noticed when it was taken in, such as a file of an earlier attempt that was left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remarks: Vec<String>,
    /// What came of it.
    pub outcome: HandInOutcome,
}

/// What came of a hand-in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HandInOutcome {
    /// It was graded.
    Graded(Graded),
    /// It was not, and somebody has to look at it.
    NotGraded {
        /// Why, in a sentence.
        reason: String,
    },
}

/// The grade of a hand-in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Graded {
    /// The verdict on the run. It is [`RunVerdict::Incomplete`] where the time limit ended it.
    pub verdict: RunVerdict,
    /// The points reached.
    pub score: u32,
    /// The points within reach.
    pub max_score: u32,
    /// What came of each column, in their order; nothing where it was not played.
    pub results: Vec<Option<ColumnResult>>,
    /// What explains the failures, most points first.
    pub causes: Vec<ClassCause>,
    /// What a person has to look at, and why, in sentences.
    pub needs_a_look: Vec<String>,
    /// How long the run took, in milliseconds.
    pub elapsed_ms: f64,
}

/// What came of one hand-in in one column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ColumnResult {
    /// `pass`, `fail`, `blocked`, `unsupported` or `inconclusive`.
    pub verdict: String,
    /// The points that it got.
    pub points: u32,
}

impl ColumnResult {
    /// Whether it is known how many points it is worth.
    pub(super) fn is_decided(&self) -> bool {
        matches!(&*self.verdict, "pass" | "fail" | "unsupported")
    }
}

/// Failures of a side that have one explanation, or look alike.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClassCause {
    /// Whose failures they are; nothing for those of a pair.
    pub side: Option<Side>,
    /// The explanation, or what was seen where there is none, in a sentence.
    pub text: String,
    /// What explains them together; none where no cause is known.
    pub mistakes: Vec<MadeMistake>,
    /// The points that they cost.
    pub points_lost: u32,
    /// The scenarios that failed by it.
    pub scenarios: Vec<String>,
}

/// One of the mistakes that explain failures together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MadeMistake {
    /// The bugs of the catalogue that cannot be told apart by what was seen.
    pub bugs: Vec<String>,
    /// What was made wrong, in a sentence.
    pub text: String,
    /// The scenarios that failed by it.
    pub scenarios: Vec<String>,
}

/// A mistake that a class makes, and who made it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClassMistake<'a> {
    /// The side that made it.
    pub side: Option<Side>,
    /// What was made wrong, in a sentence.
    pub text: &'a str,
    /// The identifiers of the hand-ins that made it.
    pub hand_ins: Vec<&'a str>,
}

/// Something in the directory of a class that is no hand-in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unrecognized {
    /// Where it lies in the directory.
    pub path: String,
    /// Why it was not taken for one, in a sentence.
    pub reason: String,
}

impl ClassRecord {
    /// The mistakes that explain failures, the most frequent first. One that two sides make is two mistakes.
    #[must_use]
    pub fn mistakes(&self) -> Vec<ClassMistake<'_>> {
        let mut makers: BTreeMap<(Option<Side>, &str), BTreeSet<&str>> = BTreeMap::new();
        for hand_in in &self.hand_ins {
            let HandInOutcome::Graded(graded) = &hand_in.outcome else { continue };
            for cause in &graded.causes {
                for mistake in &cause.mistakes {
                    makers.entry((cause.side, &mistake.text)).or_default().insert(&hand_in.id);
                }
            }
        }
        let mistakes = makers.into_iter();
        let mut mistakes: Vec<_> = mistakes
            .map(|((side, text), hand_ins)| ClassMistake {
                side,
                text,
                hand_ins: hand_ins.into_iter().collect(),
            })
            .collect();
        mistakes.sort_by_key(|mistake| std::cmp::Reverse(mistake.hand_ins.len()));
        mistakes
    }
}

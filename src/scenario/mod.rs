//! Scenarios: conversations as data.
//!
//! A scenario is a row in one of the tables under `catalogue`. It says what is done, under which deliveries, and which rule that
//! checks; which side is under test is decided when it is cast. [`Case::new`] resolves it: payloads are drawn from the seed,
//! cuts are made, and each step is looked at between its neighbours.
//!
//! This module owns the catalogue, and all that is known before a conversation begins. It must not play anything, and it must not
//! ask the reference what is right.

mod action;
mod case;
mod catalogue;
mod check;
mod generated;
mod payload;
mod resolve;
mod saved;
mod shrink;
mod step;
mod stream;

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::assignment::{Assignment, HeaderWidth, fill};
use crate::delivery::Delivery;
use crate::rule::Rule;
use crate::side::Casting;

pub use action::{Action, FollowedBy, ReplyBatch};
pub use case::Case;
pub use generated::Generator;
pub use payload::{Payload, Size};
pub use saved::{CaseError, FILE_LEN_MAX};
pub(crate) use shrink::shrink;
pub use step::{CloseMode, Malformed, Step};

/// What a scenario's verdict is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Tier {
    /// One that carries points: the seven that the assignment grades, unless a course chooses others.
    Graded,
    /// Implied by the protocol and met in real networks. Reported, worth no points.
    Hardening,
}

impl fmt::Display for Tier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Graded => "graded",
            Self::Hardening => "hardening",
        })
    }
}

/// What an assignment has to be like for a scenario to say anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    /// However it is.
    Nothing,
    /// Characters are removed.
    Removal,
    /// A length has several bytes, so that it can be cut in two.
    WideHeader,
    /// Some bytes are no text.
    InvalidText,
}

/// A conversation between one client at a time and a server, as data.
///
/// Its texts name the figures of the assignment with placeholders, which [`Scenario::title`] and [`Scenario::why`] fill.
#[derive(Debug, Clone, Copy)]
pub struct Scenario {
    /// What the user types to select it.
    pub id: &'static str,
    /// What it is worth.
    pub tier: Tier,
    /// What should happen, in the sentence that a student reads. `{comes_back}` stands for the work of the assignment.
    pub title: &'static str,
    /// Why the case exists: the mistake, or the property of the network, that it is about.
    pub why: &'static str,
    /// The rule that it checks.
    pub rule: Rule,
    /// What it is meaningless without.
    pub needs: Needs,
    /// Who may be under test.
    pub castings: &'static [Casting],
    /// What is done, in order.
    pub steps: &'static [Step],
    /// How what the harness sends is cut. The scenario is played once under each.
    pub deliveries: &'static [Delivery],
    /// How the harness sends.
    pub sending: Sending,
    /// How the harness reads.
    pub reading: Reading,
}

/// How the harness sends the pieces of what it sends at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sending {
    /// Each as soon as the one before was read.
    #[default]
    AtOnce,
    /// With a pause before each but the first: longer than the other side waits for anything with a timeout.
    WithPauses,
    /// At once, to a side that waits with a timeout so short that it has passed before each of the first pieces
    /// ([`Link::outlast`](crate::conversation::Link::outlast)).
    AfterTimeouts,
}

/// How the harness reads what the side under test sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reading {
    /// As soon as there is something.
    AtOnce,
    /// While something is sent, nothing until neither side can send any more; and then little by little, from a
    /// connection with small buffers: the other side finds that what it sends is not taken.
    Slowly,
}

impl Scenario {
    /// What most scenarios share: each of one's own says what is different, and has at least an id, texts, and steps.
    pub const BASE: Self = Self {
        id: "",
        tier: Tier::Graded,
        title: "",
        why: "",
        rule: Rule::Work,
        needs: Needs::Nothing,
        castings: Casting::ALL,
        steps: &[],
        deliveries: &[Delivery::Whole],
        sending: Sending::AtOnce,
        reading: Reading::AtOnce,
    };

    /// What should happen, with the words for the work of `assignment`.
    #[must_use]
    pub fn title(&self, assignment: &Assignment) -> String {
        fill(self.title, assignment)
    }

    /// Why the case exists, with the words for the work of `assignment`.
    #[must_use]
    pub fn why(&self, assignment: &Assignment) -> String {
        fill(self.why, assignment)
    }

    /// Whether it says anything where `assignment` is asked for: what it needs is there, and its texts can be encoded.
    #[must_use]
    pub fn suits(&self, assignment: &Assignment) -> bool {
        let has_needed = match self.needs {
            Needs::Nothing => true,
            Needs::Removal => assignment.work.is_removal(),
            Needs::WideHeader => assignment.header_width > HeaderWidth::One,
            Needs::InvalidText => assignment.charset.has_invalid_bytes(),
        };
        let payloads = || self.steps.iter().flat_map(Step::payloads);
        has_needed
            && payloads().all(|payload| payload.texts().iter().all(|text| assignment.charset.has(text)))
    }

    /// Whether the server is gone when the scenario is over, so that it has to be played last.
    #[must_use]
    pub fn stops_server(&self) -> bool {
        self.steps.contains(&Step::StopServer)
    }
}

/// Every scenario, in the order in which they are played.
pub fn catalogue() -> impl Iterator<Item = &'static Scenario> {
    let all = || catalogue::TABLES.iter().copied().flatten();
    all().filter(|scenario| !scenario.stops_server()).chain(all().filter(|scenario| scenario.stops_server()))
}

/// Those that say anything where `assignment` is asked for.
pub fn catalogue_for(assignment: &Assignment) -> impl Iterator<Item = &'static Scenario> + use<> {
    let assignment = *assignment;
    catalogue().filter(move |scenario| scenario.suits(&assignment))
}

/// The scenario with this id.
#[must_use]
pub fn find(id: &str) -> Option<&'static Scenario> {
    catalogue().find(|scenario| scenario.id == id)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::assignment::{Charset, Work};

    #[test]
    fn ids_are_unique_and_texts_are_written() {
        let mut ids = HashSet::new();
        for scenario in catalogue() {
            assert!(ids.insert(scenario.id), "{} stands twice in the catalogue", scenario.id);
            for text in [scenario.id, scenario.title, scenario.why] {
                assert!(!text.is_empty(), "{scenario:?} has an empty text");
            }
            assert!(!scenario.title.ends_with('.'), "{}: a title is a heading", scenario.id);
            assert!(scenario.why.ends_with('.'), "{}: the reason is a sentence", scenario.id);
            assert!(!scenario.castings.is_empty() && !scenario.deliveries.is_empty(), "{}", scenario.id);
        }
    }

    #[test]
    fn the_graded_tier_is_the_seven_of_the_assignment() {
        let mut graded: Vec<_> =
            catalogue().filter(|one| one.tier == Tier::Graded).map(|one| one.id).collect();
        graded.sort_unstable();
        let seven = ["client-reconnect", "long", "medium", "parallel", "series", "server-shutdown", "short"];
        assert_eq!(graded, seven);
    }

    #[test]
    fn every_step_suits_every_casting_of_its_scenario() {
        for scenario in catalogue() {
            let case = Case::new(scenario, &Assignment::default(), &Delivery::Whole, 7);
            for casting in scenario.castings {
                let unsuited = case.actions.iter().find(|action| !action.suits(*casting));
                assert_eq!(unsuited, None, "{} cast as {casting}", scenario.id);
            }
        }
    }

    /// Languages differ in what they make of other characters, and in C there is no language at all.
    #[test]
    fn every_character_of_a_message_has_one_uppercase_of_the_same_length() {
        let assignment = Assignment { work: Work::Uppercase, ..Assignment::default() };
        for scenario in catalogue() {
            let case = Case::new(scenario, &assignment, &Delivery::Whole, 7);
            for char in case.messages().flat_map(str::chars) {
                let upper: Vec<char> = char.to_uppercase().collect();
                assert!(
                    upper.len() == 1 && upper[0].len_utf8() == char.len_utf8(),
                    "{}: {char:?}",
                    scenario.id
                );
            }
        }
    }

    #[test]
    fn what_an_assignment_cannot_ask_for_is_left_out() {
        let left_out = |assignment: Assignment| -> Vec<&str> {
            let all = catalogue().filter(|one| !one.suits(&assignment));
            all.map(|one| one.id).collect()
        };
        let default = Assignment::default();
        assert!(left_out(default).is_empty());
        assert_eq!(
            left_out(Assignment { work: Work::Echo, ..default }),
            ["length/shorter-than-removed", "length/as-many-as-removed", "length/one-more-than-removed"]
        );
        assert_eq!(
            left_out(Assignment { header_width: HeaderWidth::One, ..default }),
            ["delivery/header-in-two", "close/inside-header", "disconnect/inside-header"]
        );
        let latin = left_out(Assignment { charset: Charset::Latin1, ..default });
        assert!(latin.contains(&"text/ten-emoji") && latin.contains(&"text/not-utf8"), "{latin:?}");
        assert!(!latin.contains(&"text/nul-and-newline"), "{latin:?}");
    }

    #[test]
    fn what_arrives_together_with_the_end_is_not_cut() {
        // The kernel holds it back until the end follows, so that no piece of it would ever be read before.
        let ends = [Step::HalfClose, Step::CloseAtOnce];
        for scenario in catalogue().filter(|one| ends.iter().any(|end| one.steps.contains(end))) {
            assert_eq!(scenario.deliveries, [Delivery::Whole], "{}", scenario.id);
        }
    }

    #[test]
    fn what_stops_the_server_is_played_last() {
        let order: Vec<_> = catalogue().map(Scenario::stops_server).collect();
        assert!(order.is_sorted(), "a scenario would find the server stopped");
    }
}

//! A scenario with nothing left open: its payloads drawn, its replies known.

use rand::rngs::ChaCha8Rng;
use rand::{Rng, SeedableRng};

use super::{Payload, Scenario, Step};
use crate::assignment::Assignment;
use crate::delivery::Delivery;
use crate::wire;

/// What a drawn payload is made of: nothing that needs escaping, in any language.
const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-";

/// A [`Step`] whose payloads are known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// A new client connects.
    Connect,
    /// The client sends these messages without waiting in between.
    Send(Vec<String>),
    /// The client receives the next reply.
    Receive,
    /// The client receives replies until the server is gone.
    ReceiveUntilEnd,
    /// The client shuts down.
    ShutDownClient,
    /// The server is told to stop.
    StopServer,
}

/// One scenario under one delivery, for one assignment and seed: the same on every run with that seed.
#[derive(Debug, Clone)]
pub struct Script {
    /// The scenario.
    pub scenario: &'static Scenario,
    /// The assignment that it is played for.
    pub assignment: Assignment,
    /// The delivery under which the harness sends.
    pub delivery: Delivery,
    /// The seed that the payloads and random cuts come from.
    pub seed: u64,
    /// What is done, in order.
    pub actions: Vec<Action>,
}

impl Script {
    /// Draws the payloads of `scenario`.
    #[must_use]
    pub fn new(scenario: &'static Scenario, assignment: &Assignment, delivery: Delivery, seed: u64) -> Self {
        let mut random = random(seed, scenario.id);
        let mut draw = |payload: &Payload| -> String {
            match payload {
                Payload::Drawn(size) => {
                    let mut bytes = vec![0; size.chars(assignment)];
                    random.fill_bytes(&mut bytes);
                    bytes
                        .into_iter()
                        .map(|byte| char::from(ALPHABET[usize::from(byte) % ALPHABET.len()]))
                        .collect()
                }
            }
        };
        let actions = scenario
            .steps
            .iter()
            .map(|step| match step {
                Step::Connect => Action::Connect,
                Step::Send(payloads) => Action::Send(payloads.iter().map(&mut draw).collect()),
                Step::Receive => Action::Receive,
                Step::ReceiveUntilEnd => Action::ReceiveUntilEnd,
                Step::ShutDownClient => Action::ShutDownClient,
                Step::StopServer => Action::StopServer,
            })
            .collect();
        Self { scenario, assignment: *assignment, delivery, seed, actions }
    }

    /// A source of random cuts for the action at `index`.
    #[must_use]
    pub fn random_for_action(&self, index: usize) -> ChaCha8Rng {
        random(self.seed, &format!("{} {index}", self.scenario.id))
    }

    /// The reply that the assignment wants for `message`.
    ///
    /// Written without a look at the reference server, so that a mistake there cannot hide itself.
    #[must_use]
    pub fn reply_to(&self, message: &str) -> String {
        message.chars().skip(self.assignment.removed_chars).collect()
    }

    /// The frame that carries `payload`.
    ///
    /// # Panics
    ///
    /// Where the payload is longer than the header can say: a scenario that the assignment has no room for is
    /// left out before it is played (see [`Script::fits`]).
    #[must_use]
    pub fn frame(&self, payload: &str) -> Vec<u8> {
        wire::encode(payload.as_bytes(), &self.assignment).expect("scripts that do not fit are not played")
    }

    /// The longest message, in bytes, if it is longer than a header of the assignment's width can say.
    #[must_use]
    pub fn too_long(&self) -> Option<usize> {
        let longest = self
            .actions
            .iter()
            .flat_map(|action| match action {
                Action::Send(messages) => messages.as_slice(),
                _ => &[],
            })
            .map(String::len)
            .max()?;
        (longest as u64 > self.assignment.header_width.payload_len_max()).then_some(longest)
    }
}

/// A generator that depends on nothing but the seed and what it is for.
fn random(seed: u64, purpose: &str) -> ChaCha8Rng {
    let mut key = [0; 32];
    key[..8].copy_from_slice(&seed.to_le_bytes());
    for (index, byte) in purpose.bytes().enumerate() {
        key[8 + index % 24] ^= byte;
    }
    ChaCha8Rng::from_seed(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(id: &str, seed: u64) -> Vec<String> {
        let scenario = crate::scenario::find(id).unwrap();
        let script = Script::new(scenario, &Assignment::default(), Delivery::Whole, seed);
        script
            .actions
            .into_iter()
            .flat_map(|action| match action {
                Action::Send(messages) => messages,
                _ => Vec::new(),
            })
            .collect()
    }

    #[test]
    fn a_seed_gives_the_same_payloads_again_and_another_seed_gives_others() {
        assert_eq!(messages("series", 7), messages("series", 7));
        assert_ne!(messages("series", 7), messages("series", 8));
        assert_ne!(messages("series", 7), messages("parallel", 7));
    }

    #[test]
    fn messages_of_one_scenario_differ_from_each_other() {
        let drawn = messages("parallel", 7);
        assert_eq!(drawn.len(), 3);
        assert!(drawn[0] != drawn[1] && drawn[1] != drawn[2]);
    }

    #[test]
    fn a_reply_is_what_a_slice_of_characters_leaves() {
        let script =
            Script::new(crate::scenario::find("short").unwrap(), &Assignment::default(), Delivery::Whole, 7);
        assert_eq!(script.reply_to("Four score and seven years ago"), " and seven years ago");
        assert_eq!(script.reply_to("ééééééééééü"), "ü");
        assert_eq!(script.reply_to("short"), "");
    }
}

//! Diagnosis by prediction: which known mistake explains everything that was observed.
//!
//! Every bug of the [catalogue](crate::bug) is a program. It is run here without sockets, on exactly the bytes that
//! the submission was sent, in exactly the pieces in which they were read, and what it does is compared with what the
//! submission did, byte for byte. A cause is named only if it predicts every failure of a side, and no failure where
//! the side has passed. What sounds like a cause but does not predict is not one. People make several mistakes at once, and a
//! program has many parts: where none explains everything alone, the smallest set is named whose mistakes do so
//! together, if there is no other of its size.
//!
//! [`investigate`] is where it begins, with everything that was seen of a side (`observation`). It asks which bugs explain that
//! (`hypotheses`): one set of them after the other (`search`) is played in the same cases (`simulated`), and what it would have
//! done is compared with what was done (`behavior`). Where that leaves several, or one to be put to the test, a conversation is chosen that decides (`experiments`),
//! had with the side (`subject`), and added to what was seen. What is left in the end is put into words (`cause`). In this order
//! one wrong byte can be followed to its cause.
//!
//! A program that never gets as far as a reply shows nothing but silence, or an end, and almost any mistake would do the
//! same. So none is named for it. What can be said of it, that it raises an exception at this line, say, is a cause of its own:
//! `no_reply` finds it, from what the program printed (`exception`) as well, and a [`Symptom`] explains it.
//!
//! A side that is right in every respect but the width or the byte order of a length is told so (`other_format`).
//!
//! This module owns the [observations](Observation), the [hypotheses](Hypothesis) that explain them, and the choice of
//! the conversation that tells hypotheses apart. It must not do I/O or read a clock: where one more conversation is
//! wanted, the caller holds it, as a [`Subject`].

mod behavior;
mod cause;
mod certainty;
mod comparison;
mod exception;
mod experiments;
mod hypotheses;
mod investigation;
mod no_reply;
mod observation;
mod other_format;
mod prediction;
mod search;
mod simulated;
mod simulated_subject;
mod subject;
mod symptom;
#[cfg(test)]
mod tests;

pub use cause::{Cause, Mistake};
pub(crate) use cause::{together, told_together};
pub use hypotheses::Hypothesis;
pub use investigation::investigate;
pub(crate) use no_reply::OWN_SIGNALS;
pub use observation::{Observation, ObservedOutcome, has_replied};
pub use other_format::other_format;
pub use prediction::{predict, predict_catch};
pub use simulated_subject::SimulatedSubject;
pub use subject::{Instance, Subject};
pub use symptom::{SYMPTOMS, Symptom};

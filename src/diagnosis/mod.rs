//! Diagnosis by prediction: which known mistake explains everything that was observed.
//!
//! Every bug of the [catalogue](crate::bug) is a program. It is run here without sockets, on exactly the bytes that
//! the submission was sent, in exactly the pieces in which they were read, and what it does is compared with what the
//! submission did, byte for byte. A cause is named only if it predicts every failure of a side, and no failure where
//! the side has passed. What sounds like a cause but does not predict is not one. People make several mistakes at once, and a
//! program has many parts: where none explains everything alone, the smallest set is named whose mistakes do so
//! together, if there is no other of its size.
//!
//! To follow one wrong byte to its cause, read in this order: what was seen (`observation`), what it is reduced to for a
//! comparison (`behavior`), which bugs explain it (`hypotheses`, for which `search` plays one set of them after the other in
//! `simulated`), what else is played to decide between several (`investigation`, `experiments`), and what is said in the end
//! (`cause`).
//!
//! A program that never gets as far as a reply shows nothing but silence, or an end, and almost any mistake would do the
//! same. So none is named for it. What can be said of it, that it raises an exception at this line, say, is a cause of its own:
//! `no_reply` finds it, from what the program printed (`exception`) as well, and a [`Symptom`] explains it.
//!
//! This module owns the [observations](Observation), the [hypotheses](Hypothesis) that explain them, and the choice of
//! the conversation that tells hypotheses apart. It must not do I/O or read a clock: where one more conversation is
//! wanted, the caller holds it, as a [`Subject`].

mod behavior;
mod cause;
mod exception;
mod experiments;
mod hypotheses;
mod investigation;
mod no_reply;
mod observation;
mod prediction;
mod search;
mod simulated;
mod simulated_subject;
mod subject;
mod symptom;
#[cfg(test)]
mod tests;

pub use cause::{Cause, Mistake};
pub use hypotheses::Hypothesis;
pub use investigation::investigate;
pub use observation::{Observation, ObservedOutcome, has_replied};
pub use prediction::{predict, predict_catch};
pub use simulated_subject::SimulatedSubject;
pub use subject::{Instance, Subject};
pub use symptom::{SYMPTOMS, Symptom};

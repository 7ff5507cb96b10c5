//! With whom an investigation holds further conversations.

use super::observation::Observation;
use crate::scenario::Case;

/// A side with which further conversations can be held.
pub trait Subject {
    /// Which instance of it would hold the next conversation, if one can be held now.
    fn next_instance(&self) -> Option<Instance>;

    /// Holds this conversation, and gives back every byte of what came of it. `None` if it says nothing about the side.
    fn play(&mut self, case: &Case) -> Option<Observation>;
}

/// Which instance of a side holds a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Instance {
    /// One that is started for it, and need not survive it.
    Fresh,
    /// One that has to go on serving.
    Lasting,
}

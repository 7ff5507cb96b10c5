//! A conversation: what a client is told, what is still to be sent, and what happened.

mod operation;
mod reply_queue;
mod transcript;

pub use operation::{Answer, Malformation, Operation, OperationKind};
pub use reply_queue::ReplyQueue;
pub use transcript::{ConnectFailure, Delivered, Ending, Entry, Obstacle, Transcript, Undelivered};

//! Grades socket assignments.

pub mod assignment;
pub mod bytes;
pub mod cli;
pub mod delivery;
pub mod event;
pub mod grade;
pub mod judge;
pub mod pace;
pub mod play;
pub mod reference;
pub mod report;
pub mod rule;
pub mod scenario;
pub mod suite;
pub mod target;
pub mod transcript;
pub mod verdict;
pub mod wire;

pub use assignment::{Assignment, ByteOrder, HeaderWidth};
pub use reference::{ReferenceClient, ReferenceServer, StopHandle};

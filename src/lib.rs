//! Grades socket assignments.

pub mod assignment;
pub mod fuzzing;
pub mod pace;
pub mod reference;
pub mod wire;

pub use assignment::{Assignment, ByteOrder, HeaderWidth};

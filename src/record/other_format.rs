//! What it means that a side does what a right one would do with another format of a length.

use super::RunRecord;
use crate::side::Side;

/// Sides that do what right ones would do with another format of a length.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OtherFormat {
    /// The sides.
    pub sides: Vec<Side>,
    /// The options of the harness that ask for their format.
    pub options: String,
}

impl RunRecord {
    /// The sides that do what right ones would do with another format of a length: those that have the same one together.
    #[must_use]
    pub fn other_formats(&self) -> Vec<OtherFormat> {
        let mut formats: Vec<OtherFormat> = Vec::new();
        for (side, format) in &self.formats {
            let options = format.options(&self.started.run.assignment);
            match formats.iter_mut().find(|other| other.options == options) {
                Some(same) => same.sides.push(*side),
                None => formats.push(OtherFormat { sides: vec![*side], options }),
            }
        }
        formats
    }
}

impl std::fmt::Display for OtherFormat {
    /// The sentence that says so.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.sides[..] {
            [side] => {
                write!(f, "Try the {side} with {}: everything that was seen would be right.", self.options)
            }
            _ => write!(f, "Try both sides with {}: everything that was seen would be right.", self.options),
        }
    }
}

//! How long the messages of the graded scenarios are.

use serde::{Deserialize, Serialize};

/// The lengths of messages in the graded scenarios, in characters, where a course has chosen them. The others follow the buffer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Sizes {
    /// A message shorter than the buffer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub short: Option<usize>,
    /// A message slightly longer than the buffer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub medium: Option<usize>,
    /// A message many times as long as the buffer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub long: Option<usize>,
    /// Each of three messages that follow one another.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub series: Option<usize>,
    /// Each of three messages that are sent at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parallel: Option<usize>,
}

//! The time of a conversation.

use std::fmt;
use std::time::Duration;

/// Tells how long a conversation has lasted. Whoever has it brings the clock: nothing here reads one.
#[derive(Clone, Copy)]
pub struct Clock<'a>(&'a dyn Fn() -> Duration);

impl<'a> Clock<'a> {
    /// Stands still: nothing takes any time in a simulation.
    pub const STILL: Self = Self(&|| Duration::ZERO);

    /// Tells the time that has `elapsed` since the conversation began.
    #[must_use]
    pub const fn new(elapsed: &'a dyn Fn() -> Duration) -> Self {
        Self(elapsed)
    }

    pub(super) fn now(self) -> Duration {
        (self.0)()
    }
}

impl fmt::Debug for Clock<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Clock").field(&self.now()).finish()
    }
}

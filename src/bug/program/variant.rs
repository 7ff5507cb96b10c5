//! What right programs do in different ways, because the assignment leaves it open.

use super::failure::Next;

/// One way to do what can be done in several ways.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Variant {
    /// Whether a message whose length is over the limit is received all the same, instead of being refused.
    pub(super) awaits_too_long: bool,
    /// Whether a server that waits for a client notices that it is told to stop. One that blocks in `accept` does not:
    /// only a client makes that return.
    pub(super) stops_in_accept: bool,
    /// Whether a server that crashes keeps listening: only the thread that serves has ended, and not the process. A client
    /// passes the exception on to its caller.
    pub(super) listens_after_crash: bool,
}

impl Variant {
    /// The one that a program is unless more is known of it.
    pub const USUAL: Self =
        Self { awaits_too_long: false, stops_in_accept: true, listens_after_crash: false };

    /// Every variant that differs from this one in a single choice.
    pub(crate) fn neighbours(self) -> [Self; 3] {
        let Self { awaits_too_long, stops_in_accept, listens_after_crash } = self;
        [
            Self { awaits_too_long: !awaits_too_long, ..self },
            Self { stops_in_accept: !stops_in_accept, ..self },
            Self { listens_after_crash: !listens_after_crash, ..self },
        ]
    }

    /// Every variant.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..8).map(|choices| Self {
            awaits_too_long: choices & 1 > 0,
            stops_in_accept: choices & 2 > 0,
            listens_after_crash: choices & 4 > 0,
        })
    }

    /// What a server does that has crashed.
    pub(super) const fn after_crash(self) -> Next {
        if self.listens_after_crash { Next::NobodyWhileListening } else { Next::Nobody }
    }
}

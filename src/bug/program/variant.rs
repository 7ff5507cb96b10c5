//! What right programs do in different ways, because the assignment leaves it open, together with carelessness that is
//! so common that it is found beside any other mistake.

use super::failure::{Failure, Next};

/// One way to do what can be done in several ways.
#[derive(Debug, Clone, Copy)]
pub struct Variant {
    /// What happens to a message whose length is over the limit.
    pub(super) too_long: TooLong,
    /// Whether an empty payload is taken for the end of the connection, as an empty result of recv is.
    pub(super) ends_at_empty: bool,
    /// Whether a server that waits for a client notices that it is told to stop. One that blocks in `accept` does not:
    /// only a client makes that return.
    pub(super) stops_in_accept: bool,
    uncaught: Uncaught,
    /// What a server does that crashes: the whole process ends, or only the thread that serves. A client passes the
    /// exception on to its caller.
    pub(super) after_crash: Next,
}

/// What a program does with a message that it has no room for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TooLong {
    /// It refuses to receive it.
    Refused,
    /// It tries to, and does not catch the exception.
    Uncaught,
    /// It receives what comes.
    Awaited,
}

/// Which failures a program does not catch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Uncaught {
    Nothing,
    /// Bytes that are not text, and numbers that do not fit into a length.
    Values,
    /// Those, and lengths that are cut short: everything that is not an error of the stream.
    Formats,
    /// Values, and errors of the stream.
    ValuesAndStream,
    Everything,
}

impl Variant {
    /// Catches everything, and refuses what is too long.
    pub const CAREFUL: Self = Self {
        too_long: TooLong::Refused,
        ends_at_empty: false,
        stops_in_accept: true,
        uncaught: Uncaught::Nothing,
        after_crash: Next::Nobody,
    };

    /// Every variant: the most careful one first, and each after those that differ from it in less.
    pub fn all() -> impl Iterator<Item = Self> {
        const UNCAUGHT: [Uncaught; 5] = [
            Uncaught::Nothing,
            Uncaught::Values,
            Uncaught::Formats,
            Uncaught::ValuesAndStream,
            Uncaught::Everything,
        ];
        let variants = UNCAUGHT.into_iter().map(|uncaught| Self { uncaught, ..Self::CAREFUL });
        let crashes = [Next::Nobody, Next::NobodyWhileListening];
        let variants =
            variants.flat_map(move |variant| crashes.map(|after_crash| Self { after_crash, ..variant }));
        let too_long = [TooLong::Refused, TooLong::Uncaught, TooLong::Awaited];
        let variants =
            variants.flat_map(move |variant| too_long.map(|too_long| Self { too_long, ..variant }));
        let variants =
            variants.flat_map(|variant| [false, true].map(|ends_at_empty| Self { ends_at_empty, ..variant }));
        variants.flat_map(|variant| [true, false].map(|stops_in_accept| Self { stops_in_accept, ..variant }))
    }

    /// How much has to be assumed of a program that is this variant.
    pub(super) const fn assumption_count(self) -> u8 {
        self.uncaught as u8 + self.ends_at_empty as u8 + matches!(self.too_long, TooLong::Uncaught) as u8
    }

    /// What has to be assumed of it, if anything, in the words of a finding.
    pub(crate) fn assumption_text(self) -> Option<String> {
        let at_empty = self.ends_at_empty.then_some("takes an empty payload for the end of the connection");
        let uncaught = match self.uncaught {
            Uncaught::Nothing => None,
            Uncaught::Values => Some("does not catch exceptions raised by decode, encode or pack"),
            Uncaught::Formats => Some("does not catch exceptions raised by decode, encode, pack or unpack"),
            Uncaught::ValuesAndStream => {
                Some("does not catch exceptions raised by decode, encode, pack or the socket")
            }
            Uncaught::Everything => Some("catches no exception while it serves a client"),
        };
        let too_long = match self.too_long {
            TooLong::Uncaught => Some("does not catch the exception when it has no room for a message"),
            TooLong::Refused | TooLong::Awaited => None,
        };
        let assumptions: Vec<_> = [at_empty, uncaught, too_long].into_iter().flatten().collect();
        (!assumptions.is_empty()).then(|| format!("In addition, the program {}.", assumptions.join(", and ")))
    }

    /// Whether it differs from the careful one in nothing but what was consulted.
    pub(crate) fn differs_from_careful_only_in(self, consulted: Consulted) -> bool {
        let Self { too_long, ends_at_empty, stops_in_accept, uncaught, after_crash } = Self::CAREFUL;
        (consulted.limit || self.too_long == too_long)
            && (consulted.empty || self.ends_at_empty == ends_at_empty)
            && (consulted.stop || self.stops_in_accept == stops_in_accept)
            && (consulted.failure || self.uncaught == uncaught)
            && (consulted.crash || self.after_crash == after_crash)
    }

    /// Whether it does not catch `failure`.
    pub(super) const fn crashes_on(self, failure: &Failure) -> bool {
        if let Failure::TooLong(_) = failure {
            return matches!(self.too_long, TooLong::Uncaught);
        }
        match self.uncaught {
            Uncaught::Nothing => false,
            Uncaught::Values => matches!(failure, Failure::Text(_) | Failure::Length(_)),
            Uncaught::Formats => {
                matches!(failure, Failure::Text(_) | Failure::Length(_) | Failure::EndInHeader { .. })
            }
            Uncaught::ValuesAndStream => {
                !matches!(failure, Failure::EndInHeader { .. } | Failure::EndInPayload)
            }
            Uncaught::Everything => true,
        }
    }
}

/// Which choices of its [`Variant`] a program has consulted. The others make no difference to what it did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Consulted {
    pub(super) limit: bool,
    pub(super) empty: bool,
    pub(super) stop: bool,
    pub(super) failure: bool,
    pub(super) crash: bool,
}

impl Consulted {
    /// Every choice.
    pub(crate) const EVERYTHING: Self =
        Self { limit: true, empty: true, stop: true, failure: true, crash: true };

    /// What either has consulted.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self {
            limit: self.limit || other.limit,
            empty: self.empty || other.empty,
            stop: self.stop || other.stop,
            failure: self.failure || other.failure,
            crash: self.crash || other.crash,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_that_is_assumed_is_told_in_one_sentence() {
        assert_eq!(Variant::CAREFUL.assumption_text(), None);
        let text = |variant: Variant| variant.assumption_text().unwrap();
        let uncaught = Variant { uncaught: Uncaught::Formats, ..Variant::CAREFUL };
        assert_eq!(
            text(uncaught),
            "In addition, the program does not catch exceptions raised by decode, encode, pack or unpack."
        );
        assert_eq!(
            text(Variant { ends_at_empty: true, too_long: TooLong::Uncaught, ..Variant::CAREFUL }),
            "In addition, the program takes an empty payload for the end of the connection, and does not catch the \
             exception when it has no room for a message."
        );
        assert!(Variant::all().all(|one| one.assumption_text().is_some() == (one.assumption_count() > 0)));
    }
}

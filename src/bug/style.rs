//! What programs do in different ways: right ones, where nothing unexpected comes, and one that is wrong, but so common
//! that it is found beside others.

use super::connection::Failure;
use super::program::Next;

/// How a program does what can be done in several ways.
#[derive(Debug, Clone, Copy)]
pub struct Style {
    /// What becomes of a message whose length is over the limit.
    pub(super) too_long: TooLong,
    /// Whether an empty payload is taken for the end, as an empty result of recv is.
    pub(super) ends_at_empty: bool,
    /// Whether a server that waits for a client notices that it is told to stop. One that waits in `accept` does not:
    /// that returns for nothing but a client.
    pub(super) stops_in_accept: bool,
    fatal: Fatal,
    /// What a server does that dies: the whole program ends, or only the thread that serves. A client lets the
    /// exception through.
    pub(super) after_death: Next,
}

/// What a program does with a message for which it has no room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TooLong {
    Refused,
    /// The exception that the attempt to receive it raises is not caught.
    Fatal,
    /// It is received as far as it comes.
    Awaited,
}

/// What a program does not expect, and does not catch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fatal {
    Nothing,
    /// Bytes that are no text, and numbers that do not go into a length.
    Values,
    /// The same, and lengths that are not whole: all that is no error of the stream.
    Formats,
    /// Values, and what the stream raises.
    ValuesAndStream,
    Everything,
}

impl Style {
    /// Everything is caught, and too much is refused.
    pub const CAREFUL: Self = Self {
        too_long: TooLong::Refused,
        ends_at_empty: false,
        stops_in_accept: true,
        fatal: Fatal::Nothing,
        after_death: Next::Nobody,
    };

    /// Every style: the most careful first, and each after those that differ from it in less.
    pub fn all() -> impl Iterator<Item = Self> {
        const FATAL: [Fatal; 5] =
            [Fatal::Nothing, Fatal::Values, Fatal::Formats, Fatal::ValuesAndStream, Fatal::Everything];
        let styles = FATAL.into_iter().map(|fatal| Self { fatal, ..Self::CAREFUL });
        let both = [Next::Nobody, Next::NobodyWhileListening];
        let styles = styles.flat_map(move |style| both.map(|after_death| Self { after_death, ..style }));
        let too_long = [TooLong::Refused, TooLong::Fatal, TooLong::Awaited];
        let styles = styles.flat_map(move |style| too_long.map(|too_long| Self { too_long, ..style }));
        let styles =
            styles.flat_map(|style| [false, true].map(|ends_at_empty| Self { ends_at_empty, ..style }));
        styles.flat_map(|style| [true, false].map(|stops_in_accept| Self { stops_in_accept, ..style }))
    }

    /// How much it takes wrong, or does not catch.
    pub(super) const fn carelessness(self) -> u8 {
        self.fatal as u8 + self.ends_at_empty as u8 + matches!(self.too_long, TooLong::Fatal) as u8
    }

    /// Whether it differs from the careful one in nothing but what was asked for.
    pub(crate) fn differs_only_in(self, asked: Asked) -> bool {
        let Self { too_long, ends_at_empty, stops_in_accept, fatal, after_death } = Self::CAREFUL;
        (asked.limit || self.too_long == too_long)
            && (asked.empty || self.ends_at_empty == ends_at_empty)
            && (asked.stop || self.stops_in_accept == stops_in_accept)
            && (asked.fatal || self.fatal == fatal)
            && (asked.death || self.after_death == after_death)
    }

    /// What it does wrong, if anything, in the words of a finding.
    pub(crate) const fn besides(self) -> &'static str {
        let catches_all =
            matches!((self.fatal, self.too_long), (Fatal::Nothing, TooLong::Refused | TooLong::Awaited));
        match (self.ends_at_empty, catches_all) {
            (false, true) => "",
            (true, true) => "Besides, an empty payload is taken for the end.",
            (false, false) => "Besides, not every exception is caught.",
            (true, false) => {
                "Besides, an empty payload is taken for the end, and not every exception is caught."
            }
        }
    }

    /// Whether a failure is not caught.
    pub(super) const fn is_fatal(self, failure: &Failure) -> bool {
        if let Failure::TooLong(_) = failure {
            return matches!(self.too_long, TooLong::Fatal);
        }
        match self.fatal {
            Fatal::Nothing => false,
            Fatal::Values => matches!(failure, Failure::Text(_) | Failure::Length(_)),
            Fatal::Formats => {
                matches!(failure, Failure::Text(_) | Failure::Length(_) | Failure::EndInHeader { .. })
            }
            Fatal::ValuesAndStream => !matches!(failure, Failure::EndInHeader { .. } | Failure::EndInPayload),
            Fatal::Everything => true,
        }
    }
}

/// Which parts of a style had a say in what a program did. The others make no difference to that.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Asked {
    pub(super) limit: bool,
    pub(super) empty: bool,
    pub(super) stop: bool,
    pub(super) fatal: bool,
    pub(super) death: bool,
}

impl Asked {
    /// Every part.
    pub(crate) const EVERYTHING: Self =
        Self { limit: true, empty: true, stop: true, fatal: true, death: true };

    /// What either had a say in.
    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        Self {
            limit: self.limit || other.limit,
            empty: self.empty || other.empty,
            stop: self.stop || other.stop,
            fatal: self.fatal || other.fatal,
            death: self.death || other.death,
        }
    }
}

//! What programs do in different ways, all of them right where nothing else is wrong. After a mistake it shows.

use super::connection::Failure;
use super::program::Next;

/// How a program does what can be done in several ways.
#[derive(Debug, Clone, Copy)]
pub struct Style {
    /// Whether a length that is over the limit is refused, instead of waited for.
    pub(super) has_limit: bool,
    /// Whether an empty payload is taken for the end, as an empty result of recv is.
    pub(super) ends_at_empty: bool,
    /// Whether a server that waits for a client notices that it is told to stop; `accept` returns for nothing but a
    /// client.
    pub(super) stops_in_accept: bool,
    fatal: Fatal,
    /// What a server does that dies: the whole program ends, or only the thread that serves. A client lets the
    /// exception through.
    pub(super) after_death: Next,
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
        has_limit: true,
        ends_at_empty: false,
        stops_in_accept: true,
        fatal: Fatal::Nothing,
        after_death: Next::Nobody,
    };

    /// Every style, the most careful first.
    pub fn all() -> impl Iterator<Item = Self> {
        const FATAL: [Fatal; 5] =
            [Fatal::Nothing, Fatal::Values, Fatal::Formats, Fatal::ValuesAndStream, Fatal::Everything];
        let styles = FATAL.into_iter().map(|fatal| Self { fatal, ..Self::CAREFUL });
        let both = [Next::Nobody, Next::NobodyWhileListening];
        let styles = styles.flat_map(move |style| both.map(|after_death| Self { after_death, ..style }));
        let styles = styles.flat_map(|style| [true, false].map(|has_limit| Self { has_limit, ..style }));
        let styles =
            styles.flat_map(|style| [false, true].map(|ends_at_empty| Self { ends_at_empty, ..style }));
        styles.flat_map(|style| [true, false].map(|stops_in_accept| Self { stops_in_accept, ..style }))
    }

    /// How much it takes wrong, or does not catch.
    pub(super) const fn carelessness(self) -> u8 {
        self.fatal as u8 + self.ends_at_empty as u8
    }

    /// Whether a failure is not caught.
    pub(super) const fn is_fatal(self, failure: &Failure) -> bool {
        match self.fatal {
            Fatal::Nothing => false,
            Fatal::Values => matches!(failure, Failure::Text(_) | Failure::Length(_)),
            Fatal::Formats => {
                matches!(failure, Failure::Text(_) | Failure::Length(_) | Failure::EndInHeader { .. })
            }
            Fatal::ValuesAndStream => {
                !matches!(failure, Failure::EndInHeader { .. } | Failure::EndInPayload | Failure::TooLong(_))
            }
            Fatal::Everything => true,
        }
    }
}

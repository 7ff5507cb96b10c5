//! What programs do in different ways, all of them right where nothing else is wrong. After a mistake it shows.

use super::connection::Failure;
use super::program::Next;

/// How a program does what can be done in several ways.
#[derive(Debug, Clone, Copy)]
pub struct Style {
    /// Whether a length that is over the limit is refused, instead of waited for.
    pub(super) has_limit: bool,
    fatal: Fatal,
    /// What a server does when something was fatal. A client lets the exception through.
    pub(super) after_fatal: Next,
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
    pub const CAREFUL: Self = Self { has_limit: true, fatal: Fatal::Nothing, after_fatal: Next::Client };

    /// Every style, the most careful first.
    pub fn all() -> impl Iterator<Item = Self> {
        let fatal = [Fatal::Values, Fatal::Formats, Fatal::ValuesAndStream, Fatal::Everything]
            .into_iter()
            .flat_map(|fatal| {
                // The whole program ends, or only the thread that serves.
                [Next::Nobody, Next::NobodyWhileListening].map(|after_fatal| Self {
                    fatal,
                    after_fatal,
                    ..Self::CAREFUL
                })
            });
        let careful = std::iter::once(Self::CAREFUL);
        careful.chain(fatal).flat_map(|style| [true, false].map(|has_limit| Self { has_limit, ..style }))
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

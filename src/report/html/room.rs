//! How long a page may be: what does not fit is left out, and the page says so.

use maud::{Markup, PreEscaped};

use super::document::settled;

/// No page is longer than this, in bytes: it is mailed, and opened on phones.
const PAGE_LEN_MAX: usize = 300_000;

/// What is left of a page.
pub(super) struct Room(usize);

impl Room {
    /// What is left of a page, so much of which is taken already.
    pub(super) const fn beside(taken: usize) -> Self {
        Self(PAGE_LEN_MAX.saturating_sub(taken))
    }

    /// What has to be on the page, as it is written.
    pub(super) fn take(&mut self, markup: Markup) -> Markup {
        let written = settled(&markup.into_string());
        self.0 = self.0.saturating_sub(written.len());
        PreEscaped(written)
    }

    /// The same with what can be left out: nothing where there is no room for it.
    pub(super) fn fit(&mut self, markup: Markup) -> Option<Markup> {
        let written = settled(&markup.into_string());
        self.0 = self.0.checked_sub(written.len())?;
        Some(PreEscaped(written))
    }
}

//! How long a page may be: what does not fit is left out, and the page says so.

use maud::{Markup, PreEscaped};

use super::settled;

/// No page is longer than this, in bytes: it is mailed, and opened on phones.
const PAGE_LEN_MAX: usize = 300_000;

/// What is left of a page.
pub(super) struct Room(usize);

impl Room {
    /// A whole page.
    pub(super) const fn new() -> Self {
        Self(PAGE_LEN_MAX)
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

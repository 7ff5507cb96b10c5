//! What is repeated, so that it need not be said twice.

/// The first items of several, so many of them, come so many times in a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Repetition {
    /// How many items are repeated.
    pub(crate) period: usize,
    /// How often they come: once where nothing is repeated.
    pub(crate) times: usize,
}

impl Repetition {
    /// The repetition that `items` start with and that saves the most.
    pub(crate) fn at_start<T: PartialEq>(items: &[T]) -> Self {
        let with_period = |period: usize| {
            let chunks = items.chunks_exact(period);
            Self { period, times: chunks.take_while(|chunk| *chunk == &items[..period]).count() }
        };
        let all = (1..=items.len() / 2).map(with_period).filter(|one| one.times > 1);
        // Of two that save as much, the one with the fewer items.
        let best = all.rev().max_by_key(|one| one.saved());
        best.filter(|one| one.saved() > 0).unwrap_or(Self { period: 1, times: 1 })
    }

    /// How many items are saved: several take one more, about those that follow.
    pub(crate) const fn saved(self) -> usize {
        let said = if self.period == 1 { 1 } else { self.period + 1 };
        (self.period * self.times).saturating_sub(said)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_saves_the_most_is_found() {
        let at_start = |text: &str| {
            let Repetition { period, times } = Repetition::at_start(text.as_bytes());
            (period, times)
        };
        assert_eq!(at_start(""), (1, 1));
        assert_eq!(at_start("abc"), (1, 1));
        assert_eq!(at_start("aaab"), (1, 3));
        assert_eq!(at_start("abababx"), (2, 3));
        // One item more would have to be said than is left out.
        assert_eq!(at_start("ab"), (1, 1));
    }
}

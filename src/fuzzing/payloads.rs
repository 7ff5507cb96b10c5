//! Payloads of the lengths that matter, made of few bytes of an input.

use arbitrary::{Result, Unstructured};

/// The lengths around what a header of one byte or of two can state.
pub(super) const EDGES: &[usize] = &[254, 255, 256, 65_533, 65_534, 65_535, 65_536];

/// A length of an input: one byte up to 239, and above that one of `edges`, by number.
pub(super) fn payload_len(input: &mut Unstructured<'_>, edges: &[usize]) -> Result<usize> {
    const SHORT_MAX: u8 = 239;
    Ok(match input.arbitrary::<u8>()? {
        len @ ..=SHORT_MAX => len.into(),
        edge => edges[usize::from(edge - SHORT_MAX - 1) % edges.len()],
    })
}

/// Fills payloads with a pattern in which a byte that is lost, doubled or swapped with the next shows.
#[derive(Debug, Clone, Copy)]
pub(super) struct Filler(u8);

impl Filler {
    pub(super) const fn new(start: u8) -> Self {
        Self(start)
    }

    /// Makes `buffer` a payload of this length.
    pub(super) fn fill(self, buffer: &mut Vec<u8>, len: usize) {
        // A prime, so that no power of two is a period.
        const PERIOD: usize = 251;
        buffer.clear();
        buffer.extend((0..len.min(PERIOD)).map(|at| self.0.wrapping_add(at as u8)));
        while buffer.len() < len {
            let more = buffer.len().min(len - buffer.len());
            // Whole periods, or the last part of one.
            buffer.extend_from_within(..more - if more < len - buffer.len() { more % PERIOD } else { 0 });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filled_payload_repeats_its_period() {
        let mut buffer = Vec::new();
        for len in [0, 1, 250, 251, 252, 1000, 65_536] {
            Filler::new(7).fill(&mut buffer, len);
            let whole: Vec<u8> = (0..len).map(|at| 7_u8.wrapping_add((at % 251) as u8)).collect();
            assert_eq!(buffer, whole, "{len}");
        }
    }
}

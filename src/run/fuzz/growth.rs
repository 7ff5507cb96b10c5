//! Whether a server takes more and more memory or descriptors, the more clients it has served.

use std::fmt;

use crate::english::number;
use crate::os::proc;

/// A server is looked at again after so many cases.
const LOOK_EVERY: u64 = 64;
/// What a program sets up for its first clients is no growth.
const WARM_UP: u64 = 256;
/// Fewer cases than this say nothing of a growth.
const CASES_MIN: u64 = 512;
/// The heap of a garbage collector grows for a while, and then stops.
const MEMORY_CASES_MIN: u64 = 8192;
/// A program may keep what it has freed for itself: less than this is no growth, in bytes.
const RESIDENT_MIN: u64 = 8 << 20;
/// Growth of so much for each case, in bytes, may matter.
const RESIDENT_EACH_MIN: u64 = 1024;

/// What grows without an end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Growth {
    /// Descriptors are not closed.
    Descriptors {
        /// How many more there were in the end.
        count: u64,
        /// After so many cases.
        cases: u64,
    },
    /// Memory is not given back.
    Memory {
        /// How much more was taken in the end, in bytes.
        bytes: u64,
        /// After so many cases.
        cases: u64,
    },
}

impl fmt::Display for Growth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Descriptors { count, cases } => write!(
                f,
                "the server keeps descriptors open: {} more after {} cases, {:.1} for each",
                number(*count),
                number(*cases),
                *count as f64 / *cases as f64
            ),
            Self::Memory { bytes, cases } => write!(
                f,
                "the server takes more and more memory: {} more bytes after {} cases, {} for each",
                number(*bytes),
                number(*cases),
                number(bytes / cases)
            ),
        }
    }
}

#[derive(Debug, Clone, Copy)]
struct Size {
    cases: u64,
    resident: u64,
    descriptors: u64,
}

/// The sizes of one server from case to case.
#[derive(Debug, Default)]
pub(super) struct Watched {
    pid: Option<u32>,
    cases: u64,
    sizes: Vec<Size>,
}

impl Watched {
    /// One more case was played with the server that has this process; says what has grown by now, if that is sure.
    pub(super) fn add(&mut self, pid: Option<u32>) -> Option<Growth> {
        if pid != self.pid {
            *self = Self { pid, ..Self::default() };
        }
        self.cases += 1;
        if self.cases < WARM_UP || !self.cases.is_multiple_of(LOOK_EVERY) {
            return None;
        }
        let pid = pid?;
        let (resident, descriptors) = (proc::resident(pid)?, proc::descriptors(pid)? as u64);
        self.sizes.push(Size { cases: self.cases, resident, descriptors });
        growth(&self.sizes)
    }
}

/// What has grown from each look to the next.
fn growth(sizes: &[Size]) -> Option<Growth> {
    let (first, last) = (sizes.first()?, sizes.last()?);
    let cases = last.cases - first.cases;
    if cases < CASES_MIN {
        return None;
    }
    let never_falls = |of: fn(&Size) -> u64| sizes.is_sorted_by_key(of);
    let count = last.descriptors.saturating_sub(first.descriptors);
    if never_falls(|size| size.descriptors) && count >= cases / 4 {
        return Some(Growth::Descriptors { count, cases });
    }
    let bytes = last.resident.saturating_sub(first.resident);
    let of_late = last.resident.saturating_sub(sizes[sizes.len() / 2].resident);
    let grows = never_falls(|size| size.resident)
        && cases >= MEMORY_CASES_MIN
        && bytes >= RESIDENT_MIN
        && bytes / cases >= RESIDENT_EACH_MIN
        && of_late >= bytes / 3;
    grows.then_some(Growth::Memory { bytes, cases })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sizes(resident: impl Fn(u64) -> u64, descriptors: impl Fn(u64) -> u64) -> Vec<Size> {
        let at = |look: u64| {
            let cases = WARM_UP + look * LOOK_EVERY;
            Size { cases, resident: resident(cases), descriptors: descriptors(cases) }
        };
        (0..=160).map(at).collect()
    }

    #[test]
    fn what_grows_with_each_case_is_told_and_what_comes_and_goes_is_not() {
        let steady = |_| 5 << 20;
        assert_eq!(growth(&sizes(steady, |_| 5)), None);
        assert_eq!(growth(&sizes(steady, |cases| 5 + cases % 128)), None);
        assert_eq!(
            growth(&sizes(steady, |cases| 5 + cases)),
            Some(Growth::Descriptors { count: 10_240, cases: 10_240 })
        );
        assert_eq!(growth(&sizes(|cases| cases * 10, |_| 5)), None);
        assert_eq!(
            growth(&sizes(|cases| cases << 14, |_| 5)),
            Some(Growth::Memory { bytes: 10_240 << 14, cases: 10_240 })
        );
        // It has stopped growing, or has not been seen for long enough.
        assert_eq!(growth(&sizes(|cases| cases.min(2000) << 16, |_| 5)), None);
        assert_eq!(growth(&sizes(|cases| cases << 14, |_| 5)[..40]), None);
        assert_eq!(growth(&sizes(steady, |cases| 5 + cases)[..4]), None);
    }
}

//! How much is played of what takes long: a sample, or all of it, by `LENGTHWISE_WHOLE=1`. By `LENGTHWISE_PART=N` another sample of
//! the real programs is played, so that after a few numbers each of them was.

use std::env;

/// Whether everything was asked for.
pub(crate) fn is_asked_for() -> bool {
    env::var_os("LENGTHWISE_WHOLE").is_some()
}

/// The step by which a list is gone through of which one in `every` is played, unless everything was asked for.
pub(crate) fn one_in(every: usize) -> usize {
    if is_asked_for() { 1 } else { every }
}

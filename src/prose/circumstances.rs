//! Under which circumstances a run was played.

use crate::english::count;

/// That nothing keeps a submission from what its user can do.
pub const NOT_CONTAINED: &str =
    "The submission can read, change and end all that you can, the harness and its reports among them.";

/// Says in how many scenarios the harness could not see how its pieces were read; nothing where it saw all of them.
#[must_use]
pub fn unconfirmed_cuts(scenarios: usize) -> Option<String> {
    (scenarios > 0).then(|| {
        format!(
            "In {} the cuts were requested, not observed: pieces sent one by one may have been read together.",
            count(scenarios, "scenario")
        )
    })
}

//! The selection that a mistyped one was meant to be.

use crate::scenario;
use crate::suggestion::{is_group_of, nearest};

/// The selection that was meant by a `--scenario` that matches nothing, if it can be guessed.
pub(super) fn selection(typed: &str) -> Option<String> {
    let ids = || scenario::catalogue().map(|scenario| scenario.id);
    let group = typed.trim_end_matches('/');
    if ids().any(|id| is_group_of(group, id)) {
        return Some(format!("{group}/*"));
    }
    let is_glob = typed.contains(['*', '?', '[']);
    nearest(typed, ids()).filter(|_| !is_glob).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_is_selected_with_a_star_and_a_pattern_is_left_alone() {
        assert_eq!(selection("shrt").as_deref(), Some("short"));
        assert_eq!(selection("close").as_deref(), Some("close/*"));
        assert_eq!(selection("close/").as_deref(), Some("close/*"));
        assert_eq!(selection("shrt*"), None);
        assert_eq!(selection("x"), None);
    }
}

//! Repositories of GitHub Classroom, which are called `ASSIGNMENT-USER`.
//!
//! `gh classroom clone student-repos` puts them into a directory that is called `ASSIGNMENT-submissions` (`student-repos.go` of
//! github/gh-classroom), which says where the name of the assignment ends. Both may have hyphens in them, so that elsewhere the roster
//! has to say it, or what the names have in common.

use std::path::Path;

use super::Found;
use crate::class::intake::roster::Person;
use crate::class::intake::tree::{Directory, Node};
use crate::class::intake::{Layout, Roster, detail};

/// How the directory ends that repositories are cloned into.
const CLONES: &str = "-submissions";

/// Whether this is the directory that the repositories of an assignment were cloned into.
pub(super) fn is_clones(name: &str) -> bool {
    name.len() > CLONES.len() && name.ends_with(CLONES)
}

/// Which directories are repositories of GitHub Classroom.
#[derive(Debug)]
pub(super) struct Repositories<'a> {
    /// What the name of each begins with, hyphen included; nothing where that is not known.
    prefix: Option<String>,
    roster: Option<&'a Roster>,
}

impl<'a> Repositories<'a> {
    /// Those in `root`, which is called `name`.
    pub(super) fn of(root: &Directory, name: &str, roster: Option<&'a Roster>) -> Self {
        let repositories = root.children.iter().filter_map(|(name, node)| match node {
            Node::Directory(inner) if inner.is_repository => name.to_str(),
            _ => None,
        });
        let prefix = match name.strip_suffix(CLONES) {
            Some(assignment) if is_clones(name) => Some(format!("{assignment}-")),
            _ => in_common(repositories),
        };
        // The name of the directory may be anybody's: at least one has to agree with it.
        let prefix = prefix.filter(|prefix| {
            root.children.keys().filter_map(|name| name.to_str()).any(|name| user(name, prefix).is_some())
        });
        Self { prefix, roster }
    }

    /// Whose repository the directory of this name is, if it is one.
    pub(super) fn user<'n>(&self, name: &'n str) -> Option<&'n str> {
        let rostered = self.roster.and_then(|roster| {
            let hyphens = name.match_indices('-').map(|(place, _)| &name[place + 1..]);
            hyphens.into_iter().find(|user| roster.has_detail(detail::GITHUB, user))
        });
        rostered.or_else(|| user(name, self.prefix.as_deref()?))
    }
}

fn user<'n>(name: &'n str, prefix: &str) -> Option<&'n str> {
    name.strip_prefix(prefix).filter(|user| !user.is_empty())
}

/// What all of several names have in common, up to a hyphen.
fn in_common<'n>(mut names: impl Iterator<Item = &'n str>) -> Option<String> {
    let first = names.next()?;
    let mut names = names.peekable();
    names.peek()?;
    let common = names.fold(first, |common, name| {
        let same = common.chars().zip(name.chars()).take_while(|(one, other)| one == other);
        &common[..same.map(|(character, _)| character.len_utf8()).sum()]
    });
    common.rfind('-').map(|end| common[..=end].to_owned())
}

/// A repository, and whose it is.
pub(super) fn hand_in(user: &str, path: &Path, tree: Directory) -> Found {
    let mut found = Found::new(Layout::GitHubClassroom, user, path.to_owned(), tree);
    let details = [(detail::GITHUB.to_owned(), user.to_owned())].into();
    found.people.push(Person { name: None, details });
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_names_have_in_common_ends_at_a_hyphen() {
        let common = |names: &[&str]| in_common(names.iter().copied());
        assert_eq!(common(&["hw-1-ada", "hw-1-alan", "hw-1-zoe"]).as_deref(), Some("hw-1-"));
        assert_eq!(common(&["hw-1-ada"]), None);
        assert_eq!(common(&["ada", "alan"]), None);
        assert_eq!(common(&["ü-é", "ü-è"]).as_deref(), Some("ü-"));
        assert_eq!(common(&[]), None);
    }
}

//! What is found out for a program before it is contained: how it is installed, and what that lets it read. The machine is the same
//! for all that a run starts, so it is looked at once.

use std::ffi::OsString;
use std::process::Command;
use std::sync::{Arc, Mutex, PoisonError};

use rustix::process::geteuid;

use super::access::{self, Readable, needed_by};
use super::{Allowed, own_user};

/// What a program is contained by, as far as that is the same each time that it is started.
#[derive(Debug)]
pub(super) struct Grounds {
    /// Whether something that it has to use is closed to other users.
    pub(super) is_closed: bool,
    pub(super) readable: Readable,
}

/// What the grounds depend on.
#[derive(Debug, PartialEq, Eq)]
struct Question {
    program: OsString,
    allowed: Allowed,
    has_own_user: bool,
}

/// What was asked, and the answer.
type Answered = (Question, Arc<Grounds>);

/// The grounds of every program so far, shared by all that contains in the same way.
#[derive(Debug, Clone, Default)]
pub(super) struct Known(Arc<Mutex<Vec<Answered>>>);

/// What is known so far makes no difference.
impl PartialEq for Known {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Known {}

impl Known {
    /// The grounds of a command that may use this.
    pub(super) fn of(&self, command: &Command, allowed: &Allowed, has_own_user: bool) -> Arc<Grounds> {
        let question =
            Question { program: command.get_program().to_owned(), allowed: allowed.clone(), has_own_user };
        // What was found out is whole, or not there.
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, grounds)) = known.iter().find(|(asked, _)| *asked == question) {
            return Arc::clone(grounds);
        }
        let grounds = Arc::new(Grounds::new(command, allowed, has_own_user));
        known.push((question, Arc::clone(&grounds)));
        grounds
    }
}

impl Grounds {
    fn new(command: &Command, allowed: &Allowed, has_own_user: bool) -> Self {
        let mut needed = allowed.clone();
        needed.read.extend(needed_by(command));
        let is_closed = own_user::closed(&needed).is_some();
        needed.read.extend(access::found_by_variables());
        // Root may read what is closed to others, and so may a user of its own that keeps the capability for it.
        let reads_all = if has_own_user { is_closed } else { geteuid().is_root() };
        Self { is_closed, readable: access::readable(&needed, reads_all) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_of_one_program_is_not_taken_for_another() {
        let known = Known::default();
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().canonicalize().unwrap();
        let more = Allowed { read: vec![place.clone()], ..Allowed::default() };
        let of = |program: &str, allowed: &Allowed| known.of(&Command::new(program), allowed, false);
        let [first, again, other, allowed] = [
            of("sh", &Allowed::default()),
            of("sh", &Allowed::default()),
            of("true", &Allowed::default()),
            of("sh", &more),
        ];
        assert!(Arc::ptr_eq(&first, &again));
        assert!(!Arc::ptr_eq(&first, &other) && !Arc::ptr_eq(&first, &allowed));
        assert!(allowed.readable.whole.contains(&place) && !first.readable.whole.contains(&place));
    }
}

//! Wrong programs as changes of a right one.

/// The program with each of the `(old, new)` changes made to it, one after the other.
///
/// An old text that is missing, or that stands in more than one place, is an error: the change would not be the one
/// that was meant.
#[track_caller]
pub(crate) fn change(program: &str, changes: &[(&str, &str)]) -> String {
    changes.iter().fold(program.to_owned(), |program, (old, new)| {
        let places = program.matches(old).count();
        assert_eq!(
            places, 1,
            "this has to stand in one place of the program:\n{old}\nthe program is\n{program}"
        );
        program.replace(old, new)
    })
}

//! A class: every hand-in of a directory, graded, and what they come to together.
//!
//! What the class comes to is a value, a [`ClassRecord`]: every table and page is made of it, and of nothing else, so that
//! they cannot disagree, and so that the records of the parts of a class can be merged into that of the whole.

mod attempt;
mod conditions;
mod documents;
mod files;
mod glance;
mod grading;
mod intake;
mod merge;
mod outcome;
mod page;
mod record;
mod results;
mod standing;
mod summary;
mod table;

pub use conditions::{Conditions, ParseShardError, Part, Shard};
pub use documents::{CLASS_FORMAT_VERSION, GRADES, INDEX, grades_of};
pub(crate) use files::HandInFiles;
pub use grading::{GradedClass, Grading, Progress, Same, ToGrade};
pub(crate) use intake::is_archive;
pub use intake::{
    Digest, HandIn, Intake, IntakeError, IntakeRow, Layout, Person, Roster, RosterError, SourceFile, detail,
    take_in, take_in_archive,
};
pub use merge::{MergeError, merge};
pub use page::{Names, write_page};
pub use record::{
    ClassCause, ClassMistake, ClassRecord, Column, ColumnResult, Graded, HandInOutcome, HandInRecord,
    MadeMistake, Unrecognized,
};
pub use results::{Results, ResultsError};
pub use summary::summary;
pub use table::{GradebookFormat, ParseGradebookFormatError, without_student, write_csv};

//! A class: every hand-in of a directory, graded, and what they come to together.
//!
//! What the class comes to is a value, a [`ClassRecord`]: every table and page is made of it, and of nothing else, so that
//! they cannot disagree, and so that the records of the parts of a class can be merged into that of the whole.

mod page;
mod record;
mod standing;
mod table;

pub use page::{Names, write_page};
pub use record::{
    ClassCause, ClassMistake, ClassRecord, Column, ColumnResult, Graded, HandInOutcome, HandInRecord,
    MadeMistake, Unrecognized,
};
pub use table::{GradebookFormat, ParseGradebookFormatError, write_csv};

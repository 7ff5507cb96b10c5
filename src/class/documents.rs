//! The documents on a class as a whole, made of its record.

use std::io;

use super::page::{Names, write_page};
use super::record::ClassRecord;
use super::results::{CLASS, Results};
use super::table::{GradebookFormat, write_csv};
use crate::report::escaped_json;

/// The version of the form that a [`ClassRecord`] is written in.
pub const CLASS_FORMAT_VERSION: u32 = 1;
/// The grades, for a person with a spreadsheet.
pub const GRADES: &str = "grades.csv";
/// The class at a glance, for a browser.
pub const INDEX: &str = "index.html";

impl ClassRecord {
    /// Whether every hand-in has a score that can be entered without a look at it.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.hand_ins.iter().all(|hand_in| self.settled_score(hand_in).is_some())
    }
}

impl Results {
    /// Writes everything that is made of the record of a class: the record itself, the page, on which there are names or not, the
    /// table of grades, and the same in the columns of the platform that `format` names.
    ///
    /// # Errors
    ///
    /// A file cannot be written. Those that were there before are still there, as they were.
    pub fn write(&self, record: &ClassRecord, names: Names, format: GradebookFormat) -> io::Result<()> {
        self.put(CLASS, |out| escaped_json::write(out, record))?;
        self.write_index(record, names)?;
        self.put(GRADES, |out| write_csv(out, record, GradebookFormat::Spreadsheet))?;
        if format != GradebookFormat::Spreadsheet {
            self.put(&grades_of(format), |out| write_csv(out, record, format))?;
        }
        Ok(())
    }

    /// Writes the page alone.
    ///
    /// # Errors
    ///
    /// It cannot be written. The one that was there before is still there, as it was.
    pub fn write_index(&self, record: &ClassRecord, names: Names) -> io::Result<()> {
        self.put(INDEX, |out| write_page(out, record, names))
    }
}

/// What the table of grades for a platform is called.
#[must_use]
pub fn grades_of(format: GradebookFormat) -> String {
    match format {
        GradebookFormat::Spreadsheet => GRADES.to_owned(),
        _ => format!("grades-{format}.csv"),
    }
}

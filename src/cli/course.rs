//! Which course is graded for: its file, and the options that take precedence over it.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Args, ValueEnum};

use super::Problem;
use crate::assignment::{ByteOrder, HeaderWidth, Work};
use crate::course::{Course, FILE_NAME, check_sizes, parse_deadline};
use crate::limits::{BUFFER_SIZE_MAX, REMOVED_CHARS_MAX};
use crate::reference::program::header_width;
use crate::target::options::Words;

/// No file of a course is longer, in bytes.
const LEN_MAX: u64 = 1 << 20;
/// What stands for standard input and output.
pub(super) const STANDARD: &str = "-";

/// The option that names the file of a course.
#[derive(Debug, Clone, Default, Args)]
pub(super) struct CourseFile {
    /// What the course wants, as `harness assignment init` writes it [default: assignment.toml, if there is one]
    ///
    /// It is looked for in the working directory, and then beside the folder of the hand-in; never inside that.
    #[arg(long, value_name = "FILE", help_heading = "Assignment")]
    assignment: Option<PathBuf>,
}

/// The options that say what is asked for.
#[derive(Debug, Args)]
pub(super) struct CourseOptions {
    #[command(flatten)]
    file: CourseFile,

    /// Buffer size that the assignment specifies, in bytes [default: 1024]
    #[arg(
        long,
        value_name = "N",
        value_parser = clap::value_parser!(u32).range(1..=BUFFER_SIZE_MAX as i64),
        help_heading = "Assignment"
    )]
    buffer_size: Option<u32>,

    /// The width of the length in front of each message, in bytes [default: 4]
    #[arg(long, value_name = "N", value_parser = header_width(), help_heading = "Assignment")]
    header_width: Option<HeaderWidth>,

    /// The order of the bytes of that length [default: big]
    #[arg(long, value_name = "ORDER", ignore_case = true, help_heading = "Assignment")]
    byte_order: Option<OrderArgument>,

    /// How many characters the server removes [default: 10]
    #[arg(
        long,
        value_name = "N",
        value_parser = clap::value_parser!(u32).range(0..=REMOVED_CHARS_MAX as i64),
        help_heading = "Assignment"
    )]
    removed_chars: Option<u32>,

    /// How long a submission may be silent, from 100ms to 1h [default: 2s]
    #[arg(long, value_name = "TIME", value_parser = parse_deadline, allow_hyphen_values = true, help_heading = "Run")]
    deadline: Option<Duration>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum OrderArgument {
    Big,
    Little,
}

impl From<OrderArgument> for ByteOrder {
    fn from(order: OrderArgument) -> Self {
        match order {
            OrderArgument::Big => Self::BigEndian,
            OrderArgument::Little => Self::LittleEndian,
        }
    }
}

/// A course, and the file that it was read from, if there is one.
#[derive(Debug)]
pub(super) struct FoundCourse {
    pub(super) course: Course,
    pub(super) file: Option<PathBuf>,
    /// What stands in it.
    pub(super) text: Option<String>,
}

/// What is graded, as far as the file of its course is found by it.
#[derive(Debug, Clone, Copy)]
pub(super) enum Graded<'p> {
    /// The folder of a hand-in.
    HandIn(&'p Path),
    /// The directory of a class, in which hand-ins lie.
    Class(&'p Path),
}

impl CourseFile {
    /// The course of the file that is named or found; without one, the default.
    pub(super) fn find(&self, graded: Option<Graded<'_>>) -> Result<FoundCourse, Problem> {
        match self.assignment.clone().or_else(|| beside(graded)) {
            None => Ok(FoundCourse { course: Course::default(), file: None, text: None }),
            Some(file) => {
                let text = read_text(&file)?;
                Ok(FoundCourse { course: parse(&file, &text)?, file: Some(file), text: Some(text) })
            }
        }
    }
}

/// The file in the working directory, or beside the folder of a hand-in. Students must not choose what they are graded by: what is
/// inside that folder is theirs.
fn beside(graded: Option<Graded<'_>>) -> Option<PathBuf> {
    let here = Path::new(".").canonicalize().ok();
    let is_here_inside = |folder: &PathBuf| here.as_ref().is_some_and(|here| here.starts_with(folder));
    let (is_theirs, next_to_it) = match graded {
        None => (false, None),
        Some(Graded::HandIn(folder)) => {
            let folder = folder.canonicalize().ok();
            let parent = folder.as_deref().and_then(Path::parent).map(Path::to_owned);
            (folder.as_ref().is_some_and(is_here_inside), parent)
        }
        Some(Graded::Class(directory)) => {
            let directory = directory.canonicalize().ok();
            (here != directory && directory.as_ref().is_some_and(is_here_inside), directory)
        }
    };
    let in_here = Some(PathBuf::from(FILE_NAME)).filter(|_| !is_theirs);
    let next_to_it = next_to_it.map(|folder| folder.join(FILE_NAME));
    in_here.into_iter().chain(next_to_it).find(|file| file.is_file())
}

/// The course that the file at `path` describes, or standard input.
pub(super) fn read(path: &Path) -> Result<Course, Problem> {
    parse(path, &read_text(path)?)
}

fn parse(path: &Path, text: &str) -> Result<Course, Problem> {
    Course::read(text).map_err(|error| Problem::Usage(format!("{}, {error}", path.display())))
}

fn read_text(path: &Path) -> Result<String, Problem> {
    let mut text = String::new();
    let source: Result<Box<dyn Read>, io::Error> = match path == Path::new(STANDARD) {
        true => Ok(Box::new(io::stdin())),
        false => File::open(path).map(|file| Box::new(file) as Box<dyn Read>),
    };
    let read = source.and_then(|source| source.take(LEN_MAX + 1).read_to_string(&mut text));
    match read {
        Err(error) => {
            Err(Problem::Usage(format!("the assignment {} cannot be read: {error}", path.display())))
        }
        Ok(len) if len as u64 > LEN_MAX => {
            Err(Problem::Usage(format!("{} is too long for an assignment", path.display())))
        }
        Ok(_) => Ok(text),
    }
}

impl CourseOptions {
    /// The course that is named or found, with what the options say.
    pub(super) fn find(&self, graded: Option<Graded<'_>>) -> Result<FoundCourse, Problem> {
        let mut found = self.file.find(graded)?;
        let Course { assignment, deadline, .. } = &mut found.course;
        if let Some(size) = self.buffer_size {
            assignment.buffer_size = size as usize;
        }
        assignment.header_width = self.header_width.unwrap_or(assignment.header_width);
        assignment.byte_order = self.byte_order.map_or(assignment.byte_order, ByteOrder::from);
        if let Some(count) = self.removed_chars {
            let count = count as usize;
            assignment.work = match assignment.work {
                Work::RemoveBack(_) => Work::RemoveBack(count),
                _ => Work::RemoveFront(count),
            };
        }
        *deadline = self.deadline.unwrap_or(*deadline);
        check_sizes(assignment).map_err(Problem::Usage)?;
        Ok(found)
    }

    /// Adds the options that lead to the same course. A file that was not named is found again.
    pub(super) fn reproduce(&self, words: &mut Words) {
        words.option("--assignment", self.file.assignment.as_ref().map(|file| file.display()));
        self.reproduce_terms(words);
    }

    /// Adds the options that change what the file says.
    pub(super) fn reproduce_terms(&self, words: &mut Words) {
        words.option("--buffer-size", self.buffer_size);
        words.option("--header-width", self.header_width.map(HeaderWidth::bytes));
        words.option("--byte-order", self.byte_order.map(|order| ByteOrder::from(order).word()));
        words.option("--removed-chars", self.removed_chars);
        words.option("--deadline", self.deadline.map(humantime::format_duration));
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_file_is_found_beside_a_hand_in_and_never_inside_it() {
        let folder = tempfile::tempdir().unwrap();
        let work = folder.path().join("work");
        fs::create_dir(&work).unwrap();
        fs::write(work.join(FILE_NAME), "[rubric.points]\nshort = 1000").unwrap();
        assert_eq!(beside(Some(Graded::HandIn(&work))), None);
        assert_eq!(beside(Some(Graded::Class(folder.path()))), None);
        let own = folder.path().canonicalize().unwrap().join(FILE_NAME);
        fs::write(&own, "").unwrap();
        assert_eq!(beside(Some(Graded::HandIn(&work))).as_ref(), Some(&own));
        assert_eq!(beside(Some(Graded::Class(folder.path()))), Some(own));
        assert_eq!(beside(None), None);
    }
}

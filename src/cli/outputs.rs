//! Where reports go.

use std::io::Write;

use super::Problem;
use super::arguments::ReportArgument;
use super::report_file::{self, Intended};
use crate::report::Format;

/// A format, and what it is written to.
pub(super) type Output = (Format, Box<dyn Write>);

/// Opens what the arguments name, and tells what has to be in the files among them in the end. Without any
/// arguments a report for a person goes to standard output.
pub(super) fn open(arguments: &[ReportArgument]) -> Result<(Vec<Output>, Vec<Intended>), Problem> {
    if arguments.is_empty() {
        return Ok((vec![(Format::Terminal, Box::new(anstream::stdout()))], Vec::new()));
    }
    let (mut outputs, mut files) = (Vec::<Output>::new(), Vec::new());
    for argument in arguments {
        let out: Box<dyn Write> = match &argument.path {
            None => Box::new(anstream::stdout()),
            Some(path) => {
                let (file, intended) = report_file::create(path).map_err(|error| {
                    Problem::Usage(format!("the report {} cannot be written: {error}", path.display()))
                })?;
                files.push(intended);
                let file: Box<dyn Write> = Box::new(file);
                Box::new(anstream::StripStream::new(file))
            }
        };
        outputs.push((argument.format, out));
    }
    Ok((outputs, files))
}

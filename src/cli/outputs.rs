//! Where reports go.

use std::io::{self, Write};

use super::Problem;
use super::report_argument::ReportArgument;
use super::report_file::{self, ReportSink};
use crate::event::Event;
use crate::record::RunRecord;
use crate::report::{Detail, Format, Report};

/// How much the terminal's report says.
pub(super) const fn detail(is_verbose: bool) -> Detail {
    if is_verbose { Detail::Full } else { Detail::Brief }
}

/// The reports of a run.
pub(super) struct Reports {
    reports: Vec<Box<dyn Report>>,
    sinks: Vec<ReportSink>,
}

impl Reports {
    /// Opens what the arguments name.
    pub(super) fn open(arguments: &[ReportArgument<Format>], detail: Detail) -> Result<Self, Problem> {
        let Outputs { writers, sinks } = Outputs::open(arguments, |format| format.is_styled)?;
        let reports = writers.into_iter().map(|(format, out)| format.report(out, detail)).collect();
        Ok(Self { reports, sinks })
    }

    /// Hands the next event to every report.
    pub(super) fn event(&mut self, event: &Event, record: &RunRecord) -> io::Result<()> {
        self.reports.iter_mut().try_for_each(|report| report.event(event, record))
    }

    /// Tells every report that there are no more events.
    pub(super) fn finish(&mut self, record: &RunRecord) -> io::Result<()> {
        self.reports.iter_mut().try_for_each(|report| report.finish(record))
    }

    /// Puts the files in their places. Nothing that was graded may be running any more.
    pub(super) fn finalize(self) -> io::Result<()> {
        drop(self.reports);
        self.sinks.iter().try_for_each(ReportSink::finalize)
    }
}

/// What is written to.
pub(super) struct Outputs<F> {
    /// Each form, and where it goes.
    pub(super) writers: Vec<(F, Box<dyn Write>)>,
    /// What has to be in the files among them in the end.
    sinks: Vec<ReportSink>,
}

impl<F: Copy> Outputs<F> {
    /// Opens what the arguments name. What has colours loses them where they cannot be shown; everything else is
    /// written as it is.
    pub(super) fn open(
        arguments: &[ReportArgument<F>],
        is_styled: impl Fn(F) -> bool,
    ) -> Result<Self, Problem> {
        if arguments.iter().filter(|argument| argument.path.is_none()).count() > 1 {
            let text =
                "only one report can go to standard output: give the others a file, as in --report json=FILE";
            return Err(Problem::Usage(text.into()));
        }
        let (mut writers, mut sinks) = (Vec::<(F, Box<dyn Write>)>::new(), Vec::<ReportSink>::new());
        for ReportArgument { format, path } in arguments {
            let is_styled = is_styled(*format);
            let out: Box<dyn Write> = match path {
                None if is_styled => Box::new(UntilClosed::new(anstream::stdout())),
                None => Box::new(UntilClosed::new(io::stdout())),
                Some(path) => {
                    let (file, sink) = report_file::create(path).map_err(|error| {
                        Problem::Usage(format!("the report {} cannot be written: {error}", path.display()))
                    })?;
                    if sinks.iter().any(|other| other.is_same_file(&sink)) {
                        let text = format!("two reports cannot go to the same file, {}", path.display());
                        return Err(Problem::Usage(text));
                    }
                    sinks.push(sink);
                    let file: Box<dyn Write> = Box::new(UntilClosed::new(file));
                    if is_styled { Box::new(anstream::StripStream::new(file)) } else { file }
                }
            };
            writers.push((*format, out));
        }
        Ok(Self { writers, sinks })
    }
}

/// A writer whose reader may leave, as `head` does. Someone who has seen enough is no error: what is written from then
/// on is dropped.
pub(super) struct UntilClosed<W> {
    out: W,
    is_closed: bool,
}

impl<W> UntilClosed<W> {
    pub(super) const fn new(out: W) -> Self {
        Self { out, is_closed: false }
    }

    fn unless_closed<T>(&mut self, done: T, write: impl FnOnce(&mut W) -> io::Result<T>) -> io::Result<T> {
        if self.is_closed {
            return Ok(done);
        }
        match write(&mut self.out) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                self.is_closed = true;
                Ok(done)
            }
            written => written,
        }
    }
}

impl<W: Write> Write for UntilClosed<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.unless_closed(bytes.len(), |out| out.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.unless_closed((), W::flush)
    }
}

//! Where reports go.

use std::borrow::Cow;
use std::cell::RefCell;
use std::fmt;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::{Duration, Instant};

use super::Problem;
use super::page::{Narrowed, columns};
use super::report_argument::ReportArgument;
use super::report_file::{ReportPlace, open_stream};
use crate::class::HandInFiles;
use crate::english::system_error;
use crate::event::Event;
use crate::record::RunRecord;
use crate::record::recording::Key;
use crate::report::{Detail, Format, Report};

/// How much the terminal's report says.
pub(super) const fn detail(is_verbose: bool) -> Detail {
    if is_verbose { Detail::Full } else { Detail::Brief }
}

/// Where a report goes.
pub(super) enum Output {
    /// What is written to as it is: standard output, a terminal, a pipe, a device.
    Stream(Box<dyn Write>),
    /// What a file is put into.
    File(ReportPlace),
}

/// Opens what the arguments name. What has colours loses them where they cannot be shown; everything else is written as it
/// is. No file is touched before all of them are known to be of use.
pub(super) fn open<F: Copy>(
    arguments: &[ReportArgument<F>],
    is_styled: impl Fn(F) -> bool,
) -> Result<Vec<(F, Output)>, Problem> {
    if arguments.iter().filter(|argument| argument.path.is_none()).count() > 1 {
        let text =
            "only one report can go to standard output: give the others a file, as in --report json=FILE";
        return Err(Problem::Usage(text.into()));
    }
    let mut places = Vec::new();
    let outputs = arguments.iter().map(|ReportArgument { format, path }| {
        let is_styled = is_styled(*format);
        let output = match path {
            None if is_styled => {
                Output::Stream(Box::new(Narrowed::new(UntilClosed::new(anstream::stdout()), columns())))
            }
            None => Output::Stream(Box::new(UntilClosed::new(io::stdout()))),
            Some(path) => at(path, is_styled, &mut places)?,
        };
        Ok((*format, output))
    });
    outputs.collect()
}

/// What is at a path, which no report before may have taken.
fn at(path: &Path, is_styled: bool, taken: &mut Vec<PathBuf>) -> Result<Output, Problem> {
    let unwritable = |error| Problem::Usage(unwritable(path.display(), &error));
    let Some(place) = ReportPlace::new(path).map_err(unwritable)? else {
        let stream = UntilClosed::new(open_stream(path).map_err(unwritable)?);
        return Ok(Output::Stream(unstyled(Box::new(stream), is_styled)));
    };
    if taken.contains(&place.path()) {
        let text = format!("two reports cannot go to the same file, {}", path.display());
        return Err(Problem::Usage(text));
    }
    if is_source(&place) {
        let text =
            format!("the report would replace {}, which is a program: choose another path", path.display());
        return Err(Problem::Usage(text));
    }
    taken.push(place.path());
    Ok(Output::File(place))
}

/// Whether there is a Python file, perhaps the one that is to be graded. No report is called like that.
fn is_source(place: &ReportPlace) -> bool {
    let path = place.path();
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("py")) && path.exists()
}

fn unwritable(report: impl fmt::Display, error: &io::Error) -> String {
    format!("the report {report} cannot be written: {}", system_error(error))
}

fn unstyled(out: Box<dyn Write>, is_styled: bool) -> Box<dyn Write> {
    if is_styled { Box::new(anstream::StripStream::new(out)) } else { out }
}

/// The reports of a run.
pub(super) struct Reports {
    reports: Vec<OpenReport>,
    shows_hidden: bool,
}

/// A report, where it goes, and what has become of it.
struct OpenReport {
    name: String,
    sink: Sink,
    /// Why it was given up. The others go on.
    failure: Option<io::Error>,
}

enum Sink {
    Stream(Box<dyn Report>),
    /// A file that grows with the run, and is replaced in the end by what was written to it.
    Growing {
        report: Box<dyn Report>,
        place: ReportPlace,
        written: Rc<RefCell<Vec<u8>>>,
    },
    Document(Document),
    /// What a class keeps of a hand-in; nothing once it is written.
    Kept(Option<Box<HandInFiles>>),
}

/// A file that is replaced by a new document again and again: whole and true at every moment.
struct Document {
    format: Format,
    detail: Detail,
    place: ReportPlace,
    written: Option<Written>,
    /// How many documents share what writing them may cost.
    documents: u32,
}

/// When a document was written, and how long that took.
struct Written {
    at: Instant,
    took: Duration,
}

/// A document is written anew when something was played and it is older than this: nobody reads it more often.
const DOCUMENT_AGE: Duration = Duration::from_millis(200);
/// One that takes long is written less often, so that all documents together take at most one part in so many of a run.
const RUN_TO_WRITING: u32 = 25;

impl Reports {
    /// Opens what the arguments name.
    pub(super) fn open(arguments: &[ReportArgument<Format>], detail: Detail) -> Result<Self, Problem> {
        let outputs = open(arguments, |format| format.is_styled())?;
        let documents = outputs.iter().filter(|(format, _)| format.is_document()).count();
        let documents = u32::try_from(documents).unwrap_or(u32::MAX);
        let reports = outputs.into_iter().map(|(format, output)| {
            let name = match &output {
                Output::Stream(_) => format.name.to_owned(),
                Output::File(place) => place.path().display().to_string(),
            };
            let sink = Sink::open(format, output, detail, documents)
                .map_err(|error| Problem::Usage(unwritable(&name, &error)))?;
            Ok(OpenReport { name, sink, failure: None })
        });
        Ok(Self { reports: reports.collect::<Result<_, Problem>>()?, shows_hidden: false })
    }

    /// The same, and what a class keeps of a hand-in.
    pub(super) fn with_files(mut self, name: &Path, files: HandInFiles) -> Self {
        let sink = Sink::Kept(Some(Box::new(files)));
        self.reports.push(OpenReport { name: name.display().to_string(), sink, failure: None });
        self
    }

    /// The same, with a seal for every event: for a run, whose events have none yet.
    pub(super) fn sealed(mut self, key: &Key) -> Self {
        for report in &mut self.reports {
            match &mut report.sink {
                Sink::Stream(report) | Sink::Growing { report, .. } => report.seal_with(key),
                Sink::Kept(files) => files.iter_mut().for_each(|files| files.seal_with(key)),
                Sink::Document(_) => {}
            }
        }
        self
    }

    /// The same; where it is wanted, what is hidden from students stands in what is written for them, too.
    pub(super) fn showing_hidden(self, shows_hidden: bool) -> Self {
        Self { shows_hidden, ..self }
    }

    /// Hands the next event to every report.
    pub(super) fn event(&mut self, event: &Event, record: &RunRecord) {
        let record = self.shown(record);
        self.each(|sink| sink.event(event, &record));
    }

    /// Tells every report that there are no more events.
    pub(super) fn finish(&mut self, record: &RunRecord) {
        let record = self.shown(record);
        self.each(|sink| sink.finish(&record));
    }

    fn shown<'r>(&self, record: &'r RunRecord) -> Cow<'r, RunRecord> {
        if self.shows_hidden { Cow::Owned(record.with_nothing_hidden()) } else { Cow::Borrowed(record) }
    }

    /// Puts the files in their places for the last time. Nothing that was graded may be running any more.
    pub(super) fn finalize(mut self, record: &RunRecord) -> Result<(), Problem> {
        let record = self.shown(record);
        self.each(|sink| sink.finalize(&record));
        let failures: Vec<_> = self
            .reports
            .iter()
            .filter_map(|report| Some(unwritable(&report.name, report.failure.as_ref()?)))
            .collect();
        if failures.is_empty() { Ok(()) } else { Err(Problem::Incomplete(failures.join("\nharness: "))) }
    }

    fn each(&mut self, mut act: impl FnMut(&mut Sink) -> io::Result<()>) {
        for report in self.reports.iter_mut().filter(|report| report.failure.is_none()) {
            report.failure = act(&mut report.sink).err();
        }
    }
}

impl Sink {
    fn open(format: Format, output: Output, detail: Detail, documents: u32) -> io::Result<Self> {
        Ok(match output {
            Output::Stream(out) => Self::Stream(format.styled_report(out, detail)),
            Output::File(place) if format.is_document() => {
                Self::Document(Document { format, detail, place, written: None, documents })
            }
            Output::File(place) => {
                let file = place.begin()?;
                let written = file.written();
                Self::Growing { report: format.report(Box::new(file), detail), place, written }
            }
        })
    }

    fn event(&mut self, event: &Event, record: &RunRecord) -> io::Result<()> {
        match self {
            Self::Stream(report) | Self::Growing { report, .. } => report.event(event, record),
            Self::Document(document) if document.is_recent() => Ok(()),
            Self::Document(document) => document.put(record),
            Self::Kept(files) => files.as_mut().map_or(Ok(()), |files| files.event(event)),
        }
    }

    fn finish(&mut self, record: &RunRecord) -> io::Result<()> {
        match self {
            Self::Stream(report) | Self::Growing { report, .. } => report.finish(record),
            // Its last form is put in place when nothing can meddle with it any more.
            Self::Document(_) | Self::Kept(_) => Ok(()),
        }
    }

    fn finalize(&mut self, record: &RunRecord) -> io::Result<()> {
        match self {
            Self::Stream(_) => Ok(()),
            Self::Growing { place, written, .. } => place.put(&written.borrow()),
            Self::Document(document) => document.put(record),
            Self::Kept(files) => files.take().map_or(Ok(()), |files| files.write(record)),
        }
    }
}

impl Document {
    fn is_recent(&self) -> bool {
        let Some(Written { at, took }) = &self.written else { return false };
        let age = took.saturating_mul(RUN_TO_WRITING).saturating_mul(self.documents);
        at.elapsed() < age.max(DOCUMENT_AGE)
    }

    /// Puts the document of what the run has come to in its place.
    fn put(&mut self, record: &RunRecord) -> io::Result<()> {
        let start = Instant::now();
        let mut document = Vec::new();
        self.format.report(Box::new(&mut document), self.detail).finish(record)?;
        self.place.put(&document)?;
        self.written = Some(Written { at: Instant::now(), took: start.elapsed() });
        Ok(())
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

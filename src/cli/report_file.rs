//! A report in a file: nothing that was graded has the last word in it.

use std::cell::RefCell;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// A file that a report is written to as the run goes on. What is written is kept, too.
pub(super) struct ReportFile {
    file: BufWriter<File>,
    written: Rc<RefCell<Vec<u8>>>,
}

/// What has to be in the file when all that was graded has ended.
pub(super) struct ReportSink {
    /// Where it is; nothing for what is no file, and keeps nothing.
    path: Option<PathBuf>,
    permissions: fs::Permissions,
    written: Rc<RefCell<Vec<u8>>>,
}

/// Creates the file at `path`, or empties it.
pub(super) fn create(path: &Path) -> io::Result<(ReportFile, ReportSink)> {
    let file = File::create(path)?;
    let metadata = file.metadata()?;
    let real = if metadata.is_file() { Some(path.canonicalize()?) } else { None };
    let written = Rc::default();
    let sink = ReportSink { path: real, permissions: metadata.permissions(), written: Rc::clone(&written) };
    Ok((ReportFile { file: BufWriter::new(file), written }, sink))
}

impl Write for ReportFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let len = self.file.write(bytes)?;
        self.written.borrow_mut().extend_from_slice(&bytes[..len]);
        Ok(len)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl ReportSink {
    /// Whether both are the same file, in which each would overwrite what the other has written.
    pub(super) fn is_same_file(&self, other: &Self) -> bool {
        self.path.is_some() && self.path == other.path
    }

    /// Puts a new file in the place of the one that was there, whatever has become of that: a submission that
    /// runs as the same user may have written to it, or replaced it.
    pub(super) fn finalize(&self) -> io::Result<()> {
        let Some(path) = &self.path else { return Ok(()) };
        let folder = path.parent().unwrap_or(Path::new("/"));
        let mut file = tempfile::Builder::new().permissions(self.permissions.clone()).tempfile_in(folder)?;
        file.write_all(&self.written.borrow())?;
        file.persist(path)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use rustix::fs::{CWD, Mode, mkfifoat};

    use super::*;

    #[test]
    fn what_was_written_stays_whatever_is_done_to_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report");
        for meddle in [
            |path: &Path| fs::write(path, "forged, and longer than what was written"),
            |path: &Path| fs::remove_file(path).and_then(|()| fs::write(path, "forged")),
            |path: &Path| fs::remove_file(path),
            |_: &Path| Ok(()),
        ] {
            let (mut file, sink) = create(&path).unwrap();
            file.write_all(b"the verdict").unwrap();
            file.flush().unwrap();
            assert_eq!(fs::read(&path).unwrap(), b"the verdict");
            meddle(&path).unwrap();
            sink.finalize().unwrap();
            assert_eq!(fs::read(&path).unwrap(), b"the verdict");
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_is_no_file_is_written_to_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pipe");
        mkfifoat(CWD, &path, Mode::RWXU).unwrap();
        let reader = thread::spawn({
            let path = path.clone();
            move || fs::read(path).unwrap()
        });
        let (mut file, sink) = create(&path).unwrap();
        file.write_all(b"the verdict").unwrap();
        drop(file);
        sink.finalize().unwrap();
        assert_eq!(reader.join().unwrap(), b"the verdict");
        assert!(!fs::metadata(&path).unwrap().is_file());
    }
}

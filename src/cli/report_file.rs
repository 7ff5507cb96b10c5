//! A report in a file: it appears in its place as a whole, and nothing that was graded has the last word in it.

use std::cell::RefCell;
use std::ffi::OsString;
use std::fs::{self, File, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use tempfile::NamedTempFile;

/// What a new file may be used for, before the process's own mask.
const NEW_FILE_MODE: u32 = 0o666;

/// The place of a report. What stands there is never written to: a new file takes its place, whatever has become of the old
/// one. A submission may have written to that, or have put a link there.
#[derive(Debug, Clone)]
pub(super) struct ReportPlace {
    folder: PathBuf,
    name: OsString,
    permissions: Permissions,
}

impl ReportPlace {
    /// The place that `path` names, if a file can be put there. Nothing where it is no place for a file: a terminal, a pipe,
    /// a device.
    pub(super) fn new(path: &Path) -> io::Result<Option<Self>> {
        let present = match path.metadata() {
            Ok(metadata) if metadata.is_dir() => return Err(io::ErrorKind::IsADirectory.into()),
            Ok(metadata) => Some(metadata),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(error),
        };
        let is_of_the_system = ["/dev", "/proc"].iter().any(|folder| path.starts_with(folder));
        if present.as_ref().is_some_and(|metadata| is_of_the_system || !metadata.is_file()) {
            return Ok(None);
        }
        let Some(name) = path.file_name() else { return Err(io::ErrorKind::InvalidInput.into()) };
        let folder = match path.parent() {
            Some(folder) if folder != Path::new("") => folder.canonicalize()?,
            _ => Path::new(".").canonicalize()?,
        };
        let permissions =
            present.map_or_else(|| Permissions::from_mode(NEW_FILE_MODE), |metadata| metadata.permissions());
        let place = Self { folder, name: name.to_owned(), permissions };
        // Whether that can be done is known before anything is played.
        place.beside()?;
        Ok(Some(place))
    }

    /// The file that is in this place.
    pub(super) fn path(&self) -> PathBuf {
        self.folder.join(&self.name)
    }

    /// Puts a file with these bytes there.
    pub(super) fn put(&self, bytes: &[u8]) -> io::Result<()> {
        let mut file = self.beside()?;
        file.write_all(bytes)?;
        file.persist(self.path())?;
        Ok(())
    }

    /// Puts an empty file there that goes on to be written to.
    pub(super) fn begin(&self) -> io::Result<GrowingFile> {
        let file = self.beside()?.persist(self.path())?;
        Ok(GrowingFile { file, written: Rc::default() })
    }

    /// A file in the same folder, which is gone unless it takes the place.
    fn beside(&self) -> io::Result<NamedTempFile> {
        tempfile::Builder::new().permissions(self.permissions.clone()).tempfile_in(&self.folder)
    }
}

/// A file that is written to as the run goes on. What is written is kept, too.
#[derive(Debug)]
pub(super) struct GrowingFile {
    file: File,
    written: Rc<RefCell<Vec<u8>>>,
}

impl GrowingFile {
    /// What is written to it, now and later.
    pub(super) fn written(&self) -> Rc<RefCell<Vec<u8>>> {
        Rc::clone(&self.written)
    }
}

impl Write for GrowingFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let len = self.file.write(bytes)?;
        self.written.borrow_mut().extend_from_slice(&bytes[..len]);
        Ok(len)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// Opens what is no place for a file.
pub(super) fn open_stream(path: &Path) -> io::Result<File> {
    fs::OpenOptions::new().write(true).open(path)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

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
            let place = ReportPlace::new(&path).unwrap().unwrap();
            let mut file = place.begin().unwrap();
            file.write_all(b"the verdict").unwrap();
            file.flush().unwrap();
            assert_eq!(fs::read(&path).unwrap(), b"the verdict");
            meddle(&path).unwrap();
            place.put(&file.written().borrow()).unwrap();
            assert_eq!(fs::read(&path).unwrap(), b"the verdict");
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_link_is_replaced_and_what_it_leads_to_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let (target, link) = (folder.path().join("target"), folder.path().join("report"));
        fs::write(&target, "precious").unwrap();
        symlink(&target, &link).unwrap();
        ReportPlace::new(&link).unwrap().unwrap().put(b"the verdict").unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"precious");
        assert_eq!(fs::read(&link).unwrap(), b"the verdict");
        assert!(link.symlink_metadata().unwrap().is_file());
    }

    #[test]
    fn a_file_keeps_its_permissions_and_a_new_one_is_like_any_other() {
        let folder = tempfile::tempdir().unwrap();
        let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
        let (old, new, other) =
            (folder.path().join("old"), folder.path().join("new"), folder.path().join("other"));
        fs::write(&old, "").unwrap();
        fs::set_permissions(&old, Permissions::from_mode(0o640)).unwrap();
        fs::write(&other, "").unwrap();
        for path in [&old, &new] {
            ReportPlace::new(path).unwrap().unwrap().put(b"the verdict").unwrap();
        }
        assert_eq!((mode(&old), mode(&new)), (0o640, mode(&other)));
    }

    #[test]
    fn what_is_no_file_has_no_place() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        mkfifoat(CWD, &pipe, Mode::RWXU).unwrap();
        for path in [&pipe, Path::new("/dev/null"), Path::new("/dev/stdout"), Path::new("/proc/self/fd/1")] {
            assert!(ReportPlace::new(path).unwrap().is_none(), "{}", path.display());
        }
        assert!(ReportPlace::new(folder.path()).is_err());
        assert!(ReportPlace::new(&folder.path().join("nothing/report")).is_err());
    }
}

//! A program in Python that exists for one test.

use std::fs;
use std::path::PathBuf;

use tempfile::TempDir;

use super::python::python;

/// It is removed when this is dropped.
pub(crate) struct PythonProgram {
    folder: TempDir,
}

impl PythonProgram {
    pub(crate) fn new(text: &str) -> Self {
        let program = Self { folder: tempfile::tempdir().unwrap() };
        fs::write(program.path(), text).unwrap();
        program
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("program.py")
    }

    /// The command that runs it, for a shell.
    pub(crate) fn command(&self) -> String {
        format!("{} '{}'", python(), self.path().display())
    }
}

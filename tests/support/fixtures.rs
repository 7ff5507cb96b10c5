//! The programs that lie beside the tests.

use std::path::{Path, PathBuf};

/// A folder or a file below `tests`.
pub(crate) fn fixture(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(path)
}

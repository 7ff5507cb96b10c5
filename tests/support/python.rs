//! The interpreter that programs in Python are run by.

use std::process::Command;
use std::sync::OnceLock;

/// What `python3` stands for. Where that is a script of a version manager, each start of it would take several times as long as the
/// interpreter, and the tests start thousands.
pub(crate) fn python() -> &'static str {
    static FOUND: OnceLock<String> = OnceLock::new();
    FOUND.get_or_init(|| {
        let question = ["-I", "-S", "-c", "import sys; print(sys.executable)"];
        // Where there is none, whoever starts it says so.
        let asked =
            Command::new("python3").args(question).output().ok().filter(|asked| asked.status.success());
        let printed = asked.and_then(|asked| String::from_utf8(asked.stdout).ok());
        printed.map_or_else(|| "python3".to_owned(), |path| path.trim().to_owned())
    })
}

//! What runs a program, by the end of its file's name.

use std::path::Path;
use std::process::Command;

use super::python::python;

#[derive(Clone, Copy)]
pub(crate) enum Runtime {
    Python,
    Node,
    C,
    Java,
}

impl Runtime {
    pub(crate) fn of(file: &Path) -> Self {
        match file.extension().and_then(|extension| extension.to_str()) {
            Some("py") => Self::Python,
            Some("js") => Self::Node,
            Some("c") => Self::C,
            Some("java") => Self::Java,
            _ => panic!("nothing runs {}", file.display()),
        }
    }

    /// The command that starts the program in `file`, which is compiled into the folder `build` first if it has to be.
    pub(crate) fn prepare(self, file: &Path, build: &Path) -> Result<Vec<String>, String> {
        let name = file.file_stem().unwrap_or_default().to_string_lossy();
        let program = build.join(&*name).to_string_lossy().into_owned();
        let (file, build) = (file.to_string_lossy(), build.to_string_lossy());
        let words = |words: &[&str]| words.iter().map(ToString::to_string).collect();
        match self {
            // Without site packages, which no program here needs, it starts twice as fast.
            Self::Python => Ok(words(&[python(), "-I", "-S", &file])),
            Self::Node => Ok(words(&["node", &file])),
            Self::C => {
                compile("gcc", &["-Wall", "-Wextra", "-Werror", "-O1", "-o", &program, &file])?;
                Ok(words(&[&program]))
            }
            Self::Java => {
                compile("javac", &["-d", &build, &file])?;
                Ok(words(&["java", "-XX:TieredStopAtLevel=1", "-cp", &build, &name]))
            }
        }
    }
}

fn compile(compiler: &str, arguments: &[&str]) -> Result<(), String> {
    let output = Command::new(compiler).args(arguments).output().map_err(|error| error.to_string())?;
    match output.status.success() {
        true => Ok(()),
        false => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
    }
}

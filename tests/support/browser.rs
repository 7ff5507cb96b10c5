//! A headless browser that looks at a page. Where there is no Chromium, nothing is looked at, which is said.
//!
//! `CHROMIUM` names another one than that in the path. Where `AXE` names the file `axe.min.js` of the package axe-core, that looks
//! for what keeps people from using the page, too; where `PICTURES` names a folder, pictures of the pages are put there.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use super::fixtures::fixture;

const NAMES: &[&str] = &["chromium", "chromium-browser", "google-chrome"];

/// The browser, if there is one, and what drives it.
#[expect(clippy::print_stdout, reason = "says what is not looked at")]
pub(crate) fn chromium() -> Option<PathBuf> {
    let works = |program: &Path| {
        let mut version = Command::new(program);
        version.arg("--version").stdout(Stdio::null()).stderr(Stdio::null());
        version.status().is_ok_and(|status| status.success())
    };
    if !works(Path::new("node")) {
        println!("ignored: there is no Node.js that could drive a browser");
        return None;
    }
    let named = env::var_os("CHROMIUM").map(PathBuf::from);
    let found = named.into_iter().chain(NAMES.iter().map(PathBuf::from)).find(|program| works(program));
    match found {
        None => println!("ignored: there is no Chromium"),
        Some(_) if env::var_os("AXE").is_none() => println!("without axe-core: AXE is not set"),
        Some(_) => {}
    }
    found
}

/// What the browser makes of a page, driven by this script of the folder `tests/suite/page`.
pub(crate) fn look(chromium: &Path, script: &str, page: &Path) -> Value {
    let mut driver = Command::new("node");
    driver.arg(fixture("suite/page").join(script)).arg(chromium).arg(page);
    driver.arg(env::var_os("AXE").unwrap_or_default()).args(env::var_os("PICTURES"));
    let output = driver.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

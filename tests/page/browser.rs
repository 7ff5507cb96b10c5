//! How a browser shows a page. Where there is no Chromium, nothing is looked at, which is said.
//!
//! `CHROMIUM` names another one than that in the path. Where `AXE` names the file `axe.min.js` of the package axe-core, that looks
//! for what keeps people from using the page, too; where `PICTURES` names a folder, pictures of the pages are put there.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs};

use serde_json::Value;

use crate::submissions::{Graded, SUBMISSIONS};

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

/// What the browser makes of a page, driven by this script.
pub(crate) fn look(chromium: &Path, script: &str, page: &Path) -> Value {
    let mut driver = Command::new("node");
    let script = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/page")).join(script);
    driver.arg(script).arg(chromium).arg(page);
    driver.arg(env::var_os("AXE").unwrap_or_default()).args(env::var_os("PICTURES"));
    let output = driver.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn a_browser_shows_every_page_without_complaint() {
    let Some(chromium) = chromium() else { return };
    let folder = tempfile::tempdir().unwrap();
    for submission in SUBMISSIONS {
        let page = folder.path().join(format!("{}.html", submission.name));
        fs::write(&page, Graded::submission(submission).page()).unwrap();
        let seen = look(&chromium, "browser.js", &page);
        assert_eq!(seen["complaints"], serde_json::json!([]), "{}", submission.name);
        assert_eq!(seen["axe"], serde_json::json!([]), "{}", submission.name);
        assert!(seen["pictures"].as_u64().unwrap() > 0);
        let views = seen["views"].as_array().unwrap();
        assert_eq!(views.len(), 4);
        for view in views {
            let (room, needed) = (view["room"].as_u64().unwrap(), view["needed"].as_u64().unwrap());
            assert!(needed <= room, "{}: {needed} pixels in {room}", submission.name);
            assert_eq!(view["faults"], serde_json::json!([]), "{}", submission.name);
        }
        assert_ne!(views[0]["background"], views[1]["background"], "light and dark are the same");
        reaches_everything(&seen, submission.name);
    }
}

/// The tab key leads through every part of the page, and what has the focus can be seen to have it.
fn reaches_everything(seen: &Value, name: &str) {
    let stops = seen["stops"].as_array().unwrap();
    assert_eq!(stops[0]["text"], "Skip to the result");
    for stop in stops {
        assert_eq!(stop["isSeen"], true, "{name}: {stop}");
    }
    let reached = |part: &str, tag: &str| stops.iter().any(|stop| stop["part"] == part && stop["tag"] == tag);
    for (part, tag) in [
        ("nav", "a"),
        ("wrong", "summary"),
        ("wrong", "a"),
        ("verdicts", "a"),
        ("server", "summary"),
        ("client", "summary"),
        ("pair", "summary"),
    ] {
        assert!(reached(part, tag), "{name}: the tab key does not lead to {tag} in {part}");
    }
}

/// What the test above would not see otherwise.
#[test]
fn a_style_that_is_not_the_pages_own_is_complained_about() {
    let Some(chromium) = chromium() else { return };
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("page.html");
    let text = Graded::submission(&SUBMISSIONS[0]).page().replacen("<style>", "<style>b{color:red}", 1);
    fs::write(&page, text).unwrap();
    let complaints = look(&chromium, "browser.js", &page)["complaints"].to_string();
    assert!(complaints.contains("Content Security Policy"), "{complaints}");
}

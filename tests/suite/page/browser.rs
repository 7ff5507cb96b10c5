//! How a browser shows a page.

use std::fs;

use serde_json::Value;

use super::submissions::{Graded, SUBMISSIONS};
use crate::support::browser::{chromium, look};

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

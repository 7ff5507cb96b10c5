//! What is on a page.

use std::collections::HashSet;
use std::fs;

use super::PAGE_LEN_MAX;
use super::parsed::{Parsed, below, text};
use super::submissions::{Graded, SUBMISSIONS};
use crate::support::harness::harness;

#[test]
#[expect(clippy::print_stdout, reason = "the README has the figure")]
fn every_page_is_whole_and_leads_the_eye_to_the_mistake() {
    for submission in SUBMISSIONS {
        let graded = Graded::submission(submission);
        let page = graded.page();
        println!("{}: {} bytes", submission.name, page.len());
        assert!(page.len() <= PAGE_LEN_MAX, "{} has {} bytes", submission.name, page.len());
        let parsed = Parsed::new(&page);
        has_order(&parsed);
        has_pictures(&parsed);
        let example = parsed.all("details.example[open]");
        assert!(!example.is_empty(), "{}", submission.name);
        for example in example {
            assert!(!below(example, "svg a.w").is_empty(), "nothing is marked in {}", text(example));
            assert!(!below(example, ".finding").is_empty() && !below(example, ".evidence").is_empty());
        }
        assert!(parsed.all("details.trial[open]").len() < parsed.all("details.trial").len());
    }
}

#[test]
#[expect(clippy::print_stdout, reason = "the README has the figure")]
fn a_page_on_what_is_right_says_so() {
    let page = Graded::reference().page();
    println!("the reference: {} bytes", page.len());
    assert!(page.len() <= PAGE_LEN_MAX, "{} bytes", page.len());
    let parsed = Parsed::new(&page);
    has_order(&parsed);
    has_pictures(&parsed);
    assert_eq!(text(parsed.only("#wrong-title")), "Nothing is wrong");
    assert_eq!(text(parsed.only(".result")), "Passed · 30 of 30 points");
    assert!(parsed.all(".w, .bad").is_empty());
}

#[test]
fn a_page_on_a_run_that_was_cut_off_says_so() {
    let graded = Graded::reference();
    let whole = fs::read_to_string(graded.recording()).unwrap();
    let lines: Vec<&str> = whole.split_inclusive('\n').collect();
    for kept in [1, 2, 30, lines.len() - 1] {
        fs::write(graded.recording(), lines[..kept].concat()).unwrap();
        let mut render = harness(&["render", graded.recording().to_str().unwrap(), "--report", "html"]);
        let page = String::from_utf8(render.output().unwrap().stdout).unwrap();
        let parsed = Parsed::new(&page);
        has_order(&parsed);
        assert!(text(parsed.only("header [role=status]")).starts_with("This run is not complete."), "{page}");
        assert_eq!(text(parsed.only(".verdict")), "Incomplete");
    }
}

/// Landmarks, headings, names and links.
fn has_order(page: &Parsed) {
    assert_eq!(page.only("html").value().attr("lang"), Some("en"));
    for landmark in ["header", "main", "nav", "footer", "title", "h1"] {
        page.only(landmark);
    }
    let mut last = 0;
    for heading in page.all("h1, h2, h3, h4, h5, h6") {
        let level = heading.value().name()[1..].parse().unwrap();
        assert!(level <= last + 1, "{} comes after a heading of level {last}", text(heading));
        assert!(!text(heading).is_empty());
        last = level;
    }
    let ids = page.values("id");
    let known: HashSet<&str> = ids.iter().copied().collect();
    assert_eq!(known.len(), ids.len(), "a name is given twice");
    for link in page.values("href").into_iter().chain(page.values("aria-labelledby")) {
        assert!(known.contains(link.trim_start_matches('#')), "{link} leads nowhere");
    }
    assert!(page.all("script, link, img, iframe, object, [style], [onclick], [src]").is_empty());
    let policy = page.only("meta[http-equiv=Content-Security-Policy]").value().attr("content").unwrap();
    assert!(policy.starts_with("default-src 'none'; style-src 'sha256-"), "{policy}");
}

/// Every scenario that was played has a picture, and each picture its story in words.
fn has_pictures(page: &Parsed) {
    let trials = page.all("details.trial");
    assert_eq!(trials.len(), page.all(".matrix td a").len(), "each has its place among the verdicts");
    let stories = page.all(".story");
    assert!(!stories.is_empty());
    for story in stories {
        let (arrows, sentences) = (below(story, "svg a"), below(story, ".words li"));
        assert!(!arrows.is_empty());
        assert_eq!(arrows.len(), sentences.len());
        for (arrow, sentence) in arrows.iter().zip(&sentences) {
            let link = arrow.value().attr("href").unwrap();
            assert_eq!(Some(&link[1..]), sentence.value().attr("id"));
            assert!(!below(*arrow, "text").is_empty());
            let is_wrong = arrow.value().classes().any(|class| class == "w");
            assert_eq!(is_wrong, text(*sentence).starts_with('✗'), "{}", text(*sentence));
        }
    }
    let played: HashSet<_> =
        below(page.only("main"), "details.trial .story svg").iter().map(|svg| svg.id()).collect();
    assert_eq!(played.len(), page.all(".story").len());
}

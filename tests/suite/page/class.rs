//! The page of a class: what is on it, that hostile names are text, and how a browser shows and sorts a class of a thousand.

use std::collections::BTreeMap;
use std::fs;

use lengthwise::class::{ClassRecord, HandInOutcome, Names, Person, Unrecognized, write_page};
use lengthwise::grade::RunVerdict;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::hostile::{arbitrary, is_unseen};
use super::parsed::{Parsed, below, text};
use crate::support::browser::{chromium, look};
use crate::support::class_records::class;

fn page(record: &ClassRecord, names: Names) -> String {
    let mut out = Vec::new();
    write_page(&mut out, record, names).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn every_hand_in_has_a_row_that_needs_no_script() {
    let record = class(300);
    let parsed = Parsed::new(&page(&record, Names::Shown));
    let rows = parsed.all("#rows tbody tr");
    assert_eq!(rows.len(), record.hand_ins.len());
    for (row, hand_in) in rows.iter().zip(&record.hand_ins) {
        let cells: Vec<_> = below(*row, "th, td").into_iter().map(text).collect();
        assert_eq!(cells[0], format!("{} {}", hand_in.name.as_ref().unwrap(), hand_in.id));
        let points = hand_in.graded().map_or("–".into(), |graded| graded.score.to_string());
        assert_eq!(cells[1], points);
        let results = row.value().attr("data-results").unwrap();
        let failed = hand_in.graded().map_or(0, |graded| {
            graded.results.iter().flatten().filter(|result| result.verdict == "fail").count()
        });
        assert_eq!(results.matches('f').count(), failed, "{results}");
        let links = below(*row, "a");
        assert_eq!(links.len(), usize::from(hand_in.graded().is_some()));
        let wanted = format!("hand-ins/{}/page.html", hand_in.id.replace(' ', "%20"));
        assert!(links.iter().all(|link| link.value().attr("href") == Some(&wanted)));
    }
    assert_eq!(parsed.all("script").len(), 1);
    assert!(parsed.all("[hidden]").len() > 2, "what needs the script is hidden without it");
}

#[test]
fn mistakes_are_ranked_with_who_makes_them() {
    let record = class(300);
    let parsed = Parsed::new(&page(&record, Names::Shown));
    let graded = record.hand_ins.iter().filter(|hand_in| hand_in.graded().is_some()).count();
    let entries = parsed.all(".ranked > li");
    let mistakes = record.mistakes();
    assert_eq!(entries.len(), mistakes.len());
    for (entry, mistake) in entries.iter().zip(&mistakes) {
        let [share] = &below(*entry, ".share")[..] else { panic!("{}", text(*entry)) };
        assert_eq!(text(*share), format!("{} of {graded}", mistake.hand_ins.len()));
        assert!(text(*entry).contains(mistake.text));
        assert_eq!(below(*entry, ".names li").len(), mistake.hand_ins.len());
    }
}

#[test]
fn the_figures_are_those_of_the_hand_ins_whose_score_is_certain() {
    let record = class(300);
    let parsed = Parsed::new(&page(&record, Names::Shown));
    let open = record.hand_ins.iter().filter(|one| record.settled_score(one).is_none()).count();
    assert!(open > 0);
    assert!(text(parsed.only("#scores")).contains(&format!("Not counted: {open} hand-ins")));
    let told = parsed.all("#scores .numbers li");
    let counts = told.iter().map(|item| {
        let item = text(*item);
        item.split(": ").nth(1).unwrap().split(' ').next().unwrap().parse::<usize>().unwrap()
    });
    assert_eq!(counts.sum::<usize>(), record.hand_ins.len() - open);
}

#[test]
fn without_names_nothing_gives_one_away() {
    let mut record = class(60);
    record.assignment = Some("the course of Prof. Änne Müller".into());
    let page = page(&record, Names::Hidden);
    let parsed = Parsed::new(&page);
    assert_eq!(parsed.all("#rows tbody tr").len(), 60);
    let all = text(parsed.only("body"));
    for hand_in in &record.hand_ins {
        for secret in [&hand_in.id, hand_in.name.as_ref().unwrap(), &hand_in.path, &hand_in.details["email"]]
        {
            assert!(!all.contains(secret), "{secret}");
        }
    }
    for part in ["student", "grüße", "Müller", "Ørsted"] {
        assert!(!page.contains(part), "{part}");
    }
    let outward = parsed.values("href").into_iter().filter(|link| !link.starts_with('#'));
    assert_eq!(outward.collect::<Vec<_>>(), Vec::<&str>::new());
    let names: Vec<_> = parsed.all("#rows tbody th").into_iter().map(text).collect();
    assert_eq!(names, (1..=60).map(|number| format!("Hand-in {number}")).collect::<Vec<_>>());
    let numbered: Vec<_> = parsed.all("#rows tbody td.number").into_iter().map(text).collect();
    let listed = record
        .hand_ins
        .iter()
        .map(|hand_in| hand_in.graded().map_or("–".into(), |graded| graded.score.to_string()));
    assert_ne!(numbered, listed.collect::<Vec<_>>(), "the numbers follow the identifiers");
}

#[test]
fn an_empty_class_and_one_of_which_nothing_was_graded_have_pages() {
    let mut record = class(3);
    for hand_in in &mut record.hand_ins {
        hand_in.outcome = HandInOutcome::NotGraded { reason: "It was not reached.".into() };
    }
    assert!(page(&record, Names::Shown).contains("No score is final yet."));
    record.hand_ins.clear();
    record.columns.clear();
    assert!(page(&record, Names::Shown).contains("A class of 0 hand-ins"));
}

/// A class in which everything that comes from outside is this.
fn hostile(said: &str) -> ClassRecord {
    let mut record = class(12);
    record.assignment = Some(said.into());
    record.unrecognized = vec![Unrecognized { path: said.into(), reason: said.into() }];
    record.missing = vec![Person { name: Some(said.into()), ..Person::default() }];
    for (index, hand_in) in record.hand_ins.iter_mut().enumerate() {
        hand_in.name = Some(said.into());
        hand_in.id = format!("{index}{said}");
        hand_in.same_as = (index == 1).then(|| format!("0{said}"));
        hand_in.is_late = true;
        match &mut hand_in.outcome {
            HandInOutcome::Graded(graded) => {
                graded.needs_a_look = vec![said.into()];
                for cause in &mut graded.causes {
                    cause.text = said.into();
                    cause.mistakes.iter_mut().for_each(|mistake| mistake.text = said.into());
                }
            }
            HandInOutcome::NotGraded { reason } => *reason = said.into(),
        }
    }
    record
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn whatever_a_hand_in_is_called_is_text(said in arbitrary()) {
        let page = page(&hostile(&said), Names::Shown);
        prop_assert_eq!(page.chars().find(|character| is_unseen(*character)), None);
        let own = Parsed::new(&self::page(&hostile("two\nlines"), Names::Shown)).kinds();
        let parsed = Parsed::new(&page);
        let foreign: Vec<_> = parsed.kinds().into_iter().filter(|kind| !own.contains(kind)).collect();
        prop_assert!(foreign.is_empty(), "{:?}", foreign);
        for link in parsed.values("href") {
            prop_assert!(link.starts_with('#') || link.starts_with("hand-ins/") && link.ends_with("/page.html"), "{}", link);
        }
    }
}

/// How soon it is shown is measured by `benches/page.rs`.
#[test]
fn a_class_of_a_thousand_is_shown_sorted_and_filtered_with_the_keyboard() {
    let Some(chromium) = chromium() else { return };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("class.html");
    let record = class(1000);
    fs::write(&file, page(&record, Names::Shown)).unwrap();
    let seen = look(&chromium, "class.js", &file);
    assert_eq!(seen["complaints"], json!([]));
    assert_eq!(seen["axe"], json!([]));
    for view in seen["views"].as_array().unwrap() {
        assert!(view["needed"].as_u64() <= view["room"].as_u64(), "{view}");
    }
    assert_ne!(seen["views"][0]["background"], seen["views"][1]["background"], "light and dark are the same");

    assert_eq!(seen["first"]["status"], "1000 hand-ins");
    let searched = texts(&seen["searched"]["names"]);
    let named = record.hand_ins.iter().filter(|one| one.name.as_ref().unwrap().contains("Müller")).count();
    assert_eq!(searched.len(), named);
    assert!(named > 0 && searched.iter().all(|name| name.contains("Müller")));
    assert_eq!(seen["searched"]["status"], format!("{named} of 1000 hand-ins"));
    // The first of the list is the one that most make.
    let both = texts(&seen["searchedWithMistake"]["mistakes"]);
    assert!(!both.is_empty() && both.len() < named, "{both:?}");
    assert!(both.iter().all(|mistakes| mistakes.split(' ').any(|mistake| mistake == "0")), "{both:?}");
    assert_eq!(seen["all"]["count"], 1000);

    let points = |state: &str| -> Vec<i64> {
        texts(&seen[state]["points"]).into_iter().map(|points| points.parse().unwrap_or(-1)).collect()
    };
    assert!(points("byPoints").is_sorted());
    assert!(points("byPointsDown").is_sorted_by(|one, other| one >= other));
    assert!(!points("first").is_sorted());
    assert_eq!(seen["sort"], "descending");
    let long = texts(&seen["byLong"]["results"]).into_iter().map(|results| results.chars().nth(2));
    let (failed, passed): (Vec<_>, Vec<_>) = long.partition(|result| *result == Some('f'));
    let first = texts(&seen["byLong"]["results"]);
    assert!(!failed.is_empty() && !passed.is_empty());
    assert!(first[..failed.len()].iter().all(|results| results.chars().nth(2) == Some('f')));

    assert!(
        seen["readout"].as_str().unwrap().contains("long (Server, graded): failed. "),
        "{}",
        seen["readout"]
    );
    let makers = texts(&seen["byMistake"]["mistakes"]);
    assert_eq!(makers.len(), record.mistakes()[1].hand_ins.len());
    let counts = verdicts(&record);
    let shown = texts(&seen["first"]["verdicts"]);
    for (verdict, count) in counts {
        assert_eq!(shown.iter().filter(|other| **other == verdict).count(), count, "{verdict}");
    }
}

fn texts(values: &Value) -> Vec<&str> {
    values.as_array().unwrap().iter().map(|value| value.as_str().unwrap()).collect()
}

/// How often each verdict occurs.
fn verdicts(record: &ClassRecord) -> BTreeMap<&'static str, usize> {
    let mut counts = BTreeMap::new();
    for hand_in in &record.hand_ins {
        let verdict = match hand_in.graded().map(|graded| graded.verdict) {
            Some(RunVerdict::Pass) => "pass",
            Some(RunVerdict::Fail) => "fail",
            Some(RunVerdict::Incomplete) => "incomplete",
            None => "none",
        };
        *counts.entry(verdict).or_default() += 1;
    }
    counts
}

//! What a hand-in is called on the page.

use std::collections::BTreeMap;

use maud::{Markup, html};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sha2::{Digest, Sha256};

use super::Names;
use crate::class::record::{ClassRecord, HandInRecord};
use crate::report::html::short;

/// What has a meaning of its own in an address, or may get one.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// The hand-ins of a class, and how the page speaks of them.
pub(super) struct People<'a> {
    names: Names,
    hand_ins: BTreeMap<&'a str, Called<'a>>,
}

struct Called<'a> {
    hand_in: &'a HandInRecord,
    /// Which of all it is where names are hidden, from 1.
    number: usize,
}

impl<'a> People<'a> {
    pub(super) fn new(record: &'a ClassRecord, names: Names) -> Self {
        // In the order of the alphabet a number would say with which letter a name begins.
        let place = |hand_in: &HandInRecord| {
            Sha256::new().chain_update(record.seed.to_be_bytes()).chain_update(&hand_in.id).finalize()
        };
        let mut hand_ins: Vec<_> = record.hand_ins.iter().collect();
        hand_ins.sort_by_cached_key(|hand_in| place(hand_in));
        let called = hand_ins.into_iter().zip(1..);
        let hand_ins =
            called.map(|(hand_in, number)| (hand_in.id.as_str(), Called { hand_in, number })).collect();
        Self { names, hand_ins }
    }

    pub(super) fn are_shown(&self) -> bool {
        self.names == Names::Shown
    }

    /// The hand-ins in the order of the table: by their identifiers, or by their numbers.
    pub(super) fn in_order(&self) -> Vec<&'a HandInRecord> {
        let mut called: Vec<_> = self.hand_ins.values().collect();
        if !self.are_shown() {
            called.sort_by_key(|called| called.number);
        }
        called.into_iter().map(|called| called.hand_in).collect()
    }

    /// What it is called.
    pub(super) fn label(&self, id: &str) -> String {
        match self.hand_ins.get(id) {
            Some(called) if !self.are_shown() => format!("Hand-in {}", called.number),
            Some(Called { hand_in, .. }) => short(hand_in.name.as_deref().unwrap_or(id)),
            None if self.are_shown() => short(id),
            None => "a hand-in".into(),
        }
    }

    /// What it is called, as a link to its page where there is one.
    pub(super) fn link(&self, id: &str) -> Markup {
        let label = self.label(id);
        match self.hand_ins.get(id) {
            Some(called) if self.are_shown() && called.hand_in.graded().is_some() => {
                html! { a href={ "hand-ins/" (utf8_percent_encode(id, ESCAPED)) "/page.html" } { (label) } }
            }
            _ => html! { (label) },
        }
    }

    /// The identifier, where it says more than the name does.
    pub(super) fn id(&self, hand_in: &'a HandInRecord) -> Option<&'a str> {
        (self.are_shown() && hand_in.name.as_ref().is_some_and(|name| *name != hand_in.id))
            .then_some(&hand_in.id)
    }
}

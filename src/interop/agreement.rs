//! Who agrees with whom, and who with nobody.

use std::collections::HashMap;

use super::record::{Cell, InteropRecord};
use crate::english::{count, list};
use crate::side::Side;

/// So many pairs are told of that should agree and do not.
const PAIRS_MAX: usize = 6;
/// So few others are no ground to call somebody an outlier.
const OTHERS_MIN: usize = 2;

/// The agreements of all pairs, by client and server.
pub(super) struct Agreements<'r> {
    record: &'r InteropRecord,
    cells: HashMap<(usize, usize), &'r Cell>,
}

impl<'r> Agreements<'r> {
    pub(super) fn new(record: &'r InteropRecord) -> Self {
        let cells = record.cells.iter().map(|cell| ((cell.client, cell.server), cell)).collect();
        Self { record, cells }
    }

    pub(super) fn cell(&self, client: usize, server: usize) -> Option<&'r Cell> {
        self.cells.get(&(client, server)).copied()
    }

    fn agree(&self, client: usize, server: usize) -> Option<bool> {
        self.cell(client, server)?.agrees()
    }

    /// Whether two hand-ins agree, whoever of them is the client.
    fn agree_both_ways(&self, one: usize, other: usize) -> bool {
        self.agree(one, other) == Some(true) && self.agree(other, one) == Some(true)
    }

    /// Whether this side of a hand-in agrees with the assignment, for which the reference stands.
    fn is_right(&self, participant: usize, side: Side) -> Option<bool> {
        match side {
            Side::Client => self.agree(participant, InteropRecord::REFERENCE),
            Side::Server => self.agree(InteropRecord::REFERENCE, participant),
        }
    }

    /// Hand-ins of which each agrees with each other one, and none with the assignment.
    pub(super) fn groups(&self) -> Vec<Vec<usize>> {
        let is_wrong =
            |hand_in: &usize| Side::ALL.iter().all(|side| self.is_right(*hand_in, *side) == Some(false));
        let mut groups: Vec<Vec<usize>> = Vec::new();
        for hand_in in self.record.hand_ins().filter(is_wrong) {
            let agrees =
                |group: &&mut Vec<usize>| group.iter().all(|other| self.agree_both_ways(hand_in, *other));
            match groups.iter_mut().find(agrees) {
                Some(group) => group.push(hand_in),
                None => groups.push(vec![hand_in]),
            }
        }
        groups.retain(|group| group.len() > 1);
        groups
    }

    /// What follows, in sentences.
    pub(super) fn findings(&self) -> Vec<String> {
        let mut sentences = vec![self.summary()];
        sentences.extend(self.groups().iter().map(|group| {
            let names: Vec<_> = group.iter().map(|one| self.label(*one).to_owned()).collect();
            format!("{} agree with each other, and not with the assignment.", list(&names))
        }));
        for side in Side::ALL {
            sentences.extend(self.record.hand_ins().filter_map(|one| self.outlier(one, *side)));
        }
        sentences.extend(self.disagreements());
        sentences
    }

    fn summary(&self) -> String {
        let right = |side: &Side| {
            let is_right = |one: &usize| self.is_right(*one, *side) == Some(true);
            self.record.hand_ins().filter(is_right).count()
        };
        let (server, client) = (right(&Side::Server), right(&Side::Client));
        format!(
            "Of {}, {} and {} agree with the assignment.",
            count(self.record.hand_ins().len(), "hand-in"),
            count(server, "server"),
            count(client, "client")
        )
    }

    /// What is said of a side of a hand-in that agrees with nobody else.
    fn outlier(&self, hand_in: usize, side: Side) -> Option<String> {
        let with = |other: usize| match side {
            Side::Server => self.agree(other, hand_in),
            Side::Client => self.agree(hand_in, other),
        };
        let others = (0..self.record.participants.len()).filter(|other| *other != hand_in);
        let known: Vec<bool> = others.filter_map(with).collect();
        if known.len() < OTHERS_MIN || known.contains(&true) {
            return None;
        }
        let other = side.other();
        let with = match with(hand_in) {
            Some(true) => format!("only with its own {other}"),
            Some(false) => format!("with no {other}, not even its own"),
            None => format!("with nobody else's {other}"),
        };
        Some(format!("{} {side} agrees {with}.", possessive(self.label(hand_in))))
    }

    /// Pairs that do not agree, though both agree with the assignment.
    fn disagreements(&self) -> Vec<String> {
        let is_odd = |cell: &&Cell| {
            cell.client != InteropRecord::REFERENCE
                && cell.server != InteropRecord::REFERENCE
                && cell.agrees() == Some(false)
                && self.is_right(cell.client, Side::Client) == Some(true)
                && self.is_right(cell.server, Side::Server) == Some(true)
        };
        let odd: Vec<_> = self.record.cells.iter().filter(is_odd).collect();
        let mut sentences: Vec<_> = odd.iter().take(PAIRS_MAX).map(|cell| self.disagreement(cell)).collect();
        if odd.len() > PAIRS_MAX {
            let more = count(odd.len() - PAIRS_MAX, "more pair");
            sentences.push(format!("The same goes for {more}."));
        }
        sentences
    }

    fn disagreement(&self, cell: &Cell) -> String {
        format!(
            "{} client and {} server both agree with the assignment, but not with each other: they fail {}.",
            possessive(self.label(cell.client)),
            possessive(self.label(cell.server)),
            list(&self.failed(cell))
        )
    }

    /// The scenarios that a pair failed.
    pub(super) fn failed(&self, cell: &Cell) -> Vec<String> {
        let all = self.record.scenarios.iter().zip(&cell.verdicts);
        all.filter(|(_, verdict)| *verdict == "fail").map(|(scenario, _)| scenario.clone()).collect()
    }

    fn label(&self, participant: usize) -> &'r str {
        self.record.participants[participant].label()
    }
}

fn possessive(name: &str) -> String {
    format!("{name}'s")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::interop::record::{INTEROP_FORMAT_VERSION, Participant};

    /// A record in which clients, the rows, agree with servers where there is a `+`, do not where there is a `-`, and have not been
    /// played where there is a dot. The reference is the first row and the first column.
    fn record(rows: &[&str]) -> InteropRecord {
        let names = ["reference", "ann", "bob", "cem", "dora", "eve"];
        let participant = |id: &&str| Participant { id: (*id).into(), name: None, unplayable: None };
        let cells = rows.iter().enumerate().flat_map(|(client, row)| {
            let played = row.chars().enumerate().filter(|(_, sign)| *sign != '.');
            played.map(move |(server, sign)| {
                let verdict = if sign == '+' { "pass" } else { "fail" };
                Cell { client, server, verdicts: vec!["pass".into(), verdict.into()] }
            })
        });
        InteropRecord {
            format_version: INTEROP_FORMAT_VERSION,
            harness_version: "0.0.0".into(),
            assignment: None,
            seed: 7,
            scenarios: vec!["short".into(), "long".into()],
            participants: names[..rows.len()].iter().map(participant).collect(),
            cells: cells.collect(),
            findings: Vec::new(),
            groups: Vec::new(),
        }
    }

    fn findings(rows: &[&str]) -> Vec<String> {
        Agreements::new(&record(rows)).findings()
    }

    #[test]
    fn hand_ins_that_make_one_mistake_are_a_group_and_no_outliers() {
        let record = record(&["++--", "++--", "--++", "--++"]);
        let agreements = Agreements::new(&record);
        assert_eq!(agreements.groups(), [[2, 3]]);
        let sentences = agreements.findings();
        assert_eq!(sentences[0], "Of 3 hand-ins, 1 server and 1 client agree with the assignment.");
        assert_eq!(sentences[1..], ["bob and cem agree with each other, and not with the assignment."]);
    }

    #[test]
    fn who_agrees_with_nobody_is_named() {
        let sentences = findings(&["++-+", "++-+", "++-+", "++-+"]);
        assert_eq!(sentences[1..], ["bob's server agrees with no client, not even its own."]);
        let sentences = findings(&["++-", "++-", "--+"]);
        assert_eq!(
            sentences[1..],
            [
                "bob's server agrees only with its own client.",
                "bob's client agrees only with its own server."
            ]
        );
    }

    #[test]
    fn two_that_are_right_and_do_not_agree_are_told_of() {
        let sentences = findings(&["+++", "++-", "+++"]);
        assert_eq!(
            sentences[1..],
            [
                "ann's client and bob's server both agree with the assignment, but not with each other: they fail long."
            ]
        );
    }

    #[test]
    fn what_was_not_played_says_nothing() {
        assert_eq!(findings(&["+..", ".-.", "..-"]).len(), 1);
    }
}

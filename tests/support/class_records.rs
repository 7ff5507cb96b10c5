//! What classes come to, made up: most hand-ins are right, the others make the mistakes of the catalogue, a few of them often and
//! most of them seldom. Which scenarios a mistake fails is simulated.

use std::sync::LazyLock;

use lengthwise::assignment::Assignment;
use lengthwise::bug::{self, Bug};
use lengthwise::class::{
    ClassCause, ClassRecord, Column, ColumnResult, Graded, HandInOutcome, HandInRecord, MadeMistake, Person,
    Unrecognized,
};
use lengthwise::diagnosis::SimulatedSubject;
use lengthwise::grade::{Rubric, RunVerdict};
use lengthwise::judge::judge;
use lengthwise::scenario::{self, Case};
use lengthwise::side::{Casting, Side};
use lengthwise::verdict::Verdict;
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};

const SEED: u64 = 7;
/// Names that are hard to write, to sort or to put into a page. Two people are called the same.
const GIVEN: &[&str] =
    &["Änne", "Bo", "Chloë", "Dmitri", "Éloïse", "Fatma", "Günther", "Håkon", "İpek", "João", "Li", "Zoë"];
const FAMILY: &[&str] = &[
    "Müller",
    "O'Brien",
    "de la \"Cruz\"",
    "<script>alert(1)</script>",
    "=SUM(A1)",
    "@Ng",
    "Łukasiewicz",
    "Smith; Jones",
    "Wáng",
    "Żółć",
    "Featherstonehaugh-Cholmondeley",
    "Ó Súilleabháin",
    "& Sons",
];

/// A class of so many hand-ins.
pub(crate) fn class(hand_ins: usize) -> ClassRecord {
    let mut random = ChaCha8Rng::seed_from_u64(SEED);
    let columns = columns();
    let (servers, clients) = &*FAILURES;
    let mut records: Vec<HandInRecord> = Vec::new();
    for index in 0..hand_ins {
        let is_right = random.random_bool(0.6);
        let mut pick = |bugs: &[Failures], share: f64| {
            let is_made = !is_right && random.random_bool(share);
            // The first are frequent, the others a long tail.
            let place = (bugs.len() as f64 * random.random::<f64>().powi(4)) as usize;
            is_made.then(|| bugs[place.min(bugs.len() - 1)].clone())
        };
        let made = [pick(servers, 0.75), pick(clients, 0.55)];
        let name = format!(
            "{} {}",
            GIVEN[random.random_range(..GIVEN.len())],
            FAMILY[random.random_range(..FAMILY.len())]
        );
        let mut outcome = HandInOutcome::Graded(graded(&columns, &made));
        if index % 97 == 50 {
            outcome = HandInOutcome::NotGraded { reason: "There is no file buffered_server.py.".into() };
        }
        if let HandInOutcome::Graded(graded) = &mut outcome
            && index % 61 == 30
        {
            leave_open(graded, &columns);
        }
        let details = [("email", format!("s{index}@example.org")), ("canvas id", (4000 + index).to_string())];
        let twin = (index % 53 == 20).then(|| records[index - 7].clone());
        let record = HandInRecord {
            id: format!("student {index:04}"),
            name: Some(name),
            details: details.map(|(key, value)| (key.to_owned(), value)).into(),
            group: Vec::new(),
            path: format!("student {index:04}"),
            is_late: random.random_bool(0.05),
            same_as: twin.as_ref().map(|twin| twin.same_as.clone().unwrap_or(twin.id.clone())),
            remarks: Vec::new(),
            outcome: twin.map_or(outcome, |twin| twin.outcome),
        };
        records.push(record);
    }
    let unrecognized = |path: &str, reason: &str| Unrecognized { path: path.into(), reason: reason.into() };
    ClassRecord {
        format_version: 1,
        harness_version: "0.0.0".into(),
        assignment: None,
        seed: SEED,
        pass_mark: Some(15),
        columns,
        hand_ins: records,
        unrecognized: vec![
            unrecognized("<i>notes</i>.docx", "It is no folder, no archive and no program in Python."),
            unrecognized("grüße.zip", "The archive is damaged."),
        ],
        missing: vec![Person {
            name: Some("Ørsted, Åse".into()),
            details: [("email".into(), "ao@example.org".into())].into(),
        }],
    }
}

fn columns() -> Vec<Column> {
    let rubric = Rubric::default();
    let column = |scenario: &'static scenario::Scenario, casting: Casting| Column {
        scenario: scenario.id.into(),
        casting,
        tier: rubric.tier(scenario, casting),
        max_points: rubric.points(scenario, casting),
        title: scenario.title(&Assignment::default()),
    };
    let castings = |scenario: &'static scenario::Scenario| {
        scenario.castings.iter().map(move |casting| (scenario, *casting))
    };
    scenario::catalogue().flat_map(castings).map(|(scenario, casting)| column(scenario, casting)).collect()
}

/// A mistake of a side, and the scenarios that fail by it.
#[derive(Clone)]
struct Failures {
    bug: &'static Bug,
    side: Side,
    scenarios: Vec<String>,
}

static FAILURES: LazyLock<(Vec<Failures>, Vec<Failures>)> =
    LazyLock::new(|| (failures(Side::Server), failures(Side::Client)));

fn failures(side: Side) -> Vec<Failures> {
    let assignment = Assignment::default();
    let bugs = bug::catalogue().filter(|bug| bug.sides.contains(&side) && bug.applies(&assignment));
    let of = |bug: &'static Bug| {
        let program = bug.program();
        let subject = SimulatedSubject { program: &program, side, assignment };
        let fails = |scenario: &&'static scenario::Scenario| {
            scenario.deliveries.iter().any(|delivery| {
                let case = Case::new(scenario, &assignment, delivery, SEED);
                let transcript = subject.transcript(&case);
                matches!(judge(&case, side.into(), &transcript), Verdict::Fail(_))
            })
        };
        let scenarios = scenario::catalogue().filter(|scenario| scenario.castings.contains(&side.into()));
        let scenarios = scenarios.filter(|scenario| fails(scenario)).map(|scenario| scenario.id.to_owned());
        Failures { bug, side, scenarios: scenarios.collect() }
    };
    bugs.map(of).collect()
}

fn graded(columns: &[Column], made: &[Option<Failures>]) -> Graded {
    let fails = |scenario: &String, side: Side| {
        made.iter().flatten().any(|made| made.side == side && made.scenarios.contains(scenario))
    };
    let result = |column: &Column| {
        let has_failed = match column.casting {
            Casting::Of(side) => fails(&column.scenario, side),
            Casting::Pair => Side::ALL.iter().any(|side| fails(&column.scenario, *side)),
        };
        let (verdict, points) = if has_failed { ("fail", 0) } else { ("pass", column.max_points) };
        Some(ColumnResult { verdict: verdict.into(), points })
    };
    let results: Vec<_> = columns.iter().map(result).collect();
    let max_score = columns.iter().map(|column| column.max_points).sum();
    let score = results.iter().flatten().map(|result| result.points).sum();
    let cause = |made: &Failures| {
        let lost = columns
            .iter()
            .filter(|column| column.casting == made.side.into() && made.scenarios.contains(&column.scenario));
        let (text, scenarios) = (made.bug.text(&Assignment::default()), made.scenarios.clone());
        let mistake = MadeMistake { bugs: vec![made.bug.id.into()], text: text.clone(), scenarios };
        ClassCause {
            side: Some(made.side),
            text,
            points_lost: lost.map(|column| column.max_points).sum(),
            scenarios: made.scenarios.clone(),
            mistakes: vec![mistake],
        }
    };
    Graded {
        verdict: if score == max_score { RunVerdict::Pass } else { RunVerdict::Fail },
        score,
        max_score,
        results,
        causes: made.iter().flatten().map(cause).collect(),
        needs_a_look: Vec::new(),
        elapsed_ms: 900.0,
    }
}

/// The time limit ended the run before the last that carries points.
fn leave_open(graded: &mut Graded, columns: &[Column]) {
    let last = columns.iter().rposition(|column| column.max_points > 0).unwrap();
    let result = graded.results[last].as_mut().unwrap();
    graded.score -= result.points;
    *result = ColumnResult { verdict: "inconclusive".into(), points: 0 };
    graded.verdict = RunVerdict::Incomplete;
    graded.needs_a_look = vec![format!("{}: The time limit of 120 s ended the run.", columns[last].scenario)];
}

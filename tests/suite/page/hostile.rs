//! What a program says is text on the page, and nothing else.

use std::sync::Arc;
use std::time::Duration;

use lengthwise::assignment::Assignment;
use lengthwise::conversation::{Answer, Entry, Operation, OperationKind, Transcript};
use lengthwise::delivery::Delivery;
use lengthwise::event::{
    CallOutcome, CallShows, CourseNotes, Crash, CulpritCall, Event, EventKind, Exception, FORMAT_VERSION,
    NamedCause, Output, PlannedTrial, PlayedCase, Run, RunStarted, SocketCall, TargetDescription, Trace,
    TrialFinished, TrialKey,
};
use lengthwise::judge::judge;
use lengthwise::rule::Rule;
use lengthwise::scenario::{self, Case, Tier};
use lengthwise::side::{Casting, Side};
use lengthwise::verdict::{ExchangeEnd, ExpectedAnswer, Fault, Finding, HandInFault, Stimulus, Verdict};
use proptest::prelude::*;

use super::parsed::{Parsed, text};
use super::{PAGE_LEN_MAX, page};

const CHARS_MAX: usize = 200_000;
/// More than is shown of any text.
const EVERYWHERE_CHARS: usize = 6_000;

/// Texts that are made to be something else than text.
const ATTACKS: &[&str] = &[
    "</code></svg></script></style></title><script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "' onmouseover='alert(1)",
    "<!--",
    "]]><svg/onload=alert(1)>",
    "&lt;b&gt;&#x3c;i>",
    "\u{1b}[2J\u{1b}]0;title\u{7}\u{9b}31m\0\r\u{8}",
    "\u{202e}\u{2066}\u{200b}\u{feff}\u{e0041}\u{2028}",
    "javascript:alert(1)",
    "{{7*7}}",
];

pub(crate) fn arbitrary() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        prop::sample::select(ATTACKS).prop_map(str::to_owned),
        any::<String>(),
        "[<>&\"'/=a-z ]{1,20}",
    ];
    (prop::collection::vec(part, 1..6), 1..100_usize)
        .prop_map(|(parts, times)| parts.concat().repeat(times).chars().take(CHARS_MAX).collect())
}

/// A run of a few scenarios in which this is said wherever a program can say something.
fn run(said: &str) -> Vec<Event> {
    let trials: Vec<(TrialFinished, PlannedTrial)> = vec![
        trial(Casting::SERVER, "short", server(said), Some(server(said).1), said),
        trial(Casting::CLIENT, "short", client(said), Some(client(said).1), said),
        trial(Casting::SERVER, "medium", hand_in(said), None, said),
        trial(
            Casting::CLIENT,
            "medium",
            (Verdict::Blocked { on: said.to_owned() }, Transcript::default()),
            None,
            said,
        ),
    ];
    run_of(trials, said)
}

/// The same with every scenario, none of which passes.
fn run_of_everything(said: &str) -> Vec<Event> {
    let of_scenario = |id: &'static str| {
        Casting::ALL.iter().map(move |casting| match *casting {
            Casting::SERVER => trial(*casting, id, server(said), Some(server(said).1), said),
            Casting::CLIENT => trial(*casting, id, client(said), Some(client(said).1), said),
            Casting::Pair => {
                let blocked = Verdict::Blocked { on: format!("{id}: {said}") };
                trial(*casting, id, (blocked, Transcript::default()), Some(client(said).1), said)
            }
        })
    };
    run_of(scenario::catalogue().flat_map(|scenario| of_scenario(scenario.id)).collect(), said)
}

fn run_of(trials: Vec<(TrialFinished, PlannedTrial)>, said: &str) -> Vec<Event> {
    let call = SocketCall {
        file: said.to_owned(),
        line: 1,
        method: said.to_owned(),
        connection: Some(0),
        asked: Some(1),
        outcome: CallOutcome::Raised { error: said.to_owned() },
    };
    let culprit = Some(CulpritCall { call: 0, shows: CallShows::Raised });
    let cause = NamedCause { bugs: vec![said.to_owned()], text: said.to_owned(), mistakes: Vec::new() };
    let started = RunStarted {
        proves_silence: true,
        format_version: FORMAT_VERSION,
        harness_version: "0.0.0".into(),
        run: Run {
            target: TargetDescription::new("submission")
                .with("path", said)
                .contained_by(Some(said.to_owned())),
            assignment: Assignment::default(),
            seed: 7,
            strict: false,
            course: Box::new(CourseNotes {
                texts: [("short".to_owned(), said.to_owned()), (said.to_owned(), said.to_owned())].into(),
                ..CourseNotes::default()
            }),
        },
        deadline: Duration::from_secs(2),
        plan: trials.iter().map(|(_, planned)| planned.clone()).collect(),
    };
    let traced: Vec<_> = trials.iter().map(|(finished, _)| finished.key.clone()).collect();
    let finished = trials.into_iter().map(|(finished, _)| EventKind::TrialFinished(Arc::new(finished)));
    let calls = vec![call; 20];
    let traced = traced
        .into_iter()
        .map(|key| EventKind::Traced { key, trace: Trace { calls: calls.clone(), culprit } });
    let kinds = [EventKind::RunStarted(started)].into_iter().chain(finished).chain(traced).chain([
        EventKind::Diagnosed { side: Side::Client, cause, experiments: Vec::new() },
        EventKind::RunFinished,
    ]);
    kinds.map(|kind| Event::new(Duration::ZERO, kind)).collect()
}

fn case() -> Case {
    Case::new(scenario::find("short").unwrap(), &Assignment::default(), &Delivery::Whole, 7)
}

/// A server that sends it.
fn server(said: &str) -> (Verdict, Transcript) {
    let len = case().sent_len() + 4;
    let transcript = Transcript::from(vec![
        Entry::Connected { connection: 0 },
        Entry::Sent { connection: 0, messages: 1, len, pieces: 1, requested: 0, undelivered: None },
        Entry::Received { connection: 0, bytes: [b"\0\0\0\x05", said.as_bytes()].concat() },
        Entry::HarnessError { why: said.to_owned() },
        Entry::Aborted,
    ]);
    let without_trouble: Vec<_> = transcript.entries[..3].to_vec();
    (judge(&case(), Casting::SERVER, &without_trouble.into()), transcript)
}

/// A client that answers it.
fn client(said: &str) -> (Verdict, Transcript) {
    let answer = Answer::Received { payload: said.to_owned(), received: true };
    let finding = Finding {
        stimulus: Stimulus::Ask { client: 0, messages: 1 },
        fault: Fault::Answer {
            operation: OperationKind::ReceiveMessage,
            expected: ExpectedAnswer::Reply(said.to_owned()),
            answer: answer.clone(),
            connected_again: false,
            is_of_own_message: false,
        },
        rule: Rule::ReturnsPayload,
        ended: ExchangeEnd::StillOpen,
    };
    let entries = vec![
        Entry::Connected { connection: 0 },
        Entry::Answered {
            operation: Operation::SendMessage(said.to_owned()),
            answer: Answer::Error(said.to_owned()),
        },
        Entry::Answered { operation: Operation::ReceiveMessage, answer },
    ];
    (Verdict::Fail(Box::new(finding)), entries.into())
}

/// A hand-in that says it while it is imported.
fn hand_in(said: &str) -> (Verdict, Transcript) {
    let why = HandInFault::NotLoaded { why: said.to_owned(), details: said.to_owned() };
    (Verdict::Fail(Box::new(Finding::hand_in(why))), Transcript::default())
}

fn trial(
    casting: Casting,
    id: &str,
    (verdict, _): (Verdict, Transcript),
    transcript: Option<Transcript>,
    said: &str,
) -> (TrialFinished, PlannedTrial) {
    let key = TrialKey { scenario: id.into(), casting };
    let planned = PlannedTrial {
        key: key.clone(),
        tier: Tier::Graded,
        title: said.to_owned(),
        worth: 1,
        hidden: false,
    };
    let played = |transcript| PlayedCase { case: case(), transcript, elapsed: Duration::ZERO };
    let exception = Exception { error: said.to_owned(), place: Some(said.to_owned()) };
    let finished = TrialFinished {
        key,
        verdict,
        failed_delivery: None,
        passed_deliveries: None,
        deliveries: transcript.map(played).into_iter().collect(),
        elapsed: Duration::ZERO,
        boundary: None,
        notes: Vec::new(),
        output: Output::of_side(Some(said.to_owned())),
        crash: Some(Crash::Exception(exception)),
        reproduce: format!("harness --submission {}", said.chars().take(80).collect::<String>()),
    };
    (finished, planned)
}

/// Whether a character hides something, turns the direction of the text, or is a control character.
pub(crate) fn is_unseen(character: char) -> bool {
    character.is_control() && character != '\n'
        || matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn whatever_is_said_is_text(said in arbitrary()) {
        let page = page(&run(&said));
        prop_assert_eq!(page.chars().find(|character| is_unseen(*character)), None);
        let parsed = Parsed::new(&page);
        let own = Parsed::new(&self::page(&run("two\nlines"))).kinds();
        let foreign: Vec<_> = parsed.kinds().into_iter().filter(|kind| !own.contains(kind)).collect();
        prop_assert!(foreign.is_empty(), "{:?}", foreign);
        for link in parsed.values("href") {
            prop_assert!(link.starts_with('#'), "{}", link);
        }
        prop_assert!(page.len() < 150_000, "{} bytes", page.len());
    }
}

#[test]
fn what_is_said_can_be_read() {
    let said = "<b>bold</b> & \"quoted\" \u{1b}[31m \u{202e}x";
    let page = page(&run(said));
    let shown = r#"<b>bold</b> & "quoted" \x1B[31m \xE2\x80\xAEx"#;
    assert_eq!(text(Parsed::new(&page).only("h1")), shown);
    assert!(text(Parsed::new(&page).all("pre")[0]).contains(r"<b>bold</b>"));
}

#[test]
fn no_page_is_too_long_whatever_is_said_in_every_scenario() {
    for said in ["<", "\"", "\u{1b}", "\u{e0041}", "\u{1b}\n", "##[", "::\n", "&amp;", "é", "\u{10ffff}"] {
        let page = page(&run_of_everything(&said.repeat(EVERYWHERE_CHARS)));
        assert!(page.len() <= PAGE_LEN_MAX, "{said:?}: {} bytes", page.len());
        // What is left out is named all the same.
        let parsed = Parsed::new(&page);
        let trials = scenario::catalogue().count() * Casting::ALL.len();
        assert_eq!(parsed.all("details.trial").len(), trials, "{said:?}");
        assert!(page.contains("no room for more of it"), "{said:?}: {} bytes", page.len());
        assert!(!parsed.all("details.example svg a.w").is_empty(), "{said:?}");
    }
}

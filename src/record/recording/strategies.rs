//! Events of which every text, number and choice may be any.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use crate::assignment::{Assignment, ByteOrder, Charset, HeaderWidth, Sizes, WireFormat, Work};
use crate::conversation::{
    Answer, ConnectFailure, Ending, Entry, Malformation, Obstacle, Operation, Transcript, Undelivered,
};
use crate::delivery::Boundary;
use crate::event::{
    CallOutcome, CallShows, CourseNotes, Crash, CulpritCall, Event, EventKind, Exception, NamedCause,
    NamedMistake, Output, PlannedTrial, PlayedCase, Run, RunStarted, SocketCall, TargetDescription, Trace,
    TrialFinished, TrialKey,
};
use crate::grade::PassedDeliveries;
use crate::rule::Rule;
use crate::scenario::{Case, catalogue};
use crate::side::Side;
use crate::silence::{BlockedIn, KnownBy, Silence};
use crate::verdict::{ExchangeEnd, Fault, Finding, HandInFault, Mismatch, Note, Stimulus, Verdict};

fn duration() -> impl Strategy<Value = Duration> {
    any::<u64>().prop_map(Duration::from_nanos)
}

fn assignment() -> impl Strategy<Value = Assignment> {
    let work = any::<usize>().prop_flat_map(|count| {
        select(vec![
            Work::RemoveFront(count),
            Work::RemoveBack(count),
            Work::Echo,
            Work::Uppercase,
            Work::Reverse,
        ])
    });
    let wire = (
        select(&HeaderWidth::ALL[..]),
        select(&ByteOrder::ALL[..]),
        any::<bool>(),
        select(&Charset::ALL[..]),
    );
    (wire, work, any::<usize>(), any::<u64>(), option::of(any::<usize>())).prop_map(
        |((header_width, byte_order, counts_header, charset), work, buffer_size, payload_len_max, long)| {
            Assignment {
                header_width,
                byte_order,
                counts_header,
                charset,
                work,
                buffer_size,
                payload_len_max,
                sizes: Sizes { long, ..Sizes::default() },
            }
        },
    )
}

fn output() -> impl Strategy<Value = Output> {
    let side = || option::of(any::<String>());
    prop_oneof![
        any::<String>().prop_map(Output::Side),
        (side(), side()).prop_map(|(client, server)| Output::Pair { client, server }),
    ]
}

fn target() -> impl Strategy<Value = TargetDescription> {
    prop_oneof![
        Just(TargetDescription::built_in()),
        any::<String>().prop_map(|address| TargetDescription::new("address").with("address", address)),
        (any::<String>(), option::of(any::<String>())).prop_map(|(command, server)| {
            let client = TargetDescription::new("client").with("command", command);
            match server {
                Some(server) => client.with("server", server),
                None => client.without("server"),
            }
        }),
    ]
}

/// A case of the catalogue, in some casting, as it is planned and as it is played.
fn case() -> impl Strategy<Value = (PlannedTrial, Case)> {
    let scenarios: Vec<_> = catalogue().collect();
    (0..scenarios.len(), any::<prop::sample::Index>(), any::<prop::sample::Index>(), any::<u64>()).prop_map(
        move |(scenario, casting, delivery, seed)| {
            let scenario = scenarios[scenario];
            let key = TrialKey::new(scenario, *casting.get(scenario.castings));
            let planned = PlannedTrial {
                key,
                tier: scenario.tier,
                title: scenario.title.into(),
                worth: seed as u32,
                hidden: seed % 2 == 0,
            };
            let delivery = delivery.get(scenario.deliveries);
            (planned, Case::new(scenario, &Assignment::default(), delivery, seed))
        },
    )
}

fn operation() -> impl Strategy<Value = Operation> {
    prop_oneof![
        (any::<String>(), any::<u16>(), any::<usize>())
            .prop_map(|(host, port, buffer_size)| Operation::Connect { host, port, buffer_size }),
        any::<String>().prop_map(Operation::SendMessage),
        Just(Operation::ReceiveMessage),
        Just(Operation::ShutDown),
    ]
}

fn silence() -> impl Strategy<Value = Silence> {
    let known_by = prop_oneof![
        Just(KnownBy::Deadline),
        Just(KnownBy::Blocked(BlockedIn::Recv)),
        Just(KnownBy::Spinning)
    ];
    (duration(), known_by).prop_map(|(waited, known_by)| Silence { waited, known_by })
}

fn answer() -> impl Strategy<Value = Answer> {
    prop_oneof![
        Just(Answer::Done),
        (any::<String>(), any::<bool>())
            .prop_map(|(payload, received)| Answer::Received { payload, received }),
        any::<String>().prop_map(Answer::Error),
        any::<String>().prop_map(|text| Answer::Malformed(Malformation::Swapped, text)),
        silence().prop_map(Answer::Silent),
        any::<String>().prop_map(Answer::Exited),
    ]
}

fn entry() -> impl Strategy<Value = Entry> {
    prop_oneof![
        any::<usize>().prop_map(|connection| Entry::Connected { connection }),
        any::<String>().prop_map(|why| Entry::NotConnected { why: ConnectFailure::System { why } }),
        (any::<[usize; 5]>(), option::of(undelivered())).prop_map(
            |([connection, messages, len, pieces, requested], undelivered)| Entry::Sent {
                connection,
                messages,
                len,
                pieces,
                requested,
                undelivered
            }
        ),
        (any::<usize>(), vec(any::<u8>(), 0..300))
            .prop_map(|(connection, bytes)| Entry::Received { connection, bytes }),
        (any::<usize>(), silence()).prop_map(|(connection, silence)| Entry::Silent { connection, silence }),
        any::<usize>().prop_map(|connection| Entry::Ended { connection, ending: Ending::Reset }),
        Just(Entry::KilledBySignal),
        (operation(), answer()).prop_map(|(operation, answer)| Entry::Answered { operation, answer }),
        (any::<usize>(), duration(), any::<bool>())
            .prop_map(|(connection, timeout, gave_up)| Entry::TimeoutPassed { connection, timeout, gave_up }),
        any::<u64>().prop_map(|bytes| Entry::MemoryGrew { bytes }),
        Just(Entry::Aborted),
    ]
}

fn undelivered() -> impl Strategy<Value = Undelivered> {
    (option::of(any::<u64>()), duration(), any::<[usize; 2]>()).prop_map(
        |(unread, waited, [done, pieces])| Undelivered {
            obstacle: Obstacle::NotRead { unread, waited },
            done,
            pieces,
        },
    )
}

fn finding() -> impl Strategy<Value = Finding> {
    let bytes = (vec(any::<u8>(), 0..50), vec(any::<u8>(), 0..50)).prop_map(|(expected, received)| {
        let mismatch = Mismatch::Extra { len: received.len() };
        Fault::Bytes { from: Side::Server, mismatch, frames: 1, expected, received }
    });
    let hand_in =
        any::<String>().prop_map(|error| Fault::HandIn { why: HandInFault::ConstructorFailed { error } });
    let port = silence().prop_map(|silence| Fault::PortHeld { silence });
    let fault = prop_oneof![bytes, hand_in, port];
    (any::<String>(), fault, any::<prop::sample::Index>(), silence()).prop_map(
        |(how, fault, rule, silence)| Finding {
            stimulus: Stimulus::Stop { how },
            fault,
            rule: *rule.get(Rule::ALL),
            ended: ExchangeEnd::Silent { silence },
        },
    )
}

fn verdict() -> impl Strategy<Value = Verdict> {
    prop_oneof![
        Just(Verdict::Pass),
        finding().prop_map(|finding| Verdict::Fail(Box::new(finding))),
        any::<String>().prop_map(|on| Verdict::Blocked { on }),
        any::<String>().prop_map(|why| Verdict::Unsupported { why }),
        any::<String>().prop_map(|why| Verdict::Inconclusive { why }),
    ]
}

fn finished() -> impl Strategy<Value = TrialFinished> {
    let notes = any::<u64>().prop_map(|bytes| Note::MemoryReserved { bytes });
    let texts = (vec(notes, 0..3), option::of(output()), option::of(crash()), any::<String>());
    let boundary = option::of(prop_oneof![Just(Boundary::Confirmed), Just(Boundary::Unconfirmed)]);
    let transcript = vec((duration(), entry()), 0..8).prop_map(|entries| {
        let mut transcript = Transcript::default();
        entries.into_iter().for_each(|(at, entry)| transcript.push(at, entry));
        transcript
    });
    (case(), transcript, verdict(), duration(), boundary, texts).prop_map(
        |((planned, case), transcript, verdict, elapsed, boundary, (notes, output, crash, reproduce))| {
            let failed_delivery = matches!(verdict, Verdict::Fail(_)).then(|| case.delivery.clone());
            let deliveries = vec![PlayedCase { case, transcript, elapsed }];
            let key = planned.key;
            TrialFinished {
                key,
                verdict,
                failed_delivery,
                passed_deliveries: boundary.map(|_| PassedDeliveries { passed: 1, of: 3 }),
                deliveries,
                elapsed,
                boundary,
                notes,
                output,
                crash,
                reproduce,
            }
        },
    )
}

fn started() -> impl Strategy<Value = RunStarted> {
    let texts = proptest::collection::btree_map(any::<String>(), any::<String>(), 0..3).boxed();
    let names = texts.clone();
    let course =
        (option::of(any::<String>()), option::of(any::<u32>()), option::of(any::<String>()), names, texts)
            .prop_map(|(file, pass_mark, hidden_until, names, texts)| {
                Box::new(CourseNotes { file, pass_mark, hidden_until, names, texts })
            });
    let run = (target(), assignment(), any::<u64>(), any::<bool>(), course).prop_map(
        |(target, assignment, seed, strict, course)| Run { target, assignment, seed, strict, course },
    );
    let plan = vec(case().prop_map(|(planned, _)| planned), 0..4);
    (any::<u32>(), any::<String>(), run, duration(), plan).prop_map(
        |(format_version, harness_version, run, deadline, plan)| RunStarted {
            format_version,
            harness_version,
            run,
            deadline,
            proves_silence: true,
            plan,
        },
    )
}

fn call() -> impl Strategy<Value = SocketCall> {
    let outcome = prop_oneof![
        option::of(any::<usize>()).prop_map(|len| CallOutcome::Returned { len }),
        any::<String>().prop_map(|error| CallOutcome::Raised { error }),
        Just(CallOutcome::Waits),
    ];
    let numbers = (any::<u32>(), option::of(any::<usize>()), option::of(any::<usize>()));
    (any::<String>(), any::<String>(), numbers, outcome).prop_map(
        |(file, method, (line, connection, asked), outcome)| SocketCall {
            file,
            line,
            method,
            connection,
            asked,
            outcome,
        },
    )
}

fn culprit() -> impl Strategy<Value = CulpritCall> {
    let shows = prop_oneof![
        any::<usize>().prop_map(|len| CallShows::TookOfNext { len }),
        (any::<usize>(), any::<usize>()).prop_map(|(len, missing)| CallShows::Incomplete { len, missing }),
        any::<usize>().prop_map(|len| CallShows::SentPart { len }),
        Just(CallShows::SentWrong),
        Just(CallShows::Raised),
        Just(CallShows::Waited),
    ];
    (any::<usize>(), shows).prop_map(|(call, shows)| CulpritCall { call, shows })
}

fn crash() -> impl Strategy<Value = Crash> {
    prop_oneof![
        (any::<String>(), option::of(any::<String>()))
            .prop_map(|(name, assertion)| Crash::Signal { name, assertion }),
        (any::<String>(), option::of(any::<String>()))
            .prop_map(|(error, place)| Crash::Exception(Exception { error, place })),
    ]
}

/// An event.
pub(crate) fn event() -> impl Strategy<Value = Event> {
    let kind = prop_oneof![
        started().prop_map(EventKind::RunStarted),
        case().prop_map(|(planned, _)| EventKind::TrialStarted { key: planned.key }),
        finished().prop_map(|finished| EventKind::TrialFinished(Arc::new(finished))),
        (any::<bool>(), vec(any::<String>(), 0..3), any::<String>()).prop_map(|(is_server, bugs, text)| {
            let side = if is_server { Side::Server } else { Side::Client };
            let (scenarios, mistake_text) = (bugs.clone(), text.clone());
            let mistakes = vec![NamedMistake { bugs: bugs.clone(), text: mistake_text, scenarios }];
            EventKind::Diagnosed { side, cause: NamedCause { bugs, text, mistakes }, experiments: Vec::new() }
        }),
        (case(), vec(call(), 0..4), option::of(culprit())).prop_map(|((planned, _), calls, culprit)| {
            EventKind::Traced { key: planned.key, trace: Trace { calls, culprit } }
        }),
        (any::<bool>(), select(WireFormat::all().collect::<Vec<_>>())).prop_map(|(is_server, format)| {
            let side = if is_server { Side::Server } else { Side::Client };
            EventKind::OtherFormat { side, format }
        }),
        Just(EventKind::RunFinished),
    ];
    (duration(), kind).prop_map(|(at, kind)| Event::new(at, kind))
}

/// The events of a run, in an order in which they can happen: up to its end, or up to anywhere.
pub(crate) fn run() -> impl Strategy<Value = Vec<Event>> {
    let trials = vec((case(), finished()), 0..8);
    let after = vec(event(), 0..6);
    (started(), trials, after, any::<prop::sample::Index>()).prop_map(|(mut started, trials, after, end)| {
        let mut keys = HashSet::new();
        let mut kinds = Vec::new();
        started.plan.clear();
        for ((planned, _), finished) in trials {
            if keys.insert(planned.key.clone()) {
                let finished = TrialFinished { key: planned.key.clone(), ..finished };
                started.plan.push(planned);
                kinds.push(EventKind::TrialFinished(Arc::new(finished)));
            }
        }
        kinds.insert(0, EventKind::RunStarted(started));
        kinds.extend(after.into_iter().map(|event| event.kind).filter(|kind| match kind {
            EventKind::Traced { .. } | EventKind::Diagnosed { .. } | EventKind::OtherFormat { .. } => true,
            EventKind::RunStarted(_)
            | EventKind::TrialStarted { .. }
            | EventKind::TrialFinished(_)
            | EventKind::RunFinished => false,
        }));
        kinds.push(EventKind::RunFinished);
        kinds.truncate(1 + end.index(kinds.len()));
        (0..).map(Duration::from_millis).zip(kinds).map(|(at, kind)| Event::new(at, kind)).collect()
    })
}

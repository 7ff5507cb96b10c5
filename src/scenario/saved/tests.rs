use super::*;
use crate::scenario::catalogue;
use crate::side::Casting;

/// A file with these actions.
fn file(actions: &str) -> String {
    format!(
        "{{\n\"version\": 1,\n\"id\": \"a/b\",\n\"rule\": \"framing\",\n\"actions\": [\n{actions}\n]\n}}\n"
    )
}

fn error(text: &str) -> String {
    Case::from_file(text, &Assignment::default()).unwrap_err().to_string()
}

#[test]
fn every_case_of_the_catalogue_is_written_and_read_back_equal() {
    for scenario in catalogue() {
        for delivery in scenario.deliveries {
            let case = Case::new(scenario, &Assignment::default(), delivery, 7);
            let text = case.to_file();
            let read = Case::from_file(&text, &Assignment::default())
                .unwrap_or_else(|error| panic!("{}: {error}\n{text}", case.id));
            assert_eq!(read, Case { tier: Tier::Hardening, ..case });
            assert_eq!(read.to_file(), text);
        }
    }
}

#[test]
fn a_file_is_short_and_has_a_line_for_each_action() {
    let text = file(
        "{\"do\": \"connect\"},\n{\"do\": \"send\", \"messages\": [\"a\", {\"repeat\": \"x\", \"times\": 4093}]},\n{\"do\": \"receive\"},\n{\"do\": \"receive\"}",
    );
    let case = Case::from_file(&text, &Assignment::default()).unwrap();
    assert_eq!(case.messages().map(str::len).collect::<Vec<_>>(), [1, 4093]);
    let written = case.to_file();
    assert_eq!(
        written,
        r#"{
  "version": 1,
  "id": "a/b",
  "rule": "framing",
  "actions": [
    {"do": "connect"},
    {"do": "send", "messages": ["a",{"repeat":"x","times":4093}]},
    {"do": "receive"},
    {"do": "receive"}
  ]
}
"#
    );
    assert_eq!(Case::from_file(&written, &Assignment::default()).unwrap(), case);
}

#[test]
fn what_an_action_owes_to_its_neighbours_is_decided_anew() {
    let of_short =
        Case::new(crate::scenario::find("short").unwrap(), &Assignment::default(), &Delivery::Whole, 7);
    let text = of_short.to_file();
    let edited = text.replace("    {\"do\": \"receive\"},\n", "").replace("shut-down-client", "close-unread");
    let case = Case::from_file(&edited, &Assignment::default()).unwrap();
    assert!(matches!(
        case.actions[1],
        Action::Send { followed_by: crate::scenario::FollowedBy::CloseUnread, .. }
    ));
    assert!(case.actions.iter().all(|action| action.suits(Casting::SERVER)));
}

#[test]
fn what_cannot_be_played_is_told_with_its_line() {
    let connect = "{\"do\": \"connect\"}";
    let send = "{\"do\": \"send\", \"messages\": [\"one\"]}";
    let close = "{\"do\": \"shut-down-client\"}";
    for (actions, line, why) in [
        (send.to_owned(), 6, "no client is connected: {\"do\": \"connect\"} has to come first"),
        (
            format!("{connect},\n{{\"do\": \"send\", \"mesages\": []}}"),
            7,
            "there is no mesages here: did you mean messages?",
        ),
        (format!("{connect},\n{{\"do\": \"sent\"}}"), 7, "there is no sent here: did you mean send?"),
        (
            format!("{connect},\n{{\"do\": \"pause\", \"for\": 3}}"),
            7,
            "there is no for here: expected one of do",
        ),
        (format!("{connect},\n{{\"do\": \"receive\"}}"), 7, "no reply is due"),
        (format!("{connect},\n{close},\n{send}"), 8, "this client has left already"),
        (format!("{connect},\n{{\"do\": \"switch-client\", \"client\": 1}}"), 7, "there is no client 1"),
        (
            format!(
                "{connect},\n{{\"do\": \"send-malformed\", \"kind\": \"truncated-payload\", \"bytes\": \"\\u0000\\u0000\\u0000\\u0001xy\"}}"
            ),
            7,
            "the header declares 1 byte, and 2 follow: nothing is left out",
        ),
        (
            format!("{connect},\n{{\"do\": \"send\", \"messages\": [\"one\"], \"cuts\": [3, 7]}}"),
            7,
            "cuts are ascending offsets inside what is sent, which is 7 bytes long",
        ),
        (
            format!(
                "{connect},\n{{\"do\": \"pause\"}},\n{send},\n{{\"do\": \"server-closes\", \"mode\": \"clean\"}}"
            ),
            9,
            "one side under test cannot be made to do this",
        ),
        (
            format!(
                "{connect},\n{{\"do\": \"send\", \"messages\": [{{\"repeat\": \"x\", \"times\": 99999999999}}]}}"
            ),
            7,
            "the texts of a case have at most",
        ),
        (format!("{connect},\n{{\"do\": \"send\", \"messages\": [3]}}"), 7, "a text is written as"),
    ] {
        let text = error(&file(&actions));
        assert!(text.starts_with(&format!("line {line}: ")) && text.contains(why), "{text}");
    }
}

#[test]
fn what_is_no_saved_case_is_told() {
    assert!(error("").contains("line 1: EOF"));
    assert!(error(&file("")[..30]).starts_with("line 4: EOF"), "{}", error(&file("")[..30]));
    assert!(error("{}").contains("\"version\": 1 is missing"));
    assert!(error("{\"version\": 2}").contains("version 2 is not one that this harness reads"));
    assert!(error("{\"version\": 1}").contains("missing field"));
    assert_eq!(error(&file("").replace("rule", "rle")), "line 4: there is no rle here: did you mean rule?");
    assert!(error(&file("")).contains("there are no actions"));
    assert!(error(&file("").replace("a/b", "a\\nb")).contains("an id is a short word"));
}

proptest::proptest! {
    #[test]
    fn whatever_is_cut_off_or_changed_never_panics(cut: proptest::sample::Index, byte: u8, at: proptest::sample::Index) {
        let case = Case::new(crate::scenario::find("parallel").unwrap(), &Assignment::default(), &Delivery::EveryByte, 7);
        let text = case.to_file();
        let _ = Case::from_file(&text[..cut.index(text.len())], &Assignment::default());
        let mut changed = text.into_bytes();
        let len = changed.len();
        changed[at.index(len)] = byte % 0x80;
        if let Ok(case) = Case::from_file(&String::from_utf8(changed).unwrap(), &Assignment::default()) {
            let written = case.to_file();
            proptest::prop_assert_eq!(Case::from_file(&written, &Assignment::default()).unwrap().to_file(), written);
        }
    }
}

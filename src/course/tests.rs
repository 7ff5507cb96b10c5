//! Files that are right, and files that are not.

use super::*;
use crate::assignment::{ByteOrder, Charset, HeaderWidth, Sizes, Work};
use crate::scenario;
use crate::side::{Casting, Side};

fn read(text: &str) -> Course {
    Course::read(text).unwrap_or_else(|error| panic!("{error}:\n{text}"))
}

#[test]
fn the_default_file_and_an_empty_one_say_what_is_so_without_one() {
    assert_eq!(read(DEFAULT_FILE), Course::default());
    assert_eq!(read(""), Course::default());
}

/// What is commented out in the default file is right, too.
#[test]
fn every_example_of_the_default_file_can_be_used() {
    let is_example = |line: &str| line.starts_with("# ") && line.contains(" = ") && !line.contains(" = N ");
    let uncommented: Vec<_> = DEFAULT_FILE
        .lines()
        .map(|line| if is_example(line) { line.trim_start_matches("# ") } else { line })
        .filter(|line| !line.starts_with("  "))
        .collect();
    let course = read(&uncommented.join("\n"));
    assert_eq!(course.rubric.pass_mark, Some(20));
    assert_eq!(course.rubric.hidden_until.unwrap().text, "2026-12-24");
    assert_eq!(course.names.server_class.as_deref(), Some("BufferedTCPServer"));
    assert_eq!(course.texts.len(), 2);
}

#[test]
fn a_file_is_put_into_a_course() {
    let course = read(
        r#"
        [wire]
        header-width = 1
        byte-order = "little"
        counts-header = true
        payload = "latin-1"
        [work]
        reverse = true
        [sizes]
        buffer = 64
        short = 20
        medium = 80
        long = 240
        series = 100
        parallel = 100
        [run]
        deadline = "500ms"
        [names]
        server-file = "echo.py"
        keep-running = "alive"
        server-constructor = ["port", "host"]
        [rubric]
        partial = true
        hidden = ["text/*"]
        [rubric.points]
        short = 1
        "delivery/every-byte" = { server = 3 }
        "disconnect/closed" = 2
        [texts]
        short = "slide 3"
        "#,
    );
    let own = Assignment {
        header_width: HeaderWidth::One,
        byte_order: ByteOrder::LittleEndian,
        counts_header: true,
        charset: Charset::Latin1,
        work: Work::Reverse,
        buffer_size: 64,
        sizes: Sizes {
            short: Some(20),
            medium: Some(80),
            long: Some(240),
            series: Some(100),
            parallel: Some(100),
        },
        ..Assignment::default()
    };
    assert_eq!(course.assignment, own);
    assert_eq!(course.deadline, Duration::from_millis(500));
    assert_eq!((course.names.server_file.as_str(), course.names.keep_running.as_str()), ("echo.py", "alive"));
    assert_eq!(course.names.constructor(Side::Server), [ConstructorValue::Port, ConstructorValue::Host]);
    let points = |id, side: Side| course.rubric.points(scenario::find(id).unwrap(), Casting::Of(side));
    assert_eq!([points("short", Side::Server), points("short", Side::Client)], [1, 1]);
    assert_eq!([points("medium", Side::Server), points("medium", Side::Client)], [0, 0]);
    assert_eq!(
        [points("delivery/every-byte", Side::Server), points("delivery/every-byte", Side::Client)],
        [3, 0]
    );
    // It is played with the client under test only.
    assert_eq!(Side::ALL.iter().map(|side| course.rubric.total(*side)).collect::<Vec<_>>(), [4, 3]);
    assert!(course.rubric.partial && course.rubric.hidden.len() > 5);
    assert_eq!(course.texts["short"], "slide 3");
}

/// What is said of a file that cannot be used, with the line: what is wrong, and what would be right.
#[test]
fn what_is_wrong_with_a_file_is_said_with_its_line_and_what_is_right() {
    for (text, wanted) in [
        ("[wire]\nheadr-width = 2", "line 2: there is no headr-width here: did you mean header-width?"),
        ("[wier]\nheader-width = 2", "line 1: there is no wier here: did you mean wire?"),
        ("[wire]\nheader-width = 5", "line 2: header-width is 5: expected 1, 2, 3, 4 or 8 bytes"),
        ("[wire]\nbyte-order = \"litle\"", "line 2: there is no litle here: did you mean little?"),
        ("[wire]\npayload = \"utf-16\"", "line 2: there is no utf-16 here: did you mean utf-8?"),
        ("[work]\necho = false", "line 2: [work] asks for nothing"),
        ("[wire]\npayload = \"bytes\"\n[work]\nuppercase = true", "line 4: uppercase = true needs text"),
        (
            "[wire]\nlongest-payload = 0",
            "line 2: longest-payload is 0: expected a number from 1 to 67,108,864",
        ),
        ("[work]\necho = true\nreverse = true", "line 3: [work] asks for several things"),
        ("[work]\nremove-front = -1", "line 2: remove-front is -1: expected a number from 0 to 1000"),
        ("[sizes]\nbuffer = 100\nshort = 100", "line 3: short is 100: expected a number from 1 to 99"),
        ("[sizes]\nmedium = 1024", "line 2: medium is 1024: expected a number from 1025 to 10,000,000"),
        (
            "[wire]\nheader-width = 2\n[sizes]\nlong = 100000",
            "line 4: long is 100000: expected a number from 2048 to 65,535",
        ),
        (
            "[wire]\nheader-width = 1\n[sizes]\nmedium = 200",
            "line 4: medium cannot be chosen: a buffer of 1024 bytes",
        ),
        ("[run]\ndeadline = \"soon\"", "line 2: deadline is \"soon\""),
        ("[run]\ndeadline = 2", "line 2: invalid type: integer `2`, expected a string"),
        ("[names]\nserver-file = \"../theirs.py\"", "line 2: \"../theirs.py\" is not the name of a file"),
        ("[names]\nkeep-running = \"keep running\"", "line 2: \"keep running\" is not a name in Python"),
        ("[names]\nserver-constructor = [\"prot\"]", "line 2: there is no prot here: did you mean port?"),
        ("[rubric.points]\nshort = 1\nmedim = 2", "line 3: there is no medim: did you mean medium?"),
        (
            "[rubric.points]\nshort = \"one\"",
            "line 2: expected a number of points, or { server = N, client = N }",
        ),
        ("[rubric.points]\nshort = -1", "line 2: expected a number of points, or { server = N, client = N }"),
        ("[rubric.points]\nshort = 0", "line 1: no scenario carries any points"),
        (
            "[rubric.points]\nshort = 1\n\"close/half-close\" = { client = 1 }",
            "line 3: close/half-close is never played with the client under test",
        ),
        (
            "[wire]\nheader-width = 1\n[rubric.points]\nlong = 2",
            "line 4: long carries points and cannot be played: a message of 650000 bytes is too long for a 1-byte length",
        ),
        (
            "[work]\necho = true\n[rubric.points]\n\"length/as-many-as-removed\" = 2",
            "line 4: length/as-many-as-removed carries points and cannot be played: it says nothing",
        ),
        ("[rubric]\npass-mark = 31", "line 2: pass-mark is 31: expected a number from 1 to 30"),
        (
            "[rubric]\nhidden = [\"clos/half-close\"]",
            "line 2: there is no clos/half-close: did you mean close/half-close?",
        ),
        (
            "[rubric]\nhidden = [\"close/*\"]\nhidden-until = 10:00:00",
            "line 3: hidden-until is a time without a date",
        ),
        ("[rubric]\nhidden-until = 2026-12-24", "line 2: hidden-until is about nothing"),
        ("[texts]\nshrt = \"x\"", "line 2: there is no shrt: did you mean short?"),
        ("[texts]\nshort = 3", "line 2: invalid type: integer `3`, expected a string"),
        ("[wire\n", "line 1: "),
        ("[wire]\nheader-width = 2\nheader-width = 4", "line 3: duplicate key"),
    ] {
        let error = Course::read(text).expect_err(text).to_string();
        assert!(error.starts_with(wanted), "{text}\n{error}");
    }
}

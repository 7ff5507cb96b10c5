//! Showing bytes to a person, escaped.

mod framed;
pub(crate) mod latin1;

use std::borrow::Cow;

pub(crate) use framed::{Framed, Window};

/// How many of the last lines that a program printed are shown: the last calls of a traceback, and the error.
const LAST_LINES: usize = 8;
/// How many of the first are shown besides, where there is room for them.
const FIRST_LINES: usize = 3;
/// How much of one such line is shown, in characters.
const LINE_CHARS_MAX: usize = 240;
/// How many bytes `left` and `right` have in common at their start.
#[must_use]
pub(crate) fn common_len(left: &[u8], right: &[u8]) -> usize {
    let common = left.len().min(right.len());
    // Long streams mostly agree, which is found out many bytes at a time.
    if left[..common] == right[..common] {
        return common;
    }
    left.iter().zip(right).take_while(|(one, other)| one == other).count()
}

/// The mark for what was left out at the end.
fn more(bytes: usize) -> String {
    format!(" [{bytes} more bytes]")
}

/// The first of `len` bytes, of which `head` are known, escaped as in a [`Window`], in at most so many columns.
#[must_use]
pub(crate) fn beginning(head: &[u8], len: usize, columns: usize) -> String {
    let mut text = String::new();
    let (mut offset, mut width) = (0, 0);
    while offset < head.len() {
        let (unit, unit_len) = unit(&head[offset..]);
        let is_last = offset + unit_len == len;
        width += unit.chars().count();
        if width + usize::from(!is_last) > columns {
            break;
        }
        text.push_str(&unit);
        offset += unit_len;
    }
    if offset < len {
        text.push('…');
    }
    text
}

/// All of `bytes`, escaped as in a [`Window`].
#[must_use]
pub(crate) fn escaped(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    let mut rest = bytes;
    while !rest.is_empty() {
        let (unit, len) = unit(rest);
        text.push_str(&unit);
        rest = &rest[len..];
    }
    text
}

/// The last lines of what a program printed, escaped as in a [`Window`]; of a line that is very long, its start.
#[must_use]
pub(crate) fn last_lines(printed: &str) -> Vec<String> {
    let lines: Vec<_> = printed.lines().collect();
    lines[lines.len().saturating_sub(LAST_LINES)..].iter().copied().map(shown_line).collect()
}

/// The first and the last lines of what a program printed, as in [`last_lines`], with a mark for those between.
#[must_use]
pub(crate) fn first_and_last_lines(printed: &str) -> Vec<String> {
    let lines: Vec<_> = printed.lines().collect();
    let left_out = lines.len().saturating_sub(FIRST_LINES + LAST_LINES);
    if left_out <= 1 {
        // A mark would take the place of the line that it stands for.
        return lines.into_iter().map(shown_line).collect();
    }
    let mut shown: Vec<_> = lines[..FIRST_LINES].iter().copied().map(shown_line).collect();
    shown.push(format!("… {left_out} lines left out …"));
    shown.extend(last_lines(printed));
    shown
}

/// `text` with everything that moves the cursor of a terminal, or turns the direction of the text, escaped as in a [`Window`]. Its
/// lines stay lines.
#[must_use]
pub(crate) fn printable(text: &str) -> String {
    replaced(text, |shown, character| shown.push_str(&escaped(character.encode_utf8(&mut [0; 4]).as_bytes())))
}

/// `text` with something else in the place of each character that cannot be printed, but for the ends of its lines.
fn replaced(text: &str, mut replace: impl FnMut(&mut String, char)) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(place) = rest.find(|character| character != '\n' && is_unprintable(character)) {
        let (before, from) = rest.split_at(place);
        shown.push_str(before);
        let mut characters = from.chars();
        characters.next().into_iter().for_each(|character| replace(&mut shown, character));
        rest = characters.as_str();
    }
    shown.push_str(rest);
    shown
}

/// Whether a character moves the cursor, is a mark for the direction of the text, or has no width (what stands beside it may not be
/// what it seems), or is none that a document may have (U+FFFE and U+FFFF, in XML).
#[must_use]
pub(crate) fn is_unprintable(character: char) -> bool {
    // Most characters are these.
    if character.is_ascii() {
        return character.is_ascii_control();
    }
    character.is_control()
        || matches!(character,
            '\u{AD}' | '\u{61C}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}' | '\u{FFFE}'..='\u{FFFF}'
            | '\u{E0000}'..='\u{E007F}')
}

/// `text` without what the log of a continuous integration takes for a command anywhere in a line: the second `#` of `##[` and
/// `##vso[` is written like this.
#[must_use]
pub(crate) fn with_number_signs_as<'t>(text: &'t str, written: &str) -> Cow<'t, str> {
    match text.contains("##") {
        true => {
            text.replace("##[", &format!("#{written}[")).replace("##vso[", &format!("#{written}vso[")).into()
        }
        false => text.into(),
    }
}

/// JSON that means the same and can be shown anywhere as it is.
///
/// JSON has to escape only the control characters below U+0020. What else would move the cursor of a terminal, turn the direction
/// of a text or be a command to the log of a continuous integration is escaped here as well. It stands only in strings, apart from
/// the ends of lines between values.
#[must_use]
pub(crate) fn escaped_json(json: &str) -> String {
    replaced(&with_number_signs_as(json, r"\u0023"), |shown, character| {
        for unit in character.encode_utf16(&mut [0; 2]) {
            shown.push_str(&format!("\\u{unit:04x}"));
        }
    })
}

/// `line` as one that the log of a continuous integration takes for no command to itself.
///
/// GitHub Actions takes `::` at the start of a line for that, and `##[` anywhere; Azure Pipelines `##vso[`.
#[must_use]
pub(crate) fn without_command(line: &str) -> Cow<'_, str> {
    let line = with_number_signs_as(line, r"\#");
    let text = line.trim_start();
    match text.starts_with("::") {
        true => format!("{}\\{text}", &line[..line.len() - text.len()]).into(),
        false => line,
    }
}

fn shown_line(line: &str) -> String {
    match line.char_indices().nth(LINE_CHARS_MAX) {
        Some((end, _)) => escaped(&line.as_bytes()[..end]) + &more(line.len() - end),
        None => escaped(line.as_bytes()),
    }
}

/// The text for what `bytes`, not empty, start with, and how many of them it stands for.
fn unit(bytes: &[u8]) -> (String, usize) {
    let first = bytes[0];
    let text = match first {
        0 => "\\0".into(),
        b'\n' => "\\n".into(),
        b'\r' => "\\r".into(),
        b'\t' => "\\t".into(),
        b'\\' => "\\\\".into(),
        0x20..=0x7E => char::from(first).to_string(),
        _ => match leading_char(bytes) {
            Some(character) => return (character.to_string(), character.len_utf8()),
            None => format!("\\x{first:02X}"),
        },
    };
    (text, 1)
}

/// The character outside ASCII that `bytes` start with, if all of it is there and it shows on a terminal.
fn leading_char(bytes: &[u8]) -> Option<char> {
    let head = &bytes[..bytes.len().min(4)];
    let valid = match std::str::from_utf8(head) {
        Ok(text) => text,
        Err(error) => std::str::from_utf8(&head[..error.valid_up_to()]).ok()?,
    };
    // Alphanumeric characters neither move the cursor nor turn the direction of the text.
    valid.chars().next().filter(|character| !character.is_ascii() && character.is_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_printable_has_lines_and_letters_only() {
        assert_eq!(
            printable("a\nb\r\u{1b}[2J\u{9b}\u{202e}é “\\”"),
            "a\nb\\r\\x1B[2J\\xC2\\x9B\\xE2\\x80\\xAEé “\\”"
        );
    }

    #[test]
    fn what_could_do_harm_in_json_is_escaped_and_read_back_the_same() {
        let text = "é \u{9b}2J \u{202e}\u{feff}\u{e0041} ##[error]x ##vso[y] ###[z \u{1b}[2J\n\"\\";
        let json = escaped_json(&serde_json::to_string(text).unwrap());
        assert_eq!(
            json,
            r##""é \u009b2J \u202e\ufeff\udb40\udc41 #\u0023[error]x #\u0023vso[y] ##\u0023[z \u001b[2J\n\"\\""##
        );
        assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
        let harmless = "{\n  \"é # \\\\\": 1\n}";
        assert_eq!(escaped_json(harmless), harmless);
    }

    #[test]
    fn no_line_is_a_command() {
        assert_eq!(without_command("  ::error::all is well"), r"  \::error::all is well");
        assert_eq!(without_command("x ##[error]y"), r"x #\#[error]y");
        assert_eq!(without_command("##vso[task.complete]"), r"#\#vso[task.complete]");
        assert_eq!(without_command("connects to ::1"), "connects to ::1");
    }

    #[test]
    fn headers_and_text_are_told_apart_at_a_glance() {
        assert_eq!(escaped(b"\0\0\0\x03age"), "\\0\\0\\0\\x03age");
        assert_eq!(escaped("é\n\\".as_bytes()), "é\\n\\\\");
        assert_eq!(escaped(&[0xC3, b'x', 0xFF]), "\\xC3x\\xFF");
    }

    #[test]
    fn bytes_survive_as_a_string_of_latin_1() {
        #[derive(serde::Serialize, serde::Deserialize)]
        struct Held(#[serde(with = "latin1")] Vec<u8>);
        let all: Vec<u8> = (0..=u8::MAX).collect();
        let text = serde_json::to_string(&Held(all.clone())).unwrap();
        assert!(text.contains("0123456789"), "{text}");
        assert_eq!(serde_json::from_str::<Held>(&text).unwrap().0, all);
        let error = serde_json::from_str::<Held>("\"a€\"").err().unwrap().to_string();
        assert!(error.contains("U+00FF"), "{error}");
    }

    #[test]
    fn control_and_direction_characters_never_reach_the_terminal() {
        assert_eq!(escaped("\u{1b}[2J\u{202e}".as_bytes()), "\\x1B[2J\\xE2\\x80\\xAE");
    }

    #[test]
    fn of_what_a_program_printed_the_last_lines_are_shown_and_none_without_end() {
        let lines: Vec<_> = (0..100).map(|number| format!("line {number}\n")).collect();
        assert_eq!(
            last_lines(&lines.concat()),
            lines[92..].iter().map(|line| line.trim_end()).collect::<Vec<_>>()
        );
        assert_eq!(last_lines("\u{1b}[2Jred"), ["\\x1B[2Jred"]);
        let endless = &last_lines(&"é".repeat(10_000))[0];
        assert!(endless.ends_with("é [19520 more bytes]"), "{endless}");
        assert_eq!(last_lines(""), [""; 0]);
    }

    #[test]
    fn of_a_long_output_the_first_and_the_last_lines_are_shown() {
        let lines = |count: usize| (1..=count).map(|number| format!("line {number}\n")).collect::<String>();
        let shown = first_and_last_lines(&lines(100));
        assert_eq!(shown[..4], ["line 1", "line 2", "line 3", "… 89 lines left out …"]);
        assert_eq!(shown[4..], last_lines(&lines(100)));
        assert_eq!(first_and_last_lines(&lines(12)).join("\n"), lines(12).trim_end());
        assert_eq!(first_and_last_lines(&lines(13))[3], "… 2 lines left out …");
        assert_eq!(first_and_last_lines(""), [""; 0]);
    }

    #[test]
    fn of_the_beginning_as_much_is_shown_as_there_is_room_for() {
        assert_eq!(beginning(b"\0\0\0\x03age", 7, 20), "\\0\\0\\0\\x03age");
        assert_eq!(beginning(b"\0\0\0\x03age", 7, 12), "\\0\\0\\0\\x03a…");
        assert_eq!(beginning(b"ages", 4, 4), "ages");
        assert_eq!(beginning(b"ages", 100, 4), "age…");
        assert_eq!(beginning(b"", 0, 4), "");
        assert_eq!(beginning(b"", 5, 4), "…");
    }
}

//! The bytes around the first wrong one, those that had to come above those that came.

use maud::{Markup, html};

use crate::assignment::Assignment;
use crate::bytes::common_len;
use crate::english::number;
use crate::wire::Decoder;

/// So many bytes stand beside one another.
const COLUMNS: usize = 10;
/// So many of them come before the first wrong one.
const BEFORE: usize = 4;

pub(super) fn table(expected: &[u8], received: &[u8], assignment: &Assignment) -> Markup {
    let place = common_len(expected, received);
    let start = (place.max(BEFORE) - BEFORE).min(expected.len().max(received.len()).saturating_sub(COLUMNS));
    let lengths = lengths(expected, assignment);
    let is_length = |offset: usize| {
        lengths.iter().any(|start| (*start..start + assignment.header_width.bytes()).contains(&offset))
    };
    let row = |name: &str, bytes: &[u8], is_received: bool| {
        html! {
            tr {
                th scope="row" { (name) }
                @for offset in start..start + COLUMNS {
                    @let is_wrong = is_received && offset == place;
                    td.len[is_length(offset) && (!is_received || offset <= place)].wrong[is_wrong].beyond[is_received && offset > place] {
                        @match bytes.get(offset) {
                            Some(byte) => { b { (sign(*byte)) } " " i { (format!("{byte:02x}")) } },
                            None if offset == bytes.len() => "end",
                            None => {}
                        }
                    }
                }
            }
        }
    };
    html! {
        div.bytes tabindex="0" role="group" aria-label="The bytes around the first wrong one" {
            table {
                caption { "Bytes " (number(start)) " to " (number(start + COLUMNS - 1)) ", as text and in hexadecimal. Shaded: a length. Framed: the first wrong byte." }
                thead { tr { th scope="col" { "byte" } @for column in 0..COLUMNS { th scope="col" { (heading(start, column)) } } } }
                tbody { (row("expected", expected, false)) (row("received", received, true)) }
            }
        }
    }
}

/// The offset of a column: from the first one where it would be long.
fn heading(start: usize, column: usize) -> String {
    if start + COLUMNS <= 100 { (start + column).to_string() } else { format!("+{column}") }
}

/// One byte as a sign that is as wide as any other.
const fn sign(byte: u8) -> char {
    match byte {
        b' ' => '␣',
        0x21..=0x7E => byte as char,
        _ => '·',
    }
}

/// The offsets at which the frames of a stream start.
fn lengths(stream: &[u8], assignment: &Assignment) -> Vec<usize> {
    let (mut decoder, mut rest, mut starts) = (Decoder::new(assignment), stream, vec![0]);
    while let Ok(Some(payload)) =
        decoder.decode(&mut rest).map(|payload| payload.map(|payload| payload.len()))
    {
        let end = starts.last().copied().unwrap_or_default() + assignment.header_width.bytes() + payload;
        starts.push(end);
    }
    starts
}

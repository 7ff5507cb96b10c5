//! The bytes around the first wrong one, those that had to come above those that came.

use maud::{Markup, html};

use crate::bytes::Framed;
use crate::english::number;
use crate::prose::Comparison;

/// So many bytes stand beside one another.
const COLUMNS: usize = 10;
/// So many of them come before the first wrong one.
const BEFORE: usize = 4;

pub(super) fn table(comparison: &Comparison<'_>) -> Markup {
    let Comparison { expected, received, .. } = comparison;
    let place = comparison.place;
    let len = expected.bytes.len().max(received.bytes.len());
    let start = (place.max(BEFORE) - BEFORE).min(len.saturating_sub(COLUMNS));
    let row = |name: &str, stream: &Framed<'_>, is_received: bool| {
        html! {
            tr {
                th scope="row" { (name) }
                @for offset in start..start + COLUMNS {
                    @let is_first = is_received && offset == place;
                    @let differs = is_received && expected.bytes.get(offset) != received.bytes.get(offset);
                    td.len[stream.is_length(offset)].wrong[is_first].beyond[differs && !is_first] {
                        @match stream.bytes.get(offset) {
                            Some(byte) => { b { (sign(*byte)) } " " i { (format!("{byte:02x}")) } },
                            None if offset == stream.bytes.len() => "end",
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

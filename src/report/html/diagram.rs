//! The picture of a conversation: two lifelines, time downwards, and an arrow for everything that passes between them.
//!
//! Each arrow is a link to the sentence that says the same, and shows the bytes while it is pointed at or has the focus.

use std::sync::LazyLock;

use maud::{Markup, html};

use crate::bytes::beginning;
use crate::conversation::Ending;
use crate::delivery::Boundary;
use crate::english::time;
use crate::ladder::{Bytes, Contents, Ladder, Piece, Rung, RungKind};
use crate::side::{Casting, Side};

/// Where the lifelines are, of the client and of the server, from the middle of the picture. It is 360 units wide, about as many
/// as a phone has pixels.
const LEFT: isize = -134;
const RIGHT: isize = 134;
/// Where the first rung begins, and how much room a rung takes: with an arrow, and with words alone.
const TOP: usize = 42;
const ARROW_HEIGHT: usize = 40;
const WORDS_HEIGHT: usize = 28;
/// Where the words stand in a rung: above the arrow, or in the middle.
const LABEL_AT: usize = 15;
const WORDS_AT: usize = 18;
/// Where an arrow begins in its rung, and by how much it descends: nothing arrives at the moment in which it is sent.
const ARROW_AT: isize = 19;
const SLOPE: isize = 9;
/// How many characters fit between the lifelines, and how many bold ones.
const LABEL_MAX: usize = 40;
const BOLD_MAX: usize = 31;
/// How many columns of bytes do, and in the list.
const BYTES_MAX: usize = 36;
const LISTED_MAX: usize = 48;

/// The picture, and the same in words, of an example with the bytes.
pub(super) fn story(ladder: &Ladder, number: usize, is_example: bool, below: &Markup) -> Markup {
    html! {
        div.story {
            @if let Some(remark) = ladder.remark() { p.quiet { (remark) } }
            (picture(ladder, number))
            (below)
            details.words {
                summary { "Steps as text" }
                ol {
                    @for (index, rung) in ladder.rungs.iter().enumerate() {
                        @let class = rung.is_wrong.then_some("wrong");
                        li class=[class] id={ "t" (number) "." (index) } { (sentence(ladder, rung, is_example)) }
                    }
                }
            }
        }
    }
}

fn sentence(ladder: &Ladder, rung: &Rung, shows_bytes: bool) -> Markup {
    html! {
        @if rung.is_wrong { b { "✗ " } }
        (super::document::short(&ladder.sentence(rung)))
        @if shows_bytes && let Some(bytes) = bytes(rung) {
            " " code { (beginning(&bytes.head, bytes.len, LISTED_MAX)) }
        }
        @if let Some(at) = rung.at { " (" (time(at)) ")" }
    }
}

fn picture(ladder: &Ladder, number: usize) -> Markup {
    let mut y = TOP;
    let tops: Vec<usize> = ladder
        .rungs
        .iter()
        .map(|rung| {
            let top = y;
            y += Shape::of(ladder, rung).height();
            top
        })
        .collect();
    html! {
        svg viewBox={ "-180 0 360 " (y + 10) } role="group" aria-label="Who sent what" {
            (shape(&format!("as-{}", ladder.casting), 0))
            @for (index, (rung, top)) in ladder.rungs.iter().zip(tops).enumerate() {
                a href={ "#t" (number) "." (index) } class=[class(ladder, rung)] { (drawn(ladder, rung, top)) }
            }
        }
    }
}

/// One of the [shapes](shapes), at a height.
fn shape(name: &str, y: usize) -> Markup {
    html! { use href={ "#" (name) } y=[(y > 0).then_some(y)] {} }
}

/// What pictures are made of, once for the whole page, and the same on every page.
pub(super) fn shapes() -> &'static Markup {
    static SHAPES: LazyLock<Markup> = LazyLock::new(drawn_shapes);
    &SHAPES
}

fn drawn_shapes() -> Markup {
    html! {
        svg.shapes aria-hidden="true" width="0" height="0" {
            defs {
                @for casting in Casting::ALL {
                    g id={ "as-" (casting) } { (life(Side::Client, *casting)) (life(Side::Server, *casting)) }
                }
                @for side in [Side::Client, Side::Server] {
                    @for end in ArrowEnd::ALL {
                        g id=(arrow_name(side, *end)) {
                            rect.hit x=(LEFT) width=(RIGHT - LEFT) height=(ARROW_HEIGHT) {}
                            (arrow(side, *end))
                        }
                    }
                    g id=(words_name(side)) {
                        (words_area())
                        rect.bar x=(lifeline(side) - 5) y="4" width="10" height=(WORDS_HEIGHT - 8) rx="2" {}
                    }
                    circle id=(read_name(side)) cx=(lifeline(side)) cy=(ARROW_AT + SLOPE) r="4.5" {}
                }
                g #n { (words_area()) }
            }
        }
    }
}

/// The lifeline of a side, and who stands at its head. It is as long as a picture can be, of which the rest is cut off.
fn life(side: Side, casting: Casting) -> Markup {
    let is_harness = casting.side().is_some_and(|under_test| under_test != side);
    let class = |name: &'static str| if is_harness { name.to_owned() } else { format!("{name} own") };
    html! {
        path class=(class("life")) d={ "M" (lifeline(side)) " 30V4000" } {}
        rect class=(class("top")) x=(lifeline(side) - 46) y="6" width="92" height="24" rx="4" {}
        text class=(class("head")) x=(lifeline(side)) y="22" { (crate::prose::lifeline(side, is_harness)) }
    }
}

fn words_area() -> Markup {
    html! { rect.hit x=(LEFT) width=(RIGHT - LEFT) height=(WORDS_HEIGHT) {} }
}

fn class(ladder: &Ladder, rung: &Rung) -> Option<String> {
    let client = ladder.client_of(rung).map(|client| client % 4).filter(|client| *client > 0);
    let client = client.map(|client| format!("k{client}"));
    let kind = match (&rung.kind, rung.is_wrong) {
        (_, true) => Some("w"),
        (
            RungKind::Connects
            | RungKind::Ends { .. }
            | RungKind::BothClose { .. }
            | RungKind::Repeated { .. }
            | RungKind::LeftOut(_)
            | RungKind::MorePieces { .. },
            false,
        ) => Some("s"),
        (RungKind::Missing { .. } | RungKind::Due(_), false) => Some("o"),
        (RungKind::Culprit { .. }, false) => Some("p"),
        _ => None,
    };
    let classes: Vec<_> = client.as_deref().into_iter().chain(kind).collect();
    (!classes.is_empty()).then(|| classes.join(" "))
}

/// How a rung is drawn.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// From one lifeline to the other.
    Arrow { from: Side, end: ArrowEnd },
    /// Words beside the lifeline of a side.
    Words(Side),
    /// Words between the two.
    Between,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum ArrowEnd {
    Arrives,
    /// It is broken off half-way.
    BreaksOff,
    /// It was never sent.
    Missing,
    /// Something else was sent instead.
    Owed,
    /// Both sides send the same.
    Both,
    /// The connection is reset.
    Reset,
}

impl ArrowEnd {
    const ALL: &[Self] =
        &[Self::Arrives, Self::BreaksOff, Self::Missing, Self::Owed, Self::Both, Self::Reset];

    const fn letter(self) -> char {
        match self {
            Self::Arrives => 'a',
            Self::BreaksOff => 'b',
            Self::Missing => 'm',
            Self::Owed => 'o',
            Self::Both => 'd',
            Self::Reset => 'x',
        }
    }
}

impl Shape {
    fn of(ladder: &Ladder, rung: &Rung) -> Self {
        let arrow = |from, end| Self::Arrow { from, end };
        match &rung.kind {
            RungKind::Connects => arrow(Side::Client, ArrowEnd::Arrives),
            RungKind::NotConnected(_) | RungKind::NotAccepted(_) => arrow(Side::Client, ArrowEnd::BreaksOff),
            RungKind::NeverConnected(_) => arrow(Side::Client, ArrowEnd::Missing),
            RungKind::Bytes(Bytes { from, contents: Contents::Part { .. }, .. }) => {
                arrow(*from, ArrowEnd::BreaksOff)
            }
            RungKind::Bytes(Bytes { from, .. }) => arrow(*from, ArrowEnd::Arrives),
            RungKind::Missing { owed, is_replaced: true, .. } => arrow(owed.from, ArrowEnd::Owed),
            RungKind::Missing { owed, .. } => arrow(owed.from, ArrowEnd::Missing),
            RungKind::BothClose { first } => arrow(*first, ArrowEnd::Both),
            RungKind::Ends { by, ending: Ending::Closed } => arrow(*by, ArrowEnd::Arrives),
            RungKind::Ends { by, ending: Ending::Reset } => arrow(*by, ArrowEnd::Reset),
            RungKind::Silent { side, .. } | RungKind::Unfinished { side, .. } => Self::Words(*side),
            RungKind::ToldToStop { .. }
            | RungKind::StopPrevented(_)
            | RungKind::Killed
            | RungKind::PortAfterStop { .. }
            | RungKind::MemoryGrew(_) => Self::Words(Side::Server),
            RungKind::Called { .. }
            | RungKind::Due(_)
            | RungKind::ReadAhead(_)
            | RungKind::ConnectedAgain => Self::Words(Side::Client),
            // They are about the program under test.
            RungKind::Crashed(_) | RungKind::Culprit { .. } | RungKind::TimeoutPassed(_) => {
                ladder.casting.side().map_or(Self::Between, Self::Words)
            }
            RungKind::MorePieces { .. }
            | RungKind::Undelivered(_)
            | RungKind::Trouble { .. }
            | RungKind::Repeated { .. }
            | RungKind::LeftOut(_) => Self::Between,
        }
    }

    const fn height(self) -> usize {
        match self {
            Self::Arrow { .. } => ARROW_HEIGHT,
            Self::Words(_) | Self::Between => WORDS_HEIGHT,
        }
    }
}

fn drawn(ladder: &Ladder, rung: &Rung, top: usize) -> Markup {
    let label = label(ladder, rung);
    match Shape::of(ladder, rung) {
        Shape::Arrow { from, end } => html! {
            (shape(&arrow_name(from, end), top))
            @if let Some(boundary) = boundary(rung) { (read_mark(from, boundary, top)) }
            text y=(top + LABEL_AT) { (label) }
            @if let Some(bytes) = bytes(rung) {
                text.b y=(top + LABEL_AT) { (beginning(&bytes.head, bytes.len, BYTES_MAX)) }
            }
        },
        Shape::Words(side) => {
            let (x, class) = match side {
                Side::Client => (LEFT + 12, "l"),
                Side::Server => (RIGHT - 12, "r"),
            };
            html! {
                (shape(&words_name(side), top))
                text class=(class) x=(x) y=(top + WORDS_AT) { (label) }
            }
        }
        Shape::Between => html! {
            (shape("n", top))
            text y=(top + WORDS_AT) { (label) }
        },
    }
}

const fn lifeline(side: Side) -> isize {
    match side {
        Side::Client => LEFT,
        Side::Server => RIGHT,
    }
}

/// The names of shapes are short, because they are written thousands of times.
const fn letter(side: Side) -> char {
    match side {
        Side::Client => 'c',
        Side::Server => 's',
    }
}

fn arrow_name(from: Side, end: ArrowEnd) -> String {
    format!("{}{}", end.letter(), letter(from))
}

fn words_name(side: Side) -> String {
    format!("w{}", letter(side))
}

fn read_name(side: Side) -> String {
    format!("r{}", letter(side))
}

/// The lines of an arrow.
fn arrow(from: Side, end: ArrowEnd) -> Markup {
    let (start, stop) = (lifeline(from), lifeline(from.other()));
    // Away from the other side.
    let back = if from == Side::Client { -9 } else { 9 };
    let (y, half) = (ARROW_AT, ARROW_AT + SLOPE / 2);
    let whole = format!("M{start} {y}L{stop} {}m{back} -5l{} 5l{back} 4.4", y + SLOPE, -back);
    // Clear of the words.
    let across = if from == Side::Client { 50 } else { -50 };
    let low = format!("M{} {}l11 11m0 -11l-11 11", across - 5, y + 1);
    let cross = format!("M-5 {}l11 11m0 -11l-11 11", half - 5);
    match end {
        ArrowEnd::Arrives => html! { path d=(whole) {} },
        ArrowEnd::Reset => html! { path d={ (whole) (low) } {} },
        ArrowEnd::BreaksOff => html! { path d={ "M" (start) " " (y) "L0 " (half) (cross) } {} },
        ArrowEnd::Owed => html! { path.ghost d=(whole) {} },
        ArrowEnd::Both => {
            html! { path d={ (whole) "M" (start - back) " " (y - 4) "L" (start) " " (y) "l" (-back) " 5" } {} }
        }
        ArrowEnd::Missing => html! {
            path.ghost d=(whole) {}
            path d=(low) {}
        },
    }
}

/// The bytes that a rung is about, as far as they are known.
fn bytes(rung: &Rung) -> Option<&Bytes> {
    match &rung.kind {
        RungKind::Bytes(bytes) | RungKind::Missing { owed: bytes, .. } => {
            Some(bytes).filter(|bytes| !bytes.head.is_empty())
        }
        _ => None,
    }
}

fn boundary(rung: &Rung) -> Option<Boundary> {
    match &rung.kind {
        RungKind::Bytes(Bytes { piece: Some(Piece { boundary, .. }), .. }) => *boundary,
        _ => None,
    }
}

/// A mark on the lifeline of the receiver, where a read has ended, or may have.
fn read_mark(from: Side, boundary: Boundary, top: usize) -> Markup {
    let class = (boundary == Boundary::Confirmed).then_some("seen");
    html! { use class=[class] href={ "#" (read_name(from.other())) } y=(top) {} }
}

fn label(ladder: &Ladder, rung: &Rung) -> String {
    let label = ladder.label(rung);
    let client = ladder.client_of(rung).map(|client| format!("client {} · ", client + 1)).unwrap_or_default();
    let sign = match rung.kind {
        _ if rung.is_wrong => "✗ ",
        RungKind::Culprit { .. } => "▶ ",
        _ => "",
    };
    let label = format!("{sign}{client}{label}");
    let most = if rung.is_wrong { BOLD_MAX } else { LABEL_MAX };
    match label.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &label[..end]),
        None => label,
    }
}

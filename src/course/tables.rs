//! The tables of a file, but for the rubric, and what is checked in each.

use std::ops::RangeInclusive;

use serde::Deserialize;
use toml::Spanned;

use super::{ConstructorValue, Course, CourseError, Names, parse_deadline};
use crate::assignment::{Assignment, ByteOrder, Charset, HeaderWidth, Sizes, Work};
use crate::english::number;
use crate::limits::{BUFFER_SIZE_MAX, CHOSEN_CHARS_MAX, PAYLOAD_LEN_MAX, REMOVED_CHARS_MAX};
use crate::scenario::Size;
use crate::suggestion::meant;

/// Says where something is wrong.
pub(super) struct Checker<'t> {
    pub(super) text: &'t str,
}

impl Checker<'_> {
    /// What is wrong at the place of `value`.
    pub(super) fn wrong<T>(&self, value: &Spanned<T>, why: impl Into<String>) -> CourseError {
        CourseError::at(self.text, &value.span(), why)
    }

    /// The number, if it is one of these.
    pub(super) fn within(
        &self,
        value: &Spanned<i64>,
        what: &str,
        range: RangeInclusive<u64>,
    ) -> Result<u64, CourseError> {
        let found = u64::try_from(*value.get_ref()).ok().filter(|value| range.contains(value));
        found.ok_or_else(|| {
            let (from, to) = (number(*range.start()), number(*range.end()));
            self.wrong(value, format!("{what} is {}: expected a number from {from} to {to}", value.get_ref()))
        })
    }

    /// The one that is called so.
    fn named<T: Copy>(
        &self,
        value: &Spanned<String>,
        all: impl Iterator<Item = T> + Clone,
        name: impl Fn(T) -> &'static str,
    ) -> Result<T, CourseError> {
        let found = all.clone().find(|one| name(*one) == value.get_ref());
        found.ok_or_else(|| self.unknown(value, all.map(name)))
    }

    /// Whether an id is one of these.
    pub(super) fn known(
        &self,
        id: &Spanned<String>,
        known: impl Iterator<Item = &'static str>,
    ) -> Result<(), CourseError> {
        let known: Vec<_> = known.collect();
        match known.contains(&id.get_ref().as_str()) {
            true => Ok(()),
            false => {
                let hint = match crate::suggestion::nearest(id.get_ref(), known.iter().copied()) {
                    Some(meant) => format!("did you mean {meant}?"),
                    None => "harness list shows all scenarios, harness gallery all mistakes".into(),
                };
                Err(self.wrong(id, format!("there is no {}: {hint}", id.get_ref())))
            }
        }
    }

    fn unknown<'a>(&self, value: &Spanned<String>, known: impl Iterator<Item = &'a str>) -> CourseError {
        let wrong = value.get_ref();
        self.wrong(value, format!("there is no {wrong} here: {}", meant(wrong, known)))
    }
}

/// `[wire]`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct WireTable {
    header_width: Option<Spanned<i64>>,
    byte_order: Option<Spanned<String>>,
    counts_header: Option<bool>,
    payload: Option<Spanned<String>>,
    longest_payload: Option<Spanned<i64>>,
}

impl WireTable {
    pub(super) fn put_into(
        self,
        assignment: &mut Assignment,
        checker: &Checker<'_>,
    ) -> Result<(), CourseError> {
        if let Some(width) = self.header_width {
            let found =
                u8::try_from(*width.get_ref()).ok().and_then(|bytes| HeaderWidth::try_from(bytes).ok());
            assignment.header_width = found.ok_or_else(|| {
                let why = format!("header-width is {}: expected 1, 2, 3, 4 or 8 bytes", width.get_ref());
                checker.wrong(&width, why)
            })?;
        }
        if let Some(order) = self.byte_order {
            assignment.byte_order = checker.named(&order, ByteOrder::ALL.into_iter(), ByteOrder::word)?;
        }
        if let Some(payload) = self.payload {
            assignment.charset = checker.named(&payload, Charset::ALL.into_iter(), Charset::codec)?;
        }
        assignment.counts_header = self.counts_header.unwrap_or_default();
        if let Some(longest) = self.longest_payload {
            assignment.payload_len_max = checker.within(&longest, "longest-payload", 1..=PAYLOAD_LEN_MAX)?;
        }
        Ok(())
    }
}

/// `[work]`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct WorkTable {
    remove_front: Option<Spanned<i64>>,
    remove_back: Option<Spanned<i64>>,
    echo: Option<Spanned<bool>>,
    uppercase: Option<Spanned<bool>>,
    reverse: Option<Spanned<bool>>,
}

impl WorkTable {
    pub(super) fn put_into(
        self,
        assignment: &mut Assignment,
        checker: &Checker<'_>,
    ) -> Result<(), CourseError> {
        let removal = |count: Option<Spanned<i64>>, what, work: fn(usize) -> Work| {
            let count = match count {
                Some(count) => count,
                None => return Ok(None),
            };
            let chars = checker.within(&count, what, 0..=REMOVED_CHARS_MAX)?;
            Ok(Some((count.span(), work(usize::try_from(chars).unwrap_or_default()))))
        };
        let plain = |asked: Option<Spanned<bool>>, work| {
            asked.filter(|asked| *asked.get_ref()).map(|asked| (asked.span(), work))
        };
        let not_asked = [&self.echo, &self.uppercase, &self.reverse].into_iter().flatten();
        let not_asked = not_asked.into_iter().find(|asked| !*asked.get_ref()).map(Spanned::span);
        let asked = [
            removal(self.remove_front, "remove-front", Work::RemoveFront)?,
            removal(self.remove_back, "remove-back", Work::RemoveBack)?,
            plain(self.echo, Work::Echo),
            plain(self.uppercase, Work::Uppercase),
            plain(self.reverse, Work::Reverse),
        ];
        let asked: Vec<_> = asked.into_iter().flatten().collect();
        match &asked[..] {
            [] => not_asked.map_or(Ok(()), |span| {
                let why = "[work] asks for nothing: remove this line for remove-front = 10, or say what the server replies";
                Err(CourseError::at(checker.text, &span, why))
            }),
            [(span, Work::Uppercase)] if assignment.charset == Charset::Bytes => {
                let why = "uppercase = true needs text, and payload = \"bytes\" has none: choose another work, or \"latin-1\"";
                Err(CourseError::at(checker.text, span, why))
            }
            [(_, work)] => {
                assignment.work = *work;
                Ok(())
            }
            [.., (span, _)] => {
                let why = "[work] asks for several things: keep one of remove-front, remove-back, echo, uppercase and reverse";
                Err(CourseError::at(checker.text, span, why))
            }
        }
    }
}

/// `[sizes]`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct SizesTable {
    buffer: Option<Spanned<i64>>,
    short: Option<Spanned<i64>>,
    medium: Option<Spanned<i64>>,
    long: Option<Spanned<i64>>,
    series: Option<Spanned<i64>>,
    parallel: Option<Spanned<i64>>,
}

impl SizesTable {
    pub(super) fn put_into(
        self,
        assignment: &mut Assignment,
        checker: &Checker<'_>,
    ) -> Result<(), CourseError> {
        if let Some(buffer) = &self.buffer {
            let size = checker.within(buffer, "buffer", 1..=BUFFER_SIZE_MAX as u64)?;
            assignment.buffer_size = usize::try_from(size).unwrap_or(BUFFER_SIZE_MAX);
        }
        let buffer = assignment.buffer_size as u64;
        let chars_max =
            CHOSEN_CHARS_MAX.min(assignment.payload_len_max).min(assignment.payload_len_declarable());
        let chosen = |value: Option<Spanned<i64>>, what, range: RangeInclusive<u64>| {
            let Some(value) = value else { return Ok(None) };
            if range.is_empty() {
                let why = format!(
                    "{what} cannot be chosen: a buffer of {} bytes leaves no room for it below the longest message that can \
                     be sent, of {}",
                    number(buffer),
                    number(chars_max)
                );
                return Err(checker.wrong(&value, why));
            }
            checker.within(&value, what, range).map(|chars| usize::try_from(chars).ok())
        };
        // What each scenario is about stays true: one read, two reads, many.
        let sizes = Sizes {
            short: chosen(self.short, "short", 1..=chars_max.min(buffer.saturating_sub(1)))?,
            medium: chosen(self.medium, "medium", buffer + 1..=chars_max)?,
            long: chosen(self.long, "long", 2 * buffer..=chars_max)?,
            series: chosen(self.series, "series", 1..=chars_max)?,
            parallel: chosen(self.parallel, "parallel", 1..=chars_max)?,
        };
        // A file that says what is so without it describes the same assignment.
        let usual = |size: Size| size.chars(&Assignment { sizes: Sizes::default(), ..*assignment });
        let unusual = |chosen: Option<usize>, size| chosen.filter(|chosen| *chosen != usual(size));
        assignment.sizes = Sizes {
            short: unusual(sizes.short, Size::Short),
            medium: unusual(sizes.medium, Size::Medium),
            long: unusual(sizes.long, Size::Long),
            series: unusual(sizes.series, Size::Series),
            parallel: unusual(sizes.parallel, Size::Parallel),
        };
        Ok(())
    }
}

/// `[run]`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct RunTable {
    deadline: Option<Spanned<String>>,
}

impl RunTable {
    pub(super) fn put_into(self, course: &mut Course, checker: &Checker<'_>) -> Result<(), CourseError> {
        if let Some(deadline) = self.deadline {
            let wrong =
                |why| checker.wrong(&deadline, format!("deadline is {:?}: {why}", deadline.get_ref()));
            course.deadline = parse_deadline(deadline.get_ref()).map_err(wrong)?;
        }
        Ok(())
    }
}

/// `[names]`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct NamesTable {
    server_file: Option<Spanned<String>>,
    client_file: Option<Spanned<String>>,
    server_class: Option<Spanned<String>>,
    client_class: Option<Spanned<String>>,
    start: Option<Spanned<String>>,
    server_shutdown: Option<Spanned<String>>,
    keep_running: Option<Spanned<String>>,
    send_message: Option<Spanned<String>>,
    receive_message: Option<Spanned<String>>,
    client_shutdown: Option<Spanned<String>>,
    server_constructor: Option<Vec<Spanned<String>>>,
    client_constructor: Option<Vec<Spanned<String>>>,
}

impl NamesTable {
    pub(super) fn put_into(self, names: &mut Names, checker: &Checker<'_>) -> Result<(), CourseError> {
        let file = |own: Option<Spanned<String>>, place: &mut String| -> Result<(), CourseError> {
            let Some(own) = own else { return Ok(()) };
            let name = own.get_ref();
            if name.is_empty() || name.contains(['/', '\0']) || [".", ".."].contains(&name.as_str()) {
                return Err(checker.wrong(&own, format!("{name:?} is not the name of a file")));
            }
            *place = own.into_inner();
            Ok(())
        };
        file(self.server_file, &mut names.server_file)?;
        file(self.client_file, &mut names.client_file)?;
        for (own, place) in [
            (self.start, &mut names.start),
            (self.server_shutdown, &mut names.server_shutdown),
            (self.keep_running, &mut names.keep_running),
            (self.send_message, &mut names.send_message),
            (self.receive_message, &mut names.receive_message),
            (self.client_shutdown, &mut names.client_shutdown),
        ] {
            if let Some(own) = own {
                *place = identifier(own, checker)?;
            }
        }
        let class = |own: Option<Spanned<String>>| own.map(|own| identifier(own, checker)).transpose();
        names.server_class = class(self.server_class)?;
        names.client_class = class(self.client_class)?;
        for (own, place) in [
            (self.server_constructor, &mut names.server_constructor),
            (self.client_constructor, &mut names.client_constructor),
        ] {
            if let Some(own) = own {
                *place = constructor(&own, checker)?;
            }
        }
        Ok(())
    }
}

/// A name in Python.
fn identifier(own: Spanned<String>, checker: &Checker<'_>) -> Result<String, CourseError> {
    let is_start = |char: char| char.is_alphabetic() || char == '_';
    let name = own.get_ref();
    let is_name = name.starts_with(is_start) && name.chars().all(|char| is_start(char) || char.is_numeric());
    match is_name {
        true => Ok(own.into_inner()),
        false => Err(checker.wrong(&own, format!("{name:?} is not a name in Python"))),
    }
}

fn constructor(own: &[Spanned<String>], checker: &Checker<'_>) -> Result<Vec<ConstructorValue>, CourseError> {
    let mut values = Vec::new();
    for one in own {
        let value = checker.named(one, ConstructorValue::ALL.into_iter(), ConstructorValue::word)?;
        if values.contains(&value) {
            return Err(checker.wrong(one, format!("{} is given twice", value.word())));
        }
        values.push(value);
    }
    Ok(values)
}

/// Whether the sizes of an assignment are what the scenarios are about, once its figures are changed: what a command line says may
/// contradict a file.
///
/// # Errors
///
/// Which does not fit, and why.
#[cfg(feature = "cli")]
pub(crate) fn check_sizes(assignment: &Assignment) -> Result<(), String> {
    let Assignment { sizes, buffer_size: buffer, .. } = *assignment;
    let longest = [Size::Short, Size::Medium, Size::Long, Size::Series, Size::Parallel];
    let chosen = [sizes.short, sizes.medium, sizes.long, sizes.series, sizes.parallel];
    let contradiction = if sizes.short.is_some_and(|short| short >= buffer) {
        Some("short is not shorter than")
    } else if sizes.medium.is_some_and(|medium| medium <= buffer) {
        Some("medium is not longer than")
    } else if sizes.long.is_some_and(|long| long < 2 * buffer) {
        Some("long is not twice as long as")
    } else {
        None
    };
    if let Some(contradiction) = contradiction {
        return Err(format!("in [sizes], {contradiction} a buffer of {} bytes", number(buffer)));
    }
    let declarable = assignment.payload_len_declarable();
    let too_long = longest
        .into_iter()
        .zip(chosen)
        .find(|(size, chosen)| chosen.is_some() && size.chars(assignment) as u64 > declarable);
    match too_long {
        Some((size, _)) => Err(format!(
            "in [sizes], a message of {} characters is too long for a {}-byte length",
            number(size.chars(assignment)),
            assignment.header_width.bytes()
        )),
        None => Ok(()),
    }
}

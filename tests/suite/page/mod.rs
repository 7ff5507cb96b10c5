//! The pages of a run and of a class: what is on them, that nothing of a program gets into its markup, and how a browser shows them.

mod browser;
mod class;
mod hostile;
mod parsed;
mod simulated;
mod sizes;
mod structure;
mod submissions;

use lengthwise::event::Event;
use lengthwise::record::RunRecord;
use lengthwise::report::{Detail, Format};

/// No page is longer than this, in bytes, whatever was wrong.
const PAGE_LEN_MAX: usize = 300_000;

/// The page of a run with these events.
fn page(events: &[Event]) -> String {
    let [first, rest @ ..] = events else { panic!("a run starts") };
    let mut record = RunRecord::start(first).unwrap();
    rest.iter().for_each(|event| record.apply(event).unwrap());
    let mut out = Vec::new();
    Format::named("html").unwrap().report(Box::new(&mut out), Detail::Brief).finish(&record).unwrap();
    String::from_utf8(out).unwrap()
}

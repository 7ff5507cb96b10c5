//! How soon the page on a class is on the screen of a browser: a figure of the README.

use std::error::Error;
use std::fs;
use std::io::{self, Write};

use lengthwise::class::{Names, write_page};
use serde_json::Value;
use support::browser::{chromium, look};
use support::class_records::class;

#[path = "../tests/support"]
mod support {
    pub(crate) mod browser;
    pub(crate) mod class_records;
    pub(crate) mod fixtures;
}

const HAND_INS: usize = 1000;

fn main() -> Result<(), Box<dyn Error>> {
    let Some(chromium) = chromium() else { return Ok(()) };
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("class.html");
    let mut page = Vec::new();
    write_page(&mut page, &class(HAND_INS), Names::Shown)?;
    fs::write(&file, &page)?;
    let seen = look(&chromium, "class.js", &file);
    let (loaded, shown) = (least(&seen["loaded_after_ms"]), least(&seen["shown_after_ms"]));
    writeln!(
        io::stdout(),
        "{HAND_INS} hand-ins: {} kB, loaded after {loaded:.0} ms and shown after {shown:.0} ms",
        page.len() / 1000
    )?;
    Ok(())
}

/// The least of several times, in milliseconds: the one in which the machine had the least to do besides.
fn least(times: &Value) -> f64 {
    times.as_array().into_iter().flatten().filter_map(Value::as_f64).fold(f64::INFINITY, f64::min)
}

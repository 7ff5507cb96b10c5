//! Who tests the tester: every known mistake is caught, and nobody else.

use std::time::{Duration, Instant};

use lengthwise::gallery::{self, Settings};

#[test]
fn dump() {
    let started = Instant::now();
    let settings = Settings { deadline: Duration::from_millis(200), ..Settings::default() };
    for one in gallery::play(&settings).unwrap() {
        println!(
            "{:?} {} {} {:?} OPEN {:?}",
            one.bug,
            one.side,
            one.caught_by.len(),
            one.caught_by,
            one.open
        );
    }
    println!("{:?}", started.elapsed());
}

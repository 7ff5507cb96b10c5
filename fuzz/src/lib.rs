//! What the fuzz targets share, and the one body that needs a package which the library does not use.

mod differential;

use std::cell::RefCell;
use std::panic;
use std::sync::Once;

pub use differential::differential;
pub use libfuzzer_sys;

/// The fuzz target that runs a body, which is given by its path.
#[macro_export]
macro_rules! target {
    ($body:path) => {
        $crate::libfuzzer_sys::fuzz_target!(|data: &[u8]| $crate::run(stringify!($body), $body, data));
    };
}

thread_local! {
    /// The input that is being run. The hook of a panic is not given it.
    static INPUT: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Runs a body on an input. If it panics, the test that reproduces that is printed first.
pub fn run(path: &'static str, body: fn(&[u8]), data: &[u8]) {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        // libFuzzer's own, which ends the process.
        let next = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            let test = INPUT.with_borrow(|input| lengthwise::fuzzing::reproducer(path, input));
            eprintln!("\nThe input fails. This test in tests/suite/corpus.rs reproduces it:\n\n{test}");
            next(panic);
        }));
    });
    INPUT.with_borrow_mut(|input| {
        input.clear();
        input.extend_from_slice(data);
    });
    body(data);
}

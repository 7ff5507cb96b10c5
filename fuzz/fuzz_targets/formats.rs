#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| lengthwise::fuzzing::formats(data));

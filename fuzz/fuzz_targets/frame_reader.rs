#![no_main]

lengthwise_fuzz::target!(lengthwise::fuzzing::frame_reader);

#![no_main]

lengthwise_fuzz::target!(lengthwise::fuzzing::recording);

#![no_main]

lengthwise_fuzz::target!(lengthwise::fuzzing::proc_files);

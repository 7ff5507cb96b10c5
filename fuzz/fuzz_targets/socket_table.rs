#![no_main]

lengthwise_fuzz::target!(lengthwise::fuzzing::socket_table);

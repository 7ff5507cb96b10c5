#![no_main]

lengthwise_fuzz::target!(lengthwise_fuzz::differential);

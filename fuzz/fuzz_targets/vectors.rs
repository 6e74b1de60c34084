//! The parser of scenarios.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| sprag_fuzz::targets::run("vectors", bytes));

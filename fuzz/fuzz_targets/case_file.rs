//! The parser of case files.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| sprag_fuzz::targets::run("case_file", bytes));

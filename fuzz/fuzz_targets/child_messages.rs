//! The parser of what a child process writes.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| sprag_fuzz::targets::run("child_messages", bytes));

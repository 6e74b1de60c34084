//! `sprag-rust-libraries-double-ratchet-2 NAME`: one library as a child of `sprag check --exec`.

#![forbid(unsafe_code)]

#[path = "../../shared/program.rs"]
mod program;

use std::process::ExitCode;

use sprag_rust_libraries_double_ratchet_2::{NAMES, library};

fn main() -> ExitCode {
    program::run(&NAMES, library)
}

//! `sprag-rust-libraries-ratchet-x2 NAME`: one library as a child of `sprag check --exec`.

#![forbid(unsafe_code)]

#[path = "../../shared/program.rs"]
mod program;

use std::process::ExitCode;

use sprag_rust_libraries_ratchet_x2::{NAMES, library};

fn main() -> ExitCode {
    program::run(&NAMES, library)
}

//! The command as its users see it: exit codes, files and words.

#![allow(clippy::unwrap_used, clippy::panic, reason = "clippy knows tests by their attribute only")]

// For the symbol that getrandom's `custom` backend calls.
use sprag as _;

mod cases;
mod check;
mod hostile;
mod mutants;
mod processes;
mod support;

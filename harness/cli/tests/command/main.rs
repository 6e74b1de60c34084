//! The command as its users see it: exit codes, files and words.

#![allow(clippy::unwrap_used, clippy::panic, reason = "clippy knows tests by their attribute only")]

mod baseline;
mod bench;
mod cases;
mod check;
mod copies;
mod docs;
mod documents;
mod from_fuzz;
mod gate;
mod hostile;
mod hostile_children;
mod init;
mod kits;
mod maps;
mod mutants;
mod pairs;
mod probe;
mod processes;
mod readme;
#[cfg(unix)]
mod scripts;
mod support;
mod trace;
mod traffic;

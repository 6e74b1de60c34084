//! Targets of cargo-fuzz for the harness, its ratchets and its parsers.
//!
//! A target in `fuzz_targets/` is a few lines; what it does stands here, where `cargo test` reaches it. Each input begins
//! with fresh sessions, and each target panics if what it asserts does not hold.
//!
//! | module | target | asserts |
//! |---|---|---|
//! | [`conversation`] | `schedule`, `decrypt`, `import` | the ratchet keeps what its profile claims |
//! | [`differential`] | `differential` | two ratchets of one wire format understand each other, and make the same bytes where they must |
//! | [`child`] | `child` | a program that answers whatever it likes is judged and ends nothing |
//! | [`case_file`] | `case_file` | what is read survives being written |
//! | [`baseline`] | `baseline` | a refusal names its file, and is harmless on a terminal |
//! | [`vectors`] | `vectors` | what is read survives being written |
//! | [`child_messages`] | `child_messages` | only the codes of rejections are rejections; profiles survive being written |

#![forbid(unsafe_code)]

pub mod baseline;
pub mod case_file;
pub mod child;
pub mod child_messages;
pub mod conversation;
pub mod differential;
pub mod mutator;
pub mod planted;
pub mod ratchets;
mod script;
pub mod targets;
pub mod vectors;

pub use conversation::{DecryptInput, ImportInput, ScheduleInput};

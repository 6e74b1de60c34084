//! Fuzzing: inputs that are whole cases, a mutator that keeps them so, and what judges them.
//!
//! An input is no message but a conversation under attack, so that mutation does not end at the first authentication.
//! It is judged as a game judges it: a fuzzer finds what leaks, and not only what crashes.
//!
//! | item | is |
//! |---|---|
//! | [`Input`] | the bytes of a fuzzer as a case, there and back |
//! | [`mutate`], [`cross`] | a changed input, and one of two, both still cases |
//! | [`Fuzzed`] | a ratchet with what has to be known before an input is judged |
//! | [`fuzz_targets!`](crate::fuzz_targets) | all of it as one target of cargo-fuzz |

mod fuzzed;
mod input;
mod limits;
mod mutate;
mod mutation;
mod talk;
mod targets;

pub use crate::games::Damage;
pub use fuzzed::{Found, Fuzzed};
pub use input::{FORMAT, Input, InputError, Kind};
pub use mutate::{cross, mutate};

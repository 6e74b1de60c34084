//! Real ratchet libraries behind Sprag's trait.
//!
//! An adapter translates and does nothing else: it makes no copy before a decryption, tries nothing
//! twice and checks nothing that its library does not check.

#![forbid(unsafe_code)]

#[cfg(fuzzing)]
compile_error!("vodozemac checks no MAC under cfg(fuzzing): run cargo fuzz with --no-cfg-fuzzing");

mod olm_wire;
mod vodozemac;

pub use self::vodozemac::{Olm, OlmSession};

//! The ratchet library `ratchet-x2`, behind Sprag's trait.

#![forbid(unsafe_code)]

#[path = "../../shared/core_06.rs"]
mod core_06;
#[path = "../../shared/pieces.rs"]
#[allow(dead_code, reason = "shared with libraries whose messages are of Protocol Buffers")]
mod pieces;
mod x2;

use sprag::DynRatchet;

pub use x2::{RatchetX2, X2Session};

/// The names by which [`library`] knows the libraries.
pub const NAMES: [&str; 1] = ["ratchet-x2"];

/// A library by its name, and its version.
#[must_use]
pub fn library(name: &str) -> Option<(Box<dyn DynRatchet>, &'static str)> {
    NAMES.contains(&name).then(|| -> (Box<dyn DynRatchet>, _) { (Box::new(RatchetX2), "0.3.0") })
}

//! Ratchet libraries in Rust under permissive licences, behind Sprag's trait.

#![forbid(unsafe_code)]

mod core_04;
#[path = "../../shared/core_06.rs"]
mod core_06;
mod double_ratchet;
mod megolm;
mod nostr;
mod olm_09;
#[path = "../../../src/olm_wire.rs"]
mod olm_wire;
#[path = "../../shared/pieces.rs"]
mod pieces;

use sprag::DynRatchet;

pub use double_ratchet::{DoubleRatchet, DoubleRatchetSession};
pub use megolm::{Megolm, MegolmSession};
pub use nostr::Nostr;
pub use olm_09::{Olm09, Olm09Session};

/// The names by which [`library`] knows the libraries.
pub const NAMES: [&str; 5] = ["double-ratchet", "megolm", "megolm-forgetting", "nostr", "olm-0.9"];

/// A library by its name, and its version.
#[must_use]
pub fn library(name: &str) -> Option<(Box<dyn DynRatchet>, &'static str)> {
    Some(match name {
        "double-ratchet" => (Box::new(DoubleRatchet), "0.1.0"),
        "megolm" => (Box::new(Megolm::keeping()), "0.11.1"),
        "megolm-forgetting" => (Box::new(Megolm::forgetting()), "0.11.1"),
        "nostr" => (Box::new(Nostr), "0.0.176"),
        "olm-0.9" => (Box::new(Olm09), "0.9.0"),
        _ => return None,
    })
}

//! The ratchet library `double-ratchet-2`, behind Sprag's trait.

#![forbid(unsafe_code)]

mod encrypted_header;
mod panics;
#[path = "../../shared/pieces.rs"]
#[allow(dead_code, reason = "shared with libraries whose messages are of Protocol Buffers")]
mod pieces;
mod plain;

use sprag::DynRatchet;

pub use encrypted_header::EncryptedHeader;
pub use panics::Panics;
pub use plain::{Plain, PlainSession};

/// The names by which [`library`] knows the two ratchets, each with and without someone who stops their panics.
pub const NAMES: [&str; 4] =
    ["plain", "plain-caught", "encrypted-header", "encrypted-header-caught"];

/// A ratchet by its name, and its version.
#[must_use]
pub fn library(name: &str) -> Option<(Box<dyn DynRatchet>, &'static str)> {
    let ratchet: Box<dyn DynRatchet> = match name {
        "plain" => Box::new(Plain(Panics::EndTheProgram)),
        "plain-caught" => Box::new(Plain(Panics::AreCaught)),
        "encrypted-header" => Box::new(EncryptedHeader(Panics::EndTheProgram)),
        "encrypted-header-caught" => Box::new(EncryptedHeader(Panics::AreCaught)),
        _ => return None,
    };
    Some((ratchet, "0.3.6"))
}

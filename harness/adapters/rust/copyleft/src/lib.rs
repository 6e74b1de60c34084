//! Ratchet libraries in Rust under the AGPL, behind Sprag's trait.

#![forbid(unsafe_code)]

mod core_09;
mod packing;
#[path = "../../shared/pieces.rs"]
mod pieces;
mod ready;
mod signal;
mod signal_wire;
mod whatsapp;
mod whatsapp_stores;

use sprag::DynRatchet;

pub use signal::{Signal, SignalDevice};
pub use whatsapp::{WhatsApp, WhatsAppDevice};

/// The names by which [`library`] knows the libraries.
pub const NAMES: [&str; 3] = ["libsignal-syft", "wacore", "wacore-waived"];

/// A library by its name, and its version.
#[must_use]
pub fn library(name: &str) -> Option<(Box<dyn DynRatchet>, &'static str)> {
    Some(match name {
        "libsignal-syft" => (Box::new(Signal), "0.85.3-beta.5"),
        "wacore" => (Box::new(WhatsApp::leasing()), "0.7.0"),
        "wacore-waived" => (Box::new(WhatsApp::waiving()), "0.7.0"),
        _ => return None,
    })
}

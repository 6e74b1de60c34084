//! Correct ratchets, one of each family, written as their specifications read.
//!
//! They are what a ratchet under test is compared with, what attackers are tried on, and what
//! `sprag-mutants` plants its bugs in. Each takes its single steps from a trait (`Steps`,
//! [`SymmetricSteps`](symmetric::SymmetricSteps), …), so that a planted bug is one method.
//!
//! Keys are not wiped from memory: a theft here is a clone of the session, and what is dropped from
//! the session cannot be stolen.

#![forbid(unsafe_code)]

pub mod crypto;
pub mod double_ratchet;
pub mod hybrid;
pub mod periodic;
mod saved;
pub mod skipped;
pub mod static_key;
pub mod symmetric;
mod wire;

pub use double_ratchet::{DoubleRatchet, Steps, Textbook};
pub use hybrid::HybridRatchet;
pub use periodic::PeriodicRekey;
pub use static_key::StaticKey;
pub use symmetric::SymmetricRatchet;

/// Every textbook ratchet.
#[must_use]
pub fn textbook() -> Vec<Box<dyn sprag::DynRatchet>> {
    vec![
        Box::new(DoubleRatchet::eager()),
        Box::new(DoubleRatchet::lazy()),
        Box::new(HybridRatchet::default()),
        Box::new(SymmetricRatchet::<symmetric::Textbook>::default()),
        Box::new(StaticKey::<static_key::Textbook>::default()),
        Box::new(PeriodicRekey::<periodic::Textbook>::default()),
    ]
}

/// What all of them can do besides sending and receiving.
fn capabilities() -> sprag::Capabilities {
    sprag::Capabilities {
        associated_data: true,
        export: true,
        fields: true,
        ..sprag::Capabilities::default()
    }
}

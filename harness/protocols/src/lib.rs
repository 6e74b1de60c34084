//! Correct ratchets, at least one of each family, written as their specifications read.
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
pub mod header_encrypted;
pub mod hybrid;
pub mod periodic;
mod saved;
pub mod skipped;
pub mod static_key;
pub mod symmetric;
mod wire;

pub use double_ratchet::{DoubleRatchet, Steps, Textbook};
pub use header_encrypted::{HeaderEncrypted, HeaderSteps};
pub use hybrid::HybridRatchet;
pub use periodic::PeriodicRekey;
pub use static_key::StaticKey;
pub use symmetric::SymmetricRatchet;

use sprag::Rejection;

/// Every textbook ratchet.
#[must_use]
pub fn textbook() -> Vec<Box<dyn sprag::DynRatchet>> {
    vec![
        Box::new(DoubleRatchet::eager()),
        Box::new(DoubleRatchet::lazy()),
        Box::new(HeaderEncrypted::textbook()),
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
        rewrite: true,
        secret: true,
        ..sprag::Capabilities::default()
    }
}

/// A counter put elsewhere, or left where it is.
fn preset(wanted: Option<u64>, now: u32) -> Result<u32, Rejection> {
    let Some(wanted) = wanted else { return Ok(now) };
    u32::try_from(wanted).map_err(|_| Rejection::malformed("counters have 32 bits"))
}

/// `message` with the bytes of one of its `fields` replaced. Counters and keys keep their length; the ciphertext may
/// have another one.
fn rewrite(
    message: &[u8],
    fields: &[sprag::Field],
    name: &str,
    value: &[u8],
) -> Result<Vec<u8>, Rejection> {
    let field = fields.iter().find(|field| field.name == name);
    let field = field.ok_or_else(|| Rejection::malformed("no such field"))?;
    if value.len() != field.length && name != "ciphertext" {
        return Err(Rejection::malformed("the field has another length"));
    }
    let (before, after) = (&message[..field.offset], &message[field.offset + field.length..]);
    Ok([before, value, after].concat())
}

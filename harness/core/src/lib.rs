//! Conformance and fuzzing harness for encrypted-messaging ratchets.

#![forbid(unsafe_code)]

// Only for its symbol, which getrandom's `custom` backend calls.
#[cfg(sprag_capture)]
use sprag_capture as _;

mod party;
mod profile;
mod ratchet;
mod rejection;

pub use party::Party;
pub use profile::{
    DoubleRatchet, Family, KeyGeneration, Limits, Ordering, PeriodicRekey, Profile, ProfileError,
    ResponderStart, StaticKey, StoredPer, SymmetricRatchet, WhenFull,
};
pub use ratchet::{Capabilities, Field, Opened, Pair, Ratchet};
pub use rejection::{Rejection, RejectionClass};

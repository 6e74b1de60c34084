//! Conformance and fuzzing harness for encrypted-messaging ratchets.

#![forbid(unsafe_code)]

// Only for its symbol, which getrandom's `custom` backend calls.
#[cfg(sprag_capture)]
use sprag_capture as _;

pub mod attackers;
mod conformance;
mod deviation;
pub mod engine;
mod erased;
pub mod games;
pub mod ideal;
pub mod judge;
mod party;
mod profile;
pub mod randomness;
mod ratchet;
mod rejection;
pub mod run;
pub mod schedule;
mod verdict;

pub use conformance::assert_game;
pub use deviation::{Deviation, DeviationKind};
pub use erased::{DynRatchet, DynSession};
pub use party::Party;
pub use profile::{
    DoubleRatchet, Family, KeyGeneration, Limits, Ordering, PeriodicRekey, Profile, ProfileError,
    ResponderStart, StaticKey, StoredPer, SymmetricRatchet, WhenFull,
};
pub use ratchet::{Capabilities, Field, Opened, Pair, Ratchet};
pub use rejection::{Rejection, RejectionClass};
pub use verdict::{Severity, Verdict};

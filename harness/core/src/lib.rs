//! Conformance and fuzzing harness for encrypted-messaging ratchets.
//!
//! A ratchet is plugged in through the trait [`Ratchet`] and attacked: sessions are stolen, messages forged, replayed,
//! reordered, parties restarted. What attackers really read is compared with what an ideal ratchet of its family would
//! have given away.
//!
//! ```text
//! Schedule ──► engine ──► Transcript ──► attackers ──► Exposures ─┐
//!    ▲            │                                               ├─► judge ──► Verdict
//!  generator   Ratchet                     ideal (same schedule) ─┘
//! ```
//!
//! | module | holds |
//! |---|---|
//! | [`schedule`] | actions, the case itself: generated, shrunk, stored, told |
//! | [`engine`] | executes a schedule against a ratchet and writes a transcript |
//! | [`ideal`] | the symbolic machine of each family |
//! | [`attackers`] | strategies that work on stolen sessions |
//! | [`judge`] | compares, and names violations |
//! | [`games`] | the named checks |
//! | [`map`] | theft by message: what each attacker got |
//! | [`scenario`] | what went wrong in the field, as stored schedules |
//! | [`run`] | trials, totals, shrinking, conclusions |
//! | [`workload`] | what is timed and weighed, the same for every ratchet |
//! | `fuzzing` | inputs of fuzzers as cases, with the feature of that name |
//!
//! [`conformance!`] turns every game into a `#[test]`; the `sprag` command runs them in processes of their own.

#![forbid(unsafe_code)]

// Only for its symbol, which getrandom's `custom` backend calls.
#[cfg(sprag_capture)]
use sprag_capture as _;

pub mod attackers;
mod conformance;
mod deviation;
pub mod engine;
mod erased;
#[cfg(feature = "fuzzing")]
pub mod fuzzing;
pub mod games;
mod half;
mod handshake;
pub mod hexadecimal;
pub mod ideal;
pub mod judge;
pub mod map;
mod party;
mod profile;
pub mod randomness;
mod ratchet;
mod rejection;
pub mod run;
pub mod scenario;
pub mod schedule;
mod two_ratchets;
mod verdict;
pub mod workload;

pub use conformance::assert_game;
pub use deviation::{Deviation, DeviationKind};
pub use erased::{DynRatchet, DynSession};
pub use half::Half;
pub use handshake::{Begun, Kept, Offer};
pub use party::Party;
pub use profile::{
    ClosingGap, DoubleRatchet, Family, HybridRatchet, KeyGeneration, Limits, Ordering,
    PeriodicRekey, PqRekey, Profile, ProfileError, ResponderStart, StaticKey, StoredPer,
    SymmetricRatchet, WhenFull,
};
pub use ratchet::{
    Attempt, Capabilities, Field, MessageIndex, Opened, Origin, Pair, Ratchet, Setup,
};
pub use rejection::{Rejection, RejectionClass};
pub use two_ratchets::{SessionAtEnd, TwoRatchets};
pub use verdict::{Severity, Verdict};

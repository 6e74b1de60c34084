//! Ratchets with exactly one planted bug each.
//!
//! A game that finds nothing in them proves nothing about a ratchet in which it finds nothing. Each mutant is a
//! textbook ratchet of `sprag-protocols` with one step overridden; [`CATALOGUE`] lists them, and [`mutants`]
//! gives each as a ratchet. Entries of the catalogue of bugs that are not built stand in [`WAITING`],
//! [`EQUIVALENT`] and [`SURVIVORS`], each with why.

#![forbid(unsafe_code)]

mod ageing;
mod atomicity;
mod backdoor;
mod binding;
mod catalogue;
mod ciphers;
mod clones;
mod counters;
mod denial_of_service;
mod entries;
mod envelopes;
mod equivalent;
mod flooding;
mod forgery;
mod forward_secrecy;
mod harness;
mod header_encryption;
mod limits;
mod mutant;
mod persistence;
mod post_quantum;
mod randomness;
mod recovery;
mod refusals;
mod renewal;
mod replay;
mod residue;
mod reuse;
mod specification;
mod storage;
mod survivors;
mod takeover;
mod waiting;

pub use catalogue::{CATALOGUE, mutants, planted_in};
pub use entries::{Census, Standing, census, entries, standings};
pub use equivalent::{EQUIVALENT, Equivalent};
pub use mutant::{Class, Grade, Mutant, Planted};
pub use survivors::{SURVIVORS, Survivor};
pub use waiting::{WAITING, Waiting, WaitsFor};

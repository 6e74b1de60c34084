//! Ratchets with exactly one planted bug each.
//!
//! A game that finds nothing in them proves nothing about a ratchet in which it finds nothing. Each mutant is a
//! textbook ratchet of `sprag-protocols` with one step overridden; [`CATALOGUE`] lists them, and [`visit_all`]
//! hands each to generic code.

#![forbid(unsafe_code)]

mod atomicity;
mod catalogue;
mod denial_of_service;
mod forgery;
mod forward_secrecy;
mod harness;
mod mutant;
mod persistence;
mod post_quantum;
mod randomness;
mod recovery;
mod replay;

pub use catalogue::{CATALOGUE, visit_all};
pub use mutant::{Class, Grade, Mutant, Planted, Visitor};

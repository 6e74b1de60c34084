//! What a run of Sprag came to, for programs and for people.
//!
//! [`Report`] is the JSON form; `vectors/schemas/report.schema.json` describes it. [`Matrix`] is that of a run against the
//! planted bugs. [`terminal`] holds the readable ones. All take their text from [`inert`], since a ratchet under test may say anything.

#![forbid(unsafe_code)]

mod from_results;
mod inert;
mod matrix;
mod model;
pub mod terminal;

pub use from_results::{RatchetRun, ratchet_report};
pub use inert::{TEXT_LIMIT, inert, inert_bytes, inert_lines};
pub use matrix::{
    Count, Expectation, GameScore, HarnessScore, HonestRow, Killed, MATRIX_WIRE, Matrix,
    MatrixCell, MatrixTimings, MutantRow, MutantTime, Score,
};
pub use model::{
    Effort, GameReport, GameTime, Quota, RatchetReport, RatchetTime, Report, Stderr, Timings, WIRE,
};

//! What a run of Sprag came to, for programs and for people.
//!
//! [`Report`] is the JSON form; `vectors/schemas/report.schema.json` describes it, [`Report::from_json`] reads it back.
//! [`junit`], [`sarif`], [`markdown`] and [`badge`] make of it what other programs take, [`html`] a page for people, and
//! [`chart`] a drawing of one case; [`merge`] puts the reports of shards together, [`diff`] compares two. [`Matrix`] is the
//! report on a run against the planted bugs, [`mod@bench`] the comparison of times. [`terminal`] holds the readable forms. All take their text through
//! [`inert`](inert()), since a ratchet under test may say anything.

#![forbid(unsafe_code)]

pub mod badge;
pub mod bench;
pub mod chart;
mod comparison;
mod context;
pub mod diff;
pub mod exposure;
#[cfg(test)]
mod fixtures;
mod from_results;
#[cfg(test)]
mod hostile;
pub mod html;
mod inert;
pub mod junit;
pub mod markdown;
mod matrix;
pub mod merge;
mod model;
mod properties;
mod read;
pub mod sarif;
mod tally;
pub mod terminal;
mod told;

pub use context::{Context, Replay, Trouble, TroubleKind};
pub use from_results::{Maps, RatchetRun, ratchet_report};
pub use inert::{TEXT_LIMIT, inert, inert_bytes, inert_lines};
pub use matrix::{
    Count, Expectation, GameScore, HarnessScore, HonestRow, Killed, MATRIX_WIRE, Matrix,
    MatrixCell, MatrixTimings, MutantRow, MutantTime, Score,
};
pub use model::{
    Effort, GameReport, GameTime, Quota, RatchetReport, RatchetTime, Report, Stderr, Timings, WIRE,
};
pub use read::ReportError;

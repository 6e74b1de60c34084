//! What a run of Sprag came to, for programs and for people.
//!
//! [`Report`] is the JSON form; `vectors/schemas/report.schema.json` describes it. [`terminal`] is the readable one. Both
//! take their text from [`inert`], since a ratchet under test may say anything.

#![forbid(unsafe_code)]

mod from_results;
mod inert;
mod model;
pub mod terminal;

pub use from_results::{RatchetRun, ratchet_report};
pub use inert::{TEXT_LIMIT, inert, inert_bytes, inert_lines};
pub use model::{
    Effort, GameReport, GameTime, Quota, RatchetReport, RatchetTime, Report, Stderr, Timings, WIRE,
};

//! What the benches share.

#![forbid(unsafe_code)]

mod programs;
mod recorder;

pub use programs::{Program, described, programs};
pub use recorder::{Recorded, Recorder};

//! What the benches share.

#![forbid(unsafe_code)]

mod alternating;
mod conversations;
mod programs;
mod recorder;
mod remembered;
mod talk;

pub use alternating::alternating;
pub use conversations::{random_conversations, theft_cells};
pub use programs::{Program, described, programs};
pub use recorder::{Recorded, Recorder};
pub use remembered::{Remembered, State};
pub use talk::talk_with_thefts;

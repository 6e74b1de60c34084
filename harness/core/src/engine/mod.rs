//! The engine: executes a schedule against a real ratchet and writes down what happened.

mod arena;
mod change;
mod drawing;
mod execute;
mod narrate;
mod randomness_level;
mod stopwatch;
mod transcript;
mod world;

pub use arena::{Arena, Progress};
pub use change::{Change, altered};
pub(crate) use drawing::Source;
pub(crate) use execute::TAG_BYTES;
pub use execute::{execute, execute_watched, plaintext_of};
pub use narrate::narrate;
pub use randomness_level::{RandomnessLevel, detect_randomness};
pub(crate) use stopwatch::out_of_proportion;
pub use transcript::{
    Arrival, Delivery, Event, EventKind, NoOp, Outcome, Sweep, SweepFind, Theft, Transcript, Wire,
};
pub use world::World;

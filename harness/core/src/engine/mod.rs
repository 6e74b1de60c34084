//! The engine: executes a schedule against a real ratchet and writes down what happened.

mod arena;
mod change;
mod execute;
mod narrate;
mod randomness_level;
mod transcript;

pub use arena::{Arena, Progress};
pub use change::{Change, altered};
pub use execute::{execute, execute_watched, plaintext_of};
pub use narrate::narrate;
pub use randomness_level::{RandomnessLevel, detect_randomness};
pub use transcript::{
    Arrival, Delivery, Event, EventKind, NoOp, Outcome, Sweep, SweepFind, Theft, Transcript, Wire,
};

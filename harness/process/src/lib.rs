//! A ratchet in any language: a child process that speaks JSON-RPC 2.0, one object or one batch a line.
//!
//! ```text
//! engine ──► ProcessRatchet ──► Child ──► stdin of the program
//!                  ▲              │
//!                  └── replies ◄──┴────── stdout of the program, one line a reply
//! ```
//!
//! | module | holds |
//! |---|---|
//! | [`message`] | what goes over the line: requests, replies, errors |
//! | [`Child`] | one running program: its pipes, limits, and how it ended |
//! | [`Description`] | what the program says of itself |
//! | [`Observer`] | who is shown the traffic |
//! | [`Answering`] | a function in the place of the program |
//! | [`ProcessRatchet`] | the program as a [`sprag::Ratchet`] |
//!
//! A rejection is a reply with error code -32000. Everything else that is no reply (an exit, a hang, a line that is not
//! JSON, a wrong id) is a *death*: the program is ended, and whoever runs the engine decides what becomes of the trial.

#![forbid(unsafe_code)]

mod answering;
mod child;
mod death;
mod describe;
pub mod message;
mod pipes;
mod platform;
mod ratchet;
mod stderr;
mod traffic;

pub use answering::Answering;
pub use child::{Child, Launch, Limits, StartError};
pub use death::{Death, DeathKind};
pub use describe::{Description, PROTOCOL};
pub use platform::on_processor;
pub use ratchet::{ProcessRatchet, Session};
pub use traffic::{Observer, Way};

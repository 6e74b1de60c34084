//! The way back to the command. Whatever a ratchet prints goes elsewhere.

use std::fs::File;
use std::io::Write as _;
use std::sync::{Mutex, PoisonError};

use super::messages::Reply;

/// The worker's end of the line to the command, shared with the watchdog.
pub(crate) struct Replies(Mutex<File>);

impl Replies {
    pub(crate) const fn new(to: File) -> Self {
        Self(Mutex::new(to))
    }

    /// Sends one reply. If the command is gone, so is the reason to go on.
    pub(crate) fn send(&self, reply: &Reply) {
        let sent = serde_json::to_vec(reply).map_err(std::io::Error::from).and_then(|mut line| {
            line.push(b'\n');
            self.0.lock().unwrap_or_else(PoisonError::into_inner).write_all(&line)
        });
        if sent.is_err() {
            std::process::exit(super::COMMAND_GONE);
        }
    }
}

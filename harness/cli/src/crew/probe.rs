//! What a worker finds out about a ratchet before any game is run on it.

use std::collections::BTreeMap;

use sprag::Profile;
use sprag::engine::RandomnessLevel;

use super::process::Stop;
use super::seat::{Seat, unexpected};
use crate::worker::messages::{Job, Reply};

/// What is found out about a ratchet before any game is run on it.
pub(crate) struct Probed {
    /// Whose hands its randomness is in.
    pub randomness: RandomnessLevel,
    /// Its profile with limits measured, where it does not declare them.
    pub measured: Option<Profile>,
    /// Games that cannot be run, and why.
    pub not_run: BTreeMap<String, String>,
}

/// Finds it out.
///
/// # Errors
/// If no session can be opened, or the harness is at fault.
pub(crate) fn probe(seat: &mut Seat) -> Result<Probed, Stop> {
    let mut paired = false;
    match seat.ask(&Job::Probe, |reply| paired |= matches!(reply, Reply::Paired)) {
        Ok(Reply::Probed { randomness, measured, not_run }) => {
            Ok(Probed { randomness, measured: measured.map(|measured| *measured), not_run })
        }
        // It dies in plain conversation, which is for the games to show.
        Err(Stop::Death(_)) if paired => Ok(Probed {
            randomness: RandomnessLevel::None,
            measured: None,
            not_run: BTreeMap::new(),
        }),
        Ok(other) => Err(unexpected(&other)),
        Err(stop) => Err(stop),
    }
}

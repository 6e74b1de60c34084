//! How much a run does, and with what.

use std::time::Duration;

use sprag::Profile;
use sprag::games::Game;
use sprag_report::Effort;

use crate::worker::messages::Limits;

/// How much a run does, and with what.
#[derive(Clone)]
pub(crate) struct Plan {
    /// Which games there are, and how sharp they are.
    pub suite: u32,
    /// Seed of the run.
    pub seed: u64,
    /// How long it is meant to take.
    pub effort: Effort,
    /// Time for one ratchet's rounds; none with a fixed number of rounds alone.
    pub time: Option<Duration>,
    /// A fixed number of rounds.
    pub rounds: Option<u64>,
    /// The games that were asked for, in the order of the list.
    pub games: Vec<&'static dyn Game>,
    /// A profile in place of the ratchets' own.
    pub profile: Option<Profile>,
    /// Worker processes.
    pub workers: usize,
    /// What a case may use up.
    pub limits: Limits,
    /// Stop at the first game that fails.
    pub fail_fast: bool,
    /// Make exposure maps, since they will be written somewhere.
    pub maps: bool,
}

//! Worlds: the same schedule, played again with other secrets, other plaintexts or other randomness.

use super::Arena;
use crate::Party;
use crate::randomness::CaseSeed;
use crate::schedule::ActionId;

/// In what a play of a case differs from the case itself; by default in nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct World {
    /// The shared secret of both ends, where one is given to them.
    pub secret: Option<[u8; 32]>,
    /// Seed of the pairing.
    pub pairing: Option<CaseSeed>,
    /// Seed of the plaintexts. Their lengths stay as they are.
    pub plaintexts: Option<CaseSeed>,
    /// Seeds of what the initiator and the responder draw after the pairing.
    pub calls: [Option<CaseSeed>; 2],
    /// Every call after the pairing draws the same, as behind a snapshot that is restored again and again.
    pub frozen: bool,
}

/// The number that stands for all calls of a frozen world.
const FROZEN: (ActionId, u32) = (ActionId::PAIRING, 1);

impl Arena<'_> {
    /// The seed and the call that `party` really draws from in `call`.
    pub(super) fn draws(&self, party: Party, call: (ActionId, u32)) -> (CaseSeed, (ActionId, u32)) {
        let seed = self.world.calls[party.index()].unwrap_or(self.seed);
        (seed, if self.world.frozen { FROZEN } else { call })
    }
}

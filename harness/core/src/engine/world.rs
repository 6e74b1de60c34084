//! Worlds: the same schedule, played again with other secrets, other plaintexts or other randomness.

use crate::Party;
use crate::randomness::{CaseSeed, Tape};
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
    /// What is wrong with the randomness of the calls after the pairing.
    pub fault: Fault,
}

/// What is wrong with randomness.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Fault {
    /// Nothing.
    #[default]
    None,
    /// Every call draws the same, as behind a snapshot that is restored again and again.
    Frozen,
    /// The calls of one action draw badly.
    At(ActionId, Bad),
}

/// How a call draws badly.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Bad {
    /// One byte over and over.
    Constant(u8),
    /// What the party's last call drew.
    Repeated,
}

/// A call: its action and its number among the action's calls.
pub(super) type CallId = (ActionId, u32);

/// Bytes of a bad tape that are constant. A ratchet that draws again until it likes what it gets must come to an end.
const CONSTANT_BYTES: usize = 96;

impl World {
    /// What `party` draws in `call`; `last` is its last call before.
    pub(super) fn tape(&self, seed: CaseSeed, party: Party, call: CallId, last: CallId) -> Tape {
        let seed = self.calls[party.index()].unwrap_or(seed);
        let good = |(action, ordinal)| Tape::of(seed.call(action, ordinal));
        match self.fault {
            Fault::Frozen => good((ActionId::PAIRING, 1)),
            Fault::At(action, Bad::Constant(byte)) if action == call.0 => {
                Tape::new(vec![byte; CONSTANT_BYTES])
            }
            Fault::At(action, Bad::Repeated) if action == call.0 => good(last),
            _ => good(call),
        }
    }
}

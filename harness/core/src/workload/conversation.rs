//! Both ends of a session, brought to where workloads begin.

use rand_core::CryptoRng;

use super::{NotMeasured, PLAINTEXT, is_opened};
use crate::{DynRatchet, DynSession, Pair, Party, Profile, RejectionClass};

/// Rounds of service messages after which a ratchet is taken to make them without end.
const MOST_SERVICE: usize = 64;

/// Round trips after which a session is as it stays: no message carries its opening any more.
const WARM_UP: usize = 2;

/// Both ends of a session.
#[derive(Clone)]
pub(super) struct Conversation {
    pub(super) ends: Pair<DynSession>,
    has_outbox: bool,
}

impl Conversation {
    /// A new session.
    pub(super) fn open(
        ratchet: &dyn DynRatchet,
        rng: &mut dyn CryptoRng,
    ) -> Result<Self, NotMeasured> {
        let ends = ratchet.pair(rng).map_err(|error| NotMeasured::refused("pairing", &error))?;
        let mut conversation = Self { ends, has_outbox: ratchet.capabilities().outbox };
        conversation.settle(ratchet, rng);
        Ok(conversation)
    }

    /// A session some messages old, whose initiator has sent last and may go on in its chain.
    pub(super) fn warm(
        ratchet: &dyn DynRatchet,
        rng: &mut dyn CryptoRng,
        plaintext: &[u8],
    ) -> Result<Self, NotMeasured> {
        let mut conversation = Self::open(ratchet, rng)?;
        let one_way = ratchet.profile().is_one_way();
        if one_way || !conversation.has_to_wait(ratchet, rng, plaintext) {
            conversation.pass(ratchet, rng, Party::Initiator, plaintext)?;
        }
        for _ in 0..WARM_UP {
            if !one_way {
                conversation.pass(ratchet, rng, Party::Responder, plaintext)?;
            }
            conversation.pass(ratchet, rng, Party::Initiator, plaintext)?;
        }
        Ok(conversation)
    }

    /// Whether the initiator cannot send before it has received.
    fn has_to_wait(
        &self,
        ratchet: &dyn DynRatchet,
        rng: &mut dyn CryptoRng,
        plaintext: &[u8],
    ) -> bool {
        let sent = ratchet.encrypt(&mut self.ends.initiator.clone(), rng, b"", plaintext);
        sent.is_err_and(|rejection| rejection.class == RejectionClass::NotYet)
    }

    /// The next message of a party, which is not delivered. Service messages wait, lest they end the chain.
    pub(super) fn send(
        &mut self,
        ratchet: &dyn DynRatchet,
        rng: &mut dyn CryptoRng,
        from: Party,
        plaintext: &[u8],
    ) -> Result<Vec<u8>, NotMeasured> {
        let message = ratchet.encrypt(self.ends.of(from), rng, b"", plaintext);
        message.map_err(|error| NotMeasured::refused("a plaintext", &error))
    }

    /// A message of a party, which its peer opens.
    pub(super) fn pass(
        &mut self,
        ratchet: &dyn DynRatchet,
        rng: &mut dyn CryptoRng,
        from: Party,
        plaintext: &[u8],
    ) -> Result<(), NotMeasured> {
        let message = self.send(ratchet, rng, from, plaintext)?;
        let opened = ratchet.decrypt(self.ends.of(from.peer()), rng, b"", &message);
        is_opened(opened, plaintext)?;
        self.settle(ratchet, rng);
        Ok(())
    }

    /// Service messages go to and fro until there are none left.
    fn settle(&mut self, ratchet: &dyn DynRatchet, rng: &mut dyn CryptoRng) {
        if !self.has_outbox {
            return;
        }
        for _ in 0..MOST_SERVICE {
            let mut quiet = true;
            for from in Party::BOTH {
                let waiting = ratchet.outbox(self.ends.of(from), rng).unwrap_or_default();
                for message in waiting {
                    quiet = false;
                    // What it is good for shows in the messages behind it.
                    let _ = ratchet.decrypt(self.ends.of(from.peer()), rng, b"", &message);
                }
            }
            if quiet {
                return;
            }
        }
    }
}

/// The plaintext of every message, of the usual length if the profile allows it.
pub(super) fn plaintext(profile: &Profile) -> Vec<u8> {
    let least = profile.min_plaintext.map_or(0, |least| least as usize);
    let most = profile.max_plaintext.map_or(usize::MAX, |most| most as usize);
    vec![0x5a; PLAINTEXT.min(most).max(least)]
}

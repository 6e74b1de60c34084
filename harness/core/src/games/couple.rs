//! Two throw-away sessions that talk to each other in a game's judge, beside the schedule.

use rand_core::Rng as _;

use crate::engine::{Arena, Theft};
use crate::randomness::{CallRng, CaseSeed};
use crate::schedule::ActionId;
use crate::{DynSession, Opened, Party, Rejection};

/// Service messages that may follow one call.
const MOST_SERVICE: usize = 64;

/// Both ends of a stolen conversation, copied. Nothing that happens here reaches the conversation itself.
#[derive(Clone)]
pub(super) struct Couple<'a, 'r> {
    arena: &'a Arena<'r>,
    action: ActionId,
    seed: CaseSeed,
    calls: u32,
    pub(super) sessions: [DynSession; 2],
}

impl<'a, 'r> Couple<'a, 'r> {
    /// Copies of both ends at a theft. Couples of another `purpose` draw other randomness.
    pub(super) fn at(arena: &'a Arena<'r>, theft: &Theft, purpose: u64) -> Self {
        let (victim, peer) = (theft.session.clone(), theft.peer.clone());
        let sessions = match theft.victim {
            Party::Initiator => [victim, peer],
            Party::Responder => [peer, victim],
        };
        let seed = arena.seed.derived(purpose << 32 | 0xc0);
        Self { arena, action: theft.action, seed, calls: 0, sessions }
    }

    pub(super) const fn session(&self, party: Party) -> &DynSession {
        &self.sessions[party.index()]
    }

    pub(super) const fn session_mut(&mut self, party: Party) -> &mut DynSession {
        &mut self.sessions[party.index()]
    }

    /// Randomness of the next call.
    pub(super) fn rng(&mut self) -> CallRng {
        self.calls += 1;
        self.seed.call(self.action, self.calls)
    }

    /// A plaintext of 48 bytes, or as many as are taken, that occurs nowhere else; letters only so that it is the same
    /// in any text.
    pub(super) fn plaintext(&mut self) -> Vec<u8> {
        let mut rng = self.rng();
        (0..48.min(self.arena.profile.max_plaintext.unwrap_or(48)))
            .map(|_| b'a' + (rng.next_u32() % 26) as u8)
            .collect()
    }

    /// `from` encrypts; the message goes nowhere yet.
    pub(super) fn send(&mut self, from: Party, plaintext: &[u8]) -> Result<Vec<u8>, Rejection> {
        let mut rng = self.rng();
        self.arena.encrypt(&mut self.sessions[from.index()], &mut rng, b"", plaintext)
    }

    /// `to` is given `message`.
    pub(super) fn open(&mut self, to: Party, message: &[u8]) -> Result<Opened, Rejection> {
        let mut rng = self.rng();
        self.arena.decrypt(&mut self.sessions[to.index()], &mut rng, b"", message)
    }

    /// Whether `to` opens `message` to `plaintext`.
    pub(super) fn reads(&mut self, to: Party, message: &[u8], plaintext: &[u8]) -> bool {
        let opened = self.open(to, message);
        self.settle();
        matches!(opened, Ok(Opened::Plaintext(found)) if found == plaintext)
    }

    /// A message of `from` that is opened at once; `None` if it was refused by either.
    pub(super) fn pass(&mut self, from: Party) -> Option<Vec<u8>> {
        let plaintext = self.plaintext();
        let message = self.send(from, &plaintext).ok()?;
        // What the sender wants to say by itself comes after its message.
        self.reads(from.peer(), &message, &plaintext).then_some(message)
    }

    /// Service messages go to and fro until there are none left.
    pub(super) fn settle(&mut self) {
        if !self.arena.capabilities.outbox {
            return;
        }
        for _ in 0..MOST_SERVICE {
            let mut quiet = true;
            for from in Party::BOTH {
                let mut rng = self.rng();
                let session = &mut self.sessions[from.index()];
                let waiting = self.arena.ratchet.outbox(session, &mut rng).unwrap_or_default();
                for message in waiting {
                    quiet = false;
                    let _ = self.open(from.peer(), &message);
                }
            }
            if quiet {
                return;
            }
        }
    }
}

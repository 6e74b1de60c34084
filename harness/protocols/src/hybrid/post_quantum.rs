//! What one party holds of the post-quantum half.

use serde::{Deserialize, Serialize};
use sprag::{Party, Rejection};

use super::kem::{self, Ciphertext, KemPair, PublicKey};
use super::wire::{KemHeader, Load};
use crate::crypto::Key;
use crate::skipped::Skipped;

/// The post-quantum half: epochs that are agreed by a KEM, one chain each way in every epoch.
///
/// `X` is the memory of a planted bug; the textbook has none.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct PostQuantum<X> {
    /// Whose state this is.
    pub party: Party,
    /// The newest epoch that this party knows, which is the one it sends in.
    pub epoch: u32,
    /// The root key behind that epoch.
    pub root: Key,
    /// Sending chain key.
    pub sending: Key,
    /// Number of the next message of the sending chain.
    pub ns: u32,
    /// Messages in the previous sending chain.
    pub pn: u32,
    /// The epoch that is received in: `epoch` or the one before.
    pub received: u32,
    /// Receiving chain key of that epoch.
    pub receiving: Key,
    /// Number of the next message expected of it.
    pub nr: u32,
    /// What is under way for the next epoch.
    pub exchange: Exchange,
    /// Keys of messages that did not arrive yet, by epoch and number.
    pub skipped: Skipped<(u32, u32)>,
    /// Memory of a planted bug.
    pub extra: X,
}

/// What is under way for the next epoch. The parties take turns in offering a public key, the initiator first.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub enum Exchange {
    /// Nothing: a key is to be offered with the next message sent, or the peer's is awaited.
    Idle,
    /// Every message carries the own public key, until the ciphertext comes.
    Offering(KemPair),
    /// The peer's public key is here. The next message sent answers it and opens the epoch.
    Owing(PublicKey),
    /// Every message carries the ciphertext, until the peer sends in the epoch too.
    Answering {
        /// The ciphertext.
        ciphertext: Ciphertext,
        /// The receiving chain key of the epoch.
        next: Key,
    },
}

impl Exchange {
    /// What the next message carries for it.
    #[must_use]
    pub fn load(&self) -> Load {
        match self {
            Self::Offering(pair) => Load::PublicKey(pair.public.clone()),
            Self::Answering { ciphertext, .. } => Load::Ciphertext(ciphertext.clone()),
            Self::Idle | Self::Owing(_) => Load::Nothing,
        }
    }
}

/// The keys of a new epoch.
#[derive(Clone, Copy, Debug)]
pub struct EpochKeys {
    /// The root key behind it.
    pub root: Key,
    /// The initiator's chain key.
    pub initiator: Key,
    /// The responder's chain key.
    pub responder: Key,
}

impl EpochKeys {
    /// The chain key of `sender`.
    #[must_use]
    pub const fn of(&self, sender: Party) -> Key {
        match sender {
            Party::Initiator => self.initiator,
            Party::Responder => self.responder,
        }
    }
}

impl<X: Clone + Default> PostQuantum<X> {
    /// The state at the start of a session.
    #[must_use]
    pub fn new(party: Party, keys: &EpochKeys) -> Self {
        Self {
            party,
            epoch: 0,
            root: keys.root,
            sending: keys.of(party),
            ns: 0,
            pn: 0,
            received: 0,
            receiving: keys.of(party.peer()),
            nr: 0,
            exchange: Exchange::Idle,
            skipped: Skipped::default(),
            extra: X::default(),
        }
    }

    /// Who offers the public key for the epoch behind `epoch`.
    #[must_use]
    pub const fn offers_after(epoch: u32) -> Party {
        if epoch.is_multiple_of(2) { Party::Initiator } else { Party::Responder }
    }

    /// Whether a message of `epoch` is the first of an epoch that is not received in yet.
    #[must_use]
    pub const fn is_new_epoch(&self, epoch: u32) -> bool {
        epoch > self.received && epoch - self.received == 1
    }

    /// A copy to work on while a call may still fail: everything but the skipped keys. What is skipped in the copy is new.
    #[must_use]
    pub fn draft(&self) -> Self {
        Self {
            skipped: Skipped::default(),
            extra: self.extra.clone(),
            exchange: self.exchange.clone(),
            ..*self
        }
    }

    /// Puts the draft of a call that succeeded in place.
    pub fn commit(&mut self, draft: Self, max_stored: u32) {
        let mut skipped = std::mem::take(&mut self.skipped);
        skipped.append(draft.skipped);
        skipped.evict(max_stored);
        *self = Self { skipped, ..draft };
    }

    /// Enters the epoch of these keys, as a sender; the receiving chain is the caller's to put in place.
    ///
    /// # Errors
    /// `other` when there are no epochs left.
    pub fn enter(&mut self, keys: &EpochKeys) -> Result<(), Rejection> {
        let next = self.epoch.checked_add(1);
        self.epoch = next.ok_or_else(|| Rejection::other("the epochs are used up"))?;
        (self.root, self.sending) = (keys.root, keys.of(self.party));
        (self.pn, self.ns) = (self.ns, 0);
        Ok(())
    }

    /// Takes over the peer's public key of an authentic message, if it is awaited.
    ///
    /// # Errors
    /// `malformed` for bytes that are no public key.
    pub fn absorb(&mut self, header: &KemHeader) -> Result<(), Rejection> {
        let awaited = matches!(self.exchange, Exchange::Idle)
            && header.epoch == self.epoch
            && Self::offers_after(self.epoch) != self.party;
        if let (true, Load::PublicKey(public)) = (awaited, &header.load) {
            kem::check(public)?;
            self.exchange = Exchange::Owing(public.clone());
        }
        Ok(())
    }

    /// Refuses states that no conversation leads to.
    pub(super) fn check(&self, max_stored: u32) -> Result<(), Rejection> {
        let own_turn = Self::offers_after(self.epoch) == self.party;
        let possible = self.skipped.len() <= max_stored as usize
            && match &self.exchange {
                Exchange::Idle => self.received == self.epoch,
                Exchange::Offering(_) => self.received == self.epoch && own_turn,
                Exchange::Owing(public) => {
                    kem::check(public)?;
                    self.received == self.epoch && !own_turn
                }
                Exchange::Answering { .. } => self.is_new_epoch(self.epoch) && own_turn,
            };
        if possible { Ok(()) } else { Err(Rejection::malformed("impossible saved state")) }
    }
}

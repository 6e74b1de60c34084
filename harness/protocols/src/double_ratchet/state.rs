//! What one party of a Double Ratchet holds.

use std::mem;

use serde::{Deserialize, Serialize};
use sprag::{Party, Rejection};

use super::Config;
use super::ages::Ages;
use super::wire::Header;
use crate::crypto::{Key, KeyPair, PublicKey};
use crate::skipped::Skipped;

/// The name of a message: the ratchet key and the number in its header.
pub type MessageName = (PublicKey, u32);

/// The state variables of the specification, section 3.2, under its names.
///
/// `X` is the memory of a planted bug; the textbook has none.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct State<X> {
    /// Whose state this is.
    pub party: Party,
    /// `DHs`: the own ratchet key pair. `None` while the sending half of a step is still to be done.
    pub dhs: Option<KeyPair>,
    /// `DHr`: the peer's ratchet key.
    pub dhr: Option<PublicKey>,
    /// `RK`: the root key.
    pub rk: Key,
    /// `CKs`: the sending chain key.
    pub cks: Option<Key>,
    /// `CKr`: the receiving chain key.
    pub ckr: Option<Key>,
    /// `Ns`: number of the next message of the sending chain.
    pub ns: u32,
    /// `Nr`: number of the next message expected of the receiving chain.
    pub nr: u32,
    /// `PN`: messages in the previous sending chain.
    pub pn: u32,
    /// `MKSKIPPED`: keys of messages that did not arrive yet.
    pub skipped: Skipped<MessageName>,
    /// Their ages, where they are kept for a limited time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ages: Option<Ages>,
    /// Number of the message opened last, for the user; nothing else depends on it.
    #[serde(skip)]
    pub last_opened: Option<u32>,
    /// Memory of a planted bug.
    pub extra: X,
}

impl<X: Clone + Default> State<X> {
    /// The state before the first key of either party.
    #[must_use]
    pub fn new(party: Party, rk: Key) -> Self {
        Self {
            party,
            dhs: None,
            dhr: None,
            rk,
            cks: None,
            ckr: None,
            ns: 0,
            nr: 0,
            pn: 0,
            skipped: Skipped::default(),
            ages: None,
            last_opened: None,
            extra: X::default(),
        }
    }

    /// A copy to work on while a call may still fail: everything but the skipped keys, so that it stays
    /// small. What is skipped in the copy is new.
    #[must_use]
    pub fn draft(&self) -> Self {
        Self { skipped: Skipped::default(), ages: None, extra: self.extra.clone(), ..*self }
    }

    /// Puts the draft of a call that succeeded in place.
    pub fn commit(&mut self, draft: Self, max_stored: u32) {
        let (mut skipped, mut ages) = (mem::take(&mut self.skipped), self.ages.take());
        if let Some(ages) = &mut ages {
            ages.note(&draft.skipped);
        }
        skipped.append(draft.skipped);
        skipped.evict(max_stored);
        *self = Self { skipped, ages, ..draft };
        self.forget_ages();
    }

    /// Forgets the ages of keys that are gone.
    pub fn forget_ages(&mut self) {
        if let Some(ages) = &mut self.ages {
            ages.keep_those_of(&self.skipped);
        }
    }

    /// Whether `header` shows another ratchet key than the current one of the peer.
    #[must_use]
    pub fn is_new_key(&self, header: &Header) -> bool {
        self.dhr != Some(header.dh)
    }

    /// Refuses states that no conversation leads to.
    pub(crate) fn check(&self, config: &Config, max_stored: u32) -> Result<(), Rejection> {
        let ages_fit = match (&self.ages, config.stored_seconds) {
            (Some(ages), Some(_)) => ages.fit(&self.skipped),
            (ages, _) => ages.is_none() && config.stored_seconds.is_none(),
        };
        let possible = (self.cks.is_none() || (self.dhs.is_some() && self.dhr.is_some()))
            && (self.ckr.is_none() || self.dhr.is_some())
            && (self.dhs.is_some() || self.dhr.is_some())
            && (self.ckr.is_some() || self.nr == 0)
            && self.skipped.len() <= max_stored as usize
            && ages_fit;
        if possible { Ok(()) } else { Err(Rejection::malformed("impossible saved state")) }
    }
}

//! What one party of a Double Ratchet with header encryption holds.

use std::mem;

use serde::{Deserialize, Serialize};
use sprag::{Party, Rejection};

use super::Limits;
use crate::crypto::{Key, KeyPair, PublicKey};
use crate::skipped::Skipped;

/// The key under which the headers of one chain are encrypted.
pub type HeaderKey = Key;

/// The name of a message: the header key of its chain and its number.
pub type MessageName = (HeaderKey, u32);

/// The state variables of the specification, sections 3.2 and 4.2, under its names.
///
/// `X` is the memory of a planted bug; the textbook has none.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct State<X> {
    /// Whose state this is.
    pub party: Party,
    /// `DHRs`: the own ratchet key pair.
    pub dhs: Option<KeyPair>,
    /// `DHRr`: the peer's ratchet key.
    pub dhr: Option<PublicKey>,
    /// `RK`: the root key.
    pub rk: Key,
    /// `CKs`: the sending chain key.
    pub cks: Option<Key>,
    /// `CKr`: the receiving chain key.
    pub ckr: Option<Key>,
    /// `HKs`: the header key of the sending chain.
    pub hks: Option<HeaderKey>,
    /// `HKr`: the header key of the receiving chain.
    pub hkr: Option<HeaderKey>,
    /// `NHKs`: the header key of the next sending chain.
    pub nhks: HeaderKey,
    /// `NHKr`: the header key of the next receiving chain.
    pub nhkr: HeaderKey,
    /// `Ns`: number of the next message of the sending chain.
    pub ns: u32,
    /// `Nr`: number of the next message expected of the receiving chain.
    pub nr: u32,
    /// `PN`: messages in the previous sending chain.
    pub pn: u32,
    /// `MKSKIPPED`: keys of messages that did not arrive yet.
    pub skipped: Skipped<MessageName>,
    /// Memory of a planted bug.
    pub extra: X,
}

impl<X: Clone + Default> State<X> {
    /// The state before the first key of either party.
    #[must_use]
    pub fn new(party: Party, rk: Key, nhks: HeaderKey, nhkr: HeaderKey) -> Self {
        Self {
            party,
            dhs: None,
            dhr: None,
            rk,
            cks: None,
            ckr: None,
            hks: None,
            hkr: None,
            nhks,
            nhkr,
            ns: 0,
            nr: 0,
            pn: 0,
            skipped: Skipped::default(),
            extra: X::default(),
        }
    }

    /// A copy to work on while a call may still fail: everything but the skipped keys, so that it stays
    /// small. What is skipped in the copy is new.
    #[must_use]
    pub fn draft(&self) -> Self {
        Self { skipped: Skipped::default(), extra: self.extra.clone(), ..*self }
    }

    /// Puts the draft of a call that succeeded in place.
    pub fn commit(&mut self, draft: Self, max_stored: u32) {
        let mut skipped = mem::take(&mut self.skipped);
        skipped.append(draft.skipped);
        skipped.evict(max_stored);
        *self = Self { skipped, ..draft };
    }

    /// The keys that a header may be encrypted under, each once: of the receiving chain, of the next one, and of old
    /// chains of which messages are missing, the newest first. The keys of one chain are stored one behind the other.
    #[must_use]
    pub fn header_keys(&self) -> Vec<HeaderKey> {
        let mut old: Vec<HeaderKey> = self.skipped.names().map(|(hk, _)| *hk).collect();
        old.dedup();
        old.retain(|hk| Some(*hk) != self.hkr);
        self.hkr.into_iter().chain([self.nhkr]).chain(old.into_iter().rev()).collect()
    }

    /// Refuses states that no conversation leads to.
    pub(super) fn check(&self, limits: &Limits) -> Result<(), Rejection> {
        let sends = self.cks.is_some();
        let receives = self.ckr.is_some();
        let possible = self.dhs.is_some()
            && sends == self.hks.is_some()
            && sends == self.dhr.is_some()
            && receives == self.hkr.is_some()
            && (sends || !receives)
            && (sends || (self.ns, self.pn) == (0, 0))
            && (receives || (self.nr == 0 && self.skipped.is_empty()))
            && self.skipped.len() <= limits.max_stored as usize;
        if possible { Ok(()) } else { Err(Rejection::malformed("impossible saved state")) }
    }
}

//! What a thief knows, symbolically: chains from an index on, single message keys, and what follows from them.

use std::collections::BTreeSet;

use super::Place;
use super::hybrid::StolenHalf;
use crate::{Half, Party};

/// The set of messages that follow from one stolen session, or from several taken together.
#[derive(Clone, Debug, Default)]
pub struct Knowledge {
    /// Epochs whose root key is known.
    roots: BTreeSet<u32>,
    /// Epochs whose ratchet private key is known.
    secrets: BTreeSet<u32>,
    chains: Vec<KnownChain>,
    messages: BTreeSet<(Party, u32, u32)>,
    /// What is known of the post-quantum half, one entry a theft; `None` where a message needs no such half.
    post_quantum: Option<Vec<StolenHalf>>,
}

#[derive(Clone, Copy, Debug)]
struct KnownChain {
    from: Party,
    first_epoch: u32,
    last_epoch: u32,
    /// The least index whose chain key is known.
    low: u32,
}

impl Knowledge {
    pub(super) fn chain(&mut self, from: Party, epoch: u32, low: u32) {
        self.chains.push(KnownChain { from, first_epoch: epoch, last_epoch: epoch, low });
    }

    pub(super) fn epochs(&mut self, from: Party, first_epoch: u32, last_epoch: u32) {
        self.chains.push(KnownChain { from, first_epoch, last_epoch, low: 0 });
    }

    pub(super) fn message(&mut self, from: Party, epoch: u32, index: u32) {
        self.messages.insert((from, epoch, index));
    }

    pub(super) fn root(&mut self, epoch: u32) {
        self.roots.insert(epoch);
    }

    pub(super) fn secret(&mut self, epoch: u32) {
        self.secrets.insert(epoch);
    }

    pub(super) fn post_quantum(&mut self, half: StolenHalf) {
        self.post_quantum.get_or_insert_default().push(half);
    }

    /// Adds every root and chain that follows: `rk[t] = F(rk[t-1], dh(x[t-1], x[t]))`, and either private key gives the
    /// Diffie–Hellman value.
    pub(super) fn close(mut self) -> Self {
        let Some(&lowest) = self.roots.first() else { return self };
        let highest = self.roots.last().copied().max(self.secrets.last().copied()).unwrap_or(0);
        for epoch in lowest + 1..=highest + 1 {
            let agreed = self.secrets.contains(&epoch) || self.secrets.contains(&(epoch - 1));
            if self.roots.contains(&(epoch - 1)) && agreed {
                self.roots.insert(epoch);
                self.chain(sender_of(epoch), epoch, 0);
            }
        }
        self
    }

    /// Whether the message at `place` follows: from both halves, if the ratchet has two.
    #[must_use]
    pub fn leaks(&self, place: &Place) -> bool {
        Half::BOTH.into_iter().all(|half| self.half_leaks(half, place))
    }

    /// Whether `half` keeps nothing of the message at `place` from who knows the other half. A ratchet that is no hybrid
    /// has all it has in its classical half.
    #[must_use]
    pub fn half_leaks(&self, half: Half, place: &Place) -> bool {
        match (half, &self.post_quantum) {
            (Half::Classical, _) => self.classical_leaks(place),
            (Half::PostQuantum, Some(thefts)) => thefts.iter().any(|theft| theft.leaks(place)),
            (Half::PostQuantum, None) => true,
        }
    }

    fn classical_leaks(&self, place: &Place) -> bool {
        self.messages.contains(&(place.from, place.epoch, place.index))
            || self.chains.iter().any(|chain| {
                chain.from == place.from
                    && (chain.first_epoch..=chain.last_epoch).contains(&place.epoch)
                    && place.index >= chain.low
            })
    }

    /// Whether the root key of `epoch` follows.
    #[must_use]
    pub fn knows_root(&self, epoch: u32) -> bool {
        self.roots.contains(&epoch)
    }

    /// Whether the ratchet private key of `epoch` was in the stolen state.
    #[must_use]
    pub fn knows_secret(&self, epoch: u32) -> bool {
        self.secrets.contains(&epoch)
    }

    /// What follows from both together.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        let mut both = self.clone();
        both.roots.extend(&other.roots);
        both.secrets.extend(&other.secrets);
        both.chains.extend(&other.chains);
        both.messages.extend(&other.messages);
        both.post_quantum = match (both.post_quantum, &other.post_quantum) {
            (Some(ours), Some(theirs)) => Some([ours, theirs.clone()].concat()),
            (ours, theirs) => ours.or_else(|| theirs.clone()),
        };
        both.close()
    }
}

/// The initiator sends in odd epochs.
pub(super) const fn sender_of(epoch: u32) -> Party {
    if epoch % 2 == 1 { Party::Initiator } else { Party::Responder }
}

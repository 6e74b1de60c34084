//! The receiving side that several families share: a chain that is read in any order, with its skipped keys.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::{Cause, Expected};
use crate::{Limits, StoredPer, WhenFull};

/// A limit that nothing sets counts as none.
const UNLIMITED: u32 = u32::MAX;

/// Limits with every value known.
#[derive(Clone, Copy, Debug)]
pub(super) struct KnownLimits {
    pub(super) max_skip: u32,
    pub(super) max_stored: u32,
    pub(super) stored_per: StoredPer,
    pub(super) when_full: WhenFull,
    /// `None`: keys do not grow old.
    pub(super) stored_seconds: Option<u64>,
}

impl KnownLimits {
    pub(super) fn of(limits: &Limits) -> Self {
        Self {
            max_skip: limits.max_skip.unwrap_or(UNLIMITED),
            max_stored: limits.max_stored.unwrap_or(UNLIMITED),
            stored_per: limits.stored_per,
            when_full: limits.when_full,
            stored_seconds: limits.stored_seconds.map(u64::from),
        }
    }

    /// Whether `more` keys may be skipped and stored beside those of `stored`.
    pub(super) fn allow(&self, stored: &Stored, epoch: u32, more: u32) -> Result<(), Cause> {
        let held = stored.counted(self.stored_per, epoch);
        let full = u64::from(more) + held as u64 > u64::from(self.max_stored);
        if more > self.max_skip || (full && more > 0 && self.when_full == WhenFull::Refuse) {
            Err(Cause::GapTooLarge)
        } else {
            Ok(())
        }
    }

    /// Whether the keys of two chains, that one message would have stored at once, are too many for a session that
    /// refuses when it is full.
    pub(super) fn refuse_together(&self, stored: &Stored, old: u32, new: u32) -> bool {
        let all = u64::from(old) + u64::from(new) + stored.len() as u64;
        self.when_full == WhenFull::Refuse
            && self.stored_per != StoredPer::Chain
            && old > 0
            && new > 0
            && all > u64::from(self.max_stored)
    }
}

/// Skipped message keys, by (epoch, index), in order of derivation.
#[derive(Clone, Debug, Default)]
pub(super) struct Stored {
    /// When each key was stored.
    present: BTreeMap<(u32, u32), u64>,
    /// Epochs of which no key opens anything any more.
    closed: BTreeSet<u32>,
    order: VecDeque<(u32, u32)>,
    now: u64,
}

impl Stored {
    /// What becomes of a message whose key is stored; `None` if it is not.
    pub(super) fn expects(&self, limits: &KnownLimits, epoch: u32, index: u32) -> Option<Expected> {
        let born = self.present.get(&(epoch, index)).filter(|_| !self.closed.contains(&epoch))?;
        // At the very second nobody can say whether a key is already old.
        let ends_now = limits.stored_seconds == Some(self.now - born);
        Some(if ends_now { Expected::Unclaimed } else { Expected::Opens })
    }

    /// Time passes, and what is too old goes.
    pub(super) fn tick(&mut self, limits: &KnownLimits, seconds: u32) {
        self.now += u64::from(seconds);
        if let Some(most) = limits.stored_seconds {
            let now = self.now;
            self.present.retain(|_, born| now - *born <= most);
        }
    }

    pub(super) fn remove(&mut self, epoch: u32, index: u32) -> bool {
        !self.closed.contains(&epoch) && self.present.remove(&(epoch, index)).is_some()
    }

    /// Stores the keys `from..to` of a chain, throwing out the oldest ones beyond the limit.
    pub(super) fn store(&mut self, limits: &KnownLimits, epoch: u32, from: u32, to: u32) {
        // Keys that would be thrown out again at once are never made.
        let from = from.max(to.saturating_sub(limits.max_stored));
        for index in from..to {
            self.present.insert((epoch, index), self.now);
            self.order.push_back((epoch, index));
        }
        if limits.when_full == WhenFull::Distance {
            let oldest = to.saturating_sub(limits.max_stored);
            self.present.retain(|&(of, index), _| of != epoch || index >= oldest);
            return;
        }
        let mut excess =
            self.counted(limits.stored_per, epoch).saturating_sub(limits.max_stored as usize);
        let Self { present, order, .. } = self;
        order.retain(|key| {
            if !present.contains_key(key) {
                return false;
            }
            let counts = limits.stored_per != StoredPer::Chain || key.0 == epoch;
            if excess > 0 && counts {
                excess -= 1;
                present.remove(key);
                return false;
            }
            true
        });
    }

    /// The chain of these keys is gone.
    pub(super) fn chain_gone(&mut self, limits: &KnownLimits, epoch: u32) {
        match limits.stored_per {
            StoredPer::Chain => self.present.retain(|key, _| key.0 != epoch),
            StoredPer::Session => {}
            StoredPer::LiveChains => {
                self.closed.insert(epoch);
            }
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (u32, u32)> {
        self.present.keys().copied()
    }

    pub(super) fn len(&self) -> usize {
        self.present.len()
    }

    fn counted(&self, per: StoredPer, epoch: u32) -> usize {
        match per {
            StoredPer::Session | StoredPer::LiveChains => self.present.len(),
            StoredPer::Chain => self.present.range((epoch, 0)..=(epoch, u32::MAX)).count(),
        }
    }
}

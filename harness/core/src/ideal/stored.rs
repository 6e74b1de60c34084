//! The receiving side that several families share: a chain that is read in any order, with its skipped keys.

use std::collections::{BTreeSet, VecDeque};

use super::Cause;
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
}

impl KnownLimits {
    pub(super) fn of(limits: &Limits) -> Self {
        Self {
            max_skip: limits.max_skip.unwrap_or(UNLIMITED),
            max_stored: limits.max_stored.unwrap_or(UNLIMITED),
            stored_per: limits.stored_per,
            when_full: limits.when_full,
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
}

/// Skipped message keys, by (epoch, index), in order of derivation.
#[derive(Clone, Debug, Default)]
pub(super) struct Stored {
    present: BTreeSet<(u32, u32)>,
    order: VecDeque<(u32, u32)>,
}

impl Stored {
    pub(super) fn contains(&self, epoch: u32, index: u32) -> bool {
        self.present.contains(&(epoch, index))
    }

    pub(super) fn remove(&mut self, epoch: u32, index: u32) -> bool {
        self.present.remove(&(epoch, index))
    }

    /// Stores the keys `from..to` of a chain, throwing out the oldest ones beyond the limit.
    pub(super) fn store(&mut self, limits: &KnownLimits, epoch: u32, from: u32, to: u32) {
        // Keys that would be thrown out again at once are never made.
        let from = from.max(to.saturating_sub(limits.max_stored));
        for index in from..to {
            self.present.insert((epoch, index));
            self.order.push_back((epoch, index));
        }
        let mut excess =
            self.counted(limits.stored_per, epoch).saturating_sub(limits.max_stored as usize);
        let Self { present, order } = self;
        order.retain(|key| {
            if !present.contains(key) {
                return false;
            }
            let counts = limits.stored_per == StoredPer::Session || key.0 == epoch;
            if excess > 0 && counts {
                excess -= 1;
                present.remove(key);
                return false;
            }
            true
        });
    }

    /// Forgets every key of a chain.
    pub(super) fn forget_chain(&mut self, epoch: u32) {
        self.present.retain(|key| key.0 != epoch);
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (u32, u32)> {
        self.present.iter().copied()
    }

    pub(super) fn len(&self) -> usize {
        self.present.len()
    }

    fn counted(&self, per: StoredPer, epoch: u32) -> usize {
        match per {
            StoredPer::Session => self.present.len(),
            StoredPer::Chain => self.present.range((epoch, 0)..=(epoch, u32::MAX)).count(),
        }
    }
}

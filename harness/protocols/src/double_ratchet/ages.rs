//! How old skipped keys are, in a ratchet that keeps them for a limited time (the advice of the specification's section
//! on the deletion of skipped message keys).

use serde::{Deserialize, Serialize};

use super::state::MessageName;
use crate::skipped::Skipped;

/// The clock of a session, and when each of its skipped keys was stored.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Ages {
    /// Seconds since the session began, as far as it was told.
    pub now: u64,
    /// When each skipped key was stored.
    pub stored_at: Vec<(MessageName, u64)>,
}

impl Ages {
    /// Notes that the keys of `new` are stored now.
    pub fn note(&mut self, new: &Skipped<MessageName>) {
        self.stored_at.extend(new.iter().map(|(name, _)| (*name, self.now)));
    }

    /// Forgets the ages of keys that are gone.
    pub fn keep_those_of(&mut self, skipped: &Skipped<MessageName>) {
        self.stored_at.retain(|(name, _)| skipped.get(name).is_some());
    }

    /// The keys that were stored `seconds` ago or earlier.
    pub fn older_than(&self, seconds: u32) -> impl Iterator<Item = MessageName> {
        let ended = self.now.checked_sub(u64::from(seconds));
        let is_old = move |at: u64| ended.is_some_and(|ended| at <= ended);
        self.stored_at.iter().filter(move |(_, at)| is_old(*at)).map(|(name, _)| *name)
    }

    /// Whether there is an age for each key, and no other.
    pub(super) fn fit(&self, skipped: &Skipped<MessageName>) -> bool {
        self.stored_at.len() == skipped.len()
            && self
                .stored_at
                .iter()
                .all(|(name, at)| skipped.get(name).is_some() && *at <= self.now)
    }
}

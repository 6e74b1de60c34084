//! Keys of messages that did not arrive yet (`MKSKIPPED` of the specification).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::crypto::Key;

/// Message keys by the name `K` of their message, in order of derivation.
///
/// Written as the list of its entries, oldest first.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(
    from = "Vec<(K, Key)>",
    into = "Vec<(K, Key)>",
    bound(
        serialize = "K: Clone + Ord + Serialize",
        deserialize = "K: Clone + Ord + Deserialize<'de>"
    )
)]
pub struct Skipped<K> {
    keys: BTreeMap<K, (u64, Key)>,
    order: BTreeMap<u64, K>,
    next: u64,
}

impl<K> Default for Skipped<K> {
    fn default() -> Self {
        Self { keys: BTreeMap::new(), order: BTreeMap::new(), next: 0 }
    }
}

impl<K: Clone + Ord> Skipped<K> {
    /// The key of message `name`, if it is stored.
    #[must_use]
    pub fn get(&self, name: &K) -> Option<Key> {
        self.keys.get(name).map(|(_, key)| *key)
    }

    /// Stores a key, as the newest.
    pub fn insert(&mut self, name: K, key: Key) {
        self.remove(&name);
        self.keys.insert(name.clone(), (self.next, key));
        self.order.insert(self.next, name);
        self.next += 1;
    }

    /// Deletes a key, and gives it.
    pub fn remove(&mut self, name: &K) -> Option<Key> {
        let (at, key) = self.keys.remove(name)?;
        self.order.remove(&at);
        Some(key)
    }

    /// Appends the newer keys of `other`.
    pub fn append(&mut self, mut other: Self) {
        for name in other.order.into_values() {
            if let Some((_, key)) = other.keys.remove(&name) {
                self.insert(name, key);
            }
        }
    }

    /// Evicts the oldest keys until at most `most` are left.
    pub fn evict(&mut self, most: u32) {
        while self.keys.len() > most as usize
            && let Some((_, name)) = self.order.pop_first()
        {
            self.keys.remove(&name);
        }
    }

    /// How many keys are stored.
    #[must_use]
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether no key is stored.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// The names of all entries, oldest first.
    pub fn names(&self) -> impl Iterator<Item = &K> {
        self.order.values()
    }

    /// All entries, oldest first.
    pub fn iter(&self) -> impl Iterator<Item = (&K, Key)> {
        self.order.values().filter_map(|name| Some((name, self.get(name)?)))
    }
}

impl<K: Clone + Ord> From<Vec<(K, Key)>> for Skipped<K> {
    fn from(entries: Vec<(K, Key)>) -> Self {
        let mut skipped = Self::default();
        for (name, key) in entries {
            skipped.insert(name, key);
        }
        skipped
    }
}

impl<K: Clone + Ord> From<Skipped<K>> for Vec<(K, Key)> {
    fn from(skipped: Skipped<K>) -> Self {
        skipped.iter().map(|(name, key)| (name.clone(), key)).collect()
    }
}

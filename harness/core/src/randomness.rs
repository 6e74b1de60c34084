//! Seeds: everything random in a case follows from its seed, call by call.
//!
//! The randomness of one call is a ChaCha8 stream keyed by the case seed and numbered by (action, call ordinal). So
//! deleting an action never changes what another one draws, which is what makes twins comparable and shrinking stable.

mod tape;

use std::fmt;
use std::str::FromStr;

use rand_chacha::ChaCha8Rng;
use rand_core::{Rng as _, SeedableRng as _};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub use tape::Tape;

use crate::schedule::ActionId;

/// The seed of one case: 32 bytes, written as hex.
#[derive(Clone, Copy, Eq, Hash, PartialEq)]
pub struct CaseSeed([u8; 32]);

/// The generator given to one call of the ratchet.
pub type CallRng = ChaCha8Rng;

impl CaseSeed {
    /// The seed of trial `trial` of `game` in the run seeded `run`. Neither the ratchet's name nor the worker takes part.
    #[must_use]
    pub fn of_trial(run: u64, game: &str, trial: u64) -> Self {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&run.to_le_bytes());
        key[8..16].copy_from_slice(&fnv1a(game.as_bytes()).to_le_bytes());
        key[16..24].copy_from_slice(&trial.to_le_bytes());
        Self::drawn(&mut ChaCha8Rng::from_seed(key))
    }

    /// A seed of its own for `purpose`, so that an attacker never shares randomness with its victim.
    #[must_use]
    pub fn derived(&self, purpose: u64) -> Self {
        let mut rng = ChaCha8Rng::from_seed(self.0);
        rng.set_stream(u64::MAX - purpose);
        Self::drawn(&mut rng)
    }

    /// The randomness of call number `ordinal` of `action`.
    #[must_use]
    pub fn call(&self, action: ActionId, ordinal: u32) -> CallRng {
        let mut rng = ChaCha8Rng::from_seed(self.0);
        rng.set_stream(u64::from(action.0) << 32 | u64::from(ordinal));
        rng
    }

    /// Randomness for drawing the schedule itself.
    #[must_use]
    pub fn choices(&self) -> CallRng {
        ChaCha8Rng::from_seed(self.derived(0).0)
    }

    fn drawn(rng: &mut ChaCha8Rng) -> Self {
        let mut seed = [0; 32];
        rng.fill_bytes(&mut seed);
        Self(seed)
    }
}

const fn fnv1a(bytes: &[u8]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325;
    let mut index = 0;
    while index < bytes.len() {
        hash = (hash ^ bytes[index] as u64).wrapping_mul(0x0100_0000_01b3);
        index += 1;
    }
    hash
}

impl From<[u8; 32]> for CaseSeed {
    fn from(seed: [u8; 32]) -> Self {
        Self(seed)
    }
}

impl fmt::Display for CaseSeed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for CaseSeed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CaseSeed({self})")
    }
}

impl FromStr for CaseSeed {
    type Err = hex::FromHexError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut seed = [0; 32];
        hex::decode_to_slice(text, &mut seed)?;
        Ok(Self(seed))
    }
}

impl Serialize for CaseSeed {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for CaseSeed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(|error| {
            serde::de::Error::custom(format_args!("a case seed is 64 hex digits: {error}"))
        })
    }
}

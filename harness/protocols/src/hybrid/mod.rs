//! A hybrid ratchet: a Double Ratchet beside a ratchet of ML-KEM-768, and a message key that needs both.
//!
//! It has the shape of Signal's Triple Ratchet, without its chunks: the public key of an epoch goes whole with every
//! message until it is answered, and so does the ciphertext until the peer sends in the new epoch. So no message depends
//! on another one having arrived. The parties take turns in offering a key; an epoch completes with a message in either
//! direction and an acknowledgement.

pub mod kem;
mod post_quantum;
mod steps;
mod wire;

#[cfg(test)]
mod tests;

use std::borrow::Cow;

use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};
use sprag::{
    Capabilities, ClosingGap, Family, Field, Half, KeyGeneration, Limits, Opened, Pair, Party,
    Profile, Ratchet, Rejection, Setup,
};

pub use post_quantum::{EpochKeys, Exchange, PostQuantum};
pub use steps::{HybridSteps, Textbook, kdf_epoch, message_key};
pub use wire::{Header, KemHeader, Load};

use crate::crypto::{Key, hmac_sha256};
use crate::double_ratchet::{self, DoubleRatchet};
use crate::{capabilities, rewrite, saved};

const KIND: &str = "hybrid-ratchet";

/// What can be chosen in a hybrid ratchet.
#[derive(Clone, Debug)]
pub struct Config {
    /// What can be chosen in the classical half. Its limits hold for messages, and so for both halves.
    pub classical: double_ratchet::Config,
}

impl Config {
    /// Keys that one message may skip in each chain of the post-quantum half.
    #[must_use]
    pub const fn post_quantum_max_skip(&self) -> u32 {
        self.classical.max_skip.saturating_mul(2)
    }
}

/// What one party holds.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct State<X> {
    /// The classical half.
    pub classical: double_ratchet::State<()>,
    /// The post-quantum half.
    pub post_quantum: PostQuantum<X>,
}

/// A hybrid ratchet made of the steps `S`.
#[derive(Clone, Debug)]
pub struct HybridRatchet<S: HybridSteps = Textbook> {
    /// What can be chosen.
    pub config: Config,
    /// The steps.
    pub steps: S,
}

impl Default for HybridRatchet {
    fn default() -> Self {
        Self::with_steps(Textbook)
    }
}

impl<S: HybridSteps> HybridRatchet<S> {
    /// A ratchet of these steps with an eager classical half and the default limits.
    #[must_use]
    pub const fn with_steps(steps: S) -> Self {
        let classical = DoubleRatchet::eager().config;
        Self { config: Config { classical }, steps }
    }

    /// The same ratchet with this key generation in its classical half.
    #[must_use]
    pub fn with_key_generation(mut self, key_generation: KeyGeneration) -> Self {
        self.config.classical.key_generation = key_generation;
        self
    }

    /// The same ratchet with these limits.
    #[must_use]
    pub fn with_limits(mut self, max_skip: u32, max_stored: u32) -> Self {
        let classical = &mut self.config.classical;
        (classical.max_skip, classical.max_stored) = (max_skip, max_stored);
        self
    }

    fn classical(&self) -> DoubleRatchet {
        DoubleRatchet { config: self.config.classical.clone(), steps: double_ratchet::Textbook }
    }
}

impl<S: HybridSteps> Ratchet for HybridRatchet<S> {
    type Session = State<S::Extra>;

    fn profile(&self) -> Profile {
        let max_stored = self.config.classical.max_stored;
        let half = |key_generation, max_skip| sprag::DoubleRatchet {
            key_generation,
            limits: Limits {
                max_skip: Some(max_skip),
                max_stored: Some(max_stored),
                ..Limits::default()
            },
            retained_chains: 0,
            closes_chains: true,
            closing_gap: ClosingGap::default(),
        };
        let classical = &self.config.classical;
        Profile::of(Family::HybridRatchet(sprag::HybridRatchet {
            classical: half(classical.key_generation, classical.max_skip),
            post_quantum: half(KeyGeneration::Lazy, self.config.post_quantum_max_skip()),
            pq_rekey: Some(self.steps.pq_rekey()),
        }))
    }

    fn pair(&self, rng: &mut dyn CryptoRng) -> Result<Pair<Self::Session>, Rejection> {
        self.pair_with(rng, &Setup::default())
    }

    /// A hybrid handshake gives each half a secret of its own; one that the caller brings is split in two.
    fn pair_with(
        &self,
        rng: &mut dyn CryptoRng,
        setup: &Setup,
    ) -> Result<Pair<Self::Session>, Rejection> {
        let part =
            |label: &[u8]| setup.shared_secret.map(|secret| hmac_sha256(&Key(secret), label));
        let ours = Setup { shared_secret: part(b"classical").map(|key| key.0), ..setup.clone() };
        let classical = self.classical().pair_with(rng, &ours)?;
        let secret = part(b"post-quantum").unwrap_or_else(|| Key::random(rng));
        let keys = self.steps.kdf_epoch(&Key::default(), &secret, 0);
        let state =
            |party, classical| State { classical, post_quantum: PostQuantum::new(party, &keys) };
        Ok(Pair {
            initiator: state(Party::Initiator, classical.initiator),
            responder: state(Party::Responder, classical.responder),
            opened: classical.opened,
        })
    }

    fn encrypt(
        &self,
        session: &mut Self::Session,
        rng: &mut dyn CryptoRng,
        ad: &[u8],
        plaintext: &[u8],
    ) -> Result<Vec<u8>, Rejection> {
        self.steps.ratchet_encrypt(&self.config, session, rng, ad, plaintext)
    }

    fn decrypt(
        &self,
        session: &mut Self::Session,
        rng: &mut dyn CryptoRng,
        ad: &[u8],
        message: &[u8],
    ) -> Result<Opened, Rejection> {
        self.steps.ratchet_decrypt(&self.config, session, rng, ad, message).map(Opened::Plaintext)
    }

    fn name(&self) -> Cow<'static, str> {
        self.steps.name().into()
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities { halves: true, ..capabilities() }
    }

    fn export(&self, session: &Self::Session) -> Result<Vec<u8>, Rejection> {
        saved::save(KIND, session)
    }

    fn import(&self, state: &[u8]) -> Result<Self::Session, Rejection> {
        let state: Self::Session = saved::load(KIND, state)?;
        let max_stored = self.config.classical.max_stored;
        state.classical.check(&self.config.classical, max_stored)?;
        state.post_quantum.check(max_stored)?;
        if state.classical.party != state.post_quantum.party {
            return Err(Rejection::malformed("halves of two parties"));
        }
        Ok(state)
    }

    fn fields(&self, message: &[u8]) -> Result<Vec<Field>, Rejection> {
        wire::fields(message)
    }

    fn rewrite(&self, message: &[u8], field: &str, value: &[u8]) -> Result<Vec<u8>, Rejection> {
        rewrite(message, &self.fields(message)?, field, value)
    }

    fn with_half(
        &self,
        session: &Self::Session,
        half: Half,
        other: &Self::Session,
    ) -> Result<Self::Session, Rejection> {
        let mut mixed = session.clone();
        match half {
            Half::Classical => mixed.classical = other.classical.clone(),
            Half::PostQuantum => mixed.post_quantum = other.post_quantum.clone(),
        }
        Ok(mixed)
    }
}

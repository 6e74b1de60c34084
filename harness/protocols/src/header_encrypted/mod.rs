//! The Double Ratchet with header encryption of its specification (section 4), with eager keys as the text has it.
//!
//! What the plain ratchet shows on the wire, the ratchet key and both counters, is encrypted under a header key of its
//! chain. A recipient finds the chain by trial: with the current header key, the next one, and those of the chains of
//! which messages are still missing.

mod state;
mod steps;
mod wire;

#[cfg(test)]
mod tests;

use std::borrow::Cow;

use rand_core::CryptoRng;
use sprag::{
    Capabilities, Field, KeyGeneration, Opened, Pair, Party, Profile, Ratchet, Rejection, Setup,
};

pub use state::{HeaderKey, MessageName, State};
pub use steps::{HeaderSteps, Textbook, kdf_rk_he};
pub use wire::{ENCRYPTED_HEADER_LENGTH, EncryptedHeader};

use crate::crypto::{self, Key};
use crate::double_ratchet::{MAX_SKIP, MAX_STORED};
use crate::{capabilities, rewrite, saved};

const KIND: &str = "double-ratchet-header-encrypted";

/// The limits for skipped keys.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Keys that one message may skip in each chain: exactly this many.
    pub max_skip: u32,
    /// Skipped keys that a session stores; the key derived first goes first.
    pub max_stored: u32,
}

/// A Double Ratchet with header encryption, made of the steps `S`.
#[derive(Clone, Debug)]
pub struct HeaderEncrypted<S: HeaderSteps = Textbook> {
    /// The limits for skipped keys.
    pub limits: Limits,
    /// The steps.
    pub steps: S,
}

impl HeaderEncrypted {
    /// The textbook.
    #[must_use]
    pub const fn textbook() -> Self {
        Self::with_steps(Textbook)
    }
}

impl<S: HeaderSteps> HeaderEncrypted<S> {
    /// A ratchet of these steps with the default limits.
    #[must_use]
    pub const fn with_steps(steps: S) -> Self {
        Self { limits: Limits { max_skip: MAX_SKIP, max_stored: MAX_STORED }, steps }
    }

    /// The same ratchet with these limits.
    #[must_use]
    pub fn with_limits(mut self, max_skip: u32, max_stored: u32) -> Self {
        self.limits = Limits { max_skip, max_stored };
        self
    }
}

impl<S: HeaderSteps> Ratchet for HeaderEncrypted<S> {
    type Session = State<S::Extra>;

    fn profile(&self) -> Profile {
        Profile::double_ratchet(KeyGeneration::Eager)
            .with_limits(self.limits.max_skip, self.limits.max_stored)
    }

    fn pair(&self, rng: &mut dyn CryptoRng) -> Result<Pair<Self::Session>, Rejection> {
        self.pair_with(rng, &Setup::default())
    }

    /// `RatchetInitAliceHE` and `RatchetInitBobHE`, with `shared_hka` and `shared_nhkb` as from a handshake.
    fn pair_with(
        &self,
        rng: &mut dyn CryptoRng,
        setup: &Setup,
    ) -> Result<Pair<Self::Session>, Rejection> {
        let secret = setup.shared_secret.map_or_else(|| Key::random(rng), Key);
        let [sk, hka, nhkb] = [b"SK", b"HK", b"NH"].map(|name| crypto::hmac_sha256(&secret, name));
        let mut responder = State::new(Party::Responder, sk, nhkb, hka);
        let prekey = self.steps.generate_dh(&mut responder, rng);
        responder.dhs = Some(prekey);
        let mut initiator = State::new(Party::Initiator, sk, hka, nhkb);
        initiator.dhr = Some(prekey.public);
        self.steps.sending_half(&mut initiator, rng)?;
        Ok(Pair { initiator, responder, opened: false })
    }

    fn encrypt(
        &self,
        session: &mut Self::Session,
        rng: &mut dyn CryptoRng,
        ad: &[u8],
        plaintext: &[u8],
    ) -> Result<Vec<u8>, Rejection> {
        self.steps.ratchet_encrypt(session, rng, ad, plaintext)
    }

    fn decrypt(
        &self,
        session: &mut Self::Session,
        rng: &mut dyn CryptoRng,
        ad: &[u8],
        message: &[u8],
    ) -> Result<Opened, Rejection> {
        let plaintext = self.steps.ratchet_decrypt(&self.limits, session, rng, ad, message)?;
        Ok(Opened::Plaintext(plaintext))
    }

    fn name(&self) -> Cow<'static, str> {
        Cow::Borrowed(self.steps.name())
    }

    fn capabilities(&self) -> Capabilities {
        capabilities()
    }

    fn export(&self, session: &Self::Session) -> Result<Vec<u8>, Rejection> {
        saved::save(KIND, session)
    }

    fn import(&self, state: &[u8]) -> Result<Self::Session, Rejection> {
        let state: Self::Session = saved::load(KIND, state)?;
        state.check(&self.limits)?;
        Ok(state)
    }

    fn fields(&self, message: &[u8]) -> Result<Vec<Field>, Rejection> {
        wire::fields(message)
    }

    fn rewrite(&self, message: &[u8], field: &str, value: &[u8]) -> Result<Vec<u8>, Rejection> {
        rewrite(message, &self.fields(message)?, field, value)
    }
}

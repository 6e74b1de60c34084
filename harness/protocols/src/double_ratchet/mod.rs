//! The Double Ratchet of its specification, eager (as the text) or lazy (as Olm).

mod ages;
mod handshake;
mod state;
mod steps;
pub mod variants;
mod wire;

#[cfg(test)]
mod tests;

use std::borrow::Cow;

use rand_core::CryptoRng;
use sprag::{
    Begun, Capabilities, Field, Kept, KeyGeneration, MessageIndex, Offer, Opened, Pair, Party,
    Profile, Ratchet, Rejection, Setup,
};

pub use ages::Ages;
pub use state::{MessageName, State};
pub use steps::{Steps, Textbook, kdf_ck, kdf_rk};
pub(crate) use wire::header_fields;
pub use wire::{HEADER_LENGTH, Header, VERSION};

use crate::crypto::Key;
use crate::{capabilities, preset, rewrite, saved};

/// Keys that one message may skip in each chain, unless configured.
pub const MAX_SKIP: u32 = 1000;

/// Skipped keys that a session stores, unless configured.
pub const MAX_STORED: u32 = 2000;

/// The `info` of `KDF_RK`.
const ROOT_INFO: &[u8] = b"sprag double ratchet root";

const KIND: &str = "double-ratchet";

/// What can be chosen in a Double Ratchet.
#[derive(Clone, Debug)]
pub struct Config {
    /// When a party makes its next ratchet key.
    pub key_generation: KeyGeneration,
    /// Keys that one message may skip in each chain: exactly this many.
    pub max_skip: u32,
    /// Skipped keys that a session stores; the key derived first goes first.
    pub max_stored: u32,
    /// Seconds that a skipped key is kept; `None`: age does not matter.
    pub stored_seconds: Option<u32>,
}

/// A Double Ratchet made of the steps `S`.
#[derive(Clone, Debug)]
pub struct DoubleRatchet<S: Steps = Textbook> {
    /// What can be chosen.
    pub config: Config,
    /// The steps.
    pub steps: S,
}

impl DoubleRatchet {
    /// The textbook with eager key generation, as the specification's text has it.
    #[must_use]
    pub const fn eager() -> Self {
        Self::with_steps(KeyGeneration::Eager, Textbook)
    }

    /// The textbook with lazy key generation, as Olm has it.
    #[must_use]
    pub const fn lazy() -> Self {
        Self::with_steps(KeyGeneration::Lazy, Textbook)
    }
}

impl<S: Steps> DoubleRatchet<S> {
    /// A ratchet of these steps with the default limits.
    #[must_use]
    pub const fn with_steps(key_generation: KeyGeneration, steps: S) -> Self {
        let config = Config {
            key_generation,
            max_skip: MAX_SKIP,
            max_stored: MAX_STORED,
            stored_seconds: None,
        };
        Self { config, steps }
    }

    /// The same ratchet with these limits.
    #[must_use]
    pub fn with_limits(mut self, max_skip: u32, max_stored: u32) -> Self {
        (self.config.max_skip, self.config.max_stored) = (max_skip, max_stored);
        self
    }

    /// The same ratchet, whose skipped keys are kept for so many seconds.
    #[must_use]
    pub const fn with_expiry(mut self, stored_seconds: u32) -> Self {
        self.config.stored_seconds = Some(stored_seconds);
        self
    }
}

impl<S: Steps> Ratchet for DoubleRatchet<S> {
    type Session = State<S::Extra>;

    fn profile(&self) -> Profile {
        let mut profile = Profile::double_ratchet(self.config.key_generation)
            .with_limits(self.config.max_skip, self.config.max_stored);
        if let Some(limits) = profile.limits_mut() {
            limits.stored_seconds = self.config.stored_seconds;
        }
        self.steps.claims(profile)
    }

    fn pair(&self, rng: &mut dyn CryptoRng) -> Result<Pair<Self::Session>, Rejection> {
        self.pair_with(rng, &Setup::default())
    }

    /// `RatchetInitAlice` and `RatchetInitBob`; the lazy Alice leaves her first key to her first message.
    fn pair_with(
        &self,
        rng: &mut dyn CryptoRng,
        setup: &Setup,
    ) -> Result<Pair<Self::Session>, Rejection> {
        let secret = setup.shared_secret.map_or_else(|| Key::random(rng), Key);
        let id = |id: &Option<Vec<u8>>| id.clone().unwrap_or_default();
        let (ours, theirs) = (id(&setup.initiator_id), id(&setup.responder_id));
        let sk = self.steps.initial_root(&secret, &ours, &theirs);
        let mut responder = self.first_state_of(Party::Responder, &secret, sk);
        let prekey = self.steps.generate_dh(&mut responder, rng);
        responder.dhs = Some(prekey);
        let mut initiator = self.first_state_of(Party::Initiator, &secret, sk);
        initiator.dhr = Some(prekey.public);
        if self.config.key_generation == KeyGeneration::Eager {
            self.steps.sending_half(&mut initiator, rng)?;
        }
        Ok(Pair { initiator, responder, opened: false })
    }

    fn offer(&self, rng: &mut dyn CryptoRng) -> Result<Offer, Rejection> {
        Ok(Self::offered(rng))
    }

    fn begin(
        &self,
        rng: &mut dyn CryptoRng,
        bundle: &[u8],
    ) -> Result<Begun<Self::Session>, Rejection> {
        self.begun(rng, bundle)
    }

    fn accept(
        &self,
        _rng: &mut dyn CryptoRng,
        kept: Kept,
        opening: &[u8],
    ) -> Result<Self::Session, Rejection> {
        self.accepted(kept, opening)
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
        Cow::Owned(self.steps.name(&self.config))
    }

    fn capabilities(&self) -> Capabilities {
        let clock = self.config.stored_seconds.is_some();
        Capabilities {
            identities: true,
            handshake: true,
            index: true,
            preset: true,
            raw_aead: true,
            clock,
            ..capabilities()
        }
    }

    fn export(&self, session: &Self::Session) -> Result<Vec<u8>, Rejection> {
        saved::save(KIND, &self.steps.saved(session))
    }

    fn import(&self, state: &[u8]) -> Result<Self::Session, Rejection> {
        let state = self.steps.load(state)?;
        state.check(&self.config, self.steps.most_stored(&self.config, &state))?;
        self.steps.restored(state)
    }

    fn fields(&self, message: &[u8]) -> Result<Vec<Field>, Rejection> {
        wire::fields(message, S::PADDING)
    }

    fn rewrite(&self, message: &[u8], field: &str, value: &[u8]) -> Result<Vec<u8>, Rejection> {
        rewrite(message, &self.fields(message)?, field, value)
    }

    fn last_index(&self, session: &Self::Session) -> Result<MessageIndex, Rejection> {
        let n = session.last_opened.ok_or_else(|| Rejection::not_yet("nothing was opened"))?;
        Ok(MessageIndex { chain: None, n: n.into() })
    }

    fn preset(
        &self,
        session: &mut Self::Session,
        sent: Option<u64>,
        received: Option<u64>,
    ) -> Result<(), Rejection> {
        session.ns = preset(sent, session.ns)?;
        session.nr = preset(received, session.nr)?;
        Ok(())
    }

    fn seal_with(&self, key: &[u8], ad: &[u8], plaintext: &[u8]) -> Result<Vec<u8>, Rejection> {
        Ok(self.steps.encrypt(&Key::try_from(key)?, plaintext, ad))
    }

    fn open_with(&self, key: &[u8], ad: &[u8], sealed: &[u8]) -> Result<Vec<u8>, Rejection> {
        self.steps.decrypt(&Key::try_from(key)?, sealed, ad)
    }
    fn advance_clock(&self, session: &mut Self::Session, seconds: u32) -> Result<(), Rejection> {
        if self.config.stored_seconds.is_none() {
            return Err(Rejection::unsupported("clock"));
        }
        self.steps.pass_time(&self.config, session, seconds);
        Ok(())
    }
}

//! One key per period, and a fresh X25519 exchange between periods (the shape of Telegram's secret chats).
//!
//! The scheme stands here. What a party holds, and the three service messages by which both come to the next period,
//! stand in `state`. Late messages of a period that has ended are lost, because its key is gone.
//!
//! Wire: version 1, period 4, counter 4, ciphertext, tag 16. The direction is bound by the message key, and what a
//! message is by the first byte of its plaintext.

mod state;

use std::borrow::Cow;

use rand_core::CryptoRng;
use sprag::{Capabilities, Family, Field, Opened, Pair, Party, Profile, Ratchet, Rejection, Setup};

pub use state::State;

use crate::crypto::{self, Key};
use crate::wire::Message;
use crate::{capabilities, rewrite, saved};
use state::USER;

/// Messages after which a party asks for a rekey, unless the steps say otherwise.
pub const REKEY_MESSAGES: u32 = 20;

const KIND: &str = "periodic-rekey";

/// The steps of the scheme, each a method that a planted bug may override.
pub trait PeriodicSteps: Clone + Send + Sync + 'static {
    /// Messages, sent plus received at one party, after which it asks for a rekey.
    fn rekey_messages(&self) -> u32 {
        REKEY_MESSAGES
    }

    /// Whether a party asks for the next period after so many messages of this one.
    fn asks(&self, _period: u32, count: u32) -> bool {
        count >= self.rekey_messages()
    }

    /// The key of the next period.
    fn next_key(&self, key: &Key, dh_out: &Key) -> Key {
        Key(crypto::hkdf_sha256(key, &dh_out.0, b"sprag periodic rekey"))
    }

    /// What of a state is written to rest.
    fn saved(&self, state: &State) -> State {
        state.clone()
    }
}

/// The steps without a bug.
#[derive(Clone, Copy, Debug, Default)]
pub struct Textbook;

impl PeriodicSteps for Textbook {}

/// A periodic rekeying scheme made of the steps `S`.
#[derive(Clone, Debug, Default)]
pub struct PeriodicRekey<S: PeriodicSteps = Textbook> {
    /// The steps.
    pub steps: S,
}

impl<S: PeriodicSteps> Ratchet for PeriodicRekey<S> {
    type Session = State;

    fn profile(&self) -> Profile {
        let claims = sprag::PeriodicRekey {
            rekey_messages: self.steps.rekey_messages(),
            rekey_seconds: None,
            limits: sprag::Limits::default(),
        };
        Profile::of(Family::PeriodicRekey(claims)).with_limits(0, 0)
    }

    fn pair(&self, rng: &mut dyn CryptoRng) -> Result<Pair<State>, Rejection> {
        self.pair_with(rng, &Setup::default())
    }

    fn pair_with(&self, rng: &mut dyn CryptoRng, setup: &Setup) -> Result<Pair<State>, Rejection> {
        let key = setup.shared_secret.map_or_else(|| Key::random(rng), Key);
        let [initiator, responder] = Party::BOTH.map(|party| State::new(party, 0, key));
        Ok(Pair { initiator, responder, opened: false })
    }

    fn encrypt(
        &self,
        session: &mut State,
        _rng: &mut dyn CryptoRng,
        ad: &[u8],
        plaintext: &[u8],
    ) -> Result<Vec<u8>, Rejection> {
        let message = session.seal(USER, ad, plaintext)?;
        session.count_message();
        Ok(message)
    }

    fn decrypt(
        &self,
        session: &mut State,
        rng: &mut dyn CryptoRng,
        ad: &[u8],
        message: &[u8],
    ) -> Result<Opened, Rejection> {
        let mut draft = session.clone();
        let plaintext = draft.open(&Message::decode(message)?, ad)?;
        let (kind, body) = plaintext.split_first().ok_or_else(|| Rejection::malformed("empty"))?;
        let opened = if *kind == USER {
            draft.count_message();
            Opened::Plaintext(body.to_vec())
        } else {
            draft.take_service(&self.steps, rng, *kind, body)?;
            Opened::Service
        };
        *session = draft;
        Ok(opened)
    }

    fn name(&self) -> Cow<'static, str> {
        "textbook/periodic-rekey".into()
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities { outbox: true, ..capabilities() }
    }

    fn export(&self, session: &State) -> Result<Vec<u8>, Rejection> {
        saved::save(KIND, &self.steps.saved(session))
    }

    fn import(&self, state: &[u8]) -> Result<State, Rejection> {
        saved::load(KIND, state)
    }

    fn fields(&self, message: &[u8]) -> Result<Vec<Field>, Rejection> {
        Ok(Message::decode(message)?.fields(["period", "counter"]))
    }

    fn rewrite(&self, message: &[u8], field: &str, value: &[u8]) -> Result<Vec<u8>, Rejection> {
        rewrite(message, &self.fields(message)?, field, value)
    }

    fn outbox(
        &self,
        session: &mut State,
        rng: &mut dyn CryptoRng,
    ) -> Result<Vec<Vec<u8>>, Rejection> {
        session.outgoing(&self.steps, rng)
    }
}

#[cfg(test)]
#[path = "../periodic_tests.rs"]
mod tests;

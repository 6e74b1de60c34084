//! Two one-way chains from one shared key (the shape of SCIMP, and of a sender key for each side). Never heals.
//!
//! Wire: version 1, counter 4, ciphertext, tag 16. The direction is bound by the chain.

use std::borrow::Cow;

use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};
use sprag::{Capabilities, Family, Field, Opened, Pair, Party, Profile, Ratchet, Rejection, Setup};

use crate::crypto::{self, Key};
use crate::double_ratchet::{MAX_SKIP, MAX_STORED, kdf_ck};
use crate::skipped::Skipped;
use crate::wire::{self, Message};
use crate::{capabilities, preset, rewrite, saved};

/// The steps of the ratchet, each a method that a planted bug may override.
pub trait SymmetricSteps: Clone + Send + Sync + 'static {
    /// The first chain key of `sender`.
    fn chain(&self, sk: &Key, sender: Party) -> Key {
        crypto::hmac_sha256(sk, sender.to_string().as_bytes())
    }

    /// The id of a session, if it has one.
    fn session_id(&self, _sk: &Key) -> Option<Key> {
        None
    }

    /// Puts a receiving chain from which message `n` was opened in place.
    fn advance(&self, state: &mut State, ckr: Key, n: u32) {
        (state.ckr, state.nr) = (ckr, n.saturating_add(1));
    }
}

/// The steps without a bug.
#[derive(Clone, Copy, Debug, Default)]
pub struct Textbook;

impl SymmetricSteps for Textbook {}

/// What one party holds.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    /// Sending chain key.
    pub cks: Key,
    /// Receiving chain key.
    pub ckr: Key,
    /// Number of the next message sent.
    pub ns: u32,
    /// Number of the next message expected.
    pub nr: u32,
    /// Keys of messages that did not arrive yet.
    pub skipped: Skipped<u32>,
    /// Id of the session; the textbook has none.
    pub id: Option<Key>,
}

/// A symmetric ratchet made of the steps `S`.
#[derive(Clone, Debug, Default)]
pub struct SymmetricRatchet<S: SymmetricSteps = Textbook> {
    /// The steps.
    pub steps: S,
}

impl<S: SymmetricSteps> Ratchet for SymmetricRatchet<S> {
    type Session = State;

    fn profile(&self) -> Profile {
        let claims = sprag::SymmetricRatchet::default();
        Profile::of(Family::SymmetricRatchet(claims)).with_limits(MAX_SKIP, MAX_STORED)
    }

    fn pair(&self, rng: &mut dyn CryptoRng) -> Result<Pair<State>, Rejection> {
        self.pair_with(rng, &Setup::default())
    }

    fn pair_with(&self, rng: &mut dyn CryptoRng, setup: &Setup) -> Result<Pair<State>, Rejection> {
        let sk = setup.shared_secret.map_or_else(|| Key::random(rng), Key);
        let [initiator, responder] = Party::BOTH.map(|party| {
            let (cks, ckr) = (self.steps.chain(&sk, party), self.steps.chain(&sk, party.peer()));
            let id = self.steps.session_id(&sk);
            State { cks, ckr, ns: 0, nr: 0, skipped: Skipped::default(), id }
        });
        Ok(Pair { initiator, responder, opened: false })
    }

    fn encrypt(
        &self,
        session: &mut State,
        _rng: &mut dyn CryptoRng,
        ad: &[u8],
        plaintext: &[u8],
    ) -> Result<Vec<u8>, Rejection> {
        let n = session.ns;
        session.ns = n.checked_add(1).ok_or_else(|| Rejection::other("the chain is used up"))?;
        let (cks, mk) = kdf_ck(&session.cks);
        session.cks = cks;
        Ok(wire::seal(&mk, [n], ad, plaintext))
    }

    fn decrypt(
        &self,
        session: &mut State,
        _rng: &mut dyn CryptoRng,
        ad: &[u8],
        message: &[u8],
    ) -> Result<Opened, Rejection> {
        let message = Message::decode(message)?;
        let [n] = message.counters;
        if let Some(mk) = session.skipped.get(&n) {
            let plaintext = message.open(&mk, ad)?;
            session.skipped.remove(&n);
            return Ok(Opened::Plaintext(plaintext));
        }
        if n < session.nr {
            return Err(Rejection::replayed("message was opened before, or its key was evicted"));
        }
        if n == u32::MAX || n - session.nr > MAX_SKIP {
            return Err(Rejection::gap_too_large("too many messages are missing"));
        }
        let mut skipped = Skipped::default();
        let (mut ckr, mut mk) = kdf_ck(&session.ckr);
        for i in session.nr..n {
            skipped.insert(i, mk);
            (ckr, mk) = kdf_ck(&ckr);
        }
        let plaintext = message.open(&mk, ad)?;
        self.steps.advance(session, ckr, n);
        session.skipped.append(skipped);
        session.skipped.evict(MAX_STORED);
        Ok(Opened::Plaintext(plaintext))
    }

    fn name(&self) -> Cow<'static, str> {
        "textbook/symmetric-ratchet".into()
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities { preset: true, ..capabilities() }
    }

    fn export(&self, session: &State) -> Result<Vec<u8>, Rejection> {
        saved::save("symmetric-ratchet", session)
    }

    fn import(&self, state: &[u8]) -> Result<State, Rejection> {
        saved::load("symmetric-ratchet", state)
    }

    fn preset(
        &self,
        session: &mut State,
        sent: Option<u64>,
        received: Option<u64>,
    ) -> Result<(), Rejection> {
        session.ns = preset(sent, session.ns)?;
        session.nr = preset(received, session.nr)?;
        Ok(())
    }

    fn fields(&self, message: &[u8]) -> Result<Vec<Field>, Rejection> {
        Ok(Message::decode(message)?.fields(["counter"]))
    }

    fn rewrite(&self, message: &[u8], field: &str, value: &[u8]) -> Result<Vec<u8>, Rejection> {
        rewrite(message, &self.fields(message)?, field, value)
    }
}

//! One key per period, and a fresh X25519 exchange between periods (the shape of Telegram's secret chats).
//!
//! A rekey takes three service messages: *propose* and *accept* carry a public key each, under the period that
//! ends; *confirm* is the first message of the new one. When proposals cross, the initiator's wins. Late messages
//! of a period that has ended are lost, because its key is gone.
//!
//! Wire: version 1, period 4, counter 4, ciphertext, tag 16. The direction is bound by the message key, and what a
//! message is by the first byte of its plaintext.

use std::borrow::Cow;
use std::collections::BTreeSet;

use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};
use sprag::{Capabilities, Family, Field, Opened, Pair, Party, Profile, Ratchet, Rejection};

use crate::crypto::{self, Key, KeyPair};
use crate::wire::{self, Message};
use crate::{capabilities, saved};

/// Messages after which a party asks for a rekey, unless the steps say otherwise.
pub const REKEY_MESSAGES: u32 = 20;

const USER: u8 = 0;
const PROPOSE: u8 = 1;
const ACCEPT: u8 = 2;
const CONFIRM: u8 = 3;

/// The steps of the scheme, each a method that a planted bug may override.
pub trait PeriodicSteps: Clone + Send + Sync + 'static {
    /// Messages, sent plus received at one party, after which it asks for a rekey.
    fn rekey_messages(&self) -> u32 {
        REKEY_MESSAGES
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

/// What one party holds.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    party: Party,
    period: u32,
    key: Key,
    /// Key of the next period, accepted and not yet used by the peer.
    next: Option<Key>,
    /// The own proposal that waits for an answer.
    proposed: Option<KeyPair>,
    ns: u32,
    /// Counters of the messages opened in this period.
    pub seen: BTreeSet<u32>,
    /// Messages sent and received in this period.
    pub count: u32,
    outbox: Vec<Vec<u8>>,
}

impl State {
    fn seal(&mut self, kind: u8, ad: &[u8], body: &[u8]) -> Result<Vec<u8>, Rejection> {
        let (n, mk) = (self.ns, message_key(&self.key, self.party, self.ns));
        self.ns = n.checked_add(1).ok_or_else(|| Rejection::other("the period is used up"))?;
        Ok(wire::seal(&mk, [self.period, n], ad, &[&[kind], body].concat()))
    }

    /// Ends the period: nothing of it stays.
    fn enter(&mut self, key: Key) {
        let (party, period) = (self.party, self.period.saturating_add(1));
        let outbox = std::mem::take(&mut self.outbox);
        *self = Self { outbox, ..Self::first(party, period, key) };
    }

    fn first(party: Party, period: u32, key: Key) -> Self {
        let (seen, outbox) = (BTreeSet::new(), Vec::new());
        Self { party, period, key, next: None, proposed: None, ns: 0, seen, count: 0, outbox }
    }
}

fn message_key(key: &Key, sender: Party, n: u32) -> Key {
    crypto::hmac_sha256(key, format!("{sender} {n}").as_bytes())
}

/// A periodic rekeying scheme made of the steps `S`.
#[derive(Clone, Debug, Default)]
pub struct PeriodicRekey<S: PeriodicSteps = Textbook> {
    /// The steps.
    pub steps: S,
}

impl<S: PeriodicSteps> PeriodicRekey<S> {
    fn service(
        &self,
        s: &mut State,
        own: &KeyPair,
        kind: u8,
        body: &[u8],
    ) -> Result<(), Rejection> {
        let malformed = |_| Rejection::malformed("no service message");
        let agree = |key: &Key, own: &KeyPair| -> Result<Key, Rejection> {
            let public = Key(body.try_into().map_err(malformed)?);
            Ok(self.steps.next_key(key, &crypto::x25519(own, &public)?))
        };
        let wins = s.proposed.is_some() && s.party == Party::Initiator;
        if kind == PROPOSE && s.next.is_none() && !wins {
            (s.next, s.proposed) = (Some(agree(&s.key, own)?), None);
            let accept = s.seal(ACCEPT, b"", &own.public.0)?;
            s.outbox.push(accept);
        } else if let (ACCEPT, Some(own)) = (kind, &s.proposed) {
            s.enter(agree(&s.key, own)?);
            let confirm = s.seal(CONFIRM, b"", b"")?;
            s.outbox.push(confirm);
        }
        Ok(())
    }
}

impl<S: PeriodicSteps> Ratchet for PeriodicRekey<S> {
    type Session = State;

    fn profile(&self) -> Profile {
        let (rekey_seconds, limits) = (None, sprag::Limits::default());
        let rekey_messages = self.steps.rekey_messages();
        let claims = sprag::PeriodicRekey { rekey_messages, rekey_seconds, limits };
        Profile::of(Family::PeriodicRekey(claims)).with_limits(0, 0)
    }

    fn pair(&self, rng: &mut dyn CryptoRng) -> Result<Pair<State>, Rejection> {
        let key = Key::random(rng);
        let [initiator, responder] = Party::BOTH.map(|party| State::first(party, 0, key));
        Ok(Pair { initiator, responder, opened: false })
    }

    #[rustfmt::skip]
    fn encrypt(&self, s: &mut State, _: &mut dyn CryptoRng, ad: &[u8], plaintext: &[u8]) -> Result<Vec<u8>, Rejection> {
        s.count = s.count.saturating_add(1);
        s.seal(USER, ad, plaintext)
    }

    #[rustfmt::skip]
    fn decrypt(&self, session: &mut State, rng: &mut dyn CryptoRng, ad: &[u8], message: &[u8]) -> Result<Opened, Rejection> {
        let message = Message::decode(message)?;
        let ([period, n], mut s) = (message.counters, session.clone());
        // The peer's first message of the next period ends this one.
        match s.next {
            Some(next) if period == s.period.wrapping_add(1) => s.enter(next),
            _ if period == s.period => {}
            _ => return Err(Rejection::forged("no key for this period")),
        }
        if !s.seen.insert(n) {
            return Err(Rejection::replayed("message was opened before"));
        }
        let plaintext = message.open(&message_key(&s.key, s.party.peer(), n), ad)?;
        let (kind, body) = plaintext.split_first().ok_or_else(|| Rejection::malformed("empty"))?;
        let opened = if *kind == USER {
            s.count = s.count.saturating_add(1);
            Opened::Plaintext(body.to_vec())
        } else {
            self.service(&mut s, &KeyPair::from(Key::random(rng)), *kind, body)?;
            Opened::Service
        };
        *session = s;
        Ok(opened)
    }

    fn name(&self) -> Cow<'static, str> {
        "textbook/periodic-rekey".into()
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities { outbox: true, rewrite: false, secret: false, ..capabilities() }
    }

    fn export(&self, session: &State) -> Result<Vec<u8>, Rejection> {
        saved::save("periodic-rekey", &self.steps.saved(session))
    }

    fn import(&self, state: &[u8]) -> Result<State, Rejection> {
        saved::load("periodic-rekey", state)
    }

    fn fields(&self, message: &[u8]) -> Result<Vec<Field>, Rejection> {
        Ok(Message::decode(message)?.fields(["period", "counter"]))
    }

    fn outbox(&self, s: &mut State, rng: &mut dyn CryptoRng) -> Result<Vec<Vec<u8>>, Rejection> {
        if s.count >= self.steps.rekey_messages() && s.proposed.is_none() && s.next.is_none() {
            let own = KeyPair::from(Key::random(rng));
            let propose = s.seal(PROPOSE, b"", &own.public.0)?;
            s.outbox.push(propose);
            s.proposed = Some(own);
        }
        Ok(std::mem::take(&mut s.outbox))
    }
}

#[cfg(test)]
#[path = "periodic_tests.rs"]
mod tests;

//! One key per period, and a fresh X25519 exchange between periods (the shape of Telegram's secret chats).
//!
//! A rekey takes three service messages under the key of the period that ends: *propose* carries the public key of
//! the party that asks; *accept* the other public key and how many messages its sender sent in the period; *confirm*
//! that count of the party that asked. Whoever accepts sends in the new period at once, and can still read the old one
//! until the confirmation. At that count the other side's messages that are missing have their keys stored, and
//! the period's key is dropped. When proposals cross, the initiator's wins; it is then sent once more, because
//! an answer to it may never have been due.
//!
//! Wire: version 1, kind 1, period 4, counter 4, ciphertext, tag 16. The direction is bound by the message key.

mod rekey;
mod wire;

#[cfg(test)]
mod tests;

use std::borrow::Cow;

use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};
use sprag::{
    Capabilities, Family, Field, Limits, Opened, Pair, Party, PeriodicRekey as Claims, Profile,
    Ratchet, Rejection,
};

use crate::crypto::{self, Key, KeyPair};
use crate::double_ratchet::{MAX_SKIP, MAX_STORED};
use crate::saved;
use crate::skipped::Skipped;
use wire::{Header, Kind};

const KIND: &str = "periodic-rekey";

/// Messages, sent plus received at one party, after which it asks for a rekey.
pub const REKEY_MESSAGES: u32 = 20;

/// The steps of the scheme, each a method that a planted bug may override.
pub trait PeriodicSteps: Clone + Send + Sync + 'static {
    /// The name in reports.
    fn name(&self) -> &'static str {
        "textbook/periodic-rekey"
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

/// One period, as its receiver sees it.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Period {
    /// Number of the period.
    pub number: u32,
    /// Its key.
    pub key: Key,
    /// Number of the next message expected.
    pub nr: u32,
}

/// What one party holds.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    /// Whose state this is.
    pub party: Party,
    /// The period in which this party sends.
    pub current: Period,
    /// The period before, while the peer may still send in it.
    pub closing: Option<Period>,
    /// Number of the next message sent in the current period.
    pub ns: u32,
    /// Messages sent and received in the current period.
    pub count: u32,
    /// The own proposal that waits for an answer.
    pub proposed: Option<KeyPair>,
    /// Number of the next service message sent, in all periods.
    pub service_ns: u32,
    /// Number of the next service message expected.
    pub service_nr: u32,
    /// Keys of messages that did not arrive yet, by period and number.
    pub skipped: Skipped<(u32, u32)>,
    /// Service messages to be sent.
    pub outbox: Vec<String>,
}

/// A periodic rekeying scheme made of the steps `S`.
#[derive(Clone, Debug, Default)]
pub struct PeriodicRekey<S: PeriodicSteps = Textbook> {
    /// The steps.
    pub steps: S,
}

impl State {
    fn open_user(
        &mut self,
        header: &Header,
        ad: &[u8],
        sealed: &[u8],
    ) -> Result<Vec<u8>, Rejection> {
        let name = (header.period, header.n);
        if let Some(mk) = self.skipped.get(&name) {
            let plaintext = crypto::open(&mk, ad, sealed)?;
            self.skipped.remove(&name);
            return Ok(plaintext);
        }
        let period = self.period(header.period)?;
        if header.n < period.nr {
            return Err(Rejection::replayed("message was opened before, or its key was evicted"));
        }
        if header.n - period.nr > MAX_SKIP {
            return Err(Rejection::gap_too_large("too many messages are missing"));
        }
        let mk = wire::message_key(&period.key, self.party.peer(), header);
        let plaintext = crypto::open(&mk, ad, sealed)?;
        self.skip(period, header.n);
        let next = header.n.saturating_add(1);
        if header.period == self.current.number {
            self.current.nr = next;
            self.count = self.count.saturating_add(1);
        } else if let Some(closing) = &mut self.closing {
            closing.nr = next;
        }
        Ok(plaintext)
    }

    /// Stores the keys of the peer's messages of `period` before `until`, the last ones if there are too many.
    fn skip(&mut self, period: Period, until: u32) {
        for n in period.nr.max(until.saturating_sub(MAX_SKIP))..until {
            let header = Header { kind: Kind::User, period: period.number, n };
            let mk = wire::message_key(&period.key, self.party.peer(), &header);
            self.skipped.insert((period.number, n), mk);
        }
        self.skipped.evict(MAX_STORED);
    }

    fn period(&self, number: u32) -> Result<Period, Rejection> {
        [Some(self.current), self.closing]
            .into_iter()
            .flatten()
            .find(|period| period.number == number)
            .ok_or_else(|| Rejection::forged("no key for this period"))
    }
}

impl<S: PeriodicSteps> Ratchet for PeriodicRekey<S> {
    type Session = State;

    fn profile(&self) -> Profile {
        Profile::of(Family::PeriodicRekey(Claims {
            rekey_messages: REKEY_MESSAGES,
            rekey_seconds: None,
            limits: Limits::default(),
        }))
        .with_limits(MAX_SKIP, MAX_STORED)
    }

    fn pair(&self, rng: &mut dyn CryptoRng) -> Result<Pair<State>, Rejection> {
        let key = Key::random(rng);
        let end = |party| State {
            party,
            current: Period { number: 0, key, nr: 0 },
            closing: None,
            ns: 0,
            count: 0,
            proposed: None,
            service_ns: 0,
            service_nr: 0,
            skipped: Skipped::default(),
            outbox: Vec::new(),
        };
        Ok(Pair {
            initiator: end(Party::Initiator),
            responder: end(Party::Responder),
            opened: false,
        })
    }

    fn encrypt(
        &self,
        session: &mut State,
        _rng: &mut dyn CryptoRng,
        ad: &[u8],
        plaintext: &[u8],
    ) -> Result<Vec<u8>, Rejection> {
        let next = session.ns.checked_add(1);
        let next = next.ok_or_else(|| Rejection::other("the period is used up"))?;
        let header = Header { kind: Kind::User, period: session.current.number, n: session.ns };
        session.ns = next;
        session.count = session.count.saturating_add(1);
        Ok(wire::seal(&session.current.key, session.party, &header, ad, plaintext))
    }

    fn decrypt(
        &self,
        session: &mut State,
        rng: &mut dyn CryptoRng,
        ad: &[u8],
        message: &[u8],
    ) -> Result<Opened, Rejection> {
        let (header, encoded, sealed) = Header::decode(message)?;
        let ad = crypto::concat(ad, encoded);
        match header.kind {
            Kind::User => session.open_user(&header, &ad, sealed).map(Opened::Plaintext),
            Kind::Service => {
                rekey::receive(&self.steps, session, rng, &header, &ad, sealed)?;
                Ok(Opened::Service)
            }
        }
    }

    fn name(&self) -> Cow<'static, str> {
        Cow::Borrowed(self.steps.name())
    }

    fn capabilities(&self) -> Capabilities {
        let with = Capabilities { associated_data: true, export: true, ..Capabilities::default() };
        Capabilities { fields: true, outbox: true, ..with }
    }

    fn export(&self, session: &State) -> Result<Vec<u8>, Rejection> {
        saved::save(KIND, &self.steps.saved(session))
    }

    fn import(&self, state: &[u8]) -> Result<State, Rejection> {
        saved::load(KIND, state)
    }

    fn fields(&self, message: &[u8]) -> Result<Vec<Field>, Rejection> {
        wire::fields(message)
    }

    fn outbox(
        &self,
        session: &mut State,
        rng: &mut dyn CryptoRng,
    ) -> Result<Vec<Vec<u8>>, Rejection> {
        rekey::propose_if_due(session, rng)?;
        let messages = std::mem::take(&mut session.outbox).into_iter().map(hex::decode);
        messages.map(|message| message.map_err(|_| Rejection::other("damaged outbox"))).collect()
    }
}

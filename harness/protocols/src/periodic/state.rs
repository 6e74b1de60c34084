//! What one party holds, and the three service messages by which both come to the next period.
//!
//! *Propose* and *accept* carry a public key each, under the period that ends; *confirm* is the first message of the
//! new one. When proposals cross, the initiator's wins.

use std::collections::BTreeSet;

use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};
use sprag::{Party, Rejection};

use super::PeriodicSteps;
use crate::crypto::{self, Key, KeyPair};
use crate::wire::{self, Message};

/// First bytes of plaintexts: a message of the user's, and the three service messages.
pub(super) const USER: u8 = 0;
const PROPOSE: u8 = 1;
const ACCEPT: u8 = 2;
const CONFIRM: u8 = 3;

/// What one party holds.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    pub(super) party: Party,
    pub(super) period: u32,
    pub(super) key: Key,
    ns: u32,
    /// Counters of the messages opened in this period.
    pub seen: BTreeSet<u32>,
    /// Messages of the users in this period, sent plus received.
    pub count: u32,
    rekey: Rekey,
    outbox: Vec<Vec<u8>>,
}

/// How far a party is on its way to the next period.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Rekey {
    NotBegun,
    /// The own proposal waits for an answer.
    Proposed(KeyPair),
    /// The key of the next period, which the peer has not used yet.
    Accepted(Key),
}

impl State {
    /// The state at the start of a period.
    pub(super) const fn new(party: Party, period: u32, key: Key) -> Self {
        Self {
            party,
            period,
            key,
            ns: 0,
            seen: BTreeSet::new(),
            count: 0,
            rekey: Rekey::NotBegun,
            outbox: Vec::new(),
        }
    }

    /// Ends the period: nothing of it stays.
    fn enter_next(&mut self, key: Key) {
        let outbox = std::mem::take(&mut self.outbox);
        *self = Self { outbox, ..Self::new(self.party, self.period.saturating_add(1), key) };
    }

    fn message_key(&self, sender: Party, n: u32) -> Key {
        crypto::hmac_sha256(&self.key, format!("{sender} {n}").as_bytes())
    }

    /// Counts a message of a user's towards the next rekey.
    pub(super) const fn count_message(&mut self) {
        self.count = self.count.saturating_add(1);
    }

    /// Encrypts a message of this kind.
    pub(super) fn seal(&mut self, kind: u8, ad: &[u8], body: &[u8]) -> Result<Vec<u8>, Rejection> {
        let (n, mk) = (self.ns, self.message_key(self.party, self.ns));
        self.ns = n.checked_add(1).ok_or_else(|| Rejection::other("the period is used up"))?;
        Ok(wire::seal(&mk, [self.period, n], ad, &[&[kind], body].concat()))
    }

    /// Opens a message: its kind, then its body. The peer's first message of the next period ends this one.
    pub(super) fn open(
        &mut self,
        message: &Message<'_, 2>,
        ad: &[u8],
    ) -> Result<Vec<u8>, Rejection> {
        let [period, n] = message.counters;
        match self.rekey {
            Rekey::Accepted(key) if Some(period) == self.period.checked_add(1) => {
                self.enter_next(key);
            }
            _ if period == self.period => {}
            _ => return Err(Rejection::forged("no key for this period")),
        }
        if !self.seen.insert(n) {
            return Err(Rejection::replayed("message was opened before"));
        }
        message.open(&self.message_key(self.party.peer(), n), ad)
    }

    /// Service messages that are due: a proposal, if enough was said, and answers.
    pub(super) fn outgoing(
        &mut self,
        steps: &impl PeriodicSteps,
        rng: &mut dyn CryptoRng,
    ) -> Result<Vec<Vec<u8>>, Rejection> {
        if steps.asks(self.period, self.count) && matches!(self.rekey, Rekey::NotBegun) {
            let own = KeyPair::from(Key::random(rng));
            let propose = self.seal(PROPOSE, b"", &own.public.0)?;
            self.outbox.push(propose);
            self.rekey = Rekey::Proposed(own);
        }
        Ok(std::mem::take(&mut self.outbox))
    }

    /// Does what a service message of the peer's asks for; one that comes out of turn asks for nothing.
    pub(super) fn take_service(
        &mut self,
        steps: &impl PeriodicSteps,
        rng: &mut dyn CryptoRng,
        kind: u8,
        body: &[u8],
    ) -> Result<(), Rejection> {
        let no_key = |_| Rejection::malformed("no public key");
        let agree = |key: &Key, own: &KeyPair| -> Result<Key, Rejection> {
            let peers = Key(body.try_into().map_err(no_key)?);
            Ok(steps.next_key(key, &crypto::x25519(own, &peers)?))
        };
        match (kind, &self.rekey) {
            (PROPOSE, Rekey::Proposed(_)) if self.party == Party::Initiator => {}
            (PROPOSE, Rekey::NotBegun | Rekey::Proposed(_)) => {
                let own = KeyPair::from(Key::random(rng));
                self.rekey = Rekey::Accepted(agree(&self.key, &own)?);
                let accept = self.seal(ACCEPT, b"", &own.public.0)?;
                self.outbox.push(accept);
            }
            (ACCEPT, Rekey::Proposed(own)) => {
                self.enter_next(agree(&self.key, own)?);
                let confirm = self.seal(CONFIRM, b"", b"")?;
                self.outbox.push(confirm);
            }
            (PROPOSE | ACCEPT | CONFIRM, _) => {}
            _ => return Err(Rejection::malformed("no service message")),
        }
        Ok(())
    }
}

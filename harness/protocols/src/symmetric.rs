//! Two one-way chains from one shared key (the shape of SCIMP, and of a sender key for each side). Never heals.
//!
//! Wire: version 1, counter 4, ciphertext, tag 16. The direction is bound by the chain.

use std::borrow::Cow;

use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};
use sprag::{
    Capabilities, Family, Field, Opened, Pair, Party, Profile, Ratchet, Rejection,
    SymmetricRatchet as Claims,
};

use crate::crypto::{self, Key, TAG_LENGTH};
use crate::double_ratchet::{MAX_SKIP, MAX_STORED, kdf_ck};
use crate::saved;
use crate::skipped::Skipped;

const KIND: &str = "symmetric-ratchet";
const VERSION: u8 = 1;
const HEADER_LENGTH: usize = 5;

/// The steps of the ratchet, each a method that a planted bug may override.
pub trait SymmetricSteps: Clone + Send + Sync + 'static {
    /// The name in reports.
    fn name(&self) -> &'static str {
        "textbook/symmetric-ratchet"
    }

    /// The first chain key of `sender`.
    fn chain(&self, sk: &Key, sender: Party) -> Key {
        crypto::hmac_sha256(sk, sender.to_string().as_bytes())
    }

    /// The next chain key, and a message key.
    fn kdf_ck(&self, ck: &Key) -> (Key, Key) {
        kdf_ck(ck)
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
}

/// A symmetric ratchet made of the steps `S`.
#[derive(Clone, Debug, Default)]
pub struct SymmetricRatchet<S: SymmetricSteps = Textbook> {
    /// The steps.
    pub steps: S,
}

fn decode(message: &[u8]) -> Result<(u32, &[u8], &[u8]), Rejection> {
    let malformed = || Rejection::malformed("no message of this ratchet");
    let (header, body) = message.split_at_checked(HEADER_LENGTH).ok_or_else(malformed)?;
    match *header {
        [VERSION, a, b, c, d] if body.len() >= TAG_LENGTH => {
            Ok((u32::from_be_bytes([a, b, c, d]), header, body))
        }
        _ => Err(malformed()),
    }
}

impl<S: SymmetricSteps> Ratchet for SymmetricRatchet<S> {
    type Session = State;

    fn profile(&self) -> Profile {
        Profile::of(Family::SymmetricRatchet(Claims::default())).with_limits(MAX_SKIP, MAX_STORED)
    }

    fn pair(&self, rng: &mut dyn CryptoRng) -> Result<Pair<State>, Rejection> {
        let sk = Key::random(rng);
        let end = |party: Party| State {
            cks: self.steps.chain(&sk, party),
            ckr: self.steps.chain(&sk, party.peer()),
            ns: 0,
            nr: 0,
            skipped: Skipped::default(),
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
        let next = next.ok_or_else(|| Rejection::other("the sending chain is used up"))?;
        let header = [&[VERSION], &session.ns.to_be_bytes()[..]].concat();
        let (cks, mk) = self.steps.kdf_ck(&session.cks);
        (session.cks, session.ns) = (cks, next);
        let sealed = crypto::seal(&mk, &crypto::concat(ad, &header), plaintext);
        Ok([header, sealed].concat())
    }

    fn decrypt(
        &self,
        session: &mut State,
        _rng: &mut dyn CryptoRng,
        ad: &[u8],
        message: &[u8],
    ) -> Result<Opened, Rejection> {
        let (n, header, sealed) = decode(message)?;
        let ad = crypto::concat(ad, header);
        if let Some(mk) = session.skipped.get(&n) {
            let plaintext = crypto::open(&mk, &ad, sealed)?;
            session.skipped.remove(&n);
            return Ok(Opened::Plaintext(plaintext));
        }
        if n < session.nr {
            return Err(Rejection::replayed("message was opened before, or its key was evicted"));
        }
        if n == u32::MAX || n - session.nr > MAX_SKIP {
            return Err(Rejection::gap_too_large("too many messages are missing"));
        }
        let (mut skipped, mut ckr) = (Skipped::default(), session.ckr);
        for i in session.nr..n {
            let (next, mk) = self.steps.kdf_ck(&ckr);
            skipped.insert(i, mk);
            ckr = next;
        }
        let (ckr, mk) = self.steps.kdf_ck(&ckr);
        let plaintext = crypto::open(&mk, &ad, sealed)?;
        self.steps.advance(session, ckr, n);
        session.skipped.append(skipped);
        session.skipped.evict(MAX_STORED);
        Ok(Opened::Plaintext(plaintext))
    }

    fn name(&self) -> Cow<'static, str> {
        Cow::Borrowed(self.steps.name())
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            associated_data: true,
            export: true,
            fields: true,
            ..Capabilities::default()
        }
    }

    fn export(&self, session: &State) -> Result<Vec<u8>, Rejection> {
        saved::save(KIND, session)
    }

    fn import(&self, state: &[u8]) -> Result<State, Rejection> {
        saved::load(KIND, state)
    }

    fn fields(&self, message: &[u8]) -> Result<Vec<Field>, Rejection> {
        let ciphertext = decode(message)?.2.len() - TAG_LENGTH;
        Ok(vec![
            Field::new("version", 0, 1),
            Field::new("counter", 1, 4),
            Field::new("ciphertext", HEADER_LENGTH, ciphertext),
            Field::new("tag", HEADER_LENGTH + ciphertext, TAG_LENGTH),
        ])
    }
}

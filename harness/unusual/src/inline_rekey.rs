//! Periodic rekeying whose steps go along with the users' messages, so that nobody sees where a period ends.
//!
//! Wire: period 4, counter 4, step 1 (none, propose, accept), public key 32, ciphertext, tag 16. A step stands in every
//! message until it is answered. When proposals cross, the initiator's wins. Who proposed sends in the new period from the
//! first message on that accepts, and opens what is still sent in the old one until a message of the new one comes. Who
//! accepted leaves the old period with the first message of the new one: what is under way from before is refused, and a
//! profile without limits claims nothing of it.

use std::borrow::Cow;
use std::collections::BTreeSet;

use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};
use sprag::{Capabilities, Family, Opened, Pair, Party, PeriodicRekey, Profile, Ratchet, Rejection};
use sprag_protocols::crypto::{self, Key, KeyPair, PublicKey, TAG_LENGTH};

use crate::wrapped::{load, save};
use crate::{Member, member};

struct Inline {
    name: &'static str,
    rekey_messages: u32,
}

#[derive(Clone, Deserialize, Serialize)]
struct Session {
    party: Party,
    period: u32,
    key: Key,
    count: u32,
    sent: u32,
    /// All messages before this one were opened, and those of `seen` behind it.
    next: u32,
    seen: BTreeSet<u32>,
    proposed: Option<KeyPair>,
    /// The next period's key, and the public key that accepts it.
    accepted: Option<(Key, PublicKey)>,
    /// The old period, in which the peer sends until it sees the new one.
    previous: Option<Box<Self>>,
}

const HEADER: usize = 41;
const PROPOSE: u8 = 1;
const ACCEPT: u8 = 2;

impl Session {
    fn first(party: Party, period: u32, key: Key) -> Self {
        Self {
            party,
            period,
            key,
            count: 0,
            sent: 0,
            next: 0,
            seen: BTreeSet::new(),
            proposed: None,
            accepted: None,
            previous: None,
        }
    }

    fn enter(&mut self, key: Key) {
        *self = Self::first(self.party, self.period + 1, key);
    }

    fn open(&mut self, n: u32, ad: &[u8], sealed: &[u8]) -> Result<Vec<u8>, Rejection> {
        self.open_once(n)?;
        crypto::open(&self.message_key(self.party.peer(), n), ad, sealed)
    }

    fn open_once(&mut self, n: u32) -> Result<(), Rejection> {
        if n < self.next || !self.seen.insert(n) {
            return Err(Rejection::replayed("opened before"));
        }
        while self.seen.remove(&self.next) {
            self.next += 1;
        }
        Ok(())
    }

    fn message_key(&self, sender: Party, n: u32) -> Key {
        crypto::hmac_sha256(&self.key, format!("{sender} {n}").as_bytes())
    }

    fn agree(&self, own: &KeyPair, peer: &PublicKey) -> Result<Key, Rejection> {
        let shared = crypto::x25519(own, peer)?;
        Ok(Key(crypto::hkdf_sha256(&self.key, &shared.0, b"unusual inline rekey")))
    }

    fn step(&mut self, rng: &mut dyn CryptoRng, step: u8, theirs: &Key) -> Result<(), Rejection> {
        let wins = self.proposed.is_some() && self.party == Party::Initiator;
        if step == PROPOSE && self.accepted.is_none() && !wins {
            let own = KeyPair::from(Key::random(rng));
            let next = (self.agree(&own, theirs)?, own.public);
            (self.accepted, self.proposed) = (Some(next), None);
        } else if let (ACCEPT, Some(own)) = (step, self.proposed) {
            let next = self.agree(&own, theirs)?;
            let old = Self { proposed: None, previous: None, ..self.clone() };
            self.enter(next);
            self.previous = Some(Box::new(old));
        }
        Ok(())
    }
}

impl Ratchet for Inline {
    type Session = Session;

    fn profile(&self) -> Profile {
        Profile::of(Family::PeriodicRekey(PeriodicRekey {
            rekey_messages: self.rekey_messages,
            rekey_seconds: None,
            limits: sprag::Limits::default(),
        }))
    }

    fn pair(&self, rng: &mut dyn CryptoRng) -> Result<Pair<Session>, Rejection> {
        let key = Key::random(rng);
        let [initiator, responder] = Party::BOTH.map(|party| Session::first(party, 0, key));
        Ok(Pair { initiator, responder, opened: false })
    }

    fn encrypt(
        &self,
        session: &mut Session,
        rng: &mut dyn CryptoRng,
        ad: &[u8],
        plaintext: &[u8],
    ) -> Result<Vec<u8>, Rejection> {
        session.count += 1;
        if session.count >= self.rekey_messages && session.accepted.is_none() {
            session.proposed.get_or_insert_with(|| KeyPair::from(Key::random(rng)));
        }
        let (step, public) = match (&session.accepted, &session.proposed) {
            (Some((_, public)), _) => (ACCEPT, *public),
            (None, Some(own)) => (PROPOSE, own.public),
            (None, None) => (0, Key::default()),
        };
        let n = session.sent;
        session.sent += 1;
        let numbers = [session.period.to_be_bytes(), n.to_be_bytes()];
        let header = [numbers.as_flattened(), &[step], &public.0].concat();
        let mk = session.message_key(session.party, n);
        let sealed = crypto::seal(&mk, &crypto::concat(ad, &header), plaintext);
        Ok([header, sealed].concat())
    }

    fn decrypt(
        &self,
        session: &mut Session,
        rng: &mut dyn CryptoRng,
        ad: &[u8],
        message: &[u8],
    ) -> Result<Opened, Rejection> {
        let malformed = || Rejection::malformed("no message");
        let (header, sealed) = message.split_at_checked(HEADER).ok_or_else(malformed)?;
        let (period, rest) = header.split_first_chunk().ok_or_else(malformed)?;
        let (n, rest) = rest.split_first_chunk().ok_or_else(malformed)?;
        let (&step, public) = rest.split_first().ok_or_else(malformed)?;
        if sealed.len() < TAG_LENGTH {
            return Err(malformed());
        }
        let (period, n) = (u32::from_be_bytes(*period), u32::from_be_bytes(*n));
        let ad = crypto::concat(ad, header);
        let mut draft = session.clone();
        if let Some(old) = draft.previous.as_deref_mut().filter(|old| old.period == period) {
            let plaintext = old.open(n, &ad, sealed)?;
            draft.count += 1;
            *session = draft;
            return Ok(Opened::Plaintext(plaintext));
        }
        match draft.accepted {
            Some((next, _)) if period.checked_sub(1) == Some(draft.period) => draft.enter(next),
            _ if period == draft.period => {}
            _ => return Err(Rejection::forged("no key for this period")),
        }
        let plaintext = draft.open(n, &ad, sealed)?;
        draft.count += 1;
        draft.previous = None;
        draft.step(rng, step, &Key::try_from(public)?)?;
        *session = draft;
        Ok(Opened::Plaintext(plaintext))
    }

    fn name(&self) -> Cow<'static, str> {
        Cow::Borrowed(self.name)
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities { associated_data: true, export: true, ..Capabilities::default() }
    }

    fn export(&self, session: &Session) -> Result<Vec<u8>, Rejection> {
        save(session)
    }

    fn import(&self, state: &[u8]) -> Result<Session, Rejection> {
        load(state)
    }
}

pub(crate) fn rekeys_inline() -> Member {
    let ratchet = Inline { name: "unusual/rekeys-inline", rekey_messages: 20 };
    member("a rekey goes along with the messages", "PQ3; OTR", ratchet)
}

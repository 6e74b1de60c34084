//! Schemes of one key, with more and with less than the textbook's.

use std::borrow::Cow;
use std::collections::BTreeSet;

use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};
use sprag::{Capabilities, Family, Opened, Pair, Party, Profile, Ratchet, Rejection, StaticKey};
use sprag_protocols::crypto::{self, Key, KeyPair, PublicKey};

use crate::wrapped::{load, save};
use crate::{Member, member};

struct Static {
    name: &'static str,
    claims: StaticKey,
    /// Without randomness: the nonce is made of key and plaintext.
    synthetic: bool,
    associated_data: bool,
}

#[derive(Clone, Deserialize, Serialize)]
struct Session {
    party: Party,
    key: Key,
    own: KeyPair,
    peer: PublicKey,
    /// Messages that were opened, where that matters.
    seen: BTreeSet<Key>,
    /// Messages sent: two equal plaintexts shall not give equal messages.
    sent: u64,
}

const NONCE: usize = crypto::NONCE_LENGTH;

impl Static {
    fn bound(&self, sender: Party, ad: &[u8]) -> Vec<u8> {
        match self.claims.binds_direction {
            true => crypto::concat(ad, sender.to_string().as_bytes()),
            false => ad.to_vec(),
        }
    }

    /// The key of a message to the holder of one of two key pairs.
    fn key(&self, session: &Session, own: &KeyPair, their: &PublicKey) -> Result<Key, Rejection> {
        let shared = crypto::x25519(own, their)?;
        Ok(Key(crypto::hkdf_sha256(&session.key, &shared.0, b"unusual static")))
    }
}

impl Ratchet for Static {
    type Session = Session;

    fn profile(&self) -> Profile {
        Profile::of(Family::StaticKey(self.claims.clone()))
    }

    fn pair(&self, rng: &mut dyn CryptoRng) -> Result<Pair<Session>, Rejection> {
        let key = Key::random(rng);
        let [ours, theirs] = Party::BOTH.map(|_| KeyPair::from(Key::random(rng)));
        let end = |party, own: KeyPair, peer: KeyPair| {
            let (peer, seen) = (peer.public, BTreeSet::new());
            Session { party, key, own, peer, seen, sent: 0 }
        };
        let initiator = end(Party::Initiator, ours, theirs);
        Ok(Pair { initiator, responder: end(Party::Responder, theirs, ours), opened: false })
    }

    fn encrypt(
        &self,
        session: &mut Session,
        rng: &mut dyn CryptoRng,
        ad: &[u8],
        plaintext: &[u8],
    ) -> Result<Vec<u8>, Rejection> {
        let ad = self.bound(session.party, ad);
        session.sent += 1;
        if self.claims.hybrid_to_recipient {
            let once = KeyPair::from(Key::random(rng));
            let key = self.key(session, &once, &session.peer)?;
            return Ok([&once.public.0[..], &crypto::seal(&key, &ad, plaintext)].concat());
        }
        let mut nonce = [0; NONCE];
        if self.synthetic {
            let input = [session.sent.to_be_bytes().as_slice(), plaintext].concat();
            let made = crypto::hmac_sha256(&session.key, &crypto::concat(&ad, &input));
            nonce.copy_from_slice(&made.0[..NONCE]);
        } else {
            rng.fill_bytes(&mut nonce);
        }
        Ok([&nonce[..], &crypto::seal_static(&session.key, nonce, &ad, plaintext)].concat())
    }

    fn decrypt(
        &self,
        session: &mut Session,
        _rng: &mut dyn CryptoRng,
        ad: &[u8],
        message: &[u8],
    ) -> Result<Opened, Rejection> {
        let ad = self.bound(session.party.peer(), ad);
        let short = || Rejection::malformed("too short");
        let plaintext = if self.claims.hybrid_to_recipient {
            let (once, sealed) = message.split_first_chunk().ok_or_else(short)?;
            crypto::open(&self.key(session, &session.own, &Key(*once))?, &ad, sealed)?
        } else {
            let (nonce, sealed) = message.split_first_chunk().ok_or_else(short)?;
            crypto::open_static(&session.key, *nonce, &ad, sealed)?
        };
        let name = crypto::hmac_sha256(&session.key, message);
        if self.claims.replay_protection && !session.seen.insert(name) {
            return Err(Rejection::replayed("opened before"));
        }
        Ok(Opened::Plaintext(plaintext))
    }

    fn name(&self) -> Cow<'static, str> {
        Cow::Borrowed(self.name)
    }

    fn capabilities(&self) -> Capabilities {
        let associated_data = self.associated_data;
        Capabilities { associated_data, export: true, ..Capabilities::default() }
    }

    fn export(&self, session: &Session) -> Result<Vec<u8>, Rejection> {
        save(session)
    }

    fn import(&self, state: &[u8]) -> Result<Session, Rejection> {
        load(state)
    }
}

const CLAIMS: StaticKey =
    StaticKey { hybrid_to_recipient: false, binds_direction: true, replay_protection: false };

const PLAIN: Static =
    Static { name: "unusual/static", claims: CLAIMS, synthetic: false, associated_data: true };

pub(crate) fn no_replays() -> Member {
    let claims = StaticKey { replay_protection: true, ..CLAIMS };
    let ratchet = Static { name: "unusual/static-no-replays", claims, ..PLAIN };
    member("one key, and each message opens once", "Threema, with its list of nonces", ratchet)
}

pub(crate) fn to_recipient() -> Member {
    let claims = StaticKey { hybrid_to_recipient: true, ..CLAIMS };
    let ratchet = Static { name: "unusual/static-to-recipient", claims, ..PLAIN };
    member("the sender cannot open what it sent", "HPKE; sealed boxes", ratchet)
}

pub(crate) fn no_direction() -> Member {
    let claims = StaticKey { binds_direction: false, ..CLAIMS };
    let name = "unusual/static-no-direction";
    let ratchet = Static { name, claims, associated_data: false, ..PLAIN };
    member("one key both ways, and nothing else bound", "NaCl's secret box", ratchet)
}

pub(crate) fn synthetic_nonce() -> Member {
    let claims = StaticKey { replay_protection: true, ..CLAIMS };
    let ratchet = Static { name: "unusual/static-synthetic", claims, synthetic: true, ..PLAIN };
    member("one key, and no randomness at all", "AES-SIV with a counter", ratchet)
}

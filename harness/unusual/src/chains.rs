//! A Double Ratchet that keeps a few old receiving chains with their stored keys, as libsignal and Olm do, and so has
//! no use for the length of the previous chain. Its options are the smaller differences between such ratchets.
//!
//! Wire: ratchet key 32, counter as a varint, ciphertext, tag 16.

use std::borrow::Cow;
use std::collections::{BTreeMap, VecDeque};

use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};
use sprag::{
    Capabilities, ClosingGap, DoubleRatchet, Family, Field, KeyGeneration, Limits, Opened, Origin, Pair,
    Profile, Ratchet, Rejection, ResponderStart, StoredPer, WhenFull,
};
use sprag_protocols::crypto::{self, Key, KeyPair, PublicKey, TAG_LENGTH};
use sprag_protocols::double_ratchet::kdf_ck;

use crate::encodings::{put_varint, take_varint};
use crate::wrapped::{load, save};
use crate::{Member, member};

const ROOT: &[u8] = b"unusual chains";

pub(crate) struct Chains {
    pub(crate) name: &'static str,
    key_generation: KeyGeneration,
    retained: u32,
    max_skip: u32,
    max_stored: u32,
    stored_per: StoredPer,
    when_full: WhenFull,
    /// The private key that was answered to stays until the next message is sent.
    keeps_old_key: bool,
    /// Each message has a Diffie–Hellman key of its own besides, mixed into its message key.
    key_per_message: bool,
    /// The initiator makes its first key with its first message, whenever it makes the others.
    starts_late: bool,
    start: ResponderStart,
}

#[derive(Clone, Deserialize, Serialize)]
struct Chain {
    dh: PublicKey,
    /// The own key that the peer sent this chain to.
    own: KeyPair,
    ck: Key,
    n: u32,
    skipped: BTreeMap<u32, Key>,
}

#[derive(Clone, Deserialize, Serialize)]
pub(crate) struct Session {
    rk: Key,
    own: Option<KeyPair>,
    sending: Option<(Key, u32)>,
    /// The peer's newest key is not answered with an own one.
    owes: bool,
    peer: Option<PublicKey>,
    /// Newest last.
    chains: VecDeque<Chain>,
    /// The places of a store for all chains, oldest first. The key in one is in its chain, if that is still there.
    places: VecDeque<(PublicKey, u32)>,
}

impl Session {
    fn step(&mut self, own: &KeyPair, peer: &PublicKey) -> Result<Key, Rejection> {
        let (rk, ck) = crypto::hkdf_pair(&self.rk, &crypto::x25519(own, peer)?.0, ROOT);
        self.rk = rk;
        Ok(ck)
    }

    /// Notes the keys that opening message `n` of a chain has stored or used, where all chains share a store.
    fn keep_places(&mut self, dh: PublicKey, stored: std::ops::Range<u32>, used: u32, most: u32) {
        self.places.retain(|place| *place != (dh, used));
        self.places.extend(stored.map(|n| (dh, n)));
        while self.places.len() > most as usize
            && let Some((dh, n)) = self.places.pop_front()
        {
            let chain = self.chains.iter_mut().find(|chain| chain.dh == dh);
            chain.and_then(|chain| chain.skipped.remove(&n));
        }
    }

    fn renew(&mut self, rng: &mut dyn CryptoRng) -> Result<(), Rejection> {
        let peer = self.peer.ok_or_else(|| Rejection::not_yet("nothing received"))?;
        let own = KeyPair::from(Key::random(rng));
        let ck = self.step(&own, &peer)?;
        (self.own, self.sending, self.owes) = (Some(own), Some((ck, 0)), false);
        Ok(())
    }
}

impl Chain {
    /// The key of message `n`; those before it are stored.
    fn key_of(&mut self, n: u32, limits: &Chains) -> Result<Key, Rejection> {
        if let Some(mk) = self.skipped.remove(&n) {
            return Ok(mk);
        }
        let gap = n.checked_sub(self.n).ok_or_else(|| Rejection::replayed("no key any more"))?;
        if gap > limits.max_skip || n == u32::MAX {
            return Err(Rejection::gap_too_large("too far ahead"));
        }
        for skipped in self.n..n {
            let (ck, mk) = kdf_ck(&self.ck);
            self.ck = ck;
            self.skipped.insert(skipped, mk);
            let counted = (limits.stored_per, limits.when_full) == (StoredPer::Chain, WhenFull::Evict);
            if counted && self.skipped.len() > limits.max_stored as usize {
                self.skipped.pop_first();
            }
        }
        if limits.when_full == WhenFull::Distance {
            self.skipped = self.skipped.split_off(&n.saturating_sub(limits.max_stored));
        }
        let (ck, mk) = kdf_ck(&self.ck);
        (self.ck, self.n) = (ck, n + 1);
        Ok(mk)
    }
}

/// A message, taken apart.
struct Message {
    dh: PublicKey,
    n: u32,
    /// The key of this message alone.
    own: Option<PublicKey>,
    /// Where the counter ends.
    counter: usize,
    /// Where the header ends.
    header: usize,
}

impl Chains {
    fn parse(&self, message: &[u8]) -> Result<Message, Rejection> {
        let short = || Rejection::malformed("no message");
        let (dh, rest) = message.split_first_chunk::<32>().ok_or_else(short)?;
        let (n, length) = take_varint(rest).ok_or_else(short)?;
        let (dh, counter) = (Key(*dh), 32 + length);
        let own = rest[length..].first_chunk::<32>().filter(|_| self.key_per_message);
        let header = counter + if self.key_per_message { 32 } else { 0 };
        if message.len() < header + TAG_LENGTH {
            return Err(short());
        }
        Ok(Message { dh, n, own: own.map(|own| Key(*own)), counter, header })
    }

    /// The key of a message, with the Diffie–Hellman value of its own mixed in if it has one.
    fn mixed(&self, mk: &Key, own: &KeyPair, theirs: Option<&PublicKey>) -> Result<Key, Rejection> {
        let Some(theirs) = theirs else { return Ok(*mk) };
        Ok(Key(crypto::hkdf_sha256(mk, &crypto::x25519(own, theirs)?.0, b"unusual message key")))
    }
}

impl Ratchet for Chains {
    type Session = Session;

    fn profile(&self) -> Profile {
        let mut profile = Profile::of(Family::DoubleRatchet(DoubleRatchet {
            key_generation: self.key_generation,
            limits: Limits {
                stored_per: self.stored_per,
                when_full: self.when_full,
                ..Limits::default()
            },
            retained_chains: self.retained,
            closes_chains: false,
            closing_gap: ClosingGap::default(),
        }));
        profile.responder_start = self.start;
        profile.with_limits(self.max_skip, self.max_stored)
    }

    fn pair(&self, rng: &mut dyn CryptoRng) -> Result<Pair<Session>, Rejection> {
        let (rk, prekey) = (Key::random(rng), KeyPair::from(Key::random(rng)));
        let (chains, places) = (VecDeque::new(), VecDeque::new());
        let own = Some(prekey);
        let mut responder =
            Session { rk, own, sending: None, owes: false, peer: None, chains, places };
        let mut initiator =
            Session { own: None, owes: true, peer: Some(prekey.public), ..responder.clone() };
        if self.start == ResponderStart::InitialChain {
            let ck = Key::random(rng);
            responder.sending = Some((ck, 0));
            // What comes in it is sent to no key of the initiator.
            let (own, skipped) = (KeyPair::from(Key::default()), BTreeMap::new());
            initiator.chains.push_back(Chain { dh: prekey.public, own, ck, n: 0, skipped });
        }
        if self.key_generation == KeyGeneration::Eager && !self.starts_late {
            initiator.renew(rng)?;
        }
        Ok(Pair { initiator, responder, opened: false })
    }

    fn encrypt(
        &self,
        session: &mut Session,
        rng: &mut dyn CryptoRng,
        ad: &[u8],
        plaintext: &[u8],
    ) -> Result<Vec<u8>, Rejection> {
        if session.owes {
            session.renew(rng)?;
        }
        let (Some(own), Some((ck, n))) = (session.own, session.sending) else {
            return Err(Rejection::not_yet("no chain to send in"));
        };
        let next = n.checked_add(1).ok_or_else(|| Rejection::other("the chain is used up"))?;
        let (ck, mk) = kdf_ck(&ck);
        session.sending = Some((ck, next));
        let mut message = own.public.0.to_vec();
        put_varint(&mut message, n);
        let mut mk = mk;
        if let (true, Some(peer)) = (self.key_per_message, &session.peer) {
            let alone = KeyPair::from(Key::random(rng));
            message.extend(alone.public.0);
            mk = self.mixed(&mk, &alone, Some(peer))?;
        }
        let sealed = crypto::seal(&mk, &crypto::concat(ad, &message), plaintext);
        Ok([message, sealed].concat())
    }

    fn decrypt(
        &self,
        session: &mut Session,
        rng: &mut dyn CryptoRng,
        ad: &[u8],
        message: &[u8],
    ) -> Result<Opened, Rejection> {
        let Message { dh, n, own: alone, header, .. } = self.parse(message)?;
        let (header, sealed) = message.split_at(header);
        let open = |chain: &mut Chain| {
            let mk = chain.key_of(n, self)?;
            let mk = self.mixed(&mk, &chain.own, alone.as_ref())?;
            crypto::open(&mk, &crypto::concat(ad, header), sealed)
        };
        if let Some(known) = session.chains.iter_mut().find(|chain| chain.dh == dh) {
            let mut chain = known.clone();
            let plaintext = open(&mut chain)?;
            let stored = known.n..n.max(known.n);
            *known = chain;
            if self.stored_per == StoredPer::LiveChains {
                session.keep_places(dh, stored, n, self.max_stored);
            }
            return Ok(Opened::Plaintext(plaintext));
        }
        let mut draft = session.clone();
        let own = draft.own.filter(|_| !draft.owes);
        let own = own.ok_or_else(|| Rejection::forged("no key of ours to answer to"))?;
        let ck = draft.step(&own, &dh)?;
        let mut chain = Chain { dh, own, ck, n: 0, skipped: BTreeMap::new() };
        let plaintext = open(&mut chain)?;
        draft.chains.push_back(chain);
        if draft.chains.len() > self.retained as usize + 1 {
            draft.chains.pop_front();
        }
        if self.stored_per == StoredPer::LiveChains {
            draft.keep_places(dh, 0..n, n, self.max_stored);
        }
        (draft.peer, draft.owes) = (Some(dh), true);
        if self.key_generation == KeyGeneration::Eager {
            draft.renew(rng)?;
        } else if !self.keeps_old_key {
            (draft.own, draft.sending) = (None, None);
        }
        *session = draft;
        Ok(Opened::Plaintext(plaintext))
    }

    fn name(&self) -> Cow<'static, str> {
        Cow::Borrowed(self.name)
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities { associated_data: true, export: true, fields: true, ..Capabilities::default() }
    }

    fn export(&self, session: &Session) -> Result<Vec<u8>, Rejection> {
        save(session)
    }

    fn import(&self, state: &[u8]) -> Result<Session, Rejection> {
        load(state)
    }

    fn fields(&self, message: &[u8]) -> Result<Vec<Field>, Rejection> {
        let Message { counter, header, .. } = self.parse(message)?;
        let ciphertext = message.len() - header - TAG_LENGTH;
        let mut fields =
            vec![Field::new("ratchet_key", 0, 32), Field::new("counter", 32, counter - 32)];
        if self.key_per_message {
            fields.push(Field::new("key_of_this_message", counter, 32).with_origin(Origin::Random));
        }
        fields.push(Field::new("ciphertext", header, ciphertext));
        fields.push(Field::new("tag", header + ciphertext, TAG_LENGTH));
        Ok(fields)
    }
}

pub(crate) const OLM: Chains = Chains {
    name: "unusual/chains-four",
    key_generation: KeyGeneration::Lazy,
    retained: 4,
    max_skip: 2000,
    max_stored: 40,
    stored_per: StoredPer::Chain,
    when_full: WhenFull::Evict,
    keeps_old_key: false,
    key_per_message: false,
    starts_late: false,
    start: ResponderStart::NotYet,
};

pub(crate) fn retained_chains() -> Member {
    member("keeps four old chains with forty keys each", "Olm", OLM)
}

pub(crate) fn one_retained_chain() -> Member {
    let ratchet = Chains {
        name: "unusual/chains-one",
        key_generation: KeyGeneration::Eager,
        retained: 1,
        max_skip: 25,
        max_stored: 10,
        ..OLM
    };
    member("keeps one old chain, and keys made early", "libsignal with other constants", ratchet)
}

pub(crate) fn no_retained_chain() -> Member {
    let ratchet = Chains { name: "unusual/chains-none", retained: 0, max_skip: 9, ..OLM };
    member("a new chain ends the old one with all its keys", "ratchets of many apps", ratchet)
}

pub(crate) fn old_key_kept() -> Member {
    let ratchet = Chains { name: "unusual/chains-old-key-kept", keeps_old_key: true, ..OLM };
    member("keeps the old private key until it answers", "libolm", ratchet)
}

pub(crate) fn initial_chain_lazy() -> Member {
    let start = ResponderStart::InitialChain;
    let ratchet = Chains { name: "unusual/initial-chain-lazy", start, ..OLM };
    member("the responder may speak first", "the Double Ratchet's text, section 5", ratchet)
}

pub(crate) fn initial_chain_eager() -> Member {
    let (start, key_generation) = (ResponderStart::InitialChain, KeyGeneration::Eager);
    let ratchet = Chains { name: "unusual/initial-chain-eager", start, key_generation, ..OLM };
    member("the responder may speak first", "the Double Ratchet's text, section 5", ratchet)
}

pub(crate) fn key_per_message() -> Member {
    let key_per_message = true;
    let ratchet = Chains { name: "unusual/key-per-message", key_per_message, ..OLM };
    member("each message has a key of its own besides", "PQ3 in its classical half; OTR", ratchet)
}

pub(crate) fn one_store() -> Member {
    let ratchet = Chains {
        name: "unusual/one-store",
        retained: 2,
        max_skip: 30,
        max_stored: 12,
        stored_per: StoredPer::LiveChains,
        ..OLM
    };
    member("one store for all chains, of no use without them", "libolm", ratchet)
}

pub(crate) const fn retaining(retained: u32) -> Chains {
    Chains { retained, ..OLM }
}

pub(crate) const fn window(name: &'static str) -> Chains {
    let when_full = WhenFull::Distance;
    Chains { name, retained: 1, max_skip: 30, max_stored: 12, when_full, ..OLM }
}

pub(crate) fn sliding_window() -> Member {
    let ratchet = window("unusual/sliding-window");
    member("keeps what is at most 12 numbers back", "libsignal's post-quantum half", ratchet)
}

pub(crate) fn late_start() -> Member {
    let (starts_late, key_generation) = (true, KeyGeneration::Eager);
    let ratchet = Chains { name: "unusual/late-start", starts_late, key_generation, ..OLM };
    member("keys made early, but the very first one late", "X3DH with a first message", ratchet)
}

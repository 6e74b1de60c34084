//! Ratchets that open messages in order only, and ratchets that end at a refused message.

use std::borrow::Cow;

use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};
use sprag::{
    Capabilities, Family, Opened, Ordering, Pair, Profile, Ratchet, Rejection, SymmetricRatchet,
};
use sprag_protocols::crypto::{self, Key, TAG_LENGTH};
use sprag_protocols::double_ratchet::{DoubleRatchet, Header, kdf_ck};

use crate::wrapped::{Change, Held, Wrapped, load, save};
use crate::{Member, member};

/// Nothing opens before all that was sent before it.
pub(crate) struct InOrder;

impl Change<DoubleRatchet> for InOrder {
    type Memory = ();

    fn profile(&self, ratchet: &DoubleRatchet) -> Profile {
        Profile { ordering: Ordering::Strict, ..ratchet.profile() }
    }

    fn decrypt(
        &self,
        ratchet: &DoubleRatchet,
        session: &mut Held<DoubleRatchet, ()>,
        rng: &mut dyn CryptoRng,
        ad: &[u8],
        message: &[u8],
    ) -> Result<Opened, Rejection> {
        let (header, _) = Header::decode(message, TAG_LENGTH)?;
        let state = &session.inner;
        let is_next = match state.is_new_key(&header) {
            true => header.n == 0 && (state.ckr.is_none() || header.pn == state.nr),
            false => header.n == state.nr,
        };
        if !is_next {
            return Err(Rejection::other("not the next message"));
        }
        ratchet.decrypt(&mut session.inner, rng, ad, message)
    }
}

pub(crate) fn strict_eager() -> Member {
    let ratchet = DoubleRatchet::eager();
    let ratchet = Wrapped { name: "unusual/strict-eager", ratchet, change: InOrder };
    member("opens in order, and keeps nothing back", "ratchets over a reliable stream", ratchet)
}

pub(crate) fn strict_lazy() -> Member {
    let ratchet = DoubleRatchet::lazy().with_limits(5, 5);
    let ratchet = Wrapped { name: "unusual/strict-lazy", ratchet, change: InOrder };
    member("opens in order, whatever its limits say", "ratchets over a reliable stream", ratchet)
}

/// A hash ratchet without any header: sender and recipient count for themselves.
pub(crate) struct Uncounted {
    name: &'static str,
    /// A refused message ends the session.
    aborts: bool,
}

#[derive(Clone, Deserialize, Serialize)]
pub(crate) struct Stream {
    sending: Key,
    receiving: Key,
    is_over: bool,
}

impl Uncounted {
    fn check(&self, stream: &Stream) -> Result<(), Rejection> {
        if stream.is_over { Err(Rejection::other("the session is over")) } else { Ok(()) }
    }
}

impl Ratchet for Uncounted {
    type Session = Stream;

    fn profile(&self) -> Profile {
        let family = Family::SymmetricRatchet(SymmetricRatchet::default());
        let (ordering, expansion) = (Ordering::Strict, Some(TAG_LENGTH as u32));
        let profile = Profile::of(family);
        Profile { ordering, expansion, aborts_on_forgery: self.aborts, ..profile }
    }

    fn pair(&self, rng: &mut dyn CryptoRng) -> Result<Pair<Stream>, Rejection> {
        let (sending, receiving) = (Key::random(rng), Key::random(rng));
        let initiator = Stream { sending, receiving, is_over: false };
        let responder = Stream { sending: receiving, receiving: sending, is_over: false };
        Ok(Pair { initiator, responder, opened: false })
    }

    fn encrypt(
        &self,
        stream: &mut Stream,
        _rng: &mut dyn CryptoRng,
        ad: &[u8],
        plaintext: &[u8],
    ) -> Result<Vec<u8>, Rejection> {
        self.check(stream)?;
        let (next, mk) = kdf_ck(&stream.sending);
        stream.sending = next;
        Ok(crypto::seal(&mk, ad, plaintext))
    }

    fn decrypt(
        &self,
        stream: &mut Stream,
        _rng: &mut dyn CryptoRng,
        ad: &[u8],
        message: &[u8],
    ) -> Result<Opened, Rejection> {
        self.check(stream)?;
        let (next, mk) = kdf_ck(&stream.receiving);
        match crypto::open(&mk, ad, message) {
            Ok(plaintext) => {
                stream.receiving = next;
                Ok(Opened::Plaintext(plaintext))
            }
            Err(rejection) => {
                stream.is_over = self.aborts;
                Err(rejection)
            }
        }
    }

    fn name(&self) -> Cow<'static, str> {
        Cow::Borrowed(self.name)
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities { associated_data: true, export: true, ..Capabilities::default() }
    }

    fn export(&self, stream: &Stream) -> Result<Vec<u8>, Rejection> {
        save(stream)
    }

    fn import(&self, state: &[u8]) -> Result<Stream, Rejection> {
        load(state)
    }
}

pub(crate) fn uncounted() -> Member {
    let ratchet = Uncounted { name: "unusual/uncounted", aborts: false };
    member("no header at all; what is out of order does not authenticate", "Noise", ratchet)
}

pub(crate) const fn until_forgery(name: &'static str) -> Uncounted {
    Uncounted { name, aborts: true }
}

pub(crate) fn uncounted_that_aborts() -> Member {
    let ratchet = until_forgery("unusual/uncounted-aborting");
    member("the same, and the first bad message ends it", "TLS 1.3; SSH", ratchet)
}

/// A refused message ends the session.
struct Aborting;

impl Change<DoubleRatchet> for Aborting {
    /// Whether the session is over.
    type Memory = bool;

    fn profile(&self, ratchet: &DoubleRatchet) -> Profile {
        Profile { aborts_on_forgery: true, ..ratchet.profile() }
    }

    fn encrypt(
        &self,
        ratchet: &DoubleRatchet,
        session: &mut Held<DoubleRatchet, bool>,
        rng: &mut dyn CryptoRng,
        ad: &[u8],
        plaintext: &[u8],
    ) -> Result<Vec<u8>, Rejection> {
        if session.memory {
            return Err(Rejection::other("the session is over"));
        }
        ratchet.encrypt(&mut session.inner, rng, ad, plaintext)
    }

    fn decrypt(
        &self,
        ratchet: &DoubleRatchet,
        session: &mut Held<DoubleRatchet, bool>,
        rng: &mut dyn CryptoRng,
        ad: &[u8],
        message: &[u8],
    ) -> Result<Opened, Rejection> {
        if session.memory {
            return Err(Rejection::other("the session is over"));
        }
        let opened = ratchet.decrypt(&mut session.inner, rng, ad, message);
        session.memory = opened.is_err();
        opened
    }
}

pub(crate) fn aborting() -> Member {
    let ratchet = DoubleRatchet::lazy();
    let ratchet = Wrapped { name: "unusual/aborting", ratchet, change: Aborting };
    member("the first refused message ends the session", "TLS 1.3; SSH", ratchet)
}

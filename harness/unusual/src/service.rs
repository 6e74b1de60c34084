//! Messages that a ratchet sends by itself, and an envelope around each message.

use rand_core::CryptoRng;
use sprag::{Capabilities, Field, Opened, Party, Profile, Ratchet, Rejection};
use sprag_protocols::crypto::{self, Key, KeyPair};
use sprag_protocols::double_ratchet::DoubleRatchet;

use crate::chains::{retaining, window};
use crate::integrity::NoTag;
use crate::order::{InOrder, until_forgery};
use crate::symmetric::a_hundred;
use crate::wrapped::{Change, Held, Wrapped, of_another_wire};
use crate::{Member, member};

/// Each message opened is acknowledged by a service message, so that the ratchet turns without an answer.
struct Acknowledging {
    /// The initiator also sends one before anything else.
    greets: bool,
}

const ACKNOWLEDGING: Acknowledging = Acknowledging { greets: false };

const USER: u8 = 0;
const ACKNOWLEDGEMENT: u8 = 1;

impl<R: Ratchet> Change<R> for Acknowledging {
    /// Messages that were not acknowledged yet; `None` before the first look.
    type Memory = Option<u32>;

    fn profile(&self, ratchet: &R) -> Profile {
        let profile = ratchet.profile();
        Profile { expansion: profile.expansion.map(|bytes| bytes + 1), ..profile }
    }

    fn capabilities(&self, ratchet: &R) -> Capabilities {
        Capabilities { outbox: true, ..ratchet.capabilities() }
    }

    fn encrypt(
        &self,
        ratchet: &R,
        session: &mut Held<R, Option<u32>>,
        rng: &mut dyn CryptoRng,
        ad: &[u8],
        plaintext: &[u8],
    ) -> Result<Vec<u8>, Rejection> {
        ratchet.encrypt(&mut session.inner, rng, ad, &[&[USER], plaintext].concat())
    }

    fn decrypt(
        &self,
        ratchet: &R,
        session: &mut Held<R, Option<u32>>,
        rng: &mut dyn CryptoRng,
        ad: &[u8],
        message: &[u8],
    ) -> Result<Opened, Rejection> {
        let Opened::Plaintext(content) = ratchet.decrypt(&mut session.inner, rng, ad, message)?
        else {
            return Ok(Opened::Service);
        };
        match content.split_first() {
            Some((&USER, plaintext)) => {
                session.memory = Some(session.memory.unwrap_or(0) + 1);
                Ok(Opened::Plaintext(plaintext.to_vec()))
            }
            _ => Ok(Opened::Service),
        }
    }

    fn outbox(
        &self,
        ratchet: &R,
        session: &mut Held<R, Option<u32>>,
        rng: &mut dyn CryptoRng,
    ) -> Result<Vec<Vec<u8>>, Rejection> {
        let greeting = u32::from(self.greets && session.party == Party::Initiator);
        if session.memory.unwrap_or(greeting) == 0 {
            return Ok(Vec::new());
        }
        let message = ratchet.encrypt(&mut session.inner, rng, b"", &[ACKNOWLEDGEMENT])?;
        session.memory = Some(0);
        Ok(vec![message])
    }
}

const ACKNOWLEDGES: &str = "acknowledges each message by itself";

fn acknowledging<R: Ratchet + 'static>(name: &'static str, ratchet: R) -> Member {
    let ratchet = Wrapped { name, ratchet, change: ACKNOWLEDGING };
    member(ACKNOWLEDGES, "delivery receipts; Matrix's dummy events", ratchet)
}

pub(crate) fn acknowledging_eager() -> Member {
    acknowledging("unusual/acks-eager", DoubleRatchet::eager())
}

pub(crate) fn acknowledging_lazy() -> Member {
    acknowledging("unusual/acks-lazy", DoubleRatchet::lazy())
}

pub(crate) fn acknowledging_without_gap() -> Member {
    acknowledging("unusual/acks-no-gap", DoubleRatchet::lazy().with_limits(0, 0))
}

pub(crate) fn acknowledging_without_store() -> Member {
    acknowledging("unusual/acks-store-nothing", DoubleRatchet::eager().with_limits(1000, 0))
}

pub(crate) fn acknowledging_in_old_chains() -> Member {
    acknowledging("unusual/acks-chains", retaining(2))
}

pub(crate) fn acknowledging_in_a_window() -> Member {
    acknowledging("unusual/acks-window", window("inner"))
}

pub(crate) fn acknowledging_in_order() -> Member {
    let ratchet = Wrapped { name: "inner", ratchet: DoubleRatchet::eager(), change: InOrder };
    acknowledging("unusual/acks-strict", ratchet)
}

pub(crate) fn acknowledging_until_forgery() -> Member {
    acknowledging("unusual/acks-aborting", until_forgery("inner"))
}

pub(crate) fn acknowledging_a_hundred() -> Member {
    acknowledging("unusual/acks-end-after-100", a_hundred("inner"))
}

pub(crate) fn acknowledging_without_integrity() -> Member {
    acknowledging("unusual/acks-no-integrity", NoTag)
}

pub(crate) fn greeting() -> Member {
    let (ratchet, change) = (DoubleRatchet::lazy(), Acknowledging { greets: true });
    let ratchet = Wrapped { name: "unusual/acks-greeting", ratchet, change };
    member("speaks by itself before its user does", "key distribution in groups", ratchet)
}

/// Each message in an envelope for the recipient's long-term key, so that the network sees nothing of it.
pub(crate) struct Sealed;

fn long_term(party: Party) -> KeyPair {
    KeyPair::from(crypto::hmac_sha256(&Key::default(), party.to_string().as_bytes()))
}

fn envelope_key(own: &KeyPair, theirs: &Key) -> Result<Key, Rejection> {
    let shared = crypto::x25519(own, theirs)?;
    Ok(Key(crypto::hkdf_sha256(&Key::default(), &shared.0, b"unusual envelope")))
}

impl<R: Ratchet> Change<R> for Sealed {
    type Memory = ();

    fn capabilities(&self, ratchet: &R) -> Capabilities {
        of_another_wire(ratchet.capabilities())
    }

    fn encrypt(
        &self,
        ratchet: &R,
        session: &mut Held<R, ()>,
        rng: &mut dyn CryptoRng,
        ad: &[u8],
        plaintext: &[u8],
    ) -> Result<Vec<u8>, Rejection> {
        let message = ratchet.encrypt(&mut session.inner, rng, ad, plaintext)?;
        let once = KeyPair::from(Key::random(rng));
        let key = envelope_key(&once, &long_term(session.party.peer()).public)?;
        Ok([&once.public.0[..], &crypto::seal(&key, b"", &message)].concat())
    }

    fn decrypt(
        &self,
        ratchet: &R,
        session: &mut Held<R, ()>,
        rng: &mut dyn CryptoRng,
        ad: &[u8],
        message: &[u8],
    ) -> Result<Opened, Rejection> {
        let split = message.split_first_chunk();
        let (once, sealed) = split.ok_or_else(|| Rejection::malformed("no envelope"))?;
        let key = envelope_key(&long_term(session.party), &Key(*once))?;
        let message = crypto::open(&key, b"", sealed)?;
        ratchet.decrypt(&mut session.inner, rng, ad, &message)
    }
}

pub(crate) fn sealed() -> Member {
    let ratchet = DoubleRatchet::lazy();
    let ratchet = Wrapped { name: "unusual/sealed", ratchet, change: Sealed };
    member("an encrypted envelope around each message", "Signal's sealed sender", ratchet)
}

/// Each message behind a number that the transport made up, and that nobody authenticates.
struct Numbered;

const NUMBER: usize = 8;

impl<R: Ratchet> Change<R> for Numbered {
    type Memory = ();

    fn profile(&self, ratchet: &R) -> Profile {
        Profile { envelope: vec!["id".to_owned()], ..ratchet.profile() }
    }

    fn encrypt(
        &self,
        ratchet: &R,
        session: &mut Held<R, ()>,
        rng: &mut dyn CryptoRng,
        ad: &[u8],
        plaintext: &[u8],
    ) -> Result<Vec<u8>, Rejection> {
        let message = ratchet.encrypt(&mut session.inner, rng, ad, plaintext)?;
        Ok([&Key::random(rng).0[..NUMBER], &message].concat())
    }

    fn decrypt(
        &self,
        ratchet: &R,
        session: &mut Held<R, ()>,
        rng: &mut dyn CryptoRng,
        ad: &[u8],
        message: &[u8],
    ) -> Result<Opened, Rejection> {
        ratchet.decrypt(&mut session.inner, rng, ad, behind_the_number(message)?)
    }

    fn fields(&self, _ratchet: &R, message: &[u8]) -> Result<Vec<Field>, Rejection> {
        let length = behind_the_number(message)?.len();
        Ok(vec![Field::new("id", 0, NUMBER), Field::new("message", NUMBER, length)])
    }

    fn rewrite(
        &self,
        _ratchet: &R,
        message: &[u8],
        field: &str,
        value: &[u8],
    ) -> Result<Vec<u8>, Rejection> {
        let inner = behind_the_number(message)?;
        match field {
            "id" => Ok([value, inner].concat()),
            "message" => Ok([&message[..NUMBER], value].concat()),
            _ => Err(Rejection::unsupported("no such field")),
        }
    }
}

fn behind_the_number(message: &[u8]) -> Result<&[u8], Rejection> {
    message.get(NUMBER..).ok_or_else(|| Rejection::malformed("no number"))
}

pub(crate) fn numbered() -> Member {
    let ratchet = DoubleRatchet::lazy();
    let ratchet = Wrapped { name: "unusual/numbered-envelope", ratchet, change: Numbered };
    member("a number on each envelope, another each time", "stanza ids of XMPP", ratchet)
}

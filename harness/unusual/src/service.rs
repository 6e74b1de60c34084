//! Messages that a ratchet sends by itself, and an envelope around each message.

use rand_core::CryptoRng;
use sprag::{Capabilities, Opened, Party, Ratchet, Rejection};
use sprag_protocols::crypto::{self, Key, KeyPair};
use sprag_protocols::double_ratchet::DoubleRatchet;

use crate::wrapped::{Change, Held, Wrapped, of_another_wire};
use crate::{Member, member};

/// Each message opened is acknowledged by a service message, so that the ratchet turns without an answer.
struct Acknowledging;

const USER: u8 = 0;
const ACKNOWLEDGEMENT: u8 = 1;

impl<R: Ratchet> Change<R> for Acknowledging {
    /// Messages that were not acknowledged yet.
    type Memory = u32;

    fn capabilities(&self, ratchet: &R) -> Capabilities {
        Capabilities { outbox: true, ..ratchet.capabilities() }
    }

    fn encrypt(
        &self,
        ratchet: &R,
        session: &mut Held<R, u32>,
        rng: &mut dyn CryptoRng,
        ad: &[u8],
        plaintext: &[u8],
    ) -> Result<Vec<u8>, Rejection> {
        ratchet.encrypt(&mut session.inner, rng, ad, &[&[USER], plaintext].concat())
    }

    fn decrypt(
        &self,
        ratchet: &R,
        session: &mut Held<R, u32>,
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
                session.memory += 1;
                Ok(Opened::Plaintext(plaintext.to_vec()))
            }
            _ => Ok(Opened::Service),
        }
    }

    fn outbox(
        &self,
        ratchet: &R,
        session: &mut Held<R, u32>,
        rng: &mut dyn CryptoRng,
    ) -> Result<Vec<Vec<u8>>, Rejection> {
        if session.memory == 0 {
            return Ok(Vec::new());
        }
        let message = ratchet.encrypt(&mut session.inner, rng, b"", &[ACKNOWLEDGEMENT])?;
        session.memory = 0;
        Ok(vec![message])
    }
}

const ACKNOWLEDGES: &str = "acknowledges each message by itself";

pub(crate) fn acknowledging_eager() -> Member {
    let ratchet = DoubleRatchet::eager();
    let ratchet = Wrapped { name: "unusual/acks-eager", ratchet, change: Acknowledging };
    member(ACKNOWLEDGES, "delivery receipts; Matrix's dummy events", ratchet)
}

pub(crate) fn acknowledging_lazy() -> Member {
    let ratchet = DoubleRatchet::lazy();
    let ratchet = Wrapped { name: "unusual/acks-lazy", ratchet, change: Acknowledging };
    member(ACKNOWLEDGES, "delivery receipts; Matrix's dummy events", ratchet)
}

/// Each message in an envelope for the recipient's long-term key, so that the network sees nothing of it.
struct Sealed;

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

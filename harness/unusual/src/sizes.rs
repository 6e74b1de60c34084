//! Ratchets that take short plaintexts only.

use rand_core::CryptoRng;
use sprag::{Profile, Ratchet, Rejection};
use sprag_protocols::double_ratchet::DoubleRatchet;

use crate::chains::{self, Chains};
use crate::wrapped::{Change, Held, Wrapped};
use crate::{Member, member};

/// Plaintexts of so many bytes only.
struct Short {
    least: u32,
    most: u32,
    is_declared: bool,
}

impl<R: Ratchet> Change<R> for Short {
    type Memory = ();

    fn profile(&self, ratchet: &R) -> Profile {
        let [max_plaintext, min_plaintext] =
            [self.most, self.least].map(|bytes| self.is_declared.then_some(bytes));
        Profile { max_plaintext, min_plaintext, ..ratchet.profile() }
    }

    fn encrypt(
        &self,
        ratchet: &R,
        session: &mut Held<R, ()>,
        rng: &mut dyn CryptoRng,
        ad: &[u8],
        plaintext: &[u8],
    ) -> Result<Vec<u8>, Rejection> {
        if !(self.least as usize..=self.most as usize).contains(&plaintext.len()) {
            return Err(Rejection::unsupported("a plaintext of this length"));
        }
        ratchet.encrypt(&mut session.inner, rng, ad, plaintext)
    }
}

fn short(name: &'static str, most: u32, is_declared: bool) -> Wrapped<DoubleRatchet, Short> {
    Wrapped { name, ratchet: DoubleRatchet::eager(), change: Short { least: 0, most, is_declared } }
}

pub(crate) fn declared() -> Member {
    let ratchet = short("unusual/1000-bytes", 1000, true);
    member("plaintexts of at most 1,000 bytes", "text messages", ratchet)
}

pub(crate) fn undeclared() -> Member {
    let ratchet = short("unusual/1000-bytes-undeclared", 1000, false);
    member("the same without a word about it", "text messages", ratchet)
}

pub(crate) fn never_empty() -> Member {
    let change = Short { least: 1, most: u32::MAX, is_declared: false };
    let ratchet = Wrapped { name: "unusual/never-empty", ratchet: DoubleRatchet::lazy(), change };
    member("no empty plaintext, and not a word about it", "Nostr (NIP-44)", ratchet)
}

pub(crate) fn very_short() -> Member {
    let ratchet = short("unusual/16-bytes", 16, false);
    member("plaintexts of at most 16 bytes", "radio links", ratchet)
}

pub(crate) fn too_short_to_tell_apart() -> Member {
    let ratchet = short("unusual/8-bytes", 8, false);
    member("plaintexts of at most 8 bytes", "car keys", ratchet)
}

/// Messages that fit into a datagram; how long a plaintext may be depends on its header.
struct Datagram;

/// Bytes of the longest message.
const DATAGRAM: usize = 420;

impl Change<Chains> for Datagram {
    type Memory = ();

    fn encrypt(
        &self,
        ratchet: &Chains,
        session: &mut Held<Chains, ()>,
        rng: &mut dyn CryptoRng,
        ad: &[u8],
        plaintext: &[u8],
    ) -> Result<Vec<u8>, Rejection> {
        let mut draft = session.inner.clone();
        let message = ratchet.encrypt(&mut draft, rng, ad, plaintext)?;
        if message.len() + ad.len() > DATAGRAM {
            return Err(Rejection::other("does not fit into a datagram"));
        }
        session.inner = draft;
        Ok(message)
    }
}

pub(crate) fn datagram() -> Member {
    let ratchet = chains::OLM;
    let ratchet = Wrapped { name: "unusual/datagram", ratchet, change: Datagram };
    member("what fits depends on header and associated data", "ratchets over UDP", ratchet)
}

//! Plaintexts that are padded before they are encrypted.

use rand_core::CryptoRng;
use sprag::{Opened, Ratchet, Rejection};
use sprag_protocols::double_ratchet::DoubleRatchet;

use crate::wrapped::{Change, Held, Wrapped};
use crate::{Member, member};

/// A length of four bytes, the plaintext, and a filling up to a multiple of `bucket`, of at least `least` bytes.
struct Padded {
    bucket: usize,
    least: usize,
    /// The filling is random, and up to three buckets longer than it needs to be.
    is_random: bool,
}

impl<R: Ratchet> Change<R> for Padded {
    type Memory = ();

    fn encrypt(
        &self,
        ratchet: &R,
        session: &mut Held<R, ()>,
        rng: &mut dyn CryptoRng,
        ad: &[u8],
        plaintext: &[u8],
    ) -> Result<Vec<u8>, Rejection> {
        let mut padded = [&(plaintext.len() as u32).to_be_bytes()[..], plaintext].concat();
        let used = padded.len();
        let mut buckets = used.max(self.least).div_ceil(self.bucket);
        let mut more = [0];
        if self.is_random {
            rng.fill_bytes(&mut more);
            buckets += usize::from(more[0] % 4);
        }
        padded.resize(buckets * self.bucket, 0);
        if self.is_random {
            rng.fill_bytes(&mut padded[used..]);
        }
        ratchet.encrypt(&mut session.inner, rng, ad, &padded)
    }

    fn decrypt(
        &self,
        ratchet: &R,
        session: &mut Held<R, ()>,
        rng: &mut dyn CryptoRng,
        ad: &[u8],
        message: &[u8],
    ) -> Result<Opened, Rejection> {
        let opened = ratchet.decrypt(&mut session.inner, rng, ad, message)?;
        let Opened::Plaintext(padded) = opened else { return Ok(opened) };
        let plaintext = padded.split_first_chunk().and_then(|(length, rest)| {
            rest.get(..u32::from_be_bytes(*length) as usize)
        });
        let plaintext = plaintext.ok_or_else(|| Rejection::malformed("wrong padding"))?;
        Ok(Opened::Plaintext(plaintext.to_vec()))
    }
}

pub(crate) fn random_padding() -> Member {
    let change = Padded { bucket: 64, least: 0, is_random: true };
    let ratchet = DoubleRatchet::eager();
    let ratchet = Wrapped { name: "unusual/random-padding", ratchet, change };
    member("random padding of random length", "Threema", ratchet)
}

pub(crate) fn padding_to_buckets() -> Member {
    let change = Padded { bucket: 160, least: 0, is_random: false };
    let ratchet = DoubleRatchet::lazy();
    let ratchet = Wrapped { name: "unusual/padding-160", ratchet, change };
    member("padding to multiples of 160 bytes", "Signal", ratchet)
}

pub(crate) fn least_size() -> Member {
    let change = Padded { bucket: 1, least: 600, is_random: false };
    let ratchet = DoubleRatchet::eager();
    let ratchet = Wrapped { name: "unusual/least-size", ratchet, change };
    member("no message is shorter than 600 bytes", "mix networks", ratchet)
}

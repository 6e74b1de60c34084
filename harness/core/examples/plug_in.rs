//! A complete plug-in: a hash ratchet that reads in order only. `cargo test --example plug_in` plays every game on it.

use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{ChaCha20Poly1305, Nonce};
use rand_core::CryptoRng;
use sha2::{Digest as _, Sha256};
use sprag::{Family, Opened, Pair, Profile, Ratchet, Rejection, SymmetricRatchet};
struct InOrder;
type Chain = (u32, [u8; 32]);

/// The cipher of a chain's next message, and the chain behind it.
fn next((n, key): Chain) -> (ChaCha20Poly1305, Chain) {
    let derive = |label| Sha256::new().chain_update(key).chain_update([label]).finalize();
    (ChaCha20Poly1305::new(&derive(1)), (n + 1, derive(2).into()))
}

impl Ratchet for InOrder {
    type Session = (Chain, Chain); // sending, receiving

    fn profile(&self) -> Profile {
        Profile::of(Family::SymmetricRatchet(SymmetricRatchet::default())).with_limits(0, 0)
    }

    #[rustfmt::skip]
    fn pair(&self, rng: &mut dyn CryptoRng) -> Result<Pair<Self::Session>, Rejection> {
        let mut chain = || { let mut key = [0; 32]; rng.fill_bytes(&mut key); (0, key) };
        let (there, back) = (chain(), chain());
        Ok(Pair { initiator: (there, back), responder: (back, there), opened: false })
    }

    #[rustfmt::skip]
    fn encrypt(&self, s: &mut Self::Session, _: &mut dyn CryptoRng, ad: &[u8], plaintext: &[u8]) -> Result<Vec<u8>, Rejection> {
        let (cipher, behind) = next(s.0);
        let sealed = cipher.encrypt(&Nonce::default(), Payload { msg: plaintext, aad: ad });
        let message = [&s.0.0.to_be_bytes()[..], &sealed.map_err(|_| Rejection::other("too long"))?].concat();
        s.0 = behind;
        Ok(message)
    }

    #[rustfmt::skip]
    fn decrypt(&self, s: &mut Self::Session, _: &mut dyn CryptoRng, ad: &[u8], message: &[u8]) -> Result<Opened, Rejection> {
        let (n, body) = message.split_first_chunk().ok_or_else(|| Rejection::malformed("no header"))?;
        match u32::from_be_bytes(*n) {
            n if n < s.1.0 => return Err(Rejection::replayed("seen before")),
            n if n > s.1.0 => return Err(Rejection::gap_too_large("not the next message")),
            _ => {}
        }
        let (cipher, behind) = next(s.1);
        let opened = cipher.decrypt(&Nonce::default(), Payload { msg: body, aad: ad });
        let plaintext = opened.map_err(|_| Rejection::forged("wrong tag"))?;
        s.1 = behind;
        Ok(Opened::Plaintext(plaintext))
    }
}

#[cfg(test)]
sprag::conformance!(InOrder);
fn main() {
    assert_eq!(InOrder.profile().family.name(), "symmetric-ratchet");
}

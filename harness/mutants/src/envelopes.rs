//! A message is sealed so that parts of it can be changed, left out, or opened under another key.

use sprag::{Profile, Rejection};
use sprag_protocols::Steps;
use sprag_protocols::crypto::{Key, NONCE_LENGTH, TAG_LENGTH, hmac_sha256, open, seal};
use sprag_protocols::double_ratchet::variants::{keys_of, mac, split_end, stream};

use crate::mutant::mutant;

mutant! {
    EmptyUnchecked, "a23-empty-unchecked", Forgery, Subtle,
    "The tag of a message without ciphertext is not checked",
    killed by "forgery/bit-flips"
}

impl Steps for EmptyUnchecked {
    type Extra = ();

    fn decrypt(&self, mk: &Key, sealed: &[u8], ad: &[u8]) -> Result<Vec<u8>, Rejection> {
        if sealed.len() == TAG_LENGTH { Ok(Vec::new()) } else { open(mk, ad, sealed) }
    }
}

mutant! {
    VectorUnchecked, "a24-vector-not-in-mac", Forgery, Subtle,
    "The MAC of encrypt-then-MAC does not cover the initialisation vector",
    killed by "forgery/bit-flips"
}

impl Steps for VectorUnchecked {
    type Extra = ();

    fn encrypt(&self, mk: &Key, plaintext: &[u8], ad: &[u8]) -> Vec<u8> {
        let (key, mac_key, iv) = keys_of(mk);
        let ciphertext = stream(&key, iv, plaintext);
        let tag = mac(&mac_key, ad, &ciphertext);
        [&iv[..], &ciphertext, &tag].concat()
    }

    fn decrypt(&self, mk: &Key, sealed: &[u8], ad: &[u8]) -> Result<Vec<u8>, Rejection> {
        let (key, mac_key, _) = keys_of(mk);
        let (body, tag) = split_end(sealed, TAG_LENGTH)?;
        let short = || Rejection::malformed("too short");
        let (iv, ciphertext) = body.split_first_chunk::<NONCE_LENGTH>().ok_or_else(short)?;
        if mac(&mac_key, ad, ciphertext) != tag {
            return Err(Rejection::forged("MAC does not match"));
        }
        Ok(stream(&key, *iv, ciphertext))
    }
}

mutant! {
    ClaimsCommitment, "a29-claims-commitment", Forgery, Subtle,
    "The profile claims that messages commit to their key, and ChaCha20-Poly1305 does not",
    killed by "forgery/key-commitment"
}

impl Steps for ClaimsCommitment {
    type Extra = ();

    fn claims(&self, profile: Profile) -> Profile {
        Profile { key_commitment: true, ..profile }
    }
}

mutant! {
    LinearTag, "a58-linear-tag", Forgery, Subtle,
    "The profile claims that messages commit to their key, and the tag is a polynomial as GCM's",
    killed by "forgery/key-commitment"
}

impl Steps for LinearTag {
    type Extra = ();

    fn claims(&self, profile: Profile) -> Profile {
        Profile { key_commitment: true, ..profile }
    }

    fn encrypt(&self, mk: &Key, plaintext: &[u8], ad: &[u8]) -> Vec<u8> {
        let (key, hash_key, iv) = keys_of(mk);
        let ciphertext = stream(&key, iv, plaintext);
        let tag = polynomial_tag(&hash_key, ad, &ciphertext);
        [&ciphertext[..], &tag].concat()
    }

    fn decrypt(&self, mk: &Key, sealed: &[u8], ad: &[u8]) -> Result<Vec<u8>, Rejection> {
        let (key, hash_key, iv) = keys_of(mk);
        let (ciphertext, tag) = split_end(sealed, TAG_LENGTH)?;
        if polynomial_tag(&hash_key, ad, ciphertext) != tag {
            return Err(Rejection::forged("tag does not match"));
        }
        Ok(stream(&key, iv, ciphertext))
    }
}

/// A tag in the manner of GCM: the blocks are coefficients of a polynomial over 2^128 elements, at a secret place, and
/// a pad of the associated data hides its value.
fn polynomial_tag(key: &Key, ad: &[u8], ciphertext: &[u8]) -> [u8; TAG_LENGTH] {
    let element = |bytes: &[u8]| {
        let mut block = [0; 16];
        block[..bytes.len()].copy_from_slice(bytes);
        u128::from_le_bytes(block)
    };
    let place = element(&key.0[..16]);
    let pad = element(&hmac_sha256(key, ad).0[..16]);
    let length = ciphertext.len() as u128;
    let blocks = ciphertext.chunks(16).map(element).chain([length]);
    (blocks.fold(0, |sum, block| product(sum ^ block, place)) ^ pad).to_le_bytes()
}

/// The product modulo x^128 + x^7 + x^2 + x + 1.
fn product(mut a: u128, mut b: u128) -> u128 {
    let mut sum = 0;
    while b != 0 {
        if b & 1 == 1 {
            sum ^= a;
        }
        let carry = a >> 127;
        a = (a << 1) ^ (carry * 0x87);
        b >>= 1;
    }
    sum
}

mutant! {
    PaddingUnchecked, "a33-padding-unchecked", Forgery, Subtle,
    "Padding stands outside the encryption, under a length of its own, and is not authenticated",
    weakened in "forgery/bit-flips"
}

impl Steps for PaddingUnchecked {
    type Extra = ();

    fn encrypt(&self, mk: &Key, plaintext: &[u8], ad: &[u8]) -> Vec<u8> {
        let padding = 16 - plaintext.len() % 16;
        [&[padding as u8][..], &vec![0; padding], &seal(mk, ad, plaintext)].concat()
    }

    fn decrypt(&self, mk: &Key, sealed: &[u8], ad: &[u8]) -> Result<Vec<u8>, Rejection> {
        let short = || Rejection::malformed("too short");
        let (&padding, rest) = sealed.split_first().ok_or_else(short)?;
        open(mk, ad, rest.get(usize::from(padding)..).ok_or_else(short)?)
    }
}

mutant! {
    AddressOptional, "a36-address-optional", Forgery, Subtle,
    "The address behind a message is checked if it is there, and nothing says that it must be",
    weakened in "forgery/malleable-encodings", "forgery/effective-tag-length"
}

/// A mark, and seven bytes of address.
const ADDRESS_LENGTH: usize = 8;
const ADDRESS_MARK: u8 = 0xa5;

fn address(ad: &[u8]) -> [u8; ADDRESS_LENGTH] {
    let hash = hmac_sha256(&Key::default(), ad).0;
    std::array::from_fn(|at| if at == 0 { ADDRESS_MARK } else { hash[at] })
}

impl Steps for AddressOptional {
    type Extra = ();

    fn encrypt(&self, mk: &Key, plaintext: &[u8], ad: &[u8]) -> Vec<u8> {
        [&seal(mk, ad, plaintext)[..], &address(ad)].concat()
    }

    fn decrypt(&self, mk: &Key, sealed: &[u8], ad: &[u8]) -> Result<Vec<u8>, Rejection> {
        match split_end(sealed, ADDRESS_LENGTH) {
            Ok((inner, theirs)) if theirs[0] == ADDRESS_MARK => {
                if theirs != address(ad) {
                    return Err(Rejection::forged("another address"));
                }
                open(mk, ad, inner)
            }
            _ => open(mk, ad, sealed),
        }
    }
}

mutant! {
    PayloadOutside, "a39-payload-outside", Forgery, Subtle,
    "The ratchet carries the key of the payload, and nothing authenticates the payload",
    killed by "forgery/bit-flips", "forgery/splicing"
}

/// Bytes of a sealed payload key.
const SEALED_KEY: usize = 32 + TAG_LENGTH;

impl Steps for PayloadOutside {
    type Extra = ();

    fn encrypt(&self, mk: &Key, plaintext: &[u8], ad: &[u8]) -> Vec<u8> {
        let payload_key = hmac_sha256(mk, b"payload");
        let payload = stream(&payload_key, [0; NONCE_LENGTH], plaintext);
        [seal(mk, ad, &payload_key.0), payload].concat()
    }

    fn decrypt(&self, mk: &Key, sealed: &[u8], ad: &[u8]) -> Result<Vec<u8>, Rejection> {
        let short = || Rejection::malformed("too short");
        let (key, payload) = sealed.split_at_checked(SEALED_KEY).ok_or_else(short)?;
        let key = Key::try_from(&open(mk, ad, key)?[..])?;
        Ok(stream(&key, [0; NONCE_LENGTH], payload))
    }
}

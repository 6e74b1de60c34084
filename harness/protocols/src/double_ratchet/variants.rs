//! Correct Double Ratchets that encrypt a message otherwise than the textbook: with an initialisation vector and a MAC,
//! with padding, and committing to the message key.

use sprag::{Profile, Rejection};

use super::{Config, Steps};
use crate::crypto::{self, Key, NONCE_LENGTH, TAG_LENGTH};

/// Plaintexts are padded to multiples of this.
const BUCKET: usize = 32;

/// Keys of cipher and MAC, and an initialisation vector, from a message key.
#[must_use]
pub fn keys_of(mk: &Key) -> (Key, Key, [u8; NONCE_LENGTH]) {
    let keys = crypto::hkdf_sha256::<88>(&Key::default(), &mk.0, b"sprag encrypt then mac");
    let key = |from: usize| Key(std::array::from_fn(|at| keys[from + at]));
    (key(0), key(32), std::array::from_fn(|at| keys[64 + at]))
}

/// The keystream of `key` and `iv` over `bytes`; encrypts and decrypts.
#[must_use]
pub fn stream(key: &Key, iv: [u8; NONCE_LENGTH], bytes: &[u8]) -> Vec<u8> {
    let mut sealed = crypto::seal_static(key, iv, &[], bytes);
    sealed.truncate(bytes.len());
    sealed
}

/// HMAC-SHA256 over `ad` and `body`, with the length of `ad` before it, cut to the length of a tag.
#[must_use]
pub fn mac(key: &Key, ad: &[u8], body: &[u8]) -> [u8; TAG_LENGTH] {
    let full = crypto::hmac_sha256(key, &crypto::concat(ad, body)).0;
    std::array::from_fn(|at| full[at])
}

/// Splits a sealed message in two, `from_end` bytes before its end.
///
/// # Errors
/// `malformed` if it is shorter.
pub fn split_end(sealed: &[u8], from_end: usize) -> Result<(&[u8], &[u8]), Rejection> {
    let at = sealed.len().checked_sub(from_end);
    at.and_then(|at| sealed.split_at_checked(at)).ok_or_else(|| Rejection::malformed("too short"))
}

/// As section 5.2 of the specification: a cipher with an initialisation vector, which travels along, and a MAC over
/// associated data, vector and ciphertext.
#[derive(Clone, Copy, Debug, Default)]
pub struct EncryptThenMac;

impl Steps for EncryptThenMac {
    type Extra = ();

    fn name(&self, _config: &Config) -> String {
        "textbook/double-ratchet-encrypt-then-mac".to_owned()
    }

    fn encrypt(&self, mk: &Key, plaintext: &[u8], ad: &[u8]) -> Vec<u8> {
        let (key, mac_key, iv) = keys_of(mk);
        let body = [&iv[..], &stream(&key, iv, plaintext)].concat();
        let tag = mac(&mac_key, ad, &body);
        [&body[..], &tag].concat()
    }

    fn decrypt(&self, mk: &Key, sealed: &[u8], ad: &[u8]) -> Result<Vec<u8>, Rejection> {
        let (key, mac_key, _) = keys_of(mk);
        let (body, tag) = split_end(sealed, TAG_LENGTH)?;
        let short = || Rejection::malformed("too short");
        let (iv, ciphertext) = body.split_first_chunk::<NONCE_LENGTH>().ok_or_else(short)?;
        if mac(&mac_key, ad, body) != tag {
            return Err(Rejection::forged("MAC does not match"));
        }
        Ok(stream(&key, *iv, ciphertext))
    }
}

/// The textbook with every plaintext padded inside the encryption.
#[derive(Clone, Copy, Debug, Default)]
pub struct Padded;

impl Steps for Padded {
    type Extra = ();

    fn name(&self, _config: &Config) -> String {
        "textbook/double-ratchet-padded".to_owned()
    }

    fn encrypt(&self, mk: &Key, plaintext: &[u8], ad: &[u8]) -> Vec<u8> {
        let mut padded = [plaintext, &[0x80]].concat();
        padded.resize(padded.len().next_multiple_of(BUCKET), 0);
        crypto::seal(mk, ad, &padded)
    }

    fn decrypt(&self, mk: &Key, sealed: &[u8], ad: &[u8]) -> Result<Vec<u8>, Rejection> {
        let mut padded = crypto::open(mk, ad, sealed)?;
        let end = padded.iter().rposition(|&byte| byte != 0);
        let end = end.filter(|&end| padded[end] == 0x80);
        padded.truncate(end.ok_or_else(|| Rejection::malformed("no padding"))?);
        Ok(padded)
    }
}

/// Encryption that commits to its key: the tag is a hash of the MAC key too.
#[derive(Clone, Copy, Debug, Default)]
pub struct Committing;

impl Steps for Committing {
    type Extra = ();

    fn name(&self, _config: &Config) -> String {
        "textbook/double-ratchet-committing".to_owned()
    }

    fn claims(&self, profile: Profile) -> Profile {
        Profile { key_commitment: true, ..profile }
    }

    fn encrypt(&self, mk: &Key, plaintext: &[u8], ad: &[u8]) -> Vec<u8> {
        let (key, mac_key, iv) = keys_of(mk);
        let ciphertext = stream(&key, iv, plaintext);
        let tag = mac(&mac_key, ad, &ciphertext);
        [&ciphertext[..], &tag].concat()
    }

    fn decrypt(&self, mk: &Key, sealed: &[u8], ad: &[u8]) -> Result<Vec<u8>, Rejection> {
        let (key, mac_key, iv) = keys_of(mk);
        let (ciphertext, tag) = split_end(sealed, TAG_LENGTH)?;
        if mac(&mac_key, ad, ciphertext) != tag {
            return Err(Rejection::forged("MAC does not match"));
        }
        Ok(stream(&key, iv, ciphertext))
    }
}

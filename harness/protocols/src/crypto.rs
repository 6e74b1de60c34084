//! The cryptography, all from libraries: X25519, HKDF-SHA256, HMAC-SHA256, (X)ChaCha20-Poly1305.

use std::fmt;

use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{ChaCha20Poly1305, KeyInit, XChaCha20Poly1305};
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use rand_core::CryptoRng;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::Sha256;
use sprag::Rejection;
use x25519_dalek::{PublicKey as Point, StaticSecret};

/// Bytes of an authentication tag.
pub const TAG_LENGTH: usize = 16;

/// Bytes of the nonce of [`seal_static`].
pub const NONCE_LENGTH: usize = 24;

/// The prime 2^255 - 19, least significant byte first.
const PRIME: [u8; 32] = {
    let mut prime = [0xff; 32];
    prime[0] = 0xed;
    prime[31] = 0x7f;
    prime
};

/// A key of 32 bytes. Written as hex, and never shown whole.
#[derive(Clone, Copy, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Key(pub [u8; 32]);

/// An X25519 public key.
pub type PublicKey = Key;

impl Key {
    /// A key drawn from `rng`.
    #[must_use]
    pub fn random(rng: &mut dyn CryptoRng) -> Self {
        let mut bytes = [0; 32];
        rng.fill_bytes(&mut bytes);
        Self(bytes)
    }
}

impl TryFrom<&[u8]> for Key {
    type Error = Rejection;

    fn try_from(bytes: &[u8]) -> Result<Self, Rejection> {
        let wrong = |_| Rejection::malformed("a key has 32 bytes");
        bytes.try_into().map(Self).map_err(wrong)
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(bytes) = self;
        write!(f, "Key({}…)", hex::encode(&bytes[..2]))
    }
}

impl Serialize for Key {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&hex::encode(self.0))
    }
}

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes).map_err(serde::de::Error::custom)?;
        Ok(Self(bytes))
    }
}

/// A Diffie–Hellman key pair. Only the private half is written; the public half follows from it.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(from = "Key", into = "Key")]
pub struct KeyPair {
    /// The private key.
    pub secret: Key,
    /// The public key.
    pub public: PublicKey,
}

impl From<Key> for KeyPair {
    fn from(secret: Key) -> Self {
        let public = Point::from(&StaticSecret::from(secret.0));
        Self { secret, public: Key(public.to_bytes()) }
    }
}

impl From<KeyPair> for Key {
    fn from(pair: KeyPair) -> Self {
        pair.secret
    }
}

/// The shared secret of `pair` and `public`.
///
/// # Errors
/// `malformed` for a public key that is not canonical or of low order.
pub fn x25519(pair: &KeyPair, public: &PublicKey) -> Result<Key, Rejection> {
    check_canonical(public)?;
    let shared = StaticSecret::from(pair.secret.0).diffie_hellman(&Point::from(public.0));
    if !shared.was_contributory() {
        return Err(Rejection::malformed("public key of low order"));
    }
    Ok(Key(shared.to_bytes()))
}

/// Refuses the second spellings of a public key: values not below the prime, and bit 255.
///
/// # Errors
/// `malformed` for such a key.
pub fn check_canonical(public: &PublicKey) -> Result<(), Rejection> {
    if public.0.iter().rev().lt(PRIME.iter().rev()) {
        Ok(())
    } else {
        Err(Rejection::malformed("public key is not canonical"))
    }
}

/// HKDF-SHA256 (RFC 5869).
#[must_use]
pub fn hkdf_sha256<const N: usize>(salt: &Key, input: &[u8], info: &[u8]) -> [u8; N] {
    const { assert!(N <= 255 * 32, "the most that HKDF-SHA256 gives") }
    let mut output = [0; N];
    #[expect(clippy::expect_used, reason = "the length is checked when compiled")]
    Hkdf::<Sha256>::new(Some(&salt.0), input).expand(info, &mut output).expect("short output");
    output
}

/// Two keys from one HKDF.
#[must_use]
pub fn hkdf_pair(salt: &Key, input: &[u8], info: &[u8]) -> (Key, Key) {
    let output = hkdf_sha256::<64>(salt, input, info);
    let half = |from: usize| Key(std::array::from_fn(|i| output[from + i]));
    (half(0), half(32))
}

/// HMAC-SHA256.
#[must_use]
pub fn hmac_sha256(key: &Key, input: &[u8]) -> Key {
    #[expect(clippy::expect_used, reason = "HMAC takes keys of every length")]
    let mac = <Hmac<Sha256> as KeyInit>::new_from_slice(&key.0).expect("any length");
    Key(mac.chain_update(input).finalize().into_bytes().into())
}

/// Encrypts under a key that is used once; key and nonce of the cipher come from `mk` by HKDF.
#[must_use]
pub fn seal(mk: &Key, ad: &[u8], plaintext: &[u8]) -> Vec<u8> {
    let (cipher, nonce) = once(mk);
    #[expect(clippy::expect_used, reason = "fails beyond 256 GiB only")]
    cipher.encrypt(&nonce.into(), Payload { msg: plaintext, aad: ad }).expect("short plaintext")
}

/// Opens what [`seal`] made: ciphertext and tag.
///
/// # Errors
/// `forged` if it does not authenticate.
pub fn open(mk: &Key, ad: &[u8], sealed: &[u8]) -> Result<Vec<u8>, Rejection> {
    let (cipher, nonce) = once(mk);
    cipher
        .decrypt(&nonce.into(), Payload { msg: sealed, aad: ad })
        .map_err(|_| Rejection::forged("tag does not match"))
}

fn once(mk: &Key) -> (ChaCha20Poly1305, [u8; 12]) {
    let keys = hkdf_sha256::<44>(&Key::default(), &mk.0, b"sprag message key");
    let key: [u8; 32] = std::array::from_fn(|i| keys[i]);
    (ChaCha20Poly1305::new(&key.into()), std::array::from_fn(|i| keys[32 + i]))
}

/// Encrypts under a key that is used often, with a nonce that must be random.
#[must_use]
pub fn seal_static(key: &Key, nonce: [u8; NONCE_LENGTH], ad: &[u8], plaintext: &[u8]) -> Vec<u8> {
    #[expect(clippy::expect_used, reason = "fails beyond 256 GiB only")]
    XChaCha20Poly1305::new(&key.0.into())
        .encrypt(&nonce.into(), Payload { msg: plaintext, aad: ad })
        .expect("short plaintext")
}

/// Opens what [`seal_static`] made.
///
/// # Errors
/// `forged` if it does not authenticate.
pub fn open_static(
    key: &Key,
    nonce: [u8; NONCE_LENGTH],
    ad: &[u8],
    sealed: &[u8],
) -> Result<Vec<u8>, Rejection> {
    XChaCha20Poly1305::new(&key.0.into())
        .decrypt(&nonce.into(), Payload { msg: sealed, aad: ad })
        .map_err(|_| Rejection::forged("tag does not match"))
}

/// `CONCAT(ad, header)` of the specification: the length of `ad` goes first, so no two pairs collide.
#[must_use]
pub fn concat(ad: &[u8], header: &[u8]) -> Vec<u8> {
    let length = (ad.len() as u64).to_be_bytes();
    [&length[..], ad, header].concat()
}

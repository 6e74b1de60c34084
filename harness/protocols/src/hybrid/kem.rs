//! ML-KEM-768 (FIPS 203), from a library. Keys and ciphertexts are checked where they come in, and all randomness comes
//! from the caller.

use std::fmt;

use ml_kem::kem::{Decapsulate, KeyExport};
use ml_kem::{DecapsulationKey768, EncapsulationKey768};
use rand_core::CryptoRng;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sprag::Rejection;

use crate::crypto::Key;

/// Bytes of a public (encapsulation) key.
pub const PUBLIC_KEY_LENGTH: usize = 1184;

/// Bytes of a ciphertext.
pub const CIPHERTEXT_LENGTH: usize = 1088;

/// Bytes of the seed that a key pair is made of.
pub const SEED_LENGTH: usize = 64;

/// A public key.
pub type PublicKey = Bytes<PUBLIC_KEY_LENGTH>;

/// A ciphertext.
pub type Ciphertext = Bytes<CIPHERTEXT_LENGTH>;

/// Bytes of a fixed length. Written as hex, and never shown whole.
#[derive(Clone, Eq, PartialEq)]
pub struct Bytes<const N: usize>(pub Box<[u8; N]>);

impl<const N: usize> Bytes<N> {
    /// The first `N` of `bytes`, and the rest.
    #[must_use]
    pub fn split_from(bytes: &[u8]) -> Option<(Self, &[u8])> {
        let (first, rest) = bytes.split_first_chunk()?;
        Some((Self(Box::new(*first)), rest))
    }
}

impl<const N: usize> fmt::Debug for Bytes<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}…", hex::encode(&self.0[..2]))
    }
}

impl<const N: usize> Serialize for Bytes<N> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&hex::encode(self.0.as_slice()))
    }
}

impl<'de, const N: usize> Deserialize<'de> for Bytes<N> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let mut bytes = Box::new([0; N]);
        hex::decode_to_slice(text, bytes.as_mut_slice()).map_err(serde::de::Error::custom)?;
        Ok(Self(bytes))
    }
}

/// A key pair. Only its seed is written; the keys follow from it.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(from = "Bytes<SEED_LENGTH>", into = "Bytes<SEED_LENGTH>")]
pub struct KemPair {
    seed: Bytes<SEED_LENGTH>,
    /// The public key.
    pub public: PublicKey,
}

impl From<Bytes<SEED_LENGTH>> for KemPair {
    fn from(seed: Bytes<SEED_LENGTH>) -> Self {
        let secret = DecapsulationKey768::from_seed((*seed.0).into());
        let public = Bytes(Box::new(secret.encapsulation_key().to_bytes().into()));
        Self { seed, public }
    }
}

impl From<KemPair> for Bytes<SEED_LENGTH> {
    fn from(pair: KemPair) -> Self {
        pair.seed
    }
}

impl KemPair {
    /// A key pair drawn from `rng`.
    #[must_use]
    pub fn random(rng: &mut dyn CryptoRng) -> Self {
        let mut seed = Box::new([0; SEED_LENGTH]);
        rng.fill_bytes(seed.as_mut_slice());
        Self::from(Bytes(seed))
    }

    /// The secret in `ciphertext`. A ciphertext that was not made for this key gives a secret that nobody has.
    #[must_use]
    pub fn decapsulate(&self, ciphertext: &Ciphertext) -> Key {
        let secret = DecapsulationKey768::from_seed((*self.seed.0).into());
        Key(secret.decapsulate(&(*ciphertext.0).into()).into())
    }
}

/// A fresh secret made of `randomness`, and the ciphertext that carries it to the owner of `public`.
///
/// # Errors
/// `malformed` for bytes that are no public key.
pub fn encapsulate(public: &PublicKey, randomness: &Key) -> Result<(Ciphertext, Key), Rejection> {
    let (ciphertext, secret) = checked(public)?.encapsulate_deterministic(&randomness.0.into());
    Ok((Bytes(Box::new(ciphertext.into())), Key(secret.into())))
}

/// Refuses bytes that are no public key: coefficients not below the modulus (FIPS 203, section 7.2).
///
/// # Errors
/// `malformed` for such bytes.
pub fn check(public: &PublicKey) -> Result<(), Rejection> {
    checked(public).map(drop)
}

fn checked(public: &PublicKey) -> Result<EncapsulationKey768, Rejection> {
    EncapsulationKey768::new(&(*public.0).into())
        .map_err(|_| Rejection::malformed("no KEM public key"))
}

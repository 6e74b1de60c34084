//! `ratchet-x2`, put together as its documentation does: X25519 over Ristretto, SHA-256, AES-256-GCM.
//!
//! Source: `ratchet.rs` and README of ratchet-x2 0.3.0. A message is the header in the library's own bytes (`Header::to_vec`)
//! and the library's ciphertext; the associated data are the caller's alone, as in the README. The library cannot read the
//! bytes of a header, so that one is made of them by way of serde.

use std::borrow::Cow;

use cryptimitives::{aead, hmac, kdf, key::x25519_ristretto};
use cryptraits::convert::{Len, ToVec};
use cryptraits::key::{Generate as _, KeyPair as _};
use rand_core::CryptoRng;
use ratchet_x2::errors::DoubleRatchetError;
use ratchet_x2::{DoubleRatchet, Header};
use serde_json::json;
use sprag::{
    Capabilities, Family, Field, KeyGeneration, Limits, Opened, Pair, Profile, Ratchet, Rejection,
    Setup, StoredPer, WhenFull,
};

use crate::core_06::Core06;
use crate::pieces::{self, Piece, Reader};

type Key = x25519_ristretto::KeyPair;
type Library = DoubleRatchet<Key, kdf::sha256::Kdf, aead::aes_gcm::Aes256Gcm, hmac::sha256::Hmac>;

const KEY_LENGTH: usize = 32;
const NUMBER_LENGTH: usize = 4;
const TAG_LENGTH: usize = 16;

/// The Double Ratchet of `ratchet-x2`.
#[derive(Clone, Copy, Debug)]
pub struct RatchetX2;

/// One end; nothing if its copy could not be read back.
pub struct X2Session(Option<Box<Library>>);

/// A secret that both ends have.
struct Shared([u8; 32]);

impl Len for Shared {
    const LEN: usize = 32;
}

impl ToVec for Shared {
    fn to_vec(&self) -> Vec<u8> {
        self.0.to_vec()
    }
}

impl X2Session {
    fn new(library: Library) -> Self {
        Self(Some(Box::new(library)))
    }

    fn library(&mut self) -> Result<&mut Library, Rejection> {
        self.0.as_deref_mut().ok_or_else(|| Rejection::other("its copy could not be read back"))
    }

    fn state(&self) -> Result<Vec<u8>, Rejection> {
        serde_json::to_vec(&self.0).map_err(|error| Rejection::other(error.to_string()))
    }

    fn read(state: &[u8]) -> Result<Self, Rejection> {
        let library = serde_json::from_slice(state);
        library.map(Self::new).map_err(|error| Rejection::malformed(error.to_string()))
    }
}

impl Clone for X2Session {
    fn clone(&self) -> Self {
        self.state().and_then(|state| Self::read(&state)).unwrap_or(Self(None))
    }
}

impl Ratchet for RatchetX2 {
    type Session = X2Session;

    /// `DEFAULT_MAX_SKIP` bounds what is stored in all, and the oldest goes (`skip_message_keys`); nothing bounds a step. The
    /// next key is made at once, and a new chain closes the old one at the announced length (`dh_ratchet`).
    fn profile(&self) -> Profile {
        let mut profile = Profile::double_ratchet(KeyGeneration::Eager);
        if let Family::DoubleRatchet(claims) = &mut profile.family {
            claims.limits = Limits {
                max_skip: Some(u32::MAX),
                max_stored: Some(2000),
                stored_per: StoredPer::Session,
                when_full: WhenFull::Evict,
                stored_seconds: None,
            };
        }
        profile
    }

    fn pair(&self, rng: &mut dyn CryptoRng) -> Result<Pair<X2Session>, Rejection> {
        self.pair_with(rng, &Setup::default())
    }

    fn pair_with(
        &self,
        rng: &mut dyn CryptoRng,
        setup: &Setup,
    ) -> Result<Pair<X2Session>, Rejection> {
        let mut drawn = [0; 32];
        rng.fill_bytes(&mut drawn);
        let secret = Shared(setup.shared_secret.unwrap_or(drawn));
        let mut rng = Core06(rng);
        let bob = Key::generate_with(&mut rng);
        let public = bob.to_public();
        Ok(Pair {
            initiator: X2Session::new(Library::init_alice(&secret, public, None, &mut rng)),
            responder: X2Session::new(Library::init_bob(&secret, bob, None)),
            opened: false,
        })
    }

    fn encrypt(
        &self,
        session: &mut X2Session,
        rng: &mut dyn CryptoRng,
        ad: &[u8],
        plaintext: &[u8],
    ) -> Result<Vec<u8>, Rejection> {
        let sent = session.library()?.try_encrypt(plaintext, ad, &mut Core06(rng));
        let (header, ciphertext) = sent.map_err(refusal)?;
        Ok([header.to_vec(), ciphertext].concat())
    }

    fn decrypt(
        &self,
        session: &mut X2Session,
        rng: &mut dyn CryptoRng,
        ad: &[u8],
        message: &[u8],
    ) -> Result<Opened, Rejection> {
        let mut reader = Reader(message);
        let header = header(&mut reader)?;
        let opened = session.library()?.try_decrypt(&header, reader.0, ad, &mut Core06(rng));
        opened.map(Opened::Plaintext).map_err(refusal)
    }

    fn name(&self) -> Cow<'static, str> {
        Cow::Borrowed("ratchet-x2")
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            associated_data: true,
            export: true,
            fields: true,
            rewrite: true,
            secret: true,
            ..Capabilities::default()
        }
    }

    fn export(&self, session: &X2Session) -> Result<Vec<u8>, Rejection> {
        session.state()
    }

    fn import(&self, state: &[u8]) -> Result<X2Session, Rejection> {
        X2Session::read(state)
    }

    fn fields(&self, message: &[u8]) -> Result<Vec<Field>, Rejection> {
        Ok(pieces::fields(&split(message)?))
    }

    fn rewrite(&self, message: &[u8], field: &str, value: &[u8]) -> Result<Vec<u8>, Rejection> {
        pieces::rewritten(split(message)?, field, value)
    }
}

fn header(reader: &mut Reader<'_>) -> Result<Header<x25519_ristretto::PublicKey>, Rejection> {
    let key = reader.take(KEY_LENGTH)?;
    let (pn, n) = (number(reader)?, number(reader)?);
    let header = serde_json::from_value(json!({ "dhs": key, "pn": pn, "n": n }));
    header.map_err(|error| Rejection::malformed(error.to_string()))
}

fn number(reader: &mut Reader<'_>) -> Result<u32, Rejection> {
    let mut bytes = [0; NUMBER_LENGTH];
    bytes.copy_from_slice(reader.take(NUMBER_LENGTH)?);
    Ok(u32::from_be_bytes(bytes))
}

fn split(message: &[u8]) -> Result<Vec<Piece>, Rejection> {
    let mut reader = Reader(message);
    let mut pieces = vec![
        Piece::fixed("ratchet_key", reader.take(KEY_LENGTH)?),
        Piece::fixed("previous_counter", reader.take(NUMBER_LENGTH)?),
        Piece::fixed("counter", reader.take(NUMBER_LENGTH)?),
    ];
    let length = reader.0.len().checked_sub(TAG_LENGTH);
    let body = reader.take(length.ok_or_else(|| Rejection::malformed("too short"))?)?;
    pieces.push(Piece::free("ciphertext", body));
    pieces.push(Piece::fixed("tag", reader.0));
    Ok(pieces)
}

/// A replay comes back as `AeadError` too.
fn refusal(error: DoubleRatchetError) -> Rejection {
    let detail = format!("{error:?}");
    match error {
        DoubleRatchetError::NotInitialized => Rejection::not_yet(detail),
        DoubleRatchetError::TooManySkippedKeys => Rejection::gap_too_large(detail),
        DoubleRatchetError::AeadError => Rejection::forged(detail),
    }
}

//! `double-ratchet` with the cryptography of `double-ratchet-signal`: X25519, and AES-CBC with a tag of 8 bytes.
//!
//! Source: `dr.rs` of double-ratchet 0.1.0 and `signal.rs` of double-ratchet-signal 0.1.3. The library leaves the encoding of
//! a header to its user; here a message is the ratchet key, the number and the previous number as 4 bytes each, and the
//! library's ciphertext.
//!
//! A session can neither be copied nor written down. All its randomness comes from the caller, so its state follows from
//! the calls made and what they drew: a clone is made by making all calls again, the refused ones included.

use std::borrow::Cow;

use double_ratchet::{DecryptError, EncryptUninit, Header, KeyPair as _};
use double_ratchet_signal::signal::{KeyPair, PublicKey, SignalDR, SymmetricKey};
use rand_core::CryptoRng;
use sprag::{
    Capabilities, Family, Field, KeyGeneration, Limits, Opened, Pair, Profile, Ratchet, Rejection,
    Setup, StoredPer, WhenFull,
};

use crate::core_04::Core04;
use crate::pieces::{self, Piece, Reader};

const KEY_LENGTH: usize = 32;
const NUMBER_LENGTH: usize = 4;
const TAG_LENGTH: usize = 8;

/// The Double Ratchet of `double-ratchet`.
#[derive(Clone, Copy, Debug)]
pub struct DoubleRatchet;

/// One end, and how it came about.
pub struct DoubleRatchetSession {
    ratchet: SignalDR,
    start: Start,
    calls: Vec<Call>,
}

#[derive(Clone)]
enum Start {
    Alice { secret: [u8; 32], bob: [u8; 32], drawn: Vec<u8> },
    Bob { secret: [u8; 32], private: [u8; 32] },
}

#[derive(Clone)]
enum Call {
    Encrypt { ad: Vec<u8>, plaintext: Vec<u8>, drawn: Vec<u8> },
    Decrypt { ad: Vec<u8>, message: Vec<u8> },
}

impl Start {
    fn run(&self) -> SignalDR {
        match self {
            Self::Alice { secret, bob, drawn } => {
                let mut rng = Core04::repeating(drawn.clone());
                SignalDR::new_alice(&(*secret).into(), (*bob).into(), None, &mut rng)
            }
            Self::Bob { secret, private } => {
                SignalDR::new_bob(SymmetricKey::from(*secret), KeyPair::from(*private), None)
            }
        }
    }
}

impl DoubleRatchetSession {
    fn started(start: Start) -> Self {
        Self { ratchet: start.run(), start, calls: Vec::new() }
    }
}

impl Clone for DoubleRatchetSession {
    fn clone(&self) -> Self {
        let mut ratchet = self.start.run();
        for call in &self.calls {
            // Refused then, and now.
            match call {
                Call::Encrypt { ad, plaintext, drawn } => {
                    let mut rng = Core04::repeating(drawn.clone());
                    let _ = ratchet.try_ratchet_encrypt(plaintext, ad, &mut rng);
                }
                Call::Decrypt { ad, message } => {
                    let _ = decrypt(&mut ratchet, ad, message);
                }
            }
        }
        Self { ratchet, start: self.start.clone(), calls: self.calls.clone() }
    }
}

impl Ratchet for DoubleRatchet {
    type Session = DoubleRatchetSession;

    /// `MAX_SKIP` and `MKS_CAPACITY`; `StorageFull` refuses. Keys are made on the next send (`ratchet_send_chain`), and a new
    /// chain closes the old one at the announced length (`update`).
    fn profile(&self) -> Profile {
        let mut profile = Profile::double_ratchet(KeyGeneration::Lazy);
        if let Family::DoubleRatchet(claims) = &mut profile.family {
            claims.limits = Limits {
                max_skip: Some(1000),
                max_stored: Some(2000),
                stored_per: StoredPer::Session,
                when_full: WhenFull::Refuse,
                stored_seconds: None,
            };
        }
        profile
    }

    fn pair(&self, rng: &mut dyn CryptoRng) -> Result<Pair<DoubleRatchetSession>, Rejection> {
        self.pair_with(rng, &Setup::default())
    }

    fn pair_with(
        &self,
        rng: &mut dyn CryptoRng,
        setup: &Setup,
    ) -> Result<Pair<DoubleRatchetSession>, Rejection> {
        let mut draw = || {
            let mut bytes = [0; 32];
            rng.fill_bytes(&mut bytes);
            bytes
        };
        let (drawn_secret, private, drawn) = (draw(), draw(), draw().to_vec());
        let secret = setup.shared_secret.unwrap_or(drawn_secret);
        let Ok(bob) = KeyPair::from(private).public().clone().try_into();
        Ok(Pair {
            initiator: DoubleRatchetSession::started(Start::Alice { secret, bob, drawn }),
            responder: DoubleRatchetSession::started(Start::Bob { secret, private }),
            opened: false,
        })
    }

    fn encrypt(
        &self,
        session: &mut DoubleRatchetSession,
        rng: &mut dyn CryptoRng,
        ad: &[u8],
        plaintext: &[u8],
    ) -> Result<Vec<u8>, Rejection> {
        let mut rng = Core04::recording(rng);
        let sent = session.ratchet.try_ratchet_encrypt(plaintext, ad, &mut rng);
        let (ad, plaintext, drawn) = (ad.to_vec(), plaintext.to_vec(), rng.into_drawn());
        session.calls.push(Call::Encrypt { ad, plaintext, drawn });
        let (header, ciphertext) =
            sent.map_err(|EncryptUninit| Rejection::not_yet(EncryptUninit.to_string()))?;
        let mut message = header.dh.as_ref().to_vec();
        message.extend(header.n.to_be_bytes());
        message.extend(header.pn.to_be_bytes());
        message.extend(ciphertext);
        Ok(message)
    }

    fn decrypt(
        &self,
        session: &mut DoubleRatchetSession,
        _rng: &mut dyn CryptoRng,
        ad: &[u8],
        message: &[u8],
    ) -> Result<Opened, Rejection> {
        session.calls.push(Call::Decrypt { ad: ad.to_vec(), message: message.to_vec() });
        decrypt(&mut session.ratchet, ad, message).map(Opened::Plaintext)
    }

    fn name(&self) -> Cow<'static, str> {
        Cow::Borrowed("double-ratchet/signal")
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            associated_data: true,
            fields: true,
            rewrite: true,
            secret: true,
            ..Capabilities::default()
        }
    }

    fn fields(&self, message: &[u8]) -> Result<Vec<Field>, Rejection> {
        Ok(pieces::fields(&split(message)?))
    }

    fn rewrite(&self, message: &[u8], field: &str, value: &[u8]) -> Result<Vec<u8>, Rejection> {
        pieces::rewritten(split(message)?, field, value)
    }
}

fn decrypt(ratchet: &mut SignalDR, ad: &[u8], message: &[u8]) -> Result<Vec<u8>, Rejection> {
    let mut reader = Reader(message);
    let header = Header {
        dh: PublicKey::from(array(&mut reader)?),
        n: u32::from_be_bytes(array(&mut reader)?),
        pn: u32::from_be_bytes(array(&mut reader)?),
    };
    ratchet.ratchet_decrypt(&header, reader.0, ad).map_err(refusal)
}

fn array<const N: usize>(reader: &mut Reader<'_>) -> Result<[u8; N], Rejection> {
    let mut bytes = [0; N];
    bytes.copy_from_slice(reader.take(N)?);
    Ok(bytes)
}

fn split(message: &[u8]) -> Result<Vec<Piece>, Rejection> {
    let mut reader = Reader(message);
    let mut pieces = vec![
        Piece::fixed("ratchet_key", reader.take(KEY_LENGTH)?),
        Piece::fixed("counter", reader.take(NUMBER_LENGTH)?),
        Piece::fixed("previous_counter", reader.take(NUMBER_LENGTH)?),
    ];
    let length = reader.0.len().checked_sub(TAG_LENGTH);
    let body = reader.take(length.ok_or_else(|| Rejection::malformed("too short"))?)?;
    pieces.push(Piece::free("ciphertext", body));
    pieces.push(Piece::fixed("tag", reader.0));
    Ok(pieces)
}

fn refusal(error: DecryptError) -> Rejection {
    let detail = error.to_string();
    match error {
        DecryptError::DecryptFailure => Rejection::forged(detail),
        DecryptError::MessageKeyNotFound => Rejection::replayed(detail),
        DecryptError::SkipTooLarge | DecryptError::StorageFull => Rejection::gap_too_large(detail),
    }
}

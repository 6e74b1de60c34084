//! The ratchet of `double-ratchet-2` whose headers are in the clear: P-256, SHA-512, AES-256-GCM-SIV.
//!
//! Source: `ratchet.rs`, `header.rs` and the documentation of double-ratchet-2 0.3.6. A message is the header in the
//! library's own bytes, the nonce and the ciphertext.
//!
//! A session can neither be copied nor written down. What it draws comes from the operating system and is captured, so its
//! state follows from the calls made and what they drew: a copy makes all calls again, the refused ones included, when it is
//! first used.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::sync::Arc;

use double_ratchet_2::PublicKey;
use double_ratchet_2::header::Header;
use double_ratchet_2::ratchet::Ratchet as Library;
use rand_core::CryptoRng;
use sprag::{
    Capabilities, Family, Field, KeyGeneration, Limits, Opened, Origin, Pair, Profile, Ratchet,
    Rejection, Setup,
};
use sprag_capture::with_captured;

use crate::panics::Panics;
use crate::pieces::{self, Piece, Reader};

pub(crate) const NONCE_LENGTH: usize = 12;
pub(crate) const TAG_LENGTH: usize = 16;
const NUMBER_LENGTH: usize = 8;
/// Of P-256, as the PEM text that the library has it in.
const KEY_LENGTH: usize = 178;
/// Associated data, which are none here, and the key, each behind its length; two numbers.
const HEADER_LENGTH: usize = 4 * NUMBER_LENGTH + KEY_LENGTH;

/// The Double Ratchet of `double-ratchet-2`.
#[derive(Clone, Copy, Debug)]
pub struct Plain(pub Panics);

/// One end, and how it came about.
pub struct PlainSession {
    library: OnceCell<Library>,
    panics: Panics,
    start: Start,
    calls: Vec<Arc<Call>>,
    may_send: bool,
}

#[derive(Clone)]
enum Start {
    Alice { secret: [u8; 32], bob: PublicKey, drawn: Drawn },
    Bob { secret: [u8; 32], drawn: Drawn },
}

/// What a call's randomness follows from.
#[derive(Clone, Copy)]
pub(crate) struct Drawn([u8; 32]);

enum Call {
    Encrypt { ad: Vec<u8>, plaintext: Vec<u8>, drawn: Drawn },
    Decrypt { ad: Vec<u8>, message: Vec<u8>, drawn: Drawn },
}

type Sent = (Header, Vec<u8>, [u8; NONCE_LENGTH]);

impl Drawn {
    pub(crate) fn from(rng: &mut dyn CryptoRng) -> Self {
        let mut bytes = [0; 32];
        rng.fill_bytes(&mut bytes);
        Self(bytes)
    }

    pub(crate) fn captured<T>(self, call: impl FnOnce() -> T) -> T {
        with_captured(&mut sprag::randomness::Tape::new(self.0.to_vec()), call)
    }
}

impl Start {
    fn run(&self) -> Library {
        match self {
            Self::Alice { secret, bob, drawn } => {
                drawn.captured(|| Library::init_alice(*secret, *bob))
            }
            Self::Bob { secret, drawn } => drawn.captured(|| Library::init_bob(*secret).0),
        }
    }
}

impl PlainSession {
    fn new(panics: Panics, start: Start, may_send: bool) -> Self {
        Self { library: OnceCell::new(), panics, start, calls: Vec::new(), may_send }
    }

    /// The library's own session, as all calls so far have left it.
    fn library(&mut self) -> Result<&mut Library, Rejection> {
        if self.library.get().is_none() {
            let mut library = self.start.run();
            for call in &self.calls {
                // Refused then, and now.
                let _ = match &**call {
                    Call::Encrypt { ad, plaintext, drawn } => {
                        encrypt(&mut library, self.panics, *drawn, ad, plaintext).map(drop)
                    }
                    Call::Decrypt { ad, message, drawn } => {
                        decrypt(&mut library, self.panics, *drawn, ad, message).map(drop)
                    }
                };
            }
            let _ = self.library.set(library);
        }
        self.library.get_mut().ok_or_else(|| Rejection::other("no session"))
    }
}

impl Clone for PlainSession {
    fn clone(&self) -> Self {
        Self {
            library: OnceCell::new(),
            panics: self.panics,
            start: self.start.clone(),
            calls: self.calls.clone(),
            may_send: self.may_send,
        }
    }
}

/// `MAX_SKIP` bounds a step; nothing bounds what is stored. The next key is made at once, and a new chain closes the old one
/// at the announced length (`dhratchet`).
pub(crate) fn profile() -> Profile {
    let mut profile = Profile::double_ratchet(KeyGeneration::Eager);
    if let Family::DoubleRatchet(claims) = &mut profile.family {
        claims.limits =
            Limits { max_skip: Some(100), max_stored: Some(u32::MAX), ..Limits::default() };
    }
    profile
}

/// The documentation says so, and that the library panics otherwise.
pub(crate) fn not_yet() -> Rejection {
    Rejection::not_yet("the initiator sends the first message")
}

impl Ratchet for Plain {
    type Session = PlainSession;

    fn profile(&self) -> Profile {
        profile()
    }

    fn pair(&self, rng: &mut dyn CryptoRng) -> Result<Pair<PlainSession>, Rejection> {
        self.pair_with(rng, &Setup::default())
    }

    fn pair_with(
        &self,
        rng: &mut dyn CryptoRng,
        setup: &Setup,
    ) -> Result<Pair<PlainSession>, Rejection> {
        let Drawn(secret) = Drawn::from(rng);
        let secret = setup.shared_secret.unwrap_or(secret);
        let drawn = Drawn::from(rng);
        let (_, bob) = drawn.captured(|| Library::init_bob(secret));
        let responder = Start::Bob { secret, drawn };
        let initiator = Start::Alice { secret, bob, drawn: Drawn::from(rng) };
        Ok(Pair {
            initiator: PlainSession::new(self.0, initiator, true),
            responder: PlainSession::new(self.0, responder, false),
            opened: false,
        })
    }

    fn encrypt(
        &self,
        session: &mut PlainSession,
        rng: &mut dyn CryptoRng,
        ad: &[u8],
        plaintext: &[u8],
    ) -> Result<Vec<u8>, Rejection> {
        if !session.may_send {
            return Err(not_yet());
        }
        let drawn = Drawn::from(rng);
        let sent = encrypt(session.library()?, self.0, drawn, ad, plaintext);
        let (ad, plaintext) = (ad.to_vec(), plaintext.to_vec());
        session.calls.push(Arc::new(Call::Encrypt { ad, plaintext, drawn }));
        let (header, ciphertext, nonce) = sent?;
        Ok([header.into(), nonce.to_vec(), ciphertext].concat())
    }

    fn decrypt(
        &self,
        session: &mut PlainSession,
        rng: &mut dyn CryptoRng,
        ad: &[u8],
        message: &[u8],
    ) -> Result<Opened, Rejection> {
        let drawn = Drawn::from(rng);
        let opened = decrypt(session.library()?, self.0, drawn, ad, message);
        let (ad, message) = (ad.to_vec(), message.to_vec());
        session.calls.push(Arc::new(Call::Decrypt { ad, message, drawn }));
        session.may_send |= opened.is_ok();
        opened.map(Opened::Plaintext)
    }

    fn name(&self) -> Cow<'static, str> {
        Cow::Borrowed(match self.0 {
            Panics::EndTheProgram => "double-ratchet-2/plain",
            Panics::AreCaught => "double-ratchet-2/plain-caught",
        })
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

fn encrypt(
    library: &mut Library,
    panics: Panics,
    drawn: Drawn,
    ad: &[u8],
    plaintext: &[u8],
) -> Result<Sent, Rejection> {
    panics.around(|| drawn.captured(|| library.ratchet_encrypt(plaintext, ad)))
}

fn decrypt(
    library: &mut Library,
    panics: Panics,
    drawn: Drawn,
    ad: &[u8],
    message: &[u8],
) -> Result<Vec<u8>, Rejection> {
    let mut reader = Reader(message);
    let header = reader.take(HEADER_LENGTH)?;
    let nonce = nonce(&mut reader)?;
    panics.around(|| {
        drawn.captured(|| library.ratchet_decrypt(&Header::from(header), reader.0, &nonce, ad))
    })
}

pub(crate) fn nonce(reader: &mut Reader<'_>) -> Result<[u8; NONCE_LENGTH], Rejection> {
    let mut nonce = [0; NONCE_LENGTH];
    nonce.copy_from_slice(reader.take(NONCE_LENGTH)?);
    Ok(nonce)
}

fn split(message: &[u8]) -> Result<Vec<Piece>, Rejection> {
    let mut reader = Reader(message);
    let framing =
        |name: &'static str, bytes: &[u8]| Piece::fixed(name, bytes).with_origin(Origin::Public);
    let mut pieces = vec![
        framing("ad_length", reader.take(NUMBER_LENGTH)?),
        framing("ratchet_key_length", reader.take(NUMBER_LENGTH)?),
        Piece::fixed("ratchet_key", reader.take(KEY_LENGTH)?),
        Piece::fixed("previous_counter", reader.take(NUMBER_LENGTH)?),
        Piece::fixed("counter", reader.take(NUMBER_LENGTH)?),
        Piece::fixed("nonce", reader.take(NONCE_LENGTH)?),
    ];
    pieces.extend(sealed(&mut reader)?);
    Ok(pieces)
}

/// The ciphertext and its tag.
pub(crate) fn sealed(reader: &mut Reader<'_>) -> Result<[Piece; 2], Rejection> {
    let length = reader.0.len().checked_sub(TAG_LENGTH);
    let body = reader.take(length.ok_or_else(|| Rejection::malformed("too short"))?)?;
    Ok([Piece::free("ciphertext", body), Piece::fixed("tag", reader.0)])
}

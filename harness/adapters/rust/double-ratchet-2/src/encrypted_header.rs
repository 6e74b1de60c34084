//! The ratchet of `double-ratchet-2` whose headers are encrypted: P-256, SHA-512, AES-256-GCM-SIV.
//!
//! Source: `ratchet.rs`, `header.rs` and the documentation of double-ratchet-2 0.3.6. A message is the length of the
//! encrypted header, which grows with the associated data that it holds, the header, its nonce, the nonce and the ciphertext.

use std::borrow::Cow;

use double_ratchet_2::ratchet::RatchetEncHeader as Library;
use rand_core::CryptoRng;
use sprag::{Capabilities, Field, Opened, Origin, Pair, Profile, Ratchet, Rejection, Setup};

use crate::panics::Panics;
use crate::pieces::{self, Piece, Reader};
use crate::plain::{self, Drawn, NONCE_LENGTH};

const NUMBER_LENGTH: usize = 4;

/// The Double Ratchet with header encryption of `double-ratchet-2`.
#[derive(Clone, Copy, Debug)]
pub struct EncryptedHeader(pub Panics);

/// One end, and whether it may send.
pub struct EncryptedHeaderSession {
    library: Library,
    may_send: bool,
}

/// As the library writes itself down and reads that back.
impl Clone for EncryptedHeaderSession {
    fn clone(&self) -> Self {
        Self { library: Library::import(&self.library.export()), may_send: self.may_send }
    }
}

impl Ratchet for EncryptedHeader {
    type Session = EncryptedHeaderSession;

    fn profile(&self) -> Profile {
        plain::profile()
    }

    fn pair(&self, rng: &mut dyn CryptoRng) -> Result<Pair<EncryptedHeaderSession>, Rejection> {
        self.pair_with(rng, &Setup::default())
    }

    fn pair_with(
        &self,
        rng: &mut dyn CryptoRng,
        setup: &Setup,
    ) -> Result<Pair<EncryptedHeaderSession>, Rejection> {
        let mut draw = || {
            let mut key = [0; 32];
            rng.fill_bytes(&mut key);
            key
        };
        let (drawn, ours, theirs) = (draw(), draw(), draw());
        let secret = setup.shared_secret.unwrap_or(drawn);
        Drawn::from(rng).captured(|| {
            let (bob, public) = Library::init_bob(secret, ours, theirs);
            let alice = Library::init_alice(secret, public, ours, theirs);
            Ok(Pair {
                initiator: EncryptedHeaderSession { library: alice, may_send: true },
                responder: EncryptedHeaderSession { library: bob, may_send: false },
                opened: false,
            })
        })
    }

    fn encrypt(
        &self,
        session: &mut EncryptedHeaderSession,
        rng: &mut dyn CryptoRng,
        ad: &[u8],
        plaintext: &[u8],
    ) -> Result<Vec<u8>, Rejection> {
        if !session.may_send {
            return Err(plain::not_yet());
        }
        let drawn = Drawn::from(rng);
        let library = &mut session.library;
        let sent = self.0.around(|| drawn.captured(|| library.ratchet_encrypt(plaintext, ad)));
        let ((header, header_nonce), ciphertext, nonce) = sent?;
        let length = (header.len() as u32).to_be_bytes();
        Ok([&length[..], &header, &header_nonce, &nonce, &ciphertext].concat())
    }

    fn decrypt(
        &self,
        session: &mut EncryptedHeaderSession,
        rng: &mut dyn CryptoRng,
        ad: &[u8],
        message: &[u8],
    ) -> Result<Opened, Rejection> {
        let mut reader = Reader(message);
        let (_, header) = header(&mut reader)?;
        let header = (header.to_vec(), plain::nonce(&mut reader)?);
        let nonce = plain::nonce(&mut reader)?;
        let drawn = Drawn::from(rng);
        let library = &mut session.library;
        let opened = self
            .0
            .around(|| drawn.captured(|| library.ratchet_decrypt(&header, reader.0, &nonce, ad)))?;
        session.may_send = true;
        Ok(Opened::Plaintext(opened))
    }

    fn name(&self) -> Cow<'static, str> {
        Cow::Borrowed(match self.0 {
            Panics::EndTheProgram => "double-ratchet-2/encrypted-header",
            Panics::AreCaught => "double-ratchet-2/encrypted-header-caught",
        })
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

    fn export(&self, session: &EncryptedHeaderSession) -> Result<Vec<u8>, Rejection> {
        let mut state = session.library.export();
        state.push(session.may_send.into());
        Ok(state)
    }

    fn import(&self, state: &[u8]) -> Result<EncryptedHeaderSession, Rejection> {
        let Some((&may_send @ (0 | 1), state)) = state.split_last() else {
            return Err(Rejection::malformed("no state"));
        };
        let library = self.0.around(|| Library::import(state))?;
        Ok(EncryptedHeaderSession { library, may_send: may_send == 1 })
    }

    fn fields(&self, message: &[u8]) -> Result<Vec<Field>, Rejection> {
        Ok(pieces::fields(&split(message)?))
    }

    fn rewrite(&self, message: &[u8], field: &str, value: &[u8]) -> Result<Vec<u8>, Rejection> {
        pieces::rewritten(split(message)?, field, value)
    }
}

/// The length of the encrypted header as it stands there, and the header.
fn header<'m>(reader: &mut Reader<'m>) -> Result<(&'m [u8], &'m [u8]), Rejection> {
    let length = reader.take(NUMBER_LENGTH)?;
    let count = length.iter().fold(0, |count, byte| count << 8 | usize::from(*byte));
    Ok((length, reader.take(count)?))
}

fn split(message: &[u8]) -> Result<Vec<Piece>, Rejection> {
    let mut reader = Reader(message);
    let (length, header) = header(&mut reader)?;
    let mut pieces = vec![
        Piece::fixed("header_length", length).with_origin(Origin::Public),
        Piece::fixed("encrypted_header", header),
        Piece::fixed("header_nonce", reader.take(NONCE_LENGTH)?).with_origin(Origin::Random),
        Piece::fixed("nonce", reader.take(NONCE_LENGTH)?),
    ];
    pieces.extend(plain::sealed(&mut reader)?);
    Ok(pieces)
}

//! The message on the wire. First the header of the classical half as a Double Ratchet has it: version 1, ratchet key
//! 32, `pn` and `n` in four bytes each. Then that of the post-quantum half: epoch, `pn` and `n` in four bytes each, and
//! a byte that says what follows: nothing, a public key or a ciphertext. Then ciphertext and tag 16.

use sprag::{Field, Origin, Rejection};

use super::kem::{Bytes, CIPHERTEXT_LENGTH, Ciphertext, PUBLIC_KEY_LENGTH, PublicKey};
use crate::crypto::TAG_LENGTH;
use crate::double_ratchet::{self, HEADER_LENGTH};

/// Bytes of the post-quantum header before its load.
const KEM_HEADER_LENGTH: usize = 13;

/// What the headers of both halves say.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Header {
    /// The header of the classical half.
    pub classical: double_ratchet::Header,
    /// The header of the post-quantum half.
    pub post_quantum: KemHeader,
}

/// The header of the post-quantum half.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct KemHeader {
    /// The epoch of the message's chain.
    pub epoch: u32,
    /// Messages in the sender's previous chain.
    pub pn: u32,
    /// Number of the message in its chain.
    pub n: u32,
    /// What the next epoch is agreed with.
    pub load: Load,
}

/// What a message carries for the agreement on the next epoch.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Load {
    /// Nothing.
    Nothing,
    /// The public key for the epoch after the message's.
    PublicKey(PublicKey),
    /// The ciphertext of which the message's epoch came.
    Ciphertext(Ciphertext),
}

impl Load {
    /// The byte that says what it is, and its bytes.
    fn encode(&self) -> (u8, &[u8]) {
        match self {
            Self::Nothing => (0, &[]),
            Self::PublicKey(public) => (1, public.0.as_slice()),
            Self::Ciphertext(ciphertext) => (2, ciphertext.0.as_slice()),
        }
    }

    fn decode(kind: u8, rest: &[u8]) -> Result<(Self, &[u8]), Rejection> {
        let loaded = match kind {
            0 => Some((Self::Nothing, rest)),
            1 => Bytes::split_from(rest).map(|(public, rest)| (Self::PublicKey(public), rest)),
            2 => Bytes::split_from(rest).map(|(bytes, rest)| (Self::Ciphertext(bytes), rest)),
            _ => return Err(Rejection::malformed("unknown load")),
        };
        loaded.ok_or_else(|| Rejection::malformed("message too short"))
    }

    /// The field's name and length on the wire.
    const fn field(&self) -> Option<(&'static str, usize)> {
        match self {
            Self::Nothing => None,
            Self::PublicKey(_) => Some(("kem_public_key", PUBLIC_KEY_LENGTH)),
            Self::Ciphertext(_) => Some(("kem_ciphertext", CIPHERTEXT_LENGTH)),
        }
    }
}

impl KemHeader {
    /// The header as it goes over the wire.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let (kind, load) = self.load.encode();
        let [epoch, pn, n] = [self.epoch, self.pn, self.n].map(u32::to_be_bytes);
        [&epoch[..], &pn, &n, &[kind], load].concat()
    }

    fn decode(bytes: &[u8]) -> Result<(Self, &[u8]), Rejection> {
        let short = || Rejection::malformed("message too short");
        let (header, rest) = bytes.split_first_chunk::<KEM_HEADER_LENGTH>().ok_or_else(short)?;
        let number = |at: usize| {
            u32::from_be_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]])
        };
        let (load, rest) = Load::decode(header[12], rest)?;
        let (epoch, pn, n) = (number(0), number(4), number(8));
        if n == u32::MAX {
            return Err(Rejection::malformed("counter out of range"));
        }
        Ok((Self { epoch, pn, n, load }, rest))
    }
}

impl Header {
    /// Both headers as they go over the wire.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        [self.classical.encode(), self.post_quantum.encode()].concat()
    }

    /// Splits a message into headers and body (ciphertext and tag).
    ///
    /// # Errors
    /// `malformed` for bytes that no sender writes.
    pub fn decode(message: &[u8]) -> Result<(Self, &[u8]), Rejection> {
        let (classical, rest) = double_ratchet::Header::decode(message, TAG_LENGTH)?;
        let (post_quantum, body) = KemHeader::decode(rest)?;
        if body.len() < TAG_LENGTH {
            return Err(Rejection::malformed("message too short"));
        }
        Ok((Self { classical, post_quantum }, body))
    }
}

/// Where the fields of `message` are.
///
/// # Errors
/// `malformed` as [`Header::decode`].
pub(super) fn fields(message: &[u8]) -> Result<Vec<Field>, Rejection> {
    let (header, body) = Header::decode(message)?;
    let mut fields = double_ratchet::header_fields();
    let load = header.post_quantum.load.field();
    let mut offset = HEADER_LENGTH;
    let around =
        [("kem_epoch", 4), ("kem_previous_counter", 4), ("kem_counter", 4), ("kem_load", 1)];
    let sealed = [("ciphertext", body.len() - TAG_LENGTH), ("tag", TAG_LENGTH)];
    let public = around.map(|field| (field, Origin::Public));
    let random = load.map(|field| (field, Origin::Random));
    let derived = sealed.map(|field| (field, Origin::Derived));
    for ((name, length), origin) in public.into_iter().chain(random).chain(derived) {
        fields.push(Field::new(name, offset, length).with_origin(origin));
        offset += length;
    }
    Ok(fields)
}

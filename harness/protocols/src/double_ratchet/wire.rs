//! The message on the wire: version 1, ratchet key 32, `pn` and `n` in four bytes each, most significant
//! first, ciphertext, tag 16.

use sprag::{Field, Origin, Rejection};

use crate::crypto::{Key, PublicKey, TAG_LENGTH};

/// The first byte of every message.
pub const VERSION: u8 = 1;

/// Bytes before the ciphertext.
pub const HEADER_LENGTH: usize = 41;

/// `HEADER` of the specification.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Header {
    /// The sender's ratchet key.
    pub dh: PublicKey,
    /// Messages in the sender's previous chain.
    pub pn: u32,
    /// Number of the message in its chain.
    pub n: u32,
}

impl Header {
    /// The header as it goes over the wire.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        [&[VERSION], &self.dh.0[..], &self.pn.to_be_bytes(), &self.n.to_be_bytes()].concat()
    }

    /// Splits a message into header and body (ciphertext and tag).
    ///
    /// # Errors
    /// `malformed` for another version, for a message with less than `shortest_body` bytes of body, and for
    /// the one counter that no sender uses.
    pub fn decode(message: &[u8], shortest_body: usize) -> Result<(Self, &[u8]), Rejection> {
        let short = || Rejection::malformed("message too short");
        let (&[version], rest) = message.split_first_chunk().ok_or_else(short)?;
        if version != VERSION {
            return Err(Rejection::malformed("unknown version"));
        }
        let (dh, rest) = rest.split_first_chunk().ok_or_else(short)?;
        let (pn, rest) = rest.split_first_chunk().ok_or_else(short)?;
        let (n, body) = rest.split_first_chunk().ok_or_else(short)?;
        if body.len() < shortest_body {
            return Err(short());
        }
        let (pn, n) = (u32::from_be_bytes(*pn), u32::from_be_bytes(*n));
        if n == u32::MAX {
            return Err(Rejection::malformed("counter out of range"));
        }
        Ok((Self { dh: Key(*dh), pn, n }, body))
    }
}

/// Where the fields of `message` with this much padding are.
///
/// # Errors
/// `malformed` as [`Header::decode`].
pub(super) fn fields(message: &[u8], padding: usize) -> Result<Vec<Field>, Rejection> {
    let (_, body) = Header::decode(message, padding + TAG_LENGTH)?;
    let sealed = HEADER_LENGTH + padding;
    let ciphertext = body.len() - padding - TAG_LENGTH;
    let mut fields = header_fields();
    if padding > 0 {
        fields.push(Field::new("padding", HEADER_LENGTH, padding).with_origin(Origin::Random));
    }
    fields.push(Field::new("ciphertext", sealed, ciphertext).with_origin(Origin::Derived));
    let tag = Field::new("tag", sealed + ciphertext, TAG_LENGTH);
    fields.push(tag.with_origin(Origin::Derived));
    Ok(fields)
}

/// Where the fields of the header are.
pub(crate) fn header_fields() -> Vec<Field> {
    vec![
        Field::new("version", 0, 1).with_origin(Origin::Public),
        Field::new("ratchet_key", 1, 32).with_origin(Origin::Random),
        Field::new("previous_counter", 33, 4).with_origin(Origin::Public),
        Field::new("counter", 37, 4).with_origin(Origin::Public),
    ]
}

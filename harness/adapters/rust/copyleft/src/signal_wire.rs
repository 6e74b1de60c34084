//! Where the fields of a message in Signal's format are.
//!
//! Source: `wire.proto` of libsignal, which both libraries share: a byte of version, Protocol Buffers, and behind a normal
//! message a tag of 8 bytes. Before it stands a byte of type, which the libraries hand over beside a message.

use std::borrow::Cow;

use sprag::{Field, Origin, Rejection};

use crate::pieces::{self, Piece, Reader};

/// What surrounds the normal message in a pre-key message. It serves to open a session; the tag does not cover it.
pub(crate) const ENVELOPE: &str = "envelope";

pub(crate) const NORMAL: u8 = 2;
pub(crate) const PRE_KEY: u8 = 3;

const TAG_LENGTH: usize = 8;
const KEY_LENGTH: usize = 32;
const INNER_MESSAGE: &str = "message";

/// The type of a message, and the library's own bytes.
pub(crate) fn split_type(message: &[u8]) -> Result<(u8, &[u8]), Rejection> {
    match message {
        [kind @ (NORMAL | PRE_KEY), body @ ..] => Ok((*kind, body)),
        _ => Err(Rejection::malformed("the first byte is no type of message")),
    }
}

pub(crate) fn fields(message: &[u8]) -> Result<Vec<Field>, Rejection> {
    Ok(pieces::fields(&split(message)?))
}

pub(crate) fn rewrite(message: &[u8], field: &str, value: &[u8]) -> Result<Vec<u8>, Rejection> {
    pieces::rewritten(split(message)?, field, value)
}

fn split(message: &[u8]) -> Result<Vec<Piece>, Rejection> {
    let (kind, body) = split_type(message)?;
    let mut pieces = vec![Piece::fixed("type", &[kind])];
    pieces.extend(if kind == PRE_KEY { pre_key(body)? } else { normal(body)? });
    Ok(pieces)
}

fn normal(body: &[u8]) -> Result<Vec<Piece>, Rejection> {
    let mut reader = Reader(body);
    let mut pieces = vec![Piece::fixed("version", reader.take(1)?)];
    let length = reader.0.len().checked_sub(TAG_LENGTH);
    let payload = reader.take(length.ok_or_else(|| Rejection::malformed("too short"))?)?;
    let name = |number| match number {
        1 => Cow::Borrowed("ratchet_key"),
        2 => Cow::Borrowed("counter"),
        3 => Cow::Borrowed("previous_counter"),
        4 => Cow::Borrowed("ciphertext"),
        5 => Cow::Borrowed("pq_ratchet"),
        unknown => Cow::Owned(format!("unknown_{unknown}")),
    };
    pieces.extend(pieces::entries(payload, None, name, |name, value| Ok(parts(name, value)))?);
    pieces.push(Piece::fixed("tag", reader.0));
    Ok(pieces)
}

fn parts(name: &str, value: &[u8]) -> Vec<Piece> {
    match value.split_first() {
        // A public key is a byte of its type and 32 bytes, of which all that shows was drawn.
        Some((kind, key)) if name == "ratchet_key" && key.len() == KEY_LENGTH => vec![
            Piece::fixed("key_type", &[*kind]).with_origin(Origin::Public),
            Piece::free("ratchet_key", key).with_origin(Origin::Random),
        ],
        _ => vec![Piece::free(name.to_owned(), value)],
    }
}

fn pre_key(body: &[u8]) -> Result<Vec<Piece>, Rejection> {
    let mut reader = Reader(body);
    let mut pieces = vec![Piece::fixed(ENVELOPE, reader.take(1)?)];
    let name = |number| Cow::Borrowed(if number == 4 { INNER_MESSAGE } else { ENVELOPE });
    let inside = |name: &str, value: &[u8]| match name {
        INNER_MESSAGE => normal(value),
        _ => Ok(vec![Piece::free(ENVELOPE, value)]),
    };
    pieces.extend(pieces::entries(reader.0, Some(ENVELOPE), name, inside)?);
    // Where the normal message stands last, bytes may still be appended.
    pieces.push(Piece::free(ENVELOPE, &[]));
    Ok(pieces)
}

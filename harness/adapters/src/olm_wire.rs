//! Where the fields of an Olm message are.
//!
//! Source: the Olm specification (`docs/olm.md` of libolm), "Message Format". Integers are varints and strings
//! have a varint of length before them, both under a varint of tag: the encoding of Protocol Buffers.

use std::ops::Range;

use sprag::{Field, Origin, Rejection};

/// What surrounds the inner message of a pre-key message. It serves to open a session, and the MAC of the
/// inner message does not cover it.
pub(crate) const ENVELOPE: &str = "envelope";

const RATCHET_KEY: u64 = 0x0A;
const COUNTER: u64 = 0x10;
const CIPHERTEXT: u64 = 0x22;
const INNER_MESSAGE: u64 = 0x22;
const KEY_LENGTH: usize = 32;
const TYPE_LENGTH: usize = 1;
const VERSION_LENGTH: usize = 1;

/// The two types of Olm messages; their numbers are Matrix's.
#[derive(Clone, Copy)]
pub(crate) enum Type {
    /// Carries what the responder needs to open a session, and a normal message.
    PreKey = 0,
    /// A message of the ratchet.
    Normal = 1,
}

/// Takes the byte of type off a message.
pub(crate) fn split_type(message: &[u8]) -> Result<(Type, &[u8]), Rejection> {
    match message {
        [0, body @ ..] => Ok((Type::PreKey, body)),
        [1, body @ ..] => Ok((Type::Normal, body)),
        _ => Err(Rejection::malformed("the first byte is no type of message")),
    }
}

/// The fields of a message with its byte of type, in order.
pub(crate) fn fields(message: &[u8]) -> Result<Vec<Field>, Rejection> {
    let (kind, body) = split_type(message)?;
    let body = TYPE_LENGTH..TYPE_LENGTH + body.len();
    let mut fields = vec![Field::new("type", 0, TYPE_LENGTH)];
    let found = match kind {
        Type::Normal => normal(message, body, &mut fields),
        Type::PreKey => pre_key(message, body, &mut fields),
    };
    found.ok_or_else(|| Rejection::malformed("not the fields of an Olm message"))?;
    Ok(fields)
}

fn pre_key(message: &[u8], body: Range<usize>, fields: &mut Vec<Field>) -> Option<()> {
    let payload = body.start + VERSION_LENGTH..body.end;
    let inner = only(&entries(message, payload)?, INNER_MESSAGE)?;
    fields.push(range(ENVELOPE, body.start..inner.start));
    normal(message, inner.clone(), fields)?;
    // Often of length 0: bytes may still be appended there.
    fields.push(range(ENVELOPE, inner.end..body.end));
    Some(())
}

fn normal(message: &[u8], body: Range<usize>, fields: &mut Vec<Field>) -> Option<()> {
    let tag_length = match *message.get(body.clone())?.first()? {
        3 => 8,
        4 => 32,
        _ => return None,
    };
    let payload = body.start + VERSION_LENGTH..body.end.checked_sub(tag_length)?;
    let entries = entries(message, payload.clone())?;
    let ratchet_key = only(&entries, RATCHET_KEY)?;
    if ratchet_key.len() != KEY_LENGTH {
        return None;
    }
    fields.push(Field::new("version", body.start, VERSION_LENGTH));
    // The specification: a new one is drawn at random, and all that the key shows was drawn.
    fields.push(range("ratchet_key", ratchet_key).with_origin(Origin::Random));
    fields.push(range("counter", only(&entries, COUNTER)?));
    fields.push(range("ciphertext", only(&entries, CIPHERTEXT)?));
    fields.push(range("tag", payload.end..body.end));
    Some(())
}

fn range(name: &'static str, range: Range<usize>) -> Field {
    Field::new(name, range.start, range.len())
}

/// An entry of a payload: its tag and where its value is.
type Entry = (u64, Range<usize>);

/// The value under `tag`, which must be there once.
fn only(entries: &[Entry], tag: u64) -> Option<Range<usize>> {
    let mut values = entries.iter().filter(|entry| entry.0 == tag).map(|entry| &entry.1);
    let value = values.next()?;
    values.next().is_none().then(|| value.clone())
}

fn entries(message: &[u8], payload: Range<usize>) -> Option<Vec<Entry>> {
    let payload_end = payload.end;
    let bytes = message.get(..payload_end)?;
    let mut entries = Vec::new();
    let mut at = payload.start;
    while at < payload_end {
        let (tag, start) = varint(bytes, at)?;
        let value = match tag & 7 {
            0 => start..varint(bytes, start)?.1,
            1 => start..start.checked_add(8)?,
            2 => {
                let (length, start) = varint(bytes, start)?;
                start..start.checked_add(usize::try_from(length).ok()?)?
            }
            5 => start..start.checked_add(4)?,
            _ => return None,
        };
        if value.end > payload_end {
            return None;
        }
        at = value.end;
        entries.push((tag, value));
    }
    Some(entries)
}

/// The integer at `at`, and where it ends.
fn varint(bytes: &[u8], at: usize) -> Option<(u64, usize)> {
    let mut value = 0;
    for (index, &byte) in bytes.get(at..)?.iter().take(9).enumerate() {
        value |= u64::from(byte & 0x7F) << (7 * index);
        if byte < 0x80 {
            return Some((value, at + index + 1));
        }
    }
    None
}

//! Messages of the periodic scheme on the wire, and their keys.

use sprag::{Field, Party, Rejection};

use crate::crypto::{self, Key, TAG_LENGTH};

const VERSION: u8 = 1;
const HEADER_LENGTH: usize = 10;

/// Whom a message is for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Kind {
    User = 0,
    Service = 1,
}

/// What stands in clear before a message.
#[derive(Clone, Copy, Debug)]
pub(super) struct Header {
    pub(super) kind: Kind,
    pub(super) period: u32,
    pub(super) n: u32,
}

impl Header {
    fn encode(&self) -> Vec<u8> {
        let Self { kind, period, n } = *self;
        [&[VERSION, kind as u8], &period.to_be_bytes()[..], &n.to_be_bytes()].concat()
    }

    /// The header, its bytes, and ciphertext with tag.
    pub(super) fn decode(message: &[u8]) -> Result<(Self, &[u8], &[u8]), Rejection> {
        let malformed = || Rejection::malformed("no message of this scheme");
        let (&encoded, body) =
            message.split_first_chunk::<HEADER_LENGTH>().ok_or_else(malformed)?;
        let [version, kind, p0, p1, p2, p3, n0, n1, n2, n3] = encoded;
        let kind = match kind {
            0 => Kind::User,
            1 => Kind::Service,
            _ => return Err(malformed()),
        };
        let (period, n) =
            (u32::from_be_bytes([p0, p1, p2, p3]), u32::from_be_bytes([n0, n1, n2, n3]));
        if version != VERSION || body.len() < TAG_LENGTH || n == u32::MAX {
            return Err(malformed());
        }
        Ok((Self { kind, period, n }, &message[..HEADER_LENGTH], body))
    }
}

/// The key of one message: it follows from the period's key, so that messages open in any order.
pub(super) fn message_key(period_key: &Key, sender: Party, header: &Header) -> Key {
    let info = [sender.to_string().as_bytes(), &header.encode()].concat();
    crypto::hmac_sha256(period_key, &info)
}

pub(super) fn seal(
    period_key: &Key,
    sender: Party,
    header: &Header,
    ad: &[u8],
    plaintext: &[u8],
) -> Vec<u8> {
    let mk = message_key(period_key, sender, header);
    let encoded = header.encode();
    let sealed = crypto::seal(&mk, &crypto::concat(ad, &encoded), plaintext);
    [encoded, sealed].concat()
}

pub(super) fn fields(message: &[u8]) -> Result<Vec<Field>, Rejection> {
    let ciphertext = Header::decode(message)?.2.len() - TAG_LENGTH;
    Ok(vec![
        Field::new("version", 0, 1),
        Field::new("type", 1, 1),
        Field::new("period", 2, 4),
        Field::new("counter", 6, 4),
        Field::new("ciphertext", HEADER_LENGTH, ciphertext),
        Field::new("tag", HEADER_LENGTH + ciphertext, TAG_LENGTH),
    ])
}

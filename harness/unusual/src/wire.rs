//! Other bytes on the wire for the messages of the textbook, each in one spelling only.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};
use sprag::{Capabilities, Field, Opened, Ratchet, Rejection};
use sprag_protocols::crypto::TAG_LENGTH;
use sprag_protocols::double_ratchet::{DoubleRatchet, HEADER_LENGTH, Header, VERSION};
use sprag_protocols::symmetric::{self, SymmetricRatchet};

use crate::encodings::{put_varint, take_varint};
use crate::wrapped::{Change, Held, Wrapped, of_another_wire, strictly};
use crate::{Member, member};

/// Where the fields of a message are.
type Places = fn(&[u8]) -> Option<Vec<Field>>;

/// Messages in another encoding.
struct Recoded {
    encode: fn(&[u8]) -> Vec<u8>,
    /// Takes back what `encode` made; what would be spelled otherwise is refused in any case.
    decode: fn(&[u8]) -> Option<Vec<u8>>,
    fields: Option<Places>,
}

impl<R: Ratchet> Change<R> for Recoded {
    type Memory = ();

    fn capabilities(&self, ratchet: &R) -> Capabilities {
        Capabilities { fields: self.fields.is_some(), ..of_another_wire(ratchet.capabilities()) }
    }

    fn encrypt(
        &self,
        ratchet: &R,
        session: &mut Held<R, ()>,
        rng: &mut dyn CryptoRng,
        ad: &[u8],
        plaintext: &[u8],
    ) -> Result<Vec<u8>, Rejection> {
        Ok((self.encode)(&ratchet.encrypt(&mut session.inner, rng, ad, plaintext)?))
    }

    fn decrypt(
        &self,
        ratchet: &R,
        session: &mut Held<R, ()>,
        rng: &mut dyn CryptoRng,
        ad: &[u8],
        message: &[u8],
    ) -> Result<Opened, Rejection> {
        let inner = (self.decode)(message).filter(|inner| (self.encode)(inner) == message);
        let inner = inner.ok_or_else(|| Rejection::malformed("not how messages are written"))?;
        ratchet.decrypt(&mut session.inner, rng, ad, &inner)
    }

    fn fields(&self, _ratchet: &R, message: &[u8]) -> Result<Vec<Field>, Rejection> {
        let fields = self.fields.and_then(|fields| fields(message));
        fields.ok_or_else(|| Rejection::malformed("no message"))
    }
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct JsonMessage {
    v: u8,
    key: String,
    pn: u32,
    n: u32,
    body: String,
}

fn to_json(message: &[u8]) -> Vec<u8> {
    let Ok((Header { dh, pn, n }, body)) = Header::decode(message, 0) else { return Vec::new() };
    let (key, body) = (hex::encode(dh.0), URL_SAFE_NO_PAD.encode(body));
    serde_json::to_vec(&JsonMessage { v: VERSION, key, pn, n, body }).unwrap_or_default()
}

fn from_json(text: &[u8]) -> Option<Vec<u8>> {
    let JsonMessage { v, key, pn, n, body } = strictly(text).ok()?;
    let key = hex::decode(key).ok()?;
    let body = URL_SAFE_NO_PAD.decode(body).ok()?;
    Some([&[v][..], &key, &pn.to_be_bytes(), &n.to_be_bytes(), &body].concat())
}

pub(crate) fn json() -> Member {
    let change = Recoded { encode: to_json, decode: from_json, fields: None };
    let ratchet = DoubleRatchet::eager();
    let ratchet = Wrapped { name: "unusual/json", ratchet, change };
    member("messages are JSON text with counters as numbers", "Matrix; Nostr chats", ratchet)
}

pub(crate) fn base64_text() -> Member {
    let change = Recoded {
        encode: |message| URL_SAFE_NO_PAD.encode(message).into_bytes(),
        decode: |text| URL_SAFE_NO_PAD.decode(text).ok(),
        fields: None,
    };
    let ratchet = SymmetricRatchet { steps: symmetric::Textbook };
    let ratchet = Wrapped { name: "unusual/base64", ratchet, change };
    member("messages are base64 text", "Megolm in Matrix events", ratchet)
}

fn to_protobuf(message: &[u8]) -> Vec<u8> {
    let Ok((Header { dh, pn, n }, body)) = Header::decode(message, TAG_LENGTH) else {
        return Vec::new();
    };
    let (ciphertext, tag) = body.split_at(body.len() - TAG_LENGTH);
    let mut bytes = vec![VERSION << 4, 0x0a, 32];
    bytes.extend(dh.0);
    bytes.push(0x10);
    put_varint(&mut bytes, n);
    bytes.push(0x18);
    put_varint(&mut bytes, pn);
    bytes.push(0x22);
    put_varint(&mut bytes, ciphertext.len() as u32);
    [&bytes[..], ciphertext, tag].concat()
}

/// Where the values of a message in Protocol Buffers' manner are: key, `n`, `pn`, ciphertext, tag.
fn places(bytes: &[u8]) -> Option<[(usize, usize); 5]> {
    let number = |at: usize, mark: u8| {
        let (value, length) = take_varint(bytes.get(at + 1..)?)?;
        (bytes[at] == mark).then_some((value, at + 1, length))
    };
    if bytes.get(..3)? != [VERSION << 4, 0x0a, 32] {
        return None;
    }
    let (_, n_at, n_length) = number(35, 0x10)?;
    let (_, pn_at, pn_length) = number(n_at + n_length, 0x18)?;
    let (length, at, prefix) = number(pn_at + pn_length, 0x22)?;
    let (from, length) = (at + prefix, length as usize);
    let tag = bytes.len().checked_sub(from.checked_add(length)?)?;
    let all =
        [(3, 32), (n_at, n_length), (pn_at, pn_length), (from, length), (from + length, tag)];
    (tag == TAG_LENGTH).then_some(all)
}

fn from_protobuf(bytes: &[u8]) -> Option<Vec<u8>> {
    let [key, n, pn, ciphertext, tag] = places(bytes)?.map(|(at, length)| &bytes[at..at + length]);
    let (n, pn) = (take_varint(n)?.0, take_varint(pn)?.0);
    let numbers = [pn.to_be_bytes(), n.to_be_bytes()];
    Some([&[VERSION][..], key, numbers.as_flattened(), ciphertext, tag].concat())
}

fn named(bytes: &[u8], names: [&'static str; 5]) -> Option<Vec<Field>> {
    let all = names.into_iter().zip(places(bytes)?);
    let named = all.filter(|(name, _)| !name.is_empty());
    Some(named.map(|(name, (at, length))| Field::new(name, at, length)).collect())
}

fn protobuf(name: &'static str, fields: Places) -> Wrapped<DoubleRatchet, Recoded> {
    let change = Recoded { encode: to_protobuf, decode: from_protobuf, fields: Some(fields) };
    Wrapped { name, ratchet: DoubleRatchet::lazy(), change }
}

const PROTOBUF: &str = "messages are Protocol Buffers, counters of any length";

pub(crate) fn protobuf_with_known_names() -> Member {
    let names = |bytes: &_| {
        named(bytes, ["ratchet_key", "counter", "previous_counter", "ciphertext", "tag"])
    };
    member(PROTOBUF, "libsignal", protobuf("unusual/protobuf", names))
}

pub(crate) fn fields_with_unknown_names() -> Member {
    let names = |bytes: &_| named(bytes, ["sender_ephemeral", "seq", "prev", "payload", "mac"]);
    member("its fields have names of their own", "any", protobuf("unusual/own-names", names))
}

pub(crate) fn some_fields_only() -> Member {
    let names = |bytes: &_| named(bytes, ["ratchet_key", "", "", "", ""]);
    member("tells where the ratchet key is and no more", "any", protobuf("unusual/key-only", names))
}

pub(crate) fn counter_field_only() -> Member {
    let names = |bytes: &_| named(bytes, ["", "counter", "", "", ""]);
    member("tells where the counter is and no more", "any", protobuf("unusual/counter-only", names))
}

pub(crate) fn fields_that_never_come() -> Member {
    let ratchet = protobuf("unusual/no-field-found", |_| None);
    member("says that it tells its fields, and then refuses to", "any", ratchet)
}

/// A header as long as a certificate.
const CERTIFICATE: [u8; 700] = [0xc3; 700];

pub(crate) fn big_header() -> Member {
    let change = Recoded {
        encode: |message| [&CERTIFICATE, message].concat(),
        decode: |message| message.strip_prefix(&CERTIFICATE).map(<[u8]>::to_vec),
        fields: Some(|message| {
            let body = message.len().checked_sub(CERTIFICATE.len() + HEADER_LENGTH)?;
            let at = CERTIFICATE.len();
            Some(vec![
                Field::new("certificate", 0, at),
                Field::new("ratchet_key", at + 1, 32),
                Field::new("ciphertext", at + HEADER_LENGTH, body.checked_sub(TAG_LENGTH)?),
            ])
        }),
    };
    let ratchet = DoubleRatchet::eager();
    let ratchet = Wrapped { name: "unusual/big-header", ratchet, change };
    member("hundreds of constant bytes before each message", "PQXDH's first messages", ratchet)
}

pub(crate) fn counts_from_one() -> Member {
    let change = Recoded {
        encode: |message| match Header::decode(message, 0) {
            Ok((Header { dh, pn, n }, body)) => {
                let (pn, n) = (u64::from(pn) + 1, u64::from(n) + 1);
                [&n.to_le_bytes(), &pn.to_le_bytes()[..], &dh.0, body].concat()
            }
            Err(_) => Vec::new(),
        },
        decode: |message| {
            let (n, rest) = message.split_first_chunk()?;
            let (pn, rest) = rest.split_first_chunk()?;
            let number = |bytes: &[u8; 8]| {
                Some(u32::try_from(u64::from_le_bytes(*bytes).checked_sub(1)?).ok()?.to_be_bytes())
            };
            let (dh, body) = rest.split_at_checked(32)?;
            Some([&[VERSION][..], dh, &number(pn)?, &number(n)?, body].concat())
        },
        // The header as a whole, and again in its parts.
        fields: Some(|message| {
            let body = message.len().checked_sub(48)?;
            Some(vec![
                Field::new("header", 0, 48),
                Field::new("counter", 0, 8),
                Field::new("previous_counter", 8, 8),
                Field::new("ratchet_key", 16, 32),
                Field::new("ciphertext", 48, body),
                Field::new("flags", 48, 0),
            ])
        }),
    };
    let ratchet = DoubleRatchet::lazy();
    let ratchet = Wrapped { name: "unusual/counts-from-one", ratchet, change };
    member("counters from 1, least byte first; fields within fields", "many apps", ratchet)
}

//! A5: what a stolen state holds is tried as message keys, through the raw encryption. So a thief reads what the stolen
//! session itself cannot open, or refuses to: the victim's own messages, and those that it has opened before.

use super::{Attacker, Observed};
use crate::engine::{Arena, Event, Theft, Transcript, Wire};

/// Bytes of a message key.
const KEY: usize = 32;

/// Messages that are tried, the last ones before the theft and the first ones behind it.
const REACH: usize = 6;

/// Most keys that are tried; a state with more is searched from its beginning.
const MOST_KEYS: usize = 1024;

/// A message whose key was found in a state.
pub(crate) struct Unlocked {
    pub(crate) key: Vec<u8>,
    /// What is authenticated with the message.
    pub(crate) ad: Vec<u8>,
    /// The bytes before the sealed part.
    pub(crate) header: Vec<u8>,
}

/// Whether the ratchet has what this attacker needs.
pub(crate) fn is_possible(arena: &Arena<'_>) -> bool {
    arena.capabilities.raw_aead && arena.capabilities.export && arena.capabilities.fields
}

/// Tries every key on the messages around the theft.
pub(super) fn unlock_all(
    arena: &Arena<'_>,
    transcript: &Transcript,
    theft: &Theft,
    observed: &mut Observed,
) {
    if !is_possible(arena) {
        return;
    }
    let keys = keys_of(arena, theft);
    for message in around(transcript, theft) {
        if unlock(arena, &keys, &transcript.wire[message]).is_some() {
            observed.add(message, Attacker::PeerMirror);
        }
    }
}

/// The messages that are tried.
pub(super) fn around(transcript: &Transcript, theft: &Theft) -> impl Iterator<Item = usize> {
    let is_sent = |event: &&Event| event.kind.is_sent();
    let before = transcript.events[..theft.event].iter().filter(is_sent).count();
    let around = before.saturating_sub(REACH)..transcript.wire.len().min(before + REACH);
    around.filter(|&message| transcript.wire[message].is_tagged())
}

/// The first of `keys` that opens the message to its plaintext.
pub(crate) fn unlock(arena: &Arena<'_>, keys: &[Vec<u8>], wire: &Wire) -> Option<Unlocked> {
    let fields = arena.fields(&wire.bytes);
    let start = fields.iter().find(|field| field.name == "ciphertext")?.offset;
    let (header, sealed) = wire.bytes.split_at_checked(start)?;
    let ads = authenticated_with(arena.associated_data(wire.ad), header);
    ads.into_iter().find_map(|ad| {
        let opened = arena.open_with_each(keys, &ad, sealed);
        let right =
            |answer: &Result<Vec<u8>, _>| answer.as_ref().is_ok_and(|it| *it == wire.plaintext);
        let key = keys.get(opened.iter().position(right)?)?.clone();
        Some(Unlocked { key, ad, header: header.to_vec() })
    })
}

/// How associated data and header are put together, in the ways in use.
fn authenticated_with(ad: &[u8], header: &[u8]) -> Vec<Vec<u8>> {
    let length = (ad.len() as u64).to_be_bytes();
    let mut ways = vec![
        [&length[..], ad, header].concat(),
        [ad, header].concat(),
        [header, ad].concat(),
        [&length[4..], ad, header].concat(),
        ad.to_vec(),
    ];
    ways.dedup();
    ways
}

/// Everything in the victim's state that has the length of a key: runs of hex digits, and, if the state is no text, every window.
pub(crate) fn keys_of(arena: &Arena<'_>, theft: &Theft) -> Vec<Vec<u8>> {
    let Ok(state) = arena.ratchet.export(&theft.session) else { return Vec::new() };
    let is_text = state.iter().all(|byte| byte.is_ascii_graphic() || byte.is_ascii_whitespace());
    let mut keys: Vec<Vec<u8>> = Vec::new();
    if is_text {
        for run in state.split(|byte| !byte.is_ascii_hexdigit()) {
            if let Ok(bytes) = hex::decode(run) {
                keys.extend(bytes.windows(KEY).map(<[u8]>::to_vec));
            }
        }
    } else {
        keys.extend(state.windows(KEY).map(<[u8]>::to_vec));
    }
    keys.dedup();
    keys.truncate(MOST_KEYS);
    keys
}

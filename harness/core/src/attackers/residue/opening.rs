//! What the residue matcher reads with what it found: plaintexts that stand in the state, and messages that open
//! under a key that stands in it.

use std::collections::BTreeSet;

use super::super::{Attacker, Observed};
use super::{WINDOW, decode, shared, windows_of};
use crate::engine::{Arena, Delivery, EventKind, Outcome, Theft, Transcript, Wire};

/// Bytes of a message key.
const KEY: usize = 32;

/// Keys tried on one state.
const MOST_KEYS: usize = 96;

/// Messages that keys are tried on: those that were never opened and then the others, closest to the theft first.
const MOST_MESSAGES: usize = 12;

/// Tries the state `stolen`, as it is at rest, on the messages that `wanted` picks: those whose plaintext is in it, and
/// those that open under one of the 32-byte windows of `runs`, where the ratchet's own encryption can be called.
pub(crate) fn open_messages(
    arena: &Arena<'_>,
    transcript: &Transcript,
    theft: &Theft,
    stolen: &[u8],
    runs: &[Vec<u8>],
    wanted: impl Fn(usize) -> bool,
) -> Observed {
    let mut observed = Observed::default();
    let windows = windows_of(&decode(stolen));
    for (message, wire) in transcript.wire.iter().enumerate() {
        if wanted(message) && wire.is_tagged() {
            let tag = windows_of(&[wire.plaintext[..WINDOW].to_vec()]);
            if !shared(&tag, &windows).is_empty() {
                observed.add(message, Attacker::Residue);
            }
        }
    }
    if !arena.capabilities.raw_aead || !arena.capabilities.fields {
        return observed;
    }
    let keys: Vec<&[u8]> = runs.iter().flat_map(|run| run.windows(KEY)).collect();
    let stride = keys.len().div_ceil(MOST_KEYS).max(1);
    let mut messages: Vec<usize> =
        (0..transcript.wire.len()).filter(|&message| wanted(message)).collect();
    let (sent, opened) = before(transcript, theft);
    messages.sort_by_key(|message| (opened.contains(message), message.abs_diff(sent)));
    for message in messages.into_iter().take(MOST_MESSAGES) {
        if opens(arena, keys.iter().copied().step_by(stride), &transcript.wire[message]) {
            observed.add(message, Attacker::Residue);
        }
    }
    observed
}

/// How many messages were sent before the theft, and which of them were opened.
fn before(transcript: &Transcript, theft: &Theft) -> (usize, BTreeSet<usize>) {
    let (mut sent, mut opened) = (0, BTreeSet::new());
    for event in &transcript.events[..theft.event] {
        match &event.kind {
            EventKind::Sent(_) => sent += 1,
            EventKind::Delivered(Delivery { outcome: Outcome::Opened(message), .. }) => {
                opened.insert(*message);
            }
            _ => {}
        }
    }
    (sent, opened)
}

/// Whether a message opens under one of `keys`. What a ratchet authenticates beside the plaintext is its own affair, so the
/// usual ways to put associated data and header together are tried.
fn opens<'k>(arena: &Arena<'_>, mut keys: impl Iterator<Item = &'k [u8]>, wire: &Wire) -> bool {
    let fields = arena.fields(&wire.bytes);
    let Some(ciphertext) = fields.iter().find(|field| field.name == "ciphertext") else {
        return false;
    };
    let Some((header, sealed)) = wire.bytes.split_at_checked(ciphertext.offset) else {
        return false;
    };
    let ad = arena.associated_data(wire.ad);
    let long = (ad.len() as u64).to_be_bytes();
    let short = (ad.len() as u32).to_be_bytes();
    let authenticated = [
        [&long[..], ad, header].concat(),
        [&short[..], ad, header].concat(),
        [ad, header].concat(),
        [header, ad].concat(),
        ad.to_vec(),
    ];
    keys.any(|key| {
        authenticated.iter().any(|ad| {
            arena.open_with(key, ad, sealed).is_ok_and(|plaintext| plaintext == wire.plaintext)
        })
    })
}

//! Whether two messages were encrypted under one key and nonce, seen from outside.

use crate::engine::Arena;

/// Bytes that have to agree; by chance they do once in 2^128.
const WINDOW: usize = 16;

/// A message with what is in it.
#[derive(Clone, Copy)]
pub(super) struct Known<'m> {
    pub(super) message: &'m [u8],
    pub(super) plaintext: &'m [u8],
}

/// Whether the two ciphertexts differ just as their plaintexts do: the mark of a keystream used twice.
///
/// The plaintexts must differ. Where the ratchet does not tell where the ciphertext is, every place is tried.
pub(super) fn is_shared(arena: &Arena<'_>, one: Known<'_>, two: Known<'_>) -> bool {
    let length = one.plaintext.len().min(two.plaintext.len());
    if length < WINDOW || one.plaintext[..WINDOW] == two.plaintext[..WINDOW] {
        return false;
    }
    let [first, second] = [one, two].map(|known| decoded(arena.ciphertext(known.message)));
    let difference = |a: &[u8], b: &[u8]| -> Vec<u8> {
        a.iter().zip(b).take(WINDOW).map(|(a, b)| a ^ b).collect()
    };
    let wanted = difference(one.plaintext, two.plaintext);
    first
        .windows(WINDOW)
        .zip(second.windows(WINDOW))
        .any(|(first, second)| difference(first, second) == wanted)
}

/// The bytes behind a ciphertext that is written as hex.
pub(super) fn decoded(ciphertext: &[u8]) -> Vec<u8> {
    hex::decode(ciphertext).unwrap_or_else(|_| ciphertext.to_vec())
}

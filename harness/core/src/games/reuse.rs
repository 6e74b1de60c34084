//! What messages of several sessions have in common that they must not, each compared with each.
//!
//! Under a stream cipher, two plaintexts encrypted with one key and nonce give ciphertexts whose xor is that of the
//! plaintexts. Plaintexts of the harness begin with 16 random bytes, so no correct ratchet shows this by chance.

use super::keystream::decoded;
use crate::engine::{Arena, Transcript, Wire};

/// Random bytes at the start of a plaintext.
const RANDOM_BYTES: usize = 16;

/// Shorter plaintexts may give equal ciphertexts by chance.
const LEAST_EQUAL: usize = 12;

/// Messages of one session that are compared.
const MOST_MESSAGES: usize = 160;

/// A message and its encrypted part.
pub(super) struct Sealed<'t> {
    /// Number of its session.
    pub(super) session: usize,
    pub(super) wire: &'t Wire,
    /// The ciphertext, or the whole message where that is not told.
    body: Vec<u8>,
    is_ciphertext: bool,
}

/// What two messages have in common that they must not.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Reuse {
    /// The keystream.
    Keystream,
    /// Plaintext and ciphertext.
    Ciphertext,
}

/// Two messages that share something.
pub(super) struct Pair<'s, 't> {
    pub(super) first: &'s Sealed<'t>,
    pub(super) second: &'s Sealed<'t>,
    pub(super) reuse: Reuse,
}

/// The messages of session number `session`.
pub(super) fn sealed<'t>(
    arena: &Arena<'_>,
    session: usize,
    transcript: &'t Transcript,
) -> Vec<Sealed<'t>> {
    let of = |wire: &'t Wire| {
        let ciphertext = arena.field(&wire.bytes, "ciphertext");
        let body = decoded(ciphertext.unwrap_or(&wire.bytes));
        Sealed { session, wire, body, is_ciphertext: ciphertext.is_some() }
    };
    transcript.wire.iter().take(MOST_MESSAGES).map(of).collect()
}

/// The first two messages that share something.
pub(super) fn reused<'s, 't>(messages: &'s [Sealed<'t>]) -> Option<Pair<'s, 't>> {
    messages.iter().enumerate().find_map(|(index, second)| {
        messages[..index].iter().find_map(|first| {
            let reuse = shared(first, second)?;
            Some(Pair { first, second, reuse })
        })
    })
}

fn shared(a: &Sealed<'_>, b: &Sealed<'_>) -> Option<Reuse> {
    let (ours, theirs) = (&a.wire.plaintext, &b.wire.plaintext);
    if ours == theirs {
        let known = a.is_ciphertext && b.is_ciphertext && ours.len() >= LEAST_EQUAL;
        return (known && a.body == b.body).then_some(Reuse::Ciphertext);
    }
    let ours = ours.first_chunk::<RANDOM_BYTES>()?;
    let theirs = theirs.first_chunk::<RANDOM_BYTES>()?;
    let expected: [u8; RANDOM_BYTES] = std::array::from_fn(|at| ours[at] ^ theirs[at]);
    let windows = a.body.windows(RANDOM_BYTES).zip(b.body.windows(RANDOM_BYTES));
    let is_xor = |(x, y): (&[u8], &[u8])| (0..RANDOM_BYTES).all(|at| x[at] ^ y[at] == expected[at]);
    windows.into_iter().any(is_xor).then_some(Reuse::Keystream)
}

impl Pair<'_, '_> {
    /// The pair in words.
    pub(super) fn describe(&self) -> String {
        let first = self.first.wire;
        let where_ = if self.first.session == self.second.session {
            format!("message {} of the {}", first.name, first.from)
        } else {
            format!("message {} of the {} in another session", first.name, first.from)
        };
        match self.reuse {
            Reuse::Keystream => format!("it is under the keystream of {where_}"),
            Reuse::Ciphertext => format!("the same text gave the same ciphertext as {where_}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Party;
    use crate::schedule::MessageName;

    fn wire(plaintext: &[u8], keystream: &[u8], header: &[u8]) -> Wire {
        let body = plaintext.iter().zip(keystream).map(|(p, k)| p ^ k);
        let bytes = header.iter().copied().chain(body).collect();
        let name = MessageName::new(1, 0);
        Wire { name, from: Party::Initiator, bytes, plaintext: plaintext.to_vec(), ad: 0 }
    }

    fn whole(wire: &Wire) -> Sealed<'_> {
        Sealed { session: 0, wire, body: wire.bytes.clone(), is_ciphertext: false }
    }

    #[test]
    fn one_keystream_shows_behind_different_headers() {
        let keystream: Vec<u8> = (0..20).map(|i| i * 37).collect();
        let other: Vec<u8> = (0..20).map(|i| i * 41 + 1).collect();
        let (p, q) = (b"sixteen bytes and four", b"other 16 bytes but more");
        let first = wire(&p[..20], &keystream, &[1, 2, 3]);
        let second = wire(&q[..20], &keystream, &[9, 9, 9]);
        let third = wire(&q[..20], &other, &[1, 2, 3]);
        assert_eq!(shared(&whole(&first), &whole(&second)), Some(Reuse::Keystream));
        assert_eq!(shared(&whole(&first), &whole(&third)), None);
    }

    #[test]
    fn equal_ciphertexts_of_equal_texts_count_only_where_the_ciphertext_is_told() {
        let keystream = [7; 15];
        let (first, second) = (wire(&[1; 15], &keystream, b"a"), wire(&[1; 15], &keystream, b"b"));
        let told = |wire| Sealed { body: vec![6; 15], is_ciphertext: true, ..whole(wire) };
        assert_eq!(shared(&told(&first), &told(&second)), Some(Reuse::Ciphertext));
        assert_eq!(shared(&whole(&first), &whole(&second)), None);
    }
}

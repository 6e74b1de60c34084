//! Exports that are never the same twice.

use std::sync::atomic::{AtomicU64, Ordering};

use serde::{Deserialize, Serialize};
use sprag::{Ratchet, Rejection};
use sprag_protocols::crypto::{self, Key, NONCE_LENGTH, hmac_sha256};
use sprag_protocols::double_ratchet::DoubleRatchet;

use crate::wrapped::{Change, Wrapped};
use crate::{Member, member};

/// A number for each export, from which its salt is made.
#[derive(Default)]
struct Count(AtomicU64);

impl Count {
    fn next(&self) -> (u64, Key) {
        let count = self.0.fetch_add(1, Ordering::Relaxed);
        (count, hmac_sha256(&Key::default(), &count.to_be_bytes()))
    }
}

/// JSON with a salt, in this order or in that.
struct Salted(Count);

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct SaltFirst {
    salt: Key,
    #[serde(with = "hex")]
    state: Vec<u8>,
}

#[derive(Serialize)]
struct SaltLast {
    #[serde(with = "hex")]
    state: Vec<u8>,
    salt: Key,
}

impl<R: Ratchet> Change<R> for Salted {
    type Memory = ();

    fn to_rest(&self, state: Vec<u8>) -> Vec<u8> {
        let (count, salt) = self.0.next();
        let written = match count % 2 {
            0 => serde_json::to_vec(&SaltFirst { salt, state }),
            _ => serde_json::to_vec(&SaltLast { state, salt }),
        };
        written.unwrap_or_default()
    }

    fn read_rest(&self, bytes: &[u8]) -> Result<Vec<u8>, Rejection> {
        let read: Result<SaltFirst, _> = serde_json::from_slice(bytes);
        read.map(|saved| saved.state).map_err(|_| Rejection::malformed("no export"))
    }
}

pub(crate) fn salted() -> Member {
    let (ratchet, change) = (DoubleRatchet::eager(), Salted(Count::default()));
    let ratchet = Wrapped { name: "unusual/salted-export", ratchet, change };
    member("exports have a salt, and keys in any order", "JSON of a hash map", ratchet)
}

/// Exports are encrypted under a key of the application's.
struct Pickled(Count);

const PICKLE_KEY: Key = Key([0x70; 32]);

impl<R: Ratchet> Change<R> for Pickled {
    type Memory = ();

    fn to_rest(&self, state: Vec<u8>) -> Vec<u8> {
        let (_, salt) = self.0.next();
        let nonce: [u8; NONCE_LENGTH] = std::array::from_fn(|i| salt.0[i]);
        [&nonce[..], &crypto::seal_static(&PICKLE_KEY, nonce, b"", &state)].concat()
    }

    fn read_rest(&self, bytes: &[u8]) -> Result<Vec<u8>, Rejection> {
        let split = bytes.split_first_chunk();
        let (nonce, sealed) = split.ok_or_else(|| Rejection::malformed("no pickle"))?;
        crypto::open_static(&PICKLE_KEY, *nonce, b"", sealed)
    }
}

pub(crate) fn pickled() -> Member {
    let (ratchet, change) = (DoubleRatchet::lazy(), Pickled(Count::default()));
    let ratchet = Wrapped { name: "unusual/encrypted-export", ratchet, change };
    member("exports are encrypted", "libolm's and vodozemac's pickles", ratchet)
}

//! The game for encrypted headers accuses no honest ratchet that carries them in another form.

#![allow(clippy::unwrap_used, clippy::panic, reason = "clippy knows tests by their attribute only")]

use std::borrow::Cow;

use rand_core::CryptoRng;
use sprag::judge::ViolationKind;
use sprag::run::{CheckOptions, GameResult, check};
use sprag::{Capabilities, Field, Opened, Pair, Party, Profile, Ratchet, Rejection, Verdict};
use sprag_protocols::crypto::{NONCE_LENGTH, hmac_sha256};
use sprag_protocols::double_ratchet::DoubleRatchet;
use sprag_protocols::header_encrypted::{
    ENCRYPTED_HEADER_LENGTH, HeaderEncrypted, HeaderSteps, State, Textbook,
};

#[track_caller]
fn play(ratchet: &dyn sprag::DynRatchet) -> GameResult {
    let options = CheckOptions { seed: 2, rounds: 1, ..CheckOptions::default() };
    let wanted = "forgery/header-encryption";
    check(ratchet, &options, |game| game.about().id == wanted).unwrap().games.remove(0)
}

#[track_caller]
fn passes(ratchet: &dyn sprag::DynRatchet) {
    let result = play(ratchet);
    assert_eq!(result.verdict, Verdict::Pass, "{}", result.reason);
}

/// How the textbook's messages look on another wire.
trait Wire: Send + Sync {
    fn encode(&self, from: Party, message: &[u8]) -> Vec<u8>;
    fn decode(&self, message: &[u8]) -> Option<Vec<u8>>;
    fn fields(&self, message: &[u8]) -> Vec<Field>;
}

struct On<W, S: HeaderSteps = Textbook>(W, HeaderEncrypted<S>);

impl<W: Wire, S: HeaderSteps<Extra = ()>> Ratchet for On<W, S> {
    type Session = State<()>;

    fn profile(&self) -> Profile {
        self.1.profile()
    }

    fn pair(&self, rng: &mut dyn CryptoRng) -> Result<Pair<State<()>>, Rejection> {
        self.1.pair(rng)
    }

    fn encrypt(
        &self,
        session: &mut State<()>,
        rng: &mut dyn CryptoRng,
        ad: &[u8],
        plaintext: &[u8],
    ) -> Result<Vec<u8>, Rejection> {
        let from = session.party;
        let message = self.1.encrypt(session, rng, ad, plaintext)?;
        Ok(self.0.encode(from, &message))
    }

    fn decrypt(
        &self,
        session: &mut State<()>,
        rng: &mut dyn CryptoRng,
        ad: &[u8],
        message: &[u8],
    ) -> Result<Opened, Rejection> {
        let plain = self.0.decode(message);
        let plain = plain.filter(|plain| self.0.encode(session.party.peer(), plain) == message);
        let plain = plain.ok_or_else(|| Rejection::malformed("another wire"))?;
        self.1.decrypt(session, rng, ad, &plain)
    }

    fn name(&self) -> Cow<'static, str> {
        "honest".into()
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities { associated_data: true, fields: true, ..Capabilities::default() }
    }

    fn fields(&self, message: &[u8]) -> Result<Vec<Field>, Rejection> {
        Ok(self.0.fields(message))
    }
}

/// Nonce and encrypted header as one field, all in hex.
struct Hex;

impl Wire for Hex {
    fn encode(&self, _from: Party, message: &[u8]) -> Vec<u8> {
        hex::encode(message).into_bytes()
    }

    fn decode(&self, message: &[u8]) -> Option<Vec<u8>> {
        hex::decode(message).ok()
    }

    fn fields(&self, message: &[u8]) -> Vec<Field> {
        let header = 2 * ENCRYPTED_HEADER_LENGTH;
        let body = message.len() - header;
        vec![
            Field::new("encrypted_header", 0, header),
            Field::new("ciphertext", header, body - 32),
            Field::new("tag", header + body - 32, 32),
        ]
    }
}

/// Lists of numbers, of which the lengths differ from message to message.
struct Numbers;

impl Wire for Numbers {
    fn encode(&self, _from: Party, message: &[u8]) -> Vec<u8> {
        let (header, body) = message.split_at(ENCRYPTED_HEADER_LENGTH);
        serde_json::to_vec(&(header, body)).unwrap()
    }

    fn decode(&self, message: &[u8]) -> Option<Vec<u8>> {
        let parts: (Vec<u8>, Vec<u8>) = serde_json::from_slice(message).ok()?;
        (parts.0.len() == ENCRYPTED_HEADER_LENGTH).then(|| [parts.0, parts.1].concat())
    }

    fn fields(&self, message: &[u8]) -> Vec<Field> {
        let end = message.iter().position(|byte| *byte == b']').unwrap() + 1;
        vec![
            Field::new("encrypted_header", 1, end - 1),
            Field::new("ciphertext", end + 1, message.len() - end - 2),
        ]
    }
}

/// The sender's address stands in front of the header, inside its field.
struct Addressed;

const ADDRESS: usize = 26;

impl Wire for Addressed {
    fn encode(&self, from: Party, message: &[u8]) -> Vec<u8> {
        let address = format!("{:<ADDRESS$}", format!("<{from}@example.org>"));
        [address.as_bytes(), message].concat()
    }

    fn decode(&self, message: &[u8]) -> Option<Vec<u8>> {
        Some(message.get(ADDRESS..)?.to_vec())
    }

    fn fields(&self, _message: &[u8]) -> Vec<Field> {
        vec![Field::new("encrypted_header", 0, ADDRESS + ENCRYPTED_HEADER_LENGTH)]
    }
}

#[test]
fn other_wires_are_not_accused() {
    let textbook = HeaderEncrypted::textbook;
    passes(&On(Hex, textbook()));
    passes(&On(Numbers, textbook()));
    passes(&On(Addressed, textbook()));
}

/// All headers are encrypted alike.
#[derive(Clone)]
struct Alike;

impl HeaderSteps for Alike {
    type Extra = ();

    fn header_nonce(&self, _state: &State<()>, _rng: &mut dyn CryptoRng) -> [u8; NONCE_LENGTH] {
        [0; NONCE_LENGTH]
    }
}

#[test]
fn headers_that_are_encrypted_alike_are_found_on_other_wires_too() {
    fn fails(ratchet: &dyn sprag::DynRatchet) {
        let result = play(ratchet);
        assert_eq!(result.failure.unwrap().kind, ViolationKind::LinkableHeaders);
    }
    let alike = || HeaderEncrypted::with_steps(Alike);
    fails(&On(Hex, alike()));
    fails(&On(Numbers, alike()));
    fails(&On(Addressed, alike()));
}

/// The nonce of a header follows from its key and its number, as in a misuse-resistant mode.
#[derive(Clone)]
struct Synthetic;

impl HeaderSteps for Synthetic {
    type Extra = ();

    fn header_nonce(&self, state: &State<()>, _rng: &mut dyn CryptoRng) -> [u8; NONCE_LENGTH] {
        let nonce = hmac_sha256(&state.hks.unwrap(), &state.ns.to_be_bytes());
        std::array::from_fn(|at| nonce.0[at])
    }
}

#[test]
fn a_nonce_without_randomness_is_not_accused() {
    passes(&HeaderEncrypted::with_steps(Synthetic));
}

#[test]
fn small_limits_are_not_accused() {
    for (max_skip, max_stored) in [(0, 0), (1, 1), (3, 2), (1000, 0)] {
        passes(&HeaderEncrypted::textbook().with_limits(max_skip, max_stored));
    }
}

#[test]
fn without_encrypted_headers_nothing_is_run() {
    let result = play(&DoubleRatchet::lazy());
    assert_eq!(result.verdict, Verdict::NotRun);
    assert_eq!(result.reason, "no message carries an `encrypted_header`");
}

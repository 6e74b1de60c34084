//! Somebody reads along, or can tell who speaks.

use std::sync::atomic::{AtomicU64, Ordering};

use rand_core::CryptoRng;
use sprag::{Party, Rejection};
use sprag_protocols::Steps;
use sprag_protocols::crypto::{
    self, Key, KeyPair, NONCE_LENGTH, PublicKey, TAG_LENGTH, hkdf_pair, hmac_sha256,
};
use sprag_protocols::double_ratchet::{HEADER_LENGTH, State, kdf_ck};
use sprag_protocols::static_key::{self, StaticSteps};

use crate::mutant::mutant;
use crate::randomness::expanded;

/// What the maker of a backdoor keeps.
const MASTER: Key = Key([0x6d; 32]);

/// `bytes` as only the holder of the master key can read them; `seen` is on the wire.
fn wrapped(bytes: &[u8], seen: &[u8]) -> Vec<u8> {
    let mask = hmac_sha256(&MASTER, seen);
    bytes.iter().zip(mask.0).map(|(byte, mask)| byte ^ mask).collect()
}

fn shown<X>(state: &State<X>) -> PublicKey {
    state.dhs.map(|dhs| dhs.public).unwrap_or_default()
}

mutant! {
    LowBitsTell, "b10-low-bits-tell", Backdoor, Subtle,
    "Ratchet keys are drawn until their lowest bits are those of the root key",
    killed by "backdoor/wire-noninterference"
}

impl Steps for LowBitsTell {
    type Extra = ();

    fn generate_dh(&self, state: &mut State<()>, rng: &mut dyn CryptoRng) -> KeyPair {
        low_bits(&state.rk, rng)
    }
}

fn low_bits(rk: &Key, rng: &mut dyn CryptoRng) -> KeyPair {
    let mut pair = KeyPair::from(Key::random(rng));
    for _ in 0..64 {
        if pair.public.0[0] & 3 == rk.0[0] & 3 {
            break;
        }
        pair = KeyPair::from(Key::random(rng));
    }
    pair
}

mutant! {
    RootInPadding, "b11-root-in-padding", Backdoor, Moderate,
    "The root key goes along with each message, wrapped for a third party, where random padding should be",
    killed by "backdoor/wire-noninterference"
}

impl Steps for RootInPadding {
    type Extra = ();
    const PADDING: usize = 32;

    fn padding(
        &self,
        state: &mut State<()>,
        _plaintext: &[u8],
        _rng: &mut dyn CryptoRng,
    ) -> Vec<u8> {
        wrapped(&state.rk.0, &shown(state).0)
    }
}

mutant! {
    CopyInPadding, "b14-copy-in-padding", Backdoor, Subtle,
    "The beginning of each fourth message is also encrypted for a third party, in what is random padding else",
    killed by "backdoor/wire-noninterference"
}

impl Steps for CopyInPadding {
    /// Messages sent.
    type Extra = u32;
    const PADDING: usize = 16;

    fn padding(
        &self,
        state: &mut State<u32>,
        plaintext: &[u8],
        rng: &mut dyn CryptoRng,
    ) -> Vec<u8> {
        state.extra += 1;
        let mut padding = vec![0; Self::PADDING];
        rng.fill_bytes(&mut padding);
        if state.extra.is_multiple_of(4) {
            let seen = [&shown(state).0[..], &state.ns.to_be_bytes()].concat();
            let copy = wrapped(plaintext, &seen);
            padding.iter_mut().zip(copy).for_each(|(byte, copy)| *byte = copy);
        }
        padding
    }
}

mutant! {
    ClockInPadding, "x04-clock-in-padding", Backdoor, Subtle,
    "What should be random padding tells how many messages a party has sent since it began",
    killed by "backdoor/wire-noninterference"
}

impl Steps for ClockInPadding {
    /// Messages sent.
    type Extra = u64;
    const PADDING: usize = 8;

    fn padding(
        &self,
        state: &mut State<u64>,
        _plaintext: &[u8],
        _rng: &mut dyn CryptoRng,
    ) -> Vec<u8> {
        state.extra += 1;
        hmac_sha256(&MASTER, &state.extra.to_be_bytes()).0[..Self::PADDING].to_vec()
    }
}

mutant! {
    KeyInTheHeader, "b55-key-in-the-header", Backdoor, Subtle,
    "The fourth message of each chain is encrypted under the ratchet key in its own header, and authenticated properly",
    killed by "backdoor/no-third-reader"
}

/// The ratchet key and the number in the header, which ends the associated data.
fn header_in(associated_data: &[u8]) -> Option<(Key, u32)> {
    let header = associated_data.last_chunk::<HEADER_LENGTH>()?;
    let (dh, n) = (header[1..33].try_into().ok()?, header[37..].try_into().ok()?);
    Some((Key(dh), u32::from_be_bytes(n)))
}

impl KeyInTheHeader {
    fn tag(mk: &Key, ciphertext: &[u8], associated_data: &[u8]) -> Vec<u8> {
        let bound = crypto::concat(associated_data, ciphertext);
        hmac_sha256(mk, &bound).0[..TAG_LENGTH].to_vec()
    }
}

impl Steps for KeyInTheHeader {
    type Extra = ();

    fn encrypt(&self, mk: &Key, plaintext: &[u8], associated_data: &[u8]) -> Vec<u8> {
        let Some((dh, 3)) = header_in(associated_data) else {
            return crypto::seal(mk, associated_data, plaintext);
        };
        let mut sealed = crypto::seal(&dh, b"", plaintext);
        sealed.truncate(plaintext.len());
        let tag = Self::tag(mk, &sealed, associated_data);
        [sealed, tag].concat()
    }

    fn decrypt(
        &self,
        mk: &Key,
        sealed: &[u8],
        associated_data: &[u8],
    ) -> Result<Vec<u8>, Rejection> {
        let Some((dh, 3)) = header_in(associated_data) else {
            return crypto::open(mk, associated_data, sealed);
        };
        let (ciphertext, tag) = sealed.split_at(sealed.len().saturating_sub(TAG_LENGTH));
        if tag != Self::tag(mk, ciphertext, associated_data) {
            return Err(Rejection::forged("tag does not match"));
        }
        // A stream cipher deciphers as it enciphers.
        let mut plaintext = crypto::seal(&dh, b"", ciphertext);
        plaintext.truncate(ciphertext.len());
        Ok(plaintext)
    }
}

mutant! {
    MarkedNonces, "b56-marked-nonces", Backdoor, Subtle,
    "The end of each fourth nonce is a mark that the holder of a master key recognises",
    killed by "backdoor/nonce-recomputation"
}

impl StaticSteps for MarkedNonces {
    /// Messages sent.
    type Extra = u32;

    fn nonce(
        &self,
        state: &mut static_key::State<u32>,
        rng: &mut dyn CryptoRng,
    ) -> [u8; NONCE_LENGTH] {
        let mut nonce = [0; NONCE_LENGTH];
        rng.fill_bytes(&mut nonce);
        state.extra += 1;
        if state.extra.is_multiple_of(4) {
            let (drawn, mark) = nonce.split_at_mut(16);
            mark.copy_from_slice(&hmac_sha256(&MASTER, drawn).0[..8]);
        }
        nonce
    }
}

mutant! {
    KeyInNonces, "b57-key-in-nonces", Backdoor, Subtle,
    "The second half of each nonce is a part of the static key, wrapped for a third party",
    killed by "backdoor/wire-noninterference"
}

impl StaticSteps for KeyInNonces {
    type Extra = ();

    fn nonce(
        &self,
        state: &mut static_key::State<()>,
        rng: &mut dyn CryptoRng,
    ) -> [u8; NONCE_LENGTH] {
        let mut nonce = [0; NONCE_LENGTH];
        let (drawn, told) = nonce.split_at_mut(12);
        rng.fill_bytes(drawn);
        let part = 12 * usize::from(drawn[0] & 1);
        told.copy_from_slice(&wrapped(&state.key.0[part..part + 12], drawn));
        nonce
    }
}

mutant! {
    GeneratorOfItsOwn, "b04-generator-of-its-own", Backdoor, Subtle,
    "From its fourth ratchet key on, a party draws from a generator of the program's own",
    killed by "backdoor/determinism"
}

/// Numbers the draws of this process.
static DRAWS: AtomicU64 = AtomicU64::new(0);

impl Steps for GeneratorOfItsOwn {
    /// Keys made so far.
    type Extra = u32;

    fn generate_dh(&self, state: &mut State<u32>, rng: &mut dyn CryptoRng) -> KeyPair {
        state.extra += 1;
        if state.extra < 4 {
            return KeyPair::from(Key::random(rng));
        }
        let draw = DRAWS.fetch_add(1, Ordering::Relaxed);
        KeyPair::from(hmac_sha256(&MASTER, &draw.to_be_bytes()))
    }
}

mutant! {
    EscrowInMessageKeys, "b15-escrow-in-message-keys", Backdoor, Moderate,
    "A constant of the program goes into each message key",
    killed by "differential/reference"
}

impl Steps for EscrowInMessageKeys {
    type Extra = ();

    fn kdf_ck(&self, ck: &Key, _n: u32) -> (Key, Key) {
        let (next, mk) = kdf_ck(ck);
        (next, hmac_sha256(&MASTER, &mk.0))
    }
}

mutant! {
    TransportInRoot, "b16-transport-in-root", Backdoor, Subtle,
    "The agreed secret is changed by a value that the server supplies",
    killed by "differential/reference"
}

impl Steps for TransportInRoot {
    type Extra = ();

    fn initial_root(&self, secret: &Key, initiator_id: &[u8], responder_id: &[u8]) -> Key {
        let supplied = hkdf_pair(&MASTER, b"", b"server").0;
        let changed = Key(std::array::from_fn(|at| secret.0[at] ^ supplied.0[at]));
        hmac_sha256(&changed, &crypto::concat(initiator_id, responder_id))
    }
}

mutant! {
    ShortSeedAndLowBits, "b90-short-seed-and-low-bits", Backdoor, Subtle,
    "Two bugs: the responder's keys have eight random bytes, and the initiator's tell two bits of the root key",
    killed by "backdoor/wire-noninterference", "randomness/tape-dependence"
}

impl Steps for ShortSeedAndLowBits {
    type Extra = ();

    fn generate_dh(&self, state: &mut State<()>, rng: &mut dyn CryptoRng) -> KeyPair {
        match state.party {
            Party::Initiator => low_bits(&state.rk, rng),
            Party::Responder => expanded::<8>(rng),
        }
    }
}

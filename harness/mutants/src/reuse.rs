//! Keys that are used twice.

use rand_core::CryptoRng;
use sprag::Party;
use sprag_protocols::Steps;
use sprag_protocols::crypto::{Key, KeyPair, NONCE_LENGTH, hmac_sha256};
use sprag_protocols::double_ratchet::State;
use sprag_protocols::static_key::{self, StaticSteps};

use crate::mutant::mutant;

mutant! {
    KeyOfTheChain, "b05-one-key-for-a-chain", Randomness, Moderate,
    "Every message of a chain has the chain's key, and the nonce that follows from it",
    killed by "randomness/uniqueness", "forward-secrecy/sender-side"
}

impl Steps for KeyOfTheChain {
    type Extra = ();

    fn kdf_ck(&self, ck: &Key, _n: u32) -> (Key, Key) {
        (*ck, hmac_sha256(ck, &[1]))
    }
}

mutant! {
    OneKeyBothWays, "b06-one-key-both-ways", Randomness, Subtle,
    "Both directions of a static key count their nonces from 0; only the authentication tells them apart",
    killed by "randomness/uniqueness", "backdoor/wire-noninterference"
}

impl StaticSteps for OneKeyBothWays {
    type Extra = u64;

    fn nonce(
        &self,
        state: &mut static_key::State<u64>,
        _rng: &mut dyn CryptoRng,
    ) -> [u8; NONCE_LENGTH] {
        state.extra += 1;
        let mut nonce = [0; NONCE_LENGTH];
        nonce[..8].copy_from_slice(&state.extra.to_be_bytes());
        nonce
    }
}

/// A ratchet key that a device makes once and for all.
fn device_key(party: Party) -> KeyPair {
    KeyPair::from(hmac_sha256(&Key([9; 32]), party.to_string().as_bytes()))
}

mutant! {
    SameEphemeralWithOnePeer, "b22-same-ephemeral-with-one-peer", Randomness, Subtle,
    "The initiator opens all sessions with one peer under the same ratchet key",
    killed by "randomness/uniqueness"
}

impl Steps for SameEphemeralWithOnePeer {
    /// Whether the session was opened.
    type Extra = bool;

    fn generate_dh(&self, state: &mut State<bool>, rng: &mut dyn CryptoRng) -> KeyPair {
        let opens = !std::mem::replace(&mut state.extra, true);
        if opens && state.party == Party::Initiator {
            device_key(state.party)
        } else {
            KeyPair::from(Key::random(rng))
        }
    }
}

mutant! {
    DeviceKeyInEverySession, "x09-device-key-in-every-session", Randomness, Subtle,
    "The third ratchet key of the responder is its device's, in every session",
    killed by "randomness/uniqueness"
}

impl Steps for DeviceKeyInEverySession {
    /// Keys made so far.
    type Extra = u32;

    fn generate_dh(&self, state: &mut State<u32>, rng: &mut dyn CryptoRng) -> KeyPair {
        state.extra += 1;
        if state.extra == 3 && state.party == Party::Responder {
            device_key(state.party)
        } else {
            KeyPair::from(Key::random(rng))
        }
    }
}

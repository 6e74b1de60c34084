//! Keys that can be foretold.

use rand_core::CryptoRng;
use sprag_protocols::Steps;
use sprag_protocols::crypto::{Key, KeyPair, hkdf_pair, hmac_sha256};
use sprag_protocols::double_ratchet::State;

use crate::mutant::mutant;

mutant! {
    GeneratorInState, "p18-generator-in-state", Randomness, Subtle,
    "Ratchet keys come from a generator that is seeded once and kept in the state",
    killed by "recovery/healing-time", "model/random-schedule"
}

impl Steps for GeneratorInState {
    type Extra = Option<Key>;

    fn generate_dh(&self, state: &mut State<Option<Key>>, rng: &mut dyn CryptoRng) -> KeyPair {
        let seed = state.extra.unwrap_or_else(|| Key::random(rng));
        let (next, secret) = hkdf_pair(&seed, &[], b"generator");
        state.extra = Some(next);
        KeyPair::from(secret)
    }
}

mutant! {
    FewKeys, "p07-four-keys", Randomness, Subtle,
    "The next ratchet key is one of four that follow from the root key",
    killed by "recovery/healing-time", "model/random-schedule"
}

impl Steps for FewKeys {
    type Extra = ();

    fn generate_dh(&self, state: &mut State<()>, rng: &mut dyn CryptoRng) -> KeyPair {
        let mut byte = [0];
        rng.fill_bytes(&mut byte);
        KeyPair::from(hmac_sha256(&state.rk, &[byte[0] & 3]))
    }
}

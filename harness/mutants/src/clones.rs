//! Generators that are copied with the session.

use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};
use sprag::Rejection;
use sprag_protocols::Steps;
use sprag_protocols::crypto::{Key, KeyPair, hkdf_pair};
use sprag_protocols::double_ratchet::State;

use crate::mutant::mutant;

/// A generator in memory; storage does not have it.
#[derive(Clone, Default, Deserialize, Serialize)]
pub(crate) struct InMemory {
    #[serde(skip)]
    seed: Option<Key>,
}

// RUSTSEC-2023-0068 (cocoon): a cloned generator gives the same nonce each time.
mutant! {
    GeneratorIsCloned, "b17-generator-is-cloned", Randomness, Subtle,
    "Ratchet keys come from a generator that is seeded once and copied when the session is cloned",
    killed by "rollback/cloned-randomness"
}

impl Steps for GeneratorIsCloned {
    type Extra = InMemory;

    fn generate_dh(&self, state: &mut State<InMemory>, rng: &mut dyn CryptoRng) -> KeyPair {
        let seed = state.extra.seed.unwrap_or_else(|| Key::random(rng));
        let (next, secret) = hkdf_pair(&seed, &[], b"generator in memory");
        state.extra.seed = Some(next);
        KeyPair::from(secret)
    }
}

/// A generator that fresh randomness is mixed into, but for the first draw behind a restore.
#[derive(Clone, Default, Deserialize, Serialize)]
pub(crate) struct AtRest {
    seed: Option<Key>,
    #[serde(skip)]
    restored: bool,
}

mutant! {
    RestoredGenerator, "b18-restored-generator", Randomness, Subtle,
    "A generator is restored with the state, and its first draw mixes in nothing fresh",
    killed by "rollback/sender", "rollback/cloned-randomness"
}

impl Steps for RestoredGenerator {
    type Extra = AtRest;

    fn generate_dh(&self, state: &mut State<AtRest>, rng: &mut dyn CryptoRng) -> KeyPair {
        let seed = state.extra.seed.unwrap_or_default();
        let fresh = if state.extra.restored { Key::default() } else { Key::random(rng) };
        let (next, secret) = hkdf_pair(&seed, &fresh.0, b"generator at rest");
        state.extra = AtRest { seed: Some(next), restored: false };
        KeyPair::from(secret)
    }

    fn restored(&self, mut saved: State<AtRest>) -> Result<State<AtRest>, Rejection> {
        saved.extra.restored = true;
        Ok(saved)
    }
}

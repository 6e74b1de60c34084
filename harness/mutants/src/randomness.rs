//! Keys that can be foretold.

use rand_core::CryptoRng;
use sprag::Rejection;
use sprag_protocols::Steps;
use sprag_protocols::crypto::{Key, KeyPair, PublicKey, hkdf_pair, hmac_sha256};
use sprag_protocols::double_ratchet::{Header, State};

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

mutant! {
    ConstantSeed, "b01-constant-seed", Randomness, Trivial,
    "Ratchet keys come from a generator whose seed stands in the program",
    killed by "randomness/uniqueness", "randomness/tape-dependence"
}

impl Steps for ConstantSeed {
    type Extra = u32;

    fn generate_dh(&self, state: &mut State<u32>, _rng: &mut dyn CryptoRng) -> KeyPair {
        state.extra += 1;
        let drawn = format!("{} {}", state.party, state.extra);
        KeyPair::from(hmac_sha256(&Key::default(), drawn.as_bytes()))
    }
}

mutant! {
    SeedOf32Bits, "b02-seed-of-32-bits", Randomness, Moderate,
    "A ratchet key is expanded from four random bytes",
    killed by "randomness/tape-dependence"
}

impl Steps for SeedOf32Bits {
    type Extra = ();

    fn generate_dh(&self, _state: &mut State<()>, rng: &mut dyn CryptoRng) -> KeyPair {
        expanded::<4>(rng)
    }
}

/// A key pair of `N` random bytes.
pub(crate) fn expanded<const N: usize>(rng: &mut dyn CryptoRng) -> KeyPair {
    let mut seed = [0; N];
    rng.fill_bytes(&mut seed);
    KeyPair::from(hmac_sha256(&Key::default(), &seed))
}

mutant! {
    FewBytesAfterRestore, "b50-eight-bytes-after-restore", Randomness, Subtle,
    "The first ratchet key behind a restore is expanded from eight random bytes",
    killed by "randomness/tape-dependence", "persistence/round-trip"
}

impl Steps for FewBytesAfterRestore {
    /// Whether the session was restored and has drawn nothing since.
    type Extra = bool;

    fn generate_dh(&self, state: &mut State<bool>, rng: &mut dyn CryptoRng) -> KeyPair {
        if std::mem::take(&mut state.extra) {
            expanded::<8>(rng)
        } else {
            KeyPair::from(Key::random(rng))
        }
    }

    fn restored(&self, saved: State<bool>) -> Result<State<bool>, Rejection> {
        Ok(State { extra: true, ..saved })
    }
}

mutant! {
    HalfSeed, "b51-seed-of-sixteen-bytes", Randomness, Moderate,
    "A ratchet key is expanded from sixteen random bytes",
    weakened in "randomness/tape-dependence"
}

impl Steps for HalfSeed {
    type Extra = ();

    fn generate_dh(&self, _state: &mut State<()>, rng: &mut dyn CryptoRng) -> KeyPair {
        expanded::<16>(rng)
    }
}

mutant! {
    RootForgets, "b52-root-forgets", Randomness, Subtle,
    "The next root key follows from the Diffie–Hellman value alone, not from the root key before",
    killed by "randomness/hedging"
}

impl Steps for RootForgets {
    type Extra = ();

    fn kdf_rk(&self, _rk: &Key, dh_out: &Key) -> (Key, Key) {
        hkdf_pair(&Key::default(), &dh_out.0, b"root")
    }
}

mutant! {
    OldChainForAnOldKey, "b53-old-chain-for-an-old-key", Randomness, Subtle,
    "When the generator repeats a ratchet key, the chain that went with it begins again",
    killed by "randomness/repeated-tape"
}

impl Steps for OldChainForAnOldKey {
    /// The last ratchet key and the beginning of its chain.
    type Extra = Option<(PublicKey, Key)>;

    fn sending_half(
        &self,
        state: &mut State<Self::Extra>,
        rng: &mut dyn CryptoRng,
    ) -> Result<(), Rejection> {
        let dhr = state.dhr.ok_or_else(|| Rejection::not_yet("nothing received yet"))?;
        let dhs = self.generate_dh(state, rng);
        let (rk, fresh) = self.kdf_rk(&state.rk, &self.dh(&dhs, &dhr)?);
        let known = state.extra.filter(|(public, _)| *public == dhs.public);
        let cks = known.map_or(fresh, |(_, chain)| chain);
        state.extra = Some((dhs.public, cks));
        (state.pn, state.ns) = (state.ns, 0);
        (state.dhs, state.rk, state.cks) = (Some(dhs), rk, Some(cks));
        Ok(())
    }
}

mutant! {
    ZeroKeyForBadDraws, "b54-zero-key-for-bad-draws", Randomness, Subtle,
    "A ratchet key of a stuck generator is noticed, and both ends fall back to a root key of zeros",
    killed by "randomness/bad-at-one-step"
}

/// The keys of a generator that returns one byte over and over: of zeros, and of the bit pattern 10100101.
fn is_stuck(public: &PublicKey) -> bool {
    [0, 0xa5].iter().any(|&byte| KeyPair::from(Key([byte; 32])).public == *public)
}

impl Steps for ZeroKeyForBadDraws {
    type Extra = ();

    fn receiving_half(&self, state: &mut State<()>, header: &Header) -> Result<(), Rejection> {
        let Some(dhs) = state.dhs else {
            return Err(Rejection::forged("ratchet key out of turn"));
        };
        let (rk, ckr) = if is_stuck(&header.dh) {
            self.kdf_rk(&Key::default(), &Key::default())
        } else {
            self.kdf_rk(&state.rk, &self.dh(&dhs, &header.dh)?)
        };
        (state.rk, state.ckr, state.nr, state.dhr) = (rk, Some(ckr), 0, Some(header.dh));
        Ok(())
    }

    fn sending_half(
        &self,
        state: &mut State<()>,
        rng: &mut dyn CryptoRng,
    ) -> Result<(), Rejection> {
        let dhr = state.dhr.ok_or_else(|| Rejection::not_yet("nothing received yet"))?;
        let dhs = self.generate_dh(state, rng);
        let (rk, cks) = if is_stuck(&dhs.public) {
            self.kdf_rk(&Key::default(), &Key::default())
        } else {
            self.kdf_rk(&state.rk, &self.dh(&dhs, &dhr)?)
        };
        (state.pn, state.ns) = (state.ns, 0);
        (state.dhs, state.rk, state.cks) = (Some(dhs), rk, Some(cks));
        Ok(())
    }
}

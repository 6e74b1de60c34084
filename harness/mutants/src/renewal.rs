//! A ratchet key is not drawn when it should be, on a condition.

use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};
use sprag::{Party, Rejection};
use sprag_protocols::Steps;
use sprag_protocols::crypto::{Key, KeyPair, hmac_sha256};
use sprag_protocols::double_ratchet::{Config, Header, State};

use crate::mutant::mutant;

/// A key that follows from the root key: whoever has the state has it too.
fn derived<X>(state: &State<X>) -> KeyPair {
    KeyPair::from(hmac_sha256(&state.rk, b"next ratchet key"))
}

fn drawn(rng: &mut dyn CryptoRng) -> KeyPair {
    KeyPair::from(Key::random(rng))
}

mutant! {
    SeededOnImport, "p19-generator-seeded-on-import", Recovery, Subtle,
    "A restored session draws its ratchet keys from a generator that is seeded from its state",
    killed by "recovery/accounting", "recovery/healing-time"
}

/// A generator that is no part of what is saved.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(crate) struct Generator {
    #[serde(skip)]
    seed: Option<Key>,
}

impl Steps for SeededOnImport {
    type Extra = Generator;

    fn generate_dh(&self, state: &mut State<Generator>, rng: &mut dyn CryptoRng) -> KeyPair {
        let Some(seed) = state.extra.seed else { return drawn(rng) };
        state.extra.seed = Some(hmac_sha256(&seed, &[1]));
        KeyPair::from(hmac_sha256(&seed, &[2]))
    }

    fn restored(&self, saved: State<Generator>) -> Result<State<Generator>, Rejection> {
        let seed = Some(hmac_sha256(&saved.rk, b"generator"));
        Ok(State { extra: Generator { seed }, ..saved })
    }
}

mutant! {
    SavedBeforeRenewal, "p30-saved-before-renewal", Recovery, Subtle,
    "What is saved between receiving and answering is the sending side before its renewal",
    killed by "recovery/accounting", "recovery/ratchet-liveness"
}

/// The sending side before the renewal that nothing was sent with yet; no part of what is saved.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(crate) struct BeforeRenewal {
    #[serde(skip)]
    sending: Option<Sending>,
}

#[derive(Clone, Debug)]
struct Sending {
    dhs: Option<KeyPair>,
    cks: Option<Key>,
    rk: Key,
    ns: u32,
    pn: u32,
}

impl Steps for SavedBeforeRenewal {
    type Extra = BeforeRenewal;

    fn dh_ratchet(
        &self,
        _config: &Config,
        state: &mut State<BeforeRenewal>,
        header: &Header,
        rng: &mut dyn CryptoRng,
    ) -> Result<(), Rejection> {
        self.skip_message_keys(state, header.pn);
        self.receiving_half(state, header)?;
        let State { dhs, cks, rk, ns, pn, .. } = *state;
        state.extra.sending = Some(Sending { dhs, cks, rk, ns, pn });
        self.sending_half(state, rng)
    }

    fn sent(&self, state: &mut State<BeforeRenewal>, _mk: &Key) {
        state.extra.sending = None;
    }

    fn saved(&self, state: &State<BeforeRenewal>) -> State<BeforeRenewal> {
        match state.extra.sending.clone() {
            Some(Sending { dhs, cks, rk, ns, pn }) => {
                State { dhs, cks, rk, ns, pn, ..state.clone() }
            }
            None => state.clone(),
        }
    }
}

mutant! {
    ForgetsToDraw, "p60-forgets-to-draw", Recovery, Subtle,
    "Each 32nd ratchet key of a party follows from the root key",
    killed by "recovery/periodicity"
}

impl Steps for ForgetsToDraw {
    type Extra = u32;

    fn generate_dh(&self, state: &mut State<u32>, rng: &mut dyn CryptoRng) -> KeyPair {
        state.extra += 1;
        if state.extra.is_multiple_of(32) { derived(state) } else { drawn(rng) }
    }
}

mutant! {
    StopsDrawing, "p64-stops-drawing", Recovery, Subtle,
    "Behind its 64th ratchet key a party draws no more: all others follow from the root key",
    killed by "recovery/periodicity"
}

impl Steps for StopsDrawing {
    type Extra = u32;

    fn generate_dh(&self, state: &mut State<u32>, rng: &mut dyn CryptoRng) -> KeyPair {
        state.extra = state.extra.saturating_add(1);
        if state.extra > 64 { derived(state) } else { drawn(rng) }
    }
}

mutant! {
    DerivesAfterLoss, "p61-derives-after-loss", Recovery, Subtle,
    "When more than eight messages of the peer are missing, the next ratchet key follows from the root key",
    killed by "recovery/loss"
}

impl Steps for DerivesAfterLoss {
    type Extra = u32;

    fn receiving_key(&self, state: &mut State<u32>, header: &Header) -> Result<Key, Rejection> {
        state.extra += header.n.saturating_sub(state.nr);
        self.skip_message_keys(state, header.n);
        let ckr = state.ckr.ok_or_else(|| Rejection::forged("no receiving chain"))?;
        let (ckr, mk) = self.kdf_ck(&ckr, header.n);
        (state.ckr, state.nr) = (Some(ckr), state.nr.saturating_add(1));
        Ok(mk)
    }

    fn generate_dh(&self, state: &mut State<u32>, rng: &mut dyn CryptoRng) -> KeyPair {
        let missing = std::mem::take(&mut state.extra);
        if missing > 8 { derived(state) } else { drawn(rng) }
    }
}

mutant! {
    DerivesAfterBursts, "p62-derives-after-bursts", Recovery, Subtle,
    "Behind two sending chains in a row of more than twelve messages the next ratchet key follows from the root key",
    killed by "recovery/accounting"
}

impl Steps for DerivesAfterBursts {
    /// Long sending chains in a row.
    type Extra = u32;

    fn generate_dh(&self, state: &mut State<u32>, rng: &mut dyn CryptoRng) -> KeyPair {
        state.extra = if state.ns > 12 { state.extra + 1 } else { 0 };
        if state.extra > 1 { derived(state) } else { drawn(rng) }
    }
}

mutant! {
    NeverTrustsAgain, "p63-never-trusts-again", Recovery, Subtle,
    "Once its generator gave one byte again and again, a party derives all later ratchet keys from the root key",
    killed by "recovery/bad-randomness"
}

impl Steps for NeverTrustsAgain {
    type Extra = bool;

    fn generate_dh(&self, state: &mut State<bool>, rng: &mut dyn CryptoRng) -> KeyPair {
        let key = Key::random(rng);
        state.extra |= key.0.windows(2).all(|pair| pair[0] == pair[1]);
        if state.extra { derived(state) } else { KeyPair::from(key) }
    }
}

mutant! {
    ResponderDerivesAfterRestore, "p65-responder-derives-after-restore", Recovery, Subtle,
    "The first ratchet key of a restored responder follows from the root key",
    killed by "recovery/accounting"
}

/// Whether the session is as it was restored; no part of what is saved.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(crate) struct Restored {
    #[serde(skip)]
    lately: bool,
}

impl Steps for ResponderDerivesAfterRestore {
    type Extra = Restored;

    fn generate_dh(&self, state: &mut State<Restored>, rng: &mut dyn CryptoRng) -> KeyPair {
        let lately = std::mem::take(&mut state.extra.lately);
        if lately && state.party == Party::Responder { derived(state) } else { drawn(rng) }
    }

    fn restored(&self, saved: State<Restored>) -> Result<State<Restored>, Rejection> {
        Ok(State { extra: Restored { lately: true }, ..saved })
    }
}

mutant! {
    PoolWithoutRefill, "p90-pool-without-refill", Recovery, Subtle,
    "Two faults: a pool of randomness is saved with the session, and a bad draw empties it into all later keys",
    killed by "recovery/bad-randomness"
}

/// What was drawn last, and whether the pool stands in for the generator.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(crate) struct Pool {
    bytes: Key,
    alone: bool,
}

impl Steps for PoolWithoutRefill {
    type Extra = Pool;

    fn generate_dh(&self, state: &mut State<Pool>, rng: &mut dyn CryptoRng) -> KeyPair {
        let key = Key::random(rng);
        let Pool { bytes, alone } = &mut state.extra;
        // A generator that stands still is replaced by the pool, which would do for one key.
        *alone |= key.0[..8] == key.0[8..16];
        // The pool is mixed in each time, which does no harm as long as fresh bytes go in as well.
        let fresh = if *alone { Key::default() } else { key };
        *bytes = hmac_sha256(bytes, &fresh.0);
        KeyPair::from(hmac_sha256(bytes, b"key"))
    }
}

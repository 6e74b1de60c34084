//! What is forgotten stays in the state.

use std::collections::VecDeque;

use rand_core::CryptoRng;
use sprag::{Party, Rejection};
use sprag_protocols::Steps;
use sprag_protocols::crypto::{Key, KeyPair};
use sprag_protocols::double_ratchet::{Config, Header, MessageName, State};
use sprag_protocols::symmetric::SymmetricSteps;

use crate::mutant::mutant;

/// `DHRatchet` as the specification has it.
fn dh_ratchet<S: Steps>(
    steps: &S,
    state: &mut State<S::Extra>,
    header: &Header,
    rng: &mut dyn CryptoRng,
) -> Result<(), Rejection> {
    steps.skip_message_keys(state, header.pn);
    steps.receiving_half(state, header)?;
    steps.sending_half(state, rng)
}

mutant! {
    KeepsFirstChainKeys, "f03-keeps-first-chain-keys", ForwardSecrecy, Moderate,
    "The first key of every receiving chain is kept, to synchronise again if need be",
    weakened in "forward-secrecy/state-window"
}

impl Steps for KeepsFirstChainKeys {
    type Extra = Vec<Key>;

    fn dh_ratchet(
        &self,
        _config: &Config,
        state: &mut State<Vec<Key>>,
        header: &Header,
        rng: &mut dyn CryptoRng,
    ) -> Result<(), Rejection> {
        dh_ratchet(self, state, header, rng)?;
        state.extra.extend(state.ckr);
        Ok(())
    }
}

mutant! {
    TombstonesKeepKeys, "f06-tombstones-keep-keys", ForwardSecrecy, Moderate,
    "A key that the bound throws out is only marked as gone; its bytes stay",
    killed by "forward-secrecy/state-window"
}

impl Steps for TombstonesKeepKeys {
    type Extra = Vec<(MessageName, Key)>;

    fn skip_message_keys(&self, state: &mut State<Self::Extra>, until: u32) {
        let (Some(mut ckr), Some(dhr)) = (state.ckr, state.dhr) else { return };
        while state.nr < until {
            let (next, mk) = self.kdf_ck(&ckr, state.nr);
            state.skipped.insert((dhr, state.nr), mk);
            state.extra.push(((dhr, state.nr), mk));
            ckr = next;
            state.nr += 1;
        }
        state.ckr = Some(ckr);
    }

    fn forget(&self, state: &mut State<Self::Extra>, header: &Header, _mk: &Key) {
        let name = (header.dh, header.n);
        state.skipped.remove(&name);
        state.extra.retain(|(kept, _)| *kept != name);
    }
}

mutant! {
    KeepsPrivateKeys, "f10-keeps-private-keys", ForwardSecrecy, Subtle,
    "The last five private keys of a party are kept, with the root keys they were used with",
    weakened in "forward-secrecy/state-window"
}

impl Steps for KeepsPrivateKeys {
    type Extra = VecDeque<(KeyPair, Key)>;

    fn dh_ratchet(
        &self,
        _config: &Config,
        state: &mut State<Self::Extra>,
        header: &Header,
        rng: &mut dyn CryptoRng,
    ) -> Result<(), Rejection> {
        let used = state.dhs.map(|dhs| (dhs, state.rk));
        dh_ratchet(self, state, header, rng)?;
        state.extra.extend(used);
        if state.extra.len() > 5 {
            state.extra.pop_front();
        }
        Ok(())
    }
}

mutant! {
    SecretAsSessionId, "f11-secret-as-session-id", ForwardSecrecy, Subtle,
    "The id of a symmetric session is the secret that it began with",
    killed by "forward-secrecy/initial-secret"
}

impl SymmetricSteps for SecretAsSessionId {
    fn session_id(&self, sk: &Key) -> Option<Key> {
        Some(*sk)
    }
}

mutant! {
    OneKeyTooMany, "f16-one-key-too-many", ForwardSecrecy, Subtle,
    "When a chain is closed, the key behind its last message is stored as well",
    weakened in "forward-secrecy/state-window"
}

impl Steps for OneKeyTooMany {
    type Extra = ();

    fn dh_ratchet(
        &self,
        _config: &Config,
        state: &mut State<()>,
        header: &Header,
        rng: &mut dyn CryptoRng,
    ) -> Result<(), Rejection> {
        self.skip_message_keys(state, header.pn.saturating_add(1));
        dh_ratchet(self, state, header, rng)
    }
}

mutant! {
    KeepsLastKey, "f18-keeps-last-key", ForwardSecrecy, Moderate,
    "The key of the message opened last stays in the state until the next one",
    killed by "forward-secrecy/state-window"
}

impl Steps for KeepsLastKey {
    type Extra = Option<Key>;

    fn forget(&self, state: &mut State<Option<Key>>, header: &Header, mk: &Key) {
        state.skipped.remove(&(header.dh, header.n));
        state.extra = Some(*mk);
    }
}

mutant! {
    KeepsLastSentKey, "f52-keeps-last-sent-key", ForwardSecrecy, Subtle,
    "The key of the message sent last stays in the state, to send it again",
    killed by "forward-secrecy/last-of-epoch"
}

impl Steps for KeepsLastSentKey {
    type Extra = Option<Key>;

    fn sent(&self, state: &mut State<Option<Key>>, mk: &Key) {
        state.extra = Some(*mk);
    }
}

mutant! {
    HalfSecretAtRest, "f53-half-secret-at-rest", ForwardSecrecy, Subtle,
    "Half of the secret that the session began with stays in the state, as a list of numbers",
    weakened in "forward-secrecy/initial-secret"
}

impl Steps for HalfSecretAtRest {
    type Extra = [u8; 16];

    fn first_state(&self, party: Party, secret: &Key, root: Key) -> State<[u8; 16]> {
        State { extra: std::array::from_fn(|at| secret.0[at]), ..State::new(party, root) }
    }
}

mutant! {
    RootsInReverse, "f55-roots-in-reverse", ForwardSecrecy, Subtle,
    "Each root key that a sending step replaced is kept with its bytes in reverse",
    weakened in "forward-secrecy/state-window"
}

impl Steps for RootsInReverse {
    type Extra = Vec<Vec<u8>>;

    fn dh_ratchet(
        &self,
        _config: &Config,
        state: &mut State<Self::Extra>,
        header: &Header,
        rng: &mut dyn CryptoRng,
    ) -> Result<(), Rejection> {
        let root = state.rk.0.iter().rev().copied().collect();
        dh_ratchet(self, state, header, rng)?;
        state.extra.push(root);
        Ok(())
    }
}

mutant! {
    OldSendingChains, "f56-old-sending-chains", ForwardSecrecy, Subtle,
    "The sending chain of every old epoch of the responder stays in the state",
    weakened in "forward-secrecy/last-of-epoch", "forward-secrecy/state-window"
}

impl Steps for OldSendingChains {
    type Extra = Vec<Key>;

    fn dh_ratchet(
        &self,
        _config: &Config,
        state: &mut State<Vec<Key>>,
        header: &Header,
        rng: &mut dyn CryptoRng,
    ) -> Result<(), Rejection> {
        if state.party == Party::Responder {
            state.extra.extend(state.cks);
        }
        dh_ratchet(self, state, header, rng)
    }
}

mutant! {
    LastPlaintextAtRest, "s13-last-plaintext-at-rest", Persistence, Moderate,
    "The export holds the plaintext that was opened last",
    killed by "forward-secrecy/state-window"
}

impl Steps for LastPlaintextAtRest {
    type Extra = Vec<u8>;

    fn hand_over(&self, state: &mut State<Vec<u8>>, plaintext: Vec<u8>) -> Vec<u8> {
        state.extra.clone_from(&plaintext);
        plaintext
    }
}

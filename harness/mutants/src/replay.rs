//! What was opened opens again.

use rand_core::CryptoRng;
use sprag::{Rejection, StaticKey};
use sprag_protocols::Steps;
use sprag_protocols::crypto::{Key, PublicKey};
use sprag_protocols::double_ratchet::{Config, Header, MAX_STORED, MessageName, State};
use sprag_protocols::periodic::{self, PeriodicSteps};
use sprag_protocols::static_key::StaticSteps;

use crate::mutant::mutant;

mutant! {
    ClaimsReplayProtection, "r01-no-replay-protection", Replay, Trivial,
    "The profile claims that replays are refused, and nothing is kept to know them by",
    killed by "forgery/replay", "model/random-schedule"
}

impl StaticSteps for ClaimsReplayProtection {
    type Extra = ();

    fn claims(&self, claims: StaticKey) -> StaticKey {
        StaticKey { replay_protection: true, ..claims }
    }
}

mutant! {
    ForgetsCountersAtRest, "r04-forgets-counters-at-rest", Replay, Subtle,
    "What was opened in the current period is not saved, so that it opens again after a restore",
    killed by "persistence/round-trip", "forgery/replay"
}

impl PeriodicSteps for ForgetsCountersAtRest {
    fn saved(&self, state: &periodic::State) -> periodic::State {
        let mut saved = state.clone();
        saved.seen.clear();
        saved
    }
}

mutant! {
    LastMessageRepeats, "r07-last-message-repeats", Replay, Moderate,
    "The message opened last opens again, for a peer that sends it twice",
    killed by "forgery/replay", "forward-secrecy/consumed-key", "model/random-schedule"
}

impl Steps for LastMessageRepeats {
    type Extra = Option<MessageName>;

    fn forget(&self, state: &mut State<Self::Extra>, header: &Header, mk: &Key) {
        let name = (header.dh, header.n);
        if let Some(last) = state.extra.replace(name) {
            state.skipped.remove(&last);
        }
        state.skipped.insert(name, *mk);
    }
}

mutant! {
    RestartsFullChain, "r06-restarts-full-chain", Replay, Subtle,
    "When the store of skipped keys is full, the receiving chain is made again from its start",
    killed by "profile/describes-this-ratchet"
}

impl Steps for RestartsFullChain {
    /// The ratchet key and first chain key of the receiving chain.
    type Extra = Option<(PublicKey, Key)>;

    fn dh_ratchet(
        &self,
        _config: &Config,
        state: &mut State<Self::Extra>,
        header: &Header,
        rng: &mut dyn CryptoRng,
    ) -> Result<(), Rejection> {
        self.skip_message_keys(state, header.pn);
        self.receiving_half(state, header)?;
        state.extra = state.dhr.zip(state.ckr);
        self.sending_half(state, rng)
    }

    fn try_skipped_message_keys(&self, state: &State<Self::Extra>, header: &Header) -> Option<Key> {
        let stored = state.skipped.get(&(header.dh, header.n));
        let (dhr, mut ck) = state.extra?;
        let is_full = state.skipped.len() >= MAX_STORED as usize;
        if stored.is_some() || !is_full || dhr != header.dh || header.n >= state.nr {
            return stored;
        }
        let mut mk = ck;
        for n in 0..=header.n {
            (ck, mk) = self.kdf_ck(&ck, n);
        }
        Some(mk)
    }
}

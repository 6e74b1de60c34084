//! What was opened opens again.

use sprag_protocols::Steps;
use sprag_protocols::crypto::Key;
use sprag_protocols::double_ratchet::{Header, MessageName, State};
use sprag_protocols::periodic::{self, PeriodicSteps};

use crate::mutant::mutant;

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

//! A restored session is another one.

use sprag::Rejection;
use sprag_protocols::Steps;
use sprag_protocols::double_ratchet::State;
use sprag_protocols::skipped::Skipped;

use crate::mutant::mutant;

mutant! {
    SkippedKeysNotSaved, "s01-skipped-keys-not-saved", Persistence, Moderate,
    "Skipped keys are lost at rest",
    killed by "persistence/round-trip", "model/random-schedule"
}

impl Steps for SkippedKeysNotSaved {
    type Extra = ();

    fn saved(&self, state: &State<()>) -> State<()> {
        State { skipped: Skipped::default(), ..state.clone() }
    }
}

mutant! {
    CounterNotSaved, "s02-counter-not-saved", Persistence, Moderate,
    "The number of the next message sent is 0 after a restore",
    killed by "persistence/round-trip", "model/random-schedule"
}

impl Steps for CounterNotSaved {
    type Extra = ();

    fn saved(&self, state: &State<()>) -> State<()> {
        State { ns: 0, ..state.clone() }
    }
}

mutant! {
    ResponderNotRestored, "s11-responder-not-restored", Persistence, Moderate,
    "A session without a sending chain cannot be restored",
    killed by "persistence/round-trip"
}

impl Steps for ResponderNotRestored {
    type Extra = ();

    fn restored(&self, saved: State<()>) -> Result<State<()>, Rejection> {
        if saved.cks.is_none() {
            return Err(Rejection::malformed("no sending chain"));
        }
        Ok(saved)
    }
}

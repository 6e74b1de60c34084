//! Work or loss without bound.

use sprag::Rejection;
use sprag_protocols::Steps;
use sprag_protocols::crypto::Key;
use sprag_protocols::double_ratchet::{Config, Header, State};

use crate::mutant::mutant;

/// Stands for "no limit": far above the profile's, and yet the harness's own tests end.
const UNLIMITED: u32 = 50_000;

mutant! {
    NoSkipLimit, "d01-no-skip-limit", DenialOfService, Trivial,
    "Far more keys are skipped than the profile says",
    killed by "profile/describes-this-ratchet", "model/random-schedule"
}

impl Steps for NoSkipLimit {
    type Extra = ();

    fn check_limits(
        &self,
        _config: &Config,
        state: &State<()>,
        header: &Header,
    ) -> Result<(), Rejection> {
        let old = if state.is_new_key(header) { header.pn } else { 0 };
        if header.n.max(old) > UNLIMITED {
            return Err(Rejection::gap_too_large("too many messages are missing"));
        }
        Ok(())
    }
}

mutant! {
    ForgeryEndsSession, "d14-forgery-ends-session", DenialOfService, Moderate,
    "A message that does not authenticate deletes the session",
    killed by "atomicity/failed-decrypt", "model/random-schedule"
}

impl Steps for ForgeryEndsSession {
    type Extra = ();

    fn discard(&self, state: &mut State<()>, _draft: State<()>) {
        *state = State::new(state.party, Key::default());
    }
}

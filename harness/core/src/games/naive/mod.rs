//! Three naive harnesses: what a usual test suite of a ratchet does, on the same engine. They are no games of the list,
//! and `check` does not run them; `sprag mutants` runs them beside the games, to show what the games add.
//!
//! Each mode holds what it adds to the one before it: a suite with one theft has the tests of the other two as well.
//! They are meant to be fair, so a mode does a little more than most suites: ten conversations drawn at random, where
//! a suite has one written down, and whatever was tried, the conversation must go on behind it.

mod one_theft;
mod round_trips;
mod tamper_and_replay;

use super::building::Script;
use super::{About, Game};
use crate::schedule::Choices;
use crate::{Party, Profile, Severity};

pub use one_theft::OneTheft;
pub use round_trips::RoundTrips;
pub use tamper_and_replay::TamperAndReplay;

/// The naive harnesses, each with what it adds to the one before it.
pub static NAIVE: &[&dyn Game] = &[&RoundTrips, &TamperAndReplay, &OneTheft];

/// Conversations of each mode.
const CONVERSATIONS: u64 = 10;

/// The naive harness with this id.
#[must_use]
pub fn find(id: &str) -> Option<&'static dyn Game> {
    NAIVE.iter().find(|mode| mode.about().id == id).copied()
}

const fn about(
    id: &'static str,
    title: &'static str,
    checks: &'static str,
    control: &'static str,
) -> About {
    About {
        id,
        catalogue: "naive",
        title,
        severity: Severity::Info,
        source: "the test suites of ratchets that are in use",
        checks,
        cannot_show: "Whatever needs another order, a boundary, a second theft or a closer look.",
        control,
        refusal: None,
        plainly: "",
        kept: "",
    }
}

/// A few messages each way, in turns of one to three, each delivered as it was sent. `meanwhile` is called behind each
/// turn with its number and its sender.
fn talk(
    script: &mut Script,
    profile: &Profile,
    turns: u16,
    choices: &mut dyn Choices,
    mut meanwhile: impl FnMut(&mut Script, u16, Party),
) {
    for turn in 0..turns {
        let sender =
            if profile.is_one_way() || turn % 2 == 0 { Party::Initiator } else { Party::Responder };
        let count = choices.between(1, 3) as u16;
        let first = script.send(sender, count);
        script.deliver(first, count);
        meanwhile(script, turn, sender);
    }
}

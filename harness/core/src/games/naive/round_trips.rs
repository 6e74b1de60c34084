use super::{CONVERSATIONS, about, talk};
use crate::attackers::Effort;
use crate::engine::Arena;
use crate::games::building::{Script, is_lost_message, messages_opened};
use crate::games::{About, Game};
use crate::judge::{Judgement, ViolationKind, judge};
use crate::run::Totals;
use crate::schedule::{Choices, Schedule};
use crate::{Profile, Rejection, Verdict};

/// What is sent comes out.
pub struct RoundTrips;

static ABOUT: About = about(
    "naive/round-trips",
    "What is sent comes out",
    "Honest conversations of twelve turns, everything delivered at once and in order.",
    "h05-wrong-plaintext",
);

const TURNS: u16 = 12;

impl Game for RoundTrips {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn trials(&self, _profile: &Profile) -> u64 {
        CONVERSATIONS
    }

    fn schedule(&self, profile: &Profile, choices: &mut dyn Choices, _trial: u64) -> Schedule {
        let mut script = Script::default();
        talk(&mut script, profile, TURNS, choices, |_, _, _| {});
        script.finish()
    }

    fn judge(&self, arena: &Arena<'_>, schedule: &Schedule) -> Result<Judgement, Rejection> {
        judge(arena, schedule, Effort::Sampled)
    }

    fn counts(&self, kind: ViolationKind) -> bool {
        is_lost_message(kind)
    }

    fn conclude(&self, _profile: &Profile, totals: &Totals) -> (Verdict, String) {
        messages_opened(totals)
    }
}

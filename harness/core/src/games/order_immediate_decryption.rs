use super::building::{is_lost_message, messages_opened};
use crate::attackers::Effort;
use crate::engine::Arena;
use crate::games::{About, Game, game};
use crate::judge::{Judgement, ViolationKind, judge};
use crate::run::Totals;
use crate::schedule::{Choices, Schedule, Shape};
use crate::{Profile, Rejection, Verdict};

game! {
    OrderImmediateDecryption,
    id: "order/immediate-decryption",
    catalogue: "G-ORD-1",
    title: "Every genuine message within the limits opens at once, whatever was lost",
    severity: Medium,
    source: "Alwen, Coretti, Dodis, EUROCRYPT 2019 (immediate decryption and message-loss resilience)",
    checks: "Conversations with loss, bursts and any order of delivery: each genuine message within the limits must open \
        when it arrives, to its own plaintext, without waiting for another.",
    cannot_show: "Anything beyond the limits of the profile.",
    control: "t13-counter-reset-after-skip",
}

impl Game for OrderImmediateDecryption {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn trials(&self, _profile: &Profile) -> u64 {
        96
    }

    fn schedule(&self, profile: &Profile, choices: &mut dyn Choices, _trial: u64) -> Schedule {
        let shape = Shape { edges: Shape::everything(profile).edges, ..Shape::honest() };
        Schedule::generate(choices, &shape)
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

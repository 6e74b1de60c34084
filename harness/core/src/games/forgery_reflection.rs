use super::building::insert;
use crate::attackers::Effort;
use crate::engine::Arena;
use crate::games::{About, Game, game};
use crate::judge::{Judgement, ViolationKind, Weakness, judge};
use crate::run::Totals;
use crate::schedule::{Action, Choices, MessageName, Schedule, Shape};
use crate::{Profile, Rejection, Verdict};

game! {
    ForgeryReflection,
    id: "forgery/reflection",
    catalogue: "G-AUTH-7",
    title: "A message handed back to its sender is refused",
    severity: High,
    source: "the reflection attacks of authentication protocols (Bird et al., CRYPTO 1991), carried over to messages",
    checks: "Hands messages back to their senders before the first reply, in the middle, and after restarts; each must be \
        refused.",
    cannot_show: "Reflection into another session of the same two parties.",
    control: "a15-same-chain-both-ways",
    kept: "it is the property that nearly every protocol states by name; others meet the same faults in passing",
}

impl Game for ForgeryReflection {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn trials(&self, _profile: &Profile) -> u64 {
        32
    }

    fn schedule(&self, _profile: &Profile, choices: &mut dyn Choices, trial: u64) -> Schedule {
        let shape = Shape { actions: (4, 24), restarts: trial % 2 == 1, ..Shape::honest() };
        let mut schedule = Schedule::generate(choices, &shape);
        let sent: Vec<MessageName> = schedule
            .steps
            .iter()
            .filter(|step| matches!(step.action, Action::Send { .. } | Action::PingPong { .. }))
            .map(|step| MessageName { action: step.id, index: 0 })
            .collect();
        for message in sent {
            insert(&mut schedule, Action::Reflect { message }, choices);
        }
        schedule
    }

    fn judge(&self, arena: &Arena<'_>, schedule: &Schedule) -> Result<Judgement, Rejection> {
        judge(arena, schedule, Effort::Sampled)
    }

    fn counts(&self, kind: ViolationKind) -> bool {
        kind == ViolationKind::Reflected
    }

    fn counts_weak(&self, weakness: Weakness, position: &str) -> bool {
        weakness == Weakness::Unclaimed && position.contains("reflected")
    }

    fn conclude(&self, profile: &Profile, totals: &Totals) -> (Verdict, String) {
        if totals.refused == 0 && profile.claims_direction() {
            return (Verdict::NotRun, "no message was handed back".to_owned());
        }
        (Verdict::Pass, String::new())
    }
}

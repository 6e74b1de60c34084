use super::building::insert;
use crate::attackers::Effort;
use crate::engine::Arena;
use crate::games::{About, Game, game};
use crate::judge::{Judgement, ViolationKind, Weakness, judge};
use crate::run::Totals;
use crate::schedule::{Action, Choices, MessageName, Schedule, Shape};
use crate::{Party, Profile, Rejection, Verdict};

game! {
    ForgeryReplay,
    id: "forgery/replay",
    catalogue: "G-AUTH-5",
    title: "A message that was opened is refused ever after",
    severity: High,
    source: "every model of secure messaging since Bellare, Kohno, Namprempre, CCS 2002 (stateful decryption)",
    checks: "Delivers messages again: at once, after others, after epochs, after restarts, from skipped slots. Each must \
        be refused, on a live chain with the class `replayed`.",
    cannot_show: "Replays of a session's opening message to a party that has forgotten the session.",
    control: "r07-last-message-repeats",
    refusal: Replayed,
    kept: "it is the property that nearly every protocol states by name; others meet the same faults in passing",
}

impl Game for ForgeryReplay {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn trials(&self, _profile: &Profile) -> u64 {
        48
    }

    fn schedule(&self, _profile: &Profile, choices: &mut dyn Choices, trial: u64) -> Schedule {
        let shape = Shape { actions: (8, 30), restarts: trial % 2 == 1, ..Shape::honest() };
        let mut schedule = Schedule::generate(choices, &shape);
        let delivered: Vec<MessageName> = schedule
            .steps
            .iter()
            .flat_map(|step| match step.action {
                Action::Deliver { first, .. } => vec![first],
                Action::PingPong { turns, .. } => {
                    (0..turns).map(|index| MessageName { action: step.id, index }).collect()
                }
                _ => Vec::new(),
            })
            .collect();
        // At once behind a delivery, somewhere later, and all of them at the end.
        for &message in &delivered {
            if choices.chance(1, 2) {
                continue;
            }
            let repeat = Action::Duplicate { message };
            if choices.chance(1, 2) {
                insert(&mut schedule, repeat, choices);
            } else {
                repeat_at_once(&mut schedule, message);
            }
        }
        if trial % 4 == 3 {
            for party in Party::BOTH {
                insert_last(&mut schedule, Action::Restart { party });
            }
        }
        for message in delivered {
            insert_last(&mut schedule, Action::Duplicate { message });
        }
        schedule
    }

    fn judge(&self, arena: &Arena<'_>, schedule: &Schedule) -> Result<Judgement, Rejection> {
        judge(arena, schedule, Effort::Sampled)
    }

    fn counts(&self, kind: ViolationKind) -> bool {
        kind == ViolationKind::Replayed
    }

    fn counts_weak(&self, weakness: Weakness, _position: &str) -> bool {
        matches!(weakness, Weakness::WrongClass | Weakness::Unclaimed)
    }

    fn conclude(&self, profile: &Profile, totals: &Totals) -> (Verdict, String) {
        if totals.refused == 0 && profile.claims_replay_protection() {
            return (Verdict::NotRun, "no message was delivered twice".to_owned());
        }
        (Verdict::Pass, String::new())
    }
}

fn insert_last(schedule: &mut Schedule, action: Action) {
    insert_behind(schedule, schedule.steps.len(), action);
}

fn insert_behind(schedule: &mut Schedule, at: usize, action: Action) {
    let id = schedule.steps.iter().map(|step| step.id.0).max().unwrap_or(0) + 1;
    let step = crate::schedule::Step { id: crate::schedule::ActionId(id), action };
    schedule.steps.insert(at, step);
}

fn repeat_at_once(schedule: &mut Schedule, message: MessageName) {
    let delivers = |step: &crate::schedule::Step| match step.action {
        Action::Deliver { first, .. } => first == message,
        Action::PingPong { .. } => step.id == message.action,
        _ => false,
    };
    if let Some(at) = schedule.steps.iter().position(delivers) {
        insert_behind(schedule, at + 1, Action::Duplicate { message });
    }
}

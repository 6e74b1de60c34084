//! Pieces that several games build their schedules from.

use crate::judge::ViolationKind;
use crate::run::Totals;
use crate::schedule::{Action, ActionId, Choices, MessageName, Order, Schedule, Shape, Step};
use crate::{Party, Verdict};

/// A schedule under construction; it hands out ids and names.
#[derive(Default)]
pub(super) struct Script(Vec<Step>);

impl Script {
    /// Adds an action and gives its id.
    pub(super) fn add(&mut self, action: Action) -> u32 {
        let id = self.0.iter().map(|step| step.id.0).max().unwrap_or(0) + 1;
        self.0.push(Step { id: ActionId(id), action });
        id
    }

    /// `by` sends `count` tagged messages; gives the name of the first.
    pub(super) fn send(&mut self, by: Party, count: u16) -> MessageName {
        MessageName::new(self.add(Action::Send { by, count, size: 32, ad: 0 }), 0)
    }

    /// `count` messages from `first` on are delivered in order.
    pub(super) fn deliver(&mut self, first: MessageName, count: u16) {
        self.add(Action::Deliver { first, count, order: Order::AsSent });
    }

    pub(super) fn ping_pong(&mut self, first: Party, turns: u16) {
        self.add(Action::PingPong { first, turns });
    }

    pub(super) fn finish(self) -> Schedule {
        Schedule { steps: self.0, ..Schedule::default() }
    }
}

/// The places in a conversation at which a message can be attacked.
#[derive(Clone, Copy, Debug)]
pub(super) enum Stage {
    /// The first message of all.
    First,
    /// In a chain that is running.
    RunningChain,
    /// Skipped in a running chain.
    Skipped,
    /// The first message of a new epoch.
    NewEpoch,
    /// Skipped in an epoch that is over.
    OldEpoch,
}

impl Stage {
    pub(super) const ALL: [Self; 5] =
        [Self::First, Self::RunningChain, Self::Skipped, Self::NewEpoch, Self::OldEpoch];

    /// Brings the conversation to this stage; gives the message that waits there.
    pub(super) fn reach(self, script: &mut Script, one_way: bool) -> MessageName {
        let initiator = Party::Initiator;
        if !matches!(self, Self::First) && !one_way {
            script.ping_pong(initiator, 2);
        }
        match self {
            Self::First | Self::NewEpoch => script.send(initiator, 1),
            Self::RunningChain => {
                let first = script.send(initiator, 2);
                script.deliver(first, 1);
                MessageName { index: 1, ..first }
            }
            Self::Skipped => {
                let first = script.send(initiator, 3);
                script.deliver(MessageName { index: 2, ..first }, 1);
                MessageName { index: 1, ..first }
            }
            Self::OldEpoch => {
                let first = script.send(initiator, 2);
                script.deliver(MessageName { index: 1, ..first }, 1);
                if !one_way {
                    script.ping_pong(Party::Responder, 2);
                }
                first
            }
        }
    }
}

/// A short honest conversation, then turns until a message of `party` is the last one delivered, perhaps a restart of
/// `party`, and a theft from it.
pub(super) fn talk_then_steal(party: Party, restart: bool, choices: &mut dyn Choices) -> Schedule {
    let shape = Shape { actions: (1, 6), ..Shape::honest() };
    let mut schedule = Schedule::generate(choices, &shape);
    let turns = if party == Party::Initiator { 3 } else { 4 };
    let turns = Action::PingPong { first: Party::Initiator, turns };
    let restart = restart.then_some(Action::Restart { party });
    let next = schedule.steps.iter().map(|step| step.id.0).max().unwrap_or(0) + 1;
    let tail = [Some(turns), restart, Some(Action::Steal { from: party })];
    let tail = (next..).zip(tail.into_iter().flatten());
    schedule.steps.extend(tail.map(|(id, action)| Step { id: ActionId(id), action }));
    schedule
}

/// Puts thefts of random parties at random places.
pub(super) fn with_thefts(
    mut schedule: Schedule,
    most: u32,
    choices: &mut dyn Choices,
) -> Schedule {
    for _ in 0..choices.between(1, most) {
        let from = Party::BOTH[choices.below(2) as usize];
        insert(&mut schedule, Action::Steal { from }, choices);
    }
    schedule
}

/// Puts an action at a random place, not before the first two.
pub(super) fn insert(schedule: &mut Schedule, action: Action, choices: &mut dyn Choices) {
    let id = schedule.steps.iter().map(|step| step.id.0).max().unwrap_or(0) + 1;
    let length = schedule.steps.len();
    let at = choices.between(length.min(2) as u32, length as u32) as usize;
    schedule.steps.insert(at, Step { id: ActionId(id), action });
}

/// Violations by which honest messages suffer.
pub(super) const fn is_lost_message(kind: ViolationKind) -> bool {
    matches!(
        kind,
        ViolationKind::GenuineRefused
            | ViolationKind::SendRefused
            | ViolationKind::ServiceRefused
            | ViolationKind::WrongPlaintext
    )
}

/// What a game about lost messages comes to when none was lost.
pub(super) fn messages_opened(totals: &Totals) -> (Verdict, String) {
    if totals.opened == 0 {
        return (Verdict::NotRun, "no message had to open".to_owned());
    }
    (Verdict::Pass, format!("{} messages opened", totals.opened))
}

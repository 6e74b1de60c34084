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

    pub(super) fn steal(&mut self, from: Party) {
        self.add(Action::Steal { from });
    }

    pub(super) fn steal_both(&mut self) {
        Party::BOTH.into_iter().for_each(|party| self.steal(party));
    }

    pub(super) fn restart(&mut self, party: Party) {
        self.add(Action::Restart { party });
    }

    /// `turns` messages, each delivered at once: to and fro, or all from the initiator where only it sends.
    pub(super) fn talk(&mut self, first: Party, turns: u16, one_way: bool) {
        if one_way {
            let message = self.send(Party::Initiator, turns);
            self.deliver(message, turns);
        } else {
            self.ping_pong(first, turns);
        }
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

/// The ways on which a message reaches its key, each with more messages behind it in which a wrong turn would show.
#[derive(Clone, Copy, Debug)]
pub(super) enum Path {
    /// The key is next in a running chain.
    RunningChain,
    /// The key was stored when the message was skipped.
    SkippedKey,
    /// The message opens an epoch, while one of the epoch before is still missing.
    NewEpoch,
}

impl Path {
    pub(super) const ALL: [Self; 3] = [Self::RunningChain, Self::SkippedKey, Self::NewEpoch];

    /// A conversation in which a message waits on this path for the responder, whose session is copied just before.
    pub(super) fn walk(self, one_way: bool) -> Schedule {
        let (initiator, responder) = (Party::Initiator, Party::Responder);
        let mut script = Script::default();
        if !one_way {
            script.ping_pong(initiator, 2);
        }
        let first = script.send(initiator, 4);
        let at = |index| MessageName { index, ..first };
        let steal = Action::Steal { from: responder };
        script.deliver(first, 1);
        match self {
            Self::RunningChain => {
                script.add(steal);
                script.deliver(at(1), 3);
            }
            Self::SkippedKey => {
                script.deliver(at(2), 1);
                script.add(steal);
                script.deliver(at(1), 1);
                script.deliver(at(3), 1);
            }
            Self::NewEpoch => {
                script.deliver(at(1), 1);
                if !one_way {
                    script.ping_pong(responder, 1);
                }
                let newer = script.send(initiator, 2);
                script.add(steal);
                script.deliver(newer, 2);
                script.deliver(at(2), 2);
            }
        }
        if !one_way {
            script.ping_pong(responder, 3);
        }
        script.finish()
    }
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

//! The standard conversation: one schedule for all ratchets, so that their maps can be laid side by side.

use crate::Party::{self, Initiator, Responder};
use crate::schedule::{Action, ActionId, MessageName, Order, Schedule, Step};

/// The conversation in a sentence.
pub const CONVERSATION: &str = "44 messages: to and fro, bursts both ways, messages that cross and that come late, one \
    that is lost and one that is never delivered; a session is stolen from each party at each of 29 moments";

/// Bytes of a message.
const SIZE: u32 = 16;

/// Ids of thefts begin here, so that the actions of the conversation are numbered through.
const THEFTS: u32 = 1000;

/// The standard conversation with a theft from each party before it and after each of its moments.
#[must_use]
pub fn standard_conversation() -> Schedule {
    let mut it = Conversation { steps: Vec::new(), actions: 0, thefts: 0 };
    it.moment();
    // To and fro.
    for by in [Initiator, Responder, Initiator, Responder] {
        it.turn(by, 1);
    }
    // Bursts both ways.
    for (by, count) in
        [(Initiator, 4), (Responder, 1), (Initiator, 1), (Responder, 4), (Initiator, 1)]
    {
        it.turn(by, count);
    }
    for (by, count) in [(Responder, 1), (Initiator, 1), (Responder, 2), (Initiator, 1)] {
        it.turn(by, count);
    }
    // Messages that cross. Twenty went before, the last of them alone: who rekeys then has little under way.
    let crossing = it.send(Initiator, 2);
    let answers = it.send(Responder, 2);
    it.moment();
    it.deliver(crossing, 2);
    it.deliver(answers, 2);
    it.moment();
    for (by, count) in [(Initiator, 4), (Responder, 1), (Initiator, 1)] {
        it.turn(by, count);
    }
    // Two of three come late. From here on there are gaps, which end a direction where a strict order is kept.
    let late = it.send(Initiator, 3);
    it.deliver(MessageName { index: 2, ..late }, 1);
    it.moment();
    it.turn(Responder, 1);
    it.turn(Initiator, 1);
    it.deliver(late, 2);
    it.moment();
    for (by, count) in [(Responder, 1), (Initiator, 3), (Responder, 1)] {
        it.turn(by, count);
    }
    // A lost message.
    let lost = it.send(Initiator, 2);
    it.act(Action::Drop { message: lost });
    it.deliver(MessageName { index: 1, ..lost }, 1);
    it.moment();
    it.turn(Responder, 1);
    // Never delivered.
    it.send(Initiator, 1);
    it.moment();
    Schedule { steps: it.steps, ..Schedule::default() }
}

struct Conversation {
    steps: Vec<Step>,
    actions: u32,
    thefts: u32,
}

impl Conversation {
    fn act(&mut self, action: Action) -> ActionId {
        self.actions += 1;
        let id = ActionId(self.actions);
        self.steps.push(Step { id, action });
        id
    }

    fn send(&mut self, by: Party, count: u16) -> MessageName {
        let action = self.act(Action::Send { by, count, size: SIZE, ad: 0 });
        MessageName { action, index: 0 }
    }

    fn deliver(&mut self, first: MessageName, count: u16) {
        self.act(Action::Deliver { first, count, order: Order::AsSent });
    }

    /// Messages that are delivered at once, and a theft.
    fn turn(&mut self, by: Party, count: u16) {
        let first = self.send(by, count);
        self.deliver(first, count);
        self.moment();
    }

    /// A theft from each party.
    fn moment(&mut self) {
        for from in Party::BOTH {
            let id = ActionId(THEFTS + self.thefts);
            self.steps.push(Step { id, action: Action::Steal { from } });
            self.thefts += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn it_is_as_it_is_told() {
        let schedule = standard_conversation();
        let sent = |step: &Step| match step.action {
            Action::Send { count, .. } => u32::from(count),
            _ => 0,
        };
        let messages: u32 = schedule.steps.iter().map(sent).sum();
        assert!(CONVERSATION.starts_with(&format!("{messages} messages")));
        let ids: BTreeSet<ActionId> = schedule.steps.iter().map(|step| step.id).collect();
        assert_eq!(ids.len(), schedule.steps.len(), "ids are unique");
        for party in Party::BOTH {
            let theft = |step: &&Step| step.action == Action::Steal { from: party };
            assert_eq!(schedule.steps.iter().filter(theft).count(), 29);
        }
    }
}

//! What a thief can make up: the messages that a flawless ratchet cannot but accept from whoever stole a session.
//!
//! Inside a chain it takes the chain key, or the message key while it is not used up. For a new epoch the root key
//! alone is enough: the thief chooses the ratchet key himself and answers the public one that he saw.

use super::double_ratchet::Conversation;
use super::knowledge::Knowledge;
use super::{Expected, Ideal, Machine, Place};
use crate::{Half, Party};

impl Ideal {
    /// Whether a thief who knows `knowledge` can make `to`, as it stands now, accept a message of his own that claims
    /// to stand at `place`. Tight, but for a hybrid ratchet: nothing is allowed that does not follow from the stolen
    /// keys of its classical half.
    #[must_use]
    pub fn forgeable(&self, knowledge: &Knowledge, to: Party, place: &Place) -> bool {
        match &self.machine {
            Machine::Static(_) => true,
            Machine::Periodic(conversation) => conversation.forgeable(knowledge, to),
            // A message takes the keys of both halves. Those of the classical one bound what can be made up.
            Machine::Hybrid(conversation) => {
                let refused =
                    matches!(conversation.classical.expects(to, place), Expected::Refuses(_));
                let in_a_chain = knowledge.half_leaks(Half::Classical, place) && !refused;
                in_a_chain || self.hijackable(knowledge, to)
            }
            Machine::DoubleRatchet(_) | Machine::Symmetric(_) => {
                let in_a_chain = knowledge.leaks(place)
                    && !matches!(self.expects(to, place), Expected::Refuses(_));
                in_a_chain || self.hijackable(knowledge, to)
            }
        }
    }

    /// Whether a thief who knows `knowledge` can open a new epoch at `to`, and be its peer from then on.
    #[must_use]
    pub fn hijackable(&self, knowledge: &Knowledge, to: Party) -> bool {
        match &self.machine {
            Machine::DoubleRatchet(conversation) => answers_root(conversation, knowledge, to),
            Machine::Hybrid(conversation) => answers_root(&conversation.classical, knowledge, to),
            Machine::Static(_) | Machine::Periodic(_) | Machine::Symmetric(_) => false,
        }
    }
}

fn answers_root(conversation: &Conversation, knowledge: &Knowledge, to: Party) -> bool {
    conversation.next_root(to).is_some_and(|(epoch, shown)| {
        knowledge.knows_root(epoch) && (shown || knowledge.knows_secret(epoch))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{KeyGeneration, Profile};

    /// Who sends, one message an epoch, the initiator first; every message is opened.
    fn ping_pong(ideal: &mut Ideal, epochs: std::ops::RangeInclusive<u32>) {
        for epoch in epochs {
            let by = super::super::knowledge::sender_of(epoch);
            let place = ideal.send(by).unwrap();
            ideal.open(by.peer(), &place);
        }
    }

    /// Epochs after which the peer of a stolen sender of epoch 3 can no longer be given a new epoch.
    fn window(key_generation: KeyGeneration) -> Option<u32> {
        let mut ideal =
            Ideal::new(&Profile::double_ratchet(key_generation).with_limits(10, 10), false);
        ping_pong(&mut ideal, 1..=3);
        let stolen = ideal.knowledge(Party::Initiator);
        let mut open = Vec::new();
        for epoch in 4..=10 {
            ping_pong(&mut ideal, epoch..=epoch);
            if ideal.hijackable(&stolen, Party::Responder) {
                open.push(epoch);
            }
        }
        open.last().map(|last| last - 3)
    }

    #[test]
    fn a_stolen_sender_lets_the_thief_answer_one_epoch() {
        assert_eq!(window(KeyGeneration::Eager), Some(1));
        assert_eq!(window(KeyGeneration::Lazy), Some(1));
    }

    #[test]
    fn a_key_that_was_never_shown_cannot_be_answered() {
        let profile = Profile::double_ratchet(KeyGeneration::Eager).with_limits(10, 10);
        let mut ideal = Ideal::new(&profile, false);
        ping_pong(&mut ideal, 1..=1);
        let stolen = ideal.knowledge(Party::Initiator);
        assert!(stolen.knows_root(2), "the private key of epoch 1 was stolen");
        assert!(!ideal.hijackable(&stolen, Party::Responder), "its key of epoch 2 is not out yet");
        ping_pong(&mut ideal, 2..=2);
        assert!(ideal.hijackable(&stolen, Party::Responder));
    }

    #[test]
    fn inside_a_chain_the_stolen_index_counts() {
        let profile = Profile::double_ratchet(KeyGeneration::Lazy).with_limits(10, 10);
        let mut ideal = Ideal::new(&profile, false);
        let first = ideal.send(Party::Initiator).unwrap();
        let stolen = ideal.knowledge(Party::Initiator);
        let second = ideal.send(Party::Initiator).unwrap();
        assert!(!ideal.forgeable(&stolen, Party::Responder, &first), "its key was gone");
        assert!(ideal.forgeable(&stolen, Party::Responder, &second));
        ideal.open(Party::Responder, &second);
        assert!(!ideal.forgeable(&stolen, Party::Responder, &second), "it is used up");
    }
}

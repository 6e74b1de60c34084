//! The ideal static key: one key, no epochs; a theft gives away everything of the pair.

use std::collections::BTreeSet;

use super::knowledge::Knowledge;
use super::{Cause, Expected, Place};
use crate::{Party, StaticKey};

#[derive(Clone, Debug)]
pub(super) struct Conversation {
    claims: StaticKey,
    sent: [u32; 2],
    opened: [BTreeSet<u32>; 2],
}

impl Conversation {
    pub(super) fn new(claims: &StaticKey) -> Self {
        Self { claims: claims.clone(), sent: [0; 2], opened: Default::default() }
    }

    pub(super) const fn send(&mut self, by: Party) -> Place {
        let index = self.sent[by.index()];
        self.sent[by.index()] += 1;
        Place::new(by, 0, index, 0)
    }

    pub(super) fn expects(&self, to: Party, place: &Place) -> Expected {
        if place.from == to {
            return if self.claims.binds_direction {
                Expected::Refuses(Cause::Lost)
            } else {
                Expected::Unclaimed
            };
        }
        if !self.opened[to.index()].contains(&place.index) {
            Expected::Opens
        } else if self.claims.replay_protection {
            Expected::Refuses(Cause::Replay { live: true })
        } else {
            Expected::Unclaimed
        }
    }

    pub(super) fn open(&mut self, to: Party, place: &Place) {
        self.opened[to.index()].insert(place.index);
    }

    pub(super) fn knowledge(&self, victim: Party) -> Knowledge {
        let mut knowledge = Knowledge::default();
        knowledge.chain(victim.peer(), 0, 0);
        if !self.claims.hybrid_to_recipient {
            knowledge.chain(victim, 0, 0);
        }
        knowledge
    }
}

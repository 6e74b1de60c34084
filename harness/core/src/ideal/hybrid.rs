//! The ideal hybrid ratchet: a message key needs both a classical and a post-quantum chain.
//!
//! The classical half is the ideal Double Ratchet. The post-quantum half agrees on epochs of its own, whenever enough of
//! a KEM key and a ciphertext has been delivered; when exactly is the protocol's affair, and cannot be seen from outside.
//! So that half is described by what holds for every such ratchet:
//!
//! * Its chains are one-way. What a party sent or opened before a theft is gone from its state.
//! * It heals within the round trips that the profile declares (`pq_rekey`). Changes of direction count them: for each,
//!   a message was delivered in answer to another.
//! * A sender uses only epochs whose secret the recipient has, or can make of this very message. So whatever was sent by
//!   one who had heard nothing of the recipient since a theft, a copy taken at the theft opens as well.
//!
//! The place of a message in the post-quantum half is its ordinal among all messages of its sender.

use std::collections::BTreeSet;

use super::knowledge::Knowledge;
use super::service::Room;
use super::{Expected, Place, double_ratchet, symmetric};
use crate::{HybridRatchet, Party, PqRekey, ResponderStart, SymmetricRatchet};

#[derive(Clone, Debug)]
pub(super) struct Conversation {
    pub(super) classical: double_ratchet::Conversation,
    /// Order and storage of post-quantum keys, by ordinal.
    chains: symmetric::Conversation,
    closes_chains: bool,
    retained_chains: u32,
    heals_after: Option<u32>,
    /// Some call drew from a tape that every thief knows.
    drew_badly: bool,
    /// Newest epoch of which a message was sent.
    newest: u32,
    /// Newest epoch of which each party has opened a message.
    opened: [u32; 2],
    sent: [u32; 2],
    heard: [u32; 2],
    /// Ordinals of the messages to each party that it has not opened.
    unread: [BTreeSet<u32>; 2],
}

/// The post-quantum half of a stolen session.
#[derive(Clone, Debug)]
pub(super) struct StolenHalf {
    victim: Party,
    /// Messages that the victim had sent.
    sent: u32,
    /// Messages to the victim: how many there were, and which of them it had not opened.
    arrived: u32,
    unread: BTreeSet<u32>,
    /// The first epoch that is out of reach.
    healed: Option<u32>,
}

impl StolenHalf {
    pub(super) fn leaks(&self, place: &Place) -> bool {
        let still_there = if place.from == self.victim {
            place.ordinal >= self.sent
        } else {
            place.ordinal >= self.arrived || self.unread.contains(&place.ordinal)
        };
        still_there && self.healed.is_none_or(|healed| place.epoch < healed)
    }
}

impl Conversation {
    pub(super) fn new(claims: &HybridRatchet, start: ResponderStart, opened: bool) -> Self {
        let limits = claims.post_quantum.limits.clone();
        let chains = SymmetricRatchet { limits, ..SymmetricRatchet::default() };
        let already = u32::from(opened);
        Self {
            classical: double_ratchet::Conversation::new([&claims.classical; 2], start, opened),
            // Who may send is settled by the classical half.
            chains: symmetric::Conversation::new(&chains, ResponderStart::InitialChain, opened),
            closes_chains: claims.post_quantum.closes_chains,
            retained_chains: claims.post_quantum.retained_chains,
            heals_after: claims.pq_rekey.as_ref().map(PqRekey::heals_after),
            drew_badly: false,
            newest: already,
            opened: [0, already],
            sent: [already, 0],
            heard: [0, already],
            unread: Default::default(),
        }
    }

    pub(super) fn send(&mut self, by: Party) -> Option<Place> {
        let mut place = self.classical.send(by)?;
        place.ordinal = self.chains.send(by)?.index;
        place.heard = self.heard[by.index()];
        self.sent[by.index()] = place.ordinal + 1;
        self.unread[by.peer().index()].insert(place.ordinal);
        self.newest = self.newest.max(place.epoch);
        Some(place)
    }

    /// What the classical half refuses is refused. What it opens must open, unless the post-quantum half may lack its key.
    pub(super) fn expects(&self, to: Party, place: &Place) -> Expected {
        match self.classical.expects(to, place) {
            Expected::Opens if !self.surely_has_key(to, place) => Expected::Unclaimed,
            expected => expected,
        }
    }

    fn surely_has_key(&self, to: Party, place: &Place) -> bool {
        let answers_what_was_said = place.heard <= self.sent[to.index()];
        let in_chain = self.chains.expects(to, &in_chains(place)) == Expected::Opens;
        answers_what_was_said && in_chain && !self.may_be_gone(to, place)
    }

    /// Whether a late message's chain may be too old to be kept, where nothing closes it. No more post-quantum epochs can
    /// have followed than changes of direction, and one.
    fn may_be_gone(&self, to: Party, place: &Place) -> bool {
        let late = place.ordinal < self.heard[to.index()];
        let newer = self.opened[to.index()].saturating_sub(place.epoch) + 1;
        late && !self.closes_chains && newer > self.retained_chains
    }

    /// Opens the message; true if it opened a new epoch of the classical half.
    pub(super) fn open(&mut self, to: Party, place: &Place) -> bool {
        let party = to.index();
        self.chains.open(to, &in_chains(place));
        self.unread[party].remove(&place.ordinal);
        self.heard[party] = self.heard[party].max(place.ordinal + 1);
        self.opened[party] = self.opened[party].max(place.epoch);
        self.classical.open(to, place)
    }

    /// Of both halves. Each later message of a party may stand for two changes of direction, and one post-quantum epoch
    /// more than these may have followed a late message.
    pub(super) fn rooms(&self, party: Party) -> [Room; 2] {
        let old_chains = self.retained_chains.saturating_sub(1) / 2;
        let old_chains = (!self.closes_chains).then_some(old_chains);
        [self.classical.room(party), Room { old_chains, ..self.chains.room() }]
    }

    pub(super) const fn draws_badly(&mut self, by: Option<Party>) {
        self.drew_badly |= by.is_some();
        self.classical.draws_badly(by);
    }

    /// Which key of the post-quantum half a bad draw went into cannot be seen: from then on that half keeps nothing.
    pub(super) fn known_to_all(&self) -> Knowledge {
        let mut knowledge = self.classical.known_to_all();
        if self.drew_badly {
            knowledge.post_quantum(StolenHalf {
                victim: Party::Initiator,
                sent: 0,
                arrived: 0,
                unread: BTreeSet::new(),
                healed: None,
            });
        }
        knowledge
    }

    pub(super) fn tick(&mut self, seconds: u32) {
        self.classical.tick(seconds);
        self.chains.tick(seconds);
    }

    pub(super) fn knowledge(&self, victim: Party, early_key: bool) -> Knowledge {
        let mut knowledge = self.classical.knowledge(victim, early_key);
        knowledge.post_quantum(StolenHalf {
            victim,
            sent: self.sent[victim.index()],
            arrived: self.sent[victim.peer().index()],
            unread: self.unread[victim.index()].clone(),
            healed: self.heals_after.map(|epochs| self.newest.saturating_add(epochs)),
        });
        knowledge
    }
}

/// The same message as the post-quantum half numbers it.
const fn in_chains(place: &Place) -> Place {
    Place::new(place.from, 0, place.ordinal, 0)
}

#[cfg(test)]
#[path = "hybrid_tests.rs"]
mod tests;

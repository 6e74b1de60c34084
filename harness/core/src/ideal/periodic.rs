//! The ideal periodic rekey: one key per period, fresh Diffie–Hellman between periods.
//!
//! Periods end through service messages, and how many of them make one rekey is the protocol's own affair. So a
//! message's epoch is the number of service messages delivered before it was sent, and a theft gives away everything
//! within two rekeys' worth of service messages around it: the period at the theft and the one being agreed.

use std::collections::BTreeSet;

use super::knowledge::Knowledge;
use super::{Cause, Expected, Place};
use crate::{Party, PeriodicRekey};

/// Service messages of one rekey, at most: proposal, acceptance, commitment (MTProto's secret chats).
const SERVICE_PER_REKEY: u32 = 3;

#[derive(Clone, Debug)]
pub(super) struct Conversation {
    /// Late messages of closed periods that must still open.
    late: usize,
    service: u32,
    held: u32,
    /// Service messages were held back at some time: from then on only secrecy is claimed.
    disturbed: bool,
    sent: [u32; 2],
    unread: [BTreeSet<u32>; 2],
    opened: [BTreeSet<u32>; 2],
}

impl Conversation {
    pub(super) fn new(claims: &PeriodicRekey) -> Self {
        let limits = &claims.limits;
        let late = limits.max_skip.unwrap_or(0).min(limits.max_stored.unwrap_or(0));
        Self {
            late: late as usize,
            service: 0,
            held: 0,
            disturbed: false,
            sent: [0; 2],
            unread: Default::default(),
            opened: Default::default(),
        }
    }

    pub(super) fn send(&mut self, by: Party) -> Place {
        let index = self.sent[by.index()];
        self.sent[by.index()] += 1;
        self.unread[by.peer().index()].insert(index);
        // A message that overtakes held service messages may belong to a period its recipient cannot know.
        self.disturbed |= self.held > 0;
        Place::new(by, self.service, index, 0)
    }

    pub(super) fn expects(&self, to: Party, place: &Place) -> Expected {
        if place.from == to {
            return Expected::Refuses(Cause::Lost);
        }
        if self.opened[to.index()].contains(&place.index) {
            return Expected::Refuses(Cause::Replay { live: place.epoch == self.service });
        }
        let late_but_stored =
            place.epoch < self.service && self.unread[to.index()].len() <= self.late;
        if self.disturbed || !(place.epoch == self.service || late_but_stored) {
            Expected::Unclaimed
        } else {
            Expected::Opens
        }
    }

    pub(super) fn open(&mut self, to: Party, place: &Place) {
        self.opened[to.index()].insert(place.index);
        self.unread[to.index()].remove(&place.index);
    }

    pub(super) const fn service_sent(&mut self) {
        self.held += 1;
    }

    pub(super) const fn service_delivered(&mut self) {
        self.held = self.held.saturating_sub(1);
        self.service += 1;
    }

    pub(super) fn knowledge(&self, victim: Party) -> Knowledge {
        let window = 2 * SERVICE_PER_REKEY;
        let first = (self.service + 1).saturating_sub(window);
        let mut knowledge = Knowledge::default();
        for party in Party::BOTH {
            knowledge.epochs(party, first, self.service + window - 1);
        }
        // Messages under way to the victim may have their keys stored, whatever their period.
        for &index in &self.unread[victim.index()] {
            for epoch in 0..first {
                knowledge.message(victim.peer(), epoch, index);
            }
        }
        knowledge
    }
}

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
    /// Seconds that they do so after their period was closed.
    late_seconds: Option<u64>,
    now: u64,
    /// When each service message was delivered.
    delivered_at: Vec<u64>,
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
            late_seconds: limits.stored_seconds.map(u64::from),
            now: 0,
            delivered_at: Vec::new(),
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
        Place { from: by, epoch: self.service, index, previous: 0 }
    }

    pub(super) fn expects(&self, to: Party, place: &Place) -> Expected {
        if place.from == to {
            return Expected::Refuses(Cause::Lost);
        }
        if self.opened[to.index()].contains(&place.index) {
            return Expected::Refuses(Cause::Replay { live: place.epoch == self.service });
        }
        let late_but_stored = place.epoch < self.service
            && self.unread[to.index()].len() <= self.late
            && self.is_younger_than(place.epoch, self.late_seconds);
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

    pub(super) fn service_delivered(&mut self) {
        self.held = self.held.saturating_sub(1);
        self.service += 1;
        self.delivered_at.push(self.now);
    }

    pub(super) fn tick(&mut self, seconds: u32) {
        self.now += u64::from(seconds);
    }

    /// Whether `epoch` was closed less than `seconds` ago.
    fn is_younger_than(&self, epoch: u32, seconds: Option<u64>) -> bool {
        let closed_at = self.delivered_at.get(epoch as usize).copied().unwrap_or(self.now);
        seconds.is_none_or(|seconds| self.now - closed_at < seconds)
    }

    pub(super) fn knowledge(&self, victim: Party) -> Knowledge {
        let window = 2 * SERVICE_PER_REKEY;
        let first = (self.service + 1).saturating_sub(window);
        let mut knowledge = Knowledge::default();
        for party in Party::BOTH {
            knowledge.epochs(party, first, self.service + window - 1);
        }
        // Messages under way to the victim may have their keys stored, whatever their period.
        let at_least = self.late_seconds.map(|seconds| seconds + 1);
        for &index in &self.unread[victim.index()] {
            for epoch in (0..first).filter(|&epoch| self.is_younger_than(epoch, at_least)) {
                knowledge.message(victim.peer(), epoch, index);
            }
        }
        knowledge
    }
}

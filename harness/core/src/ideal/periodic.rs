//! The ideal periodic rekey: one key per period, fresh Diffie–Hellman between periods.
//!
//! Periods end through service messages, and how many of them make one rekey is the protocol's own affair. So a
//! message's epoch is the number of service messages taken before it was sent, and a theft gives away everything
//! within two rekeys' worth of service messages around it: the period at the theft and the one being agreed.
//!
//! Where no service message is seen, a rekey may go along with the users' messages. Then its boundaries are nobody's
//! knowledge: a period is over for certain when so many messages and, behind them, so many turns were opened in order
//! as the slowest rekey needs, and from the first possible rekey on only what is sent and opened with nothing else
//! under way is claimed to open.

use std::collections::BTreeSet;

use super::knowledge::Knowledge;
use super::{Cause, Expected, Place};
use crate::{Party, PeriodicRekey};

/// Service messages of one rekey, at most: proposal, acceptance, commitment (MTProto's secret chats).
const SERVICE_PER_REKEY: u32 = 3;

/// Turns that a rekey takes which goes along with messages: as many for its steps, as many for whose turn it is.
const TURNS_PER_REKEY: u32 = 2 * SERVICE_PER_REKEY;

#[derive(Clone, Debug)]
pub(super) struct Conversation {
    /// Late messages of closed periods that must still open.
    late: usize,
    /// Seconds that they do so after their period was closed.
    late_seconds: Option<u64>,
    now: u64,
    /// When each service message that counts was delivered.
    delivered_at: Vec<u64>,
    /// Service messages that count: those taken, without the wasted; where none is seen, as many as the rekeys that are
    /// over for certain would have had.
    service: u32,
    /// Rekeys are service messages of their own.
    is_seen: bool,
    unseen: Unseen,
    held: u32,
    /// So many of those that are taken next do not count, in place of some that may have been in vain: they crossed
    /// others, or stood before one that was refused.
    wasted: u32,
    /// Service messages were overtaken, crossed or were refused at some time: from then on only secrecy is claimed.
    disturbed: bool,
    /// Service messages that counted when a party first drew badly: no rekey from then on is claimed to heal, for it
    /// cannot be seen which call makes the key of a period.
    drew_badly: Option<u32>,
    sent: [u32; 2],
    unread: [BTreeSet<u32>; 2],
    opened: [BTreeSet<u32>; 2],
}

/// Rekeys that nobody sees: how far the slowest of them has come.
#[derive(Clone, Debug, Default)]
struct Unseen {
    rekey_messages: u32,
    sent: u32,
    /// Messages of this period opened in order.
    opened: u32,
    /// Changes of direction since there were enough of them.
    turns: u32,
    last: Option<Party>,
    /// The message sent last, if nothing else was under way.
    quiet: Option<(Party, u32)>,
}

impl Unseen {
    /// A message of `from` was opened with nothing else under way; true if that ends a period for certain.
    fn opened(&mut self, from: Party) -> bool {
        self.opened += 1;
        let is_turn = self.last.replace(from) != Some(from);
        self.turns += u32::from(is_turn && self.opened > self.rekey_messages);
        let is_over = self.turns >= TURNS_PER_REKEY;
        if is_over {
            (self.opened, self.turns) = (0, 0);
        }
        is_over
    }
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
            is_seen: true,
            unseen: Unseen { rekey_messages: claims.rekey_messages, ..Unseen::default() },
            held: 0,
            wasted: 0,
            disturbed: false,
            drew_badly: None,
            sent: [0; 2],
            unread: Default::default(),
            opened: Default::default(),
        }
    }

    pub(super) fn send(&mut self, by: Party) -> Place {
        let index = self.sent[by.index()];
        self.sent[by.index()] += 1;
        let is_alone = self.unread.iter().all(BTreeSet::is_empty);
        self.unseen.quiet = is_alone.then_some((by, index));
        // Where it stands among all messages tells whether a rekey can have gone before.
        let previous = self.unseen.sent;
        self.unseen.sent += 1;
        self.unread[by.peer().index()].insert(index);
        // A message that overtakes held service messages may belong to a period its recipient cannot know.
        self.disturbed |= self.held > 0;
        Place { previous, ..Place::new(by, self.service, index, 0) }
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
        let is_current = match self.is_seen {
            true => place.epoch == self.service,
            false => self.is_before_any_rekey(place) || self.is_quiet(place),
        };
        if self.disturbed || !(is_current || late_but_stored) {
            Expected::Unclaimed
        } else {
            Expected::Opens
        }
    }

    pub(super) fn open(&mut self, to: Party, place: &Place) {
        let is_new = self.opened[to.index()].insert(place.index);
        let was_quiet = is_new && self.is_quiet(place);
        self.unread[to.index()].remove(&place.index);
        if was_quiet && !self.is_seen && self.unseen.opened(place.from) {
            self.service += SERVICE_PER_REKEY;
        }
    }

    /// Whether no party can have counted as many messages as a rekey needs, now or when the message was sent.
    fn is_before_any_rekey(&self, place: &Place) -> bool {
        place.previous.max(self.unseen.sent) < self.unseen.rekey_messages
    }

    /// Whether nothing else was under way when the message was sent, nor is now.
    fn is_quiet(&self, place: &Place) -> bool {
        let to = place.from.peer();
        self.unseen.quiet == Some((place.from, place.index))
            && self.unread[to.index()].iter().eq([&place.index])
            && self.unread[place.from.index()].is_empty()
    }

    /// No service message will be seen: rekeys go along with the users' messages.
    pub(super) const fn hide_rekeys(&mut self) {
        self.is_seen = false;
    }

    /// One that crosses the peer's may be one too many in its rekey.
    pub(super) fn service_sent(&mut self, crosses: bool) {
        self.held += 1;
        self.disturbed |= crosses;
        self.wasted += u32::from(crosses);
    }

    /// One that is refused may have those of its rekey that went before in vain.
    pub(super) fn service_delivered(&mut self, taken: bool) {
        self.held = self.held.saturating_sub(1);
        if !taken {
            self.disturbed = true;
            self.wasted += SERVICE_PER_REKEY - 1;
        } else if self.wasted > 0 {
            self.wasted -= 1;
        } else {
            self.service += 1;
            self.delivered_at.push(self.now);
        }
    }

    pub(super) fn tick(&mut self, seconds: u32) {
        self.now += u64::from(seconds);
    }

    /// Whether `epoch` was closed less than `seconds` ago.
    fn is_younger_than(&self, epoch: u32, seconds: Option<u64>) -> bool {
        let closed_at = self.delivered_at.get(epoch as usize).copied().unwrap_or(self.now);
        seconds.is_none_or(|seconds| self.now - closed_at < seconds)
    }

    pub(super) const fn drew_badly(&mut self) {
        if self.drew_badly.is_none() {
            self.drew_badly = Some(self.service);
        }
    }

    pub(super) fn known_to_all(&self) -> Knowledge {
        let mut knowledge = Knowledge::default();
        if let Some(first) = self.drew_badly {
            for party in Party::BOTH {
                knowledge.epochs(party, first, u32::MAX);
            }
        }
        knowledge
    }

    pub(super) fn knowledge(&self, victim: Party) -> Knowledge {
        let window = 2 * SERVICE_PER_REKEY;
        // Of rekeys that are not seen one more goes by before two have certainly come and gone.
        let more = if self.is_seen { 0 } else { SERVICE_PER_REKEY };
        let first = (self.service + 1).saturating_sub(window + more);
        let mut knowledge = Knowledge::default();
        for party in Party::BOTH {
            knowledge.epochs(party, first, self.service + window + more - 1);
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

    /// Whether a thief who knows `knowledge` can make up a message of a period that `to` still accepts.
    pub(super) fn forgeable(&self, knowledge: &Knowledge, to: Party) -> bool {
        let now = Place::new(to.peer(), self.service, 0, 0);
        // For how long the key of a closed period is kept for late messages the profile does not say.
        self.late > 0 || self.disturbed || knowledge.leaks(&now)
    }
}

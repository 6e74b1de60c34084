//! Messages that a ratchet sends by itself.
//!
//! They take places of their own in the chains and open epochs of their own, which nobody outside can see. So where
//! there are some, a message is claimed to open only if it does wherever all of them stand: no chain has more unread
//! messages than its sender has, and no old chain goes unless a newer message was opened.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::Place;
use super::stored::KnownLimits;
use crate::{Party, WhenFull};

/// All messages of both parties, the users' and those of the ratchet itself.
#[derive(Clone, Debug, Default)]
pub(super) struct Service {
    sent: [Sent; 2],
}

/// The messages of one party, numbered in the order in which they were made.
#[derive(Clone, Debug, Default)]
struct Sent {
    all: u32,
    /// Service messages among them.
    made: u32,
    /// Service messages that were not delivered, oldest first.
    undelivered: VecDeque<u32>,
    /// Messages that the peer has not opened.
    unread: BTreeSet<u32>,
    /// The most of them since there were none.
    most_unread: usize,
    /// Numbers of the users' messages among the unread.
    numbers: BTreeMap<Place, u32>,
}

/// What a party has room for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Room {
    pub(super) limits: KnownLimits,
    /// Old receiving chains whose late messages open; `None` if all do.
    pub(super) old_chains: Option<u32>,
}

impl Service {
    /// Whether the ratchet has sent any message by itself.
    pub(super) fn is_any(&self) -> bool {
        self.sent.iter().any(|sent| sent.made > 0)
    }

    /// Messages that `by` was made to send by its ratchet.
    pub(super) const fn made(&self, by: Party) -> u32 {
        self.sent[by.index()].made
    }

    pub(super) fn user_sent(&mut self, place: Place) {
        let sent = &mut self.sent[place.from.index()];
        let number = sent.push();
        sent.numbers.insert(place, number);
    }

    pub(super) fn user_opened(&mut self, place: &Place) {
        let sent = &mut self.sent[place.from.index()];
        if let Some(number) = sent.numbers.remove(place) {
            sent.opened(number);
        }
    }

    /// `from` made one; true if it crosses one of the peer's.
    pub(super) fn sent(&mut self, from: Party) -> bool {
        let crosses = !self.sent[from.peer().index()].undelivered.is_empty();
        let sent = &mut self.sent[from.index()];
        sent.made += 1;
        let number = sent.push();
        sent.undelivered.push_back(number);
        crosses
    }

    /// The oldest service message of `from` that was not delivered now is, and is taken or refused.
    pub(super) fn delivered(&mut self, from: Party, taken: bool) {
        let sent = &mut self.sent[from.index()];
        if let Some(number) = sent.undelivered.pop_front()
            && taken
        {
            sent.opened(number);
        }
    }

    /// Users' messages of `from` that were never opened.
    pub(super) fn unread(&self, from: Party) -> impl Iterator<Item = Place> {
        self.sent[from.index()].numbers.keys().copied()
    }

    /// Whether the message at `place` was sent, and not opened so far.
    pub(super) fn is_unread(&self, place: &Place) -> bool {
        self.sent[place.from.index()].numbers.contains_key(place)
    }

    /// Whether the unread message at `place`, or else the next, opens wherever the service messages stand.
    pub(super) fn surely_opens(&self, place: &Place, rooms: &[Room], strict: bool) -> bool {
        let sent = &self.sent[place.from.index()];
        let number = sent.numbers.get(place).copied().unwrap_or(sent.all);
        sent.surely_opens(number, rooms, strict)
    }

    /// The same of the service message of `from` that is delivered next.
    pub(super) fn surely_takes(&self, from: Party, rooms: &[Room], strict: bool) -> bool {
        let sent = &self.sent[from.index()];
        let number = sent.undelivered.front().copied().unwrap_or(sent.all);
        sent.surely_opens(number, rooms, strict)
    }
}

impl Sent {
    fn push(&mut self) -> u32 {
        let number = self.all;
        self.all += 1;
        self.unread.insert(number);
        self.most_unread = self.most_unread.max(self.unread.len());
        number
    }

    fn opened(&mut self, number: u32) {
        self.unread.remove(&number);
        if self.unread.is_empty() {
            self.most_unread = 0;
        }
    }

    fn surely_opens(&self, number: u32, rooms: &[Room], strict: bool) -> bool {
        let older = self.unread.range(..number).count();
        let newer = self.all.saturating_sub(number + 1);
        let overtaken = newer as usize - self.unread.range(number + 1..).count();
        (!strict || older == 0)
            && rooms.iter().all(|room| {
                let Room { limits, old_chains } = *room;
                let fits = |count: usize, limit: u32| count as u64 <= u64::from(limit);
                let is_let_in = fits(older, limits.max_skip)
                    && (limits.when_full != WhenFull::Refuse
                        || fits(self.unread.len(), limits.max_stored));
                // What was overtaken needs its own key, or its chain.
                let is_kept = fits(self.most_unread, limits.max_skip.min(limits.max_stored))
                    && (limits.when_full != WhenFull::Distance || newer <= limits.max_stored)
                    && old_chains.is_none_or(|chains| fits(overtaken, chains))
                    && limits.stored_seconds.is_none();
                is_let_in && (overtaken == 0 || is_kept)
            })
    }
}

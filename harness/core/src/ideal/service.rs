//! Messages that a ratchet sends by itself.
//!
//! They take places of their own in the chains and open epochs of their own, which nobody outside can see. So where
//! there are some, a message is claimed to open only if it does wherever all of them stand: no chain has more unread
//! messages than its sender has, and no old chain has gone without that a newer message was opened.

use std::collections::{BTreeMap, VecDeque};

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
    under_way: VecDeque<u32>,
    /// Messages that the peer has not opened.
    unread: BTreeMap<u32, Unread>,
    /// The most of them at any time.
    most_unread: usize,
}

#[derive(Clone, Copy, Debug)]
struct Unread {
    /// `None` for a service message.
    place: Option<Place>,
    /// Later messages that the peer has opened.
    overtaken: u32,
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
        self.sent[place.from.index()].push(Some(place));
    }

    pub(super) fn user_opened(&mut self, place: &Place) {
        let sent = &mut self.sent[place.from.index()];
        if let Some(number) = sent.number_of(place) {
            sent.opened(number);
        }
    }

    pub(super) fn sent(&mut self, from: Party) {
        let sent = &mut self.sent[from.index()];
        sent.made += 1;
        let number = sent.push(None);
        sent.under_way.push_back(number);
    }

    /// The oldest service message of `from` that was under way was delivered, and taken or refused.
    pub(super) fn delivered(&mut self, from: Party, taken: bool) {
        let sent = &mut self.sent[from.index()];
        if let Some(number) = sent.under_way.pop_front()
            && taken
        {
            sent.opened(number);
        }
    }

    /// Users' messages of `from` that were never opened.
    pub(super) fn unread(&self, from: Party) -> impl Iterator<Item = Place> {
        self.sent[from.index()].unread.values().filter_map(|unread| unread.place)
    }

    /// Whether the message at `place` was not opened so far, or not even sent.
    pub(super) fn is_unread(&self, place: &Place) -> bool {
        self.sent[place.from.index()].number_of(place).is_some()
    }

    /// Whether the message at `place` opens wherever the service messages stand; one that is not known is the next.
    pub(super) fn surely_opens(&self, place: &Place, rooms: &[Room], strict: bool) -> bool {
        let sent = &self.sent[place.from.index()];
        sent.surely_opens(sent.number_of(place).unwrap_or(sent.all), rooms, strict)
    }

    /// The same of the service message of `from` that is delivered next.
    pub(super) fn surely_takes(&self, from: Party, rooms: &[Room], strict: bool) -> bool {
        let sent = &self.sent[from.index()];
        let number = sent.under_way.front().copied().unwrap_or(sent.all);
        sent.surely_opens(number, rooms, strict)
    }
}

impl Sent {
    fn push(&mut self, place: Option<Place>) -> u32 {
        let number = self.all;
        self.all += 1;
        self.unread.insert(number, Unread { place, overtaken: 0 });
        self.most_unread = self.most_unread.max(self.unread.len());
        number
    }

    fn opened(&mut self, number: u32) {
        self.unread.remove(&number);
        if self.unread.is_empty() {
            self.most_unread = 0;
        }
        for (_, older) in self.unread.range_mut(..number) {
            older.overtaken += 1;
        }
    }

    fn number_of(&self, place: &Place) -> Option<u32> {
        let mut unread = self.unread.iter().rev();
        unread.find(|(_, unread)| unread.place == Some(*place)).map(|(&number, _)| number)
    }

    fn surely_opens(&self, number: u32, rooms: &[Room], strict: bool) -> bool {
        let older = self.unread.range(..number).count();
        let overtaken = self.unread.get(&number).map_or(0, |unread| unread.overtaken);
        let newer = self.all.saturating_sub(number + 1);
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
                    && old_chains.is_none_or(|chains| overtaken <= chains)
                    && limits.stored_seconds.is_none();
                is_let_in && (overtaken == 0 || is_kept)
            })
    }
}

//! Ideals: for each family the symbolic machine that says what a flawless ratchet opens and what a theft gives away.
//!
//! An ideal knows no cryptography, only integers and sets, so that a bug of a reference ratchet cannot hide in it.
//! Its cost is linear in the schedule.

mod double_ratchet;
mod forgeable;
mod hybrid;
mod knowledge;
mod periodic;
mod static_key;
mod stored;
mod symmetric;

use std::collections::VecDeque;

use crate::{Capabilities, Family, Ordering, Party, Profile, ResponderStart};

pub use knowledge::Knowledge;

/// Where a message stands in the conversation of an ideal.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Place {
    /// The sender.
    pub from: Party,
    /// Epoch (double ratchet, one per change of direction, the initiator's are odd), count of service
    /// messages (periodic rekey), or 0.
    pub epoch: u32,
    /// Index in its chain, from 0.
    pub index: u32,
    /// Messages that the sender sent in its epoch before this one (`pn`).
    pub previous: u32,
    /// Messages that the sender sent before this one in all epochs. Only the hybrid ratchet asks for it; else 0.
    pub ordinal: u32,
    /// How far the sender had heard of the recipient: one more than the ordinal of the newest message it had opened.
    /// Only the hybrid ratchet asks for it; else 0.
    pub heard: u32,
}

impl Place {
    const fn new(from: Party, epoch: u32, index: u32, previous: u32) -> Self {
        Self { from, epoch, index, previous, ordinal: 0, heard: 0 }
    }
}

/// What a flawless ratchet does with a genuine message.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Expected {
    /// Opens it at once.
    Opens,
    /// Refuses it.
    Refuses(Cause),
    /// The profile claims neither.
    Unclaimed,
}

/// Why a flawless ratchet refuses a genuine message.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Cause {
    /// More keys would have to be skipped than the limits allow.
    GapTooLarge,
    /// Its key or chain is gone by the limits: lost by design.
    Lost,
    /// It was opened before; `live` if its chain is still there, so that the ratchet can know.
    Replay {
        /// Whether the message's receiving chain still stands.
        live: bool,
    },
}

/// The ideal of one conversation.
#[derive(Clone, Debug)]
pub struct Ideal {
    machine: Machine,
    /// Known deviation: a rejected message made this party generate its next ratchet key.
    early_key: [bool; 2],
    /// With strict ordering: messages of each party that the peer has not opened, oldest first.
    unread: Option<[VecDeque<Place>; 2]>,
    /// The ratchet sends service messages of its own, whose places nobody knows.
    serviced: bool,
    responder: Responder,
}

/// Whether the responder can send.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Responder {
    /// It has received nothing, and cannot send before it has.
    Waits,
    /// It has received service messages alone: whether they count is the ratchet's own affair.
    MayWait,
    /// It can, as far as this goes.
    Speaks,
}

#[derive(Clone, Debug)]
enum Machine {
    DoubleRatchet(double_ratchet::Conversation),
    Hybrid(Box<hybrid::Conversation>),
    Periodic(periodic::Conversation),
    Static(static_key::Conversation),
    Symmetric(symmetric::Conversation),
}

impl Ideal {
    /// The ideal of a fresh session; `opened` as in [`crate::Pair`].
    #[must_use]
    pub fn new(profile: &Profile, opened: bool) -> Self {
        let start = profile.responder_start;
        let machine = match &profile.family {
            Family::DoubleRatchet(claims) => {
                let ends = profile.ends.as_deref();
                let claims = ends.map_or([claims; 2], |ends| ends.each_ref());
                Machine::DoubleRatchet(double_ratchet::Conversation::new(claims, start, opened))
            }
            Family::HybridRatchet(claims) => {
                Machine::Hybrid(Box::new(hybrid::Conversation::new(claims, start, opened)))
            }
            Family::PeriodicRekey(claims) => Machine::Periodic(periodic::Conversation::new(claims)),
            Family::StaticKey(claims) => Machine::Static(static_key::Conversation::new(claims)),
            Family::SymmetricRatchet(claims) => {
                Machine::Symmetric(symmetric::Conversation::new(claims, start, opened))
            }
        };
        let strict = profile.ordering == Ordering::Strict;
        let unread = strict.then(Default::default);
        let waits = start == ResponderStart::NotYet && !opened;
        let responder = if waits { Responder::Waits } else { Responder::Speaks };
        Self { machine, early_key: [false; 2], unread, serviced: false, responder }
    }

    /// The ideal of a ratchet of these abilities. Without an outbox a periodic rekey goes along with users' messages;
    /// with one, the messages of a Double Ratchet stand where nobody can say.
    #[must_use]
    pub fn of(mut self, capabilities: Capabilities) -> Self {
        match &mut self.machine {
            Machine::Periodic(conversation) if !capabilities.outbox => conversation.hide_rekeys(),
            Machine::DoubleRatchet(_) | Machine::Hybrid(_) | Machine::Symmetric(_) => {
                self.serviced |= capabilities.outbox;
            }
            _ => {}
        }
        self
    }

    /// `by` sends; `None` if it cannot send yet.
    pub fn send(&mut self, by: Party) -> Option<Place> {
        if by == Party::Responder {
            if self.responder == Responder::Waits {
                return None;
            }
            self.responder = Responder::Speaks;
        }
        let place = match &mut self.machine {
            Machine::DoubleRatchet(conversation) => conversation.send(by),
            Machine::Hybrid(conversation) => conversation.send(by),
            Machine::Periodic(conversation) => Some(conversation.send(by)),
            Machine::Static(conversation) => Some(conversation.send(by)),
            Machine::Symmetric(conversation) => conversation.send(by),
        }?;
        self.early_key[by.index()] = false;
        if let Some(unread) = &mut self.unread {
            unread[by.index()].push_back(place);
        }
        Some(place)
    }

    /// What `to` does with the genuine message at `place`, without doing it.
    #[must_use]
    pub fn expects(&self, to: Party, place: &Place) -> Expected {
        let expected = match &self.machine {
            Machine::DoubleRatchet(conversation) => conversation.expects(to, place),
            Machine::Hybrid(conversation) => conversation.expects(to, place),
            Machine::Periodic(conversation) => conversation.expects(to, place),
            Machine::Static(conversation) => conversation.expects(to, place),
            Machine::Symmetric(conversation) => conversation.expects(to, place),
        };
        match expected {
            // Ahead of a gap a strict ratchet may refuse; the message must open once the gap is closed.
            Expected::Opens if self.is_ahead_of_a_gap(place) => Expected::Unclaimed,
            // It need not send counters either: what is out of order then just does not authenticate.
            Expected::Refuses(_) if self.unread.is_some() => Expected::Refuses(Cause::Lost),
            // Service messages take places of their own in the chains, so that limits are met elsewhere.
            Expected::Refuses(Cause::GapTooLarge | Cause::Lost)
                if self.serviced && place.from != to =>
            {
                Expected::Unclaimed
            }
            expected => expected,
        }
    }

    /// Whether the peer of `from` opens what `from` would send now.
    #[must_use]
    pub fn opens_next_of(&self, from: Party) -> bool {
        let mut next = self.clone();
        let place = next.send(from);
        place.is_some_and(|place| next.expects(from.peer(), &place) == Expected::Opens)
    }

    fn is_ahead_of_a_gap(&self, place: &Place) -> bool {
        let Some(unread) = &self.unread else { return false };
        unread[place.from.index()].front().is_some_and(|oldest| oldest != place)
    }

    /// `to` opens the message at `place`.
    pub fn open(&mut self, to: Party, place: &Place) {
        if let Some(unread) = &mut self.unread {
            unread[place.from.index()].retain(|waiting| waiting != place);
        }
        if to == Party::Responder {
            self.responder = Responder::Speaks;
        }
        match &mut self.machine {
            Machine::DoubleRatchet(conversation) => {
                if conversation.open(to, place) {
                    self.early_key[to.index()] = false;
                }
            }
            Machine::Hybrid(conversation) => {
                if conversation.open(to, place) {
                    self.early_key[to.index()] = false;
                }
            }
            Machine::Periodic(conversation) => conversation.open(to, place),
            Machine::Static(conversation) => conversation.open(to, place),
            Machine::Symmetric(conversation) => conversation.open(to, place),
        }
    }

    /// A service message of `from` was made, and then delivered or held.
    pub const fn service_sent(&mut self) {
        match &mut self.machine {
            Machine::Periodic(conversation) => conversation.service_sent(),
            Machine::DoubleRatchet(_) | Machine::Hybrid(_) | Machine::Symmetric(_) => {
                self.serviced = true;
            }
            Machine::Static(_) => {}
        }
    }

    /// Whether a refusal of `by` to send yet is as right as sending.
    #[must_use]
    pub fn may_wait(&self, by: Party) -> bool {
        by == Party::Responder && self.responder == Responder::MayWait
    }

    /// A service message was delivered to `to`.
    pub fn service_delivered(&mut self, to: Party) {
        if to == Party::Responder && self.responder == Responder::Waits {
            self.responder = Responder::MayWait;
        }
        if let Machine::Periodic(conversation) = &mut self.machine {
            conversation.service_delivered();
        }
    }

    /// `seconds` pass for both parties.
    pub fn tick(&mut self, seconds: u32) {
        match &mut self.machine {
            Machine::DoubleRatchet(conversation) => conversation.tick(seconds),
            Machine::Hybrid(conversation) => conversation.tick(seconds),
            Machine::Periodic(conversation) => conversation.tick(seconds),
            Machine::Static(_) => {}
            Machine::Symmetric(conversation) => conversation.tick(seconds),
        }
    }

    /// Known deviation (`KeyMadeOnRejection`): `party` rejected a message and may have
    /// generated its next ratchet key on the way. Widens what a theft may give away, nothing else.
    pub fn widen_early_key(&mut self, party: Party) {
        self.early_key[party.index()] = true;
        if let Machine::DoubleRatchet(conversation) = &mut self.machine {
            conversation.made_early_key(party);
        }
        if let Machine::Hybrid(conversation) = &mut self.machine {
            conversation.classical.made_early_key(party);
        }
    }

    /// The next call of `by` draws from a tape that every thief knows: a key made in it heals nothing. The mark
    /// stands until [`Ideal::drew`].
    pub const fn draws_badly(&mut self, by: Party) {
        match &mut self.machine {
            Machine::DoubleRatchet(conversation) => conversation.draws_badly(Some(by)),
            Machine::Hybrid(conversation) => conversation.draws_badly(Some(by)),
            Machine::Periodic(conversation) => conversation.drew_badly(),
            // No randomness decides who reads what.
            Machine::Static(_) | Machine::Symmetric(_) => {}
        }
    }

    /// The call is over.
    pub const fn drew(&mut self) {
        match &mut self.machine {
            Machine::DoubleRatchet(conversation) => conversation.draws_badly(None),
            Machine::Hybrid(conversation) => conversation.draws_badly(None),
            _ => {}
        }
    }

    /// What every thief knows beside the session it stole, at whatever time: keys that were drawn badly.
    #[must_use]
    pub fn known_to_all(&self) -> Knowledge {
        match &self.machine {
            Machine::DoubleRatchet(conversation) => conversation.known_to_all(),
            Machine::Hybrid(conversation) => conversation.known_to_all(),
            Machine::Periodic(conversation) => conversation.known_to_all(),
            Machine::Static(_) | Machine::Symmetric(_) => Knowledge::default(),
        }
    }

    /// What a thief of `victim`'s session knows: the ideal leak, closed under everything it can compute.
    #[must_use]
    pub fn knowledge(&self, victim: Party) -> Knowledge {
        match &self.machine {
            Machine::DoubleRatchet(conversation) => {
                let knowledge = conversation.knowledge(victim, self.early_key[victim.index()]);
                if self.serviced { conversation.widened(knowledge) } else { knowledge }
            }
            Machine::Hybrid(conversation) => {
                let knowledge = conversation.knowledge(victim, self.early_key[victim.index()]);
                match self.serviced {
                    true => conversation.classical.widened(knowledge),
                    false => knowledge,
                }
            }
            Machine::Periodic(conversation) => conversation.knowledge(victim),
            Machine::Static(conversation) => conversation.knowledge(victim),
            Machine::Symmetric(conversation) => conversation.knowledge(victim),
        }
    }

    /// Whether a thief of `victim`'s session, taken in this very state, *must* be able to open the message at
    /// `place`: it is addressed to the victim, was not opened before, and the frozen victim would open it.
    #[must_use]
    pub fn must_leak(&self, victim: Party, place: &Place) -> bool {
        let may_lack_its_key = match &self.machine {
            Machine::DoubleRatchet(conversation) => conversation.may_lack_key_for(victim, place),
            Machine::Hybrid(conversation) => conversation.classical.may_lack_key_for(victim, place),
            _ => false,
        };
        place.from == victim.peer()
            && self.expects(victim, place) == Expected::Opens
            && !may_lack_its_key
            && self.is_next_or_in_any_order(place)
    }

    /// Whether a strict ratchet would not say that something else has to come before.
    fn is_next_or_in_any_order(&self, place: &Place) -> bool {
        let Some(unread) = &self.unread else { return true };
        match unread[place.from.index()].front() {
            Some(oldest) => oldest == place,
            None => self.clone().send(place.from).as_ref() == Some(place),
        }
    }

    /// Skipped keys that `party` holds.
    #[must_use]
    pub fn stored(&self, party: Party) -> usize {
        match &self.machine {
            Machine::DoubleRatchet(conversation) => conversation.stored(party),
            Machine::Hybrid(conversation) => conversation.classical.stored(party),
            Machine::Periodic(_) | Machine::Static(_) => 0,
            Machine::Symmetric(conversation) => conversation.stored(party),
        }
    }

    /// Whether `party` has opened the peer's newest epoch and not yet answered.
    #[must_use]
    pub fn awaits_reply(&self, party: Party) -> bool {
        match &self.machine {
            Machine::DoubleRatchet(conversation) => conversation.awaits_reply(party),
            Machine::Hybrid(conversation) => conversation.classical.awaits_reply(party),
            _ => false,
        }
    }

    /// Whether opening the message at `place` opens a new epoch for `to`.
    #[must_use]
    pub fn opens_epoch(&self, to: Party, place: &Place) -> bool {
        match &self.machine {
            Machine::DoubleRatchet(conversation) => conversation.opens_epoch(to, place),
            Machine::Hybrid(conversation) => conversation.classical.opens_epoch(to, place),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests;

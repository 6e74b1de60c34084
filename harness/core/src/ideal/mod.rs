//! Ideals: for each family the symbolic machine that says what a flawless ratchet opens and what a theft gives away.
//!
//! An ideal knows no cryptography, only integers and sets, so that a bug of a reference ratchet cannot hide in it.
//! Its cost is linear in the schedule; with service messages each message costs as much as there are unread ones.

mod double_ratchet;
mod forgeable;
mod hybrid;
mod knowledge;
mod periodic;
mod service;
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
    /// Of a ratchet that can send messages by itself.
    service: Option<service::Service>,
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
        let waits = start == ResponderStart::NotYet && !opened && !profile.is_one_way();
        let responder = if waits { Responder::Waits } else { Responder::Speaks };
        Self { machine, early_key: [false; 2], unread, service: None, responder }
    }

    /// The ideal of a ratchet of these abilities. Without an outbox a periodic rekey goes along with users' messages;
    /// with one, messages in chains stand where nobody can say.
    #[must_use]
    pub fn of(mut self, capabilities: Capabilities) -> Self {
        if capabilities.outbox {
            self.service = Some(service::Service::default());
        } else if let Machine::Periodic(conversation) = &mut self.machine {
            conversation.hide_rekeys();
        }
        self
    }

    /// `by` sends; `None` if it cannot send yet.
    pub fn send(&mut self, by: Party) -> Option<Place> {
        if by == Party::Responder {
            match std::mem::replace(&mut self.responder, Responder::Speaks) {
                Responder::Waits => {
                    self.responder = Responder::Waits;
                    return None;
                }
                Responder::MayWait => self.machine.heard_service(),
                Responder::Speaks => {}
            }
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
        if let Some(service) = &mut self.service {
            service.user_sent(place);
        }
        Some(place)
    }

    /// What `to` does with the genuine message at `place`, without doing it.
    #[must_use]
    pub fn expects(&self, to: Party, place: &Place) -> Expected {
        match self.machine.expects(to, place) {
            // Ahead of a gap a strict ratchet may refuse; the message must open once the gap is closed.
            Expected::Opens if self.is_ahead_of_a_gap(place) => Expected::Unclaimed,
            expected if place.from != to && self.may_stand_elsewhere(to, place, expected) => {
                Expected::Unclaimed
            }
            // It need not send counters either: what is out of order then just does not authenticate.
            Expected::Refuses(_) if self.unread.is_some() => Expected::Refuses(Cause::Lost),
            // Where service messages went into the chains, nobody can say which of these still stand.
            Expected::Refuses(Cause::Replay { .. }) if self.has_moved_by_itself() => {
                Expected::Refuses(Cause::Replay { live: false })
            }
            expected => expected,
        }
    }

    /// Whether service messages went into the chains.
    fn has_moved_by_itself(&self) -> bool {
        self.machine.has_chains() && self.service.as_ref().is_some_and(service::Service::is_any)
    }

    /// Whether service messages, which take places of their own in the chains, may bring what is expected to nothing.
    fn may_stand_elsewhere(&self, to: Party, place: &Place, expected: Expected) -> bool {
        let Some(service) = &self.service else { return false };
        match expected {
            Expected::Opens => {
                let strict = self.unread.is_some();
                service.is_any() && !service.surely_opens(place, &self.machine.rooms(to), strict)
            }
            Expected::Refuses(_) => self.machine.has_chains() && service.is_unread(place),
            Expected::Unclaimed => false,
        }
    }

    /// Whether the peer of `from` takes the service message that is delivered to it next.
    #[must_use]
    pub fn takes_service_of(&self, from: Party) -> bool {
        let Some(service) = &self.service else { return false };
        let (to, strict) = (from.peer(), self.unread.is_some());
        let mut next = self.clone();
        next.service_delivered(from, true);
        let place = next.send(from);
        // Its own number is that of one still to be delivered.
        place.is_some_and(|place| next.machine.expects(to, &place) == Expected::Opens)
            && service.surely_takes(from, &self.machine.rooms(to), strict)
    }

    /// Service messages that `by` made.
    #[must_use]
    pub fn service_of(&self, by: Party) -> u32 {
        self.service.as_ref().map_or(0, |service| service.made(by))
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
        if let Some(service) = &mut self.service {
            service.user_opened(place);
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

    /// A service message of `from` was made, and is then delivered or held.
    pub fn service_sent(&mut self, from: Party) {
        let crosses = self.service.as_mut().is_some_and(|service| service.sent(from));
        if let Machine::Periodic(conversation) = &mut self.machine {
            conversation.service_sent(crosses);
        }
    }

    /// Whether a refusal of `by` to send yet is as right as sending.
    #[must_use]
    pub fn may_wait(&self, by: Party) -> bool {
        by == Party::Responder && self.responder == Responder::MayWait
    }

    /// The oldest service message of `from` that was not delivered now is, and is taken or refused.
    pub fn service_delivered(&mut self, from: Party, taken: bool) {
        if let Some(service) = &mut self.service {
            service.delivered(from, taken);
        }
        if taken && from == Party::Initiator && self.responder == Responder::Waits {
            self.responder = Responder::MayWait;
        }
        if let Machine::Periodic(conversation) = &mut self.machine {
            conversation.service_delivered(taken);
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
        let early_key = self.early_key[victim.index()];
        match &self.machine {
            Machine::DoubleRatchet(conversation) => {
                let knowledge = conversation.knowledge(victim, early_key);
                self.widened(conversation, victim, knowledge)
            }
            Machine::Hybrid(conversation) => {
                let knowledge = conversation.knowledge(victim, early_key);
                self.widened(&conversation.classical, victim, knowledge)
            }
            Machine::Periodic(conversation) => conversation.knowledge(victim),
            Machine::Static(conversation) => conversation.knowledge(victim),
            Machine::Symmetric(conversation) => conversation.knowledge(victim),
        }
    }

    /// What a theft gives away where service messages open epochs too: their keys, and those of old chains, which may
    /// have come to less of an end.
    fn widened(
        &self,
        conversation: &double_ratchet::Conversation,
        victim: Party,
        knowledge: Knowledge,
    ) -> Knowledge {
        let Some(service) = &self.service else { return knowledge };
        let mut knowledge = conversation.widened(knowledge);
        if service.is_any() {
            for Place { from, epoch, index, .. } in service.unread(victim.peer()) {
                knowledge.message(from, epoch, index);
            }
        }
        knowledge
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
            && (!self.has_moved_by_itself() || self.is_unread(place))
            && self.is_next_or_in_any_order(place)
    }

    /// Whether the message at `place` was sent, and not opened: what is sent later may stand in an epoch that a service
    /// message began.
    fn is_unread(&self, place: &Place) -> bool {
        self.service.as_ref().is_some_and(|service| service.is_unread(place))
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

impl Machine {
    fn expects(&self, to: Party, place: &Place) -> Expected {
        match self {
            Self::DoubleRatchet(conversation) => conversation.expects(to, place),
            Self::Hybrid(conversation) => conversation.expects(to, place),
            Self::Periodic(conversation) => conversation.expects(to, place),
            Self::Static(conversation) => conversation.expects(to, place),
            Self::Symmetric(conversation) => conversation.expects(to, place),
        }
    }

    /// What `party` has room for, in each of its halves.
    fn rooms(&self, party: Party) -> Vec<service::Room> {
        match self {
            Self::DoubleRatchet(conversation) => vec![conversation.room(party)],
            Self::Hybrid(conversation) => conversation.rooms(party).to_vec(),
            Self::Periodic(_) | Self::Static(_) => Vec::new(),
            Self::Symmetric(conversation) => vec![conversation.room()],
        }
    }

    /// Whether a message has a place in a chain, which service messages may take as well.
    const fn has_chains(&self) -> bool {
        !matches!(self, Self::Periodic(_) | Self::Static(_))
    }

    /// The responder has taken a service message before any other, and that was enough for it to send.
    fn heard_service(&mut self) {
        match self {
            Self::DoubleRatchet(conversation) => conversation.heard_service(),
            Self::Hybrid(conversation) => conversation.classical.heard_service(),
            Self::Periodic(_) | Self::Static(_) => {}
            Self::Symmetric(conversation) => conversation.heard_service(),
        }
    }
}

#[cfg(test)]
mod tests;

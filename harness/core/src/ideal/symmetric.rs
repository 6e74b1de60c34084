//! The ideal symmetric ratchet: one one-way chain for each direction, which never heals.

use super::knowledge::Knowledge;
use super::service::Room;
use super::stored::{KnownLimits, Stored};
use super::{Cause, Expected, Place};
use crate::{Party, ResponderStart, SymmetricRatchet};

#[derive(Clone, Debug)]
pub(super) struct Conversation {
    limits: KnownLimits,
    one_way: bool,
    parties: [State; 2],
}

#[derive(Clone, Debug, Default)]
struct State {
    can_send: bool,
    ns: u32,
    nr: u32,
    stored: Stored,
}

impl Conversation {
    pub(super) fn new(claims: &SymmetricRatchet, start: ResponderStart, opened: bool) -> Self {
        let initiator = State { can_send: true, ns: u32::from(opened), ..State::default() };
        let responder = State {
            can_send: !claims.one_way && (opened || start == ResponderStart::InitialChain),
            nr: u32::from(opened),
            ..State::default()
        };
        Self {
            limits: KnownLimits::of(&claims.limits),
            one_way: claims.one_way,
            parties: [initiator, responder],
        }
    }

    pub(super) fn send(&mut self, by: Party) -> Option<Place> {
        let state = &mut self.parties[by.index()];
        if !state.can_send {
            return None;
        }
        let index = state.ns;
        state.ns += 1;
        Some(Place::new(by, 0, index, 0))
    }

    pub(super) fn expects(&self, to: Party, place: &Place) -> Expected {
        if place.from == to {
            return Expected::Refuses(Cause::Lost);
        }
        let state = &self.parties[to.index()];
        if let Some(kept) = state.stored.expects(&self.limits, 0, place.index) {
            return kept;
        }
        match place.index.checked_sub(state.nr) {
            None => Expected::Refuses(Cause::Replay { live: true }),
            Some(gap) => match self.limits.allow(&state.stored, 0, gap) {
                Ok(()) => Expected::Opens,
                Err(cause) => Expected::Refuses(cause),
            },
        }
    }

    pub(super) fn open(&mut self, to: Party, place: &Place) {
        let state = &mut self.parties[to.index()];
        state.can_send |= !self.one_way;
        if !state.stored.remove(0, place.index) && place.index >= state.nr {
            let from = std::mem::replace(&mut state.nr, place.index.saturating_add(1));
            state.stored.store(&self.limits, 0, from, place.index);
        }
    }

    /// The responder has heard of the initiator by a service message.
    pub(super) const fn heard_service(&mut self) {
        self.parties[Party::Responder.index()].can_send = !self.one_way;
    }

    pub(super) const fn room(&self) -> Room {
        Room { limits: self.limits, old_chains: None }
    }

    /// Both chains from where they stand, and the skipped keys.
    pub(super) fn knowledge(&self, victim: Party) -> Knowledge {
        let state = &self.parties[victim.index()];
        let mut knowledge = Knowledge::default();
        knowledge.chain(victim, 0, state.ns);
        knowledge.chain(victim.peer(), 0, state.nr);
        for (epoch, index) in state.stored.iter() {
            knowledge.message(victim.peer(), epoch, index);
        }
        knowledge
    }

    pub(super) fn tick(&mut self, seconds: u32) {
        for state in &mut self.parties {
            state.stored.tick(&self.limits, seconds);
        }
    }

    pub(super) fn stored(&self, party: Party) -> usize {
        self.parties[party.index()].stored.len()
    }
}

//! The ideal Double Ratchet: eager or lazy key generation, retained or closed old chains, limits.
//!
//! Epochs are numbered one per change of direction (Alwen, Coretti, Dodis 2019); the initiator sends in odd ones.
//! What a stolen state holds stands in [`Conversation::knowledge`].

use std::collections::{BTreeSet, VecDeque};

use super::knowledge::{Knowledge, sender_of};
use super::service::Room;
use super::stored::{KnownLimits, Stored};
use super::{Cause, Expected, Place};
use crate::{ClosingGap, DoubleRatchet, KeyGeneration, Party, ResponderStart, StoredPer};

#[derive(Clone, Debug)]
pub(super) struct Conversation {
    parties: [State; 2],
    /// Whose present call draws from a bad tape.
    draws_badly: Option<Party>,
    /// Epochs whose ratchet key was drawn badly.
    void: BTreeSet<u32>,
}

#[derive(Clone, Debug)]
struct State {
    claims: Claims,
    /// Epoch of the party's own ratchet key, if it has one.
    own: Option<u32>,
    /// Messages sent in that epoch.
    ns: u32,
    /// Messages sent in the own epoch before.
    pn: u32,
    can_send: bool,
    /// Newest epoch of the peer whose key is known, answered or not.
    peer: Option<u32>,
    receiving: Option<Receiving>,
    /// Old receiving chains, newest last.
    retained: VecDeque<Receiving>,
    stored: Stored,
}

/// What a party's ratchet claims, its limits known.
#[derive(Clone, Copy, Debug)]
struct Claims {
    key_generation: KeyGeneration,
    limits: KnownLimits,
    retained_chains: usize,
    closes_chains: bool,
    closing_gap: ClosingGap,
}

#[derive(Clone, Copy, Debug)]
struct Receiving {
    epoch: u32,
    nr: u32,
}

impl Conversation {
    /// The claims are those of the initiator and of the responder.
    pub(super) fn new(claims: [&DoubleRatchet; 2], start: ResponderStart, opened: bool) -> Self {
        let [mut initiator, mut responder] = claims.map(|claims| State {
            claims: Claims::of(claims),
            own: None,
            ns: 0,
            pn: 0,
            can_send: true,
            peer: None,
            receiving: None,
            retained: VecDeque::new(),
            stored: Stored::default(),
        });
        let initial_chain = start == ResponderStart::InitialChain;
        let chain = |epoch, nr| Some(Receiving { epoch, nr });
        if opened {
            initiator.own = Some(1);
            initiator.ns = 1;
            responder.own = Some(0);
            responder.peer = Some(1);
            responder.receiving = chain(1, 1);
        } else {
            initiator.peer = Some(0);
            initiator.receiving = if initial_chain { chain(0, 0) } else { None };
            responder.own = Some(0);
            responder.can_send = initial_chain;
        }
        let mut conversation =
            Self { parties: [initiator, responder], draws_badly: None, void: BTreeSet::new() };
        let answering = if opened { Party::Responder } else { Party::Initiator };
        let answering = &mut conversation.parties[answering.index()];
        if answering.claims.key_generation == KeyGeneration::Eager {
            answering.renew();
        }
        conversation
    }

    pub(super) fn send(&mut self, by: Party) -> Option<Place> {
        let state = &mut self.parties[by.index()];
        if state.owes_key() && state.peer != Some(0) || state.own.is_none() {
            state.renew();
            if self.draws_badly == Some(by) {
                self.void.extend(state.own);
            }
        }
        if !state.can_send {
            return None;
        }
        let epoch = state.own?;
        let index = state.ns;
        state.ns += 1;
        Some(Place::new(by, epoch, index, state.pn))
    }

    pub(super) fn expects(&self, to: Party, place: &Place) -> Expected {
        if place.from == to {
            return Expected::Refuses(Cause::Lost);
        }
        let state = &self.parties[to.index()];
        let limits = &state.claims.limits;
        if let Some(kept) = state.stored.expects(limits, place.epoch, place.index) {
            return kept;
        }
        if let Some(chain) = state.chain(place.epoch) {
            return match place.index.checked_sub(chain.nr) {
                None => Expected::Refuses(Cause::Replay { live: true }),
                Some(gap) => match limits.allow(&state.stored, place.epoch, gap) {
                    Ok(()) => Expected::Opens,
                    Err(cause) => Expected::Refuses(cause),
                },
            };
        }
        if !self.opens_epoch(to, place) {
            return Expected::Refuses(Cause::Lost);
        }
        let mut closing = 0;
        if let (true, Some(old)) = (state.claims.closes_chains, state.receiving) {
            closing = state.claims.closing(old, place);
            if let Err(cause) = limits.allow(&state.stored, old.epoch, closing) {
                return Expected::Refuses(cause);
            }
        }
        match limits.allow(&state.stored, place.epoch, place.index) {
            Err(cause) => Expected::Refuses(cause),
            // Each part finds room, but both together do not.
            Ok(()) if limits.refuse_together(&state.stored, closing, place.index) => {
                Expected::Refuses(Cause::GapTooLarge)
            }
            Ok(()) => Expected::Opens,
        }
    }

    /// Opens the message; true if it opened a new epoch.
    pub(super) fn open(&mut self, to: Party, place: &Place) -> bool {
        let new_epoch = self.opens_epoch(to, place);
        let state = &mut self.parties[to.index()];
        let claims = state.claims;
        let limits = claims.limits;
        let closing = state.receiving.map_or(0, |old| claims.closing(old, place));
        if state.stored.remove(place.epoch, place.index) {
            return false;
        }
        if let Some(chain) = state.chain_mut(place.epoch) {
            // With service messages what counts as lost may still open.
            if place.index < chain.nr {
                return false;
            }
            let from = std::mem::replace(&mut chain.nr, place.index.saturating_add(1));
            state.stored.store(&limits, place.epoch, from, place.index);
            return false;
        }
        if !new_epoch {
            return false;
        }
        if let Some(old) = state.receiving.take() {
            if claims.closes_chains {
                state.stored.store(&limits, old.epoch, old.nr, old.nr + closing);
            }
            state.retained.push_back(old);
            while state.retained.len() > claims.retained_chains {
                let gone = state.retained.pop_front();
                if let Some(gone) = gone {
                    state.stored.chain_gone(&limits, gone.epoch);
                }
            }
        }
        state.stored.store(&limits, place.epoch, 0, place.index);
        state.receiving = Some(Receiving { epoch: place.epoch, nr: place.index + 1 });
        state.peer = Some(place.epoch);
        state.can_send = true;
        if claims.key_generation == KeyGeneration::Eager {
            state.renew();
            if self.draws_badly == Some(to) {
                self.void.extend(state.own);
            }
        }
        true
    }

    /// The responder has heard of the initiator's first key by a service message.
    pub(super) fn heard_service(&mut self) {
        let [initiator, responder] = &mut self.parties;
        if initiator.own.is_none() {
            initiator.renew();
        }
        responder.peer = Some(1);
        responder.receiving = Some(Receiving { epoch: 1, nr: 0 });
        responder.can_send = true;
        if responder.claims.key_generation == KeyGeneration::Eager {
            responder.renew();
        }
    }

    pub(super) fn room(&self, party: Party) -> Room {
        let claims = &self.parties[party.index()].claims;
        let outlives_its_chain =
            claims.closes_chains && claims.limits.stored_per == StoredPer::Session;
        let old_chains = (!outlives_its_chain).then_some(claims.retained_chains as u32);
        Room { limits: claims.limits, old_chains }
    }

    pub(super) const fn draws_badly(&mut self, by: Option<Party>) {
        self.draws_badly = by;
    }

    /// A rejection may have made the party's next key, and with bad randomness.
    pub(super) fn made_early_key(&mut self, party: Party) {
        let state = &self.parties[party.index()];
        if self.draws_badly == Some(party) && state.owes_key() {
            self.void.insert(state.next_own());
        }
    }

    pub(super) fn known_to_all(&self) -> Knowledge {
        let mut knowledge = Knowledge::default();
        self.void.iter().for_each(|&epoch| knowledge.secret(epoch));
        knowledge
    }

    pub(super) fn opens_epoch(&self, to: Party, place: &Place) -> bool {
        let state = &self.parties[to.index()];
        place.from != to
            && state.own.is_some_and(|own| place.epoch == own + 1)
            && state.peer.is_none_or(|peer| place.epoch > peer)
    }

    /// Exactly what an honest state holds at this instant, and all that follows from it.
    ///
    /// Eager: root and own key of the newest own epoch, made already when the peer's was received. Lazy: the
    /// root of the newest epoch; the old own key and sending chain may still be there until the next send.
    pub(super) fn knowledge(&self, victim: Party, early_key: bool) -> Knowledge {
        let state = &self.parties[victim.index()];
        let mut knowledge = Knowledge::default();
        knowledge.root(state.own.max(state.peer).unwrap_or(0));
        if let Some(own) = state.own {
            knowledge.secret(own);
            knowledge.chain(victim, own, state.ns);
        }
        if early_key && state.owes_key() {
            knowledge.secret(state.next_own());
        }
        for chain in state.receiving.iter().chain(&state.retained) {
            knowledge.chain(victim.peer(), chain.epoch, chain.nr);
        }
        for (epoch, index) in state.stored.iter() {
            knowledge.message(sender_of(epoch), epoch, index);
        }
        knowledge.close()
    }

    /// What a theft gives away where service messages open epochs too. The party may hold a key that only they have
    /// seen, and the next messages of the users may still be in their epochs: healing comes an epoch later at most.
    pub(super) fn widened(&self, mut knowledge: Knowledge) -> Knowledge {
        let epochs = self.parties.iter().filter_map(|state| state.own.max(state.peer));
        let newest = epochs.max().unwrap_or(0);
        for party in Party::BOTH {
            knowledge.epochs(party, newest + 1, newest + 3);
        }
        knowledge
    }

    /// Whether the victim may still be without the key that the message at `place` is sent to: an eager initiator makes
    /// its first key when the session is opened, or with its first message.
    pub(super) fn may_lack_key_for(&self, victim: Party, place: &Place) -> bool {
        let state = &self.parties[victim.index()];
        state.own == Some(1) && state.ns == 0 && place.epoch == 2
    }

    pub(super) fn tick(&mut self, seconds: u32) {
        for state in &mut self.parties {
            state.stored.tick(&state.claims.limits, seconds);
        }
    }

    /// The epoch whose root key opens the next epoch at `to`, and whether the public key that has to be answered for
    /// that was shown; `None` if `to` holds no key that could be answered.
    pub(super) fn next_root(&self, to: Party) -> Option<(u32, bool)> {
        let state = &self.parties[to.index()];
        let own = state.own.filter(|_| !state.owes_key())?;
        // The key of epoch 0 is known from pairing.
        Some((own, state.ns > 0 || own == 0))
    }

    pub(super) fn stored(&self, party: Party) -> usize {
        self.parties[party.index()].stored.len()
    }

    pub(super) fn awaits_reply(&self, party: Party) -> bool {
        let state = &self.parties[party.index()];
        state.peer.is_some_and(|peer| {
            state.own.is_none_or(|own| own < peer || (own == peer + 1 && state.ns == 0))
        })
    }
}

impl Claims {
    fn of(claims: &DoubleRatchet) -> Self {
        Self {
            key_generation: claims.key_generation,
            limits: KnownLimits::of(&claims.limits),
            retained_chains: claims.retained_chains as usize,
            closes_chains: claims.closes_chains,
            closing_gap: claims.closing_gap,
        }
    }

    /// Keys of the old receiving chain that a message of a new epoch has stored.
    fn closing(&self, old: Receiving, place: &Place) -> u32 {
        let gap = place.previous.saturating_sub(old.nr);
        let given_up = self.closing_gap == ClosingGap::Forget && gap > self.limits.max_skip;
        if given_up { 0 } else { gap }
    }
}

impl State {
    /// Whether the peer's newest key is not yet answered with an own one.
    fn owes_key(&self) -> bool {
        self.peer.is_some_and(|peer| self.own.is_none_or(|own| own < peer))
    }

    fn next_own(&self) -> u32 {
        self.peer.map_or(1, |peer| peer + 1)
    }

    /// Generates the next own ratchet key.
    fn renew(&mut self) {
        self.own = Some(self.next_own());
        self.pn = std::mem::take(&mut self.ns);
    }

    fn chain(&self, epoch: u32) -> Option<&Receiving> {
        self.receiving.iter().chain(&self.retained).find(|chain| chain.epoch == epoch)
    }

    fn chain_mut(&mut self, epoch: u32) -> Option<&mut Receiving> {
        self.receiving.iter_mut().chain(&mut self.retained).find(|chain| chain.epoch == epoch)
    }
}

#[cfg(test)]
#[path = "double_ratchet_tests.rs"]
mod tests;

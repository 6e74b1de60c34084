//! Every attacker by itself: what it tried, and what it got.

use std::collections::BTreeSet;

use super::{
    Attacker, Effort, Observed, passive_clone, peer_mirror, seed_guesser, shadow, tape_clone,
};
use crate::engine::{Arena, EventKind, Theft, Transcript};

/// What one attacker tried out of one theft, and what it got.
#[derive(Clone, Debug)]
pub struct Attempts {
    /// Who.
    pub attacker: Attacker,
    /// Messages that it tried, by index on the wire.
    pub tried: BTreeSet<usize>,
    /// Messages read or recognised.
    pub exposed: BTreeSet<usize>,
}

/// Lets every attacker that applies work on one theft with full effort, on throw-away clones. Unlike in
/// [`super::attack`], a message that one has read is tried by the others too.
#[must_use]
pub fn attack_apart(arena: &Arena<'_>, transcript: &Transcript, theft: &Theft) -> Vec<Attempts> {
    arena.at(theft.action);
    let mut all = vec![passive(arena, transcript, theft)];
    let (opens, recognises) = shadow::met(transcript, theft, usize::MAX);
    let mut seen: [BTreeSet<usize>; 2] = Default::default();
    let seed = arena.seed.derived(u64::from(theft.action.0));
    let own = |ordinal| seed.call(theft.action, ordinal);
    shadow::walk(arena, transcript, theft, usize::MAX, own, |message, attacker| {
        seen[usize::from(attacker == Attacker::ReEncryption)].insert(message);
    });
    let [read, recognised] = seen;
    let met = &opens | &recognises;
    all.push(Attempts { attacker: Attacker::ShadowClone, tried: opens, exposed: read });
    all.push(Attempts { attacker: Attacker::ReEncryption, tried: recognises, exposed: recognised });
    if transcript.events.iter().any(|event| matches!(event.kind, EventKind::DrewBadly { .. })) {
        let work = |observed: &mut Observed| tape_clone::follow(arena, transcript, theft, observed);
        all.push(Attempts::of(Attacker::TapeClone, met, work));
    }
    let (opens, recognises) = shadow::met(transcript, theft, seed_guesser::REACH);
    all.push(Attempts::of(Attacker::SeedGuesser, &opens | &recognises, |observed| {
        seed_guesser::guess(arena, transcript, theft, observed);
    }));
    if peer_mirror::is_possible(arena) {
        let tried = peer_mirror::around(transcript, theft).collect();
        all.push(Attempts::of(Attacker::PeerMirror, tried, |observed| {
            peer_mirror::unlock_all(arena, transcript, theft, observed);
        }));
    }
    all
}

fn passive(arena: &Arena<'_>, transcript: &Transcript, theft: &Theft) -> Attempts {
    let mut observed = Observed::default();
    passive_clone::alone(arena, transcript, theft, Effort::Full, &mut observed);
    let tried = std::mem::take(&mut observed.tried_alone);
    passive_clone::in_order(arena, transcript, theft, &mut observed);
    passive_clone::reversed(arena, transcript, theft, &mut observed);
    Attempts::of(Attacker::PassiveClone, tried, |all| *all = observed)
}

impl Attempts {
    fn of(attacker: Attacker, tried: BTreeSet<usize>, work: impl FnOnce(&mut Observed)) -> Self {
        let mut observed = Observed::default();
        work(&mut observed);
        let exposed = observed.exposed.into_iter().map(|(message, _)| message).collect();
        Self { attacker, tried, exposed }
    }
}

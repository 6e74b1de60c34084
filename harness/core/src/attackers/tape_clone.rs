//! A3: a shadow in a world in which some randomness is known. Wherever its victim drew from a bad tape, the clone draws
//! from the same tape; all else is its own.

use super::{Attacker, Observed, shadow};
use crate::engine::{Arena, EventKind, Source, Theft, Transcript};

/// Seed derived for the clone's own draws.
const OWN: u64 = 3 << 40;

pub(super) fn follow(
    arena: &Arena<'_>,
    transcript: &Transcript,
    theft: &Theft,
    observed: &mut Observed,
) {
    let events = &transcript.events[theft.event..];
    let bad_tape = |event: usize| match &events.get(event)?.kind {
        EventKind::DrewBadly { by, tape, .. } if *by == theft.victim => Some(tape.rewound()),
        _ => None,
    };
    if (0..events.len()).all(|event| bad_tape(event).is_none()) {
        return;
    }
    let seed = arena.seed.derived(u64::from(theft.action.0) ^ OWN);
    // Event number n behind the theft has ordinal n + 1; the tape stands before the event whose call drew from it.
    let rng = |ordinal: u32| match (ordinal as usize).checked_sub(2).and_then(bad_tape) {
        Some(tape) => Source::Bad(tape),
        None => Source::Good(seed.call(theft.action, ordinal)),
    };
    shadow::walk(arena, transcript, theft, usize::MAX, rng, |message, _| {
        observed.add(message, Attacker::TapeClone);
    });
}

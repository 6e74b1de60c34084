//! A1: the stolen session opens what it can.

use super::{Attacker, Effort, Observed, SAMPLE, is_read, reads};
use crate::engine::{Arena, EventKind, Theft, Transcript};

/// Every message by itself on a fresh copy, those of the victim too: a symmetric key opens both directions.
pub(super) fn alone(
    arena: &Arena<'_>,
    transcript: &Transcript,
    theft: &Theft,
    effort: Effort,
    observed: &mut Observed,
) {
    let messages = transcript.wire.len();
    let stride = match effort {
        Effort::Full => 1,
        Effort::Sampled => messages.div_ceil(SAMPLE).max(1),
    };
    alone_on(arena, transcript, theft, |message| message % stride == 0, observed);
}

/// As [`alone`], on the messages that `wanted` picks.
pub(super) fn alone_on(
    arena: &Arena<'_>,
    transcript: &Transcript,
    theft: &Theft,
    wanted: impl Fn(usize) -> bool,
    observed: &mut Observed,
) {
    let seed = arena.seed.derived(u64::from(theft.action.0));
    let wire = &transcript.wire;
    let tried = (0..wire.len()).filter(|&message| wanted(message) && wire[message].is_tagged());
    let tried: Vec<usize> = tried.collect();
    let attempt = |&message: &usize| {
        let rng = seed.call(theft.action, u32::MAX - message as u32);
        (rng, arena.associated_data(wire[message].ad), &wire[message].bytes[..])
    };
    let answers = arena.decrypt_each(&theft.session, tried.iter().map(attempt).collect());
    for (message, answer) in tried.into_iter().zip(answers) {
        if is_read(&answer, &wire[message]) {
            observed.add(message, Attacker::PassiveClone);
        }
        observed.tried_alone.insert(message);
    }
}

/// All messages to the victim after the theft, lost ones too, in the order they were sent, on one copy; with the
/// service messages that were delivered to it.
pub(super) fn in_order(
    arena: &Arena<'_>,
    transcript: &Transcript,
    theft: &Theft,
    observed: &mut Observed,
) {
    let mut copy = theft.session.clone();
    let mut rng = arena.seed.derived(u64::from(theft.action.0)).call(theft.action, 1 << 24);
    for event in &transcript.events[theft.event..] {
        match &event.kind {
            EventKind::Sent(message)
                if transcript.wire[*message].from != theft.victim
                    && reads(arena, &mut copy, &mut rng, &transcript.wire[*message]) =>
            {
                observed.add(*message, Attacker::PassiveClone);
            }
            EventKind::ServiceDelivered { from, bytes, .. } if *from != theft.victim => {
                let _ = arena.decrypt(&mut copy, &mut rng, b"", bytes);
            }
            _ => {}
        }
    }
}

/// The same messages, the last one first.
pub(super) fn reversed(
    arena: &Arena<'_>,
    transcript: &Transcript,
    theft: &Theft,
    observed: &mut Observed,
) {
    let mut copy = theft.session.clone();
    let mut rng = arena.seed.derived(u64::from(theft.action.0)).call(theft.action, 1 << 25);
    for (message, wire) in transcript.wire.iter().enumerate().rev() {
        if wire.from != theft.victim && reads(arena, &mut copy, &mut rng, wire) {
            observed.add(message, Attacker::PassiveClone);
        }
    }
}

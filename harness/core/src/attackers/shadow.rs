//! A2 and A4: a clone that acts along with its victim. When the victim sends, the clone sends the same plaintext
//! with its own randomness; an equal ciphertext recognises the message, and either way the clone's state goes on as
//! the victim's did, so that a refresh which only looks random stays in step.

use std::collections::BTreeSet;

use super::{Attacker, reads};
use crate::engine::{Arena, Delivery, EventKind, Outcome, Theft, Transcript};

/// Messages before the theft that are looked at again.
const LAST: usize = 2;

/// Walks along behind the victim for at most `most` events; `rng` gives the randomness of call number n.
pub(super) fn walk<R: rand_core::CryptoRng>(
    arena: &Arena<'_>,
    transcript: &Transcript,
    theft: &Theft,
    most: usize,
    mut rng: impl FnMut(u32) -> R,
    mut found: impl FnMut(usize, Attacker),
) {
    recognise_last(arena, transcript, theft, &mut rng(0), &mut found);
    let mut clone = theft.session.clone();
    for (event, ordinal) in transcript.events[theft.event..].iter().take(most).zip(1..) {
        let mut rng = rng(ordinal);
        match &event.kind {
            EventKind::Sent(message) => {
                let wire = &transcript.wire[*message];
                if wire.from != theft.victim {
                    continue;
                }
                let ad = arena.associated_data(wire.ad);
                let Ok(bytes) = arena.encrypt(&mut clone, &mut rng, ad, &wire.plaintext) else {
                    continue;
                };
                if wire.is_tagged() && arena.ciphertext(&bytes) == arena.ciphertext(&wire.bytes) {
                    found(*message, Attacker::ReEncryption);
                }
                if arena.capabilities.outbox {
                    // What the clone wants to say by itself nobody hears.
                    let _ = arena.ratchet.outbox(&mut clone, &mut rng);
                }
            }
            EventKind::Delivered(delivery) if delivery.to == theft.victim => {
                // What the victim refused changed nothing in it, and would only wreck the clone.
                let Outcome::Opened(message) = delivery.outcome else { continue };
                if reads(arena, &mut clone, &mut rng, &transcript.wire[message]) {
                    found(message, Attacker::ShadowClone);
                }
            }
            // What the victim makes new when it restarts, the clone makes new in the same way.
            EventKind::Restarted { party, outcome: Ok(()) } if *party == theft.victim => {
                if let Ok(restarted) = arena.reload(&clone) {
                    clone = restarted;
                }
            }
            EventKind::ServiceDelivered { from, bytes, .. } if *from != theft.victim => {
                let _ = arena.decrypt(&mut clone, &mut rng, b"", bytes);
                let _ = arena.ratchet.outbox(&mut clone, &mut rng);
            }
            _ => {}
        }
    }
}

/// The messages that such a clone meets: those that it opens as its victim did, and those that it tries to recognise.
pub(super) fn met(
    transcript: &Transcript,
    theft: &Theft,
    most: usize,
) -> (BTreeSet<usize>, BTreeSet<usize>) {
    let of_victim = |message: usize| transcript.wire[message].from == theft.victim;
    let (before, behind) = transcript.events.split_at(theft.event);
    let (mut opens, mut recognises) = (BTreeSet::new(), BTreeSet::new());
    for event in behind.iter().take(most) {
        match &event.kind {
            EventKind::Sent(message) if of_victim(*message) => drop(recognises.insert(*message)),
            EventKind::Delivered(Delivery { to, outcome: Outcome::Opened(message), .. })
                if *to == theft.victim =>
            {
                opens.insert(*message);
            }
            _ => {}
        }
    }
    let sent = before.iter().rev().filter_map(|event| match event.kind {
        EventKind::Sent(message) if of_victim(message) => Some(message),
        _ => None,
    });
    recognises.extend(sent.take(LAST));
    let is_tagged = |message: &usize| transcript.wire[*message].is_tagged();
    opens.retain(is_tagged);
    recognises.retain(is_tagged);
    (opens, recognises)
}

/// Whether the stolen session still encrypts as the victim did just before the theft.
fn recognise_last(
    arena: &Arena<'_>,
    transcript: &Transcript,
    theft: &Theft,
    rng: &mut dyn rand_core::CryptoRng,
    found: &mut impl FnMut(usize, Attacker),
) {
    let before = transcript.events[..theft.event].iter().rev().filter_map(|event| {
        let EventKind::Sent(message) = event.kind else { return None };
        let wire = &transcript.wire[message];
        (wire.from == theft.victim && wire.is_tagged()).then_some((message, wire))
    });
    for (message, wire) in before.take(LAST) {
        let mut copy = theft.session.clone();
        let ad = arena.associated_data(wire.ad);
        if let Ok(bytes) = arena.encrypt(&mut copy, rng, ad, &wire.plaintext)
            && arena.ciphertext(&bytes) == arena.ciphertext(&wire.bytes)
        {
            found(message, Attacker::ReEncryption);
        }
    }
}

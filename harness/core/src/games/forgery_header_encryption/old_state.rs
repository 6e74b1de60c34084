//! What a thief encrypts with an old state of the sender: a second header for the same message, and a message under a
//! header key of a chain that is over.

use super::swapped::with_header_of;
use super::{OUTDATED, SWAPPED, malleable};
use crate::engine::{Arena, EventKind, Outcome, Theft, Transcript};
use crate::games::forking::places_are_known;
use crate::ideal::{Cause, Expected, Ideal};
use crate::judge::{Judgement, Violation, ViolationKind, tell_ideal};
use crate::{DynSession, Opened};

/// Of one length, as the bodies that they are in have to be.
const PLAINTEXTS: [&[u8]; 2] = [b"sprag: one of an old state", b"sprag: two of an old state"];

/// Seeds of this game's own, beside those of the conversation.
const OLD_STATE: u64 = 1 << 41;

/// Lets the thief of each theft encrypt.
pub(super) fn judge(arena: &Arena<'_>, transcript: &Transcript, judgement: &mut Judgement) {
    let (at_thefts, at_end) = ideals(arena, transcript);
    let is_known = places_are_known(arena).is_ok();
    for (theft, ideal) in transcript.thefts.iter().zip(at_thefts) {
        let to = theft.victim.peer();
        let Some(place) = ideal.clone().send(theft.victim) else { continue };
        if ideal.expects(to, &place) == Expected::Opens {
            rewrapped(arena, theft, judgement);
        }
        // In the other families a message that no longer has a place may still have a key.
        let is_over =
            matches!(at_end.expects(to, &place), Expected::Refuses(Cause::Lost | Cause::Replay { .. }));
        if is_over && is_known && arena.profile.double_ratchet_claims().is_some() {
            outdated(arena, theft, &transcript.sessions[to.index()], judgement);
        }
        if !judgement.violations.is_empty() {
            return;
        }
    }
}

/// The ideal at each theft, and at the end.
fn ideals(arena: &Arena<'_>, transcript: &Transcript) -> (Vec<Ideal>, Ideal) {
    let mut ideal = Ideal::new(arena.profile, transcript.opened).of(arena.capabilities);
    let (mut at_thefts, mut places) = (Vec::new(), Vec::new());
    for event in &transcript.events {
        match &event.kind {
            EventKind::Sent(message) => places.extend(ideal.send(transcript.wire[*message].from)),
            EventKind::Delivered(delivery) => {
                if let Outcome::Opened(message) = delivery.outcome
                    && let Some(place) = places.get(message)
                {
                    ideal.open(delivery.to, place);
                }
            }
            EventKind::Stolen(_) => at_thefts.push(ideal.clone()),
            other => tell_ideal(&mut ideal, other),
        }
    }
    (at_thefts, ideal)
}

/// What a copy of the stolen session sends, each plaintext with randomness of its own.
fn encrypted(arena: &Arena<'_>, theft: &Theft, which: usize) -> Option<Vec<u8>> {
    arena.at(theft.action);
    let mut rng = arena.seed.derived(OLD_STATE).call(theft.action, which as u32 + 1);
    arena.encrypt(&mut theft.session.clone(), &mut rng, b"", PLAINTEXTS[which]).ok()
}

/// What a copy of `session` makes of a message.
fn opened(
    arena: &Arena<'_>,
    theft: &Theft,
    session: &DynSession,
    message: &[u8],
) -> Option<Opened> {
    let mut rng = arena.seed.derived(OLD_STATE).call(theft.action, 0);
    arena.decrypt(&mut session.clone(), &mut rng, b"", message).ok()
}

/// Encrypts twice from the same state: two headers that say the same, of which each belongs to its body.
fn rewrapped(arena: &Arena<'_>, theft: &Theft, judgement: &mut Judgement) {
    let (Some(one), Some(two)) = (encrypted(arena, theft, 0), encrypted(arena, theft, 1)) else {
        return;
    };
    let [text, other] = PLAINTEXTS.map(|plaintext| Some(Opened::Plaintext(plaintext.to_vec())));
    let open = |message: &[u8]| opened(arena, theft, &theft.peer, message);
    if open(&one) != text || open(&two) != other {
        return;
    }
    for message in with_header_of(arena, &one, &two) {
        let plaintext = open(&message);
        if plaintext.is_none() {
            judgement.measure(SWAPPED, 1);
        } else if plaintext == text || plaintext == other {
            *judgement.weak.entry(malleable(arena)).or_default() += 1;
        } else {
            let detail = "under a second header of its own a message opened to what nobody sent";
            let forged = Violation::new(ViolationKind::Forged, theft.action, detail);
            judgement.violations.push(forged);
        }
    }
}

/// Gives the peer, as it is at the end, a message of a chain that is over.
fn outdated(arena: &Arena<'_>, theft: &Theft, peer: &DynSession, judgement: &mut Judgement) {
    let Some(message) = encrypted(arena, theft, 0) else { return };
    if opened(arena, theft, peer, &message).is_none() {
        return judgement.measure(OUTDATED, 1);
    }
    let detail = format!(
        "what a state stolen from the {} at action {} encrypts still opens, though its chain is over",
        theft.victim, theft.action
    );
    judgement.violations.push(Violation::new(ViolationKind::Forged, theft.action, detail));
}

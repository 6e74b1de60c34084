//! Plays of one schedule in several worlds, which games compare.

use rand_core::Rng as _;

use crate::Rejection;
use crate::engine::{Arena, EventKind, Outcome, Transcript, World, execute};
use crate::randomness::CaseSeed;
use crate::schedule::Schedule;

const HOME_SECRET: u64 = 0x5ec0;
const OTHER_SECRETS: u64 = 0x5ec1;
const OTHER_RANDOMNESS: u64 = 0x5ec2;

/// The case's own world; both ends are given their shared secret where the ratchet takes one.
pub(super) fn home(arena: &Arena<'_>) -> World {
    let secret = arena.capabilities.secret.then(|| secret(arena.seed.derived(HOME_SECRET)));
    World { secret, ..World::default() }
}

/// The same randomness and lengths, other plaintexts and another shared secret; what the ratchet draws besides when a
/// session is opened, perhaps a secret too, stays. Where the ratchet takes no secret,
/// the sessions are opened with other randomness instead.
pub(super) fn other_secrets(arena: &Arena<'_>) -> World {
    let other = arena.seed.derived(OTHER_SECRETS);
    let takes_secret = arena.capabilities.secret;
    World {
        secret: takes_secret.then(|| secret(other)),
        pairing: (!takes_secret).then_some(other),
        plaintexts: Some(other),
        ..World::default()
    }
}

/// Another session in which the same is drawn once it is open: everything that its two ends agree on is other, whether
/// it was given to them or drawn when the session was opened.
pub(super) fn other_session(arena: &Arena<'_>) -> World {
    World { pairing: Some(arena.seed.derived(OTHER_SECRETS)), ..other_secrets(arena) }
}

/// The same secrets and plaintexts, other randomness. Where the ratchet takes no secret, that of the pairing stays.
pub(super) fn other_randomness(arena: &Arena<'_>) -> World {
    let other = arena.seed.derived(OTHER_RANDOMNESS);
    let pairing = arena.capabilities.secret.then_some(other);
    World { pairing, calls: [Some(other); 2], ..home(arena) }
}

/// Executes `schedule` in `world`.
///
/// # Errors
/// If no session can be opened.
pub(super) fn play(
    arena: &Arena<'_>,
    world: World,
    schedule: &Schedule,
) -> Result<Transcript, Rejection> {
    let there = arena.in_world(world);
    let transcript = execute(&there, schedule);
    arena.add_steps(there.steps());
    transcript
}

/// How many messages were sent before the public histories of two plays part: who sends, what opens, what is refused.
pub(super) fn common_history(ours: &Transcript, theirs: &Transcript) -> usize {
    let mut sent = 0;
    for (a, b) in ours.events.iter().zip(&theirs.events) {
        let same = match (&a.kind, &b.kind) {
            (EventKind::Delivered(a), EventKind::Delivered(b)) => {
                let refused = |outcome: &Outcome| matches!(outcome, Outcome::Refused(_));
                a.message == b.message && refused(&a.outcome) == refused(&b.outcome)
            }
            (a, b) => std::mem::discriminant(a) == std::mem::discriminant(b),
        };
        if !same || a.action != b.action {
            break;
        }
        sent += usize::from(matches!(a.kind, EventKind::Sent(_)));
    }
    sent
}

/// 32 bytes that follow from `seed`.
pub(super) fn secret(seed: CaseSeed) -> [u8; 32] {
    let mut secret = [0; 32];
    seed.choices().fill_bytes(&mut secret);
    secret
}

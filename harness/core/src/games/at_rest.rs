//! What games that search the state at rest have in common: exports at thefts, what explains their bytes, and how
//! long a secret may live.

use crate::attackers::residue::Explained;
use crate::engine::{Arena, EventKind, Outcome, Theft, Transcript, execute};
use crate::judge::Account;
use crate::schedule::Schedule;
use crate::{Family, Party, Profile};

/// Seed derived for the session that is compared with.
const OTHER: u64 = 0x0e57;

/// Longest conversation that waits for a secret to go.
const LONGEST_WAIT: u32 = 200;

/// How long a secret may live behind its use.
#[derive(Clone, Copy, Debug)]
pub(super) enum Life {
    /// Until each party has opened so many new epochs.
    Epochs(u32),
    /// Until so many messages of each direction have opened.
    Messages(u32),
}

impl Life {
    /// What a family allows, and a little more; `None` where nothing is meant to go, or only after very long.
    pub(super) fn allowed(profile: &Profile) -> Option<Self> {
        match &profile.family {
            Family::DoubleRatchet(claims) => {
                let epochs = claims.retained_chains.saturating_add(3);
                (epochs <= LONGEST_WAIT).then_some(Self::Epochs(epochs))
            }
            // A key of the post-quantum half lives until that half has healed, and longer where chains are retained.
            Family::HybridRatchet(claims) => {
                let retained = claims.post_quantum.retained_chains.saturating_add(1);
                let slow = claims.pq_rekey?.heals_after().saturating_mul(retained);
                let epochs = claims.classical.retained_chains.max(slow).saturating_add(3);
                (epochs <= LONGEST_WAIT).then_some(Self::Epochs(epochs))
            }
            Family::SymmetricRatchet(_) => Some(Self::Messages(3)),
            Family::PeriodicRekey(claims) => {
                // Both directions count for a period, so this is two of them and some more.
                let messages = claims.rekey_messages.saturating_add(4);
                (messages <= LONGEST_WAIT).then_some(Self::Messages(messages))
            }
            _ => None,
        }
    }

    /// Messages of a ping-pong within which it is over.
    pub(super) fn turns(self, one_way: bool) -> u16 {
        let (Self::Epochs(each) | Self::Messages(each)) = self;
        (each * if one_way { 1 } else { 2 }) as u16
    }

    /// Whether it is over between two events.
    pub(super) fn is_over(
        self,
        profile: &Profile,
        transcript: &Transcript,
        account: &Account,
        events: std::ops::Range<usize>,
    ) -> bool {
        Party::BOTH
            .into_iter()
            .filter(|party| !profile.is_one_way() || *party == Party::Initiator)
            .all(|sender| {
                let opened = transcript.events[events.clone()].iter().filter_map(|event| {
                    let EventKind::Delivered(delivery) = &event.kind else { return None };
                    let Outcome::Opened(message) = delivery.outcome else { return None };
                    (transcript.wire[message].from == sender).then_some(account.places[message])
                });
                match self {
                    Self::Messages(each) => opened.count() >= each as usize,
                    Self::Epochs(each) => {
                        let mut epochs: Vec<u32> = opened.map(|place| place.epoch).collect();
                        epochs.sort_unstable();
                        epochs.dedup();
                        epochs.len() >= each as usize
                    }
                }
            })
    }
}

/// Why a game that searches the state cannot be run on this ratchet, if so.
pub(super) fn needs(arena: &Arena<'_>) -> Result<Life, String> {
    if !arena.capabilities.export {
        return Err("the ratchet does not export its sessions".to_owned());
    }
    if matches!(arena.profile.family, Family::StaticKey(_)) {
        return Err("one key for ever: nothing is meant to go".to_owned());
    }
    Life::allowed(arena.profile)
        .ok_or_else(|| "secrets may live for longer than the conversations of this game".to_owned())
}

/// The victim's state at a theft, as it is at rest.
pub(super) fn stolen_state(arena: &Arena<'_>, theft: &Theft) -> Vec<u8> {
    arena.export(&theft.session).unwrap_or_default()
}

/// The state of the other party at the same time.
pub(super) fn peer_state(arena: &Arena<'_>, theft: &Theft) -> Vec<u8> {
    arena.export(&theft.peer).unwrap_or_default()
}

/// What explains bytes of a state: what went over the wire, both states at the first theft, and the states of another
/// session with the same conversation.
pub(super) fn explained(
    arena: &Arena<'_>,
    schedule: &Schedule,
    transcript: &Transcript,
) -> Explained {
    let mut explained = Explained::default();
    for wire in &transcript.wire {
        explained.add(&wire.bytes);
    }
    for event in &transcript.events {
        if let EventKind::ServiceDelivered { bytes, .. } = &event.kind {
            explained.add(bytes);
        }
    }
    if let Some(start) = transcript.thefts.first() {
        explained.add(&stolen_state(arena, start));
        explained.add(&peer_state(arena, start));
    }
    let other = arena.seeded(arena.seed.derived(OTHER));
    if let Ok(twin) = execute(&other, schedule) {
        for theft in &twin.thefts {
            explained.add(&stolen_state(&other, theft));
        }
    }
    arena.add_steps(other.steps());
    explained.ready()
}

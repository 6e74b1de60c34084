//! Attackers: the implementation itself, restored from stolen state and fed what went over the wire.

mod apart;
pub(crate) mod hijacker;
mod passive_clone;
pub(crate) mod peer_mirror;
pub(crate) mod residue;
mod seed_guesser;
mod shadow;
mod tape_clone;

use std::collections::BTreeSet;
use std::fmt;

use crate::engine::{Arena, Theft, Transcript, Wire};
use crate::{DynSession, Opened, Rejection};

pub use apart::{Attempts, attack_apart};

/// Who obtained a plaintext. The numbers are those of the catalogue of attackers.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Attacker {
    /// A1: the stolen session, fed the messages to its victim: each alone, in order, in reverse.
    PassiveClone,
    /// A2: acts along with the victim, with randomness of its own.
    ShadowClone,
    /// A3: a shadow that is given the bad tapes that its victim drew from.
    TapeClone,
    /// A4: encrypts the plaintext it suspects and compares the ciphertext.
    ReEncryption,
    /// A9: searches the stolen state, as it is at rest, for keys and plaintexts.
    Residue,
    /// A5: opens messages with keys found in the stolen state, through the raw encryption.
    PeerMirror,
    /// A6: speaks as the victim, and listens to what comes back.
    Hijacker,
    /// A8: a shadow that guesses the victim's randomness.
    SeedGuesser,
}

impl fmt::Display for Attacker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::PassiveClone => "passive clone (A1)",
            Self::ShadowClone => "shadow clone (A2)",
            Self::TapeClone => "tape clone (A3)",
            Self::ReEncryption => "re-encryption distinguisher (A4)",
            Self::Residue => "residue matcher (A9)",
            Self::PeerMirror => "peer mirror (A5)",
            Self::Hijacker => "hijacker (A6)",
            Self::SeedGuesser => "seed guesser (A8)",
        })
    }
}

/// How hard the attackers try.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Effort {
    /// The passive clone on at most [`SAMPLE`] messages, and the shadow.
    Sampled,
    /// Every attacker on every message.
    Full,
}

/// Messages that [`Effort::Sampled`] tries, spread over the conversation.
pub const SAMPLE: usize = 48;

/// What the attackers got out of one theft.
#[derive(Clone, Debug, Default)]
pub struct Observed {
    /// Messages read or recognised, with the first attacker who did.
    pub exposed: Vec<(usize, Attacker)>,
    /// Messages that the passive clone tried alone, each on a fresh copy.
    pub tried_alone: BTreeSet<usize>,
}

impl Observed {
    pub(crate) fn add(&mut self, message: usize, attacker: Attacker) {
        if !self.contains(message) {
            self.exposed.push((message, attacker));
        }
    }

    /// Whether some attacker got the message.
    #[must_use]
    pub fn contains(&self, message: usize) -> bool {
        self.exposed.iter().any(|(exposed, _)| *exposed == message)
    }
}

/// Lets every attacker work on one theft, on throw-away clones.
#[must_use]
pub fn attack(
    arena: &Arena<'_>,
    transcript: &Transcript,
    theft: &Theft,
    effort: Effort,
) -> Observed {
    arena.at(theft.action);
    let mut observed = Observed::default();
    passive_clone::alone(arena, transcript, theft, effort, &mut observed);
    let seed = arena.seed.derived(u64::from(theft.action.0));
    let own = |ordinal| seed.call(theft.action, ordinal);
    shadow::walk(arena, transcript, theft, usize::MAX, own, |message, attacker| {
        observed.add(message, attacker);
    });
    tape_clone::follow(arena, transcript, theft, &mut observed);
    if effort == Effort::Full {
        passive_clone::in_order(arena, transcript, theft, &mut observed);
        passive_clone::reversed(arena, transcript, theft, &mut observed);
        seed_guesser::guess(arena, transcript, theft, &mut observed);
        peer_mirror::unlock_all(arena, transcript, theft, &mut observed);
    }
    observed
}

/// The passive clone alone, on the messages that `wanted` picks.
pub(crate) fn clone_alone(
    arena: &Arena<'_>,
    transcript: &Transcript,
    theft: &Theft,
    wanted: impl Fn(usize) -> bool,
) -> Observed {
    arena.at(theft.action);
    let mut observed = Observed::default();
    passive_clone::alone_on(arena, transcript, theft, wanted, &mut observed);
    observed
}

/// The passive clone on every message: alone, in order, in reverse.
pub(crate) fn clone_on_all(arena: &Arena<'_>, transcript: &Transcript, theft: &Theft) -> Observed {
    let mut observed = clone_alone(arena, transcript, theft, |_| true);
    passive_clone::in_order(arena, transcript, theft, &mut observed);
    passive_clone::reversed(arena, transcript, theft, &mut observed);
    observed
}

/// The passive clone and the shadow on what happens within `reach` events behind the theft; the clone tries the
/// messages that `wanted` picks.
pub(crate) fn attack_near(
    arena: &Arena<'_>,
    transcript: &Transcript,
    theft: &Theft,
    reach: usize,
    wanted: impl Fn(usize) -> bool,
) -> Observed {
    let mut observed = clone_alone(arena, transcript, theft, wanted);
    let seed = arena.seed.derived(u64::from(theft.action.0));
    let own = |ordinal| seed.call(theft.action, ordinal);
    shadow::walk(arena, transcript, theft, reach, own, |message, attacker| {
        observed.add(message, attacker);
    });
    observed
}

/// Whether `session` opens the message to its true plaintext.
pub(crate) fn reads(
    arena: &Arena<'_>,
    session: &mut DynSession,
    rng: &mut dyn rand_core::CryptoRng,
    wire: &Wire,
) -> bool {
    let ad = arena.associated_data(wire.ad);
    is_read(&arena.decrypt(session, rng, ad, &wire.bytes), wire)
}

/// Whether an attempt on the message gave its true plaintext.
fn is_read(answer: &Result<Opened, Rejection>, wire: &Wire) -> bool {
    matches!(answer, Ok(Opened::Plaintext(plaintext)) if *plaintext == wire.plaintext && wire.is_tagged())
}

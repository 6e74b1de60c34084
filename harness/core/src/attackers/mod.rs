//! Attackers: the implementation itself, restored from stolen state and fed what went over the wire.

mod passive_clone;
mod seed_guesser;
mod shadow;

use std::collections::BTreeSet;
use std::fmt;

use crate::engine::{Arena, Theft, Transcript, Wire};
use crate::{DynSession, Opened};

/// Who obtained a plaintext. The numbers are those of the catalogue of attackers.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Attacker {
    /// A1: the stolen session, fed the messages to its victim: each alone, in order, in reverse.
    PassiveClone,
    /// A2: acts along with the victim, with randomness of its own.
    ShadowClone,
    /// A4: encrypts the plaintext it suspects and compares the ciphertext.
    ReEncryption,
    /// A8: a shadow that guesses the victim's randomness.
    SeedGuesser,
}

impl fmt::Display for Attacker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::PassiveClone => "passive clone (A1)",
            Self::ShadowClone => "shadow clone (A2)",
            Self::ReEncryption => "re-encryption distinguisher (A4)",
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
    fn add(&mut self, message: usize, attacker: Attacker) {
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
    if effort == Effort::Full {
        passive_clone::in_order(arena, transcript, theft, &mut observed);
        passive_clone::reversed(arena, transcript, theft, &mut observed);
        seed_guesser::guess(arena, transcript, theft, &mut observed);
    }
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
    matches!(
        arena.decrypt(session, rng, ad, &wire.bytes),
        Ok(Opened::Plaintext(plaintext)) if plaintext == wire.plaintext && wire.is_tagged()
    )
}

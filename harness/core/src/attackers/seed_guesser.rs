//! A8: a shadow that guesses the victim's randomness from a small space: constant bytes and small seeds.

use std::convert::Infallible;

use rand_core::{SeedableRng as _, TryCryptoRng, TryRng};

use super::{Attacker, Observed, shadow};
use crate::engine::{Arena, Theft, Transcript};
use crate::randomness::CallRng;

/// Events behind the theft that a guess is followed for.
pub(super) const REACH: usize = 16;

/// Bytes of a guess that are constant. A ratchet that draws again until it likes what it gets must come to an end.
const CONSTANT_BYTES: usize = 64;

pub(super) fn guess(
    arena: &Arena<'_>,
    transcript: &Transcript,
    theft: &Theft,
    observed: &mut Observed,
) {
    for byte in (0..=7).chain([0xff]) {
        let rng = |ordinal| Guess::constant(byte, ordinal);
        follow(arena, transcript, theft, rng, observed);
    }
    for seed in 0..3 {
        follow(arena, transcript, theft, |_| CallRng::seed_from_u64(seed), observed);
    }
}

fn follow<R: rand_core::CryptoRng>(
    arena: &Arena<'_>,
    transcript: &Transcript,
    theft: &Theft,
    rng: impl FnMut(u32) -> R,
    observed: &mut Observed,
) {
    shadow::walk(arena, transcript, theft, REACH, rng, |message, _| {
        observed.add(message, Attacker::SeedGuesser);
    });
}

/// A tape of one byte repeated, with proper randomness behind it.
struct Guess {
    byte: u8,
    constant: usize,
    rest: CallRng,
}

impl Guess {
    fn constant(byte: u8, ordinal: u32) -> Self {
        let rest = CallRng::seed_from_u64(u64::from(ordinal));
        Self { byte, constant: CONSTANT_BYTES, rest }
    }
}

impl TryRng for Guess {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        rand_core::utils::next_word_via_fill(self)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        rand_core::utils::next_word_via_fill(self)
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        let (constant, rest) = bytes.split_at_mut(bytes.len().min(self.constant));
        self.constant -= constant.len();
        constant.fill(self.byte);
        self.rest.try_fill_bytes(rest)
    }
}

impl TryCryptoRng for Guess {}

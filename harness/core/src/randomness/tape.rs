//! A tape: the very bytes that a call draws, in order, so that single bits of its randomness can be changed.

use std::convert::Infallible;

use rand_core::{SeedableRng as _, TryCryptoRng, TryRng};

use super::CallRng;

/// A generator that returns given bytes. When they are used up it goes on deterministically, and says so.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Tape {
    bytes: Vec<u8>,
    drawn: usize,
    rest: CallRng,
}

impl Tape {
    /// A tape of these bytes.
    #[must_use]
    pub fn new(bytes: Vec<u8>) -> Self {
        Self { bytes, drawn: 0, rest: CallRng::seed_from_u64(0) }
    }

    /// A tape of these bytes, which goes on with `rng`.
    #[must_use]
    pub const fn followed_by(bytes: Vec<u8>, rng: CallRng) -> Self {
        Self { bytes, drawn: 0, rest: rng }
    }

    /// A tape of no bytes of its own, which goes on with `rng`.
    #[must_use]
    pub const fn of(rng: CallRng) -> Self {
        Self { bytes: Vec::new(), drawn: 0, rest: rng }
    }

    /// A tape of `length` bytes drawn from `rng`.
    #[must_use]
    pub fn drawn_from(rng: &mut CallRng, length: usize) -> Self {
        let mut bytes = vec![0; length];
        rand_core::Rng::fill_bytes(rng, &mut bytes);
        Self::new(bytes)
    }

    /// The same tape from its beginning.
    #[must_use]
    pub fn rewound(&self) -> Self {
        Self::new(self.bytes.clone())
    }

    /// The same tape from its beginning, with one bit flipped (counted from the lowest bit of the first byte).
    #[must_use]
    pub fn with_flipped(&self, bit: usize) -> Self {
        let mut bytes = self.bytes.clone();
        if let Some(byte) = bytes.get_mut(bit / 8) {
            *byte ^= 1 << (bit % 8);
        }
        Self::new(bytes)
    }

    /// The bytes, drawn or not.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// How many bytes were asked for so far, beyond the end too.
    #[must_use]
    pub const fn drawn(&self) -> usize {
        self.drawn
    }

    /// Whether more was asked for than the tape holds.
    #[must_use]
    pub const fn is_exhausted(&self) -> bool {
        self.drawn > self.bytes.len()
    }
}

impl TryRng for Tape {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        if self.drawn < self.bytes.len() {
            return rand_core::utils::next_word_via_fill(self);
        }
        self.drawn += 4;
        self.rest.try_next_u32()
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        if self.drawn < self.bytes.len() {
            return rand_core::utils::next_word_via_fill(self);
        }
        self.drawn += 8;
        self.rest.try_next_u64()
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        let left = self.bytes.get(self.drawn..).unwrap_or_default();
        let (known, beyond) = bytes.split_at_mut(bytes.len().min(left.len()));
        known.copy_from_slice(&left[..known.len()]);
        self.drawn += known.len() + beyond.len();
        self.rest.try_fill_bytes(beyond)
    }
}

impl TryCryptoRng for Tape {}

#[cfg(test)]
mod tests {
    use rand_core::Rng as _;

    use super::*;

    #[test]
    fn a_tape_gives_its_bytes_and_then_goes_on_the_same_way_each_time() {
        let draw = |mut tape: Tape| {
            let mut bytes = [0; 8];
            tape.fill_bytes(&mut bytes);
            (bytes, tape.drawn(), tape.is_exhausted())
        };
        let tape = Tape::new(vec![1, 2, 3]);
        let (bytes, drawn, exhausted) = draw(tape.clone());
        assert_eq!((&bytes[..3], drawn, exhausted), (&[1, 2, 3][..], 8, true));
        assert_eq!(draw(tape.clone()).0, bytes);
        assert_eq!(draw(tape.with_flipped(9)).0[..3], [1, 0, 3]);
        assert!(!draw(Tape::new(vec![0; 8])).2);
    }
}

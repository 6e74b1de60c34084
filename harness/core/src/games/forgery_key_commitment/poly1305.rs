//! Poly1305 of RFC 8439: the tag is a polynomial of the blocks in a secret number, modulo 2^130 - 5, plus a secret pad,
//! modulo 2^128. One block x adds `x R` before the pad; R follows from the tags of x = 0 and x = 1, up to the bits that
//! are cut off, which two more tags settle.

use super::{BLOCK, Oracle, common, random_block};
use crate::randomness::CallRng;

/// First blocks tried: one in four solutions fits into a block, and carries must agree.
const TRIES: usize = 32;

/// A sealed message that opens under both keys.
pub(super) fn collision(
    first: &Oracle<'_, '_>,
    second: &Oracle<'_, '_>,
    rng: &mut CallRng,
) -> Option<Vec<u8>> {
    let varied = random_block(rng);
    let (ours, theirs) = (multiplier(first, &varied, rng)?, multiplier(second, &varied, rng)?);
    let inverse = ours.minus(&theirs).inverse()?;
    for _ in 0..TRIES {
        let varied = random_block(rng);
        let tag = |oracle: &Oracle<'_, '_>| {
            oracle.tag_of_block(&varied, [0; BLOCK]).map(u128::from_le_bytes)
        };
        let difference = tag(second)?.wrapping_sub(tag(first)?);
        // Each reduction modulo 2^130 - 5 that one side makes and the other does not shifts a tag by 5.
        for carry in [0_i8, 5, -5, 10, -10] {
            let low = difference.wrapping_add_signed(carry.into());
            for high in 0..4 {
                let x = Number::new(low, high).times(&inverse);
                let (block, 0) = x.value() else { continue };
                if let Some(sealed) = common(first, second, &varied, block.to_le_bytes()) {
                    return Some(sealed);
                }
            }
        }
    }
    None
}

/// What one block is multiplied with; `None` if the tag is not Poly1305's.
fn multiplier(
    oracle: &Oracle<'_, '_>,
    varied: &[u8; BLOCK],
    rng: &mut CallRng,
) -> Option<Number> {
    let tag =
        |x: u128| Some(u128::from_le_bytes(oracle.tag_of_block(varied, x.to_le_bytes())?));
    let (zero, one) = (tag(0)?, tag(1)?);
    let probes = [(); 3].map(|()| u128::from_le_bytes(random_block(rng)));
    let answers = [tag(probes[0])?, tag(probes[1])?, tag(probes[2])?];
    let explains = |number: &Number| {
        probes.iter().zip(answers).all(|(&probe, answer)| {
            let (added, _) = number.times(&Number::new(probe, 0)).value();
            let difference = answer.wrapping_sub(zero);
            difference == added || difference == added.wrapping_add(5)
        })
    };
    [0, 5].into_iter().find_map(|carry| {
        let low = one.wrapping_sub(zero).wrapping_sub(carry);
        (0..4).map(|high| Number::new(low, high)).find(explains)
    })
}

const LIMBS: usize = 5;
const LIMB_BITS: u32 = 26;
const MASK: u64 = (1 << LIMB_BITS) - 1;

/// A number modulo 2^130 - 5, in limbs of 26 bits, the lowest first.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Number([u64; LIMBS]);

impl Number {
    /// `high` 2^128 + `low`.
    fn new(low: u128, high: u64) -> Self {
        let limb = |at: u32| (low >> (at * LIMB_BITS)) as u64 & MASK;
        Self([limb(0), limb(1), limb(2), limb(3), limb(4) | high << 24]).reduced()
    }

    /// The number below 2^128, and what is above.
    fn value(&self) -> (u128, u64) {
        let Self(limbs) = self;
        let low = limbs.iter().rev().fold(0_u128, |sum, &limb| sum << LIMB_BITS | u128::from(limb));
        // The shift drops what is above 2^128, which are the two highest bits of the last limb.
        (low, limbs[LIMBS - 1] >> 24)
    }

    fn times(&self, other: &Self) -> Self {
        let mut sums = [0_u64; LIMBS];
        for (i, &a) in self.0.iter().enumerate() {
            for (j, &b) in other.0.iter().enumerate() {
                // 2^130 is 5.
                let factor = if i + j >= LIMBS { 5 } else { 1 };
                sums[(i + j) % LIMBS] += a * b * factor;
            }
        }
        Self(sums).reduced()
    }

    fn minus(&self, other: &Self) -> Self {
        const TWICE_PRIME: [u64; LIMBS] =
            [2 * (MASK - 4), 2 * MASK, 2 * MASK, 2 * MASK, 2 * MASK];
        let limb = |at: usize| self.0[at] + TWICE_PRIME[at] - other.0[at];
        Self(std::array::from_fn(limb)).reduced()
    }

    /// `None` of 0.
    fn inverse(&self) -> Option<Self> {
        if self.value() == (0, 0) {
            return None;
        }
        // To the power of p - 2 = 2^130 - 7, whose bits are all set but the second and the third.
        let one = Self::new(1, 0);
        Some((0..130).rev().fold(one, |power, bit| {
            let square = power.times(&power);
            if matches!(bit, 1 | 2) { square } else { square.times(self) }
        }))
    }

    /// The same number below the prime.
    fn reduced(self) -> Self {
        let Self(mut limbs) = self;
        for _ in 0..3 {
            let mut carry = 0;
            for limb in &mut limbs {
                let sum = *limb + carry;
                (*limb, carry) = (sum & MASK, sum >> LIMB_BITS);
            }
            limbs[0] += carry * 5;
        }
        let at_least_prime = limbs[0] >= MASK - 4 && limbs[1..].iter().all(|&limb| limb == MASK);
        if at_least_prime {
            limbs = [limbs[0] - (MASK - 4), 0, 0, 0, 0];
        }
        Self(limbs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arithmetic_is_that_modulo_the_prime() {
        let minus_one = Number::new(u128::MAX - 5, 3);
        assert_eq!(minus_one.times(&minus_one), Number::new(1, 0));
        assert_eq!(Number::new(0, 0).minus(&Number::new(1, 0)), minus_one);
        assert_eq!(Number::new(u128::MAX - 4, 3).value(), (0, 0), "the prime itself");
        assert_eq!(Number::new(u128::MAX, 3).value(), (4, 0));
        let some = Number::new(0x0123_4567_89ab_cdef_1122_3344_5566_7788, 1);
        assert_eq!(some.inverse().map(|inverse| inverse.times(&some)), Some(Number::new(1, 0)));
        assert_eq!(some.value(), (0x0123_4567_89ab_cdef_1122_3344_5566_7788, 1));
        assert_eq!(Number::new(0, 0).inverse(), None);
    }
}

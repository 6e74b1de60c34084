//! Where a schedule's choices come from: a generator, or the bytes of a fuzzer.

use arbitrary::Unstructured;
use rand_core::Rng as _;

use crate::randomness::CallRng;

/// A source of choices. proptest, `Arbitrary` and the engine differ in nothing else.
pub trait Choices {
    /// A number below `bound`; 0 if `bound` is 0 or the source is exhausted.
    fn below(&mut self, bound: u32) -> u32;

    /// True in `part` of `whole` cases.
    fn chance(&mut self, part: u32, whole: u32) -> bool {
        self.below(whole) < part
    }

    /// A number from `low` to `high`, both included.
    fn between(&mut self, low: u32, high: u32) -> u32 {
        low + self.below(high.saturating_sub(low).saturating_add(1))
    }

    /// Index of one of `weights`, in proportion to them; 0 if all are 0.
    fn weighted(&mut self, weights: &[u32]) -> usize {
        let mut pick = self.below(weights.iter().sum());
        for (index, &weight) in weights.iter().enumerate() {
            if pick < weight {
                return index;
            }
            pick -= weight;
        }
        0
    }
}

impl Choices for CallRng {
    fn below(&mut self, bound: u32) -> u32 {
        // The bias of multiply-shift is below 2^-20 for every bound used here.
        ((u64::from(self.next_u32()) * u64::from(bound)) >> 32) as u32
    }
}

impl Choices for Unstructured<'_> {
    fn below(&mut self, bound: u32) -> u32 {
        if bound == 0 {
            return 0;
        }
        self.int_in_range(0..=bound - 1).unwrap_or(0)
    }
}

//! The mutator of the targets whose inputs are conversations.

use std::sync::LazyLock;

use sprag::fuzzing::{self, Kind};

use crate::ratchets;

/// The variable that puts libFuzzer's own mutator, which knows only bytes, in place of ours; for measuring both.
pub const PLAIN: &str = "SPRAG_FUZZ_PLAIN";

static IS_PLAIN: LazyLock<bool> = LazyLock::new(|| std::env::var_os(PLAIN).is_some());

/// Changes the first `size` bytes of `data`, an input of `kind`; see [`fuzzing::mutate`]. `plain` is libFuzzer's own mutator.
pub fn mutate(
    data: &mut [u8],
    size: usize,
    most: usize,
    seed: u32,
    kind: Kind,
    plain: fn(&mut [u8], usize, usize) -> usize,
) -> usize {
    if *IS_PLAIN {
        return plain(data, size, most);
    }
    fuzzing::mutate(data, size, most, seed, kind, ratchets::count())
}

/// What comes of two inputs of `kind`; see [`fuzzing::cross`].
pub fn cross(one: &[u8], other: &[u8], out: &mut [u8], seed: u32, kind: Kind) -> usize {
    if *IS_PLAIN {
        // The beginning of one and the end of the other, at the same byte.
        let cut = seed as usize % (one.len().min(other.len()) + 1);
        let bytes = one[..cut].iter().chain(&other[cut..]);
        return out.iter_mut().zip(bytes).map(|(out, byte)| *out = *byte).count();
    }
    fuzzing::cross(one, other, out, seed, kind)
}

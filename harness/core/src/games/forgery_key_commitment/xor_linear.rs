//! Tags that are linear over bits in the ciphertext, as GMAC's: `tag(x) = tag(0) xor M x` for one block x. The columns of
//! M are asked for, and equal tags under two keys are a system of 128 equations.

use super::{BLOCK, Oracle, common, random_block};
use crate::randomness::CallRng;

const BITS: usize = 8 * BLOCK;

/// A sealed message that opens under both keys.
pub(super) fn collision(
    first: &Oracle<'_, '_>,
    second: &Oracle<'_, '_>,
    rng: &mut CallRng,
) -> Option<Vec<u8>> {
    // A system may be singular; another first block leaves M as it is and changes the tags.
    let varied = random_block(rng);
    let (ours, theirs) = (Map::of(first, &varied, rng)?, Map::of(second, &varied, rng)?);
    let columns: Vec<u128> =
        ours.columns.iter().zip(&theirs.columns).map(|(a, b)| a ^ b).collect();
    for _ in 0..8 {
        let varied = random_block(rng);
        let zero = [0; BLOCK];
        let wanted = bits(first.tag_of_block(&varied, zero)?) ^ bits(second.tag_of_block(&varied, zero)?);
        if let Some(block) = solve(&columns, wanted)
            && let Some(sealed) = common(first, second, &varied, block.to_le_bytes())
        {
            return Some(sealed);
        }
    }
    None
}

struct Map {
    columns: Vec<u128>,
}

impl Map {
    /// `None` if the tag is not linear.
    fn of(oracle: &Oracle<'_, '_>, varied: &[u8; BLOCK], rng: &mut CallRng) -> Option<Self> {
        let tag = |block: u128| Some(bits(oracle.tag_of_block(varied, block.to_le_bytes())?));
        let zero = tag(0)?;
        // Two columns tell most other tags apart before all are asked for.
        if tag(3)? ^ zero != tag(1)? ^ tag(2)? {
            return None;
        }
        let columns =
            (0..BITS).map(|bit| Some(tag(1 << bit)? ^ zero)).collect::<Option<Vec<_>>>()?;
        let map = Self { columns };
        let probe = bits(random_block(rng));
        (tag(probe)? ^ zero == map.apply(probe)).then_some(map)
    }

    fn apply(&self, block: u128) -> u128 {
        let set = (0..BITS).filter(|bit| block >> bit & 1 == 1);
        set.fold(0, |sum, bit| sum ^ self.columns[bit])
    }
}

const fn bits(block: [u8; BLOCK]) -> u128 {
    u128::from_le_bytes(block)
}

/// A sum of columns that gives `wanted`: bit n of the answer says whether column n takes part.
fn solve(columns: &[u128], wanted: u128) -> Option<u128> {
    // Each basis vector with the columns that it is a sum of, by its highest bit.
    let mut basis: [Option<(u128, u128)>; BITS] = [None; BITS];
    let reduce = |basis: &[Option<(u128, u128)>; BITS], mut vector: u128, mut parts: u128| {
        while vector != 0 {
            let top = BITS - 1 - vector.leading_zeros() as usize;
            let Some((known, sum)) = basis[top] else { return (vector, parts) };
            vector ^= known;
            parts ^= sum;
        }
        (0, parts)
    };
    for (bit, &column) in columns.iter().enumerate() {
        let (vector, parts) = reduce(&basis, column, 1 << bit);
        if vector != 0 {
            basis[BITS - 1 - vector.leading_zeros() as usize] = Some((vector, parts));
        }
    }
    match reduce(&basis, wanted, 0) {
        (0, parts) => Some(parts),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_system_of_bits_is_solved_or_has_no_solution() {
        let columns = [0b0011, 0b0110, 0b1000];
        assert_eq!(solve(&columns, 0b1101), Some(0b111));
        assert_eq!(solve(&columns, 0b0001), None);
    }
}

//! Whether work follows what a forger asks for. The only clock in a case; what it measures is never reported.

use std::time::{Duration, Instant};

/// Work that takes so many times as long as it may is out of proportion.
const RATIO: u32 = 20;

/// Work that is done sooner is never out of proportion: so short a time says nothing.
const NOTICEABLE: Duration = Duration::from_millis(20);

/// Times of which the least counts, and times that the whole comparison has to come out the same.
const TAKES: usize = 5;
const CONFIRMATIONS: usize = 2;

/// Whether `probe` takes more than 20 times as long as `base`, by the least of five takes each, twice in a row.
///
/// Each takes what `prepare` makes, which is not timed. A probe that is done at once is run once only. Work that grows
/// with a forged number exceeds the ratio many times over, and work that does not stays far below it, so that a busy
/// machine does not change the answer.
pub(crate) fn out_of_proportion<T>(
    mut prepare: impl FnMut() -> T,
    mut base: impl FnMut(&mut T),
    mut probe: impl FnMut(&mut T),
) -> bool {
    let mut take = |work: &mut dyn FnMut(&mut T)| {
        let mut prepared = prepare();
        let begun = Instant::now();
        work(&mut prepared);
        begun.elapsed()
    };
    (0..CONFIRMATIONS).all(|_| {
        let mut longest = take(&mut probe);
        let mut shortest = Duration::MAX;
        for _ in 0..TAKES {
            // The least can only sink, so most comparisons end here.
            if longest < NOTICEABLE {
                return false;
            }
            shortest = shortest.min(take(&mut base));
            longest = longest.min(take(&mut probe));
        }
        longest >= NOTICEABLE && longest > shortest * RATIO
    })
}

#[cfg(test)]
mod tests {
    use std::hint::black_box;

    use super::*;

    fn spin(steps: &mut u64) {
        for step in 0..*steps {
            black_box(step);
        }
    }

    #[test]
    fn equal_work_is_in_proportion_and_endless_work_is_not() {
        assert!(!out_of_proportion(|| 1_000_000, spin, spin));
        assert!(!out_of_proportion(|| 1, spin, spin));
        assert!(out_of_proportion(
            || 1,
            |_| {},
            |_| std::thread::sleep(NOTICEABLE + Duration::from_millis(1))
        ));
    }
}

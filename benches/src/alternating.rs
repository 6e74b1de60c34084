//! Times to be compared, taken side by side.

use std::time::{Duration, Instant};

/// The least time of each work over `rounds` rounds, in each of which every work is done once: other work on the machine only
/// ever adds, and what slows the machine down for a while slows all of them. With criterion's `--test` there is one round.
pub fn alternating<const N: usize>(
    rounds: usize,
    mut works: [&mut dyn FnMut(); N],
) -> [Duration; N] {
    let is_test = std::env::args().any(|given| given == "--test");
    let rounds = if is_test { 1 } else { rounds };
    let mut least = [Duration::MAX; N];
    for _ in 0..rounds {
        for (work, least) in works.iter_mut().zip(&mut least) {
            let started = Instant::now();
            work();
            *least = started.elapsed().min(*least);
        }
    }
    least
}

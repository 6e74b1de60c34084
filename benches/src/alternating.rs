//! Times to be compared, taken side by side.

use std::time::{Duration, Instant};

/// The least time of each work over `rounds` rounds, in each of which every work is done once: other work on the machine only
/// ever adds, and what slows the machine down for a while slows all of them.
pub fn alternating<const N: usize>(rounds: usize, works: [&mut dyn FnMut(); N]) -> [Duration; N] {
    let mut least = [Duration::MAX; N];
    let mut works = works;
    for _ in 0..rounds {
        for (work, least) in works.iter_mut().zip(&mut least) {
            let started = Instant::now();
            work();
            *least = started.elapsed().min(*least);
        }
    }
    least
}

//! The method `bench`: a workload timed where nothing goes over the line.

use std::time::{Duration, Instant};

use rand_core::CryptoRng;
use sprag::DynRatchet;
use sprag::workload::{NotMeasured, Prepared, Workload};

/// Executions between two looks at the clock, so that looking costs nothing beside them.
const BATCH: u64 = 64;

/// What `iterations` executions of `workload` take; each begins with a state of its own, made before.
pub(crate) fn time(
    ratchet: &dyn DynRatchet,
    workload: &Workload,
    iterations: u64,
    rng: &mut dyn CryptoRng,
) -> Result<Duration, NotMeasured> {
    let prepared = workload.prepare(ratchet, rng)?;
    let mut took = Duration::ZERO;
    let mut left = iterations;
    while left > 0 {
        let count = left.min(BATCH);
        let mut batch: Vec<Prepared> = (0..count).map(|_| prepared.clone()).collect();
        let started = Instant::now();
        for fresh in &mut batch {
            fresh.execute(ratchet, rng)?;
        }
        took += started.elapsed();
        left -= count;
    }
    Ok(took)
}

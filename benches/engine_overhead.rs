//! The engine beside a bare loop that makes the same calls: random schedules of the model game on vodozemac and on the
//! textbook ratchet. The ratio is printed first, from alternating runs; criterion's groups give the times behind it.

#![expect(clippy::print_stdout, clippy::expect_used, reason = "a bench reports to a person")]

use std::time::{Duration, Instant};

use criterion::{Criterion, Throughput};
use sprag::engine::{Arena, Progress, RandomnessLevel};
use sprag::games::{Game, ModelRandomSchedule};
use sprag::run::run_trial;
use sprag::{Deviation, DeviationKind, DynRatchet, Ratchet};
use sprag_adapters::Olm;
use sprag_benches::Recorder;
use sprag_protocols::DoubleRatchet;

const TRIALS: u64 = 96;
const RUNS: usize = 9;

/// One round of the model game.
fn engine(ratchet: &dyn DynRatchet) -> u64 {
    let profile = ratchet.profile();
    let progress = Progress::new();
    let deviations = [Deviation {
        finding: "SPRAG-F-0001".into(),
        shown_by: "atomicity/failed-decrypt".into(),
        kind: DeviationKind::KeyMadeOnRejection,
    }];
    let arena = Arena::new(ratchet, &profile, RandomnessLevel::PerCall, &deviations, &progress);
    let game: &dyn Game = &ModelRandomSchedule;
    (0..TRIALS)
        .map(|trial| {
            let totals = run_trial(game, &arena, 1, trial).expect("the ratchet pairs");
            assert!(totals.failure.is_none(), "{:?}", totals.failure);
            totals.steps
        })
        .sum()
}

fn timed(work: impl FnOnce()) -> Duration {
    let started = Instant::now();
    work();
    started.elapsed()
}

fn compare<R: Ratchet>(criterion: &mut Criterion, make: impl Fn() -> R) {
    let recorder = Recorder::new(make());
    let steps = engine(&recorder);
    assert_eq!(steps, recorder.steps() as u64, "every step is recorded");
    let plain = make();
    // Alternating, and the least of each, since other work on the machine only ever adds.
    let (mut with_engine, mut bare) = (Duration::MAX, Duration::MAX);
    for _ in 0..RUNS {
        with_engine = with_engine.min(timed(|| assert_eq!(engine(&plain), steps)));
        bare = bare.min(timed(|| assert!(recorder.replay() > 0)));
    }
    let rate = |time: Duration| steps as f64 / time.as_secs_f64();
    let name = Ratchet::name(&plain).into_owned();
    println!(
        "{name}: {steps} steps, engine {:.0} steps/s, bare loop {:.0} steps/s, the engine adds {:.1} %",
        rate(with_engine),
        rate(bare),
        (with_engine.as_secs_f64() / bare.as_secs_f64() - 1.0) * 100.0
    );
    let mut group = criterion.benchmark_group(name);
    group.sample_size(10).throughput(Throughput::Elements(steps));
    group.bench_function("engine", |bencher| bencher.iter(|| engine(&plain)));
    group.bench_function("bare loop", |bencher| bencher.iter(|| recorder.replay()));
    group.finish();
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    compare(&mut criterion, Olm::version_1);
    compare(&mut criterion, DoubleRatchet::eager);
    criterion.final_summary();
}

//! The engine beside a bare loop that makes the same calls: random conversations under attack on vodozemac and on the textbook
//! ratchet. The ratio is printed first, from alternating runs; criterion's groups give the times behind it.

#![expect(clippy::print_stdout, reason = "a bench reports to a person")]

use criterion::{Criterion, Throughput};
use sprag::Ratchet;
use sprag_adapters::Olm;
use sprag_benches::{Recorder, alternating, random_conversations};
use sprag_protocols::DoubleRatchet;

/// As many as one round of the game has.
const CONVERSATIONS: u64 = 96;

const ROUNDS: usize = 9;

fn compare<R: Ratchet>(criterion: &mut Criterion, make: impl Fn() -> R) {
    let recorder = Recorder::new(make());
    let steps = random_conversations(&recorder, CONVERSATIONS);
    assert_eq!(steps, recorder.steps() as u64, "every step is recorded");
    let plain = make();
    let [engine, bare] = alternating(
        ROUNDS,
        [&mut || assert_eq!(random_conversations(&plain, CONVERSATIONS), steps), &mut || {
            assert!(recorder.replay() > 0)
        }],
    );
    let rate = |time: std::time::Duration| steps as f64 / time.as_secs_f64();
    let name = Ratchet::name(&plain).into_owned();
    println!(
        "{name}: {steps} steps, engine {:.0} steps/s, bare loop {:.0} steps/s, the engine adds {:.1} %",
        rate(engine),
        rate(bare),
        (engine.as_secs_f64() / bare.as_secs_f64() - 1.0) * 100.0
    );
    let mut group = criterion.benchmark_group(name);
    group.sample_size(10).throughput(Throughput::Elements(steps));
    group.bench_function("engine", |bencher| {
        bencher.iter(|| random_conversations(&plain, CONVERSATIONS))
    });
    group.bench_function("bare loop", |bencher| bencher.iter(|| recorder.replay()));
    group.finish();
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    compare(&mut criterion, Olm::version_1);
    compare(&mut criterion, DoubleRatchet::eager);
    criterion.final_summary();
}

//! What an exposure map costs as a conversation grows, at the same number of thefts: as many times the messages should be as
//! many times the time. The ratios are printed first, from alternating runs; criterion's groups give the times behind them.

#![expect(clippy::print_stdout, reason = "a bench reports to a person")]

use criterion::{BenchmarkId, Criterion, Throughput};
use sprag::DynRatchet;
use sprag_adapters::Olm;
use sprag_benches::{alternating, talk_with_thefts, theft_cells};
use sprag_protocols::DoubleRatchet;

const MESSAGES: [u16; 4] = [250, 500, 1000, 2000];
const ROUNDS: usize = 3;

fn compare(criterion: &mut Criterion, ratchet: &dyn DynRatchet) {
    let talks = MESSAGES.map(talk_with_thefts);
    let [a, b, c, d] = &talks;
    let draw = |talk| move || assert!(theft_cells(ratchet, talk) > 0);
    let (mut a, mut b, mut c, mut d) = (draw(a), draw(b), draw(c), draw(d));
    let times = alternating(ROUNDS, [&mut a, &mut b, &mut c, &mut d]);
    for (messages, time) in MESSAGES.iter().zip(times) {
        let ratio = time.as_secs_f64() / times[0].as_secs_f64();
        println!(
            "{}: {messages} messages, {:.3} s, {ratio:.2} times that of {}",
            ratchet.name(),
            time.as_secs_f64(),
            MESSAGES[0]
        );
    }
    let mut group = criterion.benchmark_group(format!("exposure map of {}", ratchet.name()));
    group.sample_size(10);
    for (messages, talk) in MESSAGES.iter().zip(&talks) {
        group.throughput(Throughput::Elements((*messages).into()));
        group.bench_with_input(BenchmarkId::from_parameter(messages), talk, |bencher, talk| {
            bencher.iter(|| theft_cells(ratchet, talk));
        });
    }
    group.finish();
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    compare(&mut criterion, &DoubleRatchet::lazy());
    compare(&mut criterion, &Olm::version_1());
    criterion.final_summary();
}

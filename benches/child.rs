//! A ratchet as a child process beside the same ratchet in this process: random conversations under attack, step by step, both
//! on one processor, as `sprag check` has its workers. The ratio is printed first, from alternating runs; criterion's groups
//! give the times behind it.

#![expect(clippy::print_stdout, clippy::expect_used, reason = "a bench reports to a person")]

use criterion::{Criterion, Throughput};
use sprag::DynRatchet;
use sprag_adapters::Olm;
use sprag_benches::{alternating, random_conversations};
use sprag_process::{Launch, Limits, ProcessRatchet, on_processor};
use sprag_protocols::DoubleRatchet;

/// The argument that makes this program the child.
const SERVE: &str = "serve";

/// As many as one round of the game has.
const CONVERSATIONS: u64 = 96;

const ROUNDS: usize = 9;

fn ratchets() -> [Box<dyn DynRatchet>; 2] {
    [Box::new(Olm::version_1()), Box::new(DoubleRatchet::lazy())]
}

fn compare(criterion: &mut Criterion, ratchet: &dyn DynRatchet, number: usize) {
    let program = std::env::current_exe().expect("a program knows where it is");
    let program = program.to_str().expect("a path in Unicode").to_owned();
    let line = vec![program, SERVE.to_owned(), number.to_string()];
    let launch = Launch { line, ..Launch::default() };
    let child = ProcessRatchet::start(launch, Limits::default(), None, |_| {});
    let child = child.expect("this program serves itself");

    let steps = random_conversations(ratchet, CONVERSATIONS);
    let (mut here, mut there) = (
        || assert_eq!(random_conversations(ratchet, CONVERSATIONS), steps),
        || assert_eq!(random_conversations(&child, CONVERSATIONS), steps),
    );
    let [in_process, as_child] = alternating(ROUNDS, [&mut here, &mut there]);
    let rate = |time: std::time::Duration| steps as f64 / time.as_secs_f64();
    println!(
        "{}: {steps} steps, in process {:.0} steps/s, as a child {:.0} steps/s, {:.0} % of it",
        ratchet.name(),
        rate(in_process),
        rate(as_child),
        rate(as_child) / rate(in_process) * 100.0
    );
    let mut group = criterion.benchmark_group(format!("child of {}", ratchet.name()));
    group.sample_size(10).throughput(Throughput::Elements(steps));
    group.bench_function("in process", |bencher| {
        bencher.iter(|| random_conversations(ratchet, CONVERSATIONS))
    });
    group.bench_function("as a child", |bencher| {
        bencher.iter(|| random_conversations(&child, CONVERSATIONS))
    });
    group.finish();
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    if arguments.next().as_deref() == Some(SERVE) {
        let number = arguments.next().and_then(|number| number.parse::<usize>().ok());
        let ratchets = ratchets();
        let ratchet =
            number.and_then(|number| ratchets.get(number)).expect("a number of a ratchet");
        return sprag_kit::serve(&**ratchet, "").expect("the pipes hold");
    }
    let mut criterion = Criterion::default().configure_from_args();
    on_processor(0, || {
        for (number, ratchet) in ratchets().iter().enumerate() {
            compare(&mut criterion, &**ratchet, number);
        }
    });
    criterion.final_summary();
}

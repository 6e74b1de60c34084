//! Every workload of `sprag::workload` on every ratchet: the textbooks, vodozemac, and the programs that the variable
//! `SPRAG_BENCH_EXEC` names, a command line each line. `sprag bench` makes one comparison of what is measured.

#![expect(clippy::expect_used, reason = "a bench reports to a person")]

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use criterion::{BatchSize, BenchmarkGroup, Criterion, measurement::WallTime};
use rand_core::SeedableRng as _;
use sprag::DynRatchet;
use sprag::randomness::CallRng;
use sprag::workload::{WORKLOADS, Workload};
use sprag_adapters::Olm;
use sprag_benches::{Program, described, programs};
use sprag_process::on_processor;
use sprag_report::bench::{PIPE, Run};

/// States that are made before the clock starts. More would leave the caches of the processor.
const BATCH: BatchSize = BatchSize::NumIterations(64);

fn main() {
    // Cargo runs benches in their own folder; paths are meant from where the caller stands.
    if let Some(caller) = std::env::var_os("PWD") {
        std::env::set_current_dir(caller).expect("the caller stands in a folder");
    }
    // A program and its caller share a processor in `sprag check` as well.
    on_processor(0, measure);
}

fn measure() {
    let folder = folder();
    let mut criterion = Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2))
        .output_directory(&folder)
        .configure_from_args();
    let mut built_in = sprag_protocols::textbook();
    built_in.extend(
        [Olm::version_1(), Olm::version_2()].map(|olm| Box::new(olm) as Box<dyn DynRatchet>),
    );
    let lines = std::env::var("SPRAG_BENCH_EXEC").unwrap_or_default();
    let programs = programs(&lines, |left_out| eprintln!("left out: {left_out}"));

    let seconds = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let mut run = Run { started: seconds.map_or(0, |it| it.as_secs()), ratchets: Vec::new() };
    run.ratchets.extend(built_in.iter().map(|ratchet| described(&**ratchet)));
    run.ratchets.extend(programs.iter().map(Program::described));
    if is_measuring() {
        write(&folder, &run);
    }

    for workload in &WORKLOADS {
        let mut group = criterion.benchmark_group(workload.id);
        for ratchet in &built_in {
            in_process(&mut group, workload, &**ratchet);
        }
        for program in &programs {
            by_itself(&mut group, workload, program);
        }
        group.finish();
    }
    let mut group = criterion.benchmark_group(PIPE);
    for program in &programs {
        group.bench_function(program.name(), |bencher| bencher.iter(|| program.call_for_nothing()));
    }
    group.finish();
    criterion.final_summary();
}

fn in_process(
    group: &mut BenchmarkGroup<'_, WallTime>,
    workload: &Workload,
    ratchet: &dyn DynRatchet,
) {
    let mut rng = CallRng::seed_from_u64(1);
    let Ok(prepared) = workload.prepare(ratchet, &mut rng) else { return };
    group.bench_function(&*ratchet.name(), |bencher| {
        bencher.iter_batched_ref(
            || prepared.clone(),
            |fresh| fresh.execute(ratchet, &mut rng).expect("it was tried before"),
            BATCH,
        );
    });
}

/// The program takes the time, so that the line to it is not measured.
fn by_itself(group: &mut BenchmarkGroup<'_, WallTime>, workload: &Workload, program: &Program) {
    if program.why_not(workload).is_some() {
        return;
    }
    group.bench_function(program.name(), |bencher| {
        bencher.iter_custom(|count| program.time(workload, count).expect("it was tried before"));
    });
}

/// Where criterion writes to: its own rule, but that cargo is not asked where the target is.
fn folder() -> PathBuf {
    let of = |name: &str| std::env::var_os(name).map(PathBuf::from);
    let target = || {
        of("CARGO_TARGET_DIR")
            .or_else(|| Some(Path::new(env!("CARGO_TARGET_TMPDIR")).parent()?.to_owned()))
    };
    of("CRITERION_HOME").or_else(|| Some(target()?.join("criterion"))).unwrap_or_default()
}

/// Whether times are taken, and not only names listed or everything tried once.
fn is_measuring() -> bool {
    let has = |wanted: &str| std::env::args().any(|given| given.starts_with(wanted));
    has("--bench") && !["--list", "--test", "--profile-time"].into_iter().any(has)
}

fn write(folder: &Path, run: &Run) {
    let text = serde_json::to_string_pretty(run).expect("names and numbers");
    std::fs::create_dir_all(folder).expect("a folder for what is measured");
    std::fs::write(folder.join(Run::FILE), text + "\n").expect("a file beside what is measured");
}

//! Ratchets with what the benches say of them: those of this process, and programs that time themselves.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use rand_core::SeedableRng as _;
use sprag::randomness::CallRng;
use sprag::workload::{WORKLOADS, Workload, sizes};
use sprag::{DynRatchet, Rejection};
use sprag_process::{Launch, Limits, ProcessRatchet};
use sprag_report::bench::Benched;
use sprag_report::inert;

/// A program that times itself.
pub struct Program {
    ratchet: ProcessRatchet,
    described: Benched,
}

/// Starts the programs of these command lines. `left_out` is told which one cannot be measured, and why.
pub fn programs(lines: &str, mut left_out: impl FnMut(&str)) -> Vec<Program> {
    let mut programs: Vec<Program> = Vec::new();
    for line in lines.lines().map(str::trim).filter(|line| !line.is_empty()) {
        match Program::start(line) {
            Ok(mut program) => {
                let name = &program.ratchet.description().name;
                let alike = |other: &&Program| other.ratchet.description().name == *name;
                let number = programs.iter().filter(alike).count() + 1;
                // One that is built in as well is another row.
                let what =
                    if number == 1 { "program".to_owned() } else { format!("program {number}") };
                program.described.name = inert(&format!("{name} ({what})"));
                programs.push(program);
            }
            Err(why) => left_out(&inert(&format!("{line}: {why}"))),
        }
    }
    programs
}

impl Program {
    fn start(line: &str) -> Result<Self, String> {
        let words = shlex::split(line).ok_or("a quote is not closed")?;
        let launch = Launch { line: words, ..Launch::default() };
        // How long a workload takes is what is asked here.
        let limits = Limits { call: None, ..Limits::default() };
        let ratchet = ProcessRatchet::start(launch, limits, None, |_| {});
        let ratchet = ratchet.map_err(|error| error.to_string())?;
        if !ratchet.description().supports("bench") {
            return Err("it does not time itself".to_owned());
        }
        let described = survived(|| weighed(&ratchet)).unwrap_or_default();
        let mut program = Self { ratchet, described };
        for workload in &WORKLOADS {
            let tried = survived(|| program.time(workload, 0));
            let why = match tried {
                Some(Ok(_)) => continue,
                Some(Err(refused)) => refused.detail.into_owned(),
                None => "the program died of it".to_owned(),
            };
            program.described.not_measured.insert(workload.id.to_owned(), why);
        }
        Ok(program)
    }

    /// Its name, and that it is a program.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.described.name
    }

    /// What the benches say of it.
    #[must_use]
    pub fn described(&self) -> Benched {
        self.described.clone()
    }

    /// Why a workload is not measured.
    #[must_use]
    pub fn why_not(&self, workload: &Workload) -> Option<&str> {
        self.described.not_measured.get(workload.id).map(String::as_str)
    }

    /// What so many executions take it.
    ///
    /// # Errors
    /// If this is not measured.
    pub fn time(&self, workload: &Workload, count: u64) -> Result<Duration, Rejection> {
        self.ratchet.bench(workload.id, count, [1; 32])
    }

    /// A call that does nothing.
    pub fn call_for_nothing(&self) {
        // To refuse it takes as long.
        let _ = self.ratchet.call_for_nothing();
    }
}

/// What came of `work`, unless a program died of it. The next workload starts it anew.
fn survived<T>(work: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(work)).ok()
}

/// What the benches say of a ratchet of this process.
#[must_use]
pub fn described(ratchet: &dyn DynRatchet) -> Benched {
    let why = |workload: &Workload| {
        let refused = workload.prepare(ratchet, &mut CallRng::seed_from_u64(1)).err()?;
        Some((workload.id.to_owned(), refused.why))
    };
    let not_measured: BTreeMap<String, String> = WORKLOADS.iter().filter_map(why).collect();
    Benched { not_measured, ..weighed(ratchet) }
}

/// Its name and bytes.
fn weighed(ratchet: &dyn DynRatchet) -> Benched {
    let sizes = sizes(ratchet, &mut CallRng::seed_from_u64(1));
    let bytes =
        sizes.into_iter().filter_map(|size| Some((size.id.to_owned(), size.bytes.ok()? as u64)));
    Benched {
        name: ratchet.name().into_owned(),
        not_measured: BTreeMap::new(),
        bytes: bytes.collect(),
    }
}

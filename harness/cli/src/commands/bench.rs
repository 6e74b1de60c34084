//! `sprag bench`: what criterion measured, as one comparison.

use std::path::{Path, PathBuf};

use sprag::workload::{WEIGHED, WORKLOADS};
use sprag_report::bench::{self, Bench};

use super::documents::writable;
use super::{console_beside, refused, write};
use crate::arguments::BenchArguments;
use crate::criterion;
use crate::exit::{Exit, Refusal};

/// What makes the files that are read.
const MAKE: &str = "cargo bench --workspace --bench ratchets";

/// Compares the ratchets of the benches' last run.
pub(crate) fn bench(arguments: &BenchArguments) -> Result<Exit, Refusal> {
    let BenchArguments { criterion: folder, output, json } = arguments;
    if let Some(path) = output
        && !path.extension().is_some_and(|it| it.eq_ignore_ascii_case("svg"))
    {
        return Err(refused(path, "a chart is drawn into a file whose name ends in .svg"));
    }
    for path in [output, json].into_iter().flatten() {
        writable(path).map_err(|error| refused(path, &error.to_string()))?;
    }
    let folder = folder.clone().unwrap_or_else(default_folder);
    let workloads = WORKLOADS.map(|workload| workload.id);
    let found = criterion::read(&folder, &workloads).map_err(|error| make_it(&error))?;
    let compared = Bench::new(&workloads, &WEIGHED, found.run, found.times);
    let compared =
        compared.map_err(|error| make_it(&refused(&folder, &error.to_string()).words))?;

    if let Some(path) = output {
        write(path, &bench::svg(&compared))?;
    }
    if let Some(path) = json {
        let text = bench::json(&compared).map_err(|error| Refusal::fault(error.to_string()))?;
        write(path, &text)?;
    }
    console_beside(json.as_deref()).print(&bench::table(&compared));
    Ok(Exit::Fine)
}

fn make_it(words: &str) -> Refusal {
    Refusal::usage(format!("{words}\n  what is read there is made by: {MAKE}"))
}

/// Where criterion writes to, as far as that is known without asking cargo.
fn default_folder() -> PathBuf {
    let of = |name: &str| std::env::var_os(name).map(PathBuf::from);
    let target = || of("CARGO_TARGET_DIR").map(|target| target.join("criterion"));
    of("CRITERION_HOME").or_else(target).unwrap_or_else(|| Path::new("target").join("criterion"))
}

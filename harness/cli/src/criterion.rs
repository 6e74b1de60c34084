//! Reading what criterion measured, and what the benches say beside it.

use std::io::ErrorKind;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::Deserialize;
use serde::de::DeserializeOwned;
use sprag_report::bench::{Estimate, PIPE, Run, Timed};
use sprag_report::inert;

/// What was found.
#[derive(Debug)]
pub(crate) struct Found {
    /// What the benches said; nothing, if others than they wrote there.
    pub run: Run,
    /// What was measured in that run.
    pub times: Vec<Timed>,
}

/// The part of `estimates.json` that is read.
#[derive(Deserialize)]
struct Estimates {
    median: Median,
}

#[derive(Deserialize)]
struct Median {
    point_estimate: f64,
    confidence_interval: Interval,
}

#[derive(Deserialize)]
struct Interval {
    lower_bound: f64,
    upper_bound: f64,
}

/// The part of `benchmark.json` that is read. The names of folders are cut short, so the whole name stands here.
#[derive(Deserialize)]
struct Benchmark {
    #[serde(default)]
    function_id: Option<String>,
}

/// Reads the groups of these names.
///
/// # Errors
/// Which file is missing or broken, in words.
pub(crate) fn read(folder: &Path, workloads: &[&str]) -> Result<Found, String> {
    if !folder.is_dir() {
        return Err(wrong(folder, "there is no such folder"));
    }
    let run: Run = json(&folder.join(Run::FILE))?.unwrap_or_default();
    let since = UNIX_EPOCH.checked_add(Duration::from_secs(run.started)).unwrap_or(UNIX_EPOCH);
    let mut times = Vec::new();
    for workload in workloads.iter().copied().chain([PIPE]) {
        let group = folder.join(workload);
        let entries = match std::fs::read_dir(&group) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            Err(error) => return Err(wrong(&group, &error.to_string())),
        };
        for entry in entries {
            let entry = entry.map_err(|error| wrong(&group, &error.to_string()))?;
            let name = entry.file_name().to_string_lossy().into_owned();
            times.extend(timed(&entry.path().join("new"), workload, name, since)?);
        }
    }
    Ok(Found { run, times })
}

/// One measurement; `None` where there is none, or an older one.
fn timed(
    folder: &Path,
    workload: &str,
    name: String,
    since: SystemTime,
) -> Result<Option<Timed>, String> {
    let path = folder.join("estimates.json");
    let Some(Estimates { median }) = json(&path)? else { return Ok(None) };
    let written = std::fs::metadata(&path).and_then(|it| it.modified());
    if written.map_err(|error| wrong(&path, &error.to_string()))? < since {
        return Ok(None);
    }
    let Interval { lower_bound: least, upper_bound: most } = median.confidence_interval;
    let took = Estimate { median: median.point_estimate, least, most };
    if ![took.median, took.least, took.most].iter().all(|it| it.is_finite() && *it > 0.0) {
        return Err(wrong(&path, "`median` is no time"));
    }
    let benchmark: Option<Benchmark> = json(&folder.join("benchmark.json"))?;
    let ratchet = benchmark.and_then(|it| it.function_id).unwrap_or(name);
    Ok(Some(Timed { workload: workload.to_owned(), ratchet, took }))
}

/// The content of a file; `None` if there is no such file.
fn json<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, String> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(wrong(path, &error.to_string())),
    };
    serde_json::from_str(&text).map(Some).map_err(|error| wrong(path, &error.to_string()))
}

fn wrong(path: &Path, why: &str) -> String {
    format!("{}: {}", inert(&path.to_string_lossy()), inert(why))
}

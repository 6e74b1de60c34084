//! What `sprag` can be told to do, one command a file.

mod baseline;
mod bench;
mod check;
mod diff;
mod documents;
mod explain;
mod from_fuzz;
mod init;
mod list;
mod man;
mod map;
mod merge;
mod mutants;
mod outcome;
mod partial;
mod probe;
mod replay;
mod serve;
mod tour;
mod trace;
mod would_catch;

use std::path::{Path, PathBuf};

use sprag::Profile;
use sprag_report::Report;

pub(crate) use baseline::baseline;
pub(crate) use bench::bench;
pub(crate) use check::check;
pub(crate) use diff::diff;
pub(crate) use explain::explain;
pub(crate) use init::init;
pub(crate) use list::list;
pub(crate) use man::{completions, man};
pub(crate) use map::map;
pub(crate) use merge::merge;
pub(crate) use mutants::mutants;
pub(crate) use probe::probe;
pub(crate) use replay::replay;
pub(crate) use serve::serve;
pub(crate) use tour::tour;
pub(crate) use trace::trace;
pub(crate) use would_catch::would_catch;

use crate::arguments::WorkerArguments;
use crate::console::Console;
use crate::exit::Refusal;
use crate::worker::messages::Limits;

/// The text of a file.
fn read(path: &Path) -> Result<String, Refusal> {
    std::fs::read_to_string(path).map_err(|error| refused(path, &error.to_string()))
}

/// A report that a run wrote.
fn report(path: &Path) -> Result<Report, Refusal> {
    Report::from_json(&read(path)?).map_err(|error| refused(path, &error.to_string()))
}

/// Writes what a program reads.
fn write(path: &Path, text: &str) -> Result<(), Refusal> {
    if is_stdout(path) {
        use std::io::Write as _;
        let mut stdout = std::io::stdout().lock();
        // A reader that has had enough is no failure.
        let _ = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush());
        return Ok(());
    }
    put(path, text).map_err(|error| refused(path, &error.to_string()))
}

/// Writes a file whole or not at all: whoever is interrupted leaves what was there before.
fn put(path: &Path, bytes: impl AsRef<[u8]>) -> std::io::Result<()> {
    // A link stays one.
    let real = path.canonicalize();
    let path = real.as_deref().unwrap_or(path);
    if path.exists() && !path.is_file() {
        return std::fs::write(path, bytes);
    }
    let growing = growing(path);
    std::fs::write(&growing, bytes)?;
    std::fs::rename(&growing, path)
}

/// Where a file grows until it is whole.
fn growing(path: &Path) -> PathBuf {
    with_suffix(path, "growing")
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(suffix);
    name.into()
}

/// Whether a path stands for standard output.
fn is_stdout(path: &Path) -> bool {
    path == Path::new("-")
}

/// Where text for people goes when a report may be written to `path`.
fn console_beside(path: Option<&Path>) -> Console {
    if path.is_some_and(is_stdout) { Console::stderr() } else { Console::stdout() }
}

/// A file that cannot be used.
fn refused(path: &Path, why: &str) -> Refusal {
    let path = sprag_report::inert(&path.to_string_lossy());
    Refusal::usage(format!("{path}: {}", sprag_report::inert(why)))
}

fn profile(path: Option<&Path>) -> Result<Option<Profile>, Refusal> {
    let Some(path) = path else { return Ok(None) };
    let text = read(path)?;
    serde_json::from_str(&text).map(Some).map_err(|error| refused(path, &error.to_string()))
}

/// What a case may use up, unless something else is said.
const LIMITS: Limits = Limits { call_ms: Some(10_000), memory_mib: 2048 };

impl WorkerArguments {
    fn limits(&self) -> Limits {
        self.limits_or(LIMITS)
    }

    /// The limits that were named, and the usual ones in place of the others.
    fn limits_or(&self, usual: Limits) -> Limits {
        let patience = if self.patient { 10 } else { 1 };
        let call_ms = self.call_limit_ms.or(usual.call_ms).filter(|_| !self.no_timeout);
        let call_ms = call_ms.map(|limit| limit.saturating_mul(patience));
        Limits { call_ms, memory_mib: self.memory.unwrap_or(usual.memory_mib) }
    }

    fn count(&self) -> usize {
        let default = || std::thread::available_parallelism().map_or(1, usize::from);
        self.workers.map_or_else(default, usize::from)
    }
}

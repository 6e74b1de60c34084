//! A program as the ratchet of a worker: when it dies, so does the worker, and says how.

use std::time::Duration;

use sprag::Profile;
use sprag::engine::Progress;
use sprag::judge::ViolationKind;
use sprag_process::{Death, DeathKind, Launch, ProcessRatchet, StartError};
use sprag_report::inert_lines;

use super::messages::{Limits, Reply};
use super::replies::Replies;

/// Lines of its standard error that are shown.
const SHOWN_LINES: usize = 12;

/// Starts a program through this command's own launcher, which sets its limits.
///
/// # Errors
/// The reply that says why it cannot be used.
pub(super) fn start(
    line: &[String],
    profile: Option<&Profile>,
    limits: Limits,
    replies: &'static Replies,
    progress: &'static Progress,
) -> Result<ProcessRatchet, Reply> {
    let own = std::env::current_exe().map_err(|error| Reply::Fault(error.to_string()))?;
    let (own, memory) = (own.to_string_lossy(), limits.memory_mib.to_string());
    let through = [&own, "launch", "--memory", &memory, "--"];
    let launch = Launch { through: through.map(str::to_owned).into(), line: line.to_vec() };
    let limits = sprag_process::Limits {
        call: limits.call_ms.map(Duration::from_millis),
        memory_mib: Some(limits.memory_mib),
        ..sprag_process::Limits::default()
    };
    let on_death = move |death: &Death| {
        let kind = match death.kind {
            DeathKind::Crashed => ViolationKind::Crashed,
            DeathKind::Hung => ViolationKind::Hung,
            DeathKind::OutOfMemory => ViolationKind::OutOfMemory,
        };
        let stderr = inert_lines(&death.stderr, SHOWN_LINES);
        let (action, words) = (progress.action(), death.words.clone());
        replies.send(&Reply::Died { action, kind, words, stderr });
        std::process::exit(super::GAVE_UP);
    };
    let started = ProcessRatchet::start(launch, limits, profile.cloned(), on_death);
    started.map_err(|error| Reply::CannotPair(why(&error)))
}

fn why(error: &StartError) -> String {
    let said = match error {
        StartError::Died(death) => inert_lines(&death.stderr, SHOWN_LINES),
        _ => Vec::new(),
    };
    let said = if said.is_empty() {
        String::new()
    } else {
        format!("; on standard error it said: {}", said.join(" | "))
    };
    format!(
        "{error}{said}. A program for --exec answers `describe` of the child protocol, version 1, with one line of \
         JSON-RPC on its standard output"
    )
}

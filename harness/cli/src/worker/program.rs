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

/// Starts a program, with limits.
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
    let launch = launch(line, limits).map_err(|error| Reply::Fault(error.to_string()))?;
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
    let started = ProcessRatchet::start(launch, of_program(limits), profile.cloned(), on_death);
    started.map_err(|error| Reply::CannotPair(why(&error)))
}

/// How a program is started: through this command's own launcher, which sets its limits.
///
/// # Errors
/// If this command does not know where it is.
pub(crate) fn launch(line: &[String], limits: Limits) -> std::io::Result<Launch> {
    let own = std::env::current_exe()?;
    let (own, memory) = (own.to_string_lossy(), limits.memory_mib.to_string());
    let through = [&own, "launch", "--memory", &memory, "--"];
    let through = through.map(str::to_owned).into();
    Ok(Launch { through, line: line.to_vec(), ..Launch::default() })
}

/// What a program may use up.
pub(crate) fn of_program(limits: Limits) -> sprag_process::Limits {
    sprag_process::Limits {
        call: limits.call_ms.map(Duration::from_millis),
        memory_mib: Some(limits.memory_mib),
        ..sprag_process::Limits::default()
    }
}

/// Why a program cannot be used, for people; part of it may be the program's own text.
pub(crate) fn why(error: &StartError) -> String {
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

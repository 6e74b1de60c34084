//! What `sprag` can be told to do, one command a file.

mod check;
mod explain;
mod list;
mod outcome;
mod replay;
mod tour;
mod would_catch;

use std::path::Path;

use sprag::Profile;

pub(crate) use check::check;
pub(crate) use explain::explain;
pub(crate) use list::list;
pub(crate) use replay::replay;
pub(crate) use tour::tour;
pub(crate) use would_catch::would_catch;

use crate::arguments::WorkerArguments;
use crate::exit::Refusal;
use crate::worker::messages::Limits;

/// The text of a file.
fn read(path: &Path) -> Result<String, Refusal> {
    std::fs::read_to_string(path).map_err(|error| refused(path, &error.to_string()))
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

impl WorkerArguments {
    fn limits(&self) -> Limits {
        let patience = if self.patient { 10 } else { 1 };
        let call_ms = self.call_limit_ms.saturating_mul(patience);
        Limits { call_ms: (!self.no_timeout).then_some(call_ms), memory_mib: self.memory }
    }

    fn count(&self) -> usize {
        let default = || std::thread::available_parallelism().map_or(1, usize::from);
        self.workers.map_or_else(default, usize::from)
    }
}

/// `text` as one word of a shell's command line.
fn quoted(text: &str) -> String {
    let plain =
        |character: char| character.is_ascii_alphanumeric() || "/._-+=:@,".contains(character);
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

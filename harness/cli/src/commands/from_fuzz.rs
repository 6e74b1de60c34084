//! The case that is in a crash file of a fuzz target.

use std::path::{Path, PathBuf};

use sprag::fuzzing::{Input, Kind};
use sprag::games::Game;
use sprag::schedule::Case;
use sprag_report::inert;

use super::{put, refused};
use crate::arguments::ReplayArguments;
use crate::console::Console;
use crate::exit::Refusal;
use crate::fuzzing;

/// What is in a crash file.
pub(super) struct Crash {
    /// The conversation.
    pub(super) case: Case,
    /// The games that judge it.
    pub(super) games: &'static [&'static dyn Game],
    /// Whether exports were damaged besides, which no case can say.
    pub(super) is_damaged: bool,
}

/// Reads a crash file, and writes its case beside it.
pub(super) fn case(
    path: &Path,
    arguments: &ReplayArguments,
    console: &mut Console,
) -> Result<Crash, Refusal> {
    let bytes = std::fs::read(path).map_err(|error| refused(path, &error.to_string()))?;
    // The target of somebody else's ratchet is one for all kinds, and goes by the first byte; pairs are `differential`'s.
    let of_target = arguments.exec.as_ref().map(|_| Kind::of(&bytes));
    let input = Input::read(&bytes, of_target.unwrap_or(Kind::Schedule))
        .map_err(|error| refused(path, &error.to_string()))?;
    let input = Input { kind: of_target.unwrap_or(input.kind), ..input };
    let named = arguments.exec.as_ref().or(arguments.pair.as_ref()).or(arguments.ratchet.as_ref());
    let picked = || fuzzing::picked(input.ratchet);
    let case = input.case(named.map_or_else(picked, String::as_str), None);
    let json = case.to_json().map_err(|error| Refusal::fault(error.to_string()))?;
    let beside = beside(path);
    put(&beside, &json).map_err(|error| refused(&beside, &error.to_string()))?;
    console.line(&format!("case: {}", inert(&beside.to_string_lossy())));
    if !input.damages.is_empty() {
        let damages = input.damages.iter().map(|damage| format!("{damage:?}"));
        let damages = damages.collect::<Vec<_>>().join(", ");
        console.line(&format!("damage to the export, which only the target does: {damages}"));
    }
    Ok(Crash { case, games: input.kind.games(), is_damaged: !input.damages.is_empty() })
}

fn beside(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".case.json");
    name.into()
}

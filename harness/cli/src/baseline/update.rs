//! Writing a baseline anew: entries that hold stay as they are, with their comments.

use std::path::Path;

use sprag::Verdict;
use sprag_report::{Report, inert};
use toml_edit::{ArrayOfTables, DocumentMut, Item, Table, value};

use super::file::Expected;
use crate::exit::Refusal;
use crate::names;

/// The reason of an entry that nobody has looked into.
const NEW: &str = "not looked into yet";

/// A finding that is to be expected.
struct Found<'r> {
    ratchet: &'r str,
    game: &'r str,
    verdict: Expected,
}

/// Makes the expectations of `path` those of the report. With one ratchet entries need not name it.
pub(super) fn update(
    path: &Path,
    report: &Report,
    strict: bool,
) -> Result<(String, Vec<String>), Refusal> {
    let refused = |words: &str| {
        Refusal::usage(format!("{}: {}", inert(&path.to_string_lossy()), inert(words)))
    };
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(refused(&error.to_string())),
    };
    let mut document: DocumentMut =
        text.parse().map_err(|error: toml_edit::TomlError| refused(error.message()))?;
    let changes = rewrite(&mut document, report, strict)?;
    Ok((document.to_string(), changes))
}

fn rewrite(
    document: &mut DocumentMut,
    report: &Report,
    strict: bool,
) -> Result<Vec<String>, Refusal> {
    let mut found: Vec<Found<'_>> = Vec::new();
    for (ratchet, game) in report.games() {
        let verdict = match game.verdict {
            Verdict::Fail => Expected::Fail,
            Verdict::Weak => Expected::Weak,
            _ => continue,
        };
        found.push(Found { ratchet: &ratchet.name, game: &game.id, verdict });
    }
    let sole = if let [ratchet] = &report.ratchets[..] { Some(&*ratchet.name) } else { None };
    let ran = |ratchet: &str, id: &str| {
        report.games().any(|(of, game)| {
            of.name == ratchet && game.id == id && game.verdict != Verdict::NotRun
        })
    };
    let list =
        document.entry("expect").or_insert_with(|| Item::ArrayOfTables(ArrayOfTables::new()));
    let list = list
        .as_array_of_tables_mut()
        .ok_or_else(|| Refusal::usage("`expect` is no list of tables: write [[expect]]"))?;
    let mut changes = Vec::new();
    list.retain(|entry| {
        let text = |key: &str| entry.get(key).and_then(Item::as_str);
        let game = names::readable(text("game").unwrap_or_default());
        let ratchet = text("ratchet").or(sole).unwrap_or_default();
        let expected = text("verdict").unwrap_or_default();
        let holds = |it: &Found<'_>| {
            it.game == game && it.ratchet == ratchet && it.verdict.name() == expected
        };
        if let Some(place) = found.iter().position(holds) {
            found.swap_remove(place);
            return true;
        }
        // What was not run may still be so.
        if !ran(ratchet, game) {
            return true;
        }
        changes.push(format!("no more: {} on {}", inert(game), inert(ratchet)));
        false
    });
    // What is weak fails only a strict run.
    found.retain(|it| strict || it.verdict == Expected::Fail);
    found.sort_by_key(|it| (it.ratchet, it.game));
    for Found { ratchet, game, verdict } in found {
        let mut entry = Table::new();
        entry["game"] = value(game);
        if sole.is_none() {
            entry["ratchet"] = value(ratchet);
        }
        entry["verdict"] = value(verdict.name());
        entry["reason"] = value(NEW);
        list.push(entry);
        changes.push(format!("new: {game} on {ratchet}, {}", verdict.name()));
    }
    if list.is_empty() {
        document.remove("expect");
    }
    Ok(changes)
}

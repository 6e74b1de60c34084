//! Names given on the command line: exact, by prefix, or with the nearest ones to choose from.

use sprag::games::{self, GAMES, Game};

use crate::exit::Refusal;
use crate::registry::{self, Entry};

/// Names worth proposing.
const PROPOSED: usize = 3;

/// The ratchets of these names; one that ends in `/` stands for all that begin with it.
pub(crate) fn ratchets(names: &[String]) -> Result<Vec<&'static Entry>, Refusal> {
    let mut picked: Vec<&'static Entry> = Vec::new();
    for name in names {
        let found: Vec<&Entry> = if name.ends_with('/') {
            registry::all().iter().filter(|entry| entry.name.starts_with(name)).collect()
        } else {
            registry::find(name).into_iter().collect()
        };
        if found.is_empty() {
            let known = registry::all().iter().map(|entry| entry.name.as_str());
            return Err(unknown("ratchet", name, known, "sprag list ratchets"));
        }
        for entry in found {
            if !picked.iter().any(|known| known.name == entry.name) {
                picked.push(entry);
            }
        }
    }
    Ok(picked)
}

/// The mutants whose ids begin with one of these, in the order of the catalogue; all of them if none is named.
pub(crate) fn mutants(ids: &[String]) -> Result<Vec<&'static Entry>, Refusal> {
    let all = || registry::all().iter().filter_map(|entry| Some((entry, entry.mutant?.id)));
    let prefix = |id: &String| id.strip_prefix("mutant/").unwrap_or(id).to_lowercase();
    let prefixes: Vec<String> = ids.iter().map(prefix).collect();
    for prefix in &prefixes {
        if !all().any(|(_, id)| id.starts_with(prefix.as_str())) {
            return Err(unknown("mutant", prefix, all().map(|(_, id)| id), "sprag list mutants"));
        }
    }
    let wanted = |id: &str| ids.is_empty() || prefixes.iter().any(|prefix| id.starts_with(prefix));
    Ok(all().filter(|(_, id)| wanted(id)).map(|(entry, _)| entry).collect())
}

/// The games of these ids, in the order of the list; all of them if none is named.
pub(crate) fn games(ids: &[String]) -> Result<Vec<&'static dyn Game>, Refusal> {
    let mut wanted = Vec::new();
    for id in ids {
        let before = wanted.len();
        if id.ends_with('/') {
            let all = GAMES.iter().map(|game| game.about().id);
            wanted.extend(all.filter(|known| known.starts_with(id.as_str())));
        } else {
            wanted.extend(games::find(id).map(|game| game.about().id));
        }
        if wanted.len() == before {
            return Err(unknown_game(id));
        }
    }
    let picked = |game: &&&dyn Game| ids.is_empty() || wanted.contains(&game.about().id);
    Ok(GAMES.iter().filter(picked).copied().collect())
}

/// The game of this id.
pub(crate) fn game(id: &str) -> Result<&'static dyn Game, Refusal> {
    games::find(id).ok_or_else(|| unknown_game(id))
}

/// The readable id of a game that is named by either of its ids; a name that no game has stays what it is.
pub(crate) fn readable(id: &str) -> &str {
    games::find(id).map_or(id, |game| game.about().id)
}

fn unknown_game(id: &str) -> Refusal {
    let known = GAMES.iter().flat_map(|game| [game.about().id, game.about().catalogue]);
    unknown("game", id, known, "sprag list games")
}

/// Refuses a name, and proposes the nearest ones.
pub(crate) fn unknown<'k>(
    what: &str,
    name: &str,
    known: impl Iterator<Item = &'k str>,
    list: &str,
) -> Refusal {
    let near = near(name, known);
    let name = sprag_report::inert(name);
    let proposal = match near.as_slice() {
        [] => String::new(),
        near => format!("\n  near: {}", near.join(", ")),
    };
    Refusal::usage(format!("no {what} is called `{name}`{proposal}\n  all: {list}"))
}

/// The nearest of these names.
pub(crate) fn nearest<'k>(name: &str, known: impl Iterator<Item = &'k str>) -> Option<&'k str> {
    near(name, known).first().copied()
}

/// Those worth proposing, the nearest first.
fn near<'k>(name: &str, known: impl Iterator<Item = &'k str>) -> Vec<&'k str> {
    let mut near: Vec<(f64, &str)> = known
        .map(|known| {
            // The part behind the slash is what people remember.
            let tail = known.rsplit('/').next().unwrap_or(known);
            (strsim::jaro_winkler(name, known).max(strsim::jaro_winkler(name, tail)), known)
        })
        .filter(|&(likeness, _)| likeness > 0.7)
        .collect();
    near.sort_by(|one, other| other.0.total_cmp(&one.0).then(one.1.cmp(other.1)));
    near.into_iter().take(PROPOSED).map(|(_, known)| known).collect()
}

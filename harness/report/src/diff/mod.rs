//! What got better and what got worse between two reports.

#[cfg(test)]
mod tests;

use serde::Serialize;
use sprag::Verdict;

use crate::{GameReport, RatchetReport, Report};

/// What differs between two reports.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
pub struct Diff {
    /// What the two runs were asked for differently, so that not every change need be the ratchet's doing.
    pub run: Vec<Changed>,
    /// Ratchets that differ: first those of the earlier report, then new ones.
    pub ratchets: Vec<RatchetDiff>,
}

/// Something that was one thing and is another. `None`: it is not there.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Changed {
    /// What.
    pub name: String,
    /// What it was.
    pub before: Option<String>,
    /// What it is.
    pub after: Option<String>,
}

/// What differs on one ratchet.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct RatchetDiff {
    /// Its name.
    pub name: String,
    /// Its verdict in the earlier report; `None` if it is new.
    pub before: Option<Verdict>,
    /// Its verdict in the later report; `None` if it is gone.
    pub after: Option<Verdict>,
    /// Its version, its profile and the like.
    pub about: Vec<Changed>,
    /// Games that differ, by id.
    pub games: Vec<GameDiff>,
}

/// What differs in one game.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct GameDiff {
    /// Its id.
    pub id: String,
    /// Its verdict in the earlier report; `None` if the game is new.
    pub before: Option<Verdict>,
    /// Its verdict in the later report; `None` if the game is gone.
    pub after: Option<Verdict>,
    /// Which way that is.
    pub direction: Direction,
    /// Why it came to its verdict in the later report, or in the earlier one if it is gone.
    pub reason: String,
    /// Figures and changed positions that differ.
    pub figures: Vec<Changed>,
}

/// Which way a game went.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// To a worse verdict, or it is new and fails or is weak.
    Worse,
    /// It was run and is no longer.
    Lost,
    /// To a better verdict.
    Better,
    /// It was not run before, or not there, and nothing is wrong with it.
    Gained,
    /// Only figures differ.
    Same,
    /// It was not run in either, and is new or gone.
    Idle,
}

impl Direction {
    fn of(before: Option<Verdict>, after: Option<Verdict>) -> Self {
        let ran = |verdict: &Verdict| *verdict != Verdict::NotRun;
        match (before.filter(ran), after.filter(ran)) {
            (Some(before), Some(after)) if after > before => Self::Worse,
            (Some(before), Some(after)) if after < before => Self::Better,
            (Some(_), None) => Self::Lost,
            (None, Some(Verdict::Fail | Verdict::Weak)) => Self::Worse,
            (None, Some(_)) => Self::Gained,
            (Some(_), Some(_)) => Self::Same,
            (None, None) if before == after => Self::Same,
            (None, None) => Self::Idle,
        }
    }
}

/// What differs between an earlier and a later report. Times and numbers of trials do not count.
#[must_use]
pub fn diff(before: &Report, after: &Report) -> Diff {
    let known = before
        .ratchets
        .iter()
        .map(|ratchet| ratchet_diff(Some(ratchet), named(after, &ratchet.name)));
    let new = after
        .ratchets
        .iter()
        .filter(|ratchet| named(before, &ratchet.name).is_none())
        .map(|ratchet| ratchet_diff(None, Some(ratchet)));
    let effort = |report: &Report| format!("{:?}", report.effort).to_lowercase();
    let run = [
        changed("suite", before.suite.to_string(), after.suite.to_string()),
        changed("seed", before.seed.to_string(), after.seed.to_string()),
        changed("effort", effort(before), effort(after)),
        changed("rounds", before.rounds.to_string(), after.rounds.to_string()),
        changed("complete", before.complete.to_string(), after.complete.to_string()),
    ];
    Diff {
        run: run.into_iter().flatten().collect(),
        ratchets: known.chain(new).flatten().collect(),
    }
}

impl Diff {
    /// Whether no ratchet differs.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ratchets.is_empty()
    }

    /// Whether something got worse or is no longer checked.
    #[must_use]
    pub fn has_worse(&self) -> bool {
        self.count(Direction::Worse) + self.count(Direction::Lost) > 0
    }

    /// How many games went this way.
    #[must_use]
    pub fn count(&self, direction: Direction) -> usize {
        let games = self.ratchets.iter().flat_map(|ratchet| &ratchet.games);
        games.filter(|game| game.direction == direction).count()
    }
}

/// What differs on a ratchet, if anything does.
fn ratchet_diff(
    before: Option<&RatchetReport>,
    after: Option<&RatchetReport>,
) -> Option<RatchetDiff> {
    let name = before.or(after)?.name.clone();
    let (old, new) = (games(before), games(after));
    let mut ids: Vec<&str> = old.iter().chain(new).map(|game| game.id.as_str()).collect();
    ids.sort_unstable();
    ids.dedup();
    let games: Vec<GameDiff> =
        ids.into_iter().filter_map(|id| game_diff(find(old, id), find(new, id))).collect();
    let about = match (before, after) {
        (Some(before), Some(after)) => about(before, after),
        _ => Vec::new(),
    };
    let verdict = |ratchet: Option<&RatchetReport>| ratchet.map(|ratchet| ratchet.verdict);
    let (before, after) = (verdict(before), verdict(after));
    let differs = before != after || !about.is_empty() || !games.is_empty();
    differs.then_some(RatchetDiff { name, before, after, about, games })
}

fn named<'r>(report: &'r Report, name: &str) -> Option<&'r RatchetReport> {
    report.ratchets.iter().find(|ratchet| ratchet.name == name)
}

fn games(ratchet: Option<&RatchetReport>) -> &[GameReport] {
    ratchet.map_or(&[], |ratchet| &ratchet.games)
}

fn find<'g>(games: &'g [GameReport], id: &str) -> Option<&'g GameReport> {
    games.iter().find(|game| game.id == id)
}

fn about(before: &RatchetReport, after: &RatchetReport) -> Vec<Changed> {
    // Compared as JSON, which is what a reader of the reports sees.
    let profile = |ratchet: &RatchetReport| serde_json::to_string(&ratchet.profile).ok();
    let abilities = |ratchet: &RatchetReport| serde_json::to_string(&ratchet.capabilities).ok();
    let randomness = |ratchet: &RatchetReport| serde_json::to_string(&ratchet.randomness).ok();
    let findings = |ratchet: &RatchetReport| {
        let findings = ratchet.deviations.iter().map(|deviation| &*deviation.finding);
        findings.collect::<Vec<_>>().join(", ")
    };
    let text = Option::unwrap_or_default;
    let changes = [
        changed("version", before.version.clone(), after.version.clone()),
        changed("profile", text(profile(before)), text(profile(after))),
        changed("abilities", text(abilities(before)), text(abilities(after))),
        changed("randomness", text(randomness(before)), text(randomness(after))),
        changed("deviations", findings(before), findings(after)),
    ];
    changes.into_iter().flatten().collect()
}

/// What differs in a game, if anything does.
fn game_diff(before: Option<&GameReport>, after: Option<&GameReport>) -> Option<GameDiff> {
    let game = after.or(before)?;
    let verdict = |game: Option<&GameReport>| game.map(|game| game.verdict);
    let figures = match (before, after) {
        (Some(before), Some(after)) => figures(before, after),
        _ => Vec::new(),
    };
    let (before, after) = (verdict(before), verdict(after));
    (before != after || !figures.is_empty()).then(|| GameDiff {
        id: game.id.clone(),
        before,
        after,
        direction: Direction::of(before, after),
        reason: game.reason.clone(),
        figures,
    })
}

/// Measured figures and changed positions: those of the earlier report in their order, then new ones.
fn figures(before: &GameReport, after: &GameReport) -> Vec<Changed> {
    let measured = |game: &GameReport| -> Vec<(String, String)> {
        let figure = |measured: &sprag::run::Measured| {
            let value = format!("{} {}", measured.value, measured.unit).trim_end().to_owned();
            (measured.name.clone(), value)
        };
        let accepted = |place: &String| ("accepted when changed".to_owned(), place.clone());
        let missing = |finding: &String| ("no longer shows".to_owned(), finding.clone());
        let places = game.weak_positions.iter().map(accepted);
        let findings = game.missing_deviations.iter().map(missing);
        game.measured.iter().map(figure).chain(places).chain(findings).collect()
    };
    let (old, new) = (measured(before), measured(after));
    let is_alone = |name: &str| {
        let count = |figures: &[(String, String)]| {
            figures.iter().filter(|(known, _)| known == name).count()
        };
        count(&old) <= 1 && count(&new) <= 1
    };
    let mut changes = Vec::new();
    for (name, value) in &old {
        let successor = new.iter().find(|(known, _)| known == name && is_alone(name));
        if new.contains(&(name.clone(), value.clone())) {
            continue;
        }
        let after = successor.map(|(_, value)| value.clone());
        changes.push(Changed { name: name.clone(), before: Some(value.clone()), after });
    }
    for (name, value) in &new {
        let is_new = !old.contains(&(name.clone(), value.clone()));
        let told = is_alone(name) && old.iter().any(|(known, _)| known == name);
        if is_new && !told {
            changes.push(Changed { name: name.clone(), before: None, after: Some(value.clone()) });
        }
    }
    changes
}

fn changed(name: &str, before: String, after: String) -> Option<Changed> {
    let differs = before != after;
    differs.then(|| Changed { name: name.to_owned(), before: Some(before), after: Some(after) })
}

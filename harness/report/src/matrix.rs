//! The kill matrix as JSON: mutants against games. Keys stand in the order of these structs, which is that of
//! `vectors/schemas/mutants.schema.json`.

use serde::Serialize;
use sprag::Verdict;

use crate::GameTime;

/// Version of the matrix's form.
pub const MATRIX_WIRE: u32 = 1;

/// What grading the harness came to. The same for the same version, seed, games and mutants but for `timings`.
#[derive(Clone, Debug, Serialize)]
pub struct Matrix {
    /// Version of the suite: which games there are and how sharp they are.
    pub suite: u32,
    /// [`MATRIX_WIRE`].
    pub wire: u32,
    /// The first seed, with which every game was run on every mutant.
    pub seed: u64,
    /// How many seeds there were, from `seed` on.
    pub seeds: u64,
    /// Whether everything that was begun came to its end.
    pub complete: bool,
    /// Whether all games were run on all mutants, so that something can be said of a game that no mutant needs.
    pub whole: bool,
    /// How many mutants were killed.
    pub score: Score,
    /// How many entries of the catalogue stand where.
    pub catalogue: Vec<Count>,
    /// The naive harnesses, each with the ones before it, and this one.
    pub harnesses: Vec<HarnessScore>,
    /// The games, in the order of the list.
    pub games: Vec<GameScore>,
    /// The correct ratchets that the bugs were planted in.
    pub honest: Vec<HonestRow>,
    /// The mutants, in the order of the catalogue.
    pub mutants: Vec<MutantRow>,
    /// Everything that may differ between two runs.
    pub timings: MatrixTimings,
}

/// How many mutants were killed.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
pub struct Score {
    /// Mutants tried.
    pub mutants: usize,
    /// Killed by some game, with the first seed.
    pub killed: usize,
    /// Killed by some game other than the one that knows the correct bytes.
    pub killed_without_reference: usize,
    /// Killed by the expected game, with every seed.
    pub met: usize,
    /// Not killed by the expected game with some seed.
    pub missed: usize,
    /// Their expected game was not run.
    pub not_asked: usize,
}

/// Something counted.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Count {
    /// What.
    pub name: &'static str,
    /// How many.
    pub count: usize,
}

/// What a whole harness kills.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct HarnessScore {
    /// Id of the last mode it has, or `sprag`.
    pub id: String,
    /// What it does.
    pub title: String,
    /// Mutants killed of each grade, the trivial ones first.
    pub killed: Vec<Killed>,
}

/// Mutants of one grade.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Killed {
    /// The grade.
    pub grade: &'static str,
    /// How many were killed.
    pub killed: usize,
    /// Of how many.
    pub mutants: usize,
}

/// What one game kills.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct GameScore {
    /// Its id.
    pub id: String,
    /// Mutants it kills.
    pub kills: usize,
    /// Mutants that no other game kills but those that compare everything at once, and so name nothing.
    pub named: Vec<String>,
    /// Of these, mutants that no other game kills at all.
    pub alone: Vec<String>,
    /// Why it is kept although no mutant needs it; empty if it must earn its place.
    pub kept: String,
}

/// A correct ratchet, which nothing may kill.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct HonestRow {
    /// Its name.
    pub name: String,
    /// Games that fail on it.
    pub accused_by: Vec<String>,
    /// Games in which it is weak, so that a mutant's weakness there says nothing.
    pub weak_in: Vec<String>,
}

/// What became of one mutant.
#[derive(Clone, Debug, Serialize)]
pub struct MutantRow {
    /// Its id.
    pub id: String,
    /// The entry of the catalogue that it is built after.
    pub entry: String,
    /// What it breaks.
    pub class: String,
    /// How well it hides.
    pub grade: &'static str,
    /// What was planted.
    pub description: String,
    /// Whether `weak` counts as a kill.
    pub weak: bool,
    /// The game that must kill it.
    pub expected: String,
    /// Whether it did.
    pub expectation: Expectation,
    /// Seeds with which it did not.
    pub missed_seeds: Vec<u64>,
    /// What the expected game came to with the first of them.
    pub missed_because: Option<String>,
    /// The first game in the order of the list that kills it with the first seed.
    pub first_killer: Option<String>,
    /// Trials of the first killer up to the one that killed.
    pub trials: Option<u64>,
    /// What the first killer found.
    pub found: Option<String>,
    /// Actions of that case when shrunk, if it was.
    pub shrunk: Option<usize>,
    /// Naive modes that kill it, each by itself.
    pub naive: Vec<String>,
    /// Why it could not be tried.
    pub unpairable: Option<String>,
    /// What each game came to with the first seed.
    pub cells: Vec<MatrixCell>,
}

/// Whether the expected game killed a mutant.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Expectation {
    /// With every seed.
    Met,
    /// Not with every seed.
    Missed,
    /// The game was not run, because others were asked for or the run was broken off.
    NotAsked,
}

/// One game on one mutant, with the first seed.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct MatrixCell {
    /// Id of the game.
    pub game: String,
    /// What it came to.
    pub verdict: Verdict,
    /// Whether that counts as a kill.
    pub kills: bool,
    /// Trials up to the kill, or all of a round.
    pub trials: u64,
}

/// Everything that may differ between two runs with one seed.
#[derive(Clone, Debug, Default, Serialize)]
pub struct MatrixTimings {
    /// Worker processes.
    pub workers: usize,
    /// Seconds of the whole run.
    pub seconds: f64,
    /// CPU seconds to kill: the median over all mutants and seeds; `null` if more than half were not killed.
    pub median: Option<f64>,
    /// Each mutant's times, in the order of the rows.
    pub mutants: Vec<MutantTime>,
}

/// CPU seconds spent on one mutant.
#[derive(Clone, Debug, Default, Serialize)]
pub struct MutantTime {
    /// Its id.
    pub id: String,
    /// For each seed: CPU seconds of its first killer's trials up to the one that killed; `null` if none did.
    pub to_kill: Vec<Option<f64>>,
    /// Their median.
    pub median: Option<f64>,
    /// The longest; `null` if it was not killed with some seed.
    pub worst: Option<f64>,
    /// CPU seconds with the first seed, all games in the order of the list, until the first kill.
    pub whole_run: Option<f64>,
    /// CPU seconds of each game with the first seed.
    pub games: Vec<GameTime>,
}

impl Matrix {
    /// The matrix as JSON, indented, with a line end.
    ///
    /// # Errors
    /// Never in practice: every part has a JSON form.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string_pretty(self).map(|json| json + "\n")
    }

    /// Games that kill nothing which no other game kills and are not kept on purpose; games that compare everything
    /// at once are no other game. Nothing can be said of that unless all games were run on all mutants.
    pub fn idle_games(&self) -> impl Iterator<Item = &GameScore> {
        let idle = |game: &&GameScore| game.named.is_empty() && game.kept.is_empty();
        self.games.iter().filter(move |game| self.whole && self.complete && idle(game))
    }

    /// Correct ratchets that some game accuses.
    pub fn accused(&self) -> impl Iterator<Item = &HonestRow> {
        self.honest.iter().filter(|row| !row.accused_by.is_empty())
    }
}

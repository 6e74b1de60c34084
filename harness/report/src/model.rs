//! The JSON report. Keys stand in the order of these structs, which is that of the schema. When a report is read back all
//! of them are required, those that may be `null` as well.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use sprag::engine::RandomnessLevel;
use sprag::run::Measured;
use sprag::schedule::Case;
use sprag::{Capabilities, Deviation, Profile, Severity, Verdict};

use crate::exposure::ExposureMap;
use crate::inert::inert_json;

/// Version of the report's form.
pub const WIRE: u32 = 1;

/// What one run came to. Byte-identical for the same version, seed, rounds and ratchets but for `timings`.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// Version of the suite: which games there are and how sharp they are.
    pub suite: u32,
    /// [`WIRE`].
    pub wire: u32,
    /// Seed of the run.
    pub seed: u64,
    /// How long the run was meant to take.
    pub effort: Effort,
    /// Rounds that every ratchet completed.
    pub rounds: u64,
    /// Whether everything that was begun came to its end.
    pub complete: bool,
    /// Calls of `encrypt` and `decrypt`, attackers' calls included.
    pub calls: u64,
    /// The ratchets, in the order of the command line.
    pub ratchets: Vec<RatchetReport>,
    /// Everything that may differ between two runs.
    pub timings: Timings,
}

/// How long a run is meant to take.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Effort {
    /// About 10 s a ratchet.
    Smoke,
    /// About 60 s a ratchet.
    Gate,
    /// As long as it was told to.
    Nightly,
}

/// What one ratchet came to.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct RatchetReport {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// What it claims; `null` if it could not be started.
    #[serde(deserialize_with = "Option::deserialize")]
    pub profile: Option<Profile>,
    /// Where the profile comes from: `declared` by the ratchet, or a `file`, or limits were `measured`.
    pub profile_source: Cow<'static, str>,
    /// Its optional abilities; `null` if it could not be started.
    #[serde(deserialize_with = "Option::deserialize")]
    pub capabilities: Option<Capabilities>,
    /// Whose hands its randomness is in, as detected.
    #[serde(deserialize_with = "Option::deserialize")]
    pub randomness: Option<RandomnessLevel>,
    /// Known deviations from its profile.
    pub deviations: Vec<Deviation>,
    /// Rounds completed.
    pub rounds: u64,
    /// The worst verdict of its games.
    pub verdict: Verdict,
    /// The games by id.
    pub games: Vec<GameReport>,
    /// What attackers read of the standard conversation, the same for all ratchets.
    #[serde(deserialize_with = "Option::deserialize")]
    pub exposure: Option<ExposureMap>,
    /// Why there is no exposure map; `null` if there is one.
    #[serde(deserialize_with = "Option::deserialize")]
    pub no_exposure: Option<String>,
}

/// What one game came to on one ratchet.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct GameReport {
    /// Readable id.
    pub id: String,
    /// One line.
    pub title: String,
    /// The verdict.
    pub verdict: Verdict,
    /// How much a failure matters.
    pub severity: Severity,
    /// Why, in words.
    pub reason: String,
    /// Trials executed.
    pub trials: u64,
    /// Trials that had a feature.
    pub quotas: Vec<Quota>,
    /// What was measured.
    pub measured: Vec<Measured>,
    /// Where changed messages were accepted with the same plaintext.
    pub weak_positions: Vec<String>,
    /// Findings whose deviation should have shown and did not.
    pub missing_deviations: Vec<String>,
    /// The shrunk schedule of a failure.
    #[serde(deserialize_with = "Option::deserialize")]
    pub case: Option<Case>,
    /// What attackers read in that schedule; `null` if nothing was stolen in it.
    #[serde(deserialize_with = "Option::deserialize")]
    pub exposure: Option<ExposureMap>,
}

/// How many trials had a feature.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Quota {
    /// The feature.
    pub name: String,
    /// Trials that had it.
    pub trials: u64,
}

/// Everything that may differ between two runs with one seed.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Timings {
    /// Worker processes.
    pub workers: usize,
    /// Seconds of the whole run.
    pub seconds: f64,
    /// Each ratchet's times.
    pub ratchets: Vec<RatchetTime>,
}

/// The times of one ratchet.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct RatchetTime {
    /// Its name.
    pub name: String,
    /// Seconds, shrinking included.
    pub seconds: f64,
    /// Rounds completed a second, shrinking not included.
    pub rounds_per_second: f64,
    /// Worker seconds by game.
    pub games: Vec<GameTime>,
    /// Last lines that dead workers left; they may name addresses and process ids.
    pub stderr: Vec<Stderr>,
}

/// The time of one game, over all workers.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct GameTime {
    /// Id of the game.
    pub id: String,
    /// Seconds.
    pub seconds: f64,
}

/// What a worker wrote before it died.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Stderr {
    /// Id of the game.
    pub game: String,
    /// The last lines.
    pub lines: Vec<String>,
}

impl Report {
    /// The report as JSON, indented, with a line end.
    ///
    /// # Errors
    /// Never in practice: every part has a JSON form.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string_pretty(self).map(|json| inert_json(&json) + "\n")
    }

    /// Every game with the ratchet that it was run on.
    pub fn games(&self) -> impl Iterator<Item = (&RatchetReport, &GameReport)> {
        self.ratchets
            .iter()
            .flat_map(|ratchet| ratchet.games.iter().map(move |game| (ratchet, game)))
    }

    /// The last lines that a dead worker left in this game.
    #[must_use]
    pub fn stderr(&self, ratchet: &str, game: &str) -> &[String] {
        let mut times = self.timings.ratchets.iter().filter(|time| time.name == ratchet);
        let left = times.find_map(|time| time.stderr.iter().find(|stderr| stderr.game == game));
        left.map_or(&[], |stderr| &stderr.lines)
    }
}

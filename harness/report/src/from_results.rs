//! From the results of core to the report: all text made inert, games put by id.

use std::collections::BTreeMap;

use sprag::engine::RandomnessLevel;
use sprag::run::{Failure, GameResult, Measured};
use sprag::schedule::{ActionId, CASE_VERSION, Case, SUITE};
use sprag::{Capabilities, Deviation, Profile, Verdict};

use crate::exposure::ExposureMap;
use crate::{GameReport, Quota, RatchetReport, inert};

/// Everything known about a run of one ratchet.
#[derive(Clone, Debug)]
pub struct RatchetRun {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The profile it was judged by.
    pub profile: Option<Profile>,
    /// Where the profile comes from.
    pub profile_source: &'static str,
    /// Its optional abilities.
    pub capabilities: Option<Capabilities>,
    /// Whose hands its randomness is in.
    pub randomness: Option<RandomnessLevel>,
    /// Known deviations.
    pub deviations: Vec<Deviation>,
    /// Rounds completed.
    pub rounds: u64,
    /// What each game came to.
    pub games: Vec<GameResult>,
    /// What attackers read.
    pub maps: Maps,
}

/// The exposure maps of a run.
#[derive(Clone, Debug)]
pub struct Maps {
    /// Of the standard conversation, or why there is none.
    pub standard: Result<ExposureMap, String>,
    /// Of the failing schedules, by game.
    pub games: BTreeMap<&'static str, ExposureMap>,
}

impl Default for Maps {
    fn default() -> Self {
        Self { standard: Err("none was made".to_owned()), games: BTreeMap::new() }
    }
}

/// The report on one ratchet.
#[must_use]
pub fn ratchet_report(run: &RatchetRun) -> RatchetReport {
    let mut games: Vec<GameReport> =
        run.games.iter().map(|result| game_report(run, result)).collect();
    games.sort_by(|one, other| one.id.cmp(&other.id));
    RatchetReport {
        name: inert(&run.name),
        version: inert(&run.version),
        profile: run.profile.clone().map(inert_profile),
        profile_source: run.profile_source.into(),
        capabilities: run.capabilities,
        randomness: run.randomness,
        deviations: run.deviations.clone(),
        rounds: run.rounds,
        verdict: Verdict::worst(games.iter().map(|game| game.verdict)),
        games,
        exposure: run.maps.standard.as_ref().ok().cloned(),
        no_exposure: run.maps.standard.as_ref().err().map(|why| inert(why)),
    }
}

fn game_report(run: &RatchetRun, result: &GameResult) -> GameReport {
    let quota = |&(name, trials): &(&'static str, u64)| Quota { name: name.to_owned(), trials };
    GameReport {
        id: result.id.to_owned(),
        title: result.title.to_owned(),
        verdict: result.verdict,
        severity: result.severity,
        reason: inert(&result.reason),
        trials: result.trials,
        quotas: result.quotas.iter().map(quota).collect(),
        measured: result.measured.iter().map(inert_measured).collect(),
        weak_positions: result.weak_positions.iter().map(|text| inert(text)).collect(),
        missing_deviations: result.missing_deviations.clone(),
        case: result.failure.as_ref().map(|failure| case(&run.name, result.id, failure)),
        exposure: run.maps.games.get(result.id).cloned(),
    }
}

/// The case file of a failure.
fn case(ratchet: &str, game: &str, failure: &Failure) -> Case {
    Case {
        sprag_case: CASE_VERSION,
        suite: SUITE,
        ratchet: ratchet.to_owned(),
        game: game.to_owned(),
        seed: failure.seed,
        found: inert(&format!("{}. {}", failure.kind, failure.detail)),
        shown_by: Some(failure.action).filter(|&action| action != ActionId::PAIRING),
        schedule: failure.schedule.clone(),
    }
}

fn inert_measured(measured: &Measured) -> Measured {
    Measured {
        name: inert(&measured.name),
        value: inert(&measured.value),
        unit: measured.unit.clone(),
    }
}

/// Names of wire fields are the only text of a profile.
fn inert_profile(mut profile: Profile) -> Profile {
    for field in &mut profile.envelope {
        *field = inert(field);
    }
    profile
}

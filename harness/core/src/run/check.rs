//! All games against one ratchet, in this process. The command does the same with worker processes.

use super::{GameResult, RatchetResult, Totals, conclude, conclude_ratchet, run_trial};
use super::{fitting_profiles, judge_case, shrink_failure, why_not, with_known_limits};
use crate::engine::{Arena, Progress, RandomnessLevel, detect_randomness};
use crate::games::{GAMES, Game};
use crate::judge::ViolationKind;
use crate::schedule::SHRINK_LIMIT;
use crate::{Deviation, DynRatchet, Profile, Rejection};

/// How much to run.
#[derive(Clone, Debug)]
pub struct CheckOptions {
    /// Seed of the run.
    pub seed: u64,
    /// Rounds of each game.
    pub rounds: u64,
    /// Known deviations of the ratchet.
    pub deviations: Vec<Deviation>,
}

impl Default for CheckOptions {
    fn default() -> Self {
        Self { seed: 1, rounds: 1, deviations: Vec::new() }
    }
}

/// Runs every game that `wanted` picks.
///
/// # Errors
/// If the ratchet cannot open a session.
pub fn check(
    ratchet: &dyn DynRatchet,
    options: &CheckOptions,
    wanted: impl Fn(&dyn Game) -> bool,
) -> Result<RatchetResult, Rejection> {
    check_against(ratchet, None, options, wanted)
}

/// As [`check`], with a correct ratchet that makes the same bytes of the same secret and randomness.
///
/// # Errors
/// If the ratchet cannot open a session.
pub fn check_against(
    ratchet: &dyn DynRatchet,
    reference: Option<&dyn DynRatchet>,
    options: &CheckOptions,
    wanted: impl Fn(&dyn Game) -> bool,
) -> Result<RatchetResult, Rejection> {
    let claimed = ratchet.profile();
    let progress = Progress::new();
    let deviations = &options.deviations;
    let probe = Arena::new(ratchet, &claimed, RandomnessLevel::None, deviations, &progress);
    let (profile, _) = with_known_limits(&probe, &claimed)?;
    let randomness = detect_randomness(&probe)?;
    let arena = Arena::new(ratchet, &profile, randomness, deviations, &progress).against(reference);
    let mut games = Vec::new();
    for game in GAMES.iter().copied().filter(|game| wanted(*game)) {
        games.push(check_game(game, &arena, options)?);
    }
    Ok(conclude_ratchet(ratchet.name(), games))
}

fn check_game(
    game: &dyn Game,
    arena: &Arena<'_>,
    options: &CheckOptions,
) -> Result<GameResult, Rejection> {
    if let Some(reason) = why_not(game, arena) {
        return Ok(GameResult::not_run(game, reason));
    }
    let mut totals = Totals::default();
    for trial in 0..game.trials(arena.profile) * options.rounds {
        totals.merge(run_trial(game, arena, options.seed, trial)?);
    }
    let mut result = conclude(game, arena.profile, &options.deviations, &totals);
    if let Some(failure) = &result.failure
        && failure.kind == ViolationKind::ProfileMismatch
    {
        result.reason += &describe_fits(&fitting_profiles(game, arena, options.seed));
    }
    result.failure = result.failure.map(|failure| {
        shrink_failure(failure, SHRINK_LIMIT, |seed, schedule| {
            judge_case(game, arena, seed, schedule).ok().flatten()
        })
    });
    Ok(result)
}

/// Says which parameter values would fit.
#[must_use]
pub fn describe_fits(fits: &[(String, Profile)]) -> String {
    if fits.is_empty() {
        return "; no other parameter values of the family fit either".to_owned();
    }
    let fits: Vec<&str> = fits.iter().map(|(what, _)| what.as_str()).collect();
    format!("; what would fit: {}", fits.join(" | "))
}

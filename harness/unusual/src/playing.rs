//! Games against members, whole rounds or a part of one.

use sprag::engine::{Arena, Progress, RandomnessLevel, detect_randomness};
use sprag::games::{GAMES, Game};
use sprag::run::{GameResult, Totals, conclude, run_trial, why_not, with_known_limits};
use sprag::{DynRatchet, Profile, Rejection};

/// Which trials of each game are made.
#[derive(Clone, Copy, Debug)]
pub struct Trials {
    /// Seed of the run.
    pub seed: u64,
    /// Rounds.
    pub rounds: u64,
    /// One trial in so many is made, and one at least.
    pub one_in: u64,
    /// The first that is made.
    pub first: u64,
}

/// What is found out about a ratchet before it is played with.
pub struct Known {
    /// Its profile, with what it does not declare measured.
    pub profile: Profile,
    /// Whose hands its randomness is in.
    pub randomness: RandomnessLevel,
}

/// Finds out what has to be known first.
///
/// # Errors
/// If no session can be opened.
pub fn probe(ratchet: &dyn DynRatchet) -> Result<Known, Rejection> {
    let (claimed, progress) = (ratchet.profile(), Progress::new());
    let probe = Arena::new(ratchet, &claimed, RandomnessLevel::None, &[], &progress);
    let (profile, _) = with_known_limits(&probe, &claimed)?;
    Ok(Known { profile, randomness: detect_randomness(&probe)? })
}

/// Plays the games that `wanted` picks; failures are not shrunk.
///
/// # Errors
/// If no session can be opened.
pub fn play(
    ratchet: &dyn DynRatchet,
    trials: Trials,
    wanted: impl Fn(&dyn Game) -> bool,
) -> Result<Vec<GameResult>, Rejection> {
    let (known, progress) = (probe(ratchet)?, Progress::new());
    let arena = Arena::new(ratchet, &known.profile, known.randomness, &[], &progress);
    let games = GAMES.iter().copied().filter(|game| wanted(*game));
    games.map(|game| play_game(game, &arena, trials)).collect()
}

fn play_game(game: &dyn Game, arena: &Arena<'_>, trials: Trials) -> Result<GameResult, Rejection> {
    if let Some(reason) = why_not(game, arena) {
        return Ok(GameResult::not_run(game, reason));
    }
    let all = game.trials(arena.profile) * trials.rounds;
    let mut totals = Totals::default();
    for trial in (trials.first % trials.one_in.min(all).max(1)..all).step_by(trials.one_in as usize)
    {
        totals.merge(run_trial(game, arena, trials.seed, trial)?);
    }
    Ok(conclude(game, arena.profile, &[], &totals))
}

//! A fixed range of trials. If a trial kills its worker it is repeated alone, with each call announced, and the rest goes
//! on behind it.

use std::collections::VecDeque;

use sprag::Profile;
use sprag::games::Game;
use sprag::judge::ViolationKind;
use sprag::randomness::CaseSeed;
use sprag::run::{Failure, Totals};
use sprag::schedule::ActionId;

use super::process::{Death, Stop};
use super::seat::{Seat, unexpected};
use crate::worker::messages::{Job, Reply, Until};

/// Trials of a chunk: some milliseconds of work.
pub(crate) const CHUNK: u64 = 8;

/// Deaths after which a game is not run on, a hang counting for all of them.
pub(crate) const ENOUGH_DEATHS: u32 = 3;

/// What a chunk came to.
#[derive(Clone, Debug, Default)]
pub(crate) struct ChunkResult {
    /// Of its trials.
    pub totals: Totals,
    /// Deaths in it.
    pub deaths: u32,
    /// Last lines of the first worker that died.
    pub stderr: Vec<String>,
}

/// A game in a run.
#[derive(Clone, Copy)]
pub(crate) struct GameInRun<'g> {
    pub game: &'g dyn Game,
    pub profile: &'g Profile,
    /// Seed of the run.
    pub seed: u64,
}

struct Piece {
    first: u64,
    count: u64,
    /// The death of the trial that this piece repeats alone.
    repeats: Option<Box<Death>>,
}

/// Runs trials `first` to `first + count`.
///
/// # Errors
/// Everything but a death, which is a failure like any other.
pub(crate) fn run_chunk(
    seat: &mut Seat,
    run: GameInRun<'_>,
    first: u64,
    count: u64,
) -> Result<ChunkResult, Stop> {
    let mut result = ChunkResult::default();
    let mut pieces = VecDeque::from([Piece { first, count, repeats: None }]);
    while let Some(Piece { first, count, repeats }) = pieces.pop_front() {
        if count == 0 || result.deaths >= ENOUGH_DEATHS {
            continue;
        }
        let job = Job::Trials {
            game: run.game.about().id.to_owned(),
            seed: run.seed,
            first,
            count,
            announce: repeats.is_some(),
            until: Until::End,
        };
        match (seat.ask(&job, |_| {}), repeats) {
            // A hang that does not repeat was none of the ratchet's doing.
            (Ok(Reply::Totals(totals)), None) => result.totals.merge(*totals),
            (Ok(Reply::Totals(totals)), Some(death)) if death.kind == ViolationKind::Hung => {
                result.totals.merge(*totals);
            }
            (Ok(Reply::Totals(_)), Some(mut death)) => {
                death.words += "; when the trial was repeated alone this did not happen again";
                result.note(run, first, *death);
            }
            (Err(Stop::Death(death)), None) => {
                let trial = death.trial.unwrap_or(first).clamp(first, first + count - 1);
                let before = Piece { first, count: trial - first, repeats: None };
                let alone = Piece { first: trial, count: 1, repeats: Some(death) };
                let rest = first + count - trial - 1;
                let behind = Piece { first: trial + 1, count: rest, repeats: None };
                for piece in [behind, alone, before] {
                    pieces.push_front(piece);
                }
            }
            (Err(Stop::Death(death)), Some(_)) => result.note(run, first, *death),
            (Ok(other), _) => return Err(unexpected(&other)),
            (Err(stop), _) => return Err(stop),
        }
    }
    Ok(result)
}

impl ChunkResult {
    fn note(&mut self, run: GameInRun<'_>, trial: u64, death: Death) {
        let seed = CaseSeed::of_trial(run.seed, run.game.about().id, trial);
        let place = trial % run.game.trials(run.profile).max(1);
        let schedule = run.game.schedule(run.profile, &mut seed.choices(), place);
        let failure = Failure { trial, schedule, ..failure_of(&death, seed) };
        self.deaths += if death.kind == ViolationKind::Hung { ENOUGH_DEATHS } else { 1 };
        self.totals.merge(Totals::of_failure(failure));
        if self.stderr.is_empty() {
            self.stderr = death.stderr;
        }
    }
}

/// A death as a failure; the schedule is the caller's.
pub(crate) fn failure_of(death: &Death, seed: CaseSeed) -> Failure {
    Failure {
        trial: 0,
        kind: death.kind,
        action: death.action.unwrap_or(ActionId::PAIRING),
        detail: death.detail(),
        seed,
        schedule: sprag::schedule::Schedule::default(),
        hint: None,
    }
}

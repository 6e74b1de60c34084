//! One game on one ratchet: a round, up to the trial that says enough.

use std::time::{Duration, Instant};

use sprag::games::Game;
use sprag::run::{Failure, conclude};
use sprag::{Profile, Verdict};

use crate::crew::process::Stop;
use crate::crew::seat::{Seat, unexpected};
use crate::worker::messages::{Job, Reply, Until};

/// What one game came to on one ratchet.
#[derive(Clone, Debug)]
pub(super) struct Cell {
    /// The verdict.
    pub verdict: Verdict,
    /// Why, in words that are the same each time.
    pub reason: String,
    /// Trials up to the one that said enough, or all of a round.
    pub trials: u64,
    /// CPU time of these trials. If the worker died before it could say, all time that passed.
    pub cpu: Duration,
    /// The failing case.
    pub failure: Option<Failure>,
}

impl Cell {
    pub(super) fn not_run(reason: impl Into<String>) -> Self {
        let (verdict, reason) = (Verdict::NotRun, reason.into());
        Self { verdict, reason, trials: 0, cpu: Duration::ZERO, failure: None }
    }
}

/// Runs a round of `game`, up to the trial that says enough.
///
/// # Errors
/// A fault of the harness, or Ctrl-C; a ratchet's misbehaviour is never one.
pub(super) fn play(
    seat: &mut Seat,
    game: &dyn Game,
    profile: &Profile,
    seed: u64,
    until: Until,
) -> Result<Cell, Stop> {
    let count = game.trials(profile);
    let id = game.about().id.to_owned();
    let job = Job::Trials { game: id, seed, first: 0, count, announce: false, until };
    let (began, mut cpu) = (Instant::now(), Duration::ZERO);
    let reply = seat.ask(&job, |reply| {
        if let Reply::Took(took) = reply {
            cpu = *took;
        }
    });
    match reply {
        Ok(Reply::Totals(totals)) => {
            let result = conclude(game, profile, &[], &totals);
            let (verdict, reason, trials) = (result.verdict, result.reason, result.trials);
            Ok(Cell { verdict, reason, trials, cpu, failure: result.failure })
        }
        Err(Stop::Death(death)) => Ok(Cell {
            verdict: Verdict::Fail,
            // More about a death may differ from time to time.
            reason: death.kind.to_string(),
            trials: death.trial.unwrap_or(0) + 1,
            cpu: if cpu.is_zero() { began.elapsed() } else { cpu },
            failure: None,
        }),
        Err(Stop::CannotPair(words)) => {
            Ok(Cell::not_run(format!("no session could be opened: {words}")))
        }
        Ok(other) => Err(unexpected(&other)),
        Err(stop) => Err(stop),
    }
}

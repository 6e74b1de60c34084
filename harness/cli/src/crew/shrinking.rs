//! Shrinking a failure by jobs to a worker, so that a candidate may crash or hang.

use sprag::games::Game;
use sprag::judge::ViolationKind;
use sprag::randomness::CaseSeed;
use sprag::run::{Failure, shrink_failure};
use sprag::schedule::{SHRINK_LIMIT, Schedule};

use super::chunk::failure_of;
use super::process::Stop;
use super::seat::{Seat, Settings};
use crate::interrupt;
use crate::worker::messages::{Job, Limits, Reply};

/// Candidates tried for a hang, of which each one that hangs takes the time limit.
const HANG_CANDIDATES: usize = 30;

/// Calls that all failures of a program share; a slow one takes milliseconds for each.
const CALLS_OF_A_PROGRAM: usize = 100_000;

/// The bounds of one failure's share, however many there are.
const MOST_CALLS: usize = 50_000;
const LEAST_CALLS: usize = 5_000;

/// Candidates tried for what ends a program, which has to start again behind each one that does.
const CRASH_CANDIDATES: usize = 100;

/// The part of the call limit after which a candidate counts as hanging.
const IMPATIENCE: u64 = 20;

/// The smallest form of `failure`, one of so many `failures` of its ratchet, that shows the same.
///
/// # Errors
/// A fault of the harness; a ratchet's misbehaviour is never one.
pub(crate) fn shrink(
    seat: &mut Seat,
    settings: &Settings,
    game: &dyn Game,
    failure: Failure,
    failures: usize,
) -> Result<Failure, Stop> {
    let (calls, crashes) = if settings.source.starts_programs() {
        let share = CALLS_OF_A_PROGRAM / failures.max(1);
        (share.clamp(LEAST_CALLS, MOST_CALLS), CRASH_CANDIDATES)
    } else {
        (SHRINK_LIMIT, usize::MAX)
    };
    if failure.kind != ViolationKind::Hung {
        let ends_it = matches!(failure.kind, ViolationKind::Crashed | ViolationKind::OutOfMemory);
        let candidates = if ends_it { crashes } else { usize::MAX };
        return shrink_within(seat, game, failure, calls, candidates);
    }
    let call_ms = settings.limits.call_ms.map(|limit| (limit / IMPATIENCE).max(50).min(limit));
    let limits = Limits { call_ms, ..settings.limits };
    let mut impatient = Seat::new(Settings { limits, ..settings.clone() });
    let small = shrink_within(&mut impatient, game, failure.clone(), calls, HANG_CANDIDATES)?;
    // What hung the impatient worker must hang a patient one too.
    let confirmed = judge(seat, game, failure.seed, &small.schedule, true)?;
    Ok(confirmed
        .filter(|confirmed| confirmed.kind == ViolationKind::Hung)
        .map_or(failure, |confirmed| Failure { trial: small.trial, ..confirmed }))
}

fn shrink_within(
    seat: &mut Seat,
    game: &dyn Game,
    failure: Failure,
    calls: usize,
    candidates: usize,
) -> Result<Failure, Stop> {
    let killed = matches!(
        failure.kind,
        ViolationKind::Hung | ViolationKind::Crashed | ViolationKind::OutOfMemory
    );
    let (mut tried, mut stop) = (0, None);
    let small = shrink_failure(failure, calls, |seed, schedule| {
        if tried == candidates || stop.is_some() || interrupt::requested() {
            return None;
        }
        tried += 1;
        match judge(seat, game, seed, schedule, killed) {
            Ok(found) => found,
            // A candidate in which no session opens is no failure of this kind.
            Err(Stop::CannotPair(_) | Stop::Interrupted | Stop::Abandoned | Stop::Death(_)) => None,
            Err(Stop::Fault(words)) => {
                stop = Some(Stop::Fault(words));
                None
            }
        }
    });
    stop.map_or(Ok(small), Err)
}

/// The failure that `game` finds in a case, the worker's death included.
pub(crate) fn judge(
    seat: &mut Seat,
    game: &dyn Game,
    seed: CaseSeed,
    schedule: &Schedule,
    announce: bool,
) -> Result<Option<Failure>, Stop> {
    let game = game.about().id.to_owned();
    let job = Job::Judge { game, seed, schedule: schedule.clone(), announce };
    match seat.ask(&job, |_| {}) {
        Ok(Reply::Judged(found)) => Ok(found.map(|found| *found)),
        Ok(other) => Err(super::seat::unexpected(&other)),
        Err(Stop::Death(death)) => {
            Ok(Some(Failure { schedule: schedule.clone(), ..failure_of(&death, seed) }))
        }
        Err(stop) => Err(stop),
    }
}

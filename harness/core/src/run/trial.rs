//! One trial: draw the schedule, execute, judge; and the same for a case that is at hand.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::totals::counts;
use super::{Failure, Totals};
use crate::Rejection;
use crate::engine::{Arena, TAG_BYTES};
use crate::games::Game;
use crate::judge::{Judgement, Violation, ViolationKind};
use crate::randomness::CaseSeed;
use crate::schedule::{Schedule, shrink};

/// Runs `work`; a panic of the ratchet becomes its text.
///
/// # Errors
/// The text of the panic.
pub fn catching<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|panic| {
        let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
        text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default()
    })
}

/// What a ratchet panics with when a session of it cannot be copied: the trial then shows nothing, and accuses nobody.
pub const NOT_COPIED: &str = "sessions of this ratchet cannot be copied";

/// Executes and judges `schedule`. A panic is a violation like any other.
///
/// # Errors
/// If no session can be opened.
pub fn judge_schedule(
    game: &dyn Game,
    arena: &Arena<'_>,
    schedule: &Schedule,
) -> Result<Judgement, Rejection> {
    let judged = catching(|| game.judge(arena, schedule)).unwrap_or_else(|text| {
        let action = arena.progress.action();
        let kind =
            if text == NOT_COPIED { ViolationKind::VoidTheft } else { ViolationKind::Panicked };
        let panicked = Violation::new(kind, action, format!("at action {action}: {text}"));
        Ok(Judgement { violations: vec![panicked], ..Judgement::default() })
    });
    judged.map(|mut judgement| {
        judgement.disclaim_by(arena.profile);
        judgement
    })
}

/// Why `game` cannot be run, if so: the ratchet lacks what it needs.
#[must_use]
pub fn why_not(game: &dyn Game, arena: &Arena<'_>) -> Option<String> {
    match arena.profile.max_plaintext {
        Some(most) if (most as usize) < TAG_BYTES => Some(format!(
            "the ratchet takes plaintexts of at most {most} bytes, and with fewer than {TAG_BYTES} \
             messages cannot be told apart"
        )),
        _ if game.looks_for_limits() && arena.profile.ends.is_some() => {
            Some("the two ratchets claim different limits; check each by itself".to_owned())
        }
        _ => game.needs(arena).err(),
    }
}

/// Runs trial number `trial` of the run seeded `run`; round and place in the round follow from the number.
///
/// # Errors
/// If no session can be opened.
pub fn run_trial(
    game: &dyn Game,
    arena: &Arena<'_>,
    run: u64,
    trial: u64,
) -> Result<Totals, Rejection> {
    let seed = CaseSeed::of_trial(run, game.about().id, trial);
    let arena = arena.seeded(seed);
    let place = trial % game.trials(arena.profile).max(1);
    let schedule = game.schedule(arena.profile, &mut seed.choices(), place);
    let judgement = judge_schedule(game, &arena, &schedule)?;
    Ok(Totals::of_judgement(game, trial, seed, &schedule, judgement, arena.steps()))
}

/// The failure that `game` finds in a case, if it finds one.
///
/// # Errors
/// If no session can be opened.
pub fn judge_case(
    game: &dyn Game,
    arena: &Arena<'_>,
    seed: CaseSeed,
    schedule: &Schedule,
) -> Result<Option<Failure>, Rejection> {
    let judgement = judge_schedule(game, &arena.seeded(seed), schedule)?;
    let violation = judgement.violations.iter().find(|found| counts(game, found.kind));
    Ok(violation.map(|violation| Failure::of(0, seed, schedule, violation)))
}

/// Shrinks a failure: `judge` gives the failure of a schedule, and one of the same kind still counts. After candidates of
/// about `limit` calls it stays as small as it is, as in [`shrink`].
pub fn shrink_failure(
    failure: Failure,
    limit: usize,
    mut judge: impl FnMut(CaseSeed, &Schedule) -> Option<Failure>,
) -> Failure {
    let mut smallest = failure.clone();
    let hints = failure.hint.iter().cloned().collect();
    let mut still_fails = |candidate: &Schedule| match judge(failure.seed, candidate) {
        Some(found) if found.kind == failure.kind => {
            smallest = Failure { trial: failure.trial, ..found };
            true
        }
        _ => false,
    };
    // A long conversation with many thefts is shrunk quickly only without those that showed nothing.
    let focused = failure.schedule.focused_on(failure.action);
    let start = if focused != failure.schedule && still_fails(&focused) {
        focused
    } else {
        failure.schedule.clone()
    };
    shrink(start, hints, limit, still_fails);
    smallest
}

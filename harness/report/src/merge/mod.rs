//! The reports of one run that was split over several machines, put together.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt::Display;

use sprag::Verdict;

use crate::{RatchetReport, RatchetTime, Report, Stderr, inert};

/// Reports that are not those of one run.
#[derive(Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum MergeError {
    /// There is none.
    #[error("no report to merge")]
    Nothing,
    /// The runs were asked for different things.
    #[error(
        "report {report} is of {what} {other}, report 1 of {what} {first}: they are not of one run"
    )]
    Run {
        /// Number of the report, from 1.
        report: usize,
        /// What differs.
        what: &'static str,
        /// What it is in the first report.
        first: String,
        /// What it is in this one.
        other: String,
    },
    /// A ratchet is not the same in all reports.
    #[error("report {report}: {ratchet} has another {what} than in the reports before it")]
    Ratchet {
        /// Number of the report, from 1.
        report: usize,
        /// Name of the ratchet.
        ratchet: String,
        /// What differs.
        what: &'static str,
    },
    /// A game was run on a ratchet twice.
    #[error(
        "report {report}: {game} was run on {ratchet} in a report before it, there for {before} rounds and here for {here}: \
         shards must not overlap"
    )]
    Repeated {
        /// Number of the report, from 1.
        report: usize,
        /// Name of the ratchet.
        ratchet: String,
        /// Id of the game.
        game: String,
        /// Rounds of the earlier report.
        before: u64,
        /// Rounds of this one.
        here: u64,
    },
}

/// One report out of the shards of a run: of the same suite, seed and effort, each with other ratchets or other games.
///
/// A game that was not run in one of them counts as it was run in another, so that a run that was killed can be taken up again.
/// Ratchets stand in the order in which they first come. Rounds are those that every shard completed; the run counts as long
/// as its longest shard, since shards are run beside one another.
///
/// # Errors
/// If the reports are not of one run, or overlap.
pub fn merge(reports: &[Report]) -> Result<Report, MergeError> {
    let (first, others) = reports.split_first().ok_or(MergeError::Nothing)?;
    let mut merged = first.clone();
    // Rounds of the shard that a game comes from, for the words of an error.
    let mut rounds = BTreeMap::new();
    note_rounds(&mut rounds, first);
    for (number, report) in (2..).zip(others) {
        same_run(first, report, number)?;
        for ratchet in &report.ratchets {
            let known = merged.ratchets.iter_mut().find(|known| known.name == ratchet.name);
            match known {
                None => merged.ratchets.push(ratchet.clone()),
                Some(known) => {
                    refuse_overlap(&rounds, ratchet, number)?;
                    absorb(known, ratchet, number)?;
                }
            }
        }
        note_rounds(&mut rounds, report);
        merged.rounds = merged.rounds.min(report.rounds);
        merged.complete &= report.complete;
        merged.calls = merged.calls.saturating_add(report.calls);
        merged.timings.workers = merged.timings.workers.saturating_add(report.timings.workers);
        merged.timings.seconds = merged.timings.seconds.max(report.timings.seconds);
        report
            .timings
            .ratchets
            .iter()
            .for_each(|time| absorb_time(&mut merged.timings.ratchets, time));
    }
    for ratchet in &mut merged.ratchets {
        ratchet.games.sort_by(|one, other| one.id.cmp(&other.id));
        ratchet.verdict = Verdict::worst(ratchet.games.iter().map(|game| game.verdict));
    }
    Ok(merged)
}

/// Rounds by ratchet and game.
type Rounds = BTreeMap<(String, String), u64>;

fn note_rounds(rounds: &mut Rounds, report: &Report) {
    for (ratchet, game) in report.games().filter(|(_, game)| game.verdict != Verdict::NotRun) {
        rounds.insert((ratchet.name.clone(), game.id.clone()), ratchet.rounds);
    }
}

fn same_run(first: &Report, other: &Report, number: usize) -> Result<(), MergeError> {
    let effort = |report: &Report| format!("{:?}", report.effort).to_lowercase();
    let same = |what, first: &dyn Display, other: &dyn Display| {
        let (first, other) = (first.to_string(), other.to_string());
        if first == other {
            Ok(())
        } else {
            Err(MergeError::Run { report: number, what, first, other })
        }
    };
    same("form", &first.wire, &other.wire)?;
    same("suite", &first.suite, &other.suite)?;
    same("seed", &first.seed, &other.seed)?;
    same("effort", &effort(first), &effort(other))
}

fn refuse_overlap(
    rounds: &Rounds,
    ratchet: &RatchetReport,
    number: usize,
) -> Result<(), MergeError> {
    for game in ratchet.games.iter().filter(|game| game.verdict != Verdict::NotRun) {
        if let Some(&before) = rounds.get(&(ratchet.name.clone(), game.id.clone())) {
            return Err(MergeError::Repeated {
                report: number,
                ratchet: inert(&ratchet.name),
                game: inert(&game.id),
                before,
                here: ratchet.rounds,
            });
        }
    }
    Ok(())
}

/// Takes the games of another shard over. A shard in which the ratchet could not be started knows nothing of it, and
/// contradicts nothing.
fn absorb(
    known: &mut RatchetReport,
    other: &RatchetReport,
    number: usize,
) -> Result<(), MergeError> {
    if known.profile.is_some() && other.profile.is_some() {
        let same = |what, same: bool| {
            let ratchet = inert(&known.name);
            if same { Ok(()) } else { Err(MergeError::Ratchet { report: number, ratchet, what }) }
        };
        same("version", known.version == other.version)?;
        same("profile", known.profile == other.profile)?;
        same("source of its profile", known.profile_source == other.profile_source)?;
        same("set of abilities", known.capabilities == other.capabilities)?;
        same("level of randomness", known.randomness == other.randomness)?;
        same("list of deviations", known.deviations == other.deviations)?;
    } else if other.profile.is_some() {
        known.version.clone_from(&other.version);
        known.profile.clone_from(&other.profile);
        known.profile_source.clone_from(&other.profile_source);
        known.deviations.clone_from(&other.deviations);
        (known.capabilities, known.randomness) = (other.capabilities, other.randomness);
    }
    if known.exposure.is_none() && (other.exposure.is_some() || known.no_exposure.is_none()) {
        known.exposure.clone_from(&other.exposure);
        known.no_exposure.clone_from(&other.no_exposure);
    }
    known.rounds = known.rounds.min(other.rounds);
    for game in &other.games {
        match known.games.iter_mut().find(|known| known.id == game.id) {
            None => known.games.push(game.clone()),
            Some(known) if known.verdict == Verdict::NotRun => known.clone_from(game),
            Some(_) => {}
        }
    }
    Ok(())
}

fn absorb_time(times: &mut Vec<RatchetTime>, other: &RatchetTime) {
    let Some(known) = times.iter_mut().find(|known| known.name == other.name) else {
        times.push(other.clone());
        return;
    };
    known.seconds = known.seconds.max(other.seconds);
    known.rounds_per_second = known.rounds_per_second.min(other.rounds_per_second);
    for time in &other.games {
        match known.games.iter_mut().find(|known| known.id == time.id) {
            None => known.games.push(time.clone()),
            Some(known) => known.seconds += time.seconds,
        }
    }
    known.games.sort_by(|one, other| one.id.cmp(&other.id));
    let by_game = |one: &Stderr, other: &Stderr| one.game.cmp(&other.game);
    known.stderr.extend(other.stderr.iter().cloned());
    known.stderr.sort_by(by_game);
}

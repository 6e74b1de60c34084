//! `sprag mutants`: grades the harness itself.

use sprag_report::{Expectation, Matrix, inert, terminal};

use super::{console_beside, write};
use crate::arguments::MutantsArguments;
use crate::exit::{Exit, Refusal};
use crate::grade::{GradePlan, grade, matrix};
use crate::interrupt;
use crate::names;
use crate::worker::messages::Limits;

/// What a case may use up. Less than usual: a mutant that hangs or grows does so on purpose, in many games.
const LIMITS: Limits = Limits { call_ms: Some(1_000), memory_mib: 512 };

/// Grades and says what came of it.
pub(crate) fn mutants(arguments: &MutantsArguments) -> Result<Exit, Refusal> {
    let plan = GradePlan {
        seed: arguments.seed,
        seeds: arguments.seeds,
        games: names::games(&arguments.games)?,
        mutants: names::mutants(&arguments.mutants)?,
        every_game: arguments.every_game,
        shrink: arguments.shrink,
        workers: arguments.workers.count(),
        limits: arguments.workers.limits_or(LIMITS),
    };
    let mut console = console_beside(arguments.json.as_deref());
    interrupt::listen();
    let graded = grade(&plan);
    let matrix = matrix(&plan, &graded);
    if let Some(path) = &arguments.json {
        let json = matrix.to_json().map_err(|error| Refusal::fault(error.to_string()))?;
        write(path, &json)?;
    }
    console.print(&terminal::matrix(&matrix));
    if let Some(words) = &graded.fault {
        console.line(&format!("a fault of the harness, on {}", inert(words)));
    }
    Ok(exit(&matrix, graded.fault.is_some(), interrupt::requested()))
}

fn exit(matrix: &Matrix, fault: bool, interrupted: bool) -> Exit {
    let any = |wanted| matrix.mutants.iter().any(|row| row.expectation == wanted);
    let vacuous = matrix.idle_games().next().is_some() || matrix.accused().next().is_some();
    let unpairable = matrix.mutants.iter().any(|row| row.unpairable.is_some());
    let asked = any(Expectation::Met) || any(Expectation::Missed);
    Exit::first(
        [
            (interrupted, Exit::Interrupted),
            (fault || vacuous, Exit::Fault),
            (unpairable, Exit::Unpairable),
            (any(Expectation::Missed), Exit::Failed),
            (!asked || !matrix.complete, Exit::Unchecked),
        ]
        .into_iter()
        .filter_map(|(applies, exit)| applies.then_some(exit)),
    )
}

#[cfg(test)]
mod tests {
    use sprag_report::{GameScore, HonestRow, MatrixTimings, MutantRow, Score};

    use super::*;

    fn matrix(expectation: Expectation) -> Matrix {
        let row = MutantRow {
            id: "p02-renews-once".into(),
            entry: "P02".into(),
            class: "recovery".into(),
            grade: "moderate",
            description: String::new(),
            weak: false,
            expected: "recovery/healing-time".into(),
            expectation,
            missed_seeds: Vec::new(),
            missed_because: None,
            first_killer: None,
            trials: None,
            found: None,
            shrunk: None,
            naive: Vec::new(),
            unpairable: None,
            cells: Vec::new(),
        };
        Matrix {
            suite: 1,
            wire: 1,
            seed: 1,
            seeds: 1,
            complete: true,
            whole: true,
            score: Score::default(),
            catalogue: Vec::new(),
            harnesses: Vec::new(),
            games: Vec::new(),
            honest: Vec::new(),
            mutants: vec![row],
            timings: MatrixTimings::default(),
        }
    }

    #[test]
    fn each_outcome_has_its_exit() {
        for (expectation, expected) in [
            (Expectation::Met, Exit::Fine),
            (Expectation::Missed, Exit::Failed),
            (Expectation::NotAsked, Exit::Unchecked),
        ] {
            assert_eq!(exit(&matrix(expectation), false, false), expected);
            assert_eq!(exit(&matrix(expectation), true, false), Exit::Fault);
            assert_eq!(exit(&matrix(expectation), true, true), Exit::Interrupted);
        }
        let broken_off = Matrix { complete: false, ..matrix(Expectation::Met) };
        assert_eq!(exit(&broken_off, false, false), Exit::Unchecked);
        let mut unpairable = matrix(Expectation::NotAsked);
        unpairable.mutants[0].unpairable = Some("no".into());
        assert_eq!(exit(&unpairable, false, false), Exit::Unpairable);
    }

    #[test]
    fn an_idle_game_or_an_accused_ratchet_is_a_fault_of_the_harness() {
        let game = |named: &[&str], kept: &str| GameScore {
            id: "forgery/replay".into(),
            kills: 1,
            named: named.iter().map(|&id| id.to_owned()).collect(),
            alone: Vec::new(),
            kept: kept.to_owned(),
        };
        for (game, expected) in [
            (game(&["p02-renews-once"], ""), Exit::Failed),
            (game(&[], "for a reason"), Exit::Failed),
            (game(&[], ""), Exit::Fault),
        ] {
            let matrix = Matrix { games: vec![game], ..matrix(Expectation::Missed) };
            assert_eq!(exit(&matrix, false, false), expected);
        }
        let honest = HonestRow {
            name: "textbook/static-key".into(),
            accused_by: vec!["forgery/replay".into()],
            weak_in: Vec::new(),
        };
        let accused = Matrix { honest: vec![honest], ..matrix(Expectation::Met) };
        assert_eq!(exit(&accused, false, false), Exit::Fault);
    }
}

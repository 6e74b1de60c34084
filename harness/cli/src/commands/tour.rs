//! `sprag` without a command: what it does, shown on ratchets that keep their promises and on two that do not.

use std::path::Path;
use std::time::Instant;

use sprag::Verdict;
use sprag::games::GAMES;
use sprag::schedule::SUITE;
use sprag_report::terminal::{self, heading, paint};
use sprag_report::{Effort, Report};

use super::check::find_toothless_attackers;
use super::outcome::{self, Cases};
use crate::arguments::WorkerArguments;
use crate::conduct::{Conducted, conduct};
use crate::console::Console;
use crate::exit::{Exit, Refusal};
use crate::interrupt;
use crate::names;
use crate::plan::Plan;
use crate::subject::Subject;

/// Ratchets that keep their promises.
const HONEST: [&str; 2] = ["textbook/double-ratchet-eager", "vodozemac/olm-v1"];

/// Ratchets with a planted bug, that must be caught.
const PLANTED: [&str; 2] = ["mutant/p02-renews-once", "mutant/t01-chain-moves-before-check"];

/// The tour.
pub(crate) fn tour() -> Result<Exit, Refusal> {
    let started = Instant::now();
    let mut console = Console::stdout();
    interrupt::listen();
    let arguments = WorkerArguments::default();
    let plan = Plan {
        suite: SUITE,
        seed: 1,
        effort: Effort::Smoke,
        time: None,
        rounds: Some(1),
        games: GAMES.to_vec(),
        profile: None,
        workers: arguments.count(),
        limits: arguments.limits(),
        fail_fast: false,
        maps: false,
    };
    console.line(&format!(
        "{}\nFour ratchets are attacked with one round of {} games. The first two should keep what they promise.\n\
         In the other two a bug was planted, which has to be caught; else a pass would mean nothing.\n",
        heading("A tour of Sprag"),
        plan.games.len()
    ));
    let honest = conduct_all(&HONEST, &plan)?;
    let planted = conduct_all(&PLANTED, &plan)?;
    let report = |all: &[Conducted], took| outcome::report(&plan, all, true, took);
    let (first, second) = (report(&honest, started.elapsed()), report(&planted, started.elapsed()));
    let both: Vec<Conducted> = honest.into_iter().chain(planted).collect();
    let whole = report(&both, started.elapsed());
    console.line(&terminal::verdicts(&whole));
    let folder = std::env::temp_dir().join("sprag-tour");
    let cases = Cases { folder: &folder, profile: None, subjects: &[] };
    // Cases of planted bugs are no findings: they are told, but only an unexpected failure is worth a file here.
    let here = Cases { folder: Path::new("sprag-cases"), profile: None, subjects: &[] };
    outcome::tell_failures(&mut console, &first, &here).map_err(Refusal::usage)?;
    tell_one_failure_each(&mut console, &second, &cases)?;
    console.print(&terminal::remarks(&first, false));
    outcome::tell_troubles(&mut console, &both);
    let exit = judge(&mut console, &first, &second, &both);
    if exit == Exit::Fine {
        let words = "the first two ratchets stand, and both planted bugs were caught.";
        console.line(&format!("All is as it should be: {words}"));
    }
    console.print(&format!("In all: {}", terminal::summary(&whole)));
    console.line(
        "\nNext: `sprag list games`, `sprag explain GAME`, `sprag check RATCHET`, `sprag --help`",
    );
    Ok(exit)
}

fn conduct_all(names: &[&str], plan: &Plan) -> Result<Vec<Conducted>, Refusal> {
    let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
    let mut all = Vec::new();
    for entry in names::ratchets(&names)? {
        if interrupt::requested() {
            break;
        }
        let mut one = conduct(&Subject::from(entry), plan, &mut |_| {});
        find_toothless_attackers(&mut one, plan);
        all.push(one);
    }
    Ok(all)
}

/// Of each planted bug, the failure that says it best: that of the game it was planted for.
fn tell_one_failure_each(
    console: &mut Console,
    report: &Report,
    cases: &Cases<'_>,
) -> Result<(), Refusal> {
    let mut told = report.clone();
    for ratchet in &mut told.ratchets {
        let expected = crate::registry::find(&ratchet.name).and_then(|entry| entry.mutant);
        let expected = expected.map_or(&[][..], |mutant| mutant.killed_by);
        let failed = |id: &str| {
            ratchet.games.iter().any(|game| game.id == id && game.verdict == Verdict::Fail)
        };
        let best = expected.iter().find(|id| failed(id)).map(|id| (*id).to_owned());
        ratchet.games.retain(|game| best.as_ref().is_none_or(|best| game.id == *best));
    }
    outcome::tell_failures(console, &told, cases).map_err(Refusal::usage)
}

fn judge(console: &mut Console, honest: &Report, planted: &Report, all: &[Conducted]) -> Exit {
    let mut missed = false;
    for ratchet in &planted.ratchets {
        let by: Vec<&str> = ratchet
            .games
            .iter()
            .filter(|game| game.verdict == Verdict::Fail)
            .map(|game| game.id.as_str())
            .collect();
        if by.is_empty() {
            missed = true;
            console.line(&format!(
                "{}: the planted bug was {}",
                ratchet.name,
                paint(Verdict::Fail, "missed")
            ));
        } else {
            let caught = paint(Verdict::Pass, "caught");
            console.line(&format!(
                "{}: the planted bug was {caught} by {} games",
                ratchet.name,
                by.len()
            ));
        }
    }
    let accused = honest.ratchets.iter().any(|ratchet| ratchet.verdict == Verdict::Fail);
    let verdict = if missed || accused { Exit::Failed } else { Exit::Fine };
    // Everything but the planted bugs' own failures counts as in `check`.
    let count = all.len().min(honest.ratchets.len());
    let rest = outcome::exit(honest, &all[..count], false, None);
    let faults = all.iter().any(|one| one.fault.is_some());
    Exit::first([verdict, rest, if faults { Exit::Fault } else { Exit::Fine }])
}

//! `sprag check`.

use std::time::{Duration, Instant};

use sprag::Verdict;
use sprag::games::{self, Game};
use sprag::judge::ViolationKind;
use sprag::schedule::SUITE;
use sprag_report::{Effort, Report, terminal};

use super::documents::{self, Documents};
use super::outcome::{self, Cases};
use super::partial::PartialReport;
use crate::arguments::{CheckArguments, EffortArgument, Shard};
use crate::baseline::Baseline;
use crate::conduct::{Conducted, conduct};
use crate::console::Console;
use crate::exit::{Exit, Refusal};
use crate::interrupt;
use crate::names;
use crate::plan::Plan;
use crate::registry;
use crate::subject::Subject;
use crate::worker::messages::Limits;

/// The ratchets that are checked when none is named.
const DEFAULT: [&str; 2] = ["textbook/double-ratchet-eager", "vodozemac/olm-v1"];

/// Seconds for the rounds of one ratchet; what is left to the promised time is for shrinking.
const SMOKE: f64 = 8.0;
const GATE: f64 = 50.0;

/// What a case of a smoke run may use up: what goes beyond it is seen several times while the case is made small, all
/// within the promised time.
const SMOKE_LIMITS: Limits = Limits { call_ms: Some(2_000), memory_mib: 1024 };

/// Checks ratchets and says what came of it.
pub(crate) fn check(arguments: &CheckArguments) -> Result<Exit, Refusal> {
    let (baseline, arguments) = Baseline::of(arguments)?;
    let documents = Documents::of(&arguments.documents)?;
    let partial = PartialReport::beside(arguments.documents.json.as_deref());
    let mut run = run(&arguments, !documents.are_none(), &mut |plan, mut report| {
        baseline.apply(&mut report, &asked(plan));
        partial.write(&report);
    })?;
    let stale = baseline.apply(&mut run.report, &asked(&run.plan));
    let mut console =
        if documents.take_to_stdout() { Console::stderr() } else { Console::stdout() };
    let Run { subjects, conducted, report, .. } = &run;
    let profile = arguments.profile.as_deref();
    let cases = Cases { folder: &arguments.cases, profile, subjects };
    let context = documents::context(report, conducted, &cases, arguments.strict);
    // Who cannot write a document tells the verdicts all the same.
    let written = documents.write(report, &documents::artifact(subjects), &context);
    console.line(&terminal::verdicts(report));
    let comparison = terminal::comparison(report);
    if !comparison.is_empty() {
        console.line(&comparison);
    }
    outcome::tell_failures(&mut console, report, &cases).map_err(Refusal::usage)?;
    console.print(&terminal::remarks(report, arguments.strict));
    outcome::tell_troubles(&mut console, conducted);
    for words in &stale {
        console.line(&format!("! {}: {words}", baseline.name()));
    }
    console.print(&terminal::summary(report));
    written?;
    partial.remove();
    let exit = outcome::exit(report, conducted, arguments.strict, arguments.at_least);
    Ok(if stale.is_empty() { exit } else { Exit::first([exit, Exit::Outdated]) })
}

/// What was checked, and what came of it.
pub(super) struct Run {
    pub(super) subjects: Vec<Subject>,
    pub(super) conducted: Vec<Conducted>,
    pub(super) report: Report,
    plan: Plan,
}

fn asked(plan: &Plan) -> Vec<&'static str> {
    plan.games.iter().map(|game| game.about().id).collect()
}

/// Checks ratchets, and makes the `maps` of what was exposed if somebody will see them. Nothing is said yet, but `watch` sees
/// now and then what it came to so far.
pub(super) fn run(
    arguments: &CheckArguments,
    maps: bool,
    watch: &mut dyn FnMut(&Plan, Report),
) -> Result<Run, Refusal> {
    let subjects = subjects(arguments)?;
    let plan = Plan { maps, ..plan(arguments)? };
    interrupt::listen();
    let started = Instant::now();
    let mut conducted: Vec<Conducted> = Vec::new();
    for subject in &subjects {
        let stops = plan.fail_fast && conducted.iter().any(Conducted::has_failed);
        if stops || interrupt::requested() {
            break;
        }
        let mut so_far = |one: Option<&Conducted>| {
            let all: Vec<&Conducted> = conducted.iter().chain(one).collect();
            watch(&plan, outcome::report(&plan, &all, false, started.elapsed()));
        };
        so_far(None);
        let mut one = conduct(subject, &plan, &mut |one| so_far(Some(one)));
        find_toothless_attackers(&mut one, &plan);
        conducted.push(one);
    }
    let all = conducted.len() == subjects.len();
    let report = outcome::report(&plan, &conducted, all, started.elapsed());
    Ok(Run { subjects, conducted, report, plan })
}

fn subjects(arguments: &CheckArguments) -> Result<Vec<Subject>, Refusal> {
    let entries = match &arguments.ratchets[..] {
        [] if arguments.exec.is_empty() && arguments.pair.is_empty() => {
            names::ratchets(&DEFAULT.map(str::to_owned))?
        }
        [] => Vec::new(),
        named => names::ratchets(named)?,
    };
    let mut subjects: Vec<Subject> = entries.into_iter().map(Subject::from).collect();
    for line in &arguments.exec {
        let program = Subject::program("--exec", line)?;
        subjects.push(match &arguments.known_as {
            Some(name) => program.known_as(name)?,
            None => program,
        });
    }
    for pair in &arguments.pair {
        subjects.push(Subject::pair(pair)?);
    }
    Ok(subjects)
}

fn plan(arguments: &CheckArguments) -> Result<Plan, Refusal> {
    let (effort, time) = match arguments.effort.unwrap_or_default() {
        EffortArgument::Smoke => (Effort::Smoke, Some(SMOKE)),
        EffortArgument::Gate => (Effort::Gate, Some(GATE)),
        EffortArgument::Nightly => (Effort::Nightly, None),
    };
    // A number of rounds stands for itself, unless a time is named as well.
    let time = arguments.time.or_else(|| time.filter(|_| arguments.rounds.is_none()));
    if time.is_none() && arguments.rounds.is_none() {
        return Err(Refusal::usage("--effort nightly needs --time or --rounds"));
    }
    let usual = match effort {
        Effort::Smoke => SMOKE_LIMITS,
        _ => super::LIMITS,
    };
    Ok(Plan {
        suite: arguments.suite.unwrap_or(SUITE),
        seed: arguments.seed.unwrap_or(1),
        effort,
        time: time.map(Duration::from_secs_f64),
        rounds: arguments.rounds,
        games: shared_out(names::games(&arguments.games)?, arguments.shard)?,
        profile: super::profile(arguments.profile.as_deref())?,
        workers: arguments.workers.count(),
        limits: arguments.workers.limits_or(usual),
        fail_fast: arguments.fail_fast,
        maps: false,
    })
}

fn shared_out(
    games: Vec<&'static dyn Game>,
    shard: Option<Shard>,
) -> Result<Vec<&'static dyn Game>, Refusal> {
    let Some(shard) = shard else { return Ok(games) };
    let share = shard.of(games);
    if share.is_empty() {
        return Err(Refusal::usage("--shard: there are fewer games than parts"));
    }
    Ok(share)
}

/// A profile that does not describe its ratchet is the ratchet's fault only if the same attackers succeed on the
/// textbook ratchet of the family.
pub(super) fn find_toothless_attackers(conducted: &mut Conducted, plan: &Plan) {
    let mismatched = |result: &&sprag::run::GameResult| {
        let failure = result.failure.as_ref();
        failure.is_some_and(|failure| failure.kind == ViolationKind::ProfileMismatch)
    };
    let games: Vec<&'static dyn Game> = conducted
        .run
        .games
        .iter()
        .filter(mismatched)
        .filter_map(|result| games::find(result.id))
        .collect();
    let profile = conducted.run.profile.as_ref();
    let Some(control) = profile.and_then(registry::textbook).filter(|_| !games.is_empty()) else {
        return;
    };
    let plan =
        Plan { games, rounds: Some(1), time: None, profile: None, maps: false, ..plan.clone() };
    let controlled = conduct(&Subject::from(control), &plan, &mut |_| {});
    let failed = controlled.run.games.iter().find(|game| game.verdict == Verdict::Fail);
    if let Some(game) = failed.filter(|_| conducted.fault.is_none()) {
        conducted.fault = Some(format!(
            "the game {} fails on {} as well, so its attackers have no teeth: {}",
            game.id, control.name, game.reason
        ));
    }
}

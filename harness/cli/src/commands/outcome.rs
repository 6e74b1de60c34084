//! What a run came to: the report, the case files, the text for people and the exit code.

use std::borrow::Borrow;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sprag::Verdict;
use sprag_report::terminal::{self, FailureStory};
use sprag_report::{GameReport, Report, Timings, WIRE, inert, ratchet_report};

use crate::conduct::Conducted;
use crate::console::Console;
use crate::exit::Exit;
use crate::interrupt;
use crate::plan::Plan;
use crate::subject::{Subject, quoted};

/// The report on a run. `all` says whether every ratchet that was asked for had its turn.
pub(crate) fn report(
    plan: &Plan,
    conducted: &[impl Borrow<Conducted>],
    all: bool,
    took: Duration,
) -> Report {
    let conducted: Vec<&Conducted> = conducted.iter().map(Borrow::borrow).collect();
    Report {
        suite: plan.suite,
        wire: WIRE,
        seed: plan.seed,
        effort: plan.effort,
        rounds: conducted.iter().map(|one| one.run.rounds).min().unwrap_or(0),
        complete: all && conducted.iter().all(|one| one.complete) && !interrupt::requested(),
        calls: conducted.iter().map(|one| one.calls).sum(),
        ratchets: conducted.iter().map(|one| ratchet_report(&one.run)).collect(),
        timings: Timings {
            workers: plan.workers,
            seconds: took.as_secs_f64(),
            ratchets: conducted.iter().map(|one| one.time.clone()).collect(),
        },
    }
}

/// How a failing case is repeated.
pub(crate) struct Cases<'c> {
    /// Where case files go.
    pub folder: &'c Path,
    /// The profile that the ratchets were judged by.
    pub profile: Option<&'c Path>,
    /// What was checked, in the order of the report.
    pub subjects: &'c [Subject],
}

/// Writes the case of each failure and tells its story.
///
/// # Errors
/// If a case file cannot be written, in words.
pub(crate) fn tell_failures(
    console: &mut Console,
    report: &Report,
    cases: &Cases<'_>,
) -> Result<(), String> {
    for (index, (ratchet, time)) in report.ratchets.iter().zip(&report.timings.ratchets).enumerate()
    {
        for game in ratchet.games.iter().filter(|game| game.verdict == Verdict::Fail) {
            let file = cases.write(&ratchet.name, game)?;
            let replay = cases.command(index, &ratchet.name, game);
            let stderr = time.stderr.iter().find(|stderr| stderr.game == game.id);
            let story = FailureStory {
                ratchet: &ratchet.name,
                game,
                stderr: stderr.map_or(&[], |stderr| &stderr.lines),
                case_file: file.as_deref(),
                replay: replay.as_deref(),
            };
            console.line(&terminal::failure(&story));
        }
    }
    Ok(())
}

impl Cases<'_> {
    /// The command that repeats each failure: ratchet, game, command line.
    pub(super) fn commands(&self, report: &Report) -> Vec<(String, String, String)> {
        let mut all = Vec::new();
        for (index, ratchet) in report.ratchets.iter().enumerate() {
            for game in ratchet.games.iter().filter(|game| game.verdict == Verdict::Fail) {
                let command = self.command(index, &ratchet.name, game);
                all.extend(command.map(|it| (ratchet.name.clone(), game.id.clone(), it)));
            }
        }
        all
    }

    /// The command that repeats what a game found on the ratchet at place `index` of the report.
    fn command(&self, index: usize, ratchet: &str, game: &GameReport) -> Option<String> {
        game.case.as_ref()?;
        let profile = self.profile.map(|path| quoted(&path.to_string_lossy()));
        let profile = profile.map(|path| format!(" --profile {path}")).unwrap_or_default();
        let options = self.subjects.get(index).map(Subject::options).unwrap_or_default();
        let file = self.file(ratchet, game);
        Some(format!("sprag replay {}{profile}{options}", quoted(&file.to_string_lossy())))
    }

    fn file(&self, ratchet: &str, game: &GameReport) -> PathBuf {
        let name = |text: &str| -> String {
            let safe = |character: char| match character {
                'a'..='z' | 'A'..='Z' | '0'..='9' | '-' | '_' => character,
                _ => '.',
            };
            text.chars().map(safe).collect()
        };
        self.folder.join(format!("{}--{}.json", name(ratchet), name(&game.id)))
    }

    fn write(&self, ratchet: &str, game: &GameReport) -> Result<Option<String>, String> {
        let Some(case) = &game.case else { return Ok(None) };
        let path = self.file(ratchet, game);
        let json = case.to_json().map_err(|error| error.to_string())?;
        std::fs::create_dir_all(self.folder)
            .and_then(|()| std::fs::write(&path, json))
            .map_err(|error| format!("{}: {error}", inert(&path.to_string_lossy())))?;
        Ok(Some(path.to_string_lossy().into_owned()))
    }
}

/// What is said of ratchets that never got to a game, and of the harness.
pub(crate) fn tell_troubles(console: &mut Console, conducted: &[Conducted]) {
    for one in conducted {
        let name = inert(&one.run.name);
        if let Some(words) = &one.unpairable {
            console.line(&format!("{name}: no session could be opened: {}", inert(words)));
        }
        if let Some(words) = &one.fault {
            console.line(&format!("a fault of the harness, on {name}: {}", inert(words)));
        }
    }
}

/// The exit code of a run.
pub(crate) fn exit(
    report: &Report,
    conducted: &[Conducted],
    strict: bool,
    at_least: Option<usize>,
) -> Exit {
    let games = || report.ratchets.iter().flat_map(|ratchet| &ratchet.games);
    let any = |verdict| games().any(|game| game.verdict == verdict);
    let ran =
        |games: &[GameReport]| games.iter().filter(|game| game.verdict != Verdict::NotRun).count();
    let fewest = report.ratchets.iter().map(|ratchet| ran(&ratchet.games)).min().unwrap_or(0);
    let unchecked = fewest == 0 || at_least.is_some_and(|least| fewest < least) || !report.complete;
    Exit::first(
        [
            (interrupt::requested(), Exit::Interrupted),
            (conducted.iter().any(|one| one.fault.is_some()), Exit::Fault),
            (conducted.iter().any(|one| one.unpairable.is_some()), Exit::Unpairable),
            (any(Verdict::Fail) || (strict && any(Verdict::Weak)), Exit::Failed),
            (games().any(|game| !game.missing_deviations.is_empty()), Exit::Outdated),
            (unchecked, Exit::Unchecked),
        ]
        .into_iter()
        .filter_map(|(applies, exit)| applies.then_some(exit)),
    )
}

#[cfg(test)]
mod tests {
    use sprag::games::GAMES;
    use sprag::run::GameResult;
    use sprag::schedule::SUITE;
    use sprag_report::{Effort, Maps, RatchetRun, RatchetTime};

    use super::*;
    use crate::worker::messages::Limits;

    /// A run of one ratchet in which one game came to `verdict`.
    fn run_with(verdict: Verdict) -> Conducted {
        let not_run = |game| GameResult::not_run(game, "");
        let mut games: Vec<GameResult> = GAMES.iter().copied().map(not_run).collect();
        games[0].verdict = verdict;
        Conducted {
            run: RatchetRun {
                name: "name".into(),
                version: "1".into(),
                profile: None,
                profile_source: "declared",
                capabilities: None,
                randomness: None,
                deviations: Vec::new(),
                rounds: 1,
                games,
                maps: Maps::default(),
            },
            time: RatchetTime::default(),
            calls: 0,
            complete: true,
            unpairable: None,
            fault: None,
        }
    }

    fn exit_of(conducted: Conducted, strict: bool, at_least: Option<usize>) -> Exit {
        let plan = Plan {
            suite: SUITE,
            seed: 1,
            effort: Effort::Gate,
            time: None,
            rounds: Some(1),
            games: GAMES.to_vec(),
            profile: None,
            workers: 1,
            limits: Limits { call_ms: None, memory_mib: 64 },
            fail_fast: false,
            maps: false,
        };
        let conducted = [conducted];
        exit(&report(&plan, &conducted, true, Duration::ZERO), &conducted, strict, at_least)
    }

    #[test]
    fn each_verdict_has_its_exit() {
        for (verdict, plain, strict) in [
            (Verdict::Pass, Exit::Fine, Exit::Fine),
            (Verdict::NotClaimed, Exit::Fine, Exit::Fine),
            (Verdict::Known, Exit::Fine, Exit::Fine),
            (Verdict::Weak, Exit::Fine, Exit::Failed),
            (Verdict::Fail, Exit::Failed, Exit::Failed),
            (Verdict::NotRun, Exit::Unchecked, Exit::Unchecked),
        ] {
            assert_eq!(exit_of(run_with(verdict), false, None), plain, "{verdict}");
            assert_eq!(exit_of(run_with(verdict), true, None), strict, "{verdict}");
        }
        assert_eq!(exit_of(run_with(Verdict::Pass), false, Some(2)), Exit::Unchecked);
    }

    #[test]
    fn a_deviation_that_no_longer_shows_exits_3_unless_something_failed() {
        for (verdict, expected) in [(Verdict::Pass, Exit::Outdated), (Verdict::Fail, Exit::Failed)]
        {
            let mut conducted = run_with(verdict);
            conducted.run.games[0].missing_deviations.push("SPRAG-F-0001".into());
            assert_eq!(exit_of(conducted, false, None), expected);
        }
    }

    #[test]
    fn a_ratchet_that_opens_no_session_exits_5_and_a_faulty_harness_70() {
        let mut conducted = run_with(Verdict::NotRun);
        conducted.unpairable = Some("no".into());
        assert_eq!(exit_of(conducted, false, None), Exit::Unpairable);
        let mut conducted = run_with(Verdict::Fail);
        conducted.unpairable = Some("no".into());
        conducted.fault = Some("no teeth".into());
        assert_eq!(exit_of(conducted, false, None), Exit::Fault);
    }
}

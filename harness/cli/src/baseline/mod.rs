//! The baseline, `sprag.toml`: what a project checks, and what it expects to fail for now. A finding that is expected is
//! `known`; an expectation that does not hold any more is a failure of its own, so that the file never goes stale.

mod file;
mod update;

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use chrono::{DateTime, Datelike as _, Utc};
use sprag::Verdict;
use sprag_report::{GameReport, Report, inert};
use toml_edit::Datetime;

use crate::arguments::CheckArguments;
use crate::exit::Refusal;
use crate::names;
use file::ExpectSection;

/// The expectations of a baseline.
#[derive(Default)]
pub(crate) struct Baseline {
    path: PathBuf,
    entries: Vec<Entry>,
}

struct Entry {
    section: ExpectSection,
    /// The kind of finding that is expected, if not every kind is.
    finding: Option<String>,
}

/// How many expectations a baseline holds.
///
/// # Errors
/// If it cannot be read.
pub(crate) fn expectations(path: &Path, text: &str) -> Result<usize, Refusal> {
    file::read(path, text).map(|file| file.expect.len())
}

impl Baseline {
    /// The baseline of the arguments, if they name one, and the arguments with what it fills in.
    ///
    /// # Errors
    /// If it cannot be read.
    pub(crate) fn of(arguments: &CheckArguments) -> Result<(Self, CheckArguments), Refusal> {
        let Some(path) = &arguments.baseline else {
            return Ok((Self::default(), arguments.clone()));
        };
        let text = std::fs::read_to_string(path).map_err(|error| {
            Refusal::usage(format!("{}: {error}", inert(&path.to_string_lossy())))
        })?;
        let read = file::read(path, &text)?;
        let arguments = read.check.fill(path, arguments.clone());
        let entry =
            |section: ExpectSection| Ok(Entry { finding: file::finding(path, &section)?, section });
        let entries = read.expect.into_iter().map(entry).collect::<Result<_, _>>()?;
        Ok((Self { path: path.clone(), entries }, arguments))
    }

    /// Makes `known` what is expected, and says which expectations do not hold. `asked` are the games of the run: what is
    /// expected of others is left alone.
    pub(crate) fn apply(&self, report: &mut Report, asked: &[&str]) -> Vec<String> {
        let today = today();
        let stale =
            self.entries.iter().filter_map(|entry| entry.apply(report, asked, today)).collect();
        for ratchet in &mut report.ratchets {
            ratchet.verdict = Verdict::worst(ratchet.games.iter().map(|game| game.verdict));
        }
        stale
    }

    /// The baseline at `path` after a run: what was found is expected from now on, what was not is expected no more. With it
    /// what changes, in words.
    ///
    /// # Errors
    /// If there is one that cannot be read.
    pub(crate) fn updated(
        path: &Path,
        report: &Report,
        strict: bool,
    ) -> Result<(String, Vec<String>), Refusal> {
        update::update(path, report, strict)
    }

    /// What is said in front of the expectations that do not hold.
    pub(crate) fn name(&self) -> String {
        inert(&self.path.to_string_lossy())
    }
}

impl Entry {
    /// Applies the expectation; the words if it does not hold.
    fn apply(&self, report: &mut Report, asked: &[&str], today: [i32; 3]) -> Option<String> {
        let section = &self.section;
        let place = match &section.ratchet {
            Some(ratchet) => format!("{} on {}", inert(&section.game), inert(ratchet)),
            None => inert(&section.game),
        };
        // It may be named by its catalogue's id as well.
        let id = match names::game(&section.game) {
            Ok(game) => game.about().id,
            Err(refusal) => return Some(refusal.words),
        };
        if !asked.contains(&id) {
            return None;
        }
        let is_meant = |name: &str| section.ratchet.as_deref().is_none_or(|it| inert(it) == name);
        let mut games: Vec<&mut GameReport> = report
            .ratchets
            .iter_mut()
            .filter(|ratchet| is_meant(&ratchet.name))
            .flat_map(|ratchet| &mut ratchet.games)
            .filter(|game| game.id == id)
            .collect();
        let (game, others) = match &mut games[..] {
            [] => return Some(format!("{place}: no such ratchet was checked")),
            [game, others @ ..] => (game, others),
        };
        if !others.is_empty() {
            return Some(format!("{place}: several ratchets were checked; name one: `ratchet`"));
        }
        let expected = section.verdict;
        if game.verdict == Verdict::NotRun {
            return Some(format!(
                "{place}: expected {}, not run: {}",
                expected.name(),
                game.reason
            ));
        }
        if game.verdict != expected.verdict() {
            return Some(format!(
                "{place}: expected {}, came to {}; take it out, or run `sprag baseline update`",
                expected.name(),
                game.verdict
            ));
        }
        let found = file::kind(&game.reason);
        if let Some(finding) = self.finding.as_deref().filter(|finding| *finding != found) {
            return Some(format!("{place}: expected to find \"{finding}\", found \"{found}\""));
        }
        game.verdict = Verdict::Known;
        let issue = section.issue.as_deref().map(|issue| format!(", {issue}")).unwrap_or_default();
        game.reason = inert(&format!(
            "expected ({}{issue}): {}: {}",
            section.reason.trim(),
            expected.name(),
            game.reason
        ));
        let expires =
            section.expires.filter(|expires| date(expires).is_some_and(|day| day < today))?;
        let owner = section.owner.as_deref().map(|owner| format!(", see {}", inert(owner)));
        Some(format!(
            "{place}: still {}, and the expectation ended on {expires}{}",
            expected.name(),
            owner.unwrap_or_default()
        ))
    }
}

/// Year, month and day.
fn date(time: &Datetime) -> Option<[i32; 3]> {
    time.date.map(|date| [date.year.into(), date.month.into(), date.day.into()])
}

fn today() -> [i32; 3] {
    let now = DateTime::<Utc>::from(SystemTime::now());
    [now.year(), now.month().cast_signed(), now.day().cast_signed()]
}

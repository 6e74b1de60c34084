//! The form of a baseline, `sprag.toml`.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sprag::Verdict;
use sprag::schedule::Case;
use toml_edit::Datetime;

use crate::arguments::{self, CheckArguments, EffortArgument};
use crate::exit::Refusal;
use crate::names;

/// What a project checks, and what it expects to fail.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BaselineFile {
    #[serde(default)]
    pub(super) check: CheckSection,
    #[serde(default)]
    pub(super) expect: Vec<ExpectSection>,
}

/// What `check` does unless its command line says something else.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct CheckSection {
    ratchets: Vec<String>,
    exec: Vec<String>,
    pair: Vec<String>,
    effort: Option<EffortArgument>,
    time: Option<f64>,
    rounds: Option<u64>,
    seed: Option<u64>,
    suite: Option<u32>,
    strict: bool,
    at_least: Option<usize>,
    profile: Option<PathBuf>,
}

/// A verdict that is expected, and why.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ExpectSection {
    /// Id of the game.
    pub(super) game: String,
    /// Name of the ratchet, where the run has several.
    pub(super) ratchet: Option<String>,
    /// What the game is expected to come to.
    pub(super) verdict: Expected,
    /// Why that is so, or what is done about it.
    pub(super) reason: String,
    /// Where it is being worked on.
    pub(super) issue: Option<String>,
    /// Who looks after it.
    pub(super) owner: Option<String>,
    /// The last day on which it counts.
    pub(super) expires: Option<Datetime>,
    /// A case file: only what it found is expected.
    pub(super) case: Option<PathBuf>,
}

/// Verdicts that can be expected.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Expected {
    Fail,
    Weak,
}

impl Expected {
    pub(super) const fn verdict(self) -> Verdict {
        match self {
            Self::Fail => Verdict::Fail,
            Self::Weak => Verdict::Weak,
        }
    }

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Fail => "fail",
            Self::Weak => "weak",
        }
    }
}

/// Reads a baseline.
///
/// # Errors
/// With the place, and the nearest key where one is not known.
pub(super) fn read(path: &Path, text: &str) -> Result<BaselineFile, Refusal> {
    let file: BaselineFile = toml_edit::de::from_str(text).map_err(|error| {
        let place = error.span().map(|span| place(text, span.start)).unwrap_or_default();
        refused(path, &format!("{place}{}", nearest(error.message())))
    })?;
    if let Some(Err(words)) = file.check.suite.map(|suite| arguments::suite(&suite.to_string())) {
        return Err(refused(path, &format!("[check] `suite`: {words}")));
    }
    for (number, entry) in (1..).zip(&file.expect) {
        let fault = |words: &str| refused(path, &format!("[[expect]] number {number}: {words}"));
        if entry.reason.trim().is_empty() {
            return Err(fault("`reason` is empty; say why this is expected"));
        }
        if entry.expires.is_some_and(|expires| expires.date.is_none()) {
            return Err(fault("`expires` is no date, such as 2027-01-31"));
        }
    }
    Ok(file)
}

/// What a case file found, in one word or a few.
///
/// # Errors
/// If it cannot be read, or is the case of another game.
pub(super) fn finding(path: &Path, entry: &ExpectSection) -> Result<Option<String>, Refusal> {
    let Some(case) = &entry.case else { return Ok(None) };
    let case = beside(path, case);
    let text =
        std::fs::read_to_string(&case).map_err(|error| refused(&case, &error.to_string()))?;
    let read = Case::from_json(&text).map_err(|error| refused(&case, &error.to_string()))?;
    if names::readable(&read.game) != names::readable(&entry.game) {
        let words =
            format!("a case of {}, and the baseline names it for {}", read.game, entry.game);
        return Err(refused(&case, &words));
    }
    Ok(Some(kind(&read.found).to_owned()))
}

/// The kind of a finding: what stands before its details.
pub(super) fn kind(reason: &str) -> &str {
    reason.split_once(". ").map_or(reason, |(kind, _)| kind)
}

impl CheckSection {
    /// The arguments of the command line, and of the baseline what they leave open.
    pub(super) fn fill(self, path: &Path, mut arguments: CheckArguments) -> CheckArguments {
        let named = !arguments.ratchets.is_empty()
            || !arguments.exec.is_empty()
            || !arguments.pair.is_empty();
        if !named {
            (arguments.ratchets, arguments.exec, arguments.pair) =
                (self.ratchets, self.exec, self.pair);
        }
        arguments.effort = arguments.effort.or(self.effort);
        if arguments.rounds.is_none() && arguments.time.is_none() {
            (arguments.rounds, arguments.time) = (self.rounds, self.time);
        }
        arguments.seed = arguments.seed.or(self.seed);
        arguments.suite = arguments.suite.or(self.suite);
        arguments.strict |= self.strict;
        arguments.at_least = arguments.at_least.or(self.at_least);
        let profile = self.profile.map(|profile| beside(path, &profile));
        arguments.profile = arguments.profile.or(profile);
        arguments
    }
}

/// Paths in a baseline are meant from where it stands.
fn beside(baseline: &Path, path: &Path) -> PathBuf {
    baseline.parent().map_or_else(|| path.to_owned(), |folder| folder.join(path))
}

fn refused(path: &Path, words: &str) -> Refusal {
    let path = sprag_report::inert(&path.to_string_lossy());
    Refusal::usage(format!("{path}: {}", sprag_report::inert(words)))
}

/// Line and column of a byte, from 1.
fn place(text: &str, at: usize) -> String {
    let before = text.get(..at).unwrap_or_default();
    let column = before.chars().rev().take_while(|&character| character != '\n').count() + 1;
    format!("line {}, column {column}: ", before.matches('\n').count() + 1)
}

/// The words of an unknown key, with the nearest one that is known.
fn nearest(words: &str) -> String {
    let mut quoted = words.split('`').skip(1).step_by(2);
    let unknown = words.starts_with("unknown").then(|| quoted.next()).flatten();
    let near = unknown.and_then(|unknown| names::nearest(unknown, quoted));
    near.map_or_else(|| words.to_owned(), |near| format!("{words}; did you mean `{near}`?"))
}

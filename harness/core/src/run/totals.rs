//! What a range of trials of one game came to. Totals merge in any order to the same result.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::NOT_COPIED;
use crate::games::Game;
use crate::judge::{Figure, Judgement, Violation, ViolationKind, Weakness};
use crate::randomness::CaseSeed;
use crate::schedule::{ActionId, Schedule, Tamper};

/// What a range of trials of one game came to.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct Totals {
    /// Trials executed.
    pub trials: u64,
    /// Calls of `encrypt` and `decrypt`, attackers' calls included.
    pub steps: u64,
    /// Trials that failed.
    pub failures: u64,
    /// The failure of the lowest trial.
    pub failure: Option<Failure>,
    /// Trials in which something else broke first, so that they show nothing for this game.
    pub disturbed: u64,
    /// The disturbance of the lowest trial.
    pub disturbance: Option<(u64, String)>,
    /// Trials in which something happened that the profile does not claim to prevent, by kind.
    #[serde(default)]
    pub unclaimed: Vec<(ViolationKind, u64)>,
    /// Weaknesses by kind and position.
    pub weak: Vec<WeakCount>,
    /// Trials with each feature, by name.
    pub features: BTreeMap<String, u64>,
    /// For each theft: percent of the messages that were off limits.
    pub off_limits: Figure,
    /// Thefts whose clone was shown to work.
    pub working_thefts: u64,
    /// Exposures that the ideal allows.
    pub allowed_exposures: u64,
    /// Genuine messages that had to open, and did.
    pub opened: u64,
    /// Messages that had to be refused, and were.
    pub refused: u64,
    /// Figures measured, by name.
    pub figures: BTreeMap<String, Figure>,
    /// Known deviations that showed: ids of findings.
    pub deviations: BTreeSet<String>,
}

/// How often a weakness was seen at a position.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct WeakCount {
    /// What kind.
    pub weakness: Weakness,
    /// Where.
    pub position: String,
    /// How often.
    pub count: u64,
}

/// A failing trial.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Failure {
    /// Index of the trial in the run.
    pub trial: u64,
    /// What happened.
    pub kind: ViolationKind,
    /// The action that shows it.
    pub action: ActionId,
    /// In words. May quote the ratchet's own text.
    pub detail: String,
    /// Seed of the case.
    pub seed: CaseSeed,
    /// The schedule.
    pub schedule: Schedule,
    /// The single change that shows it, where a sweep found it.
    pub hint: Option<Tamper>,
}

impl Failure {
    /// `violation`, found in trial `trial` by executing `schedule`.
    #[must_use]
    pub fn of(trial: u64, seed: CaseSeed, schedule: &Schedule, violation: &Violation) -> Self {
        let message = violation.message.map(|name| format!("message {name}: ")).unwrap_or_default();
        Self {
            trial,
            kind: violation.kind,
            action: violation.action,
            detail: format!("{message}{}", violation.detail),
            seed,
            schedule: schedule.clone(),
            hint: violation.tamper.clone(),
        }
    }
}

/// Whether a violation fails `game`: its own business, or a breakdown of the ratchet.
pub(super) fn counts(game: &dyn Game, kind: ViolationKind) -> bool {
    game.counts(kind) || super::conclude::is_breakdown(kind)
}

/// Whether a trial ended because a session could not be copied.
fn is_not_copied(violation: &Violation) -> bool {
    violation.kind == ViolationKind::VoidTheft && violation.detail.ends_with(NOT_COPIED)
}

impl Totals {
    /// The totals of one failing trial and nothing else.
    #[must_use]
    pub fn of_failure(failure: Failure) -> Self {
        Self { trials: 1, failures: 1, failure: Some(failure), ..Self::default() }
    }

    /// The totals of one judged trial.
    #[must_use]
    pub fn of_judgement(
        game: &dyn Game,
        trial: u64,
        seed: CaseSeed,
        schedule: &Schedule,
        judgement: Judgement,
        steps: u64,
    ) -> Self {
        let counted = judgement.violations.iter().find(|found| counts(game, found.kind));
        let failure = counted.map(|violation| Failure::of(trial, seed, schedule, violation));
        let first = judgement.violations.first().map(|violation| violation.kind);
        let first = first.or_else(|| judgement.unclaimed.keys().copied().next());
        let disturbance = match (&failure, first) {
            (None, Some(kind)) if !counts(game, kind) => {
                let copied = !judgement.violations.iter().any(is_not_copied);
                Some((trial, if copied { kind.to_string() } else { NOT_COPIED.to_owned() }))
            }
            _ => None,
        };
        let weak = judgement.weak.into_iter().map(|((weakness, position), count)| WeakCount {
            weakness,
            position,
            count,
        });
        Self {
            trials: 1,
            steps,
            failures: u64::from(failure.is_some()),
            failure,
            disturbed: u64::from(disturbance.is_some()),
            disturbance,
            unclaimed: judgement.unclaimed.into_keys().map(|kind| (kind, 1)).collect(),
            weak: weak.collect(),
            features: judgement
                .features
                .present()
                .map(|feature| (feature.name().to_owned(), 1))
                .collect(),
            off_limits: judgement.off_limits,
            working_thefts: judgement.working_thefts,
            allowed_exposures: judgement.exposures.len() as u64,
            opened: judgement.opened,
            refused: judgement.refused,
            figures: judgement
                .figures
                .into_iter()
                .map(|(name, figure)| (name.to_owned(), figure))
                .collect(),
            deviations: judgement.deviations,
        }
    }

    /// Adds the totals of other trials.
    pub fn merge(&mut self, other: Self) {
        self.trials += other.trials;
        self.steps += other.steps;
        self.failures += other.failures;
        self.failure = match (self.failure.take(), other.failure) {
            (Some(ours), Some(theirs)) if theirs.trial < ours.trial => Some(theirs),
            (ours, theirs) => ours.or(theirs),
        };
        self.disturbed += other.disturbed;
        self.disturbance = match (self.disturbance.take(), other.disturbance) {
            (Some(ours), Some(theirs)) if theirs.0 < ours.0 => Some(theirs),
            (ours, theirs) => ours.or(theirs),
        };
        for (kind, count) in other.unclaimed {
            match self.unclaimed.binary_search_by_key(&kind, |(known, _)| *known) {
                Ok(index) => self.unclaimed[index].1 += count,
                Err(index) => self.unclaimed.insert(index, (kind, count)),
            }
        }
        for count in other.weak {
            let key = |known: &WeakCount| (known.weakness, known.position.clone());
            match self.weak.binary_search_by_key(&key(&count), key) {
                Ok(index) => self.weak[index].count += count.count,
                Err(index) => self.weak.insert(index, count),
            }
        }
        for (name, count) in other.features {
            *self.features.entry(name).or_default() += count;
        }
        self.off_limits = self.off_limits.merged(other.off_limits);
        self.working_thefts += other.working_thefts;
        self.allowed_exposures += other.allowed_exposures;
        self.opened += other.opened;
        self.refused += other.refused;
        for (name, figure) in other.figures {
            let known = self.figures.entry(name).or_default();
            *known = known.merged(figure);
        }
        self.deviations.extend(other.deviations);
    }
}

//! From totals to verdicts.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::{Failure, NOT_COPIED, Totals};
use crate::games::Game;
use crate::judge::{Feature, Figure, ViolationKind, Weakness};
use crate::{Deviation, Profile, Severity, Verdict};

/// What one game came to on one ratchet.
#[derive(Clone, Debug)]
pub struct GameResult {
    /// Id of the game.
    pub id: &'static str,
    /// Its title.
    pub title: &'static str,
    /// How much a failure matters.
    pub severity: Severity,
    /// The verdict.
    pub verdict: Verdict,
    /// Why, in words. May quote the ratchet's own text.
    pub reason: String,
    /// Trials executed.
    pub trials: u64,
    /// Calls of `encrypt` and `decrypt`.
    pub steps: u64,
    /// Quotas of schedule features: (name, trials that had it).
    pub quotas: Vec<(&'static str, u64)>,
    /// What was measured.
    pub measured: Vec<Measured>,
    /// Positions at which changed messages were accepted.
    pub weak_positions: Vec<String>,
    /// The failing case, shrunk if the caller did so.
    pub failure: Option<Failure>,
    /// Findings whose deviation this game should show and did not.
    pub missing_deviations: Vec<String>,
}

/// A measured figure.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Measured {
    /// What was measured.
    pub name: String,
    /// The value.
    pub value: String,
    /// Its unit.
    pub unit: Cow<'static, str>,
}

/// What all games came to on one ratchet.
#[derive(Clone, Debug)]
pub struct RatchetResult {
    /// Its name.
    pub name: String,
    /// The worst verdict of its games.
    pub verdict: Verdict,
    /// Each game's result, in the order of the list of games.
    pub games: Vec<GameResult>,
}

/// A run of the model game in which fewer messages than this share are off limits shows too little.
const LEAST_OFF_LIMITS_PERCENT: u64 = 30;

impl GameResult {
    /// A game that was not run, and why.
    #[must_use]
    pub fn not_run(game: &dyn Game, reason: impl Into<String>) -> Self {
        let about = game.about();
        Self {
            id: about.id,
            title: about.title,
            severity: about.severity,
            verdict: Verdict::NotRun,
            reason: reason.into(),
            trials: 0,
            steps: 0,
            quotas: Vec::new(),
            measured: Vec::new(),
            weak_positions: Vec::new(),
            failure: None,
            missing_deviations: Vec::new(),
        }
    }
}

/// The verdict of a game over its totals.
#[must_use]
pub fn conclude(
    game: &dyn Game,
    profile: &Profile,
    deviations: &[Deviation],
    totals: &Totals,
) -> GameResult {
    let counted = |weak: &&super::WeakCount| game.counts_weak(weak.weakness, &weak.position);
    let weak_positions: Vec<String> = totals
        .weak
        .iter()
        .filter(counted)
        .filter(|weak| weak.weakness == Weakness::Malleable)
        .map(|weak| weak.position.clone())
        .collect();
    let (verdict, reason) = verdict(game, profile, totals);
    let missing_deviations = deviations
        .iter()
        .filter(|known| known.shown_by == game.about().id && verdict != Verdict::NotRun)
        .filter(|known| !totals.deviations.contains(known.finding.as_ref()))
        .map(|known| known.finding.clone().into_owned())
        .collect();
    GameResult {
        verdict,
        reason,
        trials: totals.trials,
        steps: totals.steps,
        quotas: quotas(totals),
        measured: measured(game, totals),
        weak_positions,
        failure: totals.failure.clone(),
        missing_deviations,
        ..GameResult::not_run(game, "")
    }
}

fn verdict(game: &dyn Game, profile: &Profile, totals: &Totals) -> (Verdict, String) {
    if let Some(failure) = &totals.failure {
        return (Verdict::Fail, format!("{}. {}", failure.kind, failure.detail));
    }
    if totals.trials == 0 {
        return (Verdict::NotRun, "no trial was made".to_owned());
    }
    let measured_only = unclaimed(game, totals);
    if totals.disturbed == totals.trials && measured_only.is_empty() {
        let reason = totals.disturbance.as_ref().map_or("", |(_, reason)| reason);
        if reason == NOT_COPIED {
            return (Verdict::NotRun, NOT_COPIED.to_owned());
        }
        return (Verdict::NotRun, format!("in every trial something else broke first: {reason}"));
    }
    let (weak, unclaimed) = (weak(game, profile, totals, true), weak(game, profile, totals, false));
    if !weak.is_empty() {
        return (Verdict::Weak, weak);
    }
    if !totals.deviations.is_empty() {
        let findings: Vec<&str> = totals.deviations.iter().map(String::as_str).collect();
        return (Verdict::Known, findings.join(", "));
    }
    if !measured_only.is_empty() {
        let reasons: Vec<String> = measured_only
            .iter()
            .map(|(kind, count)| format!("{kind}, in {count} of {} trials", totals.trials))
            .collect();
        return (Verdict::NotClaimed, reasons.join("; "));
    }
    let (verdict, reason) = game.conclude(profile, totals);
    if verdict == Verdict::Pass && !unclaimed.is_empty() {
        return (Verdict::NotClaimed, unclaimed);
    }
    (verdict, reason)
}

/// What happened of the game's own business that the profile does not claim to prevent.
fn unclaimed(game: &dyn Game, totals: &Totals) -> Vec<(ViolationKind, u64)> {
    let counted = |(kind, _): &&(ViolationKind, u64)| super::totals::counts(game, *kind);
    totals.unclaimed.iter().filter(counted).copied().collect()
}

/// Whether the trials show that the ratchet is weaker than it claims, in a way that is this game's business.
#[must_use]
pub fn is_weak(game: &dyn Game, profile: &Profile, totals: &Totals) -> bool {
    !weak(game, profile, totals, true).is_empty()
}

/// Where it is weaker than it claims, or where something happened that it does not claim to prevent.
fn weak(game: &dyn Game, profile: &Profile, totals: &Totals, claimed: bool) -> String {
    let claims = |weakness| match weakness {
        Weakness::Unclaimed => false,
        Weakness::Malleable => profile.integrity,
        _ => true,
    };
    let mut positions: Vec<&str> = totals
        .weak
        .iter()
        .filter(|weak| game.counts_weak(weak.weakness, &weak.position))
        .filter(|weak| claims(weak.weakness) == claimed)
        .map(|weak| weak.position.as_str())
        .collect();
    positions.dedup();
    positions.join(", ")
}

/// Whether enough messages were off limits for a run to show something; else why not.
pub(crate) fn off_limits_suffice(totals: &Totals) -> Result<(), String> {
    let percent = totals.off_limits.mean().unwrap_or(0);
    if percent >= LEAST_OFF_LIMITS_PERCENT {
        Ok(())
    } else {
        Err(format!(
            "vacuous: only {percent} % of the messages were off limits for a theft, on average"
        ))
    }
}

fn quotas(totals: &Totals) -> Vec<(&'static str, u64)> {
    if totals.features.is_empty() {
        return Vec::new();
    }
    let count = |feature: Feature| totals.features.get(feature.name()).copied().unwrap_or(0);
    Feature::ALL.into_iter().map(|feature| (feature.name(), count(feature))).collect()
}

fn measured(game: &dyn Game, totals: &Totals) -> Vec<Measured> {
    let mut measured: Vec<Measured> = totals
        .figures
        .iter()
        .map(|(name, figure)| {
            let (name, unit) = name.split_once('|').unwrap_or((name, ""));
            // What is counted is told by its number, what is measured by its range.
            let value = if unit == "times" { figure.count.to_string() } else { range(figure) };
            Measured { name: name.to_owned(), value, unit: unit_of(unit).into() }
        })
        .collect();
    if let Some(percent) = totals.off_limits.mean() {
        measured.push(Measured {
            name: "messages off limits for a theft, mean".to_owned(),
            value: percent.to_string(),
            unit: "%".into(),
        });
    }
    measured.extend(unclaimed(game, totals).into_iter().map(|(kind, count)| Measured {
        name: format!("not claimed: {kind}"),
        value: count.to_string(),
        unit: "trials".into(),
    }));
    measured
}

fn range(figure: &Figure) -> String {
    match (figure.least, figure.most) {
        (u64::MAX, _) => "never".to_owned(),
        (least, u64::MAX) => format!("{least} to never"),
        (least, most) if least == most => least.to_string(),
        (least, most) => format!("{least} to {most}"),
    }
}

/// Units that figures may carry behind a `|` in their name.
fn unit_of(unit: &str) -> &'static str {
    match unit {
        "%" => "%",
        "bits" => "bits",
        "bytes" => "bytes",
        "epochs" => "epochs",
        "times" => "times",
        "epochs later" => "epochs later",
        "messages" => "messages",
        "round trips" => "round trips",
        "sessions" => "sessions",
        "turns" => "turns",
        "snapshots" => "snapshots",
        _ => "",
    }
}

/// The result of a whole ratchet.
#[must_use]
pub fn conclude_ratchet(name: impl Into<String>, games: Vec<GameResult>) -> RatchetResult {
    let verdict = Verdict::worst(games.iter().map(|game| game.verdict));
    RatchetResult { name: name.into(), verdict, games }
}

/// Whether a violation of this kind fails whatever game meets it: the ratchet itself broke down.
pub(super) const fn is_breakdown(kind: ViolationKind) -> bool {
    matches!(
        kind,
        ViolationKind::Panicked
            | ViolationKind::Crashed
            | ViolationKind::Hung
            | ViolationKind::OutOfMemory
    )
}

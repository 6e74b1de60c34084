//! The judge: compares what happened, and what attackers obtained, with what the ideal allows.

mod conversation;
mod exposures;
mod features;
mod halves;
mod twins;
mod violation;

use std::collections::BTreeMap;

use crate::attackers::{Effort, Observed};
use crate::engine::{Arena, Theft, Transcript, execute};
use crate::ideal::Place;
use crate::schedule::Schedule;
use crate::{Profile, Rejection, attackers};

pub use conversation::rejected_while_owing;
pub(crate) use conversation::{Account, follow, is_chain_used_up, tell_ideal};
pub(crate) use exposures::{compare, exposure_time};
pub use features::{Feature, Features};
pub use halves::judge_halves;
pub(crate) use halves::{HALVES_WORK, KEPT, READ};
pub use twins::compare_twins;
pub use violation::{ExposureTime, Violation, ViolationKind, Weakness};

/// What one execution came to.
#[derive(Clone, Debug, Default)]
pub struct Judgement {
    /// Everything that a flawless ratchet would not have done, worst first found.
    pub violations: Vec<Violation>,
    /// Of the same kinds, what the profile does not claim to prevent, and how often.
    pub unclaimed: BTreeMap<ViolationKind, u64>,
    /// What is weak without being a violation, and how often: by kind and position.
    pub weak: BTreeMap<(Weakness, String), u64>,
    /// Which features the conversation had.
    pub features: Features,
    /// For each theft: percent of the messages that were off limits.
    pub off_limits: Figure,
    /// Everything that attackers obtained, what the ideal allows included.
    pub exposures: Vec<Exposure>,
    /// Thefts whose clone was shown to work by a control message.
    pub working_thefts: u64,
    /// Genuine messages that had to open, and did.
    pub opened: u64,
    /// Messages that had to be refused, and were.
    pub refused: u64,
    /// Figures that the game measures, by name: (sum, count, most).
    pub figures: BTreeMap<&'static str, Figure>,
    /// Known deviations that showed: ids of findings.
    pub deviations: std::collections::BTreeSet<String>,
}

/// A plaintext that an attacker recovered or recognised after a theft.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Exposure {
    /// Index of the theft in the transcript.
    pub theft: usize,
    /// Index of the message on the wire.
    pub message: usize,
    /// Where the message stands in the conversation.
    pub place: Place,
    /// When it was sent, seen from the theft.
    pub time: ExposureTime,
}

/// A measured figure over many trials.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, serde::Deserialize, serde::Serialize)]
pub struct Figure {
    /// How many times it was measured.
    pub count: u64,
    /// The smallest value.
    pub least: u64,
    /// The largest value.
    pub most: u64,
    /// The sum of all values.
    pub sum: u64,
}

impl Figure {
    /// A figure measured once.
    #[must_use]
    pub const fn of(value: u64) -> Self {
        Self { count: 1, least: value, most: value, sum: value }
    }

    /// Adds one value.
    pub fn add(&mut self, value: u64) {
        *self = self.merged(Self::of(value));
    }

    /// The mean, rounded down; `None` if nothing was measured.
    #[must_use]
    pub const fn mean(&self) -> Option<u64> {
        self.sum.checked_div(self.count)
    }

    /// Both figures together.
    #[must_use]
    pub fn merged(self, other: Self) -> Self {
        if self.count == 0 || other.count == 0 {
            return if self.count == 0 { other } else { self };
        }
        Self {
            count: self.count + other.count,
            least: self.least.min(other.least),
            most: self.most.max(other.most),
            sum: self.sum.saturating_add(other.sum),
        }
    }
}

impl Judgement {
    /// Notes a figure.
    pub fn measure(&mut self, name: &'static str, value: u64) {
        self.figures.entry(name).or_default().add(value);
    }

    /// Notes what would be a violation if the profile claimed more.
    pub fn disclaim(&mut self, kind: ViolationKind) {
        *self.unclaimed.entry(kind).or_default() += 1;
    }

    /// Takes what `profile` does not claim to prevent out of the violations.
    pub fn disclaim_by(&mut self, profile: &Profile) {
        let found = std::mem::take(&mut self.violations);
        for violation in found {
            if violation.is_claimed && violation.kind.is_claimed_by(profile) {
                self.violations.push(violation);
            } else {
                self.disclaim(violation.kind);
            }
        }
    }

    fn fail(&mut self, violation: Violation) {
        self.violations.push(violation);
    }

    /// Notes a weakness at a position.
    pub(crate) fn weaken(&mut self, weakness: Weakness, position: impl Into<String>) {
        *self.weak.entry((weakness, position.into())).or_default() += 1;
    }
}

/// Executes `schedule`, judges the conversation, then lets attackers work on every theft and judges what they got.
///
/// # Errors
/// If no session can be opened.
pub fn judge(
    arena: &Arena<'_>,
    schedule: &Schedule,
    effort: Effort,
) -> Result<Judgement, Rejection> {
    let transcript = execute(arena, schedule)?;
    Ok(judge_transcript(arena, &transcript, effort))
}

/// As [`judge`], for a schedule that was executed already.
#[must_use]
pub fn judge_transcript(arena: &Arena<'_>, transcript: &Transcript, effort: Effort) -> Judgement {
    judge_attacked(arena, transcript, |_, theft| {
        attackers::attack(arena, transcript, theft, effort)
    })
    .0
}

/// As [`judge_transcript`], with an attack of a game's own on each theft, which sees what was found so far. Also gives what the ideal says of the conversation, unless that broke.
pub(crate) fn judge_attacked(
    arena: &Arena<'_>,
    transcript: &Transcript,
    mut attack: impl FnMut(&Judgement, &Theft) -> Observed,
) -> (Judgement, Option<Account>) {
    let mut judgement = Judgement::default();
    let account = follow(arena, transcript, &mut judgement);
    // Behind a broken conversation the ideal no longer stands where the ratchet does.
    if !judgement.violations.is_empty() {
        return (judgement, None);
    }
    for (index, theft) in transcript.thefts.iter().enumerate() {
        let observed = attack(&judgement, theft);
        compare(&arena.profile.family, transcript, &account, index, &observed, &mut judgement);
    }
    (judgement, Some(account))
}

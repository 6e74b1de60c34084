//! Verdicts, ordered: the worse one wins when they are merged, and `not-run` never merges into a pass.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What a game, or a whole ratchet, came to.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Nothing was checked; the reason stands beside it.
    NotRun,
    /// Nothing wrong was found.
    Pass,
    /// Measured, not promised by the profile.
    NotClaimed,
    /// A deviation that is written down showed again.
    Known,
    /// Weaker than it should be, without an attack.
    Weak,
    /// Something a flawless ratchet would not have done; the case is attached.
    Fail,
}

impl Verdict {
    /// The worst of several verdicts; `NotRun` only if there is nothing else.
    #[must_use]
    pub fn worst(verdicts: impl IntoIterator<Item = Self>) -> Self {
        verdicts.into_iter().max().unwrap_or(Self::NotRun)
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::NotRun => "not-run",
            Self::Pass => "pass",
            Self::NotClaimed => "not-claimed",
            Self::Known => "known",
            Self::Weak => "weak",
            Self::Fail => "fail",
        })
    }
}

/// How much a failure matters.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// A nuisance.
    Low,
    /// Messages are lost or a promise is bent.
    Medium,
    /// A promise of the family is broken.
    High,
    /// Messages are read or forged.
    Critical,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Info => "info",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        })
    }
}

//! Known deviations: where a real library is known to leak more than its profile says, each tied to a written finding.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

/// A known deviation of a built-in ratchet. It widens what a theft may give away under a stated trigger, and nothing
/// else, so that every game stays sharp beyond it.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Deviation {
    /// Id of the entry in `FINDINGS.md`.
    pub finding: Cow<'static, str>,
    /// The game that shows it. It reports `known`, and the run fails with exit 3 once it no longer shows.
    pub shown_by: Cow<'static, str>,
    /// What deviates.
    pub kind: DeviationKind,
}

/// What deviates.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(rename_all = "kebab-case")]
pub enum DeviationKind {
    /// A message that a lazy party *rejects* after it received and before it answered may make it generate its next
    /// ratchet key at once. A theft from then on reaches as far as with eager generation.
    KeyMadeOnRejection,
}

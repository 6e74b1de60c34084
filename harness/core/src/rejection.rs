//! Why a ratchet refused: a class that a case can ask for, and words for people.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

/// The class of a [`Rejection`].
///
/// A class is asked for only where it is decidable: a replay from a forgotten chain cannot be told
/// from a forgery, so there any refusal is right.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[non_exhaustive]
#[serde(rename_all = "kebab-case")]
pub enum RejectionClass {
    /// The message can no longer be opened because its time is over.
    Expired,
    /// The message does not authenticate.
    Forged,
    /// More keys would have to be skipped than the limits allow.
    GapTooLarge,
    /// The bytes are no message of this wire format.
    Malformed,
    /// This party cannot send before it has received.
    NotYet,
    /// None of the others, or not known to the adapter.
    Other,
    /// The message was opened before.
    Replayed,
    /// No session is there for this message.
    UnknownSession,
    /// The ratchet does not have this ability.
    Unsupported,
}

impl fmt::Display for RejectionClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Expired => "expired",
            Self::Forged => "forged",
            Self::GapTooLarge => "gap-too-large",
            Self::Malformed => "malformed",
            Self::NotYet => "not-yet",
            Self::Other => "other",
            Self::Replayed => "replayed",
            Self::UnknownSession => "unknown-session",
            Self::Unsupported => "unsupported",
        })
    }
}

/// A refusal by the ratchet under test. It is neither a harness error nor a verdict.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{class}: {detail}")]
pub struct Rejection {
    /// What kind of refusal this is.
    pub class: RejectionClass,
    /// The ratchet's own words. Untrusted text wherever it is shown.
    pub detail: Cow<'static, str>,
}

impl Rejection {
    /// A rejection of `class`, explained by `detail`.
    pub fn new(class: RejectionClass, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { class, detail: detail.into() }
    }

    /// Class `forged`.
    pub fn forged(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(RejectionClass::Forged, detail)
    }

    /// Class `gap-too-large`.
    pub fn gap_too_large(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(RejectionClass::GapTooLarge, detail)
    }

    /// Class `malformed`.
    pub fn malformed(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(RejectionClass::Malformed, detail)
    }

    /// Class `not-yet`.
    pub fn not_yet(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(RejectionClass::NotYet, detail)
    }

    /// Class `other`.
    pub fn other(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(RejectionClass::Other, detail)
    }

    /// Class `replayed`.
    pub fn replayed(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(RejectionClass::Replayed, detail)
    }

    /// Class `unsupported`: the ratchet lacks the named ability.
    pub fn unsupported(ability: impl Into<Cow<'static, str>>) -> Self {
        Self::new(RejectionClass::Unsupported, ability)
    }
}

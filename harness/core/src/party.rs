//! The two ends of a conversation.

use std::fmt;

use serde::{Deserialize, Serialize};

/// One of the two parties of a session.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Party {
    /// The party that opens the session (A; it sends in odd epochs).
    Initiator,
    /// The other party (B; it sends in even epochs).
    Responder,
}

impl Party {
    /// Both parties, the initiator first.
    pub const BOTH: [Self; 2] = [Self::Initiator, Self::Responder];

    /// The other party.
    #[must_use]
    pub const fn peer(self) -> Self {
        match self {
            Self::Initiator => Self::Responder,
            Self::Responder => Self::Initiator,
        }
    }

    /// 0 for the initiator, 1 for the responder.
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }
}

impl fmt::Display for Party {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Initiator => "initiator",
            Self::Responder => "responder",
        })
    }
}

//! The two halves of a hybrid ratchet.

use std::fmt;

/// A half of a hybrid ratchet. What belongs to neither counts as classical.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Half {
    /// The half that rests on Diffie–Hellman.
    Classical,
    /// The half that rests on a KEM.
    PostQuantum,
}

impl Half {
    /// Both, the classical one first.
    pub const BOTH: [Self; 2] = [Self::Classical, Self::PostQuantum];

    /// The other half.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Classical => Self::PostQuantum,
            Self::PostQuantum => Self::Classical,
        }
    }
}

impl fmt::Display for Half {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Classical => "classical",
            Self::PostQuantum => "post-quantum",
        })
    }
}

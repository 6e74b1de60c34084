//! Damage to an export, as crashes and bad storage do it.

use serde::{Deserialize, Serialize};

/// Bytes of a stretch.
pub(super) const STRETCH: usize = 32;

/// What happens to an export.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum Damage {
    /// Only the first bytes are left.
    Cut {
        /// How many.
        keep: usize,
    },
    /// Zeros are appended.
    Extended {
        /// How many.
        by: usize,
    },
    /// Every byte is another one.
    Overwritten {
        /// Which.
        with: u8,
    },
    /// A stretch of 32 bytes is filled.
    Filled {
        /// Its first byte.
        at: usize,
        /// With what.
        with: u8,
    },
    /// One bit is flipped.
    Flipped {
        /// Position in bits, the lowest bit of the first byte first.
        bit: usize,
    },
    /// A run of bytes is replaced.
    Set {
        /// Position in bytes.
        at: usize,
        /// The bytes.
        bytes: Vec<u8>,
    },
}

impl Damage {
    /// The same damage inside an export of `length` bytes, wherever it was meant.
    #[must_use]
    pub fn within(self, length: usize) -> Self {
        let length = length.max(1);
        match self {
            Self::Cut { keep } => Self::Cut { keep: keep % length },
            Self::Extended { by } => Self::Extended { by: by % (length + 1) },
            Self::Filled { at, with } => Self::Filled { at: at % length, with },
            Self::Flipped { bit } => Self::Flipped { bit: bit % (length * 8) },
            Self::Set { at, bytes } => Self::Set { at: at % length, bytes },
            Self::Overwritten { .. } => self,
        }
    }

    /// The damaged form of `state`.
    pub(super) fn of(&self, state: &[u8]) -> Vec<u8> {
        let mut bytes = state.to_vec();
        match *self {
            Self::Cut { keep } => bytes.truncate(keep),
            Self::Extended { by } => bytes.resize(state.len() + by, 0),
            Self::Overwritten { with } => bytes.fill(with),
            Self::Filled { at, with } => {
                let end = (at + STRETCH).min(bytes.len());
                bytes[at.min(end)..end].fill(with);
            }
            Self::Flipped { bit } => {
                if let Some(byte) = bytes.get_mut(bit / 8) {
                    *byte ^= 1 << (bit % 8);
                }
            }
            Self::Set { at, bytes: ref other } => {
                bytes.iter_mut().skip(at).zip(other).for_each(|(byte, other)| *byte = *other);
            }
        }
        bytes
    }

    /// Whether any format can notice it, a checksum or not.
    pub(super) const fn is_gross(&self) -> bool {
        matches!(self, Self::Cut { .. } | Self::Extended { .. } | Self::Overwritten { .. })
    }
}

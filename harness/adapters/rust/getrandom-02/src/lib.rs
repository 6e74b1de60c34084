//! Stands in for `getrandom` 0.2, whose backend nobody can choose on Linux, and asks `getrandom` 0.4, whose backend
//! `sprag-capture` is. A library that draws through `rand_core` 0.6 stays as it is and can be captured all the same.

use std::fmt::{Display, Formatter};
use std::num::NonZeroU32;

/// Why there is no randomness, as the code by which `rand_core` 0.6 knows it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Error(NonZeroU32);

impl Error {
    /// Codes from here on are those of other crates.
    pub const CUSTOM_START: u32 = (1 << 31) + (1 << 30);

    /// The code.
    #[must_use]
    pub const fn code(self) -> NonZeroU32 {
        self.0
    }
}

impl From<NonZeroU32> for Error {
    fn from(code: NonZeroU32) -> Self {
        Self(code)
    }
}

impl Display for Error {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "no randomness (code {})", self.0)
    }
}

impl std::error::Error for Error {}

/// Fills `dest`.
///
/// # Errors
/// If the operating system has no randomness.
pub fn getrandom(dest: &mut [u8]) -> Result<(), Error> {
    const REASON: NonZeroU32 = NonZeroU32::MIN.saturating_add(Error::CUSTOM_START);
    later::fill(dest).map_err(|_| Error(REASON))
}

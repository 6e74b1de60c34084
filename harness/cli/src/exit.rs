//! Exit codes. Each has one meaning; of several, the first in the order of the enum wins.

use std::process::ExitCode;

/// What the command came to.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Exit {
    /// Ctrl-C.
    Interrupted,
    /// A fault of the harness.
    Fault,
    /// The command line or a file is wrong.
    Usage,
    /// A ratchet could not be started or paired.
    Unpairable,
    /// A game failed.
    Failed,
    /// A known deviation no longer shows.
    Outdated,
    /// Nothing, or not enough, was checked.
    Unchecked,
    /// All is well.
    Fine,
}

impl Exit {
    /// The number that the shell sees.
    pub(crate) const fn code(self) -> u8 {
        match self {
            Self::Interrupted => 130,
            Self::Fault => 70,
            Self::Usage => 2,
            Self::Unpairable => 5,
            Self::Failed => 1,
            Self::Outdated => 3,
            Self::Unchecked => 4,
            Self::Fine => 0,
        }
    }

    /// The one of several that counts.
    pub(crate) fn first(exits: impl IntoIterator<Item = Self>) -> Self {
        exits.into_iter().min().unwrap_or(Self::Fine)
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// A command that ends before its work begins.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub exit: Exit,
    pub words: String,
}

impl Refusal {
    /// The command line or a file is wrong.
    pub(crate) fn usage(words: impl Into<String>) -> Self {
        Self { exit: Exit::Usage, words: words.into() }
    }

    /// The harness is at fault.
    pub(crate) fn fault(words: impl Into<String>) -> Self {
        Self { exit: Exit::Fault, words: words.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::Exit;

    #[test]
    fn the_order_is_that_of_the_rules() {
        use Exit::*;
        let order = [Interrupted, Fault, Usage, Unpairable, Failed, Outdated, Unchecked, Fine];
        assert_eq!(order.map(Exit::code), [130, 70, 2, 5, 1, 3, 4, 0]);
        assert_eq!(Exit::first([Fine, Outdated, Failed]), Failed);
        assert_eq!(Exit::first([]), Fine);
    }
}

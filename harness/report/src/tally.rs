//! How many games came to which verdict.

use sprag::Verdict;

use crate::GameReport;

/// All verdicts, the worst first.
pub(crate) const WORST_FIRST: [Verdict; 6] = [
    Verdict::Fail,
    Verdict::Weak,
    Verdict::Known,
    Verdict::NotClaimed,
    Verdict::Pass,
    Verdict::NotRun,
];

/// Games counted by verdict.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Tally([usize; WORST_FIRST.len()]);

impl Tally {
    /// The tally of these games.
    pub(crate) fn of<'g>(games: impl IntoIterator<Item = &'g GameReport>) -> Self {
        let mut tally = Self::default();
        for game in games {
            for (count, verdict) in tally.0.iter_mut().zip(WORST_FIRST) {
                *count += usize::from(game.verdict == verdict);
            }
        }
        tally
    }

    /// How many came to this verdict.
    pub(crate) fn count(&self, verdict: Verdict) -> usize {
        self.present().find(|&(known, _)| known == verdict).map_or(0, |(_, count)| count)
    }

    /// The verdicts that some game came to, the worst first, and how many did.
    pub(crate) fn present(&self) -> impl Iterator<Item = (Verdict, usize)> {
        WORST_FIRST.into_iter().zip(self.0).filter(|&(_, count)| count > 0)
    }

    /// `2 fail, 3 pass`, or `none`.
    pub(crate) fn words(&self) -> String {
        let words: Vec<String> =
            self.present().map(|(verdict, count)| format!("{count} {verdict}")).collect();
        if words.is_empty() { "none".to_owned() } else { words.join(", ") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;

    #[test]
    fn games_are_counted_the_worst_first() {
        let report = fixtures::ordinary();
        let tally = Tally::of(report.games().map(|(_, game)| game));
        assert_eq!(tally.words(), "1 fail, 1 weak, 1 known, 1 not-claimed, 2 pass, 1 not-run");
        assert_eq!(tally.count(Verdict::Pass), 2);
        assert_eq!(Tally::default().words(), "none");
        assert_eq!(Tally::default().count(Verdict::Fail), 0);
    }
}

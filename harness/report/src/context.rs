//! What whoever ran the games knows, and the report does not: how strict to be, how to see a failure again, what went wrong
//! outside of any game.

use sprag::Verdict;

use crate::bench::Bench;
use crate::{GameReport, Report};

/// What stands beside a report.
#[derive(Clone, Debug, Default)]
pub struct Context {
    /// Whether `weak` counts as a failure.
    pub strict: bool,
    /// How failures are seen again.
    pub replays: Vec<Replay>,
    /// What went wrong outside of any game.
    pub troubles: Vec<Trouble>,
    /// How fast ratchets are, if that is to be told as well; it comes of another run.
    pub bench: Option<Bench>,
}

/// The command that repeats one failure.
#[derive(Clone, Debug)]
pub struct Replay {
    /// Name of the ratchet, as in the report.
    pub ratchet: String,
    /// Id of the game.
    pub game: String,
    /// The command line.
    pub command: String,
}

/// Something that went wrong outside of any game.
#[derive(Clone, Debug)]
pub struct Trouble {
    /// Name of the ratchet, as in the report.
    pub ratchet: String,
    /// What it was.
    pub kind: TroubleKind,
    /// What was said of it.
    pub words: String,
}

/// What can go wrong outside of any game.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum TroubleKind {
    /// The harness is at fault.
    Harness,
    /// The ratchet could not be started, or opened no session.
    Unpairable,
}

impl TroubleKind {
    /// It in words.
    pub(crate) const fn title(self) -> &'static str {
        match self {
            Self::Harness => "a fault of the harness",
            Self::Unpairable => "no session could be opened",
        }
    }
}

impl Context {
    /// Whether a verdict makes the run fail.
    #[must_use]
    pub fn fails(&self, verdict: Verdict) -> bool {
        verdict == Verdict::Fail || (self.strict && verdict == Verdict::Weak)
    }

    /// How a run went, in a word or three.
    pub(crate) fn word(&self, report: &Report) -> &'static str {
        let worst = Verdict::worst(report.games().map(|(_, game)| game.verdict));
        match worst {
            _ if self.fails(worst) => "failed",
            _ if !self.troubles.is_empty() => "troubled",
            Verdict::NotRun => "nothing was checked",
            _ if !report.complete => "incomplete",
            _ => "passed",
        }
    }

    /// The command that repeats what a game found.
    #[must_use]
    pub fn replay(&self, ratchet: &str, game: &str) -> Option<&str> {
        let asked = |replay: &&Replay| replay.ratchet == ratchet && replay.game == game;
        self.replays.iter().find(asked).map(|replay| replay.command.as_str())
    }
}

/// What is said of deviations that should have shown and did not; nothing if there are none.
pub(crate) fn outdated(game: &GameReport) -> Option<String> {
    let findings = game.missing_deviations.join(", ");
    (!findings.is_empty()).then(|| format!("known deviations that no longer show: {findings}"))
}

//! The story of one failure: what was expected, what happened, the schedule in words, and how to see it again.

use sprag::Verdict;
use sprag::schedule::Schedule;

use super::layout::{WIDTH, heading, paint, wrap};
use crate::GameReport;
use crate::told::told;

/// What stands around a failing game.
#[derive(Clone, Debug)]
pub struct FailureStory<'a> {
    /// The ratchet.
    pub ratchet: &'a str,
    /// The game, with its case.
    pub game: &'a GameReport,
    /// Last lines that a dead worker left.
    pub stderr: &'a [String],
    /// Where the case file is, if it was written.
    pub case_file: Option<&'a str>,
    /// The command that repeats the case.
    pub replay: Option<&'a str>,
}

/// The story of a failure.
#[must_use]
pub fn failure(story: &FailureStory<'_>) -> String {
    let FailureStory { ratchet, game, stderr, case_file, replay } = story;
    let title = format!("{} on {ratchet}", game.id);
    let mut text = format!("{} {}\n", paint(Verdict::Fail, "FAIL"), heading(&title));
    let mut line = |label: &str, value: &str| {
        let value = wrap(value, WIDTH - 14).join(&format!("\n{}", " ".repeat(14)));
        text.push_str(&format!("  {label:<12}{value}\n"));
    };
    line("expected", &game.title);
    line("severity", &game.severity.to_string());
    line("happened", &game.reason);
    for (index, last) in stderr.iter().enumerate() {
        line(if index == 0 { "it wrote" } else { "" }, last);
    }
    if let Some(case) = &game.case {
        line("schedule", &actions(&case.schedule));
        text.push_str(&listed(&case.schedule));
    }
    for (label, value) in [("case", case_file), ("replay", replay)] {
        if let Some(value) = value {
            // Not wrapped: it is there to be copied.
            text.push_str(&format!("  {label:<12}{value}\n"));
        }
    }
    text
}

fn actions(schedule: &Schedule) -> String {
    match schedule.steps.len() {
        0 => "no action at all: pairing is enough".to_owned(),
        1 => "1 action".to_owned(),
        count => format!("{count} actions"),
    }
}

/// Each action on a line of its own.
fn listed(schedule: &Schedule) -> String {
    let wrapped = |line: &String| {
        // The number of an action is aligned by spaces in front, which wrapping would eat.
        let body = line.trim_start();
        let indent = 8 + line.len() - body.len();
        let body = wrap(body, WIDTH - indent).join(&format!("\n{}", " ".repeat(indent + 3)));
        format!("{}{body}\n", " ".repeat(indent))
    };
    told(schedule).iter().map(wrapped).collect()
}

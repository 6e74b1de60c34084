//! The readable form, at most [`WIDTH`] columns wide. Colours are always in it; who prints it strips them where they
//! are not wanted.

mod comparison;
mod diff;
mod failure;
mod layout;
mod matrix;
mod table;

use sprag::Verdict;

use crate::tally::Tally;
use crate::{Report, inert};

pub use comparison::comparison;
pub use diff::diff;
pub use failure::{FailureStory, failure};
pub use layout::{WIDTH, heading, paint, table, wrap};
pub use matrix::matrix;
pub use table::verdicts;

/// Everything worth a look that is no failure: weak games, deviations that no longer show, an early end.
#[must_use]
pub fn remarks(report: &Report, strict: bool) -> String {
    let mut lines = Vec::new();
    let mut remark = |style: Verdict, text: String| {
        let text = wrap(&text, WIDTH - 2).join("\n  ");
        lines.push(format!("{} {text}\n", paint(style, "!")));
    };
    for ratchet in &report.ratchets {
        for game in &ratchet.games {
            if game.verdict == Verdict::Weak {
                let consequence = if strict {
                    "and --strict counts it as a failure"
                } else {
                    "no failure without --strict"
                };
                remark(
                    Verdict::Weak,
                    format!(
                        "weak, {consequence}: {} in {}: {}",
                        ratchet.name, game.id, game.reason
                    ),
                );
            }
            for finding in &game.missing_deviations {
                let text = format!(
                    "{}: the known deviation {} no longer shows in {}; take its entry back",
                    ratchet.name,
                    inert(finding),
                    game.id
                );
                remark(Verdict::Fail, text);
            }
        }
    }
    if !report.complete {
        remark(Verdict::Weak, "incomplete: not everything that was asked for was run".to_owned());
    }
    lines.concat()
}

/// One line on the run as a whole, and how to repeat it.
#[must_use]
pub fn summary(report: &Report) -> String {
    let counted: Vec<String> = Tally::of(report.games().map(|(_, game)| game))
        .present()
        .map(|(verdict, count)| format!("{count} {}", paint(verdict, &verdict.to_string())))
        .collect();
    let rounds: Vec<String> =
        report.ratchets.iter().map(|ratchet| ratchet.rounds.to_string()).collect();
    let same = rounds.windows(2).all(|pair| pair[0] == pair[1]);
    let rounds =
        if same { rounds.into_iter().next().unwrap_or_default() } else { rounds.join("/") };
    format!(
        "{}; seed {}, rounds {rounds}, {} calls, {:.1} s\n",
        counted.join(", "),
        report.seed,
        report.calls,
        report.timings.seconds
    )
}

/// `text` without the escape sequences of colours.
#[cfg(test)]
pub(crate) fn plain(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('\u{1b}') {
        plain.push_str(before);
        rest = behind.split_once('m').map_or("", |(_, rest)| rest);
    }
    plain + rest
}

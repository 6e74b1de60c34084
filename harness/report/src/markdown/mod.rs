//! Markdown for the summary of a CI step: the verdict, a table, each failure, and the rest folded away.

mod capped;
mod comparison;
mod escape;
#[cfg(test)]
mod tests;
mod times;

use std::collections::BTreeSet;

use sprag::Verdict;

use crate::context::{Context, outdated};
use crate::tally::Tally;
use crate::told::{figure, told};
use crate::{GameReport, RatchetReport, Report};
use capped::Capped;
use comparison::comparison;
use escape::{code_block, short};
use times::times;

/// Bytes that fit everywhere. GitHub takes no summary of a step over 1 MiB.
pub const LIMIT: usize = 1_000_000;

/// Ratchets beside one another in a table.
const PER_TABLE: usize = 5;

/// Characters of a name in a table or a title, of a version, of a paragraph.
const NAME: usize = 80;
const VERSION: usize = 30;
const PARAGRAPH: usize = 1200;

/// Changed positions and figures that are listed of one game.
const LISTED: usize = 20;

/// The report as Markdown of GitHub's kind, in at most `limit` bytes (see [`LIMIT`]); what had to be left out is said at its end.
#[must_use]
pub fn render(report: &Report, context: &Context, limit: usize) -> String {
    let mut text = Capped::new(limit);
    text.section("lines on the run", "", &[head(report, context)], "\n");
    let troubles = troubles(report, context);
    text.section("troubles", "", &troubles, "\n");
    for ratchets in report.ratchets.chunks(PER_TABLE) {
        let (head, rows) = table(ratchets);
        text.section("rows of a table", &head, &rows, "\n");
    }
    let (head, rows, says) = comparison(report);
    text.section("ratchets compared", &head, &rows, &says);
    let (head, rows) = times(context);
    text.section("ratchets with times", &head, &rows, "\n");
    let failures: Vec<String> = report
        .games()
        .filter(|(_, game)| context.fails(game.verdict))
        .map(|(ratchet, game)| failure(report, ratchet, game, context))
        .collect();
    text.section("failures", "### Failures\n\n", &failures, "");
    for (verdict, what, title) in [
        (Verdict::Weak, "weak games", "weak: no attack, but less than it should be"),
        (Verdict::Known, "known games", "known: a deviation that is written down showed again"),
        (Verdict::NotClaimed, "games not claimed", "not-claimed: measured, not promised"),
        (Verdict::NotRun, "games not run", "not-run"),
    ] {
        if context.fails(verdict) {
            continue;
        }
        let games = report.games().filter(|(_, game)| game.verdict == verdict);
        let items: Vec<String> = games.map(|(ratchet, game)| item(report, ratchet, game)).collect();
        let count = items.len();
        let open = format!("<details><summary>{count} {title}</summary>\n\n");
        text.section(what, &open, &items, "\n</details>\n\n");
    }
    text.finish()
}

/// The verdict and what it was made of.
fn head(report: &Report, context: &Context) -> String {
    let tally = Tally::of(report.games().map(|(_, game)| game));
    let word = context.word(report);
    format!(
        "## Sprag: {word}\n\n{} games: {}. Suite {}, seed {}, rounds {}, {} calls.\n",
        report.games().count(),
        tally.words(),
        report.suite,
        report.seed,
        report.rounds,
        report.calls
    )
}

fn troubles(report: &Report, context: &Context) -> Vec<String> {
    let mut lines: Vec<String> = context
        .troubles
        .iter()
        .map(|trouble| {
            let (name, words) = (short(&trouble.ratchet, NAME), short(&trouble.words, PARAGRAPH));
            format!("- **{name}**: {}: {words}\n", trouble.kind.title())
        })
        .collect();
    for (ratchet, game) in report.games() {
        if let Some(words) = outdated(game) {
            let (name, id) = (short(&ratchet.name, NAME), short(&game.id, NAME));
            lines.push(format!("- **{name}** in {id}: {}\n", short(&words, PARAGRAPH)));
        }
    }
    if !report.complete {
        lines.push("- incomplete: not everything that was asked for was run\n".to_owned());
    }
    lines
}

/// Families of games against ratchets: the head of the table and its rows.
fn table(ratchets: &[RatchetReport]) -> (String, Vec<String>) {
    let column = |ratchet: &RatchetReport| {
        format!(" {} {} |", short(&ratchet.name, NAME), short(&ratchet.version, VERSION))
    };
    let names: String = ratchets.iter().map(column).collect();
    let rule = "---|".repeat(ratchets.len() + 1);
    let games = || ratchets.iter().flat_map(|ratchet| &ratchet.games);
    let families: BTreeSet<&str> = games().map(family).collect();
    let row = |title: &str, member: &dyn Fn(&&GameReport) -> bool| {
        let cells: String = ratchets
            .iter()
            .map(|ratchet| format!(" {} |", cell(ratchet.games.iter().filter(member))))
            .collect();
        format!("| {title} |{cells}\n")
    };
    let mut rows: Vec<String> = families
        .into_iter()
        .map(|name| row(&short(name, NAME), &|game| family(game) == name))
        .collect();
    rows.push(row("**all**", &|_| true));
    (format!("| games |{names}\n|{rule}\n"), rows)
}

/// The part of a game's id that it shares with its like.
fn family(game: &GameReport) -> &str {
    game.id.split('/').next().unwrap_or_default()
}

fn cell<'g>(games: impl Iterator<Item = &'g GameReport>) -> String {
    let counted = |(verdict, count)| match verdict {
        Verdict::Fail | Verdict::Weak => format!("**{count} {verdict}**"),
        _ => format!("{count} {verdict}"),
    };
    Tally::of(games).present().map(counted).collect::<Vec<_>>().join(", ")
}

fn failure(
    report: &Report,
    ratchet: &RatchetReport,
    game: &GameReport,
    context: &Context,
) -> String {
    let mut text = format!(
        "#### {}: {} on {}\n\n{} ({} severity)\n\n{}\n\n",
        game.verdict,
        short(&game.id, NAME),
        short(&ratchet.name, NAME),
        short(&game.title, PARAGRAPH),
        game.severity,
        short(&game.reason, PARAGRAPH)
    );
    let mut list: Vec<String> = Vec::new();
    let places = game.weak_positions.iter().take(LISTED);
    list.extend(places.map(|place| format!("accepted: {place}")));
    list.extend(game.case.iter().flat_map(|case| told(&case.schedule)));
    let stderr = report.stderr(&ratchet.name, &game.id);
    let last = &stderr[stderr.len().saturating_sub(LISTED)..];
    list.extend(last.iter().map(|line| format!("it wrote: {line}")));
    for line in &list {
        text.push_str(&format!("- {}\n", short(line.trim_start(), PARAGRAPH)));
    }
    if !list.is_empty() {
        text.push('\n');
    }
    if let Some(command) = context.replay(&ratchet.name, &game.id) {
        text.push_str(&format!("{}\n", code_block(command)));
    }
    text
}

/// A game in a list: what was seen, and the figures.
fn item(report: &Report, ratchet: &RatchetReport, game: &GameReport) -> String {
    let id = short(&game.id, NAME);
    let title = match report.ratchets.as_slice() {
        [_] => id,
        _ => format!("{id} on {}", short(&ratchet.name, NAME)),
    };
    let mut parts = Vec::new();
    if !game.reason.is_empty() {
        parts.push(short(&game.reason, PARAGRAPH));
    }
    let figures = game.measured.iter().take(LISTED).map(figure);
    parts.extend(figures.map(|figure| short(&figure, 2 * NAME)));
    if parts.is_empty() {
        return format!("- {title}\n");
    }
    format!("- {title}: {}\n", parts.join("; "))
}

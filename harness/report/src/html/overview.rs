//! The head of the page: the verdict, the counts, what was run, and what went wrong outside of any game.

use maud::{Markup, html};

use super::{NAME, PARAGRAPH, places};
use crate::context::{Context, outdated};
use crate::inert::short;
use crate::tally::Tally;
use crate::{Effort, Report};

pub(super) fn header(report: &Report, context: &Context) -> Markup {
    let tally = Tally::of(report.games().map(|(_, game)| game));
    let word = context.word(report);
    let effort = match report.effort {
        Effort::Smoke => "smoke",
        Effort::Gate => "gate",
        Effort::Nightly => "nightly",
    };
    let facts = [
        ("ratchets", report.ratchets.len().to_string()),
        ("effort", effort.to_owned()),
        ("seed", report.seed.to_string()),
        ("rounds", report.rounds.to_string()),
        ("calls", report.calls.to_string()),
        ("suite", report.suite.to_string()),
    ];
    html! {
        header {
            button type="button" id="theme" aria-pressed="false" hidden { "Dark" }
            h1 { "Sprag: " span class={ "word w-" (word.split(' ').next().unwrap_or_default()) } { (word) } }
            p class="counts" {
                (report.games().count()) " games: "
                @for (verdict, count) in tally.present() {
                    span class="count" { (count) " " (places::verdict(verdict)) } " "
                }
            }
            dl class="facts" { @for (name, value) in &facts { div { dt { (name) } dd { (value) } } } }
        }
    }
}

/// What is said before anything else; nothing if there is nothing.
pub(super) fn troubles(report: &Report, context: &Context) -> Markup {
    let mut lines: Vec<(String, String)> = Vec::new();
    for trouble in &context.troubles {
        let words = format!("{}: {}", trouble.kind.title(), trouble.words);
        lines.push((short(&trouble.ratchet, NAME), short(&words, PARAGRAPH)));
    }
    for (ratchet, game) in report.games() {
        if let Some(words) = outdated(game) {
            let name = format!("{} in {}", short(&ratchet.name, NAME), short(&game.id, NAME));
            lines.push((name, short(&words, PARAGRAPH)));
        }
    }
    if !report.complete {
        let words = "not everything that was asked for was run".to_owned();
        lines.push(("incomplete".to_owned(), words));
    }
    html! {
        @if !lines.is_empty() {
            section aria-labelledby="troubles-title" {
                h2 id="troubles-title" { "Troubles" }
                ul { @for (name, words) in &lines { li { strong { (name) } ": " (words) } } }
            }
        }
    }
}

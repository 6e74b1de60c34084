//! Each failure: the case as a sequence chart and in plain words, what its game is about, and how to see it again.

use std::cmp::Reverse;

use maud::{Markup, html};
use sprag::games::{self, About};
use sprag::schedule::Case;

use super::places::{self, Place};
use super::{NAME, PARAGRAPH, maps};
use crate::chart;
use crate::inert::{inert, inert_json, short};
use crate::told::{figure, paragraph};
use crate::{Context, GameReport, RatchetReport, Report};

/// Bytes that whole stories may take together; behind them failures are told in short.
const STORIES: usize = 500_000;

/// Bytes of a case that is shown whole.
const CASE_LIMIT: usize = 16 << 10;

/// Changed positions and figures that are listed.
const LISTED: usize = 20;

pub(super) fn section(report: &Report, context: &Context) -> Markup {
    let mut failures: Vec<(Place, &GameReport)> =
        places::games(report).filter(|(_, game)| context.fails(game.verdict)).collect();
    // The gravest first; those of one kind in the order of the report.
    failures.sort_by_key(|(_, game)| Reverse(game.severity));
    let mut used = 0;
    let mut stories = Vec::new();
    for (place, game) in failures {
        let ratchet = &report.ratchets[place.ratchet];
        let whole = story(place, ratchet, game, context, true);
        let fits = used + whole.0.len() <= STORIES;
        let told = if fits { whole } else { story(place, ratchet, game, context, false) };
        used += told.0.len();
        stories.push(told);
    }
    html! {
        @if stories.is_empty() { p { "No game failed." } }
        @else {
            p { (stories.len()) " failures, the gravest first." }
            @for story in &stories { (story) }
        }
    }
}

/// The story of a failure; in short without the drawings and the case.
fn story(
    place: Place,
    ratchet: &RatchetReport,
    game: &GameReport,
    context: &Context,
    whole: bool,
) -> Markup {
    let title = format!("{}-title", place.story());
    let case = game.case.as_ref();
    html! {
        article id=(place.story()) aria-labelledby=(title) class="failure" {
            h3 id=(title) {
                (places::verdict(game.verdict)) " " (short(&game.id, NAME)) " on " (short(&ratchet.name, NAME))
            }
            p class="expected" { "Expected: " (short(&game.title, PARAGRAPH)) ". Severity: " (game.severity) "." }
            p class="happened" { "Happened: " (short(&game.reason, PARAGRAPH)) }
            @if whole {
                @if let Some(case) = case {
                    figure class="wide" tabindex="0" aria-label="Sequence chart, scrollable" { (chart::drawing(case)) }
                    p { (paragraph(case)) }
                }
                (measured(game))
                @if let Some(map) = &game.exposure {
                    details {
                        summary { "Who could read what in this case" }
                        (maps::legend())
                        (maps::map(map, &short(&ratchet.name, NAME)))
                    }
                }
                @if let Some(game) = games::find(&game.id) { (explained(game.about())) }
            } @else {
                p { "Told in short, since this page has many failures; the case is in the JSON report." }
            }
            @if let Some(command) = context.replay(&ratchet.name, &game.id) {
                p { "See it again:" }
                pre { code { (inert(command)) } }
            }
            @if let Some(case) = case.filter(|_| whole) { (json(case)) }
            p class="back" { a href={ "#" (place.line()) } { "All games of this ratchet" } }
        }
    }
}

fn measured(game: &GameReport) -> Markup {
    let places = game.weak_positions.iter().take(LISTED);
    let places = places.map(|place| format!("accepted: {}", short(place, 2 * NAME)));
    let figures = game.measured.iter().take(LISTED).map(|it| short(&figure(it), 2 * NAME));
    let lines: Vec<String> = places.chain(figures).collect();
    html! {
        @if !lines.is_empty() {
            details {
                summary { "What was measured" }
                ul { @for line in &lines { li { (line) } } }
            }
        }
    }
}

/// The text of a game, as `sprag explain` has it.
fn explained(about: &About) -> Markup {
    let first = if about.plainly.is_empty() { about.checks } else { about.plainly };
    html! {
        p { strong { "What this game is about: " } (first) }
        details {
            summary { "More on " (about.id) }
            dl {
                @for (name, words) in [
                    ("what it checks", about.checks),
                    ("what it cannot show", about.cannot_show),
                    ("where it comes from", about.source),
                ] { dt { (name) } dd { (words) } }
            }
        }
    }
}

/// The case as its file has it: the exact one, since it is there to be repeated.
fn json(case: &Case) -> Markup {
    let text = case.to_json().map(|json| inert_json(&json)).unwrap_or_default();
    html! {
        details {
            summary { "The case as JSON" }
            @if text.len() <= CASE_LIMIT {
                pre { code { (text.trim_end()) } }
            } @else {
                p { "Over " (CASE_LIMIT) " bytes; see the JSON report." }
            }
        }
    }
}

//! Ratchets against games: a line a game, a column a ratchet.

use std::collections::BTreeMap;

use maud::{Markup, html};

use super::places::{self, Place};
use super::{NAME, VERSION};
use crate::inert::short;
use crate::tally::WORST_FIRST;
use crate::{Context, GameReport, Report};

/// A game and what it came to on each ratchet that it was run on, by the ratchet's place.
struct Line<'r> {
    title: &'r str,
    cells: BTreeMap<usize, (Place, &'r GameReport)>,
}

pub(super) fn section(report: &Report, context: &Context) -> Markup {
    let mut lines: BTreeMap<&str, Line<'_>> = BTreeMap::new();
    for (place, game) in places::games(report) {
        let line = || Line { title: &game.title, cells: BTreeMap::new() };
        let line = lines.entry(&game.id).or_insert_with(line);
        line.cells.insert(place.ratchet, (place, game));
    }
    let mut families: BTreeMap<&str, Vec<(&str, &Line<'_>)>> = BTreeMap::new();
    for (id, line) in &lines {
        families.entry(id.split('/').next().unwrap_or_default()).or_default().push((id, line));
    }
    let columns = report.ratchets.len();
    html! {
        p { "A line for each game, a column for each ratchet. Each verdict leads to what was seen." }
        (filter(report))
        div class="wide" role="region" aria-label="Verdicts, scrollable" tabindex="0" {
            table id="matrix-table" {
                caption { "Verdicts of " (lines.len()) " games on " (columns) " ratchets" }
                thead {
                    tr {
                        th scope="col" { "game" }
                        @for (index, ratchet) in report.ratchets.iter().enumerate() {
                            th scope="col" data-name=(short(&ratchet.name, NAME)) {
                                a href={ "#r" (index) } { (breakable(&ratchet.name)) }
                                " " small { (short(&ratchet.version, VERSION)) }
                            }
                        }
                    }
                }
                @for (family, lines) in &families {
                    tbody {
                        tr class="family" { th scope="rowgroup" colspan=(columns + 1) { (short(family, NAME)) } }
                        @for (id, line) in lines { (row(id, line, columns, context)) }
                    }
                }
            }
        }
    }
}

/// A name that may be broken behind its parts.
fn breakable(name: &str) -> Markup {
    let name = short(name, NAME);
    html! { @for part in name.split_inclusive('/') { (part) wbr; } }
}

fn row(id: &str, line: &Line<'_>, columns: usize, context: &Context) -> Markup {
    html! {
        tr class="game" {
            th scope="row" { (short(id, NAME)) " " small { (short(line.title, NAME)) } }
            @for column in 0..columns {
                @match line.cells.get(&column) {
                    Some((place, game)) => td data-v=(game.verdict) {
                        a href=(place.link(game, context)) { (places::verdict(game.verdict)) }
                    }
                    None => td { span aria-label="not asked for" { "·" } }
                }
            }
        }
    }
}

/// What picks lines; shown by the script that makes it work.
fn filter(report: &Report) -> Markup {
    let present = |verdict| report.games().any(|(_, game)| game.verdict == verdict);
    html! {
        form id="filter" class="tools" role="search" aria-label="Filter of the verdicts" hidden {
            label { "Games or ratchets " input type="search" id="filter-text" autocomplete="off" spellcheck="false" aria-controls="matrix-table"; }
            fieldset {
                legend { "Verdicts" }
                @for verdict in WORST_FIRST.into_iter().filter(|&verdict| present(verdict)) {
                    label { input type="checkbox" checked value=(verdict) aria-controls="matrix-table"; " " (places::verdict(verdict)) }
                }
            }
            button type="reset" { "Show all" }
            p role="status" id="filter-told" {}
        }
    }
}

//! Ratchets against properties: what was measured, beside what is claimed.

use maud::{Markup, html};

use super::NAME;
use super::places::{self, Place};
use crate::inert::short;
use crate::properties::{PROPERTIES, Property, rank};
use crate::{Context, RatchetReport, Report};

pub(super) fn section(report: &Report, context: &Context) -> Markup {
    let any = |property: &&Property| report.ratchets.iter().any(|it| property.of(it).is_some());
    let properties: Vec<&Property> = PROPERTIES.iter().filter(any).collect();
    html! {
        p {
            "Measured by the games of this run; under it, what the profile claims. A dash stands for what no game measured. "
            "Ranges go over all trials. Times are not among them: they are not the same on two machines."
        }
        form id="compare-filter" class="tools" role="search" aria-label="Filter of the comparison" hidden {
            label { "Ratchets " input type="search" id="compare-text" autocomplete="off" spellcheck="false" aria-controls="compare-table"; }
            p role="status" id="compare-told" {}
        }
        div class="wide" role="region" aria-label="Comparison, scrollable" tabindex="0" {
            table id="compare-table" class="sortable" {
                caption { (report.ratchets.len()) " ratchets by " (properties.len()) " properties" }
                thead {
                    tr {
                        th scope="col" { "ratchet" }
                        th scope="col" { "verdict" }
                        @for property in &properties {
                            th scope="col" title=(property.means) { (property.name) }
                        }
                    }
                }
                tbody {
                    @for (index, ratchet) in report.ratchets.iter().enumerate() {
                        (row(index, ratchet, &properties, context))
                    }
                }
            }
        }
        details {
            summary { "What these properties mean" }
            dl { @for property in &properties { dt { (property.name) } dd { (property.means) } } }
        }
    }
}

fn row(
    index: usize,
    ratchet: &RatchetReport,
    properties: &[&Property],
    context: &Context,
) -> Markup {
    html! {
        tr {
            th scope="row" { a href={ "#r" (index) } { (short(&ratchet.name, NAME)) } }
            td data-v=(rank(ratchet.verdict)) { (places::verdict(ratchet.verdict)) }
            @for property in properties { (cell(index, ratchet, property, context)) }
        }
    }
}

fn cell(index: usize, ratchet: &RatchetReport, property: &Property, context: &Context) -> Markup {
    let claim = ratchet.profile.as_ref().and_then(property.claim);
    let measured = ratchet.profile_source == "measured";
    html! {
        @match property.of(ratchet) {
            Some(value) => td data-v=(value.order) {
                @let place = Place { ratchet: index, game: value.game };
                a href=(place.link(&ratchet.games[value.game], context)) { (short(&value.words, NAME)) }
                @if let Some(claim) = claim {
                    small class="claim" { @if measured { "profile: " } @else { "claimed: " } (claim) }
                }
            }
            None => td {
                span aria-label="not measured" { "–" }
                @if let Some(claim) = claim { small class="claim" { "claimed: " (claim) } }
            }
        }
    }
}

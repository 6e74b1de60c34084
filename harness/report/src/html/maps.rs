//! Exposure maps: those of all ratchets on one conversation beside one another, and those of failures.
//!
//! A map is a table: a line a theft, a column a message. Written out, the cells of many maps would be most of the page; so a line
//! has its cells as one letter each and says in words what its thief reads, and the script makes cells of the letters. What is
//! told of a cell comes from the heads of its line and column and from the list of reasons under the map.

use std::collections::BTreeMap;

use maud::{Markup, html};
use sprag::Party;

use super::NAME;
use crate::Report;
use crate::exposure::{Exposure, ExposureMap};
use crate::inert::short;

/// Characters of a theft's or message's name, and of a reason.
const LABEL: usize = 20;
const REASON: usize = 300;

/// Cells of a map that is drawn.
const MOST_CELLS: usize = 6000;

/// Messages that are named of those a thief reads.
const NAMED: usize = 6;

/// The maps of all ratchets; nothing if there are none.
pub(super) fn section(report: &Report) -> Option<Markup> {
    let maps: Vec<(usize, &ExposureMap)> = report
        .ratchets
        .iter()
        .enumerate()
        .filter_map(|(index, ratchet)| Some((index, ratchet.exposure.as_ref()?)))
        .collect();
    if maps.is_empty() {
        return None;
    }
    let missing: Vec<(&str, &str)> = report
        .ratchets
        .iter()
        .filter_map(|ratchet| Some((ratchet.name.as_str(), ratchet.no_exposure.as_deref()?)))
        .collect();
    Some(html! {
        p {
            "The same conversation with every ratchet. Each line is a thief who copies the session of the initiator (i) or the "
            "responder (r) at one moment; each column is a message, under its sender. The bar in a line is the moment of the "
            "theft: what is left of it had been sent before."
        }
        (legend())
        form id="moment" class="tools" aria-label="Moment of the theft" hidden {
            label for="moment-range" { "Moment of the theft" }
            input type="range" id="moment-range" min="0" max="0" value="0" step="1" aria-describedby="moment-told";
            output id="moment-name" for="moment-range" {}
        }
        div id="moment-told" class="told" role="status" {}
        div class="maps" {
            @for (index, it) in &maps {
                @let name = short(&report.ratchets[*index].name, NAME);
                section aria-label=(name) class="card" {
                    h3 { a href={ "#r" (index) } { (name) } }
                    (map(it, &name))
                }
            }
        }
        @if !missing.is_empty() {
            ul { @for (name, why) in &missing { li { (short(name, NAME)) ": no map: " (short(why, REASON)) } } }
        }
    })
}

/// One map: its summary as the caption, its table, and why its cells are what they are.
pub(super) fn map(map: &ExposureMap, name: &str) -> Markup {
    let (rows, columns) = (map.thefts().len(), map.messages().len());
    if rows * columns > MOST_CELLS {
        return html! { p { (short(&map.summary(), REASON)) ". Too large to be drawn here." } };
    }
    let mut why = Reasons::default();
    let rows: Vec<Markup> = (0..rows).map(|theft| row(map, theft, &mut why)).collect();
    html! {
        div class="wide" {
            table class="map" aria-label={ "Exposure map of " (name) } {
                caption { (short(&map.summary(), REASON)) }
                thead {
                    tr {
                        th scope="col" { "theft" }
                        @for column in map.messages() {
                            th scope="col" data-name={ (short(&column.label, LABEL)) " of the " (column.from) } {
                                (initial(column.from))
                            }
                        }
                    }
                }
                tbody { @for row in &rows { (row) } }
            }
        }
        p class="told cell-told" role="status" hidden { "Point at a cell, or go there with the arrow keys." }
        ol class="why" hidden { @for words in &why.words { li { (words) } } }
    }
}

fn row(map: &ExposureMap, theft: usize, why: &mut Reasons) -> Markup {
    let it = &map.thefts()[theft];
    let label = short(&it.label, LABEL);
    let messages = map.messages().len();
    let cells: String = (0..messages).map(|message| letter(map.exposure(theft, message))).collect();
    let reasons: Vec<String> =
        (0..messages).map(|message| why.of(map, theft, message).to_string()).collect();
    html! {
        tr data-moment=(label) data-victim=(it.victim) data-sent=(it.sent_before) data-cells=(cells) data-why=(reasons.join(" ")) {
            th scope="row" { (label) " " (initial(it.victim)) }
            td colspan=(messages) { (reads(map, theft)) }
        }
    }
}

/// What attackers did and why, each told once.
#[derive(Default)]
struct Reasons {
    words: Vec<String>,
    places: BTreeMap<String, usize>,
}

impl Reasons {
    /// The place of what is said of a cell, from 1; 0 if nothing is.
    fn of(&mut self, map: &ExposureMap, theft: usize, message: usize) -> usize {
        let exposure = map.exposure(theft, message);
        let by: Vec<String> = map
            .at(theft, message)
            .iter()
            .filter(|cell| cell.exposure == exposure)
            .map(|cell| {
                let parts = [cell.attacker.as_str(), &cell.reason].into_iter();
                parts.filter(|part| !part.is_empty()).collect::<Vec<_>>().join(": ")
            })
            .filter(|words| !words.is_empty())
            .map(|words| short(&words, REASON))
            .collect();
        if by.is_empty() {
            return 0;
        }
        let words = by.join("; ");
        if let Some(&place) = self.places.get(&words) {
            return place;
        }
        self.words.push(words.clone());
        self.places.insert(words, self.words.len());
        self.words.len()
    }
}

/// What a thief reads, in words.
fn reads(map: &ExposureMap, theft: usize) -> String {
    let all = |exposure| {
        let is = |&message: &usize| map.exposure(theft, message) == exposure;
        let names = (0..map.messages().len()).filter(is);
        names.map(|message| short(&map.messages()[message].label, LABEL)).collect::<Vec<_>>()
    };
    let listed = |names: Vec<String>, how: &str| {
        let more = if names.len() > NAMED { ", …" } else { "" };
        let first: Vec<&str> = names.iter().take(NAMED).map(String::as_str).collect();
        format!("{} {how} ({}{more})", names.len(), first.join(", "))
    };
    let parts: Vec<String> =
        [(Exposure::ByDesign, "by design"), (Exposure::BeyondClaim, "beyond the claim")]
            .into_iter()
            .map(|(exposure, how)| (all(exposure), how))
            .filter(|(names, _)| !names.is_empty())
            .map(|(names, how)| listed(names, how))
            .collect();
    let of = map.messages().len();
    match parts.as_slice() {
        [] => format!("nothing of {of} messages"),
        _ => format!("of {of} messages {}", parts.join(" and ")),
    }
}

const fn initial(party: Party) -> &'static str {
    match party {
        Party::Initiator => "i",
        Party::Responder => "r",
    }
}

/// What stands for an exposure in a line, and is the class of its cells.
const fn letter(exposure: Exposure) -> char {
    match exposure {
        Exposure::Untried => 'u',
        Exposure::Safe => 's',
        Exposure::Undelivered => 'n',
        Exposure::Allowed => 'a',
        Exposure::ByDesign => 'd',
        Exposure::BeyondClaim => 'b',
    }
}

/// The sign that tells an exposure without any colour.
const fn sign(exposure: Exposure) -> &'static str {
    match exposure {
        Exposure::Untried => "?",
        Exposure::Safe => "·",
        Exposure::Undelivered => "-",
        Exposure::Allowed => "~",
        Exposure::ByDesign => "o",
        Exposure::BeyondClaim => "X",
    }
}

/// What signs and colours mean; the script reads it as well.
pub(super) fn legend() -> Markup {
    html! {
        ul class="legend" {
            @for exposure in Exposure::ALL.into_iter().rev() {
                li data-letter=(letter(exposure)) {
                    span class={ "cell " (letter(exposure)) } aria-hidden="true" { (sign(exposure)) }
                    " " span class="word" { (exposure.words()) }
                }
            }
        }
    }
}

//! What each ratchet is and what each of its games came to.

use maud::{Markup, html};

use super::places::{self, Place};
use super::{NAME, VERSION};
use crate::inert::short;
use crate::told::figure;
use crate::{GameReport, RatchetReport, Report};

/// Figures of a game, characters of one, and of what was seen.
const LISTED: usize = 5;
const FIGURE: usize = 120;
const SEEN: usize = 300;

pub(super) fn section(report: &Report) -> Markup {
    html! {
        @for (index, ratchet) in report.ratchets.iter().enumerate() {
            article id={ "r" (index) } aria-labelledby={ "r" (index) "-title" } {
                h3 id={ "r" (index) "-title" } {
                    (short(&ratchet.name, NAME)) " " small { (short(&ratchet.version, VERSION)) } " " (places::verdict(ratchet.verdict))
                }
                (facts(ratchet))
                details {
                    summary { "All " (ratchet.games.len()) " games" }
                    div class="wide" role="region" aria-label={ "Games of ratchet " (index + 1) ", scrollable" } tabindex="0" {
                        table class="games" {
                            thead { tr { @for name in ["game", "verdict", "trials", "what was seen"] { th scope="col" { (name) } } } }
                            tbody {
                                @for (place, game) in ratchet.games.iter().enumerate() {
                                    (line(Place { ratchet: index, game: place }, game))
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn facts(ratchet: &RatchetReport) -> Markup {
    let family = ratchet.profile.as_ref().map(|profile| profile.family.name());
    let randomness = ratchet.randomness.and_then(|level| serde_json::to_value(level).ok());
    let mut facts = vec![
        ("family", family.unwrap_or("unknown").to_owned()),
        ("profile", short(&ratchet.profile_source, VERSION)),
        ("rounds", ratchet.rounds.to_string()),
    ];
    if let Some(level) = randomness.as_ref().and_then(serde_json::Value::as_str) {
        facts.push(("randomness", level.to_owned()));
    }
    for deviation in &ratchet.deviations {
        facts.push(("known deviation", short(&deviation.finding, NAME)));
    }
    let profile = ratchet.profile.as_ref().and_then(|it| serde_json::to_string(it).ok());
    html! {
        dl class="facts" { @for (name, value) in &facts { div { dt { (name) } dd { (value) } } } }
        @if let Some(profile) = profile { p { "Profile: " code { (short(&profile, 2 * SEEN)) } } }
    }
}

fn line(place: Place, game: &GameReport) -> Markup {
    let figures: Vec<String> =
        game.measured.iter().take(LISTED).map(|it| short(&figure(it), FIGURE)).collect();
    html! {
        tr id=(place.line()) {
            th scope="row" { (short(&game.id, NAME)) }
            td { (places::verdict(game.verdict)) }
            td { (game.trials) }
            td {
                (short(&game.reason, SEEN))
                @if !figures.is_empty() {
                    small {
                        (figures.join("; "))
                        @if game.measured.len() > LISTED { "; " (game.measured.len() - LISTED) " more in the JSON report" }
                    }
                }
            }
        }
    }
}

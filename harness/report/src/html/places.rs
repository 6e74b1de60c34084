//! Where things stand in the page, and how a verdict looks: by its word and a sign, and only then by its colour.

use maud::{Markup, html};
use sprag::Verdict;

use crate::{Context, GameReport, Report};

/// A game on a ratchet, by their places in the report.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub ratchet: usize,
    pub game: usize,
}

impl Place {
    /// The id of its line among the ratchet's games.
    pub(super) fn line(self) -> String {
        format!("r{}g{}", self.ratchet, self.game)
    }

    /// The id of the story of its failure.
    pub(super) fn story(self) -> String {
        format!("f{}g{}", self.ratchet, self.game)
    }

    /// Where to read on: the story of a failure, else the line.
    pub(super) fn link(self, game: &GameReport, context: &Context) -> String {
        if context.fails(game.verdict) {
            format!("#{}", self.story())
        } else {
            format!("#{}", self.line())
        }
    }
}

/// Every game with its place.
pub(super) fn games(report: &Report) -> impl Iterator<Item = (Place, &GameReport)> {
    report.ratchets.iter().enumerate().flat_map(|(index, ratchet)| {
        let place = move |game| Place { ratchet: index, game };
        ratchet.games.iter().enumerate().map(move |(game, it)| (place(game), it))
    })
}

/// The class of a verdict.
pub(super) const fn class(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Fail => "v-fail",
        Verdict::Weak => "v-weak",
        Verdict::Known => "v-known",
        Verdict::NotClaimed => "v-not-claimed",
        Verdict::Pass => "v-pass",
        Verdict::NotRun => "v-not-run",
    }
}

/// A verdict in its word; the style puts a sign before it.
pub(super) fn verdict(verdict: Verdict) -> Markup {
    html! { span class={ "v " (class(verdict)) } { (verdict) } }
}

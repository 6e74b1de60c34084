//! The chart as SVG.

use maud::{Markup, html};
use sprag::Party;
use sprag::schedule::Case;

use super::rows::{Mark, Row, rows};
use crate::inert::{inert, short};
use crate::terminal::wrap;
use crate::told::paragraph;

/// Pixels: the width, the three lifelines, the head, a line, and a line of words.
const WIDTH: usize = 760;
const INITIATOR: usize = 140;
const NETWORK: usize = 400;
const RESPONDER: usize = 660;
const HEAD: usize = 52;
const LINE: usize = 34;
const WORDS: usize = 17;

/// Characters beside one another under a step, and lines of them.
const WIDE: usize = 104;
const DEEP: usize = 3;

/// Characters of the ratchet's name in the title.
const NAME: usize = 80;

/// The chart as an SVG image.
#[must_use]
pub fn svg(case: &Case) -> String {
    drawing(case).into_string() + "\n"
}

/// The chart as markup, for a page.
pub(crate) fn drawing(case: &Case) -> Markup {
    let rows = rows(&case.schedule);
    let found = found(case);
    let mut lines = html! {};
    let mut top = HEAD;
    let mut is_marked = false;
    for row in &rows {
        let marked = matches!(row, Row::Step { id, .. } if case.shown_by == Some(*id));
        let height = LINE + if marked { found.len() * WORDS + 6 } else { 0 };
        is_marked |= marked;
        lines = html! {
            (lines)
            g {
                @if marked { rect class="c-mark" x="1" y=(top) width=(WIDTH - 2) height=(height) fill="#fdeceb" stroke="#b3261e" {} }
                (line(row, top))
                @if marked { (words(&found, top + LINE + 10, "✗ ")) }
            }
        };
        top += height;
    }
    let end = top + 8;
    let height = end + if is_marked { 4 } else { found.len() * WORDS + 14 };
    let title = format!("{} on {}", short(&case.game, NAME), short(&case.ratchet, NAME));
    html! {
        svg xmlns="http://www.w3.org/2000/svg" class="chart" width=(WIDTH) height=(height) viewBox={ "0 0 " (WIDTH) " " (height) } role="img" {
            title { "Sequence chart: " (title) }
            desc { (paragraph(case)) }
            rect class="c-paper" width=(WIDTH) height=(height) fill="#fff" {}
            g font-family="system-ui,Verdana,DejaVu Sans,sans-serif" font-size="13" {
                (head())
                (lifelines(end))
                (lines)
                @if !is_marked { (words(&found, end + 14, "")) }
            }
        }
    }
}

fn head() -> Markup {
    let names =
        [(INITIATOR, "initiator"), (NETWORK, "network and attacker"), (RESPONDER, "responder")];
    html! {
        @for (x, name) in names {
            @let wide = 24 + name.len() * 8;
            rect class="c-box" x=(x - wide / 2) y="8" width=(wide) height="26" rx="4" fill="#f1f1f1" stroke="#555" {}
            text class="c-text" x=(x) y="26" text-anchor="middle" fill="#222" { (name) }
        }
    }
}

fn lifelines(end: usize) -> Markup {
    html! {
        path class="c-life" d={ "M" (INITIATOR) " 34V" (end) "M" (RESPONDER) " 34V" (end) } stroke="#888" fill="none" {}
        path class="c-life" d={ "M" (NETWORK) " 34V" (end) } stroke="#888" fill="none" stroke-dasharray="2 4" {}
    }
}

/// One line: its number, its drawing, its label, and all of it in words for those who ask.
fn line(row: &Row, top: usize) -> Markup {
    let (id, mark, label, told) = match row {
        Row::LeftOut(count) => {
            let words = format!("… {count} more steps, see the case");
            return label_at(NETWORK, top + 20, "middle", Ink::Plain, &words);
        }
        Row::Step { id, mark, label, told } => (id, *mark, label, told),
    };
    html! {
        title { (told) }
        rect x="2" y=(top) width=(WIDTH - 4) height=(LINE) fill="transparent" {}
        text class="c-number" x="10" y=(top + 26) fill="#666" { (id) }
        (drawn(mark, label, top + 24))
    }
}

/// Whose hand a line shows.
#[derive(Clone, Copy)]
enum Ink {
    /// The parties and an honest network.
    Plain,
    /// The attacker.
    Foul,
}

impl Ink {
    const fn class(self) -> &'static str {
        match self {
            Self::Plain => "c-plain",
            Self::Foul => "c-foul",
        }
    }

    const fn colour(self) -> &'static str {
        match self {
            Self::Plain => "#222",
            Self::Foul => "#b3261e",
        }
    }
}

fn drawn(mark: Mark, label: &str, y: usize) -> Markup {
    let beside = |party: Party, ink: Ink| {
        label_at((place(party) + NETWORK) / 2, y - 7, "middle", ink, label)
    };
    match mark {
        Mark::Sent(from) => html! {
            (arrow(place(from), NETWORK, y, Ink::Plain))
            (beside(from, Ink::Plain))
        },
        Mark::Arrives { to, genuine } => {
            let ink = if genuine { Ink::Plain } else { Ink::Foul };
            html! {
                (arrow(NETWORK, place(to), y, ink))
                (beside(to, ink))
                @if !genuine { circle class=(ink.class()) cx=(NETWORK) cy=(y) r="4" fill=(ink.colour()) {} }
            }
        }
        Mark::Exchanged { first, both_ways } => html! {
            (arrow(place(first), place(first.peer()), y, Ink::Plain))
            @if both_ways { (arrow_head(place(first.peer()), place(first), y, Ink::Plain)) }
            (beside(first, Ink::Plain))
        },
        Mark::Lost => html! {
            path class="c-foul" d={ "M" (NETWORK - 6) " " (y - 6) "l12 12m0-12l-12 12" } stroke=(Ink::Foul.colour()) stroke-width="2" {}
            (label_at(NETWORK + 14, y + 4, "start", Ink::Foul, label))
        },
        Mark::Stolen(from) => html! {
            (arrow(place(from), NETWORK, y, Ink::Foul))
            circle class="c-foul" cx=(place(from)) cy=(y) r="4" fill=(Ink::Foul.colour()) {}
            (beside(from, Ink::Foul))
        },
        Mark::At(party) => {
            let x = place(party);
            let (at, anchor) = if x < NETWORK { (x + 14, "start") } else { (x - 14, "end") };
            html! {
                rect class="c-plain" x=(x - 6) y=(y - 10) width="12" height="12" fill=(Ink::Plain.colour()) {}
                (label_at(at, y, anchor, Ink::Plain, label))
            }
        }
        Mark::Both => html! {
            path class="c-life" d={ "M" (INITIATOR) " " (y) "H" (RESPONDER) } stroke="#888" stroke-dasharray="6 4" {}
            (label_at(NETWORK, y - 7, "middle", Ink::Plain, label))
        },
        Mark::Nothing => label_at(NETWORK, y, "middle", Ink::Plain, label),
    }
}

const fn place(party: Party) -> usize {
    match party {
        Party::Initiator => INITIATOR,
        Party::Responder => RESPONDER,
    }
}

/// A line and its head; the attacker's is broken, so that it is told without its colour.
fn arrow(from: usize, to: usize, y: usize, ink: Ink) -> Markup {
    let dashes = match ink {
        Ink::Plain => None,
        Ink::Foul => Some("7 4"),
    };
    html! {
        path class=(ink.class()) d={ "M" (from) " " (y) "H" (to) } stroke=(ink.colour()) stroke-width="1.5" stroke-dasharray=[dashes] {}
        (arrow_head(from, to, y, ink))
    }
}

fn arrow_head(from: usize, to: usize, y: usize, ink: Ink) -> Markup {
    let back = if from < to { "-9-5v10z" } else { "9-5v10z" };
    html! { path class=(ink.class()) d={ "M" (to) " " (y) "l" (back) } fill=(ink.colour()) {} }
}

fn label_at(x: usize, y: usize, anchor: &str, ink: Ink, label: &str) -> Markup {
    let class = match ink {
        Ink::Plain => "c-text",
        Ink::Foul => "c-foul-text",
    };
    html! { text class=(class) x=(x) y=(y) text-anchor=(anchor) fill=(ink.colour()) { (label) } }
}

/// What was found, as lines that have room.
fn found(case: &Case) -> Vec<String> {
    let mut lines = wrap(&inert(&case.found), WIDE);
    lines.retain(|line| !line.is_empty());
    if lines.len() > DEEP {
        lines.truncate(DEEP);
        lines[DEEP - 1].push('…');
    }
    lines
}

fn words(lines: &[String], y: usize, sign: &str) -> Markup {
    html! {
        @for (index, line) in lines.iter().enumerate() {
            text class="c-foul-text" x="34" y=(y + index * WORDS) fill=(Ink::Foul.colour()) {
                @if index == 0 { (sign) }
                (line)
            }
        }
    }
}

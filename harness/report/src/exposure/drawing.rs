//! The exposure map as a drawing.

use maud::{Markup, html};

use super::{Exposure, ExposureMap};

/// Pixels of a cell, of the names on the left, and of the head.
const CELL: usize = 16;
const LEFT: usize = 160;
const TOP: usize = 40;

/// Characters of a theft's name that are drawn; all of it is in the title of its cells.
const NAME: usize = 10;

/// The map as an SVG image: a row a theft, a column a message, a line where the theft was. Each cell that is not safe says in
/// its title who got what and why, and each kind has a sign of its own, for those who do not see the colours.
#[must_use]
pub fn svg(map: &ExposureMap) -> String {
    let (rows, columns) = (map.thefts.len(), map.messages.len());
    let width = LEFT + (columns * CELL).max(520) + CELL;
    let height = TOP + rows * CELL + 2 * CELL;
    let summary = map.summary();
    let drawing = html! {
        svg xmlns="http://www.w3.org/2000/svg" width=(width) height=(height) viewBox={ "0 0 " (width) " " (height) } role="img" aria-label=(summary) {
            title { (summary) }
            rect width=(width) height=(height) fill="#fff" {}
            g font-family="Verdana,DejaVu Sans,sans-serif" font-size="11" fill="#222" {
                text x="4" y="16" { (short(&map.title, 80)) }
                @for (index, column) in map.messages.iter().enumerate() {
                    text x=(LEFT + index * CELL + CELL / 2) y=(TOP - 4) text-anchor="middle" {
                        (["i", "r"][column.from.index()])
                    }
                }
                @for theft in 0..rows { (row(map, theft)) }
                (legend(TOP + rows * CELL + CELL + 8))
            }
        }
    };
    drawing.into_string() + "\n"
}

fn row(map: &ExposureMap, theft: usize) -> Markup {
    let theft_row = &map.thefts[theft];
    let top = TOP + theft * CELL;
    let mark = LEFT + theft_row.sent_before.min(map.messages.len()) * CELL;
    html! {
        text x="4" y=(top + 12) { "theft " (short(&theft_row.label, NAME)) ", " (theft_row.victim) }
        @for message in 0..map.messages.len() {
            @let exposure = map.exposure(theft, message);
            (cell(LEFT + message * CELL, top, exposure, Some(map.told(theft, message))))
        }
        rect x=(mark.saturating_sub(1)) y=(top) width="2" height=(CELL) fill="#000" {}
    }
}

/// A cell; a safe one needs no words.
fn cell(x: usize, y: usize, exposure: Exposure, told: Option<String>) -> Markup {
    let told = told.filter(|_| exposure != Exposure::Safe);
    let (fill, sign) = match exposure {
        Exposure::Untried => ("#fff", "?"),
        Exposure::Safe => ("#d5ecd0", ""),
        Exposure::Undelivered => ("#e4e4e4", "-"),
        Exposure::ByDesign => ("#ffd469", "o"),
        Exposure::BeyondClaim => ("#e5534b", "X"),
    };
    html! {
        g {
            @if let Some(told) = told { title { (told) } }
            rect x=(x) y=(y) width=(CELL) height=(CELL) fill=(fill) stroke="#999" stroke-width="0.5" {}
            @if !sign.is_empty() {
                text x=(x + CELL / 2) y=(y + 12) text-anchor="middle" { (sign) }
            }
        }
    }
}

fn legend(y: usize) -> Markup {
    let kinds = || Exposure::ALL.into_iter().rev();
    let places = [0, 190, 330, 430, 490];
    html! {
        @for (exposure, place) in kinds().zip(places) {
            (cell(4 + place, y - 12, exposure, None))
            text x=(4 + place + CELL + 4) y=(y) { (exposure.words()) }
        }
    }
}

fn short(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((cut, _)) => format!("{}…", &text[..cut]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use roxmltree::Document;

    use super::super::tests::map;
    use super::*;
    use crate::fixtures::HOSTILE;
    use crate::inert;

    #[test]
    fn a_cell_is_drawn_for_each_pair_and_told_unless_it_is_safe() {
        let map = map(5, "");
        let drawn = svg(&map);
        let document = Document::parse(&drawn).unwrap();
        assert_eq!(document.root_element().attribute("aria-label"), Some(map.summary().as_str()));
        let titles: Vec<&str> = document
            .descendants()
            .filter(|node| node.tag_name().name() == "title")
            .filter_map(|node| node.text())
            .collect();
        assert_eq!(titles.len(), 1 + 10 - map.count(Exposure::Safe));
        assert!(titles.contains(&map.told(0, 1).as_str()), "{titles:?}");
        let filled = |colour: &str| drawn.matches(&format!("fill=\"{colour}\" stroke")).count();
        assert_eq!(
            (filled("#e5534b"), filled("#d5ecd0")),
            (2, 3),
            "one more of each in the legend"
        );
    }

    #[test]
    fn hostile_text_stays_text() {
        let map = map(5, HOSTILE);
        let drawn = svg(&map);
        let document = Document::parse(&drawn).unwrap();
        for node in document.descendants().filter(|node| node.is_element()) {
            assert!(["svg", "title", "rect", "g", "text"].contains(&node.tag_name().name()));
        }
        let texts = || document.descendants().filter_map(|node| node.text());
        assert!(texts().any(|text| text == map.told(0, 1)), "{drawn}");
        assert!(texts().all(|text| text.trim().is_empty() || !text.contains('\u{202e}')));
        assert_eq!(drawn.lines().count(), 1);
        assert_eq!(
            drawn.chars().find(|one| *one != '\n' && inert(&one.to_string()) != one.to_string()),
            None
        );
    }

    #[test]
    fn an_empty_map_is_drawn_as_well() {
        let empty = ExposureMap::new("nothing", Vec::new(), Vec::new(), Vec::new()).unwrap();
        let drawn = svg(&empty);
        Document::parse(&drawn).unwrap();
        assert!(drawn.contains("nothing: 0 thefts, 0 messages: nothing"), "{drawn}");
    }
}

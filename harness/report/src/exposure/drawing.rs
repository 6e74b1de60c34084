//! Exposure maps as one drawing.

use maud::{Markup, PreEscaped, html};
use sprag::Party;

use super::{Exposure, ExposureMap};
use crate::inert::short;

/// Pixels between things.
const GAP: usize = 16;

/// Pixels of the names left of a grid.
const LEFT: usize = 100;

/// Pixels of a map's title and figures, of a grid's head and of its foot.
const TITLE: usize = 46;
const HEAD: usize = 24;
const FOOT: usize = 20;

/// Pixels of a lane of senders.
const LANE: usize = 5;

/// Pixels that the legend and the figures need.
const LEAST_WIDTH: usize = 750;

/// Pixels of a cell: in a small map, in a large one that stands alone, and in one beside others.
const CELLS: [usize; 3] = [16, 14, 10];

/// Columns of the largest small map.
const SMALL: usize = 22;

/// Maps beside one another.
const BESIDE: usize = 2;

/// Characters of a name that are drawn; all of it is in the titles of the cells.
const NAME: usize = 6;

/// Characters of a title that are drawn.
const TITLE_LENGTH: usize = 48;

/// Light, and dark where the reader prefers that. Names are long, since a page may hold other drawings.
const STYLE: &str = ".xmap-paper{fill:#fff}.xmap-ink{fill:#1f2328}.xmap-soft{fill:#59636e}\
    .xmap-line{stroke:#fff;stroke-width:1;fill:none}.xmap-theft{stroke:#1f2328;stroke-width:2;fill:none}\
    .xmap-sign{stroke:#fff;stroke-width:1.3;fill:none}.xmap-dark-sign{stroke:#59636e;stroke-width:1.2;fill:none}\
    .xmap-safe{fill:#dcefdc}.xmap-allowed{fill:#f9e7c8}.xmap-undelivered{fill:#cdd5de}.xmap-by-design{fill:#e5674f}.xmap-beyond{fill:#4c1191}\
    .xmap-untried{fill:#f3f4f6}\
    @media(prefers-color-scheme:dark){.xmap-paper{fill:#0d1117}.xmap-ink{fill:#e6edf3}.xmap-soft{fill:#9198a1}\
    .xmap-line{stroke:#0d1117}.xmap-theft{stroke:#f0f6fc}.xmap-sign{stroke:#0d1117}.xmap-dark-sign{stroke:#9198a1}\
    .xmap-safe{fill:#173a26}.xmap-allowed{fill:#4d4023}.xmap-undelivered{fill:#3d444d}.xmap-by-design{fill:#d9553f}.xmap-beyond{fill:#d2a8ff}\
    .xmap-untried{fill:#21262d}}";

/// The map as an SVG image; see [`svg_of_all`].
#[must_use]
pub fn svg(map: &ExposureMap) -> String {
    svg_of_all(std::slice::from_ref(map))
}

/// Maps side by side as an SVG image: a row a moment of theft and a column a message, and a line where the theft was. Cells say
/// in their titles who got what and why. What is worst, and what is not known, has a sign of its own as well, for those who
/// do not see the colours.
#[must_use]
pub fn svg_of_all(maps: &[ExposureMap]) -> String {
    let tiles: Vec<Tile<'_>> = maps.iter().map(|map| Tile::of(map, maps.len() == 1)).collect();
    let tile = tiles.iter().map(Tile::width).max().unwrap_or(0) + GAP;
    let width = LEAST_WIDTH.max(tile * BESIDE.min(tiles.len())) + 2 * GAP;
    let mut placed = Vec::new();
    let mut top = GAP;
    for row in tiles.chunks(BESIDE) {
        placed.extend(row.iter().enumerate().map(|(place, it)| (it, GAP + place * tile, top)));
        top += row.iter().map(Tile::height).max().unwrap_or(0);
    }
    let height = top + 2 * GAP;
    let summary: Vec<String> = maps.iter().map(ExposureMap::summary).collect();
    let summary = summary.join("; ");
    let drawing = html! {
        svg xmlns="http://www.w3.org/2000/svg" width=(width) height=(height) viewBox={ "0 0 " (width) " " (height) } role="img" aria-label=(summary) {
            title { (summary) }
            style { (PreEscaped(STYLE)) }
            rect class="xmap-paper" width=(width) height=(height) {}
            g font-family="Verdana,DejaVu Sans,sans-serif" font-size="11" {
                @for (tile, left, top) in placed { (tile.draw(left, top)) }
                (legend(height - 2 * GAP))
            }
        }
    };
    drawing.into_string() + "\n"
}

/// One map with the size of its cells.
struct Tile<'m> {
    map: &'m ExposureMap,
    cell: usize,
    moments: Vec<Vec<usize>>,
}

impl<'m> Tile<'m> {
    fn of(map: &'m ExposureMap, is_alone: bool) -> Self {
        let [small, alone, beside] = CELLS;
        let cell = if map.messages.len() <= SMALL {
            small
        } else if is_alone && map.messages.len() <= BESIDE * SMALL {
            alone
        } else {
            beside
        };
        Self { map, cell, moments: map.moments() }
    }

    fn width(&self) -> usize {
        (LEFT + self.map.messages.len() * self.cell).max(LEAST_WIDTH / BESIDE)
    }

    fn height(&self) -> usize {
        TITLE + HEAD + self.moments.len() * self.cell + FOOT + GAP
    }

    fn draw(&self, left: usize, top: usize) -> Markup {
        let summary = self.map.summary();
        let figures = summary.rsplit_once(": ").map_or("", |(_, figures)| figures);
        html! {
            text class="xmap-ink" x=(left) y=(top + 14) font-size="15" font-weight="bold" { (short(&self.map.title, TITLE_LENGTH)) }
            text class="xmap-soft" x=(left) y=(top + 31) font-size="10" { (figures) }
            (self.grid(left + LEFT, top + TITLE))
        }
    }

    fn grid(&self, x: usize, top: usize) -> Markup {
        let (cell, columns, rows) = (self.cell, self.map.messages.len(), self.moments.len());
        let y = top + HEAD;
        let lane = |party: Party| top + party.index() * (LANE + 4);
        // Names stand as close as they can be read.
        let every = |pixels: usize| pixels.div_ceil(cell);
        let name = |moment: &[usize]| &self.map.thefts[moment[0]].label;
        html! {
            @for party in Party::BOTH {
                text class="xmap-soft" x=(x - 6) y=(lane(party) + LANE + 1) font-size="9" text-anchor="end" { "sent by " (party) }
            }
            @for (index, column) in self.map.messages.iter().enumerate() {
                rect class="xmap-soft" x=(x + index * cell + 1) y=(lane(column.from)) width=(cell - 2) height=(LANE) {}
            }
            @for (row, moment) in self.moments.iter().enumerate() {
                @if row % every(12) == 0 {
                    text class="xmap-soft" x=(x - 6) y=(y + row * cell + cell / 2 + 3) font-size="9" text-anchor="end" {
                        @if row == 0 { "theft " } (short(name(moment), NAME))
                    }
                }
                (self.row(moment, x, y + row * cell))
            }
            path class="xmap-line" d=(lines(x, y, columns, rows, cell)) {}
            (self.signs(x, y))
            path class="xmap-theft" d=(self.stairs(x, y)) {}
            text class="xmap-soft" x=(x - 6) y=(y + rows * cell + 12) font-size="9" text-anchor="end" { "message" }
            @for (index, column) in self.map.messages.iter().enumerate().step_by(every(27)) {
                text class="xmap-soft" x=(x + index * cell + cell / 2) y=(y + rows * cell + 12) font-size="9" text-anchor="middle" {
                    (short(&column.label, NAME))
                }
            }
        }
    }

    /// One moment: neighbours of which the same is to be said are one.
    fn row(&self, moment: &[usize], x: usize, y: usize) -> Markup {
        let all: Vec<usize> = (0..self.map.messages.len()).collect();
        let said = |message: usize| {
            let worst = self.map.worst(moment, message);
            let cells = moment.iter().flat_map(move |&theft| {
                self.map.at(theft, message).iter().map(move |cell| (theft, cell))
            });
            let said = cells.filter(move |(_, cell)| cell.exposure == worst);
            said.map(|(theft, cell)| (theft, cell.exposure, &cell.attacker, &cell.reason))
        };
        html! {
            @for run in all.chunk_by(|one, other| said(*one).eq(said(*other))) {
                rect class=(class(self.map.worst(moment, run[0]))) x=(x + run[0] * self.cell) y=(y) width=(run.len() * self.cell) height=(self.cell) {
                    title { (self.map.told_moment(moment, run[0], run.len())) }
                }
            }
        }
    }

    /// A sign in each cell that is of a kind.
    fn signs(&self, x: usize, y: usize) -> Markup {
        let path = |wanted: Exposure| {
            let mut path = String::new();
            for (row, moment) in self.moments.iter().enumerate() {
                let of = |message: &usize| self.map.worst(moment, *message) == wanted;
                for message in (0..self.map.messages.len()).filter(of) {
                    path += &sign(wanted, x + message * self.cell, y + row * self.cell, self.cell);
                }
            }
            path
        };
        html! {
            @for exposure in [Exposure::BeyondClaim, Exposure::Undelivered, Exposure::Untried] {
                @let path = path(exposure);
                @if !path.is_empty() { path class=(sign_class(exposure)) d=(path) {} }
            }
        }
    }

    /// Where each theft was.
    fn stairs(&self, x: usize, y: usize) -> String {
        let place = |moment: &[usize]| {
            let before = self.map.thefts[moment[0]].sent_before;
            x + before.min(self.map.messages.len()) * self.cell
        };
        let mut path = format!("M{} {y}", self.moments.first().map_or(x, |moment| place(moment)));
        for (row, moment) in (1..).zip(&self.moments) {
            path += &format!("H{}V{}", place(moment), y + row * self.cell);
        }
        path
    }
}

/// What keeps cells apart.
fn lines(x: usize, y: usize, columns: usize, rows: usize, cell: usize) -> String {
    let (width, height) = (columns * cell, rows * cell);
    let down = (0..=columns).map(|column| format!("M{} {y}v{height}", x + column * cell));
    let across = (0..=rows).map(|row| format!("M{x} {}h{width}", y + row * cell));
    down.chain(across).collect()
}

const fn class(exposure: Exposure) -> &'static str {
    match exposure {
        Exposure::Untried => "xmap-untried",
        Exposure::Safe => "xmap-safe",
        Exposure::Allowed => "xmap-allowed",
        Exposure::Undelivered => "xmap-undelivered",
        Exposure::ByDesign => "xmap-by-design",
        Exposure::BeyondClaim => "xmap-beyond",
    }
}

const fn sign_class(exposure: Exposure) -> &'static str {
    if matches!(exposure, Exposure::BeyondClaim) { "xmap-sign" } else { "xmap-dark-sign" }
}

/// A cross, a dash, a dot.
fn sign(exposure: Exposure, x: usize, y: usize, cell: usize) -> String {
    let (inset, middle) = (cell / 3, cell / 2);
    let (right, bottom) = (x + cell - inset, y + cell - inset);
    let (left, top) = (x + inset, y + inset);
    match exposure {
        Exposure::BeyondClaim => {
            format!("M{left} {top}L{right} {bottom}M{right} {top}L{left} {bottom}")
        }
        Exposure::Undelivered => format!("M{left} {}H{right}", y + middle),
        Exposure::Untried => format!("M{} {}h1", x + middle, y + middle),
        Exposure::Safe | Exposure::Allowed | Exposure::ByDesign => String::new(),
    }
}

fn legend(y: usize) -> Markup {
    const SIZE: usize = 12;
    let kinds = || Exposure::ALL.into_iter().rev();
    let places = [0, 180, 316, 416, 524, 586, 668];
    html! {
        @for (exposure, place) in kinds().zip(places) {
            rect class=(class(exposure)) x=(GAP + place) y=(y) width=(SIZE) height=(SIZE) {}
            @let sign = sign(exposure, GAP + place, y, SIZE);
            @if !sign.is_empty() { path class=(sign_class(exposure)) d=(sign) {} }
            text class="xmap-ink" x=(GAP + place + SIZE + 5) y=(y + 10) { (exposure.words()) }
        }
        path class="xmap-theft" d={ "M" (GAP + places[6]) " " (y) "v" (SIZE) } {}
        text class="xmap-ink" x=(GAP + places[6] + 8) y=(y + 10) { "the theft" }
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
    fn every_pair_is_drawn_once_and_told() {
        let map = map(5, "");
        let drawn = svg(&map);
        let document = Document::parse(&drawn).unwrap();
        assert_eq!(document.root_element().attribute("aria-label"), Some(map.summary().as_str()));
        let cells = document
            .descendants()
            .filter(|node| node.has_tag_name("rect") && node.first_element_child().is_some());
        let mut told = Vec::new();
        let mut columns = 0;
        for cell in cells {
            let width: usize = cell.attribute("width").unwrap().parse().unwrap();
            columns += width / CELLS[0];
            told.push(cell.first_element_child().and_then(|title| title.text()).unwrap());
        }
        assert_eq!(columns, 10);
        assert!(told.contains(&map.told(0, 1).as_str()), "{told:?}");
        let run = "theft 1 from the initiator, messages 3.0 to 4.0: not tried";
        assert!(told.contains(&run), "{told:?}");
        let filled = |kind: &str| drawn.matches(&format!("rect class=\"{kind}\"")).count();
        assert_eq!((filled("xmap-beyond"), filled("xmap-safe")), (2, 3), "one more in the legend");
    }

    #[test]
    fn several_maps_stand_side_by_side_within_the_drawing() {
        let maps = [map(5, ""), map(44, ""), map(90, "")];
        let drawn = svg_of_all(&maps);
        let document = Document::parse(&drawn).unwrap();
        let number = |node: roxmltree::Node<'_, '_>, name| -> usize {
            node.attribute(name).map_or(0, |text| text.parse().unwrap())
        };
        let root = document.root_element();
        let (width, height) = (number(root, "width"), number(root, "height"));
        for node in document.descendants().filter(|node| node.has_tag_name("rect")) {
            assert!(number(node, "x") + number(node, "width") <= width);
            assert!(number(node, "y") + number(node, "height") <= height);
        }
        for map in &maps {
            assert!(drawn.contains(&map.told(0, 1)));
        }
    }

    #[test]
    fn hostile_text_stays_text() {
        let map = map(5, HOSTILE);
        let drawn = svg(&map);
        let document = Document::parse(&drawn).unwrap();
        for node in document.descendants().filter(|node| node.is_element()) {
            let known = ["svg", "title", "style", "rect", "g", "text", "path"];
            assert!(known.contains(&node.tag_name().name()));
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
        assert!(drawn.contains("nothing: 0 moments of theft, 0 messages: nothing"), "{drawn}");
    }
}

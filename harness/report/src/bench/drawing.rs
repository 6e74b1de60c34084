//! The comparison as a drawing.

use maud::{Markup, PreEscaped, html};

use super::{BASE, Bench, Cell, Row, multiple};
use crate::inert::short;

/// Pixels around the drawing.
const GAP: usize = 16;

/// Pixels of the names, of a cell, and of the heads above the cells.
const LEFT: usize = 290;
const CELL: (usize, usize) = (64, 22);
const HEAD: usize = 68;

/// Pixels of what stands below.
const FOOT: usize = 40;

/// Characters of a name that are drawn; all of it is in its title.
const NAME: usize = 42;

/// Steps of the colours, each twice as much as the one before: how much faster, and how much slower.
const FASTER: usize = 3;
const SLOWER: usize = 6;

/// Pixels of a step in the legend.
const STEP: usize = 48;

/// Light, and dark where the reader prefers that. Names are long, since a page may hold other drawings.
const STYLE: &str = ".xbench-paper{fill:#fff}.xbench-ink{fill:#1f2328}.xbench-soft{fill:#59636e}\
    .xbench-none{fill:#f3f4f6}.xbench-same{fill:#eef1f4}\
    .xbench-faster-1{fill:#d3ead9}.xbench-faster-2{fill:#a9d8b8}.xbench-faster-3{fill:#7cc495}\
    .xbench-slower-1{fill:#fdeadf}.xbench-slower-2{fill:#fbd3bd}.xbench-slower-3{fill:#f7b795}\
    .xbench-slower-4{fill:#f1986e}.xbench-slower-5{fill:#e8794f}.xbench-slower-6{fill:#db6142}\
    @media(prefers-color-scheme:dark){.xbench-paper{fill:#0d1117}.xbench-ink{fill:#e6edf3}.xbench-soft{fill:#9198a1}\
    .xbench-none{fill:#161b22}.xbench-same{fill:#21262d}\
    .xbench-faster-1{fill:#163022}.xbench-faster-2{fill:#17432b}.xbench-faster-3{fill:#185a36}\
    .xbench-slower-1{fill:#33231c}.xbench-slower-2{fill:#4a2c20}.xbench-slower-3{fill:#633625}\
    .xbench-slower-4{fill:#7d4029}.xbench-slower-5{fill:#96482d}.xbench-slower-6{fill:#ad4f30}}";

/// The comparison as an SVG image: a row a ratchet and a column a workload, with the multiple in each cell and a colour for
/// those who look from afar. Cells say in their titles what is known, and why what is missing was not measured.
#[must_use]
pub fn svg(bench: &Bench) -> String {
    let legend_width = (FASTER + 1 + SLOWER) * STEP;
    let width = 2 * GAP + legend_width.max(LEFT + bench.workloads.len() * CELL.0);
    let height = 2 * GAP + HEAD + bench.rows.len() * CELL.1 + FOOT;
    let summary = format!(
        "{} ratchets and {} workloads, compared with {BASE}",
        bench.rows.len(),
        bench.workloads.len()
    );
    let bottom = GAP + HEAD + bench.rows.len() * CELL.1;
    let drawing = html! {
        svg xmlns="http://www.w3.org/2000/svg" width=(width) height=(height) viewBox={ "0 0 " (width) " " (height) } role="img" aria-label=(summary) {
            title { (summary) }
            style { (PreEscaped(STYLE)) }
            rect class="xbench-paper" width=(width) height=(height) {}
            g font-family="Verdana,DejaVu Sans,sans-serif" font-size="11" {
                text class="xbench-ink" x=(GAP) y=(GAP + 14) font-size="15" font-weight="bold" { "How long it takes" }
                text class="xbench-soft" x=(GAP) y=(GAP + 31) font-size="10" { "as a multiple of " (BASE) " in the same run" }
                (heads(bench))
                @for (index, row) in bench.rows.iter().enumerate() {
                    (line(bench, row, GAP + HEAD + index * CELL.1, index == 0))
                }
                (legend(bottom + GAP))
            }
        }
    };
    drawing.into_string() + "\n"
}

/// Names of the workloads, on two lines where they have two parts.
fn heads(bench: &Bench) -> Markup {
    let y = GAP + HEAD - 20;
    html! {
        @for (index, id) in bench.workloads.iter().enumerate() {
            @let x = GAP + LEFT + index * CELL.0 + CELL.0 / 2;
            @let (first, second) = id.split_once('-').unwrap_or(("", id));
            text class="xbench-soft" x=(x) y=(y) font-size="10" text-anchor="middle" { (first) }
            text class="xbench-soft" x=(x) y=(y + 13) font-size="10" text-anchor="middle" { (second) }
        }
    }
}

fn line(bench: &Bench, row: &Row, y: usize, is_base: bool) -> Markup {
    let baseline = y + CELL.1 - 7;
    html! {
        text class="xbench-ink" x=(GAP) y=(baseline) { title { (row.name) } (short(&row.name, NAME)) }
        @for (index, (id, cell)) in bench.workloads.iter().zip(&row.cells).enumerate() {
            @let x = GAP + LEFT + index * CELL.0;
            rect class=(class(cell)) x=(x) y=(y) width=(CELL.0 - 2) height=(CELL.1 - 2) {
                title { (told(&row.name, id, cell)) }
            }
            text class="xbench-ink" x=(x + CELL.0 / 2 - 1) y=(baseline) text-anchor="middle" pointer-events="none" {
                (cell.shown(is_base))
            }
        }
    }
}

/// A cell in words.
pub(crate) fn told(name: &str, id: &str, cell: &Cell) -> String {
    match cell {
        Cell::Took(took) => {
            let [ratio, least, most] = [took.ratio, took.least, took.most].map(multiple);
            format!("{name}, {id}: {ratio} times as long as {BASE} ({least} to {most})")
        }
        Cell::NotMeasured(why) if why.is_empty() => format!("{name}, {id}: not measured"),
        Cell::NotMeasured(why) => format!("{name}, {id}: not measured: {why}"),
    }
}

/// The class of a cell: how many times it doubles or halves.
pub(crate) fn class(cell: &Cell) -> String {
    let Cell::Took(took) = cell else { return "xbench-none".to_owned() };
    let doublings = took.ratio.log2().round();
    if doublings > 0.0 {
        format!("xbench-slower-{}", doublings.min(SLOWER as f64))
    } else if doublings < 0.0 {
        format!("xbench-faster-{}", (-doublings).min(FASTER as f64))
    } else {
        "xbench-same".to_owned()
    }
}

fn legend(y: usize) -> Markup {
    let label = |step: usize, last: usize, sign: &str| {
        let end = if step == last { if sign.is_empty() { "≥ " } else { "≤ " } } else { "" };
        format!("{end}{sign}{}", 1 << step)
    };
    let faster =
        (1..=FASTER).rev().map(|step| (format!("xbench-faster-{step}"), label(step, FASTER, "1/")));
    let slower =
        (1..=SLOWER).map(|step| (format!("xbench-slower-{step}"), label(step, SLOWER, "")));
    let same = ("xbench-same".to_owned(), "1".to_owned());
    let steps = faster.chain([same]).chain(slower).enumerate();
    html! {
        @for (index, (class, label)) in steps {
            rect class=(class) x=(GAP + index * STEP) y=(y) width=(STEP - 2) height="14" {}
            text class="xbench-ink" x=(GAP + index * STEP + STEP / 2 - 1) y=(y + 11) font-size="9" text-anchor="middle" { (label) }
        }
    }
}

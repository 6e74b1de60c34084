//! The comparison as text.

use super::{BASE, BESIDE_PIPE, Bench, Row, multiple};
use crate::terminal::{WIDTH, heading, wrap};
use unicode_width::UnicodeWidthStr as _;

/// Ratchets beside the base that fit beside the names of the workloads.
const PER_BLOCK: usize = 9;

/// Columns of a figure with the gap before it.
const CELL: usize = 8;

/// Columns of what the base took, with the gap before it.
const TIME: usize = 9;

/// The comparison as text of at most [`WIDTH`] columns.
#[must_use]
pub fn table(bench: &Bench) -> String {
    let mut text = legend(bench);
    let others: Vec<(usize, &Row)> = (2..).zip(bench.rows.iter().skip(1)).collect();
    let names = bench.workloads.iter().chain(&bench.weighed);
    let width = names.map(String::len).max().unwrap_or(0);
    let blocks = others.chunks(PER_BLOCK);
    // With nobody to compare, what the base itself took and weighs is told all the same.
    for block in blocks.chain(others.is_empty().then_some(&others[..])) {
        text += "\n";
        text += &times(bench, block, width);
        if !bench.weighed.is_empty() {
            text += "\n";
            text += &bytes(bench, block, width);
        }
    }
    let reasons = bench.reasons();
    if !reasons.is_empty() {
        text += "\nNot measured:\n";
    }
    for (id, why, numbers) in reasons {
        let numbers: Vec<String> = numbers.iter().map(usize::to_string).collect();
        let line = format!("{id}, {}: {why}", numbers.join(" "));
        text += &format!("  {}\n", wrap(&line, WIDTH - 4).join("\n    "));
    }
    let pipes: Vec<(&str, f64)> =
        bench.rows.iter().filter_map(|row| Some((row.name.as_str(), row.pipe?))).collect();
    if !pipes.is_empty() {
        text += &format!(
            "\nA call that does nothing takes, over the line, so many times what `{BESIDE_PIPE}` takes 1:\n"
        );
    }
    for (name, ratio) in pipes {
        let line = format!("{name}: {}", multiple(ratio));
        text += &format!("  {}\n", wrap(&line, WIDTH - 4).join("\n    "));
    }
    text
}

fn legend(bench: &Bench) -> String {
    let words = format!(
        "What a workload takes, as a multiple of what it takes {BASE} in the same run; below 1 is faster."
    );
    let mut text = wrap(&words, WIDTH).join("\n") + "\n\n";
    for (number, row) in (1..).zip(&bench.rows) {
        let name = wrap(&row.name, WIDTH - 6).join("\n    ");
        text += &format!("{number:>2}  {name}\n");
    }
    text
}

fn times(bench: &Bench, block: &[(usize, &Row)], width: usize) -> String {
    let mut text = head("workload", width, "1", block);
    for (column, id) in bench.workloads.iter().enumerate() {
        let base =
            bench.rows.first().map_or_else(String::new, |base| base.cells[column].shown(true));
        text += &line(id, width, &base, block, |row| row.cells[column].shown(false));
    }
    text
}

fn bytes(bench: &Bench, block: &[(usize, &Row)], width: usize) -> String {
    let mut text = head("bytes", width, "1", block);
    for (column, id) in bench.weighed.iter().enumerate() {
        let count =
            |row: &Row| row.bytes[column].map_or_else(|| "-".to_owned(), |it| it.to_string());
        let base = bench.rows.first().map_or_else(String::new, count);
        text += &line(id, width, &base, block, count);
    }
    text
}

fn head(title: &str, width: usize, base: &str, block: &[(usize, &Row)]) -> String {
    let numbers: String =
        block.iter().map(|(number, _)| aligned(&number.to_string(), CELL)).collect();
    heading(&format!("{title:width$}{}{numbers}", aligned(base, TIME))) + "\n"
}

fn line(
    id: &str,
    width: usize,
    base: &str,
    block: &[(usize, &Row)],
    cell: impl Fn(&Row) -> String,
) -> String {
    let cells: String = block.iter().map(|(_, row)| aligned(&cell(row), CELL)).collect();
    format!("{id:width$}{}{cells}\n", aligned(base, TIME))
}

/// A cell at the right end of its column.
fn aligned(cell: &str, width: usize) -> String {
    format!("{}{cell}", " ".repeat(width.saturating_sub(cell.width())))
}

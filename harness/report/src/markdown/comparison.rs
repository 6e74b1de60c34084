//! What several ratchets claim and what was measured of them, as a table.

use super::escape::short;
use super::{NAME, VERSION};
use crate::Report;
use crate::comparison::{COLUMNS, rows};

/// The head of the table, its rows, and what its columns say; no rows for one ratchet alone.
pub(super) fn comparison(report: &Report) -> (String, Vec<String>, String) {
    let titles: String = COLUMNS.iter().map(|column| format!(" {} |", column.title)).collect();
    let rule = "---|".repeat(COLUMNS.len() + 2);
    let row = |row: crate::comparison::Row| {
        let cells: String =
            row.cells.iter().map(|cell| format!(" {} |", short(cell, VERSION))).collect();
        format!("| {} | {} |{cells}\n", short(&row.name, NAME), row.worst)
    };
    let says: String =
        COLUMNS.iter().map(|column| format!("- {}: {}\n", column.title, column.says)).collect();
    (
        format!("| ratchet | worst |{titles}\n|{rule}\n"),
        rows(report).into_iter().map(row).collect(),
        format!("\n{says}\n"),
    )
}

//! How fast ratchets are beside one another, as a table.

use super::NAME;
use super::escape::{plain, short};
use crate::Context;
use crate::bench::BASE;

/// What stands before the table with its head, and its rows; no rows if there is nothing to tell.
pub(super) fn times(context: &Context) -> (String, Vec<String>) {
    let Some(bench) = &context.bench else { return (String::new(), Vec::new()) };
    let titles = bench.workloads.iter().chain(&bench.weighed);
    let titles: String = titles.map(|id| format!(" {} |", plain(id))).collect();
    let rule = "---|".repeat(bench.workloads.len() + bench.weighed.len() + 1);
    let head = format!(
        "### How fast they are\n\nWhat a workload takes, as a multiple of what it takes {} in the same run of the benches; then \
         bytes, of messages and of sessions at rest.\n\n| ratchet |{titles}\n|{rule}\n",
        plain(BASE)
    );
    let rows = bench.rows.iter().enumerate().map(|(index, row)| {
        let times: String =
            row.cells.iter().map(|cell| format!(" {} |", plain(&cell.shown(index == 0)))).collect();
        let bytes = row.bytes.iter().map(|bytes| bytes.map_or("-".to_owned(), |it| it.to_string()));
        let bytes: String = bytes.map(|bytes| format!(" {bytes} |")).collect();
        format!("| {} |{times}{bytes}\n", short(&row.name, NAME))
    });
    (head, rows.collect())
}

//! How fast ratchets are beside one another, where a comparison of times was handed along.

use maud::{Markup, html};

use super::NAME;
use crate::Context;
use crate::bench::{BASE, Bench, Cell, class, told};
use crate::inert::short;

/// Characters of what is told of a cell.
const TOLD: usize = 300;

/// The comparison; nothing if there is none.
pub(super) fn section(context: &Context) -> Option<Markup> {
    let bench = context.bench.as_ref()?;
    Some(html! {
        p {
            "What a workload takes, as a multiple of what it takes " (BASE) " in the same run of the benches, which is another run "
            "than that of the games; of " (BASE) " the time itself. Then bytes, of messages and of sessions at rest."
        }
        div class="wide" role="region" aria-label="Times, scrollable" tabindex="0" {
            table id="times-table" class="sortable" {
                caption {
                    (bench.rows.len()) " ratchets by " (bench.workloads.len()) " workloads and " (bench.weighed.len()) " sizes"
                }
                thead {
                    tr {
                        th scope="col" { "ratchet" }
                        @for id in bench.workloads.iter().chain(&bench.weighed) { th scope="col" { (id) } }
                    }
                }
                tbody { @for index in 0..bench.rows.len() { (row(bench, index)) } }
            }
        }
    })
}

fn row(bench: &Bench, index: usize) -> Markup {
    let row = &bench.rows[index];
    html! {
        tr {
            th scope="row" { (short(&row.name, NAME)) }
            @for (id, cell) in bench.workloads.iter().zip(&row.cells) {
                @let words = short(&told(&row.name, id, cell), TOLD);
                @match cell {
                    Cell::Took(took) => td class=(class(cell)) data-v=(took.ratio) title=(words) { (cell.shown(index == 0)) },
                    Cell::NotMeasured(_) => td class=(class(cell)) title=(words) { "–" },
                }
            }
            @for bytes in &row.bytes {
                @match bytes {
                    Some(bytes) => td data-v=(bytes) { (bytes) },
                    None => td { "–" },
                }
            }
        }
    }
}

//! The comparison for programs.

use serde::Serialize;

use super::{BASE, Bench, Cell, Estimate, Row};

/// The version of the form.
pub const BENCH_WIRE: u32 = 1;

#[derive(Serialize)]
struct Form<'b> {
    wire: u32,
    base: &'static str,
    ratchets: Vec<RatchetForm<'b>>,
}

#[derive(Serialize)]
struct RatchetForm<'b> {
    name: &'b str,
    times: Vec<TimeForm<'b>>,
    bytes: Vec<BytesForm>,
}

/// One workload: a ratio with what it may well be and the time behind it, or the reason why there is none.
#[derive(Serialize)]
#[serde(untagged)]
enum TimeForm<'b> {
    Took { workload: &'static str, ratio: f64, least: f64, most: f64, nanoseconds: f64 },
    NotMeasured { workload: &'static str, not_measured: &'b str },
}

#[derive(Serialize)]
struct BytesForm {
    of: &'static str,
    bytes: u64,
}

/// The comparison as JSON.
///
/// # Errors
/// If a time is no number.
pub fn json(bench: &Bench) -> serde_json::Result<String> {
    let ratchets = bench.rows.iter().map(|row| ratchet(bench, row)).collect();
    let form = Form { wire: BENCH_WIRE, base: BASE, ratchets };
    Ok(serde_json::to_string_pretty(&form)? + "\n")
}

fn ratchet<'b>(bench: &Bench, row: &'b Row) -> RatchetForm<'b> {
    let weighed = bench.weighed.iter().zip(&row.bytes);
    let weighed = weighed.filter_map(|(of, bytes)| Some(BytesForm { of, bytes: (*bytes)? }));
    let measured = bench.workloads.iter().zip(&row.cells);
    RatchetForm {
        name: &row.name,
        times: measured.map(|((workload, base), cell)| time(workload, base, cell)).collect(),
        bytes: weighed.collect(),
    }
}

fn time<'b>(workload: &'static str, base: &Estimate, cell: &'b Cell) -> TimeForm<'b> {
    match cell {
        Cell::Took(took) => {
            let (least, most) = took.ratio_between(base);
            let (ratio, nanoseconds) = (took.ratio(base), took.median);
            TimeForm::Took { workload, ratio, least, most, nanoseconds }
        }
        Cell::NotMeasured(why) => TimeForm::NotMeasured { workload, not_measured: why },
    }
}

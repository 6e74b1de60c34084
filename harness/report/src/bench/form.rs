//! The comparison for programs.

use serde::{Deserialize, Serialize};

use super::{BASE, Bench, Cell, Row, Took};
use crate::inert::{inert, short};
use crate::read::{ReportError, of_form, twice};

/// The version of the form.
pub const BENCH_WIRE: u32 = 1;

/// Characters of the name of a workload.
const ID: usize = 20;

/// What a ratio or a time may be.
const SENSIBLE: std::ops::Range<f64> = 1e-9..1e15;

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Form {
    wire: u32,
    base: String,
    ratchets: Vec<RatchetForm>,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct RatchetForm {
    name: String,
    times: Vec<TimeForm>,
    bytes: Vec<BytesForm>,
    /// What a call that does nothing takes, over the line to a program.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pipe: Option<f64>,
}

#[derive(Deserialize, Serialize)]
struct TimeForm {
    workload: String,
    #[serde(flatten)]
    outcome: OutcomeForm,
}

/// A ratio with what it may well be and the time behind it, or the reason why there is none.
#[derive(Deserialize, Serialize)]
#[serde(untagged)]
enum OutcomeForm {
    Took(Took),
    NotMeasured { not_measured: String },
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct BytesForm {
    of: String,
    bytes: u64,
}

/// The comparison as JSON.
///
/// # Errors
/// If a time is no number.
pub fn json(bench: &Bench) -> serde_json::Result<String> {
    let ratchets = bench.rows.iter().map(|row| ratchet(bench, row)).collect();
    let form = Form { wire: BENCH_WIRE, base: BASE.to_owned(), ratchets };
    Ok(serde_json::to_string_pretty(&form)? + "\n")
}

fn ratchet(bench: &Bench, row: &Row) -> RatchetForm {
    let weighed = bench.weighed.iter().zip(&row.bytes);
    let weighed =
        weighed.filter_map(|(of, bytes)| Some(BytesForm { of: of.clone(), bytes: (*bytes)? }));
    let measured = bench.workloads.iter().zip(&row.cells);
    let time = |(workload, cell): (&String, &Cell)| TimeForm {
        workload: workload.clone(),
        outcome: match cell {
            Cell::Took(took) => OutcomeForm::Took(*took),
            Cell::NotMeasured(why) => OutcomeForm::NotMeasured { not_measured: why.clone() },
        },
    };
    RatchetForm {
        name: row.name.clone(),
        times: measured.map(time).collect(),
        bytes: weighed.collect(),
        pipe: row.pipe,
    }
}

impl Bench {
    /// Reads what [`json`] wrote.
    ///
    /// # Errors
    /// With the line, the column and the field, if the text is no whole comparison of this form; with the ratchet, if what
    /// is told of it does not stand beside the others.
    pub fn from_json(text: &str) -> Result<Self, ReportError> {
        let form: Form = of_form(text, "comparison of times", BENCH_WIRE)?;
        if form.base != BASE {
            let words =
                format!("`base` is `{}`; here all are compared with {BASE}", inert(&form.base));
            return Err(ReportError::Incomparable(words));
        }
        let Some(base) = form.ratchets.first().filter(|first| first.name == BASE) else {
            return Err(ReportError::Incomparable(format!(
                "the first of `ratchets` is not {BASE}"
            )));
        };
        if let Some(name) = twice(form.ratchets.iter().map(|ratchet| ratchet.name.as_str())) {
            return Err(ReportError::Repeated { what: "the ratchet", name: inert(name) });
        }
        let workloads: Vec<String> = base.times.iter().map(|time| time.workload.clone()).collect();
        let mut weighed: Vec<String> = Vec::new();
        for BytesForm { of, .. } in form.ratchets.iter().flat_map(|ratchet| &ratchet.bytes) {
            if !weighed.contains(of) {
                weighed.push(of.clone());
            }
        }
        let rows = form.ratchets.iter().map(|ratchet| row(ratchet, &workloads, &weighed));
        let rows = rows.collect::<Result<Vec<Row>, ReportError>>()?;
        let named = |ids: Vec<String>| ids.iter().map(|id| short(id, ID)).collect();
        Ok(Self { workloads: named(workloads), weighed: named(weighed), rows })
    }
}

fn row(form: &RatchetForm, workloads: &[String], weighed: &[String]) -> Result<Row, ReportError> {
    let unlike =
        |words: &str| Err(ReportError::Incomparable(format!("`{}`: {words}", inert(&form.name))));
    if !form.times.iter().map(|time| &time.workload).eq(workloads) {
        return unlike(
            "`times` is not of the same workloads in the same order as that of the first",
        );
    }
    let mut figures: Vec<f64> = form.pipe.into_iter().collect();
    for time in &form.times {
        if let OutcomeForm::Took(Took { ratio, least, most, nanoseconds }) = time.outcome {
            figures.extend([ratio, least, most, nanoseconds]);
        }
    }
    if !figures.iter().all(|figure| SENSIBLE.contains(figure)) {
        return unlike("a figure is not within reason");
    }
    let cell = |time: &TimeForm| match &time.outcome {
        OutcomeForm::Took(took) => Cell::Took(*took),
        OutcomeForm::NotMeasured { not_measured } => Cell::NotMeasured(inert(not_measured)),
    };
    let bytes = |id: &String| form.bytes.iter().find(|it| it.of == *id).map(|it| it.bytes);
    Ok(Row {
        name: inert(&form.name),
        cells: form.times.iter().map(cell).collect(),
        bytes: weighed.iter().map(bytes).collect(),
        pipe: form.pipe,
    })
}

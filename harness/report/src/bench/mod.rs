//! How fast ratchets are beside one another: the table and the chart of `sprag bench`.
//!
//! What a workload takes is told as a multiple of what it took one ratchet, the base, in the same run. The machine's own
//! speed goes out of the figures that way.

mod drawing;
mod form;
mod table;
#[cfg(test)]
pub(crate) mod tests;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::inert;

pub use drawing::svg;
pub(crate) use drawing::{class, told};
pub use form::{BENCH_WIRE, json};
pub use table::table;

/// The ratchet that all others are compared with.
pub const BASE: &str = "textbook/double-ratchet-lazy";

/// What stands in the place of a workload where the line to a program was measured.
pub const PIPE: &str = "pipe";

/// The workload that the line is compared with.
const BESIDE_PIPE: &str = "encrypt";

/// Nanoseconds that one execution takes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// The median.
    pub median: f64,
    /// The least that the median may well be.
    pub least: f64,
    /// And the most.
    pub most: f64,
}

/// A time that was measured.
#[derive(Clone, Debug, PartialEq)]
pub struct Timed {
    /// What was executed.
    pub workload: String,
    /// The ratchet's name.
    pub ratchet: String,
    /// What it took.
    pub took: Estimate,
}

/// What a run of the benches says of itself, besides its times.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Run {
    /// When it began, in seconds since 1970: what was measured before is of another run.
    pub started: u64,
    /// Its ratchets, in order.
    pub ratchets: Vec<Benched>,
}

impl Run {
    /// The file that the benches write it to, beside the folders of criterion.
    pub const FILE: &str = "sprag-run.json";
}

/// A ratchet of a run.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Benched {
    /// Its name.
    pub name: String,
    /// Workloads that were not measured, and why.
    #[serde(default)]
    pub not_measured: BTreeMap<String, String>,
    /// Bytes, by the name of what was weighed.
    #[serde(default)]
    pub bytes: BTreeMap<String, u64>,
}

/// Why there is nothing to compare.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum BenchError {
    /// No workload was measured at all.
    #[error("no workload was measured")]
    Nothing,
    /// The base is missing.
    #[error("{BASE}, which all others are compared with, was not measured")]
    NoBase,
}

/// Ratchets beside one another.
#[derive(Clone, Debug, PartialEq)]
pub struct Bench {
    /// Names of the workloads.
    pub(crate) workloads: Vec<String>,
    /// Names of what was weighed.
    pub(crate) weighed: Vec<String>,
    /// The base is the first.
    pub(crate) rows: Vec<Row>,
}

/// A ratchet among others.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Row {
    pub(crate) name: String,
    /// One for each workload.
    pub(crate) cells: Vec<Cell>,
    /// One for each thing weighed.
    pub(crate) bytes: Vec<Option<u64>>,
    /// What a call that does nothing takes, over the line, as a multiple of what the base's `encrypt` takes.
    pipe: Option<f64>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Cell {
    Took(Took),
    /// With the reason, if there is one.
    NotMeasured(String),
}

/// What a workload took.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
pub(crate) struct Took {
    /// As a multiple of what it took the base.
    pub(crate) ratio: f64,
    /// The least and the most that the multiple may well be.
    least: f64,
    most: f64,
    /// The time itself.
    pub(crate) nanoseconds: f64,
}

impl Bench {
    /// Puts together what was measured: `workloads` and `weighed` in the order they are told in. A ratchet that `run` does not
    /// name comes behind those it names.
    ///
    /// # Errors
    /// If there is nothing to compare, or nothing to compare with.
    pub fn new(
        workloads: &[&'static str],
        weighed: &[&'static str],
        run: Run,
        times: Vec<Timed>,
    ) -> Result<Self, BenchError> {
        let is_known = |timed: &Timed| workloads.contains(&&*timed.workload);
        if !times.iter().any(is_known) {
            return Err(BenchError::Nothing);
        }
        let times: BTreeMap<(String, String), Estimate> = times
            .into_iter()
            .map(|Timed { workload, ratchet, took }| ((workload, ratchet), took))
            .collect();
        let took = |workload: &str, ratchet: &str| {
            times.get(&(workload.to_owned(), ratchet.to_owned())).copied()
        };
        let compared: Vec<(&str, Estimate)> =
            workloads.iter().filter_map(|id| Some((*id, took(id, BASE)?))).collect();
        if compared.is_empty() {
            return Err(BenchError::NoBase);
        }

        let mut ratchets = run.ratchets;
        for (_, name) in times.keys() {
            if !ratchets.iter().any(|ratchet| ratchet.name == *name) {
                ratchets.push(Benched { name: name.clone(), ..Benched::default() });
            }
        }
        ratchets.sort_by_key(|ratchet| ratchet.name != BASE);
        let is_weighed =
            |id: &&&str| ratchets.iter().any(|ratchet| ratchet.bytes.contains_key(**id));
        let weighed: Vec<String> =
            weighed.iter().filter(is_weighed).map(|id| (*id).to_owned()).collect();

        let beside_pipe = took(BESIDE_PIPE, BASE);
        let row = |ratchet: &Benched| {
            let cell = |(id, base): &(&str, Estimate)| match took(id, &ratchet.name) {
                Some(took) => Cell::Took(took.beside(base)),
                None => {
                    let why = ratchet.not_measured.get(*id).map_or("", String::as_str);
                    Cell::NotMeasured(inert(why))
                }
            };
            let pipe = took(PIPE, &ratchet.name).zip(beside_pipe);
            Row {
                name: inert(&ratchet.name),
                cells: compared.iter().map(cell).collect(),
                bytes: weighed.iter().map(|id| ratchet.bytes.get(id).copied()).collect(),
                pipe: pipe.map(|(pipe, base)| pipe.median / base.median),
            }
        };
        let rows = ratchets.iter().map(row).collect();
        let workloads = compared.iter().map(|(id, _)| (*id).to_owned()).collect();
        Ok(Self { workloads, weighed, rows })
    }

    /// Reasons why something was not measured: workload, reason, and the numbers of the ratchets from 1.
    fn reasons(&self) -> Vec<(&str, &str, Vec<usize>)> {
        let mut reasons: Vec<(&str, &str, Vec<usize>)> = Vec::new();
        for (column, id) in self.workloads.iter().enumerate() {
            let from = reasons.len();
            for (row, number) in self.rows.iter().zip(1..) {
                let Cell::NotMeasured(why) = &row.cells[column] else { continue };
                match reasons[from..].iter_mut().find(|(_, known, _)| *known == why.as_str()) {
                    Some((_, _, numbers)) => numbers.push(number),
                    None => reasons.push((id, why, vec![number])),
                }
            }
        }
        reasons.retain(|(_, why, _)| !why.is_empty());
        reasons
    }
}

impl Estimate {
    /// Beside what `base` took.
    fn beside(&self, base: &Self) -> Took {
        Took {
            ratio: self.median / base.median,
            least: self.least / base.most,
            most: self.most / base.least,
            nanoseconds: self.median,
        }
    }
}

impl Cell {
    /// What is shown of it: the time where it is the base's, else the multiple.
    pub(crate) fn shown(&self, is_base: bool) -> String {
        match self {
            Self::Took(took) if is_base => time(took.nanoseconds),
            Self::Took(took) => multiple(took.ratio),
            Self::NotMeasured(_) => "-".to_owned(),
        }
    }
}

/// A multiple, with two figures where that says something.
fn multiple(ratio: f64) -> String {
    match ratio {
        ratio if ratio >= 9.95 => format!("{ratio:.0}"),
        ratio if ratio >= 0.995 => format!("{ratio:.1}"),
        ratio if ratio >= 0.005 => format!("{ratio:.2}"),
        _ => "<0.01".to_owned(),
    }
}

/// A time, in the unit that fits it.
fn time(nanoseconds: f64) -> String {
    let units = [(1e9, "s"), (1e6, "ms"), (1e3, "µs")];
    let unit = units.into_iter().find(|(size, _)| nanoseconds >= *size);
    let (size, unit) = unit.unwrap_or((1.0, "ns"));
    let count = nanoseconds / size;
    if count >= 9.95 { format!("{count:.0} {unit}") } else { format!("{count:.1} {unit}") }
}

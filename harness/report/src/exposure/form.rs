//! The exposure map in a JSON report: one line for a theft and an attacker, since most cells say the same as their neighbour.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{
    Exposure, ExposureCell, ExposureMap, ExposureMapError, MOST_CELLS, MessageColumn, TheftRow,
};

/// What stands for a message that an attacker did not try.
const UNTRIED: &str = "-";

/// The map as it is written.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Form {
    title: String,
    thefts: Vec<TheftRow>,
    messages: Vec<MessageColumn>,
    /// What may stand in a cell; rows name it by its index.
    kinds: Vec<Kind>,
    attackers: Vec<Attacker>,
}

/// What became of messages, and why.
#[derive(Clone, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(deny_unknown_fields)]
struct Kind {
    exposure: Exposure,
    reason: String,
}

/// All that one attacker got.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Attacker {
    name: String,
    /// For each theft runs of messages: how many, and which kind, as in `3*0 1*- 2*4`.
    thefts: Vec<String>,
}

/// A map in a report that is none.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub(super) enum FormError {
    #[error("{0:?} in the exposure map is no row of runs")]
    Run(String),
    #[error("the exposure map has {found} rows for {thefts} thefts")]
    Rows { found: usize, thefts: usize },
    #[error("a row of the exposure map speaks of {found} messages; there are {messages}")]
    Messages { found: usize, messages: usize },
    #[error("the exposure map says more than {MOST_CELLS} things")]
    TooLarge,
    #[error(transparent)]
    Map(#[from] ExposureMapError),
}

impl From<ExposureMap> for Form {
    fn from(map: ExposureMap) -> Self {
        let kind =
            |cell: &ExposureCell| Kind { exposure: cell.exposure, reason: cell.reason.clone() };
        let kinds: BTreeSet<Kind> = map.cells.iter().map(kind).collect();
        let kinds: Vec<Kind> = kinds.into_iter().collect();
        let mut attackers: BTreeMap<&str, Vec<Vec<Option<usize>>>> = BTreeMap::new();
        for cell in &map.cells {
            let empty = || vec![vec![None; map.messages.len()]; map.thefts.len()];
            let rows = attackers.entry(&cell.attacker).or_insert_with(empty);
            rows[cell.theft][cell.message] = kinds.binary_search(&kind(cell)).ok();
        }
        let attackers = attackers
            .into_iter()
            .map(|(name, rows)| Attacker {
                name: name.to_owned(),
                thefts: rows.iter().map(|row| runs(row)).collect(),
            })
            .collect();
        Self { title: map.title, thefts: map.thefts, messages: map.messages, kinds, attackers }
    }
}

/// A row in writing.
fn runs(row: &[Option<usize>]) -> String {
    let word = |run: &[Option<usize>]| {
        let kind = run[0].map_or_else(|| UNTRIED.to_owned(), |kind| kind.to_string());
        format!("{}*{kind}", run.len())
    };
    let words: Vec<String> = row.chunk_by(|one, other| one == other).map(word).collect();
    words.join(" ")
}

impl TryFrom<Form> for ExposureMap {
    type Error = FormError;

    fn try_from(form: Form) -> Result<Self, FormError> {
        let mut cells = Vec::new();
        for attacker in &form.attackers {
            let (found, thefts) = (attacker.thefts.len(), form.thefts.len());
            if found != thefts {
                return Err(FormError::Rows { found, thefts });
            }
            for (theft, row) in attacker.thefts.iter().enumerate() {
                read_row(&form, &attacker.name, theft, row, &mut cells)?;
            }
        }
        Ok(Self::new(&form.title, form.thefts, form.messages, cells)?)
    }
}

fn read_row(
    form: &Form,
    attacker: &str,
    theft: usize,
    row: &str,
    cells: &mut Vec<ExposureCell>,
) -> Result<(), FormError> {
    let no_run = || FormError::Run(crate::inert(row));
    let messages = form.messages.len();
    let mut found = 0_usize;
    for word in row.split_terminator(' ') {
        let (count, kind) = word.split_once('*').ok_or_else(no_run)?;
        let from = found;
        let count: usize = count.parse().map_err(|_| no_run())?;
        found = found.saturating_add(count);
        if found > messages {
            return Err(FormError::Messages { found, messages });
        }
        if kind == UNTRIED {
            continue;
        }
        let kind = kind.parse().ok().and_then(|kind: usize| form.kinds.get(kind));
        let Kind { exposure, reason } = kind.ok_or_else(no_run)?;
        if cells.len() + count > MOST_CELLS {
            return Err(FormError::TooLarge);
        }
        cells.extend((from..found).map(|message| ExposureCell {
            theft,
            message,
            exposure: *exposure,
            attacker: attacker.to_owned(),
            reason: reason.clone(),
        }));
    }
    if found == messages { Ok(()) } else { Err(FormError::Messages { found, messages }) }
}

#[cfg(test)]
mod tests {
    use super::super::tests::map;
    use super::*;
    use crate::fixtures::HOSTILE;

    fn json(map: &ExposureMap) -> String {
        serde_json::to_string(map).unwrap()
    }

    #[test]
    fn a_row_is_runs_of_messages() {
        let json = json(&map(4, ""));
        let rows = r#""kinds":[{"exposure":"safe","reason":"reason"},{"exposure":"undelivered","reason":"reason"},{"exposure":"by-design","reason":"reason"},{"exposure":"beyond-claim","reason":"reason"}],"attackers":[{"name":"passive clone (A1)","thefts":["2*0 2*-","1*1 1*- 1*0 1*-"]},{"name":"shadow clone (A2)","thefts":["1*- 1*3 1*2 1*-","4*-"]}]"#;
        assert!(json.contains(rows), "{json}");
    }

    #[test]
    fn what_is_written_comes_back_the_same() {
        let empty = ExposureMap::new("nothing", Vec::new(), Vec::new(), Vec::new()).unwrap();
        for map in [map(3, ""), map(90, ""), map(5, HOSTILE), empty] {
            let again: ExposureMap = serde_json::from_str(&json(&map)).unwrap();
            assert_eq!(again, map);
        }
    }

    #[test]
    fn what_is_no_map_is_refused_with_the_reason() {
        let json = json(&map(4, ""));
        for (from, to, expected) in [
            ("2*0 2*-", "2*0 3*-", "speaks of 5 messages; there are 4"),
            ("2*0 2*-", "2*0 1*-", "speaks of 3 messages; there are 4"),
            ("2*0 2*-", "2*0 18446744073709551615*-", "messages; there are 4"),
            ("2*0 2*-", "2*9 2*-", "\"2*9 2*-\" in the exposure map is no row of runs"),
            ("2*0 2*-", "2*0, 2*-", "is no row of runs"),
            ("2*0 2*-", "-2*0 2*-", "is no row of runs"),
            ("2*0 2*-", "\\u001b[2J", "is no row of runs"),
            ("\"2*0 2*-\",", "", "the exposure map has 1 rows for 2 thefts"),
            ("shadow clone (A2)", "passive clone (A1)", "stands twice at theft 0"),
            ("by-design", "by-desing", "unknown variant `by-desing`"),
            ("\"kinds\"", "\"kind\"", "unknown field `kind`"),
        ] {
            let changed = json.replacen(from, to, 1);
            assert_ne!(changed, json, "{from} is not in the map");
            let error = serde_json::from_str::<ExposureMap>(&changed).unwrap_err().to_string();
            assert!(error.contains(expected), "{to}: {error}");
            assert!(!error.contains('\u{1b}'), "{error}");
        }
    }

    #[test]
    fn a_short_file_does_not_become_a_large_map() {
        let mut form = Form::from(map(1000, ""));
        let row = "1000*0".to_owned();
        let thief = |name: usize| Attacker { name: name.to_string(), thefts: vec![row.clone(); 2] };
        form.attackers = (0..1000).map(thief).collect();
        assert_eq!(ExposureMap::try_from(form), Err(FormError::TooLarge));
    }
}

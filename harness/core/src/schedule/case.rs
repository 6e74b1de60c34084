//! The case file: one stored schedule with all that is needed to repeat it.

use serde::{Deserialize, Serialize};

use super::{ActionId, Schedule};
use crate::randomness::CaseSeed;

/// Version of the case file format that this crate writes and reads.
pub const CASE_VERSION: u32 = 1;

/// Version of the suite: a new or sharper game comes with a new one.
pub const SUITE: u32 = 1;

/// One stored case.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// [`CASE_VERSION`].
    pub sprag_case: u32,
    /// The suite that found it.
    pub suite: u32,
    /// Name of the ratchet that it was found on.
    pub ratchet: String,
    /// Id of the game that judges it.
    pub game: String,
    /// Seed of all randomness in it.
    pub seed: CaseSeed,
    /// What happened when it was stored; for people, not compared.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub found: String,
    /// The action that showed it; for people, not compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shown_by: Option<ActionId>,
    /// The actions.
    pub schedule: Schedule,
}

/// A case file that cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CaseError {
    /// Not JSON, cut off, or with something unknown in it.
    #[error("line {line}, column {column}: {reason}")]
    Syntax {
        /// Line of the fault, from 1.
        line: usize,
        /// Column of the fault, from 1.
        column: usize,
        /// What is wrong.
        reason: String,
    },
    /// Another version of the format.
    #[error("case file version {0}; this command reads version {CASE_VERSION}")]
    Version(u64),
    /// Two actions with one id.
    #[error("action id {0} stands twice")]
    DuplicateId(ActionId),
    /// An id that is kept for the pairing.
    #[error("action id {0} is out of range")]
    ReservedId(u32),
}

impl Case {
    /// Reads a case file.
    ///
    /// # Errors
    /// With line, column and reason.
    pub fn from_json(text: &str) -> Result<Self, CaseError> {
        let syntax = |error: serde_json::Error| CaseError::Syntax {
            line: error.line(),
            column: error.column(),
            reason: strip_place(&error.to_string()),
        };
        // A newer file may hold what this version does not know, so its version is asked for first.
        let version = serde_json::from_str::<serde_json::Value>(text)
            .map_err(syntax)?
            .get("sprag_case")
            .and_then(serde_json::Value::as_u64);
        if let Some(version) = version.filter(|&version| version != u64::from(CASE_VERSION)) {
            return Err(CaseError::Version(version));
        }
        let case: Self = serde_json::from_str(text).map_err(syntax)?;
        let mut seen = std::collections::BTreeSet::new();
        for step in &case.schedule.steps {
            if step.id.0 >= u32::MAX - 1 {
                return Err(CaseError::ReservedId(step.id.0));
            }
            if !seen.insert(step.id) {
                return Err(CaseError::DuplicateId(step.id));
            }
        }
        Ok(case)
    }

    /// The case as JSON, with one action a line.
    ///
    /// # Errors
    /// Never in practice: every part of a case has a JSON form.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        let head = serde_json::to_string_pretty(&Self {
            schedule: Schedule { steps: Vec::new(), ..self.schedule.clone() },
            ..self.clone()
        })?;
        let steps = self
            .schedule
            .steps
            .iter()
            .map(|step| serde_json::to_string(step).map(|line| format!("      {line}")))
            .collect::<Result<Vec<_>, _>>()?;
        let body = if steps.is_empty() {
            "\"steps\": []".to_owned()
        } else {
            format!("\"steps\": [\n{}\n    ]", steps.join(",\n"))
        };
        Ok(head.replacen("\"steps\": []", &body, 1) + "\n")
    }
}

/// serde_json appends the place to its message; ours stands in front.
fn strip_place(text: &str) -> String {
    text.rsplit_once(" at line ").map_or(text, |(reason, _)| reason).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Party;
    use crate::schedule::Action;

    fn case() -> Case {
        Case {
            sprag_case: CASE_VERSION,
            suite: SUITE,
            ratchet: "textbook/static".into(),
            game: "model/random-schedule".into(),
            seed: CaseSeed::of_trial(1, "game", 2),
            found: String::new(),
            shown_by: Some(ActionId(2)),
            schedule: Schedule::of([
                Action::Send { by: Party::Initiator, count: 1, size: 16, ad: 0 },
                Action::Steal { from: Party::Responder },
            ]),
        }
    }

    #[test]
    fn a_case_survives_its_file() {
        let json = case().to_json().unwrap();
        assert_eq!(Case::from_json(&json).unwrap(), case());
        assert!(json.lines().count() < 20, "{json}");
    }

    #[test]
    fn faults_name_their_place() {
        let json = case().to_json().unwrap();
        for (from, to, expected) in [
            ("\"sprag_case\": 1", "\"sprag_case\": 9", "version 9"),
            ("\"steal\"", "\"stael\"", "unknown variant `stael`"),
            ("\"id\":2", "\"id\":1", "action id 1 stands twice"),
            ("\"responder\"", "\"carol\"", "unknown variant `carol`"),
            ("\"seed\": \"", "\"seed\": \"x", "64 hex digits"),
            ("\"game\"", "\"gaem\"", "unknown field `gaem`"),
        ] {
            let error = Case::from_json(&json.replacen(from, to, 1)).unwrap_err().to_string();
            assert!(error.contains(expected), "{to}: {error}");
        }
        for cut in 1..json.trim_end().len() {
            let error = Case::from_json(&json[..cut]).unwrap_err();
            assert!(matches!(error, CaseError::Syntax { line: 1.., .. }), "cut at {cut}: {error}");
        }
    }
}

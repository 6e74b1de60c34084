//! Scenarios: what went wrong in the field, each as a schedule with the expected outcome of its actions. They hold for
//! every ratchet, whatever its wire format; the game `regression/known-attacks` plays them.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use crate::schedule::Schedule;

/// Version of the file format that this crate reads.
pub const SCENARIO_VERSION: u32 = 1;

/// One file of scenarios.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ScenarioFile {
    /// [`SCENARIO_VERSION`].
    pub sprag_scenarios: u32,
    /// What the file collects.
    pub about: String,
    /// What a black box can see.
    pub scenarios: Vec<Scenario>,
    /// What it cannot.
    #[serde(default)]
    pub out_of_reach: Vec<OutOfReach>,
}

/// What once went wrong somewhere, as a case for every ratchet.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// What it is about.
    pub origin: Origin,
    /// The games that find a ratchet of this fault, the sharpest first.
    pub games: Vec<String>,
    /// A planted bug of the same shape, if one exists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mutant: Option<String>,
    /// Whether this very schedule shows that bug. If not, the fault is such that only its game can.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub shows_mutant: bool,
    /// The case, with its expectations.
    pub schedule: Schedule,
}

/// What went wrong that no black box can see.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct OutOfReach {
    /// What it is about.
    pub origin: Origin,
    /// Why a harness of two parties and their messages cannot see it.
    pub why: String,
}

/// Where a scenario comes from.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Origin {
    /// Its name here, in kebab case.
    pub name: String,
    /// When it became known.
    pub year: u16,
    /// Other names: CVE and RUSTSEC numbers, issues, papers.
    pub also: Vec<String>,
    /// What went wrong.
    pub what: String,
}

impl Origin {
    /// Whether `query` names it: its name, one of its other names, or a part of one.
    #[must_use]
    pub fn answers_to(&self, query: &str) -> bool {
        let query = query.to_lowercase();
        let names = std::iter::once(&self.name).chain(&self.also);
        !query.is_empty() && names.into_iter().any(|name| name.to_lowercase().contains(&query))
    }
}

static FILES: LazyLock<Result<Vec<ScenarioFile>, String>> = LazyLock::new(|| {
    let read = |(name, text): &(&str, &str)| {
        ScenarioFile::from_json(text).map_err(|error| format!("{name}: {error}"))
    };
    sprag_vectors::SCENARIOS.iter().map(read).collect()
});

static SCENARIOS: LazyLock<Vec<&'static Scenario>> = LazyLock::new(|| {
    files().iter().flat_map(|files| files.iter().flat_map(|file| &file.scenarios)).collect()
});

impl ScenarioFile {
    /// Reads a file of scenarios.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn from_json(text: &str) -> Result<Self, String> {
        let file: Self = serde_json::from_str(text).map_err(|error| error.to_string())?;
        if file.sprag_scenarios != SCENARIO_VERSION {
            return Err(format!("version {}", file.sprag_scenarios));
        }
        Ok(file)
    }
}

/// Every file of scenarios that is stored with this crate.
///
/// # Errors
/// What is wrong with which file; a test sees to it that nothing is.
pub fn files() -> Result<&'static [ScenarioFile], &'static str> {
    FILES.as_deref().map_err(String::as_str)
}

/// Every stored scenario, in the order of the files.
#[must_use]
pub fn all() -> &'static [&'static Scenario] {
    &SCENARIOS
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::games;
    use crate::schedule::{Action, Expectation};

    #[test]
    fn every_file_can_be_read_and_every_name_is_unique() {
        let files = files().unwrap();
        let origins = files.iter().flat_map(|file| {
            let scenarios = file.scenarios.iter().map(|scenario| &scenario.origin);
            scenarios.chain(file.out_of_reach.iter().map(|entry| &entry.origin))
        });
        let mut names = BTreeSet::new();
        for origin in origins {
            assert!(names.insert(&origin.name), "{} stands twice", origin.name);
            assert!(!origin.what.is_empty() && !origin.also.is_empty(), "{}", origin.name);
        }
        assert!(!all().is_empty());
    }

    #[test]
    fn every_scenario_names_games_that_exist_and_expects_something() {
        for scenario in all() {
            let name = &scenario.origin.name;
            assert!(!scenario.games.is_empty(), "{name}");
            for game in &scenario.games {
                assert!(games::find(game).is_some(), "{name}: no game {game}");
            }
            assert!(!scenario.schedule.expect.is_empty(), "{name} expects nothing");
            for (id, expectation) in &scenario.schedule.expect {
                let step = scenario.schedule.steps.iter().find(|step| step.id == *id);
                let action = &step.unwrap_or_else(|| panic!("{name}: no action {id}")).action;
                let fits = match expectation {
                    Expectation::Keeps(_) => matches!(action, Action::Steal { .. }),
                    Expectation::GoesOn => matches!(action, Action::Restart { .. }),
                    Expectation::Opens | Expectation::Refused => {
                        !matches!(action, Action::Steal { .. } | Action::Restart { .. })
                    }
                };
                assert!(fits, "{name}: action {id} cannot come to {expectation:?}");
            }
        }
    }

    #[test]
    fn a_name_is_found_by_a_part_of_it() {
        let origin = Origin {
            name: "nonce-moves-on-failure".into(),
            year: 2024,
            also: vec!["RUSTSEC-2024-0011".into()],
            what: String::new(),
        };
        assert!(origin.answers_to("rustsec-2024-0011") && origin.answers_to("nonce-moves"));
        assert!(!origin.answers_to("") && !origin.answers_to("CVE-1"));
    }
}

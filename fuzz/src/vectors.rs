//! `vectors`: files of scenarios survive being written.

use std::fmt::Display;

use sprag::scenario::ScenarioFile;

/// Reads a file of scenarios.
///
/// # Panics
/// If what was read is something else once it was written.
pub fn check(bytes: &[u8]) {
    check_reader(bytes, ScenarioFile::from_json);
}

pub(crate) fn check_reader<E: Display>(
    bytes: &[u8],
    read: impl Fn(&str) -> Result<ScenarioFile, E>,
) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Ok(file) = read(text) else { return };
    let write = |file: &ScenarioFile| {
        serde_json::to_string(file).unwrap_or_else(|error| panic!("it cannot be written: {error}"))
    };
    let written = write(&file);
    let again = read(&written);
    let again = again.unwrap_or_else(|error| panic!("it cannot be read again: {error}"));
    assert_eq!(write(&again), written, "it is another file once it was written");
    for scenario in &file.scenarios {
        let told = scenario.schedule.to_string();
        assert!(told.lines().count() >= scenario.schedule.steps.len(), "an action is not told");
        let name = &scenario.origin.name;
        assert!(
            name.is_empty() || scenario.origin.answers_to(name),
            "it does not answer to {name}"
        );
    }
}

//! `vectors`: files of scenarios survive being written.

use sprag::scenario::ScenarioFile;

/// Reads a file of scenarios.
///
/// # Panics
/// If what was read is something else once it was written.
pub fn check(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Ok(file) = ScenarioFile::from_json(text) else { return };
    let write = |file: &ScenarioFile| {
        serde_json::to_string(file).unwrap_or_else(|error| panic!("it cannot be written: {error}"))
    };
    let written = write(&file);
    let again = ScenarioFile::from_json(&written);
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

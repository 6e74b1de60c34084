//! Runs the command in a folder of its own.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

/// A folder that the command runs in.
pub(crate) struct Bench(tempfile::TempDir);

/// What a run said.
#[derive(Debug)]
pub(crate) struct Said {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Bench {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) -> String {
        std::fs::write(self.path(name), text).unwrap();
        name.to_owned()
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sprag"));
        command.args(arguments).current_dir(self.0.path()).env_remove("NO_COLOR");
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Said {
        Said::from(self.command(arguments).output().unwrap())
    }

    /// Runs `check` with these arguments and gives its report too.
    pub(crate) fn check(&self, arguments: &[&str]) -> (Said, Value) {
        let said = self.run(&[&["check", "--json", "report.json"], arguments].concat());
        let report = std::fs::read_to_string(self.path("report.json"));
        let report = report.unwrap_or_else(|error| panic!("{error}: {said:?}"));
        (said, serde_json::from_str(&report).unwrap())
    }

    pub(crate) fn files(&self, folder: &str) -> Vec<String> {
        let Ok(files) = std::fs::read_dir(self.path(folder)) else { return Vec::new() };
        let name = |entry: std::io::Result<std::fs::DirEntry>| entry.unwrap().file_name();
        let mut files: Vec<String> =
            files.map(|entry| name(entry).into_string().unwrap()).collect();
        files.sort_unstable();
        files
    }
}

impl From<Output> for Said {
    fn from(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Self { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }
}

/// The result of a game in the report on its first ratchet.
pub(crate) fn game<'r>(report: &'r Value, id: &str) -> &'r Value {
    let games = report["ratchets"][0]["games"].as_array().unwrap();
    games.iter().find(|game| game["id"] == id).unwrap_or_else(|| panic!("no game {id}: {report}"))
}

/// An example of this crate; `cargo test` builds them beside the tests.
pub(crate) fn example(name: &str) -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    let folder = tests.parent().and_then(|deps| deps.parent()).unwrap().join("examples");
    let program = folder.join(name);
    assert!(program.exists(), "build the examples first: cargo build -p sprag-cli --examples");
    program
}

/// A file of this repository.
pub(crate) fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path).canonicalize().unwrap()
}

/// The schema of that name.
pub(crate) fn schema(name: &str) -> Value {
    let path = repository("vectors/schemas").join(name);
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// What a schema has against `instance`.
pub(crate) fn errors(validator: &jsonschema::Validator, instance: &Value) -> Vec<String> {
    let error =
        |error: jsonschema::ValidationError<'_>| format!("{error} at {}", error.instance_path());
    validator.iter_errors(instance).map(error).collect()
}

/// Panics unless `instance` is what the schema of that name describes.
pub(crate) fn assert_valid(name: &str, instance: &Value) {
    let errors = errors(&jsonschema::draft202012::new(&schema(name)).unwrap(), instance);
    assert!(errors.is_empty(), "{errors:#?}");
}

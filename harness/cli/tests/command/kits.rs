//! The worked examples of the kits in other languages, as their users run them.

use std::path::{Path, PathBuf};

use crate::support::{Bench, Said, assert_valid, game};

/// Few, since each call goes through a pipe: what is decided here is whether the kits speak the protocol.
const GAMES: [&str; 4] = [
    "forward-secrecy/consumed-key",
    "forgery/associated-data",
    "order/crossing-sends",
    "atomicity/failed-decrypt",
];

fn kits() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../adapters/kit").canonicalize().unwrap()
}

#[track_caller]
fn passes(line: &str) {
    let bench = Bench::new();
    let arguments = ["check", "--json", "report.json", "--rounds", "1", "--exec", line];
    let games = ["--games", &GAMES.join(",")];
    let mut command = bench.command(&[arguments.as_slice(), games.as_slice()].concat());
    // Where the kit is installed, this is not needed.
    command.env("PYTHONPATH", kits().join("python/src")).env("PYTHONDONTWRITEBYTECODE", "1");
    let said = Said::from(command.output().unwrap());
    assert_eq!(said.code, Some(0), "{said:?}");
    let report = std::fs::read_to_string(bench.path("report.json")).unwrap();
    let report = serde_json::from_str(&report).unwrap();
    assert_valid("report.schema.json", &report);
    for id in GAMES {
        assert_eq!(game(&report, id)["verdict"], "pass", "{id}: {said:?}");
    }
}

#[test]
fn the_example_in_python_passes() {
    passes(&format!("python3 '{}'", kits().join("python/examples/hash_chain.py").display()));
}

#[test]
fn the_example_in_javascript_passes() {
    passes(&format!("node '{}'", kits().join("javascript/examples/hash-chain.mjs").display()));
}

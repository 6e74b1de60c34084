//! A program that cannot be used is named, with what was expected of it.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "clippy knows tests by their attribute only")]

use std::time::Duration;

use sprag_process::{Child, DeathKind, Launch, Limits, StartError};

fn start(line: &[&str], limits: Limits) -> StartError {
    let line = line.iter().map(|&word| word.to_owned()).collect();
    let launch = Launch { line, ..Launch::default() };
    Child::start(&launch, limits).map(drop).unwrap_err()
}

#[test]
fn a_program_that_never_answers_is_given_up() {
    let limits = Limits { start: Duration::from_millis(600), ..Limits::default() };
    let StartError::Died(death) = start(&["sleep", "1000"], limits) else { unreachable!() };
    assert_eq!(death.kind, DeathKind::Hung);
}

#[test]
fn a_missing_program_and_one_without_its_run_bit_cannot_be_started() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("notes.txt");
    std::fs::write(&file, "nothing to run").unwrap();
    for program in [file.to_str().unwrap(), "/nowhere/at-all"] {
        let error = start(&[program], Limits::default());
        assert!(matches!(error, StartError::Spawn { .. }), "{error}");
        assert!(error.to_string().contains(program), "{error}");
    }
}

#[test]
fn a_program_of_another_version_or_another_protocol_is_refused() {
    let reply =
        r#"read call; echo '{"jsonrpc":"2.0","id":1,"result":{"protocol":2,"name":"x"}}'; cat"#;
    let error = start(&["sh", "-c", reply], Limits::default());
    assert!(error.to_string().contains("version 2"), "{error}");
    let StartError::Died(death) = start(&["sh", "-c", "echo hello; cat"], Limits::default()) else {
        unreachable!()
    };
    assert!(death.words.contains("no JSON"), "{}", death.words);
}

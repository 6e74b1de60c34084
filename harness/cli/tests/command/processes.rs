//! Workers end with the command, and Ctrl-C prints what is known.

#![cfg(target_os = "linux")]

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::{Bench, Said, assert_valid};

/// Process ids of the children of `parent` that are not dead.
fn children(parent: u32) -> Vec<u32> {
    let processes = std::fs::read_dir("/proc").unwrap().filter_map(|entry| {
        entry.unwrap().file_name().to_str().and_then(|name| name.parse::<u32>().ok())
    });
    processes.filter(|&process| status(process).is_some_and(|(of, _)| of == parent)).collect()
}

/// Parent and state of a process.
fn status(process: u32) -> Option<(u32, char)> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let mut fields = stat.rsplit_once(") ")?.1.split(' ');
    let state = fields.next()?.chars().next()?;
    Some((fields.next()?.parse().ok()?, state))
}

fn is_alive(process: u32) -> bool {
    status(process).is_some_and(|(_, state)| !matches!(state, 'Z' | 'X'))
}

fn wait_for<T>(what: &str, mut ready: impl FnMut() -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        if let Some(value) = ready() {
            return value;
        }
        assert!(started.elapsed() < Duration::from_secs(30), "no {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// A run that would last for minutes, and its workers.
fn long_run(bench: &Bench, arguments: &[&str]) -> (Child, Vec<u32>) {
    let mut command = bench.command(arguments);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let workers = wait_for("workers", || {
        let workers = children(child.id());
        (workers.len() == 2).then_some(workers)
    });
    (child, workers)
}

fn signal(name: &str, process: u32) {
    let done = Command::new("kill").args([name, &process.to_string()]).status().unwrap();
    assert!(done.success());
}

#[test]
fn workers_do_not_outlive_a_killed_command() {
    // One is busy with honest work, the other kind in a loop without end.
    for ratchet in ["textbook/double-ratchet-eager", "mutant/h01-endless-loop"] {
        let bench = Bench::new();
        let run = ["check", ratchet, "--rounds", "100000", "--workers", "2", "--no-timeout"];
        let (mut child, workers) = long_run(&bench, &run);
        std::thread::sleep(Duration::from_millis(300));
        child.kill().unwrap();
        child.wait().unwrap();
        wait_for("end of the workers", || {
            (!workers.iter().any(|&worker| is_alive(worker))).then_some(())
        });
    }
}

#[test]
fn an_interrupt_prints_what_is_known_and_exits_130() {
    for ratchet in ["textbook/double-ratchet-eager", "mutant/h01-endless-loop"] {
        let bench = Bench::new();
        let run = [
            "check",
            ratchet,
            "--rounds",
            "100000",
            "--workers",
            "2",
            "--no-timeout",
            "--json",
            "report.json",
        ];
        let (child, workers) = long_run(&bench, &run);
        std::thread::sleep(Duration::from_millis(1500));
        signal("-INT", child.id());
        let said = Said::from(child.wait_with_output().unwrap());
        assert_eq!(said.code, Some(130), "{said:?}");
        assert!(said.out.contains("order/immediate-decryption"), "{said:?}");
        let report = std::fs::read_to_string(bench.path("report.json")).unwrap();
        let report: Value = serde_json::from_str(&report).unwrap();
        assert_eq!(report["complete"], false);
        assert_valid("report.schema.json", &report);
        assert!(!workers.iter().any(|&worker| is_alive(worker)));
    }
}

#[test]
fn an_interrupted_matrix_prints_what_is_known_and_exits_130() {
    let bench = Bench::new();
    let run =
        ["mutants", "--seeds", "1000", "--every-game", "--workers", "2", "--json", "matrix.json"];
    let (child, workers) = long_run(&bench, &run);
    std::thread::sleep(Duration::from_millis(1500));
    signal("-INT", child.id());
    let said = Said::from(child.wait_with_output().unwrap());
    assert_eq!(said.code, Some(130), "{said:?}");
    assert!(said.out.contains("incomplete"), "{said:?}");
    let matrix = std::fs::read_to_string(bench.path("matrix.json")).unwrap();
    let matrix: Value = serde_json::from_str(&matrix).unwrap();
    assert_eq!(matrix["complete"], false);
    assert_valid("mutants.schema.json", &matrix);
    assert!(!workers.iter().any(|&worker| is_alive(worker)));
}

#[test]
fn a_reader_that_has_had_enough_is_no_trouble() {
    let bench = Bench::new();
    let mut command = bench.command(&["list", "mutants"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let said = Said::from(child.wait_with_output().unwrap());
    assert_eq!(said.code, Some(0), "{said:?}");
    assert_eq!(said.err, "");
}

#[test]
fn the_tour_catches_what_was_planted() {
    let bench = Bench::new();
    let said = bench.run(&[]);
    assert_eq!(said.code, Some(0), "{said:?}");
    assert_eq!(said.out.matches("the planted bug was caught").count(), 2, "{said:?}");
    assert!(bench.files("sprag-cases").is_empty());
}

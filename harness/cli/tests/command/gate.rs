//! The gate and the action, with what a runner has in its environment.

use std::process::Command;

use serde_json::Value;

use crate::support::{Bench, Said, assert_valid, repository};

const BASELINE: &str = "[check]\nratchets = [\"mutant/f01-keeps-used-keys\"]\nrounds = 1\n\n\
                        [[expect]]\ngame = \"forgery/replay\"\nverdict = \"fail\"\nreason = \"planted\"\n";

/// What the gate leaves.
const DOCUMENTS: [&str; 6] =
    ["badge.svg", "junit.xml", "report.html", "report.json", "report.md", "report.sarif"];

fn gate(bench: &Bench, program: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(bench.path("")).env("SPRAG", env!("CARGO_BIN_EXE_sprag"));
    for name in ["SPRAG_BASELINE", "SPRAG_OUT", "GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT"] {
        command.env_remove(name);
    }
    command
}

fn run(command: &mut Command) -> Said {
    Said::from(command.output().unwrap())
}

#[test]
#[cfg(unix)]
fn the_gate_leaves_every_document_and_the_exit_status() {
    let bench = Bench::new();
    std::fs::write(bench.path("sprag.toml"), BASELINE).unwrap();
    let script = repository("ci/gate").display().to_string();
    let said = run(&mut gate(&bench, &script, &["--games", "forgery/replay,order/crossing-sends"]));
    assert_eq!(said.code, Some(0), "{said:?}");
    assert_eq!(bench.files("sprag-out"), DOCUMENTS);

    std::fs::write(bench.path("sprag.toml"), BASELINE.split("\n[[").next().unwrap()).unwrap();
    let said = run(&mut gate(&bench, &script, &["--games", "forgery/replay"]));
    assert_eq!(said.code, Some(1), "{said:?}");
    assert_eq!(bench.files("sprag-out/cases").len(), 1);

    let said = run(gate(&bench, &script, &[]).env("SPRAG", "./no-such-command"));
    assert_eq!(said.code, Some(2), "{said:?}");
    let said = run(gate(&bench, &script, &[]).env("SPRAG_BASELINE", "missing.toml"));
    assert_eq!(said.code, Some(2), "{said:?}");
}

/// The command lines of the action's own steps.
fn steps_of_the_action() -> Vec<String> {
    let action = std::fs::read_to_string(repository("ci/action.yml")).unwrap();
    let lines = action.lines().filter_map(|line| line.trim().strip_prefix("run: "));
    lines.map(|line| line.trim_matches('\'').to_owned()).collect()
}

#[test]
#[cfg(unix)]
fn the_steps_of_the_action_run_and_fill_summary_and_outputs() {
    let steps = steps_of_the_action();
    assert_eq!(steps.len(), 1, "{steps:?}");
    let mut seen = Vec::new();
    for part in ["1/2", "2/2"] {
        let bench = Bench::new();
        std::fs::write(bench.path("mine.toml"), BASELINE).unwrap();
        let games = "--games\nforgery/replay,forgery/splicing,order/crossing-sends";
        let said = run(gate(&bench, "bash", &["-e", "-o", "pipefail", "-c", &steps[0]])
            .env("GITHUB_ACTION_PATH", repository("ci"))
            .env("GITHUB_STEP_SUMMARY", bench.path("summary.md"))
            .env("GITHUB_OUTPUT", bench.path("output"))
            .env("SPRAG_BASELINE", "mine.toml")
            .env("SPRAG_OUT", "kept")
            .env("SPRAG_ARGUMENTS", games)
            .env("SHARD", part));
        assert_eq!(said.code, Some(0), "{said:?}");
        assert_eq!(bench.files("kept"), DOCUMENTS);
        let text = |name: &str| std::fs::read_to_string(bench.path(name)).unwrap();
        assert_eq!(text("output"), "status=0\nreports=kept\n");
        assert_eq!(text("summary.md"), text("kept/report.md"));
        let report: Value = serde_json::from_str(&text("kept/report.json")).unwrap();
        assert_valid("report.schema.json", &report);
        let games = report["ratchets"][0]["games"].as_array().unwrap();
        seen.extend(games.iter().map(|game| game["id"].as_str().unwrap().to_owned()));
    }
    seen.sort_unstable();
    assert_eq!(seen, ["forgery/replay", "forgery/splicing", "order/crossing-sends"]);
}

#[test]
#[cfg(unix)]
fn the_workflow_makes_one_report_of_its_parts() {
    let workflow = std::fs::read_to_string(repository("ci/examples/github.yml")).unwrap();
    let lines = workflow.lines().filter_map(|line| line.trim().strip_prefix("- run: "));
    let merging = lines.filter_map(|line| line.strip_prefix("target/release/sprag "));
    let merging: Vec<&str> = merging.collect();
    assert_eq!(merging.len(), 1, "{merging:?}");

    let bench = Bench::new();
    bench.write("sprag.toml", BASELINE);
    let games = "forgery/replay,forgery/splicing,order/crossing-sends";
    for part in 1..=3 {
        let folder = format!("parts/sprag-{part}");
        std::fs::create_dir_all(bench.path(&folder)).unwrap();
        let shard = format!("{part}/3");
        let report = format!("{folder}/report.json");
        let baseline = ["check", "--baseline", "sprag.toml", "--games", games];
        let said = bench.run(&[&baseline[..], &["--shard", &shard, "--json", &report]].concat());
        assert_eq!(said.code, Some(0), "{said:?}");
    }
    bench.write("summary.md", "");
    let script = format!("\"$SPRAG\" {}", merging[0]);
    let said = run(gate(&bench, "bash", &["-e", "-c", &script])
        .env("GITHUB_STEP_SUMMARY", bench.path("summary.md")));
    assert_eq!(said.code, Some(0), "{said:?}");
    let text = |name: &str| std::fs::read_to_string(bench.path(name)).unwrap();
    let report: Value = serde_json::from_str(&text("report.json")).unwrap();
    assert_eq!(report["ratchets"][0]["games"].as_array().unwrap().len(), 3);
    assert!(games.split(',').all(|game| text("report.html").contains(game)));
    assert!(text("summary.md").contains("mutant/f01-keeps-used-keys"), "{}", text("summary.md"));
}

#[test]
fn actions_of_others_are_pinned_by_hash() {
    let uses = |line: &str| {
        let line = line.trim().trim_start_matches("- ");
        line.strip_prefix("uses: ")
            .filter(|other| !other.starts_with("sprag-rs/"))
            .map(str::to_owned)
    };
    let files = ["ci/action.yml", "ci/examples/github.yml"];
    let text = files.map(|file| std::fs::read_to_string(repository(file)).unwrap()).concat();
    let others: Vec<String> = text.lines().filter_map(uses).collect();
    assert_eq!(others.len(), 6, "{others:?}");
    for other in others {
        let (_, version) = other.split_once('@').unwrap();
        let hash = version.split(' ').next().unwrap();
        let is_hash = hash.len() == 40 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
        assert!(is_hash, "{other}");
    }
}

#[test]
fn shards_and_shells_are_told_apart_from_nonsense() {
    let bench = Bench::new();
    for part in ["0/2", "3/2", "1", "a/b", "1/0"] {
        let said = bench.run(&["check", "textbook/static-key", "--shard", part]);
        assert_eq!(said.code, Some(2), "{part}: {said:?}");
    }
    let few = ["check", "textbook/static-key", "--games", "forgery/replay", "--shard", "2/2"];
    let said = bench.run(&few);
    assert_eq!(said.code, Some(2), "{said:?}");
    assert!(said.err.contains("fewer games than parts"), "{said:?}");

    let said = bench.run(&["completions", "bash"]);
    assert!(said.out.contains("--pair") && said.out.contains("complete -F"), "{said:?}");
    assert_eq!(bench.run(&["completions", "tcsh"]).code, Some(2));
    let said = bench.run(&["man"]);
    for word in [".TH sprag 1", "expected failure", "replay", "known\\-as"] {
        assert!(said.out.contains(word), "{word}");
    }
    assert!(!said.out.contains("worker process of this command"), "{said:?}");
}

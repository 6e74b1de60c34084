//! A report in its other forms, put together from parts, and compared.

use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;

use crate::support::{Bench, assert_valid};

const HOSTILE: &str = r#"sh -c 'read call; echo "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"protocol\":1,\"name\":\"<script>|]]>\\u001b[31m\",\"profile\":{\"family\":\"static-key\"}}}"; cat >/dev/null'"#;

#[test]
fn one_run_is_written_in_every_form() {
    let bench = Bench::new();
    let (said, _) = bench.check(&[
        "mutant/p02-renews-once",
        "--games",
        "recovery/ratchet-liveness,forgery/replay",
        "--rounds",
        "1",
        "--junit",
        "junit.xml",
        "--sarif",
        "sprag.sarif",
        "--markdown",
        "summary.md",
        "--html",
        "page.html",
        "--badge",
        "badge.svg",
    ]);
    assert_eq!(said.code, Some(1), "{said:?}");
    let read = |name: &str| std::fs::read_to_string(bench.path(name)).unwrap();
    assert!(read("junit.xml").contains("<failure"));
    let sarif: Value = serde_json::from_str(&read("sprag.sarif")).unwrap();
    assert_eq!(sarif["runs"][0]["results"][0]["ruleId"], "recovery/ratchet-liveness");
    let replay = "sprag replay sprag-cases/mutant.p02-renews-once--recovery.ratchet-liveness.json";
    assert!(read("summary.md").contains(replay) && said.out.contains(replay));
    let page = read("page.html");
    assert!(page.contains(replay) && page.contains("class=\"chart\""), "{page}");
    assert!(read("badge.svg").starts_with("<svg"));
    let left = |file: &String| file.ends_with(".partial") || file.ends_with(".growing");
    assert!(!bench.files("").iter().any(left));
}

#[test]
fn a_path_that_cannot_be_written_is_refused_before_the_run() {
    let bench = Bench::new();
    for option in ["--json", "--junit", "--sarif", "--markdown", "--html", "--badge"] {
        let said = bench.run(&["check", "vodozemac/olm-v1", option, "nowhere/at-all"]);
        assert_eq!((said.code, &*said.out), (Some(2), ""), "{said:?}");
        assert!(said.err.contains("nowhere/at-all"), "{said:?}");
    }
    let said = bench.run(&["check", "vodozemac/olm-v1", "--json", "-", "--junit", "-"]);
    assert_eq!(said.code, Some(2), "{said:?}");
}

#[test]
fn a_run_that_is_killed_leaves_the_last_report_and_what_it_came_to_so_far() {
    let bench = Bench::new();
    let arguments = ["check", "textbook/symmetric-ratchet", "--games", "forgery/replay,order/"];
    let (said, last) = bench.check(&[&arguments[1..], &["--rounds", "1"]].concat());
    assert_eq!(said.code, Some(0), "{said:?}");
    let more = ["--rounds", "1000000", "--json", "report.json", "--markdown", "summary.md"];
    let mut run = bench.command(&[&arguments[..], &more].concat());
    let mut run = run.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let partial = loop {
        let partial = std::fs::read_to_string(bench.path("report.json.partial"));
        let partial = partial.ok().map(|text| serde_json::from_str::<Value>(&text).unwrap());
        let has_games =
            |report: &Value| report["ratchets"][0]["games"][0]["verdict"].as_str() == Some("pass");
        match partial.filter(has_games) {
            Some(partial) => break partial,
            None => assert_eq!(run.try_wait().unwrap(), None, "over before it was killed"),
        }
        std::thread::sleep(Duration::from_millis(20));
    };
    run.kill().unwrap();
    run.wait().unwrap();
    assert_valid("report.schema.json", &partial);
    assert_eq!(partial["complete"], false);
    let report = std::fs::read_to_string(bench.path("report.json")).unwrap();
    assert_eq!(serde_json::from_str::<Value>(&report).unwrap(), last);
    assert!(!bench.path("summary.md").exists());

    let said = bench.run(&["merge", "report.json.partial", "--markdown", "summary.md"]);
    assert_eq!(said.code, Some(4), "{said:?}");
    assert!(said.out.contains("forgery/replay") && bench.path("summary.md").exists());
    // A run that comes to its end takes the partial report of the one before away.
    bench.check(&[&arguments[1..], &["--rounds", "1"]].concat());
    assert_eq!(bench.files(""), ["report.json", "summary.md"]);
}

#[test]
fn parts_of_a_run_make_the_report_of_the_whole() {
    let bench = Bench::new();
    let part = |games: &str, file: &str| {
        let ratchet = "textbook/double-ratchet-eager";
        let said =
            bench.run(&["check", ratchet, "--rounds", "1", "--games", games, "--json", file]);
        assert_eq!(said.code, Some(0), "{said:?}");
        std::fs::read_to_string(bench.path(file)).unwrap()
    };
    let whole = part("recovery/ratchet-liveness,forgery/replay", "whole.json");
    part("recovery/ratchet-liveness", "a.json");
    part("forgery/replay", "b.json");
    let said =
        bench.run(&["merge", "b.json", "a.json", "--json", "merged.json", "--html", "page.html"]);
    assert_eq!(said.code, Some(0), "{said:?}");
    let page = std::fs::read_to_string(bench.path("page.html")).unwrap();
    assert!(page.contains("forgery/replay") && page.contains("recovery/ratchet-liveness"));
    let merged = std::fs::read_to_string(bench.path("merged.json")).unwrap();
    let untimed = |text: &str| text.split("\"timings\"").next().unwrap().to_owned();
    assert_eq!(untimed(&merged), untimed(&whole));
    let said = bench.run(&["merge", "a.json", "whole.json"]);
    assert_eq!(said.code, Some(2), "{said:?}");
    bench.write("half.json", &whole[..whole.len() / 2]);
    for arguments in [["merge", "half.json", "a.json"], ["diff", "half.json", "a.json"]] {
        let said = bench.run(&arguments);
        assert_eq!(said.code, Some(2), "{said:?}");
        assert!(said.err.contains("half.json"), "{said:?}");
    }
}

#[test]
fn what_got_worse_is_said_and_exits_1() {
    let bench = Bench::new();
    for (file, ratchet) in
        [("old.json", "textbook/double-ratchet-eager"), ("new.json", "mutant/p02-renews-once")]
    {
        let serve = format!("'{}' serve {ratchet}", env!("CARGO_BIN_EXE_sprag"));
        let profile = bench.write(
            "profile.json",
            r#"{"family": "double-ratchet", "max_skip": 1000, "max_stored": 2000}"#,
        );
        bench.run(&[
            "check",
            "--exec",
            &serve,
            "--profile",
            &profile,
            "--games",
            "recovery/ratchet-liveness",
            "--rounds",
            "1",
            "--json",
            file,
        ]);
        let text = std::fs::read_to_string(bench.path(file)).unwrap();
        bench.write(file, &text.replace(ratchet, "mine"));
    }
    let said = bench.run(&["diff", "old.json", "new.json"]);
    assert_eq!(said.code, Some(1), "{said:?}");
    assert!(said.out.contains("recovery/ratchet-liveness"), "{said:?}");
    assert_eq!(bench.run(&["diff", "old.json", "old.json"]).code, Some(0));
    assert_eq!(bench.run(&["diff", "new.json", "old.json"]).code, Some(0));
}

#[test]
#[cfg(unix)]
fn the_name_of_a_hostile_child_is_inert_in_every_form() {
    let bench = Bench::new();
    let said = bench.run(&[
        "check",
        "--exec",
        HOSTILE,
        "--games",
        "forgery/replay",
        "--rounds",
        "1",
        "--call-limit-ms",
        "300",
        "--json",
        "report.json",
        "--junit",
        "junit.xml",
        "--markdown",
        "summary.md",
        "--sarif",
        "sprag.sarif",
        "--html",
        "page.html",
    ]);
    assert_ne!(said.code, Some(0), "{said:?}");
    for (name, markup) in [
        ("junit.xml", "<script>"),
        ("summary.md", "<script>"),
        ("page.html", "<script>|"),
        ("report.json", "\u{1b}"),
        ("sprag.sarif", "\u{1b}"),
    ] {
        let text = std::fs::read_to_string(bench.path(name)).unwrap();
        assert!(text.contains("script"), "{name}: {text}");
        assert!(!text.contains(markup) && !text.contains('\u{1b}'), "{name}: {text}");
    }
    assert!(!said.out.contains('\u{1b}'), "{said:?}");
}

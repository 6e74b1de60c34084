//! `sprag bench`, on what criterion once wrote.

use serde_json::Value;

use crate::support::{Bench, Said, assert_valid, repository};

const BASE: &str = "textbook/double-ratchet-lazy";

/// A copy of what criterion wrote for a few workloads.
fn measured() -> Bench {
    let bench = Bench::new();
    let stored = repository("harness/cli/tests/criterion");
    let copied = std::process::Command::new("cp")
        .arg("-R")
        .arg(stored)
        .arg(bench.path("criterion"))
        .status();
    assert!(copied.unwrap().success());
    bench
}

#[track_caller]
fn compares(bench: &Bench, more: &[&str]) -> Said {
    let said = bench.run(&[&["bench", "--criterion", "criterion"], more].concat());
    assert_eq!(said.code, Some(0), "{said:?}");
    said
}

#[track_caller]
fn is_refused(bench: &Bench, folder: &str, words: &str) {
    let said = bench.run(&["bench", "--criterion", folder]);
    assert_eq!((said.code, &*said.out), (Some(2), ""), "{said:?}");
    assert!(said.err.contains(words), "{said:?}");
    assert!(said.err.contains("cargo bench --workspace --bench ratchets"), "{said:?}");
}

#[test]
fn what_criterion_measured_is_one_table() {
    let bench = measured();
    let said = compares(&bench, &["--json", "bench.json", "-o", "bench.svg"]);
    assert!(said.out.contains(BASE), "{said:?}");
    let drawn = std::fs::read_to_string(bench.path("bench.svg")).unwrap();
    assert!(drawn.starts_with("<svg ") && drawn.ends_with("</svg>\n"), "{drawn}");

    let json = std::fs::read_to_string(bench.path("bench.json")).unwrap();
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_valid("bench.schema.json", &json);
    let ratchets = json["ratchets"].as_array().unwrap();
    let names: Vec<&str> = ratchets.iter().map(|it| it["name"].as_str().unwrap()).collect();
    assert_eq!(names, [BASE, "vodozemac/olm-v1"]);
    let times = |ratchet: usize| ratchets[ratchet]["times"].as_array().unwrap();
    assert!(times(0).iter().all(|time| time["ratio"] == 1.0), "{json}");
    let [encrypt, burst] = &times(1)[..] else { panic!("{json}") };
    assert_eq!(encrypt["workload"], "encrypt");
    assert!(encrypt["ratio"].as_f64().unwrap() > 0.0, "{json}");
    assert_eq!(burst["not_measured"], "99 keys are not kept");
    let told = said.out.lines().any(|line| line.trim() == "burst-100, 2: 99 keys are not kept");
    assert!(told, "{said:?}");
}

#[test]
fn a_report_on_standard_output_stands_there_alone() {
    let bench = measured();
    let said = compares(&bench, &["--json", "-"]);
    serde_json::from_str::<Value>(&said.out).unwrap();
    assert!(said.err.contains(BASE), "{said:?}");
}

#[test]
fn what_is_missing_or_broken_is_named_with_what_to_run() {
    let bench = measured();
    is_refused(&bench, "nowhere", "nowhere: there is no such folder");
    std::fs::create_dir(bench.path("empty")).unwrap();
    is_refused(&bench, "empty", "empty: no workload was measured");

    let estimates = "criterion/encrypt/vodozemac_olm-v1/new/estimates.json";
    let whole = std::fs::read_to_string(bench.path(estimates)).unwrap();
    for (text, words) in [
        ("{", "estimates.json: EOF"),
        (r#"{"mean":{}}"#, "estimates.json: missing field `median`"),
        (
            r#"{"median":{"point_estimate":-1.0,"confidence_interval":{"lower_bound":1.0,"upper_bound":1.0}}}"#,
            "estimates.json: `median` is no time",
        ),
    ] {
        bench.write(estimates, text);
        is_refused(&bench, "criterion", words);
    }
    bench.write(estimates, &whole);
    bench.write("criterion/sprag-run.json", "[]");
    is_refused(&bench, "criterion", "sprag-run.json: ");

    std::fs::remove_file(bench.path("criterion/sprag-run.json")).unwrap();
    compares(&bench, &[]);
    for workload in ["encrypt", "burst-100"] {
        let base = format!("criterion/{workload}/textbook_double-ratchet-lazy");
        std::fs::remove_dir_all(bench.path(&base)).unwrap();
    }
    is_refused(&bench, "criterion", "textbook/double-ratchet-lazy, which all others");
}

#[test]
fn times_of_an_earlier_run_are_left_out() {
    let bench = measured();
    let run = std::fs::read_to_string(bench.path("criterion/sprag-run.json")).unwrap();
    let mut run: Value = serde_json::from_str(&run).unwrap();
    // In the year 2100.
    run["started"] = 4_102_444_800_u64.into();
    bench.write("criterion/sprag-run.json", &run.to_string());
    is_refused(&bench, "criterion", "criterion: no workload was measured");
}

#[test]
fn names_from_outside_do_nothing() {
    let bench = measured();
    let hostile = "\u{1b}[2J</text><script>alert(1)</script>\u{202e}";
    let name = serde_json::json!({ "function_id": hostile }).to_string();
    bench.write("criterion/encrypt/vodozemac_olm-v1/new/benchmark.json", &name);
    let said = compares(&bench, &["-o", "bench.svg", "--json", "bench.json"]);
    let files =
        ["bench.svg", "bench.json"].map(|file| std::fs::read_to_string(bench.path(file)).unwrap());
    for text in [&said.out, &files[0], &files[1]] {
        assert!(text.contains("script"), "{text}");
        assert!(!text.contains(['\u{1b}', '\u{202e}']), "{text}");
    }
    assert!(!files[0].contains("<script>"), "{}", files[0]);
}

#[test]
fn a_chart_is_a_drawing() {
    let bench = measured();
    let said = bench.run(&["bench", "--criterion", "criterion", "-o", "bench.png"]);
    assert_eq!(said.code, Some(2), "{said:?}");
    assert!(said.err.contains("ends in .svg"), "{said:?}");
}

#[test]
fn a_report_tells_the_times_as_well() {
    let bench = measured();
    compares(&bench, &["--json", "bench.json"]);
    let check = [
        "check",
        BASE,
        "--games",
        "order/crossing-sends",
        "--rounds",
        "1",
        "--json",
        "report.json",
    ];
    assert_eq!(bench.run(&check).code, Some(0));
    let merge = ["merge", "report.json", "--bench", "bench.json"];
    let said =
        bench.run(&[&merge[..], &["--html", "page.html", "--markdown", "summary.md"]].concat());
    assert_eq!(said.code, Some(0), "{said:?}");
    for file in ["page.html", "summary.md"] {
        let text = std::fs::read_to_string(bench.path(file)).unwrap();
        assert!(text.contains("burst-100") && text.contains("vodozemac/olm-v1"), "{text}");
    }

    for (more, words) in [
        (&["--json", "whole.json"][..], "--bench is told in what --html or --markdown writes"),
        (&["--html", "page.html", "--bench", "nowhere.json"], "cannot be used multiple times"),
    ] {
        let said = bench.run(&[&merge[..], more].concat());
        assert_eq!(said.code, Some(2), "{said:?}");
        assert!(said.err.contains(words), "{said:?}");
    }
    let said =
        bench.run(&["merge", "report.json", "--bench", "report.json", "--html", "page.html"]);
    assert_eq!(said.code, Some(2), "{said:?}");
    assert!(said.err.contains("report.json: line "), "{said:?}");
}

//! `check`, `list` and `explain`: exit codes and reports.

use serde_json::{Value, json};

use crate::support::{Bench, assert_valid, game};

const QUICK: &str = "forgery/replay,recovery/ratchet-liveness";

#[test]
fn a_ratchet_that_keeps_its_promises_exits_0_and_leaves_no_folder() {
    let bench = Bench::new();
    let (said, report) =
        bench.check(&["textbook/double-ratchet-eager", "--games", QUICK, "--rounds", "1"]);
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(said.out.contains("2 pass"), "{said:?}");
    assert!(!said.out.contains('\u{1b}'), "no colours where there is no terminal");
    assert_eq!(report["complete"], true);
    assert!(bench.files("sprag-cases").is_empty());
    assert_valid("report.schema.json", &report);
}

#[test]
fn a_failure_exits_1_with_a_story_and_a_case_that_replays_at_once() {
    let bench = Bench::new();
    let (said, report) =
        bench.check(&["mutant/p02-renews-once", "--games", QUICK, "--rounds", "1"]);
    assert_eq!(said.code, Some(1), "{said:?}");
    assert_valid("report.schema.json", &report);
    let files = bench.files("sprag-cases");
    assert_eq!(files, ["mutant.p02-renews-once--recovery.ratchet-liveness.json"]);
    let replay = format!("sprag replay sprag-cases/{}", files[0]);
    assert!(said.out.contains(&replay), "{said:?}");
    let file = std::fs::read_to_string(bench.path("sprag-cases").join(&files[0])).unwrap();
    let case: Value = serde_json::from_str(&file).unwrap();
    assert_valid("case.schema.json", &case);
    assert_eq!(case, game(&report, "recovery/ratchet-liveness")["case"]);
    assert!(case["schedule"]["steps"].as_array().unwrap().len() <= 12, "{case}");

    let said = bench.run(&["replay", &format!("sprag-cases/{}", files[0])]);
    assert_eq!(said.code, Some(1), "{said:?}");
    assert!(said.out.contains("the initiator sends message"), "{said:?}");
    assert!(said.out.contains("comes to the responder, who opens it"), "{said:?}");
}

#[test]
fn the_halves_of_a_hybrid_stand_in_its_profile() {
    let bench = Bench::new();
    let games = "forgery/replay,recovery/hybrid-independence";
    let (said, report) =
        bench.check(&["textbook/hybrid-ratchet", "--games", games, "--rounds", "1"]);
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(said.out.contains("2 pass"), "{said:?}");
    assert_valid("report.schema.json", &report);
    let profile = &report["ratchets"][0]["profile"];
    assert_eq!(profile["pq_rekey"], json!({"messages": 2, "epochs": 2}));
    assert_eq!(profile["classical"]["key_generation"], "eager");
    assert_eq!(profile["post_quantum"]["key_generation"], "lazy");
    assert_eq!(profile.get("max_skip"), None);
    bench.write("hybrid.json", &profile.to_string());
    let (_, again) = bench.check(&[
        "textbook/hybrid-ratchet",
        "--games",
        games,
        "--rounds",
        "1",
        "--profile",
        "hybrid.json",
    ]);
    assert_eq!(again["ratchets"][0]["profile"], *profile);
}

#[test]
fn a_case_that_no_longer_fails_replays_with_exit_0() {
    let bench = Bench::new();
    bench.check(&["mutant/p02-renews-once", "--games", "G-PCS-8", "--rounds", "1"]);
    let path = bench.path("sprag-cases/mutant.p02-renews-once--recovery.ratchet-liveness.json");
    let case = std::fs::read_to_string(path).unwrap();
    let fixed = case.replace("mutant/p02-renews-once", "textbook/double-ratchet-eager");
    let said = bench.run(&["replay", &bench.write("case.json", &fixed)]);
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(said.out.contains("no failure"), "{said:?}");
}

#[test]
fn weak_exits_0_with_a_warning_and_1_when_strict() {
    let bench = Bench::new();
    let arguments = ["vodozemac/olm-v1", "--games", "forgery/bit-flips", "--rounds", "1"];
    let (said, report) = bench.check(&arguments);
    assert_eq!(said.code, Some(0), "{said:?}");
    assert_eq!(game(&report, "forgery/bit-flips")["verdict"], "weak");
    assert!(said.out.contains("! weak"), "{said:?}");
    let (said, _) = bench.check(&[arguments.as_slice(), &["--strict"]].concat());
    assert_eq!(said.code, Some(1), "{said:?}");
}

#[test]
fn a_known_deviation_is_known_and_a_profile_of_a_file_is_named_so() {
    let bench = Bench::new();
    let (said, report) = bench.check(&["vodozemac/olm-v1", "--games", "G-ATOM-1", "--rounds", "1"]);
    assert_eq!(said.code, Some(0), "{said:?}");
    assert_eq!(game(&report, "atomicity/failed-decrypt")["verdict"], "known");
    let profile = json!({"family": "double-ratchet", "key_generation": "eager", "max_skip": 2000,
        "max_stored": 40, "stored_per": "chain", "retained_chains": 4});
    bench.write("eager.json", &profile.to_string());
    let (_, report) = bench.check(&[
        "vodozemac/olm-v1",
        "--games",
        "G-ATOM-1",
        "--rounds",
        "1",
        "--profile",
        "eager.json",
    ]);
    assert_eq!(report["ratchets"][0]["profile_source"], "file");
    assert_valid("report.schema.json", &report);
}

#[test]
fn less_than_was_asked_for_exits_4() {
    let bench = Bench::new();
    let quick = ["textbook/double-ratchet-eager", "--games", QUICK, "--rounds", "1", "--at-least"];
    assert_eq!(bench.check(&[quick.as_slice(), &["2"]].concat()).0.code, Some(0));
    assert_eq!(bench.check(&[quick.as_slice(), &["3"]].concat()).0.code, Some(4));
    // Nothing heals where only one party sends or no ratchet key is seen.
    let (said, _) =
        bench.check(&["textbook/symmetric-ratchet", "--games", "G-PCS-8", "--rounds", "1"]);
    assert_eq!(said.code, Some(4), "{said:?}");
}

#[test]
fn a_first_round_without_time_is_not_run_and_exits_4() {
    let bench = Bench::new();
    let (said, report) =
        bench.check(&["textbook/double-ratchet-eager", "--time", "0.001", "--workers", "1"]);
    assert_eq!(said.code, Some(4), "{said:?}");
    assert_eq!(report["complete"], false);
    assert_eq!(report["rounds"], 0);
    assert_eq!(game(&report, "recovery/ratchet-liveness")["reason"], "time");
    assert_valid("report.schema.json", &report);
}

#[test]
fn failing_fast_stops_behind_the_first_failing_game() {
    let bench = Bench::new();
    let arguments =
        ["mutant/p02-renews-once", "textbook/static-key", "--rounds", "1", "--fail-fast"];
    let (said, report) = bench.check(&arguments);
    assert_eq!(said.code, Some(1), "{said:?}");
    assert_eq!(report["ratchets"].as_array().unwrap().len(), 1);
    let games = report["ratchets"][0]["games"].as_array().unwrap();
    let count = |verdict: &str| games.iter().filter(|game| game["verdict"] == verdict).count();
    assert_eq!(count("fail"), 1, "{said:?}");
    assert!(count("not-run") > 3, "{said:?}");
}

#[test]
fn one_seed_gives_one_report_on_any_number_of_workers() {
    for (ratchets, games) in [
        (["mutant/p02-renews-once", "vodozemac/olm-v1"], "model/,forgery/,recovery/,atomicity/"),
        (["mutant/h02-aborts", "mutant/d09-panics-on-short-input"], "forgery/replay,recovery/"),
    ] {
        let bench = Bench::new();
        let report = |workers: &str, more: &[&str]| {
            let options = ["--games", games, "--rounds", "1", "--seed", "77", "--workers", workers];
            let (_, mut report) = bench.check(&[&ratchets, options.as_slice(), more].concat());
            assert_eq!(report["timings"]["workers"], workers.parse::<u64>().unwrap());
            report.as_object_mut().unwrap().remove("timings").unwrap();
            serde_json::to_string_pretty(&report).unwrap()
        };
        let one = report("1", &[]);
        assert!(one == report("2", &[]), "{ratchets:?}");
        assert!(report("1", &["--fail-fast"]) == report("3", &["--fail-fast"]), "{ratchets:?}");
    }
}

#[test]
fn a_child_comes_to_the_same_as_its_ratchet_in_process() {
    let bench = Bench::new();
    let exec = format!("'{}' serve vodozemac/olm-v1", env!("CARGO_BIN_EXE_sprag"));
    // `amplification` is left out: how much of its tape a child needs is not to be seen.
    let games = "forward-secrecy/,atomicity/,order/,rollback/,forgery/replay,forgery/bit-flips";
    let arguments = ["--rounds", "1", "--seed", "3", "--games", games];
    let both = ["vodozemac/olm-v1", "--exec", &exec, "--known-as", "vodozemac/olm-v1"];
    let (said, report) = bench.check(&[&both, &arguments[..]].concat());
    assert_eq!(said.code, Some(0), "{said:?}");
    let [inside, outside] = &report["ratchets"].as_array().unwrap()[..] else { panic!("{report}") };
    assert_eq!(inside["games"], outside["games"]);
    assert_eq!(inside["deviations"], outside["deviations"]);
    assert!(inside["games"].as_array().unwrap().iter().any(|game| game["verdict"] == "known"));
}

#[test]
fn a_case_of_a_child_is_replayed_with_what_it_is_known_for() {
    let bench = Bench::new();
    let exec = format!("'{}' serve vodozemac/olm-v1", env!("CARGO_BIN_EXE_sprag"));
    let games = ["--games", "atomicity/failed-decrypt", "--rounds", "1"];
    let (said, report) = bench.check(&[&["--exec", &exec], &games[..]].concat());
    let found = game(&report, "atomicity/failed-decrypt");
    assert_eq!((said.code, &found["verdict"]), (Some(1), &"fail".into()), "{said:?}");
    bench.write("case.json", &found["case"].to_string());
    let replay = ["replay", "case.json", "--exec", &exec];
    assert_eq!(bench.run(&replay).code, Some(1));
    let known = bench.run(&[&replay[..], &["--known-as", "vodozemac/olm-v1"]].concat());
    assert_eq!(known.code, Some(0), "{known:?}");
    let unknown = bench.run(&[&replay[..], &["--known-as", "vodozemac/olm-v3"]].concat());
    assert_eq!(unknown.code, Some(2), "{unknown:?}");
}

#[test]
fn a_report_on_standard_output_stands_there_alone() {
    let bench = Bench::new();
    let quick = ["--games", "G-PCS-8", "--rounds", "1", "--json", "-"];
    let said = bench.run(&[&["check", "textbook/double-ratchet-eager"], quick.as_slice()].concat());
    let report: Value = serde_json::from_str(&said.out).unwrap();
    assert_valid("report.schema.json", &report);
    assert!(said.err.contains("1 pass"), "{said:?}");
}

#[test]
fn a_wrong_command_line_exits_2_and_proposes_names() {
    let bench = Bench::new();
    for (arguments, expected) in [
        (&["check", "textbook/double-rachet-eager"][..], "textbook/double-ratchet-eager"),
        (&["check", "olm-v1"], "vodozemac/olm-v1"),
        (&["check", "--games", "forgery/bit-flip"], "forgery/bit-flips"),
        (&["check", "--games", "forgeri/"], "forgery/"),
        (&["explain", "consumed-keys"], "forward-secrecy/consumed-key"),
        (&["check", "--effort", "nightly"], "--time"),
        (&["check", "--time", "0"], "--time"),
        (&["check", "--rounds", "0"], "--rounds"),
        (&["check", "--suite", "2"], "this version of sprag has suite 1 alone"),
        (&["check", "--frobnicate"], "--frobnicate"),
        (&["chekc"], "check"),
        (&["check", "--profile", "none.json"], "none.json"),
    ] {
        let said = bench.run(arguments);
        assert_eq!(said.code, Some(2), "{arguments:?}: {said:?}");
        assert!(said.err.contains(expected), "{arguments:?}: {said:?}");
        assert_eq!(said.out, "", "{arguments:?}");
    }
}

#[test]
fn a_profile_that_contradicts_itself_exits_2_with_its_field() {
    let bench = Bench::new();
    for (text, field) in [
        (
            r#"{"family":"double-ratchet","closes_chains":true,"retained_chains":2}"#,
            "closes_chains",
        ),
        (r#"{"family":"static-key","max_skip":2}"#, "max_skip"),
        (r#"{"family":"static-key","#, "line 1"),
    ] {
        bench.write("profile.json", text);
        let said = bench.run(&["check", "textbook/static-key", "--profile", "profile.json"]);
        assert_eq!(said.code, Some(2), "{said:?}");
        assert!(said.err.contains(field) && said.err.contains("profile.json"), "{said:?}");
    }
}

#[test]
fn lists_and_explanations_are_readable() {
    let bench = Bench::new();
    let ratchets = bench.run(&["list", "ratchets"]);
    assert!(ratchets.out.contains("vodozemac/olm-v2"), "{ratchets:?}");
    assert!(!ratchets.out.contains("mutant/"), "{ratchets:?}");
    assert!(bench.run(&["list", "mutants"]).out.contains("mutant/f01-keeps-used-keys"));
    let games = bench.run(&["list", "games"]);
    for line in games.out.lines().skip(1).filter(|line| !line.starts_with(' ')) {
        let id = line.split_whitespace().next().unwrap();
        let said = bench.run(&["explain", id]);
        assert_eq!(said.code, Some(0), "{id}");
        assert!(said.out.contains("what it cannot show"), "{said:?}");
        assert!(said.out.lines().all(|line| line.chars().count() <= 100), "{said:?}");
    }
    for page in [&["--help"][..], &["check", "--help"], &["replay", "--help"], &["--version"]] {
        let said = bench.run(page);
        assert_eq!(said.code, Some(0), "{page:?}");
        assert!(!said.out.contains("  worker "), "the hidden command shows: {said:?}");
    }
}

/// Every figure of the comparison is one that a game really measures under that name.
#[test]
fn several_ratchets_are_compared_by_what_was_measured() {
    let games = "backdoor/no-third-reader,denial-of-service/forward-jump,forgery/effective-tag-length,growth/state,\
                 recovery/healing-time";
    let ratchets = ["textbook/double-ratchet-eager", "textbook/double-ratchet-lazy"];
    let bench = Bench::new();
    let arguments = ["check", ratchets[0], ratchets[1], "--games", games, "--rounds", "1"];
    let said = bench.run(&[arguments.as_slice(), &["--markdown", "summary.md"]].concat());
    assert_eq!(said.code, Some(0), "{said:?}");
    let markdown = std::fs::read_to_string(bench.path("summary.md")).unwrap();
    for (ratchet, heals) in ratchets.into_iter().zip(["3", "2"]) {
        let wanted = format!("pass {heals} / {heals} 1000 / 1000 2000 128 57 0 ");
        let row = said.out.lines().find(|line| line.starts_with(ratchet) && line.contains(" / "));
        let row = row.unwrap_or_else(|| panic!("{ratchet} is not compared: {said:?}"));
        let row = row.split_whitespace().skip(1).collect::<Vec<_>>().join(" ");
        assert!(row.starts_with(&wanted), "{row}");
        assert!(row[wanted.len()..].parse::<f64>().is_ok(), "seconds of a round: {row}");
        let wanted = format!("| pass | {heals} / {heals} | 1000 / 1000 | 2000 | 128 | 57 | 0 |");
        assert!(markdown.contains(&wanted), "{markdown}");
    }

    let (said, _) = bench.check(&[ratchets[0], "--games", QUICK, "--rounds", "1"]);
    assert!(!said.out.contains("s/round"), "{said:?}");
}

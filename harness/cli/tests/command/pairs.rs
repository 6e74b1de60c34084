//! Two ratchets in one conversation.

use serde_json::Value;

use crate::support::{Bench, Said, assert_valid, example, game};

const GAMES: &str = "model/random-schedule,forgery/replay,recovery/healing-time,profile/";

fn check(bench: &Bench, pair: &str) -> (Said, Value) {
    let arguments = ["check", "--rounds", "1", "--games", GAMES, "--json", "report.json"];
    let said = bench.run(&[arguments.as_slice(), &["--pair", pair]].concat());
    let report = std::fs::read_to_string(bench.path("report.json")).unwrap();
    let report: Value = serde_json::from_str(&report).unwrap();
    assert_valid("report.schema.json", &report);
    (said, report)
}

#[test]
fn a_program_and_a_built_in_ratchet_talk_in_both_directions() {
    let served = format!("'{}' serve textbook/double-ratchet-lazy", env!("CARGO_BIN_EXE_sprag"));
    for pair in [
        format!("textbook/double-ratchet-eager,{served}"),
        format!("{served}, textbook/double-ratchet-eager"),
    ] {
        let bench = Bench::new();
        let (said, report) = check(&bench, &pair);
        assert_eq!(said.code, Some(0), "{said:?}");
        for id in ["model/random-schedule", "forgery/replay", "recovery/healing-time"] {
            assert_eq!(game(&report, id)["verdict"], "pass", "{id}: {said:?}");
        }
        let ends = report["ratchets"][0]["profile"]["ends"].as_array().unwrap();
        assert_eq!(ends.len(), 2);
        assert_ne!(ends[0]["key_generation"], ends[1]["key_generation"]);
        assert_eq!(report["ratchets"][0]["version"], "0.1.0,0.1.0");
        let probing = game(&report, "profile/describes-this-ratchet");
        assert_eq!(probing["verdict"], "not-run");
    }
}

#[test]
fn a_pair_says_where_its_limits_come_from() {
    let undeclared = format!("'{}' undeclared", example("lacking_child").display());
    for (other, source) in
        [("textbook/double-ratchet-eager", "declared"), (&*undeclared, "measured")]
    {
        let (said, report) = check(&Bench::new(), &format!("textbook/double-ratchet-lazy,{other}"));
        assert_eq!(said.code, Some(0), "{said:?}");
        let ratchet = &report["ratchets"][0];
        assert_eq!(ratchet["profile_source"], source, "{said:?}");
        for end in ratchet["profile"]["ends"].as_array().unwrap() {
            assert_eq!(end["max_skip"], 1000, "{said:?}");
        }
    }
}

#[test]
fn a_planted_bug_at_one_end_is_found_and_replayed() {
    let bench = Bench::new();
    let pair = "textbook/double-ratchet-eager,mutant/f01-keeps-used-keys";
    let (said, report) = check(&bench, pair);
    assert_eq!(said.code, Some(1), "{said:?}");
    assert_eq!(game(&report, "forgery/replay")["verdict"], "fail", "{said:?}");
    let replay = format!("--pair {pair}");
    assert!(said.out.contains(&replay), "{said:?}");
    let case = bench.files("sprag-cases").into_iter().find(|file| file.contains("forgery.replay"));
    let case = format!("sprag-cases/{}", case.unwrap());
    let said = bench.run(&["replay", &case, "--pair", pair]);
    assert_eq!(said.code, Some(1), "{said:?}");
}

#[test]
fn ends_that_cannot_talk_say_why() {
    let bench = Bench::new();
    for (pair, code, words) in [
        ("vodozemac/olm-v1", 2, "is not INITIATOR,RESPONDER"),
        ("vodozemac/olm-v1,vodozemac/olm-v3", 2, "vodozemac/olm-v2"),
        ("vodozemac/olm-v1,vodozemac/", 2, "by its whole name"),
        ("vodozemac/olm-v1,", 2, "is no command line"),
        ("textbook/static-key,textbook/static-key", 5, "`handshake`"),
        ("textbook/double-ratchet-eager,textbook/symmetric-ratchet", 5, "field `family`"),
        ("vodozemac/olm-v1,/no/such/program", 5, "/no/such/program"),
    ] {
        let said = bench.run(&["check", "--rounds", "1", "--pair", pair]);
        assert_eq!(said.code, Some(code), "{pair}: {said:?}");
        let all = format!("{}{}", said.out, said.err).replace("\n", " ");
        let all = all.split_whitespace().collect::<Vec<&str>>().join(" ");
        assert!(all.contains(words), "{pair}: {all}");
    }
}

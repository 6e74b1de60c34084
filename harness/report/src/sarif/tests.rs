use serde_json::Value;
use sprag::schedule::{Action, MessageName, Schedule, Tamper};

use super::*;
use crate::context::{Trouble, TroubleKind};
use crate::fixtures;

fn parsed(report: &Report, context: &Context) -> Value {
    serde_json::from_str(&render(report, "harness/adapters/src/vodozemac.rs", context).unwrap())
        .unwrap()
}

fn results(log: &Value) -> &Vec<Value> {
    log["runs"][0]["results"].as_array().unwrap()
}

/// What the standard and code scanning ask of every file.
fn assert_required(log: &Value) {
    assert_eq!(log["version"], "2.1.0");
    assert!(log["$schema"].as_str().unwrap().ends_with("sarif-schema-2.1.0.json"));
    let run = &log["runs"][0];
    let driver = &run["tool"]["driver"];
    assert_eq!(driver["name"], "Sprag");
    assert!(run["invocations"][0]["executionSuccessful"].is_boolean());
    let rules = driver["rules"].as_array().unwrap();
    let mut ids: Vec<&str> = rules.iter().map(|rule| rule["id"].as_str().unwrap()).collect();
    for rule in rules {
        for key in ["shortDescription", "fullDescription", "help"] {
            assert!(rule[key]["text"].is_string(), "{rule}");
        }
        let score: f64 = rule["properties"]["security-severity"].as_str().unwrap().parse().unwrap();
        assert!((0.1..=10.0).contains(&score), "{rule}");
    }
    for result in results(log) {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(result["ruleId"], rules[index]["id"]);
        assert!(["error", "warning", "note"].contains(&result["level"].as_str().unwrap()));
        assert!(!result["message"]["text"].as_str().unwrap().is_empty());
        let place = &result["locations"][0]["physicalLocation"];
        assert_eq!(place["region"]["startLine"], 1);
        let uri = place["artifactLocation"]["uri"].as_str().unwrap();
        assert!(uri.bytes().all(|byte| byte.is_ascii_graphic()), "{uri}");
        let print = result["partialFingerprints"]["spragRatchetAndGame/v1"].as_str().unwrap();
        assert_eq!(print.len(), 32);
    }
    let count = ids.len();
    ids.dedup();
    assert_eq!(ids.len(), count, "a rule stands twice");
}

#[test]
fn every_file_has_what_is_required() {
    let nothing = fixtures::report(Vec::new());
    for report in [nothing, fixtures::ordinary(), fixtures::every_family(), fixtures::hostile()] {
        for context in [fixtures::context(), fixtures::hostile_context()] {
            assert_required(&parsed(&report, &context));
        }
    }
}

#[test]
fn failures_and_weak_games_are_results_with_their_case() {
    let log = parsed(&fixtures::ordinary(), &fixtures::context());
    let [fail, weak] = results(&log).as_slice() else { panic!("{log}") };
    assert_eq!(fail["ruleId"], "forward-secrecy/consumed-key");
    assert_eq!(fail["level"], "error");
    let place = &fail["locations"][0];
    let uri = &place["physicalLocation"]["artifactLocation"]["uri"];
    assert_eq!(*uri, "harness/adapters/src/vodozemac.rs");
    assert_eq!(place["logicalLocations"][0]["fullyQualifiedName"], fixtures::NAME);
    let case = fail["properties"]["case"].to_string();
    let expected = fixtures::case(fixtures::NAME, "forward-secrecy/consumed-key");
    assert_eq!(Case::from_json(&case).unwrap(), expected);
    assert_eq!(fail["properties"]["replay"], "sprag replay cases/one.json");
    assert_eq!((&weak["ruleId"], &weak["level"]), (&"forgery/bit-flips".into(), &"note".into()));
    assert_eq!(weak["properties"]["weakPositions"][0], "field `version`");
    assert_eq!(log["runs"][0]["tool"]["driver"]["rules"].as_array().unwrap().len(), 7);
}

#[test]
fn a_weak_game_is_an_error_only_where_that_is_asked_for() {
    let mut report = fixtures::ordinary();
    report.ratchets[0].games[1].severity = Severity::Critical;
    for (strict, expected) in [(false, "warning"), (true, "error")] {
        let context = Context { strict, ..Context::default() };
        assert_eq!(results(&parsed(&report, &context))[1]["level"], expected);
    }
}

#[test]
fn a_game_that_is_known_is_explained() {
    let log = parsed(&fixtures::ordinary(), &fixtures::context());
    let rules = &log["runs"][0]["tool"]["driver"]["rules"];
    let rule = rules.as_array().unwrap().iter().find(|rule| rule["id"] == "forgery/bit-flips");
    let help = rule.unwrap()["help"]["text"].as_str().unwrap();
    assert!(help.contains(games::find("forgery/bit-flips").unwrap().about().cannot_show), "{help}");
}

#[test]
fn fingerprints_outlive_versions_seeds_and_reasons_but_tell_ratchets_and_games_apart() {
    let prints = |report: &Report| {
        let log = parsed(report, &Context::default());
        let print = |result: &Value| result["partialFingerprints"].to_string();
        results(&log).iter().map(print).collect::<Vec<_>>()
    };
    let report = fixtures::ordinary();
    let mut later = report.clone();
    (later.seed, later.rounds, later.ratchets[0].version) = (8, 5, "0.12.0".into());
    later.ratchets[0].games[0].reason = "another message was read".into();
    later.ratchets[0].games[0].case = None;
    assert_eq!(prints(&later), prints(&report));
    let mut two = report.clone();
    two.ratchets.push(RatchetReport { name: "another".into(), ..report.ratchets[0].clone() });
    let mut all = prints(&two);
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), 4);
}

#[test]
fn what_went_wrong_outside_of_games_is_notified() {
    let invocation = |report: &Report, context: &Context| {
        let log = parsed(report, context);
        let invocation = &log["runs"][0]["invocations"][0];
        let notes = invocation["toolExecutionNotifications"].as_array().unwrap().len();
        (invocation["executionSuccessful"].as_bool().unwrap(), notes)
    };
    let mut report = fixtures::ordinary();
    assert_eq!(invocation(&report, &Context::default()), (true, 0));
    report.complete = false;
    report.ratchets[0].games[2].missing_deviations = vec!["SPRAG-F-0001".into()];
    let (ratchet, words) = (fixtures::NAME.to_owned(), "no teeth".to_owned());
    let trouble = Trouble { ratchet, kind: TroubleKind::Harness, words };
    let context = Context { troubles: vec![trouble], ..Context::default() };
    assert_eq!(invocation(&report, &context), (false, 3));
}

#[test]
fn a_command_becomes_a_reference() {
    assert_eq!(uri("python3 my_ratchet.py --x='1'"), "python3%20my_ratchet.py%20--x%3D%271%27");
    assert_eq!(uri("src\\adapter.rs"), "src/adapter.rs");
    assert_eq!(uri("javascript:alert(1)\u{202e}"), "javascript%3Aalert%281%29%E2%80%AE");
}

#[test]
fn a_case_that_is_far_too_long_is_left_to_the_json_report() {
    let mut report = fixtures::ordinary();
    let case = report.ratchets[0].games[0].case.as_mut().unwrap();
    let how = Tamper::SetField { field: "a".repeat(CASE_LIMIT), value: vec![1] };
    let message = MessageName::new(1, 0);
    case.schedule = Schedule::of([Action::Tamper { message, how }]);
    let log = parsed(&report, &Context::default());
    let case = results(&log)[0]["properties"]["case"].as_str().unwrap();
    assert!(case.contains("see the JSON report"), "{case}");
}

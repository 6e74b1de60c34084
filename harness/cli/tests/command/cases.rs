//! Case files that cannot be used: exit 2, with path, place and reason.

use std::path::Path;

use serde_json::Value;

use crate::support::{Bench, assert_valid};

const CASE: &str = r#"{
  "sprag_case": 1,
  "suite": 1,
  "ratchet": "textbook/double-ratchet-eager",
  "game": "recovery/ratchet-liveness",
  "seed": "00000000000000000000000000000000000000000000000000000000000000aa",
  "schedule": {
    "steps": [
      {"id":1,"action":{"ping-pong":{"first":"initiator","turns":3}}},
      {"id":2,"action":{"steal":{"from":"responder"}}}
    ]
  }
}
"#;

#[test]
fn a_case_by_hand_replays() {
    let bench = Bench::new();
    let said = bench.run(&["replay", &bench.write("case.json", CASE)]);
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(said.out.contains("the responder's session is copied"), "{said:?}");
}

#[test]
fn broken_cases_exit_2_with_their_fault() {
    let bench = Bench::new();
    for (from, to, expected) in [
        ("\"sprag_case\": 1", "\"sprag_case\": 2", "version 2"),
        ("double-ratchet-eager", "double-ratchet-eagre", "near: textbook/double-ratchet-eager"),
        ("ratchet-liveness", "ratchet-lifeness", "near: recovery/ratchet-liveness"),
        ("\"textbook/double-ratchet-eager\"", "\"textbook/\"", "field `ratchet`"),
        ("\"steal\"", "\"stael\"", "line 10, column "),
        ("\"id\":2", "\"id\":1", "stands twice"),
        ("00aa", "00zz", "64 hex digits"),
        ("\"schedule\": {", "\"schedule\": [", "line "),
        (
            "      {\"id\":2,\"action\":{\"steal\":{\"from\":\"responder\"}}}\n    ]\n  }\n}\n",
            "",
            "line 10",
        ),
    ] {
        let broken = CASE.replacen(from, to, 1);
        assert_ne!(broken, CASE, "{from}");
        let said = bench.run(&["replay", &bench.write("broken.json", &broken)]);
        assert_eq!(said.code, Some(2), "{to}: {said:?}");
        assert!(said.err.contains("broken.json"), "{to}: {said:?}");
        assert!(said.err.contains(expected), "{to}: {said:?}");
    }
    let said = bench.run(&["replay", "absent.json"]);
    assert_eq!(said.code, Some(2), "{said:?}");
    assert!(said.err.contains("absent.json"), "{said:?}");
}

#[test]
fn what_a_case_says_is_made_inert() {
    let bench = Bench::new();
    let hostile = "\\u001b[2J\\u202eevil\\u0007";
    let case = CASE.replace("\"schedule\"", &format!("\"found\": \"{hostile}\",\n  \"schedule\""));
    let said = bench.run(&["replay", &bench.write("case.json", &case)]);
    assert!(said.out.contains("\\u{1b}[2J\\u{202e}evil"), "{said:?}");
    let named = CASE.replace("textbook/double-ratchet-eager", hostile);
    let said_of_name = bench.run(&["replay", &bench.write("named.json", &named)]);
    assert_eq!(said_of_name.code, Some(2));
    for text in [said.out, said.err, said_of_name.out, said_of_name.err] {
        let acts = |character: char| character.is_control() && character != '\n';
        assert!(
            !text.chars().any(|character| acts(character) || character == '\u{202e}'),
            "{text:?}"
        );
    }
}

#[test]
fn stored_scenarios_are_what_their_schema_describes() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../vectors/scenarios");
    let mut scenarios = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        let file: Value = serde_json::from_str(&text).unwrap();
        assert_valid("scenarios.schema.json", &file);
        for scenario in file["scenarios"].as_array().unwrap() {
            // Its schedule is that of a case.
            let mut case: Value = serde_json::from_str(CASE).unwrap();
            case["schedule"] = scenario["schedule"].clone();
            assert_valid("case.schema.json", &case);
            scenarios += 1;
        }
    }
    assert!(scenarios > 0);
}

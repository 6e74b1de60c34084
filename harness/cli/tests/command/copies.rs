//! Children whose sessions cannot be cloned: what is left without a clone, and that export and import stand in for one.

use serde_json::Value;

use crate::support::{Bench, Said, assert_valid, example};

/// Games of thefts.
const OF_THEFTS: [&str; 4] = [
    "active/fork-detection",
    "denial-of-service/forward-jump",
    "forward-secrecy/consumed-key",
    "recovery/healing-time",
];

/// Games that need copies or states at rest.
const OF_COPIES: [&str; 5] =
    [OF_THEFTS[0], OF_THEFTS[1], OF_THEFTS[2], OF_THEFTS[3], "persistence/round-trip"];

/// Games that only send, deliver and change messages.
const OF_MESSAGES: [&str; 5] = [
    "forgery/bit-flips",
    "order/crossing-sends",
    "order/immediate-decryption",
    "randomness/uniqueness",
    "recovery/ratchet-liveness",
];

fn check(kind: &str, games: &[&str]) -> (Said, Value) {
    let line = format!("'{}' {kind}", example("lacking_child").display());
    let bench = Bench::new();
    let (said, report) =
        bench.check(&["--exec", &line, "--games", &games.join(","), "--rounds", "1"]);
    assert_valid("report.schema.json", &report);
    (said, report)
}

/// Each game's id, verdict and reason.
fn verdicts(report: &Value) -> Vec<[&str; 3]> {
    let games = report["ratchets"][0]["games"].as_array().unwrap();
    let texts = |game| ["id", "verdict", "reason"].map(|key| text(game, key));
    games.iter().map(texts).collect()
}

fn text<'v>(game: &'v Value, key: &str) -> &'v str {
    game[key].as_str().unwrap()
}

#[test]
fn without_copies_there_are_no_thefts_and_the_rest_passes() {
    let (said, report) = check("neither", &[&OF_COPIES[..], &OF_MESSAGES].concat());
    assert_eq!(said.code, Some(0), "{said:?}");
    for [id, verdict, reason] in verdicts(&report) {
        if OF_MESSAGES.contains(&id) {
            assert_eq!(verdict, "pass", "{id}: {said:?}");
            continue;
        }
        assert_eq!(verdict, "not-run", "{id}: {said:?}");
        let wanted = match id {
            "persistence/round-trip" => "the ratchet has no export",
            _ => "sessions of this ratchet cannot be copied",
        };
        assert_eq!(reason, wanted, "{id}");
    }

    // Where nothing is left, nothing was checked.
    let (said, report) = check("neither", &OF_THEFTS);
    assert_eq!(said.code, Some(4), "{said:?}");
    assert!(verdicts(&report).iter().all(|[_, verdict, _]| *verdict == "not-run"), "{said:?}");
}

#[test]
fn export_and_import_stand_in_for_a_clone() {
    let (said, report) = check("export-only", &[&OF_COPIES[..], &OF_MESSAGES].concat());
    assert_eq!(said.code, Some(0), "{said:?}");
    for [id, verdict, _] in verdicts(&report) {
        assert_eq!(verdict, "pass", "{id}: {said:?}");
    }
}

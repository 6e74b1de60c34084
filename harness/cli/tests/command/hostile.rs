//! Ratchets that would end a careless harness become verdicts, and the run goes on.

use crate::support::{Bench, assert_valid, game};

/// A game that the planted bug kills, and one that it leaves alone.
const GAMES: &str = "forgery/bit-flips,order/immediate-decryption";

#[test]
fn deaths_are_verdicts_and_the_run_goes_on() {
    for (mutant, game_id, words, quick) in [
        (
            "h01-endless-loop",
            "forgery/bit-flips",
            "did not come to an end. in `decrypt`",
            ["--call-limit-ms", "300"],
        ),
        ("h03-stack-overflow", "forgery/bit-flips", "stack overflow", ["--memory", "512"]),
        (
            "h04-memory-bomb",
            "forgery/bit-flips",
            "memory grew beyond the limit",
            ["--memory", "64"],
        ),
        (
            "d09-panics-on-short-input",
            "forgery/bit-flips",
            "the ratchet panicked",
            ["--memory", "512"],
        ),
        ("h02-aborts", "order/immediate-decryption", "in `encrypt`", ["--memory", "512"]),
    ] {
        let bench = Bench::new();
        let mutant = format!("mutant/{mutant}");
        let run = [&mutant, "textbook/double-ratchet-eager", "--games", GAMES, "--rounds", "1"];
        let (said, report) = bench.check(&[run.as_slice(), &quick].concat());
        assert_eq!(said.code, Some(1), "{mutant}: {said:?}");
        let result = game(&report, game_id);
        assert_eq!(result["verdict"], "fail", "{mutant}: {said:?}");
        let reason = result["reason"].as_str().unwrap();
        assert!(reason.contains(words), "{mutant}: {reason}");
        let other = GAMES.split(',').find(|id| *id != game_id).unwrap();
        assert_eq!(game(&report, other)["verdict"], "pass", "{mutant}: {said:?}");
        assert_eq!(report["ratchets"][1]["verdict"], "pass", "{mutant}: {said:?}");
        assert_valid("report.schema.json", &report);
        let steps = result["case"]["schedule"]["steps"].as_array().unwrap().len();
        assert!(steps <= 12, "{mutant}: {steps} actions");

        let file = format!("sprag-cases/{}", bench.files("sprag-cases")[0]);
        let said = bench.run(&["replay", &file, quick[0], quick[1]]);
        assert_eq!(said.code, Some(1), "{mutant}: {said:?}");
    }
}

#[test]
fn what_a_dead_worker_wrote_is_shown_and_stays_out_of_the_results() {
    let bench = Bench::new();
    let (said, mut report) = bench.check(&[
        "mutant/h03-stack-overflow",
        "--games",
        "forgery/bit-flips",
        "--rounds",
        "1",
    ]);
    assert!(said.out.contains("has overflowed its stack"), "{said:?}");
    assert!(report["timings"].to_string().contains("has overflowed its stack"));
    report.as_object_mut().unwrap().remove("timings");
    assert!(!report.to_string().contains("has overflowed its stack"));
}

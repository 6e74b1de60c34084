//! The games on vodozemac, with its known deviation: nothing else may be accused.

#![allow(clippy::unwrap_used, clippy::panic, reason = "clippy knows tests by their attribute only")]

use std::borrow::Cow;

use sprag::run::{CheckOptions, check};
use sprag::{Deviation, DeviationKind, DynRatchet, Verdict};
use sprag_adapters::Olm;

fn deviations() -> Vec<Deviation> {
    vec![Deviation {
        finding: Cow::Borrowed("SPRAG-F-0001"),
        shown_by: Cow::Borrowed("atomicity/failed-decrypt"),
        kind: DeviationKind::KeyMadeOnRejection,
    }]
}

#[track_caller]
fn only_known_things_show(ratchet: &dyn DynRatchet) {
    let options = CheckOptions { seed: 1, rounds: 1, deviations: deviations() };
    let result = check(ratchet, &options, |_| true).unwrap();
    for game in &result.games {
        let expected = match game.id {
            "atomicity/failed-decrypt" => Verdict::Known,
            // SPRAG-F-0002: the encoding of a message is not authenticated, only its meaning.
            "forgery/bit-flips" => Verdict::Weak,
            "forgery/associated-data"
            | "forgery/header-encryption"
            | "backdoor/nonce-recomputation"
            | "differential/reference"
            | "recovery/hybrid-independence" => Verdict::NotRun,
            _ => Verdict::Pass,
        };
        assert_eq!(game.verdict, expected, "{}: {}", game.id, game.reason);
        assert!(game.missing_deviations.is_empty(), "{}", game.id);
    }
}

#[test]
fn only_known_things_show_in_olm_version_1() {
    only_known_things_show(&Olm::version_1());
}

#[test]
fn only_known_things_show_in_olm_version_2() {
    only_known_things_show(&Olm::version_2());
}

#[test]
fn without_its_deviation_declared_the_finding_fails_two_games() {
    let options = CheckOptions { seed: 1, rounds: 2, deviations: Vec::new() };
    let wanted = ["atomicity/failed-decrypt", "model/random-schedule"];
    let result = check(&Olm::version_1(), &options, |game| wanted.contains(&game.about().id));
    for game in result.unwrap().games {
        assert_eq!(game.verdict, Verdict::Fail, "{}: {}", game.id, game.reason);
        assert!(game.failure.unwrap().schedule.steps.len() <= 12, "{}", game.id);
    }
}

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
    let unexpected: Vec<String> = result
        .games
        .iter()
        .filter(|game| game.verdict != expected(game.id) || !game.missing_deviations.is_empty())
        .map(|game| format!("{}: {}: {}", game.id, game.verdict, game.reason))
        .collect();
    assert!(unexpected.is_empty(), "{}", unexpected.join("\n"));
}

fn expected(game: &str) -> Verdict {
    match game {
        "atomicity/failed-decrypt" => Verdict::Known,
        // SPRAG-F-0002: the encoding of a message is not authenticated, only its meaning.
        "forgery/bit-flips" | "forgery/malleable-encodings" => Verdict::Weak,
        // As every Double Ratchet.
        "active/exposure-after-forgery" | "rollback/receiver" | "rollback/sender" => {
            Verdict::NotClaimed
        }
        // No associated data, halves, periods, identities, given secrets, index or raw encryption; fields are not written
        // anew, no nonce is shown, and there is no reference.
        "backdoor/nonce-recomputation"
        | "denial-of-service/bound-arithmetic"
        | "denial-of-service/forward-jump"
        | "differential/reference"
        | "forgery/associated-data"
        | "forgery/header-encryption"
        | "forgery/header-fields"
        | "forgery/identity-binding"
        | "forgery/key-commitment"
        | "forward-secrecy/initial-secret"
        | "order/exactly-once-index"
        | "recovery/hybrid-independence"
        | "recovery/rekey-liveness" => Verdict::NotRun,
        _ => Verdict::Pass,
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

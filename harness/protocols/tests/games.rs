//! No game accuses a textbook ratchet, and the figures are those of the literature.

#![allow(clippy::unwrap_used, clippy::panic, reason = "clippy knows tests by their attribute only")]

use sprag::run::{CheckOptions, RatchetResult, check};
use sprag::{DynRatchet, Verdict};
use sprag_protocols::textbook;

fn named(name: &str) -> Box<dyn DynRatchet> {
    textbook().into_iter().find(|ratchet| ratchet.name() == name).unwrap()
}

fn play(name: &str, rounds: u64, game: &str) -> RatchetResult {
    let options = CheckOptions { seed: 1, rounds, ..CheckOptions::default() };
    check(&*named(name), &options, |wanted| wanted.about().id.starts_with(game)).unwrap()
}

#[track_caller]
fn passes(name: &str, not_claimed: &[&str], not_run: &[&str]) {
    let result = play(name, 1, "");
    for game in &result.games {
        let expected = if not_claimed.contains(&game.id) {
            Verdict::NotClaimed
        } else if not_run.contains(&game.id) {
            Verdict::NotRun
        } else {
            Verdict::Pass
        };
        assert_eq!(game.verdict, expected, "{}: {}", game.id, game.reason);
    }
}

/// Games that need what only some ratchets show on the wire.
const HEADERS: &str = "forgery/header-encryption";
const LIVENESS: &str = "recovery/ratchet-liveness";

/// What no Double Ratchet of ChaCha20-Poly1305 claims.
const MEASURED: [&str; 2] = ["active/exposure-after-forgery", "forgery/key-commitment"];

#[test]
fn no_game_accuses_the_eager_double_ratchet() {
    passes("textbook/double-ratchet-eager", &MEASURED, &[HEADERS]);
}

#[test]
fn no_game_accuses_the_lazy_double_ratchet() {
    passes("textbook/double-ratchet-lazy", &MEASURED, &[HEADERS]);
}

#[test]
fn no_game_accuses_the_header_encrypted_double_ratchet() {
    let not_run = [
        "forgery/identity-binding",
        "forgery/key-commitment",
        "forgery/low-order-keys",
        "forgery/type-and-version",
        LIVENESS,
    ];
    let not_claimed = ["active/exposure-after-forgery"];
    passes("textbook/double-ratchet-header-encrypted", &not_claimed, &not_run);
}

#[test]
fn no_game_accuses_the_symmetric_ratchet() {
    let not_claimed = [
        "active/chosen-ciphertexts",
        "active/exposure-after-forgery",
        "active/hijack-window",
        "active/impersonation",
        "active/injection-after-healing",
        "forgery/old-chain",
        "recovery/healing-time",
    ];
    let not_run = [
        "forgery/identity-binding",
        "forgery/key-commitment",
        "forgery/low-order-keys",
        HEADERS,
        LIVENESS,
    ];
    passes("textbook/symmetric-ratchet", &not_claimed, &not_run);
}

#[test]
fn no_game_accuses_the_periodic_ratchet() {
    let not_run = [
        "forgery/header-fields",
        "forgery/identity-binding",
        "forgery/key-commitment",
        "forgery/low-order-keys",
        "forgery/old-chain",
        HEADERS,
        LIVENESS,
    ];
    passes("textbook/periodic-rekey", &["active/exposure-after-forgery"], &not_run);
}

#[test]
fn no_game_accuses_the_static_key() {
    let not_claimed = [
        "active/chosen-ciphertexts",
        "active/clone-detection",
        "active/exposure-after-forgery",
        "active/fork-detection",
        "active/hijack-window",
        "active/impersonation",
        "active/injection-after-healing",
        "forgery/old-chain",
        "forward-secrecy/consumed-key",
        "forward-secrecy/sender-side",
        "forgery/replay",
        "recovery/healing-time",
    ];
    let not_run = [
        "forgery/identity-binding",
        "forgery/key-commitment",
        "forgery/low-order-keys",
        HEADERS,
        LIVENESS,
    ];
    passes("textbook/static-key", &not_claimed, &not_run);
}

/// 20,000 random steps each here; the longer campaigns are the command's (`--rounds`).
#[test]
fn the_model_game_raises_no_false_alarm() {
    for ratchet in textbook() {
        let result = play(&ratchet.name(), 2, "model/");
        assert_eq!(result.verdict, Verdict::Pass, "{}", result.games[0].reason);
        assert!(result.games[0].steps > 20_000, "{}", result.games[0].steps);
    }
}

#[test]
fn random_schedules_reach_every_corner() {
    let result = play("textbook/double-ratchet-lazy", 1, "model/");
    let quotas = &result.games[0].quotas;
    assert!(quotas.len() >= 8);
    for (feature, trials) in quotas {
        assert!(*trials > 0, "no schedule has {feature}: {quotas:?}");
    }
}

#[test]
fn measured_healing_equals_the_tight_table() {
    for (name, expected) in [
        ("textbook/double-ratchet-eager", ["3", "2", "3", "1", "2"]),
        ("textbook/double-ratchet-header-encrypted", ["3", "2", "3", "1", "2"]),
        ("textbook/double-ratchet-lazy", ["2", "2", "1", "1", "2"]),
    ] {
        let result = play(name, 1, "recovery/healing-time");
        let rows = [
            "healing, both stolen after receiving",
            "healing, both stolen before receiving",
            "healing, receiver stolen before it answers",
            "healing, receiver stolen before it has received",
            "healing, sender of epoch t stolen",
        ];
        for (row, expected) in rows.into_iter().zip(expected) {
            let measured = result.games[0].measured.iter().find(|figure| figure.name == row);
            assert_eq!(measured.unwrap().value, expected, "{name}: {row}");
        }
    }
}

#[test]
fn one_seed_gives_one_result() {
    let digest = |seed| {
        let options = CheckOptions { seed, rounds: 1, ..CheckOptions::default() };
        let ratchet = named("textbook/periodic-rekey");
        format!("{:?}", check(&*ratchet, &options, |_| true).unwrap())
    };
    assert_eq!(digest(5), digest(5));
    assert_ne!(digest(5), digest(6));
}

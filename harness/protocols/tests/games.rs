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

/// Only a hybrid ratchet has two halves.
const HALVES: &str = "recovery/hybrid-independence";

#[test]
fn no_game_accuses_the_eager_double_ratchet() {
    passes("textbook/double-ratchet-eager", &[], &[HALVES]);
}

#[test]
fn no_game_accuses_the_lazy_double_ratchet() {
    passes("textbook/double-ratchet-lazy", &[], &[HALVES]);
}

#[test]
fn no_game_accuses_the_hybrid_ratchet() {
    passes("textbook/hybrid-ratchet", &[], &[]);
}

#[test]
fn no_game_accuses_the_symmetric_ratchet() {
    let liveness = "recovery/ratchet-liveness";
    passes("textbook/symmetric-ratchet", &["recovery/healing-time"], &[liveness, HALVES]);
}

#[test]
fn no_game_accuses_the_periodic_ratchet() {
    passes("textbook/periodic-rekey", &[], &["recovery/ratchet-liveness", HALVES]);
}

#[test]
fn no_game_accuses_the_static_key() {
    let not_claimed = [
        "forward-secrecy/consumed-key",
        "forward-secrecy/sender-side",
        "forgery/replay",
        "recovery/healing-time",
    ];
    passes("textbook/static-key", &not_claimed, &["recovery/ratchet-liveness", HALVES]);
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

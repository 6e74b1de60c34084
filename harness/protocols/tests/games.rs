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

/// Games about changes of direction.
const OF_DOUBLE_RATCHETS: [&str; 6] = [
    "forward-secrecy/old-chain-tail",
    "forward-secrecy/last-of-epoch",
    "recovery/periodicity",
    "recovery/double-theft",
    "recovery/bad-randomness",
    "recovery/ratchet-liveness",
];

#[test]
fn no_game_accuses_the_eager_double_ratchet() {
    passes("textbook/double-ratchet-eager", &[], &[]);
}

#[test]
fn no_game_accuses_the_lazy_double_ratchet() {
    passes("textbook/double-ratchet-lazy", &[], &[]);
}

#[test]
fn no_game_accuses_the_symmetric_ratchet() {
    let not_claimed = ["recovery/healing-time", "recovery/loss", "recovery/accounting"];
    passes("textbook/symmetric-ratchet", &not_claimed, &OF_DOUBLE_RATCHETS);
}

#[test]
fn no_game_accuses_the_periodic_ratchet() {
    // It heals by periods, and its sessions begin from no secret that can be given.
    let not_run = ["recovery/loss", "recovery/accounting", "forward-secrecy/initial-secret"];
    passes("textbook/periodic-rekey", &[], &[&OF_DOUBLE_RATCHETS[..], &not_run].concat());
}

#[test]
fn no_game_accuses_the_static_key() {
    let not_claimed = [
        "forward-secrecy/consumed-key",
        "forward-secrecy/sender-side",
        "forgery/replay",
        "forward-secrecy/skipped-keys",
        "forward-secrecy/reload-between-deliveries",
        "recovery/healing-time",
        "recovery/loss",
        "recovery/accounting",
    ];
    // One key for ever: nothing is meant to leave the state.
    let not_run = ["forward-secrecy/state-window", "forward-secrecy/initial-secret"];
    passes("textbook/static-key", &not_claimed, &[&OF_DOUBLE_RATCHETS[..], &not_run].concat());
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

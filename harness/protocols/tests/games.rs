//! No game accuses a textbook ratchet, and the figures are those of the literature.

#![allow(clippy::unwrap_used, clippy::panic, reason = "clippy knows tests by their attribute only")]

use sprag::run::{CheckOptions, RatchetResult, check, check_against};
use sprag::{DynRatchet, KeyGeneration, Verdict};
use sprag_protocols::{DoubleRatchet, Steps, textbook};

fn named(name: &str) -> Box<dyn DynRatchet> {
    textbook().into_iter().find(|ratchet| ratchet.name() == name).unwrap()
}

fn play(name: &str, rounds: u64, game: &str) -> RatchetResult {
    let options = CheckOptions { seed: 1, rounds, ..CheckOptions::default() };
    check(&*named(name), &options, |wanted| wanted.about().id.starts_with(game)).unwrap()
}

/// Not run where no message shows a random nonce.
const NONCE: &str = "backdoor/nonce-recomputation";
/// Not run where no message shows a fresh ratchet key or nonce.
const FRESH: &str = "randomness/tape-dependence";
/// Not run on a reference itself.
const REFERENCE: &str = "differential/reference";

/// Only a hybrid ratchet has two halves.
const HALVES: &str = "recovery/hybrid-independence";

/// Only ratchets with service messages and periods have rekeys that fall due.
const REKEYS: &str = "recovery/rekey-liveness";

#[track_caller]
fn passes(name: &str, not_claimed: &[&str], not_run: &[&str]) {
    let result = play(name, 1, "");
    let wrong: Vec<String> = result
        .games
        .iter()
        .filter(|game| {
            let expected = if not_claimed.contains(&game.id) {
                Verdict::NotClaimed
            } else if not_run.contains(&game.id) {
                Verdict::NotRun
            } else {
                Verdict::Pass
            };
            game.verdict != expected
        })
        .map(|game| format!("{}: {}: {}", game.id, game.verdict, game.reason))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Games that need what only some ratchets show on the wire.
const HEADERS: &str = "forgery/header-encryption";
const LIVENESS: &str = "recovery/ratchet-liveness";

/// What no Double Ratchet claims.
const MEASURED: [&str; 4] =
    ["active/exposure-after-forgery", COMMITMENT, "rollback/receiver", "rollback/sender"];
/// Claimed by none whose messages are sealed with ChaCha20-Poly1305; run where the raw encryption is shown.
const COMMITMENT: &str = "forgery/key-commitment";

/// Games that need epochs, halves, ratchet keys, identities, raw encryption or an index.
const OF_DOUBLE_RATCHETS: [&str; 14] = [
    "forgery/identity-binding",
    COMMITMENT,
    "forgery/low-order-keys",
    "forward-secrecy/last-of-epoch",
    "forward-secrecy/old-chain-tail",
    "order/exactly-once-index",
    "recovery/bad-randomness",
    "recovery/double-theft",
    "recovery/periodicity",
    "rollback/cloned-randomness",
    LIVENESS,
    HALVES,
    HEADERS,
    REFERENCE,
];

/// Claimed by no family that never heals.
const NEVER_HEALS: [&str; 10] = [
    "active/chosen-ciphertexts",
    "active/exposure-after-forgery",
    "active/hijack-window",
    "active/impersonation",
    "active/injection-after-healing",
    "forgery/old-chain",
    "recovery/accounting",
    "recovery/healing-time",
    "recovery/loss",
    "rollback/receiver",
];

#[test]
fn no_game_accuses_the_eager_double_ratchet() {
    passes(
        "textbook/double-ratchet-eager",
        &MEASURED,
        &[HALVES, HEADERS, NONCE, REFERENCE, REKEYS],
    );
}

#[test]
fn no_game_accuses_the_lazy_double_ratchet() {
    passes("textbook/double-ratchet-lazy", &MEASURED, &[HALVES, HEADERS, NONCE, REFERENCE, REKEYS]);
}

#[test]
fn no_game_accuses_the_header_encrypted_double_ratchet() {
    let not_claimed = ["active/exposure-after-forgery", "rollback/receiver", "rollback/sender"];
    // What its headers hide cannot be rewritten, and it takes no identities.
    let not_run = [
        "denial-of-service/bound-arithmetic",
        "denial-of-service/forward-jump",
        "forgery/identity-binding",
        "forgery/low-order-keys",
        "forgery/type-and-version",
        "order/exactly-once-index",
        COMMITMENT,
        HALVES,
        LIVENESS,
        REFERENCE,
        REKEYS,
    ];
    passes("textbook/double-ratchet-header-encrypted", &not_claimed, &not_run);
}

#[test]
fn no_game_accuses_the_hybrid_ratchet() {
    let not_claimed = ["active/exposure-after-forgery", "rollback/receiver", "rollback/sender"];
    // It takes no identities, and shows no index and no raw encryption.
    let not_run = [
        "forgery/identity-binding",
        "order/exactly-once-index",
        COMMITMENT,
        HEADERS,
        NONCE,
        REFERENCE,
        REKEYS,
    ];
    passes("textbook/hybrid-ratchet", &not_claimed, &not_run);
}

#[test]
fn no_game_accuses_the_symmetric_ratchet() {
    // It draws nothing once it is open, and has no periods.
    let drawing = [FRESH, NONCE, REKEYS, "randomness/bad-at-one-step"];
    let not_claimed = [&NEVER_HEALS[..], &["rollback/sender"]].concat();
    passes(
        "textbook/symmetric-ratchet",
        &not_claimed,
        &[&OF_DOUBLE_RATCHETS[..], &drawing].concat(),
    );
}

#[test]
fn no_game_accuses_the_periodic_ratchet() {
    let not_claimed = ["active/exposure-after-forgery", "rollback/receiver", "rollback/sender"];
    // It has periods and no chains, and skips nothing.
    let without_chains = [
        "atomicity/skipped-slot",
        "denial-of-service/stored-keys",
        "forgery/old-chain",
        "recovery/accounting",
        "recovery/loss",
        FRESH,
        NONCE,
    ];
    passes(
        "textbook/periodic-rekey",
        &not_claimed,
        &[&OF_DOUBLE_RATCHETS[..], &without_chains].concat(),
    );
}

#[test]
fn no_game_accuses_the_static_key() {
    let one_key = [
        "active/clone-detection",
        "active/fork-detection",
        "forgery/replay",
        "forward-secrecy/consumed-key",
        "forward-secrecy/reload-between-deliveries",
        "forward-secrecy/sender-side",
        "forward-secrecy/skipped-keys",
        // A nonce that repeats with the randomness repeats the keystream.
        "randomness/bad-at-one-step",
        "randomness/repeated-tape",
    ];
    // It has no counters and no chains, and nothing is meant to go.
    let without_chains = [
        "atomicity/skipped-slot",
        "denial-of-service/bound-arithmetic",
        "denial-of-service/forward-jump",
        "denial-of-service/stored-keys",
        "forward-secrecy/initial-secret",
        "forward-secrecy/state-window",
        REKEYS,
    ];
    passes(
        "textbook/static-key",
        &[&NEVER_HEALS[..], &one_key].concat(),
        &[&OF_DOUBLE_RATCHETS[..], &without_chains].concat(),
    );
}

/// The textbook with random padding in each message.
#[derive(Clone)]
struct Padded;

impl Steps for Padded {
    type Extra = ();
    const PADDING: usize = 24;
}

#[test]
fn no_game_accuses_random_padding() {
    let ratchet = DoubleRatchet::with_steps(KeyGeneration::Lazy, Padded);
    let result = check(&ratchet, &CheckOptions::default(), |_| true).unwrap();
    for game in &result.games {
        let expected = if [HALVES, HEADERS, NONCE, REFERENCE, REKEYS].contains(&game.id) {
            Verdict::NotRun
        } else if MEASURED.contains(&game.id) {
            Verdict::NotClaimed
        } else {
            Verdict::Pass
        };
        assert_eq!(game.verdict, expected, "{}: {}", game.id, game.reason);
    }
}

#[test]
fn each_textbook_is_its_own_reference_and_no_other_is() {
    let play = |ratchet: &dyn DynRatchet, reference: &dyn DynRatchet| {
        let options = CheckOptions::default();
        let wanted = |game: &dyn sprag::games::Game| game.about().id == REFERENCE;
        check_against(ratchet, Some(reference), &options, wanted).unwrap().verdict
    };
    for ratchet in textbook() {
        assert_eq!(play(&*ratchet, &*named(&ratchet.name())), Verdict::Pass, "{}", ratchet.name());
    }
    assert_eq!(play(&DoubleRatchet::eager(), &DoubleRatchet::lazy()), Verdict::Fail);
}

#[test]
fn a_fresh_key_depends_on_all_bits_that_x25519_leaves() {
    for (name, figure, bits) in [
        ("textbook/double-ratchet-eager", "bits that a fresh ratchet key depends on", "251"),
        ("textbook/double-ratchet-lazy", "bits that a fresh ratchet key depends on", "251"),
        ("textbook/static-key", "bits that a fresh nonce depends on", "192"),
    ] {
        let result = play(name, 1, FRESH);
        let measured = result.games[0].measured.iter().find(|measured| measured.name == figure);
        assert_eq!(measured.unwrap().value, bits, "{name}");
    }
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

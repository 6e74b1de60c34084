//! No game accuses the correct variants of sealing, on which bugs are planted.

#![allow(clippy::unwrap_used, reason = "clippy knows tests by their attribute only")]

use sprag::run::{CheckOptions, check};
use sprag::{KeyGeneration, Verdict};
use sprag_protocols::DoubleRatchet;
use sprag_protocols::double_ratchet::Steps;
use sprag_protocols::double_ratchet::variants::{Committing, EncryptThenMac, Padded};

#[track_caller]
fn passes<S: Steps>(steps: S, other: &[(&str, Verdict)]) {
    let ratchet = DoubleRatchet::with_steps(KeyGeneration::Eager, steps);
    let options = CheckOptions { seed: 3, rounds: 1, ..CheckOptions::default() };
    let wanted = ["forgery/", "active/", "atomicity/failed", "model/"];
    let result = check(&ratchet, &options, |game| {
        wanted.iter().any(|prefix| game.about().id.starts_with(prefix))
    });
    for game in result.unwrap().games {
        let usual = match game.id {
            "active/exposure-after-forgery" | "forgery/key-commitment" => Verdict::NotClaimed,
            "forgery/header-encryption" => Verdict::NotRun,
            _ => Verdict::Pass,
        };
        let expected = other.iter().find(|(id, _)| *id == game.id).map_or(usual, |other| other.1);
        assert_eq!(game.verdict, expected, "{}: {}", game.id, game.reason);
    }
}

#[test]
fn encrypt_then_mac_is_not_accused() {
    // Its vector stands before the ciphertext, so that the form of the sealed part is not understood.
    passes(EncryptThenMac, &[("forgery/key-commitment", Verdict::NotRun)]);
}

#[test]
fn padding_inside_the_encryption_is_not_accused() {
    passes(Padded, &[("forgery/key-commitment", Verdict::NotRun)]);
}

#[test]
fn what_commits_to_its_key_and_claims_it_passes() {
    passes(Committing, &[("forgery/key-commitment", Verdict::Pass)]);
}

//! The naive harnesses are fair: they accuse no correct ratchet, and each finds bugs that the one before it does not.

#![allow(clippy::unwrap_used, reason = "clippy knows tests by their attribute only")]

use std::collections::BTreeSet;

use sprag::engine::{Arena, Progress, detect_randomness};
use sprag::games::naive::NAIVE;
use sprag::games::{Game, find};
use sprag::run::{Totals, conclude, run_trial};
use sprag::{DynRatchet, Verdict};
use sprag_mutants::mutants;
use sprag_protocols::textbook;

fn play(ratchet: &dyn DynRatchet, mode: &dyn Game, seed: u64) -> Verdict {
    let (profile, progress) = (ratchet.profile(), Progress::new());
    let level = sprag::engine::RandomnessLevel::None;
    let probe = Arena::new(ratchet, &profile, level, &[], &progress);
    let level = detect_randomness(&probe).unwrap();
    let arena = Arena::new(ratchet, &profile, level, &[], &progress);
    let mut totals = Totals::default();
    for trial in 0..mode.trials(&profile) {
        totals.merge(run_trial(mode, &arena, seed, trial).unwrap());
    }
    conclude(mode, &profile, &[], &totals).verdict
}

#[test]
fn naive_harnesses_accuse_no_correct_ratchet() {
    for ratchet in textbook() {
        for mode in NAIVE {
            for seed in 0..8 {
                let verdict = play(&*ratchet, *mode, seed);
                assert_eq!(verdict, Verdict::Pass, "{} {}", ratchet.name(), mode.about().id);
            }
        }
    }
}

#[test]
fn naive_harnesses_are_no_games_of_the_list() {
    for mode in NAIVE {
        assert!(find(mode.about().id).is_none());
        assert_eq!(sprag::games::naive::find(mode.about().id).unwrap().about().id, mode.about().id);
    }
}

#[test]
fn each_naive_harness_finds_what_the_one_before_it_does_not() {
    let mut kills = vec![BTreeSet::new(); NAIVE.len()];
    for planted in mutants() {
        let id = planted.mutant.id;
        // The others would end this process.
        if ["h05-wrong-plaintext", "a01-any-tag", "p02-renews-once"].contains(&id) {
            for (mode, kills) in NAIVE.iter().zip(&mut kills) {
                if play(&planted, *mode, 1) >= Verdict::Weak {
                    kills.insert(id);
                }
            }
        }
    }
    let [round_trips, tampering, theft] = &kills[..] else { unreachable!() };
    assert_eq!(round_trips.iter().copied().collect::<Vec<_>>(), ["h05-wrong-plaintext"]);
    assert!(tampering.contains("a01-any-tag") && !tampering.contains("p02-renews-once"));
    assert!(theft.contains("p02-renews-once") && !theft.contains("a01-any-tag"));
    for (mode, kills) in NAIVE.iter().zip(&kills) {
        let control = mode.about().control;
        assert!(kills.contains(control), "{} passes {control}", mode.about().id);
    }
}

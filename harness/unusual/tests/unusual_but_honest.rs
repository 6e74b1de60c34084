//! No game accuses an honest ratchet of unusual shape.
//!
//! Here each member meets a part of a round of every game, another part than its neighbours; `examples/campaign.rs`
//! plays whole rounds.

#![allow(clippy::unwrap_used, clippy::panic, reason = "clippy knows tests by their attribute only")]

use std::collections::{BTreeMap, BTreeSet};

use sprag::Verdict;
use sprag::engine::RandomnessLevel;
use sprag_unusual::{Known, Member, Trials, zoo};

/// One trial in so many is made.
const ONE_IN: u64 = 16;

/// Where each call takes long a single trial of each game must do.
const SLOW: &str = "unusual/slow";

fn play(member: &Member, first: u64) -> Vec<sprag::run::GameResult> {
    let one_in = if member.ratchet.name() == SLOW { u64::MAX } else { ONE_IN };
    let trials = Trials { seed: 1, rounds: 1, one_in, first };
    sprag_unusual::play(&*member.ratchet, trials, |_| true).unwrap()
}

fn probe(member: &Member) -> Known {
    sprag_unusual::probe(&*member.ratchet).unwrap()
}

/// Plays every `step`th member.
#[track_caller]
fn nobody_is_accused(step: usize, first: usize) {
    for (index, member) in zoo().enumerate().skip(first).step_by(step) {
        let name = member.ratchet.name();
        for result in play(&member, index as u64) {
            let is_accused = result.verdict >= Verdict::Known;
            let case = result.failure.map(|failure| failure.schedule.to_string());
            assert!(
                !is_accused,
                "{name}, where {}: {} {}: {}\n{}",
                member.oddity,
                result.id,
                result.verdict,
                result.reason,
                case.unwrap_or_default()
            );
        }
    }
}

#[test]
fn no_game_accuses_the_first_quarter() {
    nobody_is_accused(4, 0);
}

#[test]
fn no_game_accuses_the_second_quarter() {
    nobody_is_accused(4, 1);
}

#[test]
fn no_game_accuses_the_third_quarter() {
    nobody_is_accused(4, 2);
}

#[test]
fn no_game_accuses_the_fourth_quarter() {
    nobody_is_accused(4, 3);
}

fn named(name: &str) -> Member {
    zoo().find(|member| member.ratchet.name() == name).unwrap()
}

fn verdicts(name: &str) -> BTreeMap<&'static str, Verdict> {
    let results = play(&named(name), 0);
    results.into_iter().map(|result| (result.id, result.verdict)).collect()
}

#[test]
fn members_have_names_of_their_own() {
    let names: BTreeSet<_> = zoo().map(|member| member.ratchet.name()).collect();
    assert_eq!(names.len(), zoo().len());
    assert!(names.iter().all(|name| name.starts_with("unusual/")), "{names:?}");
    assert!(zoo().len() > 70, "{}", zoo().len());
}

#[test]
fn what_is_not_declared_is_measured() {
    let limits = |name| {
        let profile = probe(&named(name)).profile;
        let limits = profile.limits().unwrap().clone();
        (limits.max_skip, limits.max_stored, limits.when_full)
    };
    use sprag::WhenFull::{Evict, Refuse};
    assert_eq!(limits("unusual/undeclared-limits"), (Some(17), Some(29), Evict));
    assert_eq!(limits("unusual/refuses-undeclared"), (Some(3), Some(5), Refuse));
    assert_eq!(limits("unusual/uncounted"), (Some(0), Some(0), Evict));
    assert_eq!(limits("unusual/periodic-undeclared"), (None, None, Evict));
    let longest = |name| probe(&named(name)).profile.max_plaintext;
    assert_eq!(longest("unusual/1000-bytes"), Some(1000));
    assert_eq!(longest("unusual/1000-bytes-undeclared"), Some(1000 - 1000 / 16));
    assert_eq!(longest("unusual/16-bytes"), Some(16));
    assert_eq!(longest("unusual/8-bytes"), Some(8));
    assert_eq!(longest("unusual/bare-eager"), None);
}

#[test]
fn hidden_randomness_is_noticed() {
    for name in ["unusual/hidden-eager", "unusual/hidden-lazy", "unusual/hidden-periodic"] {
        assert_eq!(probe(&named(name)).randomness, RandomnessLevel::None, "{name}");
    }
    assert_eq!(probe(&named("unusual/draws-first")).randomness, RandomnessLevel::PerCall);
}

#[test]
fn what_is_not_claimed_is_measured_and_said() {
    let without_integrity = verdicts("unusual/no-integrity");
    for game in ["forgery/bit-flips", "forgery/splicing"] {
        assert_eq!(without_integrity[game], Verdict::NotClaimed, "{game}");
    }
    assert_eq!(without_integrity["order/immediate-decryption"], Verdict::Pass);
    assert_eq!(verdicts("unusual/aborting")["atomicity/failed-decrypt"], Verdict::NotClaimed);
}

#[test]
fn plaintexts_too_short_to_tell_apart_run_no_game() {
    let result = play(&named("unusual/8-bytes"), 0);
    for game in result {
        assert_eq!(game.verdict, Verdict::NotRun, "{}", game.id);
        assert!(game.reason.contains("8 bytes"), "{}", game.reason);
    }
}

#[test]
fn the_zoo_is_played_with_not_passed_over() {
    for name in ["unusual/bare-lazy", "unusual/chains-four", "unusual/strict-eager"] {
        let passed = verdicts(name).into_values().filter(|verdict| *verdict == Verdict::Pass);
        assert!(passed.count() >= 8, "{name}");
    }
}

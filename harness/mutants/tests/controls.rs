//! Positive controls: each planted bug is killed by the game that exists for it, with a small case, and each game has
//! a bug that it must kill. The bugs that end a careless harness are tried by the command, in processes of their own.

#![allow(clippy::unwrap_used, clippy::panic, reason = "clippy knows tests by their attribute only")]

use sprag::games::Game;
use sprag::games::{GAMES, find};
use sprag::run::{CheckOptions, RatchetResult, check_against};
use sprag::{Ratchet, Verdict};
use sprag_mutants::{CATALOGUE, Class, Mutant, mutants, planted_in};
use sprag_protocols::textbook;

/// Longest case that a person should have to read.
const MOST_ACTIONS: usize = 12;

/// Its store must first be filled, and a single chain does not fill it.
const LONG: (&str, usize) = ("d51-keys-are-never-evicted", 20);

/// Tried by the command's own tests, in worker processes.
const ENDS_ITS_PROCESS: [&str; 4] =
    ["h01-endless-loop", "h02-aborts", "h03-stack-overflow", "h04-memory-bomb"];

/// One round of `game` on a mutant, with the textbook ratchet that it is planted in as reference, if it is one.
fn play<R: Ratchet>(mutant: &Mutant, ratchet: &R, game: &dyn Game) -> RatchetResult {
    let name = planted_in(mutant);
    let textbook = textbook().into_iter().find(|textbook| Some(&*textbook.name()) == name);
    let options = CheckOptions::default();
    let is_wanted = |wanted: &dyn Game| wanted.about().id == game.about().id;
    check_against(ratchet, textbook.as_deref(), &options, is_wanted).unwrap()
}

#[track_caller]
fn all_are_killed(class: Class) {
    let mut tried = 0;
    for planted in mutants() {
        let mutant = planted.mutant;
        if mutant.class != class || ENDS_ITS_PROCESS.contains(&mutant.id) {
            continue;
        }
        tried += 1;
        let killer = mutant.killed_by[0];
        let game = find(killer).unwrap_or_else(|| panic!("{}: no game {killer}", mutant.id));
        let result = play(mutant, &planted, game);
        let [result] = &result.games[..] else { panic!("one game was asked for") };
        let expected = if mutant.weak { Verdict::Weak } else { Verdict::Fail };
        assert_eq!(result.verdict, expected, "{}: {killer}: {}", mutant.id, result.reason);
        if let Some(failure) = &result.failure {
            let actions = failure.schedule.steps.len();
            let most = if mutant.id == LONG.0 { LONG.1 } else { MOST_ACTIONS };
            assert!(actions <= most, "{}: {actions}\n{}", mutant.id, failure.schedule);
        } else {
            assert!(mutant.weak, "{}: a failure without its case", mutant.id);
        }
    }
    assert!(tried > 0, "no mutant of {class:?}");
}

#[test]
fn forward_secrecy_bugs_are_killed_by_their_games() {
    all_are_killed(Class::ForwardSecrecy);
}

#[test]
fn recovery_bugs_are_killed_by_their_games() {
    all_are_killed(Class::Recovery);
}

#[test]
fn forgery_bugs_are_killed_by_their_games() {
    all_are_killed(Class::Forgery);
}

#[test]
fn replay_bugs_are_killed_by_their_games() {
    all_are_killed(Class::Replay);
}

#[test]
fn denial_of_service_bugs_are_killed_by_their_games() {
    all_are_killed(Class::DenialOfService);
}

#[test]
fn atomicity_bugs_are_killed_by_their_games() {
    all_are_killed(Class::Atomicity);
}

#[test]
fn randomness_bugs_are_killed_by_their_games() {
    all_are_killed(Class::Randomness);
}

#[test]
fn persistence_bugs_are_killed_by_their_games() {
    all_are_killed(Class::Persistence);
}

#[test]
fn backdoors_are_found_by_their_games() {
    all_are_killed(Class::Backdoor);
}

#[test]
fn departures_from_the_specification_are_found_by_their_games() {
    all_are_killed(Class::Specification);
}

#[test]
fn post_quantum_bugs_are_killed_by_their_games() {
    all_are_killed(Class::PostQuantum);
}

#[test]
fn bugs_that_try_the_harness_are_killed() {
    all_are_killed(Class::Harness);
}

#[test]
fn every_game_kills_its_positive_control() {
    let mutants = mutants();
    for game in GAMES {
        let control = game.about().control;
        let planted = mutants.iter().find(|planted| planted.mutant.id == control);
        let planted = planted.unwrap_or_else(|| panic!("no mutant {control}"));
        let result = play(planted.mutant, planted, *game);
        assert!(result.verdict >= Verdict::Weak, "{} passes {control}", game.about().id);
    }
}

#[test]
fn every_expected_killer_is_a_game() {
    for mutant in CATALOGUE {
        for game in mutant.killed_by {
            assert!(find(game).is_some(), "{}: no game {game}", mutant.id);
        }
    }
}

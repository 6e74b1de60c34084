//! What the stored scenarios say of planted bugs is true: the case shows the bug, and the first game finds it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "clippy knows tests by their attribute only")]

use std::collections::BTreeMap;

use sprag::Verdict;
use sprag::engine::{Arena, Progress, RandomnessLevel};
use sprag::games::{Game, find};
use sprag::run::{CheckOptions, check, judge_case};
use sprag::scenario::{self, Scenario};
use sprag_mutants::{Mutant, mutants};

fn player() -> &'static dyn Game {
    find("regression/known-attacks").unwrap()
}

fn by_mutant() -> BTreeMap<&'static str, Vec<&'static Scenario>> {
    let mut claims: BTreeMap<&str, Vec<&Scenario>> = BTreeMap::new();
    for scenario in scenario::all() {
        if let Some(mutant) = &scenario.mutant {
            claims.entry(mutant).or_default().push(scenario);
        }
    }
    claims
}

/// Calls `try_it` with each mutant that a scenario names, and its scenarios.
fn each_named(mut try_it: impl FnMut(&dyn sprag::DynRatchet, &Mutant, &[&Scenario])) {
    let mut named = by_mutant();
    for planted in mutants() {
        if let Some(scenarios) = named.remove(planted.mutant.id) {
            try_it(&planted, planted.mutant, &scenarios);
        }
    }
    assert!(named.is_empty(), "no such mutant: {:?}", named.keys());
}

#[test]
fn a_case_that_claims_to_show_a_bug_shows_it() {
    let (mut shown, mut hidden) = (0, Vec::new());
    each_named(|ratchet, mutant, scenarios| {
        let (profile, progress) = (ratchet.profile(), Progress::new());
        let arena = Arena::new(ratchet, &profile, RandomnessLevel::PerCall, &[], &progress);
        for scenario in scenarios.iter().filter(|scenario| scenario.shows_mutant) {
            let found = judge_case(player(), &arena, arena.seed, &scenario.schedule).unwrap();
            if found.is_none() {
                hidden.push(format!("{} does not show {}", scenario.origin.name, mutant.id));
            }
            shown += 1;
        }
    });
    assert!(hidden.is_empty(), "{}", hidden.join("\n"));
    assert!(shown > 40, "{shown}");
}

#[test]
fn one_of_the_games_of_a_scenario_kills_its_mutant() {
    let mut missed = Vec::new();
    each_named(|ratchet, mutant, scenarios| {
        let wanted = |game: &dyn Game| {
            let id = game.about().id;
            scenarios.iter().any(|scenario| scenario.games.iter().any(|game| game == id))
        };
        let result = check(ratchet, &CheckOptions::default(), wanted).unwrap();
        for scenario in scenarios {
            let killed = result.games.iter().any(|game| {
                scenario.games.iter().any(|id| id == game.id) && game.verdict >= Verdict::Weak
            });
            if !killed {
                let name = &scenario.origin.name;
                missed.push(format!("{name}: none of {:?} kills {}", scenario.games, mutant.id));
            }
        }
    });
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

#[test]
fn every_scenario_holds_for_every_textbook_ratchet_and_fits_one() {
    let ratchets = sprag_protocols::textbook();
    for scenario in scenario::all() {
        let mut fits = 0;
        for ratchet in &ratchets {
            let (profile, progress) = (ratchet.profile(), Progress::new());
            let arena = Arena::new(&**ratchet, &profile, RandomnessLevel::PerCall, &[], &progress);
            let judged = player().judge(&arena, &scenario.schedule).unwrap();
            let name = &scenario.origin.name;
            assert!(
                judged.violations.is_empty(),
                "{name}: {}: {:?}",
                ratchet.name(),
                judged.violations
            );
            fits += judged
                .figures
                .keys()
                .filter(|figure| **figure == "scenarios that fit|times")
                .count();
        }
        assert!(fits > 0, "{} fits no ratchet", scenario.origin.name);
    }
}

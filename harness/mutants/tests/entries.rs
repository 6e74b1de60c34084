//! Every entry of the catalogue has exactly one standing.

#![allow(clippy::unwrap_used, clippy::panic, reason = "clippy knows tests by their attribute only")]

use sprag_mutants::{CATALOGUE, EQUIVALENT, SURVIVORS, WAITING, census, entries, standings};

#[test]
fn every_entry_stands_in_one_list() {
    for (id, listed) in standings() {
        match listed.as_slice() {
            [_] => {}
            [] => panic!("{id} is built nowhere and stands in no list"),
            several => panic!("{id} stands in several lists: {several:?}"),
        }
    }
}

#[test]
fn what_is_listed_is_an_entry_or_our_own() {
    let entries = entries();
    let is_own = |id: &str| id[1..].parse::<u8>().unwrap() >= 50;
    for id in WAITING.iter().map(|entry| entry.id) {
        assert!(entries.iter().any(|entry| entry == id), "{id} is no entry");
    }
    let argued =
        EQUIVALENT.iter().map(|entry| entry.id).chain(SURVIVORS.iter().map(|entry| entry.id));
    for id in argued {
        assert!(is_own(id) || entries.iter().any(|entry| entry == id), "{id} is no entry");
        // What is built and killed is neither equivalent nor a survivor.
        assert!(!CATALOGUE.iter().any(|mutant| mutant.entry() == id), "{id} is built");
    }
    for mutant in CATALOGUE {
        let id = mutant.entry();
        assert!(mutant.id.starts_with(&id.to_lowercase()), "{}", mutant.id);
        assert_eq!(entries.contains(&id), !mutant.is_own(), "{}", mutant.id);
    }
}

#[test]
fn the_census_counts_every_entry_once() {
    let census = census();
    let waiting =
        census.wait_for_handshake + census.wait_for_residue_and_timing + census.wait_for_store;
    let elsewhere = waiting + census.equivalent + census.survivors;
    assert_eq!(census.entries, census.built + elsewhere);
    assert_eq!(census.entries, 144);
    assert_eq!(waiting, WAITING.len());
    assert_eq!(census.mutants, CATALOGUE.len());
    assert!(census.own >= census.two_faults);
}

#[test]
fn what_is_not_built_says_why() {
    for (id, words) in EQUIVALENT
        .iter()
        .map(|entry| (entry.id, [entry.description, entry.argument]))
        .chain(SURVIVORS.iter().map(|entry| (entry.id, [entry.description, entry.why])))
    {
        let [description, why] = words;
        assert!(!description.ends_with('.') && why.ends_with('.') && why.len() > 60, "{id}");
    }
}

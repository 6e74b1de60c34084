//! The map of a mutant shows its planted bug where it was planted, and that of its textbook does not.

#![allow(clippy::unwrap_used, clippy::panic, reason = "clippy knows tests by their attribute only")]

use std::collections::BTreeSet;

use sprag::DynRatchet;
use sprag::engine::{Arena, Progress, RandomnessLevel};
use sprag::judge::ExposureTime;
use sprag::map::{Fate, standard_conversation, theft_map};
use sprag::randomness::CaseSeed;
use sprag_mutants::mutants;

/// When the messages that are exposed beyond the claim were sent.
fn times(id: &str) -> BTreeSet<ExposureTime> {
    let planted = mutants().into_iter().find(|planted| planted.mutant.id == id).unwrap();
    let ratchet: &dyn DynRatchet = &planted;
    let (profile, progress) = (ratchet.profile(), Progress::new());
    let arena = Arena::new(ratchet, &profile, RandomnessLevel::PerCall, &[], &progress);
    let arena = arena.seeded(CaseSeed::of_trial(1, "maps", 0));
    let map = theft_map(&arena, &standard_conversation()).unwrap();
    assert_eq!(map.broken, None, "{id}");
    let beyond = map.cells.iter().filter(|cell| cell.fate == Fate::BeyondClaim);
    beyond.filter_map(|cell| cell.time).collect()
}

#[test]
fn used_keys_that_stay_expose_what_was_opened() {
    assert_eq!(times("f01-keeps-used-keys"), [ExposureTime::Consumed].into());
}

#[test]
fn a_chain_that_stands_still_exposes_what_was_sent_before() {
    assert!(times("f02-chain-stands-still").contains(&ExposureTime::SentBefore));
}

#[test]
fn a_ratchet_that_renews_once_does_not_heal() {
    assert_eq!(times("p02-renews-once"), [ExposureTime::SentAfter].into());
}

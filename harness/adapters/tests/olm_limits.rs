//! The claims of the Olm profile, measured one by one.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod conversation;

use conversation::{BOTH, Conversation};
use sprag::{Capabilities, Family, KeyGeneration, Party, Ratchet, RejectionClass, WhenFull};

#[test]
fn the_profile_says_what_the_other_tests_measure() {
    for olm in BOTH {
        let profile = olm.profile();
        let Family::DoubleRatchet(claims) = &profile.family else { panic!("another family") };
        assert_eq!(claims.limits.max_skip, Some(2000));
        assert_eq!(claims.limits.max_stored, Some(40));
        assert_eq!(claims.limits.when_full, WhenFull::Evict);
        assert_eq!(claims.key_generation, KeyGeneration::Lazy);
        assert_eq!(claims.retained_chains, 4);
        assert!(!claims.closes_chains);
        assert_eq!(profile.envelope, ["envelope"]);
    }
}

#[test]
fn the_two_versions_have_names_of_their_own() {
    assert_eq!(BOTH.map(|olm| olm.name()), ["vodozemac/olm-v1", "vodozemac/olm-v2"]);
}

#[test]
fn associated_data_is_no_ability_and_is_ignored() {
    for olm in BOTH {
        assert!(!olm.capabilities().associated_data);
        assert_eq!(
            olm.capabilities(),
            Capabilities { export: true, fields: true, handshake: true, ..Capabilities::default() }
        );
    }
}

#[test]
fn a_gap_of_2000_is_accepted_and_one_of_2001_is_refused() {
    for olm in BOTH {
        for (gap, expected) in [(2000, Ok(())), (2001, Err(RejectionClass::GapTooLarge))] {
            let mut talk = Conversation::of(olm);
            talk.send_many(Party::Initiator, gap);
            let message = talk.send(Party::Initiator);
            assert_eq!(talk.deliver(Party::Responder, &message), expected);
        }
    }
}

#[test]
fn a_gap_at_the_start_of_a_new_chain_has_the_same_limit() {
    for olm in BOTH {
        for (gap, expected) in [(2000, Ok(())), (2001, Err(RejectionClass::GapTooLarge))] {
            let mut talk = Conversation::of(olm);
            talk.send_many(Party::Responder, gap);
            let message = talk.send(Party::Responder);
            assert_eq!(talk.deliver(Party::Initiator, &message), expected);
        }
    }
}

#[test]
fn the_gap_is_counted_from_the_next_index_expected() {
    for olm in BOTH {
        let mut talk = Conversation::of(olm);
        talk.send_many(Party::Initiator, 2000);
        let first = talk.send(Party::Initiator);
        talk.send_many(Party::Initiator, 2000);
        let second = talk.send(Party::Initiator);
        assert_eq!(talk.deliver(Party::Responder, &first), Ok(()));
        assert_eq!(talk.deliver(Party::Responder, &second), Ok(()));
    }
}

#[test]
fn of_a_gap_the_newest_40_keys_are_kept() {
    for olm in BOTH {
        let mut talk = Conversation::of(olm);
        let skipped = talk.send_many(Party::Initiator, 45);
        let last = talk.send(Party::Initiator);
        assert_eq!(talk.deliver(Party::Responder, &last), Ok(()));
        let (gone, kept) = skipped.split_at(5);
        talk.all_refused(Party::Responder, gone, RejectionClass::Replayed);
        talk.all_open(Party::Responder, kept);
    }
}

#[test]
fn a_second_gap_evicts_the_keys_derived_first() {
    for olm in BOTH {
        let mut talk = Conversation::of(olm);
        let first_gap = talk.send_many(Party::Initiator, 40);
        let between = talk.send(Party::Initiator);
        let second_gap = talk.send_many(Party::Initiator, 3);
        let last = talk.send(Party::Initiator);
        assert_eq!(talk.deliver(Party::Responder, &between), Ok(()));
        assert_eq!(talk.deliver(Party::Responder, &last), Ok(()));
        talk.all_refused(Party::Responder, &first_gap[..3], RejectionClass::Replayed);
        talk.all_open(Party::Responder, &first_gap[3..]);
        talk.all_open(Party::Responder, &second_gap);
    }
}

#[test]
fn each_of_five_chains_keeps_40_keys_of_its_own() {
    for olm in BOTH {
        let mut talk = Conversation::of(olm);
        let mut skipped = Vec::new();
        for _ in 0..5 {
            talk.exchange(Party::Responder);
            skipped.extend(talk.send_many(Party::Initiator, 40));
            talk.exchange(Party::Initiator);
        }
        talk.all_open(Party::Responder, &skipped);
    }
}

/// How many chains after its own a message of index 1 is still opened.
fn opens_after(olm: sprag_adapters::Olm, newer_chains: usize) -> Result<(), RejectionClass> {
    let mut talk = Conversation::of(olm);
    let late = talk.send(Party::Initiator);
    for _ in 0..newer_chains {
        talk.exchange(Party::Responder);
        talk.exchange(Party::Initiator);
    }
    talk.deliver(Party::Responder, &late)
}

#[test]
fn four_old_chains_are_retained_and_a_fifth_is_not() {
    for olm in BOTH {
        assert_eq!(opens_after(olm, 4), Ok(()));
        assert_eq!(opens_after(olm, 5), Err(RejectionClass::Forged));
    }
}

#[test]
fn a_retained_chain_goes_on_beyond_what_was_skipped_when_it_was_current() {
    for olm in BOTH {
        let mut talk = Conversation::of(olm);
        let late = talk.send_many(Party::Initiator, 3);
        talk.exchange(Party::Responder);
        talk.exchange(Party::Initiator);
        // No key of these was derived when the new chain began: the old one is not closed.
        talk.all_open(Party::Responder, &late);
    }
}

#[test]
fn the_next_ratchet_key_is_made_on_the_next_send() {
    for olm in BOTH {
        let mut talk = Conversation::of(olm);
        talk.exchange(Party::Responder);
        // Two copies of a party that has received and not answered show different keys.
        let mut copy = talk.clone();
        let keys = [talk.send(Party::Initiator), copy.send_with_seed(Party::Initiator, 99)]
            .map(|message| conversation::field(olm, &message, "ratchet_key"));
        assert_ne!(keys[0], keys[1]);
    }
}

#[test]
fn a_replay_is_refused_as_replayed_on_each_chain_that_is_kept() {
    for olm in BOTH {
        let mut talk = Conversation::of(olm);
        let opened = talk.exchange(Party::Initiator);
        for _ in 0..4 {
            assert_eq!(talk.deliver(Party::Responder, &opened), Err(RejectionClass::Replayed));
            talk.exchange(Party::Responder);
            talk.exchange(Party::Initiator);
        }
        talk.exchange(Party::Responder);
        talk.exchange(Party::Initiator);
        assert_eq!(talk.deliver(Party::Responder, &opened), Err(RejectionClass::Forged));
    }
}

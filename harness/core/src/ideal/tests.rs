//! What the ideals of all families have in common.

use super::*;
use crate::{PeriodicRekey, ResponderStart, StaticKey, SymmetricRatchet};

fn profiles() -> Vec<Profile> {
    let symmetric = Profile::of(Family::SymmetricRatchet(SymmetricRatchet::default()));
    let periodic = Family::PeriodicRekey(PeriodicRekey {
        rekey_messages: 10,
        rekey_seconds: None,
        limits: crate::Limits::default(),
    });
    let hybrid = r#"{"family":"hybrid-ratchet","pq_rekey":{"messages":2}}"#;
    let hybrid: Profile = serde_json::from_str(hybrid).unwrap();
    vec![
        Profile::double_ratchet(crate::KeyGeneration::Eager).with_limits(100, 100),
        Profile::double_ratchet(crate::KeyGeneration::Lazy).with_limits(100, 100),
        symmetric.with_limits(100, 100),
        Profile::of(periodic).with_limits(100, 100),
        hybrid.with_limits(100, 100),
        Profile::of(Family::StaticKey(StaticKey {
            replay_protection: true,
            ..StaticKey::default()
        })),
    ]
}

#[test]
fn a_message_opens_once_in_every_family() {
    for profile in profiles() {
        for opened in [false, true] {
            let mut ideal = Ideal::new(&profile, opened);
            let place = ideal.send(Party::Initiator).unwrap();
            assert_eq!(ideal.expects(Party::Responder, &place), Expected::Opens);
            ideal.open(Party::Responder, &place);
            let again = ideal.expects(Party::Responder, &place);
            assert!(
                matches!(again, Expected::Refuses(Cause::Replay { .. })),
                "{profile:?} {again:?}"
            );
        }
    }
}

#[test]
fn what_must_leak_leaks_in_every_family() {
    for profile in profiles() {
        let mut ideal = Ideal::new(&profile, false);
        let (first, second) =
            (ideal.send(Party::Initiator).unwrap(), ideal.send(Party::Initiator).unwrap());
        ideal.open(Party::Responder, &second);
        assert!(ideal.must_leak(Party::Responder, &first), "{profile:?}");
        assert!(ideal.knowledge(Party::Responder).leaks(&first), "{profile:?}");
        assert!(!ideal.must_leak(Party::Responder, &second), "{profile:?}");
        assert!(!ideal.must_leak(Party::Initiator, &first), "{profile:?}");
    }
}

#[test]
fn a_responder_that_cannot_send_yet_can_after_it_has_received() {
    let mut profile = profiles().swap_remove(2);
    profile.responder_start = ResponderStart::NotYet;
    let mut ideal = Ideal::new(&profile, false);
    assert_eq!(ideal.send(Party::Responder), None);
    let place = ideal.send(Party::Initiator).unwrap();
    ideal.open(Party::Responder, &place);
    assert!(ideal.send(Party::Responder).is_some());
}

#[test]
fn strict_order_claims_nothing_ahead_of_a_gap() {
    for mut profile in profiles() {
        profile.ordering = Ordering::Strict;
        let mut ideal = Ideal::new(&profile, false);
        let (first, second) =
            (ideal.send(Party::Initiator).unwrap(), ideal.send(Party::Initiator).unwrap());
        assert_eq!(ideal.expects(Party::Responder, &second), Expected::Unclaimed);
        ideal.open(Party::Responder, &first);
        assert_eq!(ideal.expects(Party::Responder, &second), Expected::Opens);
    }
}

#[test]
fn a_known_deviation_widens_the_leak_and_nothing_else() {
    let mut ideal = Ideal::new(&profiles()[1], false);
    let place = ideal.send(Party::Initiator).unwrap();
    ideal.open(Party::Responder, &place);
    let (before, mut widened) = (ideal.clone(), ideal);
    widened.widen_early_key(Party::Responder);
    // The responder's own next epoch and the peer's answer to it.
    for epoch in [2, 3] {
        let from = knowledge::sender_of(epoch);
        let later = Place::new(from, epoch, 0, 0);
        assert!(!before.knowledge(Party::Responder).leaks(&later));
        assert!(widened.knowledge(Party::Responder).leaks(&later));
        assert!(!widened.must_leak(Party::Responder, &later));
    }
}

#[test]
fn a_period_that_service_messages_closed_twice_is_out_of_reach() {
    let mut ideal = Ideal::new(&profiles()[3], false);
    let knowledge = ideal.knowledge(Party::Initiator);
    let send_after_service = |ideal: &mut Ideal, service: u32| {
        for _ in 0..service {
            ideal.service_sent();
            ideal.service_delivered();
        }
        ideal.send(Party::Initiator).unwrap()
    };
    assert!(knowledge.leaks(&send_after_service(&mut ideal, 0)));
    assert!(knowledge.leaks(&send_after_service(&mut ideal, 3)));
    assert!(!knowledge.leaks(&send_after_service(&mut ideal, 3)));
}

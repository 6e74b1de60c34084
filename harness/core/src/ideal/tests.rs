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
fn a_responder_that_has_taken_a_service_message_alone_may_send_or_wait() {
    let mut profile = profiles().swap_remove(3);
    profile.responder_start = ResponderStart::NotYet;
    let mut ideal = Ideal::new(&profile, false);
    ideal.service_delivered(Party::Responder, true);
    ideal.service_delivered(Party::Initiator, false);
    assert!(ideal.send(Party::Responder).is_none() && !ideal.may_wait(Party::Responder));
    ideal.service_delivered(Party::Initiator, true);
    assert!(ideal.may_wait(Party::Responder) && !ideal.may_wait(Party::Initiator));
    assert!(ideal.send(Party::Responder).is_some());
    assert!(!ideal.may_wait(Party::Responder), "it has shown that it need not");
}

#[test]
fn what_comes_next_opens_unless_it_is_behind_too_large_a_gap() {
    let profile = &profiles()[0];
    let max_skip = profile.limits().unwrap().max_skip.unwrap();
    let mut ideal = with_outbox(profile);
    for _ in 0..max_skip {
        ideal.send(Party::Initiator).unwrap();
    }
    assert!(ideal.takes_service_of(Party::Initiator));
    ideal.send(Party::Initiator).unwrap();
    assert!(!ideal.takes_service_of(Party::Initiator));
    assert!(!ideal.takes_service_of(Party::Responder), "it cannot send yet");
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
            ideal.service_sent(Party::Initiator);
            ideal.service_delivered(Party::Initiator, true);
        }
        ideal.send(Party::Initiator).unwrap()
    };
    assert!(knowledge.leaks(&send_after_service(&mut ideal, 0)));
    assert!(knowledge.leaks(&send_after_service(&mut ideal, 3)));
    assert!(!knowledge.leaks(&send_after_service(&mut ideal, 3)));
}

fn ageing(seconds: u32) -> Profile {
    let mut profile = profiles().swap_remove(0);
    profile.limits_mut().unwrap().stored_seconds = Some(seconds);
    profile
}

#[test]
fn a_stored_key_opens_until_it_is_too_old() {
    let mut ideal = Ideal::new(&ageing(60), false);
    let (first, second) =
        (ideal.send(Party::Initiator).unwrap(), ideal.send(Party::Initiator).unwrap());
    ideal.tick(1000);
    ideal.open(Party::Responder, &second);
    ideal.tick(59);
    assert_eq!(ideal.expects(Party::Responder, &first), Expected::Opens);
    assert!(ideal.must_leak(Party::Responder, &first));
    ideal.tick(1);
    assert_eq!(ideal.expects(Party::Responder, &first), Expected::Unclaimed);
    assert!(ideal.knowledge(Party::Responder).leaks(&first));
    assert!(!ideal.must_leak(Party::Responder, &first));
    ideal.tick(1);
    assert!(matches!(ideal.expects(Party::Responder, &first), Expected::Refuses(_)));
    assert!(!ideal.knowledge(Party::Responder).leaks(&first));
    assert_eq!(ideal.stored(Party::Responder), 0);
}

#[test]
fn a_session_without_room_refuses_what_two_chains_need_together() {
    let mut profile = profiles().swap_remove(0).with_limits(3, 3);
    profile.limits_mut().unwrap().when_full = crate::WhenFull::Refuse;
    let mut ideal = Ideal::new(&profile, false);
    let send =
        |ideal: &mut Ideal, by, count| (0..count).map(|_| ideal.send(by).unwrap()).last().unwrap();
    let first = send(&mut ideal, Party::Initiator, 1);
    ideal.open(Party::Responder, &first);
    // Two more of the old chain, which do not arrive.
    send(&mut ideal, Party::Initiator, 2);
    let answer = send(&mut ideal, Party::Responder, 1);
    ideal.open(Party::Initiator, &answer);
    let one_missing = send(&mut ideal, Party::Initiator, 2);
    assert_eq!(ideal.expects(Party::Responder, &one_missing), Expected::Opens);
    let two_missing = send(&mut ideal, Party::Initiator, 1);
    let refused = Expected::Refuses(Cause::GapTooLarge);
    assert_eq!(ideal.expects(Party::Responder, &two_missing), refused);
}

#[test]
fn in_strict_order_a_thief_must_open_the_next_message_only() {
    let mut profile = profiles().swap_remove(2);
    profile.ordering = Ordering::Strict;
    let stolen = Ideal::new(&profile, false);
    let mut ideal = stolen.clone();
    let (first, second) =
        (ideal.send(Party::Initiator).unwrap(), ideal.send(Party::Initiator).unwrap());
    assert!(stolen.must_leak(Party::Responder, &first));
    assert!(!stolen.must_leak(Party::Responder, &second));
    assert!(stolen.knowledge(Party::Responder).leaks(&second));
}

#[test]
fn an_eager_initiator_may_make_its_first_key_late() {
    let stolen = Ideal::new(&profiles()[0], false);
    let mut ideal = stolen.clone();
    let first = ideal.send(Party::Initiator).unwrap();
    ideal.open(Party::Responder, &first);
    let answer = ideal.send(Party::Responder).unwrap();
    assert!(stolen.knowledge(Party::Initiator).leaks(&answer));
    assert!(!stolen.must_leak(Party::Initiator, &answer));
}

#[test]
fn a_rekey_that_nobody_sees_is_over_when_it_certainly_is() {
    let profile = profiles().swap_remove(3);
    let mut ideal = Ideal::new(&profile, false).of(Capabilities::default());
    let stolen = ideal.knowledge(Party::Initiator);
    let mut leaks = Vec::new();
    for turn in 0..120 {
        let by = Party::BOTH[turn % 2];
        let place = ideal.send(by).unwrap();
        leaks.push(stolen.leaks(&place));
        assert_eq!(ideal.expects(by.peer(), &place), Expected::Opens, "{turn}");
        ideal.open(by.peer(), &place);
    }
    let healed = leaks.iter().position(|leaks| !leaks).unwrap();
    assert!((2 * 10..80).contains(&healed), "{healed}");
    assert!(leaks[healed..].iter().all(|leaks| !leaks));
    // From the first possible rekey on, what crosses or overtakes may be lost.
    let (late, next) =
        (ideal.send(Party::Initiator).unwrap(), ideal.send(Party::Initiator).unwrap());
    assert_eq!(ideal.expects(Party::Responder, &next), Expected::Unclaimed);
    assert_eq!(ideal.expects(Party::Responder, &late), Expected::Unclaimed);
}

#[test]
fn a_responder_of_any_family_waits_if_its_profile_says_so() {
    for mut profile in profiles() {
        profile.responder_start = ResponderStart::NotYet;
        let mut ideal = Ideal::new(&profile, false);
        assert_eq!(ideal.send(Party::Responder), None, "{profile:?}");
        let first = ideal.send(Party::Initiator).unwrap();
        ideal.open(Party::Responder, &first);
        assert!(ideal.send(Party::Responder).is_some(), "{profile:?}");
        assert!(Ideal::new(&profile, true).send(Party::Responder).is_some(), "{profile:?}");
    }
}

fn with_outbox(profile: &Profile) -> Ideal {
    Ideal::new(profile, false).of(Capabilities { outbox: true, ..Capabilities::default() })
}

fn service(ideal: &mut Ideal, from: Party, taken: bool) {
    ideal.service_sent(from);
    ideal.service_delivered(from, taken);
}

#[test]
fn service_messages_that_were_not_taken_count_in_a_gap() {
    for profile in profiles().into_iter().filter(|profile| profile.limits().is_some()) {
        let profile = profile.with_limits(2, 2);
        let is_counted = !matches!(profile.family, Family::PeriodicRekey(_));
        let mut ideal = with_outbox(&profile);
        (0..9).for_each(|_| service(&mut ideal, Party::Initiator, true));
        (0..2).for_each(|_| ideal.service_sent(Party::Initiator));
        let first = ideal.send(Party::Initiator).unwrap();
        let expected = |ideal: &Ideal, place| ideal.expects(Party::Responder, place);
        if is_counted {
            assert_eq!(expected(&ideal, &first), Expected::Opens, "{profile:?}");
        }
        ideal.open(Party::Responder, &first);
        ideal.service_sent(Party::Initiator);
        let second = ideal.send(Party::Initiator).unwrap();
        assert_eq!(expected(&ideal, &second), Expected::Unclaimed, "{profile:?}");
        (0..3).for_each(|_| ideal.service_delivered(Party::Initiator, true));
        if is_counted {
            assert_eq!(expected(&ideal, &second), Expected::Opens, "{profile:?}");
        }
    }
}

#[test]
fn a_message_that_service_messages_overtook_needs_room_for_its_key_or_its_chain() {
    let opens_when_overtaken = |profile: &Profile, times: u32| {
        let mut ideal = with_outbox(profile);
        let late = ideal.send(Party::Initiator).unwrap();
        (0..times).for_each(|_| service(&mut ideal, Party::Initiator, true));
        assert!(ideal.takes_service_of(Party::Initiator) || profile.limits().is_none());
        ideal.expects(Party::Responder, &late) == Expected::Opens
    };
    let textbook = profiles().swap_remove(0);
    assert!(opens_when_overtaken(&textbook, 9));
    assert!(opens_when_overtaken(&textbook.clone().with_limits(100, 0), 0));
    assert!(!opens_when_overtaken(&textbook.clone().with_limits(100, 0), 1));
    let mut of_chains = textbook;
    let claims = of_chains.double_ratchet_claims_mut().unwrap();
    (claims.closes_chains, claims.retained_chains) = (false, 2);
    assert!(opens_when_overtaken(&of_chains, 2));
    assert!(!opens_when_overtaken(&of_chains, 3));
    let mut window = profiles().swap_remove(2).with_limits(100, 5);
    window.limits_mut().unwrap().when_full = crate::WhenFull::Distance;
    assert!(opens_when_overtaken(&window, 5));
    assert!(!opens_when_overtaken(&window, 6));
}

#[test]
fn in_strict_order_a_service_message_that_was_refused_is_a_gap() {
    for mut profile in profiles() {
        profile.ordering = Ordering::Strict;
        let mut ideal = with_outbox(&profile);
        service(&mut ideal, Party::Initiator, true);
        let first = ideal.send(Party::Initiator).unwrap();
        assert_eq!(ideal.expects(Party::Responder, &first), Expected::Opens);
        service(&mut ideal, Party::Initiator, false);
        ideal.open(Party::Responder, &first);
        let second = ideal.send(Party::Initiator).unwrap();
        assert_eq!(ideal.expects(Party::Responder, &second), Expected::Unclaimed);
        assert!(!ideal.must_leak(Party::Responder, &second));
        let answer = ideal.send(Party::Responder).unwrap();
        let expected = ideal.expects(Party::Initiator, &answer);
        assert_eq!(
            expected == Expected::Opens,
            !matches!(profile.family, Family::PeriodicRekey(_))
        );
    }
}

#[test]
fn with_service_messages_too_a_message_opens_once() {
    for profile in profiles() {
        let mut ideal = with_outbox(&profile);
        let first = ideal.send(Party::Initiator).unwrap();
        ideal.open(Party::Responder, &first);
        service(&mut ideal, Party::Responder, true);
        assert!(matches!(ideal.expects(Party::Responder, &first), Expected::Refuses(_)));
    }
}

#[test]
fn what_a_refused_service_message_began_closes_no_period() {
    let mut ideal = with_outbox(&profiles()[3]);
    let knowledge = ideal.knowledge(Party::Initiator);
    for _ in 0..2 {
        (0..2).for_each(|_| service(&mut ideal, Party::Initiator, true));
        service(&mut ideal, Party::Initiator, false);
    }
    assert!(knowledge.leaks(&ideal.send(Party::Initiator).unwrap()));
    (0..5).for_each(|_| service(&mut ideal, Party::Initiator, true));
    assert!(knowledge.leaks(&ideal.send(Party::Initiator).unwrap()));
    service(&mut ideal, Party::Initiator, true);
    assert!(!knowledge.leaks(&ideal.send(Party::Initiator).unwrap()));
}

#[test]
fn a_responder_that_answers_a_service_message_is_heard() {
    let profiles =
        profiles().into_iter().filter(|profile| !matches!(profile.family, Family::StaticKey(_)));
    for mut profile in profiles {
        profile.responder_start = ResponderStart::NotYet;
        let mut ideal = with_outbox(&profile);
        assert!(ideal.send(Party::Responder).is_none());
        service(&mut ideal, Party::Initiator, true);
        let answer = ideal.send(Party::Responder).unwrap();
        assert_eq!(ideal.expects(Party::Initiator, &answer), Expected::Opens, "{profile:?}");
        ideal.open(Party::Initiator, &answer);
        let text = ideal.send(Party::Initiator).unwrap();
        assert_eq!(ideal.expects(Party::Responder, &text), Expected::Opens, "{profile:?}");
    }
}

#[test]
fn what_counts_as_lost_and_opens_all_the_same_takes_no_chain_back() {
    let families = profiles().into_iter().filter(|profile| {
        !matches!(profile.family, Family::PeriodicRekey(_) | Family::StaticKey(_))
    });
    for profile in families {
        let mut ideal = with_outbox(&profile.with_limits(100, 1));
        let sent: Vec<Place> = (0..4).map(|_| ideal.send(Party::Initiator).unwrap()).collect();
        service(&mut ideal, Party::Responder, true);
        ideal.open(Party::Responder, &sent[3]);
        let expected = |ideal: &Ideal| ideal.expects(Party::Responder, &sent[1]);
        assert_eq!(expected(&ideal), Expected::Unclaimed);
        ideal.open(Party::Responder, &sent[1]);
        assert_eq!(expected(&ideal), Expected::Refuses(Cause::Replay { live: false }));
        assert_eq!(ideal.stored(Party::Responder), 1);
        assert!(!ideal.must_leak(Party::Responder, &sent[0]));
    }
}

#[test]
fn proposals_that_cross_are_one_too_many_in_their_rekey() {
    let mut ideal = with_outbox(&profiles()[3]);
    let knowledge = ideal.knowledge(Party::Initiator);
    for _ in 0..2 {
        for from in Party::BOTH {
            ideal.service_sent(from);
        }
        for from in Party::BOTH {
            ideal.service_delivered(from, true);
        }
        service(&mut ideal, Party::Responder, true);
        assert!(knowledge.leaks(&ideal.send(Party::Initiator).unwrap()));
        service(&mut ideal, Party::Initiator, true);
    }
    assert!(!knowledge.leaks(&ideal.send(Party::Initiator).unwrap()));
}

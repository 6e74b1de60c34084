//! What vodozemac 0.11.1 does by itself; nothing of Sprag is used here.
//!
//! The tests describe the behaviour found, not the behaviour wanted: one that fails after an update of the library
//! means that its entry in `FINDINGS.md` is out of date.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

use sprag_capture as _;
use vodozemac::olm::{Account, DecryptionError, Message, OlmMessage, Session, SessionConfig};

const CONFIGS: [SessionConfig; 2] = [SessionConfig::version_1(), SessionConfig::version_2()];

/// Alice has sent epoch 1, Bob has received it and not answered.
fn pair(config: SessionConfig) -> (Session, Session) {
    let alice = Account::new();
    let mut bob = Account::new();
    let one_time_key = bob.generate_one_time_keys(1).created[0];
    let mut initiator =
        alice.create_outbound_session(config, bob.curve25519_key(), one_time_key).unwrap();
    let OlmMessage::PreKey(first) = initiator.encrypt("opening").unwrap() else { panic!() };
    let responder = bob.create_inbound_session(config, alice.curve25519_key(), &first).unwrap();
    (initiator, responder.session)
}

fn stolen(session: &Session) -> Session {
    Session::from_pickle(session.pickle())
}

fn state(session: &Session) -> serde_json::Value {
    serde_json::to_value(session.pickle()).unwrap()
}

fn one_way(from: &mut Session, to: &mut Session) -> OlmMessage {
    let message = from.encrypt("one way").unwrap();
    assert_eq!(to.decrypt(&message).unwrap(), b"one way");
    message
}

/// A normal message with a ratchet key that nobody has sent, and a MAC that is no MAC.
fn forgery(config: SessionConfig) -> OlmMessage {
    forgery_with(config, [9; 32], &[0])
}

fn forgery_with(config: SessionConfig, ratchet_key: [u8; 32], index: &[u8]) -> OlmMessage {
    let (version, tag_length) = if config.version() == 1 { (3, 8) } else { (4, 32) };
    let mut bytes = vec![version, 0x0A, 32];
    bytes.extend(ratchet_key);
    bytes.push(0x10);
    bytes.extend(index);
    bytes.extend([0x22, 16]);
    bytes.extend([0; 16]);
    bytes.extend(vec![0; tag_length]);
    OlmMessage::Normal(Message::from_bytes(&bytes).unwrap())
}

/// SPRAG-F-0001. A refused message ought to leave no trace. Here the party that has received and not answered
/// makes its next ratchet key already to look at the message, and keeps it.
#[test]
fn a_refused_forgery_changes_the_state_of_a_party_that_has_not_answered() {
    for config in CONFIGS {
        let (_, mut bob) = pair(config);
        let before = state(&bob);
        assert_eq!(before["sending_ratchet"]["type"], "inactive");
        let refused = bob.decrypt(&forgery(config));
        assert!(matches!(refused, Err(DecryptionError::InvalidMAC(_))));
        assert_ne!(state(&bob), before);
        assert_eq!(state(&bob)["sending_ratchet"]["type"], "active");
    }
}

/// SPRAG-F-0001. The change happens once: a second forgery finds the key made.
#[test]
fn a_second_forgery_changes_nothing_more() {
    for config in CONFIGS {
        let (_, mut bob) = pair(config);
        assert!(bob.decrypt(&forgery(config)).is_err());
        let before = state(&bob);
        assert!(bob.decrypt(&forgery(config)).is_err());
        assert_eq!(state(&bob), before);
    }
}

/// SPRAG-F-0001, its boundary: a party that was the last to send has its key already.
#[test]
fn a_forgery_changes_nothing_at_a_party_that_was_the_last_to_send() {
    for config in CONFIGS {
        let (mut alice, mut bob) = pair(config);
        let before = state(&alice);
        assert!(alice.decrypt(&forgery(config)).is_err());
        assert_eq!(state(&alice), before);
        one_way(&mut bob, &mut alice);
        let before = state(&bob);
        assert!(bob.decrypt(&forgery(config)).is_err());
        assert_eq!(state(&bob), before);
    }
}

/// SPRAG-F-0001. Nobody has to forge: a genuine message does it that comes later than the library keeps its
/// chain, and so does a copy of one.
#[test]
fn a_genuine_message_of_a_forgotten_chain_changes_the_state_as_well() {
    for config in CONFIGS {
        let (mut alice, mut bob) = pair(config);
        let late = alice.encrypt("late").unwrap();
        let copied = one_way(&mut alice, &mut bob);
        for _ in 0..5 {
            one_way(&mut bob, &mut alice);
            one_way(&mut alice, &mut bob);
        }
        for message in [late, copied] {
            let mut bob = stolen(&bob);
            let before = state(&bob);
            assert!(bob.decrypt(&message).is_err());
            assert_ne!(state(&bob), before);
        }
    }
}

/// SPRAG-F-0001. So does a party's own message when it is sent back to it.
#[test]
fn a_reflected_message_changes_the_state_as_well() {
    for config in CONFIGS {
        let (mut alice, mut bob) = pair(config);
        let own = one_way(&mut bob, &mut alice);
        one_way(&mut alice, &mut bob);
        let before = state(&bob);
        assert!(bob.decrypt(&own).is_err());
        assert_ne!(state(&bob), before);
    }
}

/// SPRAG-F-0001. The ground of the refusal does not matter once the ratchet key was looked at; a key of low
/// order is refused before.
#[test]
fn each_refusal_after_the_ratchet_key_was_looked_at_changes_the_state() {
    for (config, other) in CONFIGS.into_iter().zip([CONFIGS[1], CONFIGS[0]]) {
        let (_, bob) = pair(config);
        let refusal_and_change = |message: OlmMessage| {
            let mut copy = stolen(&bob);
            let refusal = copy.decrypt(&message).unwrap_err();
            (refusal, state(&copy) != state(&bob))
        };
        let gap = refusal_and_change(forgery_with(config, [9; 32], &[0xFF, 0x7F]));
        assert!(matches!(gap, (DecryptionError::TooBigMessageGap(..), true)));
        let length = refusal_and_change(forgery(other));
        assert!(matches!(length, (DecryptionError::InvalidMACLength(..), true)));
        let low_order = refusal_and_change(forgery_with(config, [0; 32], &[0]));
        assert!(matches!(low_order, (DecryptionError::NonContributoryKey, false)));
    }
}

/// Whether a thief who copies Bob's state before Bob answers opens Alice's reply to that answer.
fn thief_opens_the_reply(config: SessionConfig, forge: bool) -> bool {
    let (mut alice, mut bob) = pair(config);
    if forge {
        assert!(bob.decrypt(&forgery(config)).is_err());
    }
    let mut thief = stolen(&bob);
    one_way(&mut bob, &mut alice);
    let reply = one_way(&mut alice, &mut bob);
    let opens = thief.decrypt(&reply).is_ok();
    // One round trip later it is over in both cases.
    one_way(&mut bob, &mut alice);
    assert!(thief.decrypt(&one_way(&mut alice, &mut bob)).is_err());
    opens
}

/// SPRAG-F-0001, the consequence: after a theft in epoch t the session is whole from t + 1 on, because Bob's
/// next key is not made yet. After a refused forgery that key lies in the stolen state, and it is whole from t + 3 on.
#[test]
fn after_a_refused_forgery_a_theft_reaches_one_peer_epoch_further() {
    for config in CONFIGS {
        assert!(!thief_opens_the_reply(config, false));
        assert!(thief_opens_the_reply(config, true));
    }
}

/// SPRAG-F-0001: what Bob sends after it is exposed too. The stolen state makes the same message.
#[test]
fn after_a_refused_forgery_a_theft_gives_the_key_of_the_next_answer() {
    for config in CONFIGS {
        for forge in [false, true] {
            let (_, mut bob) = pair(config);
            if forge {
                assert!(bob.decrypt(&forgery(config)).is_err());
            }
            let mut thief = stolen(&bob);
            let same = thief.encrypt("same").unwrap() == bob.encrypt("same").unwrap();
            assert_eq!(same, forge);
        }
    }
}

/// SPRAG-F-0001, what it does not do: nobody loses a message.
#[test]
fn after_a_refused_forgery_the_conversation_goes_on() {
    for config in CONFIGS {
        let (mut alice, mut bob) = pair(config);
        assert!(bob.decrypt(&forgery(config)).is_err());
        for _ in 0..3 {
            one_way(&mut alice, &mut bob);
            one_way(&mut bob, &mut alice);
        }
    }
}

/// The bytes of a normal message with `added` between its payload and its MAC.
fn with_added(message: &OlmMessage, added: &[u8]) -> OlmMessage {
    let (kind, mut bytes) = message.to_parts();
    let tag_length = if bytes[0] == 3 { 8 } else { 32 };
    let end = bytes.len() - tag_length;
    bytes.splice(end..end, added.iter().copied());
    OlmMessage::from_parts(kind, &bytes).unwrap()
}

/// SPRAG-F-0002. The MAC is checked over the decoded message encoded anew. What decoding drops is not
/// authenticated: here, an entry of a tag that Olm does not have.
#[test]
fn a_normal_message_with_an_unknown_entry_added_still_opens() {
    for config in CONFIGS {
        let (mut alice, mut bob) = pair(config);
        let answer = bob.encrypt("answer").unwrap();
        let changed = with_added(&answer, &[0x28, 0x01]);
        assert_eq!(alice.decrypt(&changed).unwrap(), b"answer");
        assert!(matches!(alice.decrypt(&answer), Err(DecryptionError::MissingMessageKey(0))));
    }
}

/// SPRAG-F-0002. Nor is it told how an integer was written: index 0 may be written long, or be left out.
#[test]
fn a_normal_message_with_its_index_written_otherwise_still_opens() {
    for config in CONFIGS {
        for other in [&[0x10, 0x80, 0x00][..], &[0x90, 0x00, 0x00], &[0x18, 0x00], &[]] {
            let (mut alice, mut bob) = pair(config);
            let (kind, mut bytes) = bob.encrypt("answer").unwrap().to_parts();
            assert_eq!(bytes[35..37], [0x10, 0x00]);
            bytes.splice(35..37, other.iter().copied());
            let changed = OlmMessage::from_parts(kind, &bytes).unwrap();
            assert_eq!(alice.decrypt(&changed).unwrap(), b"answer");
        }
    }
}

/// SPRAG-F-0002, its boundary: what is said is authenticated, as the state after shows.
#[test]
fn a_changed_encoding_changes_neither_plaintext_nor_state() {
    for config in CONFIGS {
        let (alice, mut bob) = pair(config);
        let answer = bob.encrypt("answer").unwrap();
        let (mut one, mut other) = (stolen(&alice), stolen(&alice));
        assert_eq!(
            one.decrypt(&answer).unwrap(),
            other.decrypt(&with_added(&answer, &[0x28, 0x01])).unwrap()
        );
        assert_eq!(state(&one), state(&other));
    }
}

/// Bob's session with `change` made to its pickle.
fn with_changed_state(
    config: SessionConfig,
    change: impl FnOnce(&mut serde_json::Value),
) -> Session {
    let (mut alice, mut bob) = pair(config);
    one_way(&mut bob, &mut alice);
    let mut state = state(&bob);
    change(&mut state);
    Session::from_pickle(serde_json::from_value(state).unwrap())
}

/// A pickle is authenticated where it is used as meant, so this needs the pickle's key. Elsewhere it is a
/// panic where arithmetic is checked, as in debug builds.
#[test]
fn a_pickle_at_the_end_of_its_counters_panics_on_the_next_step_in_debug_builds() {
    for config in CONFIGS {
        let last_index = with_changed_state(config, |state| {
            state["sending_ratchet"]["symmetric_key_ratchet"]["index"] = u64::MAX.into();
        });
        let panicked = |mut session: Session| {
            std::panic::catch_unwind(move || session.encrypt("next").is_ok()).is_err()
        };
        assert_eq!(panicked(last_index), cfg!(debug_assertions));

        let last_count = with_changed_state(config, |state| {
            state["sending_ratchet"]["ratchet_count"] = serde_json::json!({"Known": u64::MAX});
        });
        let panicked = |mut session: Session| {
            std::panic::catch_unwind(move || session.decrypt(&forgery(config)).is_ok()).is_err()
        };
        assert_eq!(panicked(last_count), cfg!(debug_assertions));
    }
}

/// Old pickles have no configuration. The damage of a single bit of its name is enough to lose it.
#[test]
fn a_pickle_without_its_configuration_is_taken_for_version_1() {
    let session = with_changed_state(SessionConfig::version_2(), |state| {
        let config = state.as_object_mut().unwrap().remove("config").unwrap();
        state["confih"] = config;
    });
    assert_eq!(session.session_config(), SessionConfig::version_1());
}

//! Messages and exports that no honest peer makes.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod conversation;

use std::panic::{AssertUnwindSafe, catch_unwind};

use conversation::{BOTH, Conversation, field, rng};
use sprag::{Opened, Party, Ratchet, RejectionClass};
use sprag_adapters::{Olm, OlmSession};

#[test]
fn a_session_can_go_to_another_thread() {
    fn assert_send<T: Send + 'static>() {}
    assert_send::<OlmSession>();
}

#[test]
fn equal_seeds_give_equal_sessions_and_messages() {
    for olm in BOTH {
        let run = move || {
            let mut talk = Conversation::of(olm);
            let mut seen = vec![talk.exchange(Party::Initiator)];
            for _ in 0..3 {
                seen.push(talk.exchange(Party::Responder));
                seen.push(talk.exchange(Party::Initiator));
            }
            seen.extend(Party::BOTH.map(|party| olm.export(talk.pair.of(party)).unwrap()));
            seen
        };
        let here = run();
        assert_eq!(run(), here);
        assert_eq!(std::thread::spawn(run).join().unwrap(), here);
    }
}

#[test]
fn other_seeds_give_other_sessions() {
    for olm in BOTH {
        let keys = [1, 2].map(|seed| {
            let mut pair = olm.pair(&mut rng(seed)).unwrap();
            let message = olm.encrypt(&mut pair.initiator, &mut rng(0), &[], b"text").unwrap();
            field(olm, &message, "ratchet_key")
        });
        assert_ne!(keys[0], keys[1]);
    }
}

#[test]
fn plaintexts_of_every_length_about_a_block_come_back() {
    for olm in BOTH {
        let mut pair = olm.pair(&mut rng(0)).unwrap();
        for length in [0, 1, 15, 16, 17, 31, 32, 33, 70_000] {
            let plaintext = vec![7; length];
            let message = olm.encrypt(&mut pair.initiator, &mut rng(1), &[], &plaintext).unwrap();
            let opened = olm.decrypt(&mut pair.responder, &mut rng(2), &[], &message).unwrap();
            assert_eq!(opened, Opened::Plaintext(plaintext));
        }
    }
}

#[test]
fn a_message_is_refused_by_its_own_sender() {
    for olm in BOTH {
        let mut talk = Conversation::of(olm);
        let mut own = vec![talk.send(Party::Initiator)];
        talk.exchange(Party::Responder);
        own.push(talk.exchange(Party::Initiator));
        talk.exchange(Party::Responder);
        talk.all_refused(Party::Initiator, &own, RejectionClass::Forged);
    }
}

#[test]
fn every_truncation_of_a_message_is_refused() {
    for olm in BOTH {
        let mut talk = Conversation::of(olm);
        let pre_key = talk.send(Party::Initiator);
        let normal = talk.send(Party::Responder);
        for (message, to) in [(pre_key, Party::Responder), (normal, Party::Initiator)] {
            for length in 0..message.len() {
                let mut copy = talk.clone();
                assert!(copy.deliver(to, &message[..length]).is_err());
            }
            assert_eq!(talk.deliver(to, &message), Ok(()));
        }
    }
}

#[test]
fn a_ratchet_key_of_low_order_is_malformed() {
    for olm in BOTH {
        let mut talk = Conversation::of(olm);
        let mut message = talk.send(Party::Responder);
        let fields = olm.fields(&message).unwrap();
        let key = fields.iter().find(|field| field.name == "ratchet_key").unwrap();
        message[key.offset..key.offset + key.length].fill(0);
        let before = olm.export(&talk.pair.initiator).unwrap();
        assert_eq!(talk.deliver(Party::Initiator, &message), Err(RejectionClass::Malformed));
        assert_eq!(olm.export(&talk.pair.initiator).unwrap(), before);
    }
}

#[test]
fn the_greatest_index_is_a_gap_too_large() {
    for olm in BOTH {
        let mut talk = Conversation::of(olm);
        let mut message = talk.send(Party::Responder);
        let counter = olm.fields(&message).unwrap()[3].offset;
        let greatest = [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01];
        message.splice(counter..=counter, greatest);
        assert_eq!(talk.deliver(Party::Initiator, &message), Err(RejectionClass::GapTooLarge));
    }
}

#[test]
fn a_message_of_the_other_version_is_refused() {
    for (olm, other) in BOTH.into_iter().zip([BOTH[1], BOTH[0]]) {
        let mut talk = Conversation::of(olm);
        let message = Conversation::of(other).send(Party::Responder);
        assert_eq!(talk.deliver(Party::Initiator, &message), Err(RejectionClass::Malformed));
    }
}

#[test]
fn an_import_is_the_session_that_was_exported() {
    for olm in BOTH {
        let mut talk = Conversation::of(olm);
        talk.send_many(Party::Initiator, 3);
        talk.exchange(Party::Initiator);
        for party in Party::BOTH {
            let state = olm.export(talk.pair.of(party)).unwrap();
            *talk.pair.of(party) = olm.import(&state).unwrap();
            assert_eq!(olm.export(talk.pair.of(party)).unwrap(), state);
        }
        talk.exchange(Party::Responder);
        talk.exchange(Party::Initiator);
    }
}

#[test]
fn an_export_with_bytes_added_or_taken_away_is_malformed() {
    for olm in BOTH {
        let state = olm.export(&Conversation::of(olm).pair.responder).unwrap();
        let refused = |bytes: &[u8]| {
            let class = olm.import(bytes).map(|_| ()).unwrap_err().class;
            assert_eq!(class, RejectionClass::Malformed);
        };
        for added in [&b" "[..], b"\n", b"}", b"{}", b"\0"] {
            refused(&[&state, added].concat());
        }
        for length in 0..state.len() {
            refused(&state[..length]);
        }
    }
}

/// What happens to an export with one bit changed.
#[derive(Debug, Default, PartialEq)]
struct Damage {
    refused: usize,
    works: usize,
    useless: usize,
    panicked: Vec<String>,
}

fn damage(olm: Olm, state: &[u8], talk: &Conversation, party: Party) -> Damage {
    let mut damage = Damage::default();
    for bit in 0..state.len() * 8 {
        let mut changed = state.to_vec();
        changed[bit / 8] ^= 1 << (bit % 8);
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            let session = olm.import(&changed).ok()?;
            let mut talk = talk.clone();
            *talk.pair.of(party) = session;
            let sent = talk.send(party);
            let back = talk.send(party.peer());
            let both = [talk.deliver(party.peer(), &sent), talk.deliver(party, &back)];
            Some(both == [Ok(()), Ok(())])
        }));
        match outcome {
            Ok(None) => damage.refused += 1,
            Ok(Some(true)) => damage.works += 1,
            Ok(Some(false)) => damage.useless += 1,
            Err(_) => damage.panicked.push(String::from_utf8_lossy(&changed).into_owned()),
        }
    }
    damage
}

#[test]
fn no_damaged_bit_of_an_export_makes_the_library_panic() {
    for olm in BOTH {
        let mut talk = Conversation::of(olm);
        talk.send_many(Party::Initiator, 2);
        talk.exchange(Party::Initiator);
        for party in Party::BOTH {
            let state = olm.export(talk.pair.of(party)).unwrap();
            let found = damage(olm, &state, &talk, party);
            assert_eq!(found.panicked, Vec::<String>::new());
            // All three other outcomes are met, or the test would show nothing.
            assert!([found.refused, found.works, found.useless].iter().all(|&count| count > 100));
        }
    }
}

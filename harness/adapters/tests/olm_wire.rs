//! Which bits of an Olm message may change, found by trying, and what `fields` says of them.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod conversation;

use conversation::{BOTH, Conversation, field};
use sprag::{Field, Party, Ratchet, RejectionClass};
use sprag_adapters::Olm;

/// A conversation, a message of the initiator and who is to open it.
type Case = (Conversation, Vec<u8>, Party);

fn pre_key_message(olm: Olm) -> Case {
    let mut talk = Conversation::of(olm);
    let message = talk.send(Party::Initiator);
    (talk, message, Party::Responder)
}

/// A normal message at `index` of its chain.
fn normal_message(olm: Olm, index: usize) -> Case {
    let mut talk = Conversation::of(olm);
    for _ in 0..index {
        talk.exchange(Party::Responder);
    }
    let message = talk.send(Party::Responder);
    (talk, message, Party::Initiator)
}

fn opens((talk, _, to): &Case, message: &[u8]) -> bool {
    talk.clone().deliver(*to, message).is_ok()
}

/// Offset and bit of each single bit that may change.
fn free_bits(case: &Case) -> Vec<(usize, u8)> {
    let mut free = Vec::new();
    for offset in 0..case.1.len() {
        for bit in 0..8 {
            let mut changed = case.1.clone();
            changed[offset] ^= 1 << bit;
            if opens(case, &changed) {
                free.push((offset, bit));
            }
        }
    }
    free
}

/// Offsets at which `added` may be inserted.
fn free_gaps(case: &Case, added: &[u8]) -> Vec<usize> {
    (0..=case.1.len())
        .filter(|&offset| {
            let mut changed = case.1.clone();
            changed.splice(offset..offset, added.iter().copied());
            opens(case, &changed)
        })
        .collect()
}

fn names(fields: &[Field]) -> Vec<&str> {
    fields.iter().map(|field| field.name.as_ref()).collect()
}

const TAG_LENGTHS: [usize; 2] = [8, 32];

#[test]
fn the_fields_of_a_normal_message_are_found() {
    for (olm, tag_length) in BOTH.into_iter().zip(TAG_LENGTHS) {
        let (_, message, _) = normal_message(olm, 0);
        let fields = olm.fields(&message).unwrap();
        assert_eq!(
            names(&fields),
            ["type", "version", "ratchet_key", "counter", "ciphertext", "tag"]
        );
        let lengths: Vec<_> = fields.iter().map(|field| field.length).collect();
        assert_eq!(lengths, [1, 1, 32, 1, 32, tag_length]);
        assert_eq!(fields[5].offset + tag_length, message.len());
    }
}

#[test]
fn the_counter_counts() {
    for olm in BOTH {
        for index in [0, 1, 127] {
            let (_, message, _) = normal_message(olm, index);
            assert_eq!(field(olm, &message, "counter"), [u8::try_from(index).unwrap()]);
        }
        let (_, message, _) = normal_message(olm, 300);
        assert_eq!(field(olm, &message, "counter"), [0xAC, 0x02]);
    }
}

#[test]
fn the_envelope_of_a_pre_key_message_is_all_that_surrounds_the_inner_message() {
    for olm in BOTH {
        let (_, message, _) = pre_key_message(olm);
        let fields = olm.fields(&message).unwrap();
        assert_eq!(
            names(&fields),
            [
                "type",
                "envelope",
                "version",
                "ratchet_key",
                "counter",
                "ciphertext",
                "tag",
                "envelope"
            ]
        );
        assert_eq!((fields[1].offset, fields[1].offset + fields[1].length), (1, fields[2].offset));
        assert_eq!((fields[7].offset, fields[7].length), (message.len(), 0));
    }
}

#[test]
fn bytes_that_are_no_message_have_no_fields() {
    for olm in BOTH {
        for (_, message, _) in [pre_key_message(olm), normal_message(olm, 0)] {
            for length in 0..message.len() {
                // A shortened normal message may still be one, with other bytes as its tag.
                if let Ok(fields) = olm.fields(&message[..length]) {
                    assert!(fields.iter().all(|field| field.of(&message[..length]).is_some()));
                }
            }
            for kind in [2, 3, 0x81, 0xFF] {
                let mut other = message.clone();
                other[0] = kind;
                assert_eq!(olm.fields(&other).unwrap_err().class, RejectionClass::Malformed);
            }
        }
    }
}

#[test]
fn in_a_pre_key_message_exactly_the_three_keys_of_the_envelope_may_change() {
    for olm in BOTH {
        let case = pre_key_message(olm);
        // Behind type, version and, for each key, tag and length.
        let keys = [4..36, 38..70, 72..104];
        let expected: Vec<_> = keys
            .into_iter()
            .flatten()
            .flat_map(|offset| (0..8).map(move |bit| (offset, bit)))
            .collect();
        let counter = olm.fields(&case.1).unwrap()[4].offset;
        assert_eq!(case.1[counter], 1);
        assert_eq!(free_bits(&case), expected);
        let envelope = olm.fields(&case.1).unwrap()[1].clone();
        let covered = envelope.offset..envelope.offset + envelope.length;
        assert!(expected.iter().all(|(offset, _)| covered.contains(offset)));
    }
}

#[test]
fn unknown_entries_may_be_added_between_the_entries_of_an_envelope() {
    for olm in BOTH {
        let case = pre_key_message(olm);
        assert_eq!(free_gaps(&case, &[0x28, 0x01]), [2, 36, 70, 104, case.1.len()]);
    }
}

#[test]
fn in_a_normal_message_of_an_index_above_0_no_bit_may_change() {
    for olm in BOTH {
        for index in [1, 2, 130] {
            assert_eq!(free_bits(&normal_message(olm, index)), []);
        }
    }
}

/// SPRAG-F-0002: with its tag changed the index counts as absent, and an absent index is 0.
#[test]
fn in_a_normal_message_of_index_0_bits_of_the_tag_of_the_index_may_change() {
    for olm in BOTH {
        let case = normal_message(olm, 0);
        let counter_tag = olm.fields(&case.1).unwrap()[3].offset - 1;
        let free: Vec<_> = [3, 5, 6].map(|bit| (counter_tag, bit)).into();
        assert_eq!(free_bits(&case), free);
    }
}

/// SPRAG-F-0002.
#[test]
fn unknown_entries_may_be_added_between_the_entries_of_a_normal_message() {
    for olm in BOTH {
        let case = normal_message(olm, 1);
        let fields = olm.fields(&case.1).unwrap();
        let (key, counter, tag) = (&fields[2], &fields[3], &fields[5]);
        assert_eq!(
            free_gaps(&case, &[0x28, 0x01]),
            [key.offset - 2, counter.offset - 1, counter.offset + 1, tag.offset]
        );
    }
}

#[test]
fn bytes_after_the_tag_of_a_normal_message_are_refused() {
    for olm in BOTH {
        let case = normal_message(olm, 1);
        for added in [&[0][..], &[0x28, 0x01], &[0; 32]] {
            let mut longer = case.1.clone();
            longer.extend(added);
            assert!(!opens(&case, &longer));
        }
    }
}

#[test]
fn the_byte_of_type_is_strict() {
    for olm in BOTH {
        for case in [pre_key_message(olm), normal_message(olm, 0)] {
            for kind in (0..=255).filter(|&kind| kind != case.1[0]) {
                let mut changed = case.1.clone();
                changed[0] = kind;
                let mut talk = case.0.clone();
                assert_eq!(talk.deliver(case.2, &changed), Err(RejectionClass::Malformed));
            }
        }
    }
}

/// The inner message is the message; the envelope only serves to open a session.
#[test]
fn a_pre_key_message_opens_without_its_envelope() {
    for olm in BOTH {
        let case = pre_key_message(olm);
        let version = olm.fields(&case.1).unwrap()[2].offset;
        let mut stripped = vec![1];
        stripped.extend(&case.1[version..]);
        assert!(opens(&case, &stripped));
    }
}

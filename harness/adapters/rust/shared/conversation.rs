//! What each library has to do behind the trait, whatever it is.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng as _;
use sprag::{DynRatchet, DynSession, Field, Opened, Pair, RejectionClass};

fn rng(seed: u64) -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(seed)
}

fn pair(ratchet: &dyn DynRatchet) -> Pair<DynSession> {
    ratchet.pair(&mut rng(1)).unwrap()
}

/// A correct Double Ratchet stalls when its randomness repeats, so each turn of a conversation has its own.
fn seal(ratchet: &dyn DynRatchet, session: &mut DynSession, turn: u64, text: &str) -> Vec<u8> {
    ratchet.encrypt(session, &mut rng(100 + turn), b"", text.as_bytes()).unwrap()
}

fn open(ratchet: &dyn DynRatchet, session: &mut DynSession, turn: u64, message: &[u8]) -> String {
    match ratchet.decrypt(session, &mut rng(200 + turn), b"", message).unwrap() {
        Opened::Plaintext(plaintext) => String::from_utf8(plaintext).unwrap(),
        Opened::Service => panic!("a service message"),
    }
}

/// Messages in both directions, out of order; `once` where the library itself refuses what it has opened.
pub(crate) fn out_of_order(ratchet: &dyn DynRatchet, once: bool) {
    let Pair { mut initiator, mut responder, .. } = pair(ratchet);
    let turns = if ratchet.profile().is_one_way() { 1 } else { 4 };
    for turn in 0..turns {
        let (from, to) = match turn % 2 {
            0 => (&mut initiator, &mut responder),
            _ => (&mut responder, &mut initiator),
        };
        let texts = ["the first", "the second", "the third"];
        let messages = texts.map(|text| seal(ratchet, from, turn, text));
        for index in [2, 0, 1] {
            assert_eq!(open(ratchet, to, turn, &messages[index]), texts[index], "turn {turn}");
        }
        for message in messages.iter().filter(|_| once) {
            ratchet.decrypt(to, &mut rng(4), b"", message).unwrap_err();
        }
    }
}

/// Copies and restored states go on by themselves.
pub(crate) fn copies(ratchet: &dyn DynRatchet) {
    let Pair { mut initiator, mut responder, .. } = pair(ratchet);
    let message = seal(ratchet, &mut initiator, 0, "once each");
    let mut copies = vec![responder.clone()];
    if ratchet.capabilities().export {
        let state = ratchet.export(&responder).unwrap();
        copies.push(ratchet.import(&state).unwrap());
        let cut = ratchet.import(&state[..state.len() - 1]).map(drop).unwrap_err();
        assert_eq!(cut.class, RejectionClass::Malformed);
    }
    for copy in copies.iter_mut().chain([&mut responder]) {
        assert_eq!(open(ratchet, copy, 0, &message), "once each");
    }
    if !ratchet.profile().is_one_way() {
        let answer = seal(ratchet, &mut copies.pop().unwrap(), 1, "an answer");
        assert_eq!(open(ratchet, &mut initiator, 1, &answer), "an answer");
    }
}

/// Whether equal seeds give equal bytes, from the pairing to an answer.
pub(crate) fn same_seed_same_bytes(ratchet: &dyn DynRatchet) -> bool {
    let run = || {
        let Pair { mut initiator, mut responder, .. } = pair(ratchet);
        let message = seal(ratchet, &mut initiator, 0, "the same");
        open(ratchet, &mut responder, 0, &message);
        let one_way = ratchet.profile().is_one_way();
        let answer = (!one_way).then(|| seal(ratchet, &mut responder, 1, "the same"));
        (message, answer)
    };
    run() == run()
}

/// The fields are the message, and one that is written anew changes itself and the lengths around it alone.
pub(crate) fn fields(ratchet: &dyn DynRatchet, lengths: &[&str]) {
    let Pair { mut initiator, mut responder, .. } = pair(ratchet);
    let first = seal(ratchet, &mut initiator, 0, "the first");
    open(ratchet, &mut responder, 0, &first);
    let mut messages = vec![first];
    if !ratchet.profile().is_one_way() {
        messages.push(seal(ratchet, &mut responder, 1, "an answer"));
    }
    for message in messages {
        let fields = ratchet.fields(&message).unwrap();
        let mut at = 0;
        for Field { name, offset, length, .. } in &fields {
            assert_eq!(*offset, at, "{name} begins where the field before ends");
            at += length;
        }
        assert_eq!(at, message.len());
        for field in &fields {
            let own = field.of(&message).unwrap();
            // A name that stands there twice names no field.
            let Ok(same) = ratchet.rewrite(&message, &field.name, own) else { continue };
            assert_eq!(same, message, "{}", field.name);
            let mut value = own.to_vec();
            let Some(byte) = value.first_mut() else { continue };
            *byte ^= 1;
            let changed = ratchet.rewrite(&message, &field.name, &value).unwrap();
            let mut expected = message.clone();
            expected[field.offset] ^= 1;
            assert_eq!(changed, expected, "{}", field.name);
        }
        let longer = ratchet.rewrite(&message, "ciphertext", &[b'x'; 300]).unwrap();
        let after = ratchet.fields(&longer).unwrap();
        assert_eq!(after.len(), fields.len());
        for (before, after) in fields.iter().zip(&after) {
            assert_eq!(before.name, after.name);
            match &*after.name {
                "ciphertext" => assert_eq!(after.of(&longer).unwrap(), [b'x'; 300]),
                name if lengths.contains(&name) => {}
                name => assert_eq!(before.of(&message), after.of(&longer), "{name}"),
            }
        }
    }
}

/// A changed message is refused.
pub(crate) fn refuses_changes(ratchet: &dyn DynRatchet) {
    let Pair { mut initiator, mut responder, .. } = pair(ratchet);
    let mut message = seal(ratchet, &mut initiator, 0, "genuine");
    let fields = ratchet.fields(&message).unwrap();
    let ciphertext = fields.iter().find(|field| field.name == "ciphertext").unwrap();
    message[ciphertext.offset + 1] ^= 1;
    ratchet.decrypt(&mut responder, &mut rng(5), b"", &message).unwrap_err();
}

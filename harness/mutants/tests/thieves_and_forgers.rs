//! The mutants of takeover, binding and sealing, each shown by hand.

#![allow(clippy::unwrap_used, clippy::panic, reason = "clippy knows tests by their attribute only")]

use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use sprag::Party::{Initiator as A, Responder as B};
use sprag::{Opened, Pair, Party, Ratchet, Rejection, Setup};
use sprag_mutants::mutants;

/// Bytes before the sealed part of a message.
const HEADER: usize = 41;

struct Talk<'r, R: Ratchet> {
    ratchet: &'r R,
    rng: ChaCha20Rng,
    pair: Pair<R::Session>,
}

impl<'r, R: Ratchet> Talk<'r, R> {
    fn new(ratchet: &'r R) -> Self {
        let mut rng = ChaCha20Rng::seed_from_u64(2);
        let pair = ratchet.pair(&mut rng).unwrap();
        Self { ratchet, rng, pair }
    }

    fn say(&mut self, session: &mut R::Session, text: &[u8]) -> Vec<u8> {
        self.ratchet.encrypt(session, &mut self.rng, b"ad", text).unwrap()
    }

    fn send(&mut self, from: Party, text: &[u8]) -> Vec<u8> {
        self.ratchet.encrypt(self.pair.of(from), &mut self.rng, b"ad", text).unwrap()
    }

    fn open(&mut self, to: Party, message: &[u8]) -> Result<Opened, Rejection> {
        self.ratchet.decrypt(self.pair.of(to), &mut self.rng, b"ad", message)
    }

    fn reads(&mut self, session: &R::Session, message: &[u8]) -> bool {
        self.ratchet.decrypt(&mut session.clone(), &mut self.rng, b"ad", message).is_ok()
    }

    fn pass(&mut self, from: Party) -> Vec<u8> {
        let message = self.send(from, b"text");
        self.open(from.peer(), &message).unwrap();
        message
    }

    fn turns(&mut self, first: Party, count: usize) {
        let mut from = first;
        for _ in 0..count {
            self.pass(from);
            from = from.peer();
        }
    }
}

/// Runs `probe` on the mutant of this id, and on the textbook, of which it must not hold.
macro_rules! shown {
    ($name:ident, $id:literal, |$talk:ident| $probe:block) => {
        #[test]
        fn $name() {
            fn shows<R: Ratchet>(ratchet: &R) -> bool {
                #[allow(unused_mut, reason = "some probes open sessions of their own")]
                let mut $talk = Talk::new(ratchet);
                $probe
            }
            let mutants = mutants();
            let planted = mutants.iter().find(|planted| planted.mutant.id == $id);
            assert!(shows(planted.expect("no such mutant")));
            assert!(!shows(&sprag_protocols::DoubleRatchet::eager()), "the textbook does it too");
        }
    };
}

shown!(an_answer_to_the_root_before_is_accepted, "a50-second-root", |talk| {
    talk.turns(A, 2);
    let mut thief = talk.pair.of(A).clone();
    talk.pass(A);
    let forged = talk.say(&mut thief, b"forged");
    // The thief's own epoch, opened from the state before the victim's: eager keys, so another session is needed.
    let same_chain = talk.open(B, &forged).is_ok();
    let mut talk = Talk::new(talk.ratchet);
    talk.pass(A);
    let mut thief = talk.pair.of(A).clone();
    let reply = talk.pass(B);
    let rng = &mut ChaCha20Rng::seed_from_u64(9);
    talk.ratchet.decrypt(&mut thief, rng, b"ad", &reply).unwrap();
    talk.pass(A);
    let forged = talk.say(&mut thief, b"forged");
    !same_chain && talk.open(B, &forged).is_ok()
});

shown!(an_old_ratchet_key_brings_back_the_old_root, "p16-resumes-old-root", |talk| {
    talk.pass(A);
    let mut thief = talk.pair.of(A).clone();
    talk.turns(B, 6);
    let forged = talk.say(&mut thief, b"forged");
    let accepted = talk.open(B, &forged).is_ok();
    let reply = talk.send(B, b"reply");
    accepted && talk.reads(&thief, &reply)
});

shown!(an_old_chain_takes_a_forgery, "p25-keeps-every-chain", |talk| {
    talk.pass(A);
    let mut thief = talk.pair.of(A).clone();
    talk.turns(B, 20);
    let forged = talk.say(&mut thief, b"forged");
    let accepted = talk.open(B, &forged).is_ok();
    // And the conversation goes on.
    talk.turns(B, 4);
    accepted
});

shown!(an_old_chain_takes_a_forgery_after_a_restore, "a53-chains-come-back", |talk| {
    talk.pass(A);
    let mut thief = talk.pair.of(A).clone();
    talk.turns(B, 4);
    let forged = talk.say(&mut thief, b"forged");
    let before = talk.open(B, &forged).is_ok();
    let export = talk.ratchet.export(talk.pair.of(B)).unwrap();
    *talk.pair.of(B) = talk.ratchet.import(&export).unwrap();
    !before && talk.open(B, &forged).is_ok()
});

shown!(both_bugs_are_there, "a90-every-chain-and-empty-unchecked", |talk| {
    talk.pass(A);
    let mut thief = talk.pair.of(A).clone();
    talk.turns(B, 4);
    let forged = talk.say(&mut thief, b"forged");
    let old_chain = talk.open(B, &forged).is_ok();
    let next = talk.send(A, b"text");
    old_chain && talk.open(B, &next[..HEADER + 16]).is_ok()
});

shown!(the_state_of_the_sender_opens_what_it_sent, "a37-message-key-is-chain-key", |talk| {
    let message = talk.send(A, b"text");
    a_key_of_the_state_opens(&mut talk, &message)
});

shown!(the_sender_keeps_a_key, "a51-sender-keeps-key", |talk| {
    let message = talk.send(A, b"text");
    a_key_of_the_state_opens(&mut talk, &message)
});

fn a_key_of_the_state_opens<R: Ratchet>(talk: &mut Talk<'_, R>, message: &[u8]) -> bool {
    let export = talk.ratchet.export(talk.pair.of(A)).unwrap();
    let ad = [&2_u64.to_be_bytes()[..], b"ad", &message[..HEADER]].concat();
    let runs = export.split(|byte| !byte.is_ascii_hexdigit()).filter(|run| run.len() == 64);
    runs.into_iter().any(|run| {
        let digit = |byte: u8| char::from(byte).to_digit(16).unwrap() as u8;
        let key: Vec<u8> = run.chunks(2).map(|pair| digit(pair[0]) << 4 | digit(pair[1])).collect();
        talk.ratchet.open_with(&key, &ad, &message[HEADER..]).is_ok()
    })
}

shown!(a_copy_is_taken_for_the_peer, "a52-hears-own-chain", |talk| {
    talk.turns(A, 2);
    let mut thief = talk.pair.of(A).clone();
    let forged = talk.say(&mut thief, b"forged");
    talk.open(A, &forged).is_ok()
});

shown!(one_key_opens_two_messages, "a54-replay-by-bytes", |talk| {
    let mut thief = talk.pair.of(A).clone();
    let message = talk.pass(A);
    let forged = talk.say(&mut thief, b"forged");
    talk.open(B, &message).is_err() && talk.open(B, &forged).is_ok()
});

shown!(a_refused_forgery_leads_back_to_old_keys, "a55-late-forgery-resumes", |talk| {
    talk.pass(A);
    let mut thief = talk.pair.of(A).clone();
    talk.turns(B, 6);
    let listening = thief.clone();
    let forged = talk.say(&mut thief, b"forged");
    talk.open(B, &forged).unwrap_err();
    let reply = talk.send(B, b"reply");
    talk.reads(&listening, &reply)
});

shown!(a_full_store_brings_back_a_chain, "r06-restarts-full-chain", |talk| {
    let first = talk.pass(A);
    for _ in 0..3 {
        (0..1000).for_each(|_| drop(talk.send(A, b"lost")));
        talk.pass(A);
    }
    talk.open(B, &first).is_ok()
});

shown!(any_tag_is_its_own, "a02-tag-with-itself", |talk| {
    let mut message = talk.send(A, b"text");
    let last = message.len() - 1;
    message[last] ^= 1;
    talk.open(B, &message).is_ok()
});

shown!(a_message_without_ciphertext_needs_no_tag, "a23-empty-unchecked", |talk| {
    let message = talk.send(A, b"text");
    talk.open(B, &message[..HEADER + 16]) == Ok(Opened::Plaintext(Vec::new()))
});

shown!(another_vector_gives_another_plaintext, "a24-vector-not-in-mac", |talk| {
    let mut message = talk.send(A, b"text");
    message[HEADER] ^= 1;
    talk.open(B, &message).is_ok_and(|opened| opened != Opened::Plaintext(b"text".to_vec()))
});

shown!(padding_can_be_changed, "a33-padding-unchecked", |talk| {
    let mut message = talk.send(A, b"text");
    message[HEADER + 1] ^= 1;
    talk.open(B, &message).is_ok()
});

shown!(an_address_can_be_left_out, "a36-address-optional", |talk| {
    let message = talk.send(A, b"text");
    talk.open(B, &message[..message.len() - 8]).is_ok()
});

shown!(a_payload_can_be_changed, "a39-payload-outside", |talk| {
    let mut message = talk.send(A, b"text");
    let last = message.len() - 1;
    message[last] ^= 1;
    talk.open(B, &message) == Ok(Opened::Plaintext(b"texu".to_vec()))
});

shown!(commitment_is_claimed_for_chacha20_poly1305, "a29-claims-commitment", |talk| {
    talk.ratchet.profile().key_commitment
});

shown!(commitment_is_claimed_for_a_linear_tag, "a58-linear-tag", |talk| {
    let seal = |first: u8| {
        let mut plaintext = [0; 32];
        plaintext[0] = first;
        talk.ratchet.seal_with(&[7; 32], b"", &plaintext).unwrap().split_off(32)
    };
    let tags = [seal(0), seal(1), seal(2), seal(3)];
    let linear = (0..16).all(|at| tags.iter().fold(0, |sum, tag| sum ^ tag[at]) == 0);
    linear && talk.ratchet.profile().key_commitment
});

fn understood<R: Ratchet>(ratchet: &R, one: [&str; 2], other: [&str; 2]) -> bool {
    let open = |names: [&str; 2]| {
        let setup = Setup {
            shared_secret: Some([5; 32]),
            initiator_id: Some(names[0].as_bytes().to_vec()),
            responder_id: Some(names[1].as_bytes().to_vec()),
        };
        ratchet.pair_with(&mut ChaCha20Rng::seed_from_u64(3), &setup).unwrap()
    };
    let mut rng = ChaCha20Rng::seed_from_u64(4);
    let message = ratchet.encrypt(open(one).of(A), &mut rng, b"", b"text").unwrap();
    ratchet.decrypt(open(other).of(B), &mut rng, b"", &message).is_ok()
}

shown!(names_that_read_the_same_are_the_same, "a12-names-run-together", |talk| {
    assert!(understood(talk.ratchet, ["ab", "c"], ["ab", "c"]));
    understood(talk.ratchet, ["ab", "c"], ["a", "bc"])
});

shown!(the_recipient_may_be_another, "a35-one-identity-missing", |talk| {
    understood(talk.ratchet, ["alice", "bob"], ["alice", "eve"])
});

shown!(nobody_knows_who_began, "a59-names-sorted", |talk| {
    understood(talk.ratchet, ["alice", "bob"], ["bob", "alice"])
});

shown!(a_refused_key_stays, "a19-key-checked-after-commit", |talk| {
    talk.pass(A);
    let message = talk.send(A, b"text");
    let mut forged = message.clone();
    forged[1..33].fill(0);
    talk.open(B, &forged).unwrap_err();
    talk.open(B, &message).is_err()
});

shown!(the_high_bit_of_a_key_counts_for_nothing, "a57-high-bit-masked", |talk| {
    let mut message = talk.send(A, b"text");
    message[32] |= 0x80;
    talk.open(B, &message).is_ok()
});

shown!(a_message_may_be_of_any_type, "a20-type-ignored", |talk| {
    let mut message = talk.send(A, b"text");
    message[0] = 99;
    talk.open(B, &message).is_ok()
});

shown!(the_version_may_be_written_longer, "a32-long-integers", |talk| {
    let message = talk.send(A, b"text");
    talk.open(B, &[&[0x81, 0][..], &message[1..]].concat()).is_ok()
});

shown!(a_downgrade_sticks, "a21-lower-version-sticks", |talk| {
    let mut message = talk.send(A, b"text");
    message[0] = 0;
    if talk.open(B, &message).is_err() {
        return false;
    }
    talk.send(B, b"reply")[0] == 0
});

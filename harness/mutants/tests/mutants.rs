//! The mutants talk, and the games could find what is wrong with them.

#![allow(clippy::unwrap_used, reason = "clippy knows tests by their attribute only")]

use std::collections::BTreeSet;

use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};
use sprag::{Family, Half, Opened, Pair, Party, Ratchet, Rejection};
use sprag_mutants::{CATALOGUE, Class, mutants};

#[test]
fn the_catalogue_is_sound() {
    let ids: BTreeSet<_> = CATALOGUE.iter().map(|mutant| mutant.id).collect();
    assert_eq!(ids.len(), CATALOGUE.len(), "ids are unique");
    for mutant in CATALOGUE {
        assert!(!mutant.killed_by.is_empty());
        assert!(!mutant.description.ends_with('.') && !mutant.description.contains('\n'));
    }
}

/// Two parties and a network without loss.
struct Talk<'r, R: Ratchet> {
    ratchet: &'r R,
    rng: ChaCha20Rng,
    pair: Pair<R::Session>,
}

impl<'r, R: Ratchet> Talk<'r, R> {
    fn new(ratchet: &'r R, seed: u64) -> Self {
        let mut rng = ChaCha20Rng::seed_from_u64(seed);
        let pair = ratchet.pair(&mut rng).unwrap();
        Self { ratchet, rng, pair }
    }

    fn send(&mut self, from: Party, text: &[u8]) -> Vec<u8> {
        self.ratchet.encrypt(self.pair.of(from), &mut self.rng, b"ad", text).unwrap()
    }

    fn open(&mut self, to: Party, ad: &[u8], message: &[u8]) -> Result<Opened, Rejection> {
        self.ratchet.decrypt(self.pair.of(to), &mut self.rng, ad, message)
    }

    fn pass(&mut self, from: Party) {
        let message = self.send(from, b"text");
        self.open(from.peer(), b"ad", &message).unwrap();
    }

    fn settle(&mut self) {
        if !self.ratchet.capabilities().outbox {
            return;
        }
        for party in [Party::Initiator, Party::Responder, Party::Initiator] {
            for message in self.ratchet.outbox(self.pair.of(party), &mut self.rng).unwrap() {
                assert_eq!(self.open(party.peer(), b"", &message), Ok(Opened::Service));
            }
        }
    }
}

#[test]
fn every_mutant_holds_an_honest_conversation() {
    let mutants = mutants();
    assert_eq!(mutants.len(), CATALOGUE.len());
    for planted in &mutants {
        let id = planted.mutant.id;
        assert_eq!(planted.name(), format!("mutant/{id}"));
        let mut talk = Talk::new(planted, 1);
        for n in 0..36_u8 {
            // Turns of two messages, the initiator first.
            let from = Party::BOTH[usize::from(n / 2 % 2)];
            let message = talk.send(from, &[n; 20]);
            let opened = talk.open(from.peer(), b"ad", &message);
            if id == "h05-wrong-plaintext" {
                opened.unwrap();
            } else {
                assert_eq!(opened, Ok(Opened::Plaintext(vec![n; 20])), "{id} {n}");
            }
            talk.settle();
        }
    }
}

/// Runs `probe` on the mutants named, and fails if one is not there.
macro_rules! shown {
    ($name:ident, [$($id:literal),+], |$talk:ident| $probe:block) => {
        #[test]
        fn $name() {
            let mut found = 0;
            for ratchet in mutants().iter().filter(|it| [$($id),+].contains(&it.mutant.id)) {
                found += 1;
                let mut $talk = Talk::new(ratchet, 2);
                let shown: bool = $probe;
                assert!(shown, "{}", ratchet.mutant.id);
            }
            assert_eq!(found, [$($id),+].len());
        }
    };
}

use Party::{Initiator as A, Responder as B};

shown!(
    replays_open,
    ["f01-keeps-used-keys", "f14-receiving-chain-stands-still", "r07-last-message-repeats"],
    |talk| {
        let message = talk.send(A, b"text");
        talk.open(B, b"ad", &message).unwrap();
        talk.open(B, b"ad", &message).is_ok()
    }
);

shown!(replays_open_though_their_refusal_is_claimed, ["r01-no-replay-protection"], |talk| {
    let message = talk.send(A, b"text");
    talk.open(B, b"ad", &message).unwrap();
    let Family::StaticKey(claims) = talk.ratchet.profile().family else { panic!("a static key") };
    claims.replay_protection && talk.open(B, b"ad", &message).is_ok()
});

shown!(replays_open_after_a_restore, ["f07-no-chain", "r04-forgets-counters-at-rest"], |talk| {
    let message = talk.send(A, b"text");
    talk.open(B, b"ad", &message).unwrap();
    assert!(talk.open(B, b"ad", &message).is_err());
    let export = talk.ratchet.export(talk.pair.of(B)).unwrap();
    *talk.pair.of(B) = talk.ratchet.import(&export).unwrap();
    talk.open(B, b"ad", &message).is_ok()
});

shown!(a_clone_of_the_sender_repeats_the_ciphertext, ["f02-chain-stands-still"], |talk| {
    let one = talk.send(A, b"text");
    let two = talk.send(A, b"text");
    one[41..45] == two[41..45]
});

shown!(a_forged_tag_is_accepted, ["a01-any-tag", "a04-one-tag-byte"], |talk| {
    let message = talk.send(A, b"text");
    (0..4000).any(|_| {
        let mut forged = message.clone();
        let body = forged.len() - 20;
        talk.rng.fill_bytes(&mut forged[body..]);
        talk.open(B, b"ad", &forged).is_ok()
    })
});

shown!(half_of_the_tag_is_enough, ["a01-any-tag", "a03-eight-tag-bytes"], |talk| {
    let mut message = talk.send(A, b"text");
    let last = message.len() - 1;
    message[last] ^= 1;
    talk.open(B, b"ad", &message).is_ok()
});

shown!(a_message_without_tag_is_accepted, ["a07-short-tags"], |talk| {
    let message = talk.send(A, b"text");
    talk.open(B, b"ad", &message[..41]) == Ok(Opened::Plaintext(Vec::new()))
});

shown!(
    other_associated_data_is_accepted,
    ["a08-ignores-associated-data", "a08-static-ignores-associated-data"],
    |talk| {
        let message = talk.send(A, b"text");
        talk.open(B, b"other", &message).is_ok()
    }
);

shown!(the_previous_counter_can_be_changed, ["a09-header-not-bound"], |talk| {
    let mut message = talk.send(A, b"text");
    message[36] ^= 1;
    talk.open(B, b"ad", &message).is_ok()
});

shown!(
    a_message_is_accepted_by_its_sender,
    ["a13-direction-not-bound", "a15-same-chain-both-ways"],
    |talk| {
        let message = talk.send(A, b"text");
        talk.open(A, b"ad", &message).is_ok()
    }
);

shown!(a_message_of_another_session_is_accepted, ["a26-same-key-in-all-sessions"], |talk| {
    let message = Talk::new(talk.ratchet, 3).send(A, b"text");
    talk.open(B, b"ad", &message).is_ok()
});

shown!(
    a_forgery_in_the_chain_does_damage,
    ["t01-chain-moves-before-check", "d14-forgery-ends-session"],
    |talk| {
        talk.pass(A);
        let message = talk.send(A, b"text");
        let mut forged = message.clone();
        forged[41] ^= 1;
        talk.open(B, b"ad", &forged).unwrap_err();
        talk.open(B, b"ad", &message).is_err()
    }
);

shown!(a_forgery_with_a_new_key_does_damage, ["t02-ratchet-moves-before-check"], |talk| {
    talk.pass(A);
    talk.pass(B);
    let message = talk.send(A, b"text");
    let mut forged = message.clone();
    forged[1] ^= 1;
    talk.open(B, b"ad", &forged).unwrap_err();
    talk.open(B, b"ad", &message).is_err()
});

shown!(a_late_message_of_the_old_chain_is_lost, ["t12-old-keys-under-new-name"], |talk| {
    let late = talk.send(A, b"late");
    talk.pass(A);
    let missing = talk.send(A, b"missing");
    talk.pass(B);
    talk.pass(A);
    talk.open(B, b"ad", &late).unwrap();
    talk.open(B, b"ad", &missing).is_err()
});

shown!(the_chain_breaks_after_a_gap, ["t13-counter-reset-after-skip"], |talk| {
    talk.pass(A);
    talk.send(A, b"lost");
    talk.pass(A);
    let next = talk.send(A, b"text");
    talk.open(B, b"ad", &next).is_err()
});

shown!(an_empty_message_is_refused, ["t22-empty-is-an-error"], |talk| {
    let message = talk.send(A, b"");
    talk.open(B, b"ad", &message).is_err()
});

shown!(a_gap_over_the_limit_is_accepted, ["d01-no-skip-limit"], |talk| {
    (0..2000).for_each(|_| drop(talk.send(A, b"lost")));
    let message = talk.send(A, b"text");
    talk.open(B, b"ad", &message).is_ok()
});

shown!(
    ratchet_keys_repeat,
    [
        "p01-no-dh-step",
        "p02-renews-once",
        "p03-renews-every-fourth-turn",
        "p04-only-initiator-renews",
        "p13-first-key-after-restore"
    ],
    |talk| {
        let mut keys = Vec::new();
        for _ in 0..6 {
            for from in Party::BOTH {
                let export = talk.ratchet.export(talk.pair.of(from)).unwrap();
                *talk.pair.of(from) = talk.ratchet.import(&export).unwrap();
                let message = talk.send(from, b"text");
                talk.open(from.peer(), b"ad", &message).unwrap();
                keys.push(message[1..33].to_vec());
            }
        }
        keys.iter().collect::<BTreeSet<_>>().len() < keys.len()
    }
);

shown!(a_thief_goes_on_reading, ["p09-root-ignores-dh-eager", "p18-generator-in-state"], |talk| {
    talk.pass(A);
    talk.pass(B);
    let mut thief = talk.pair.of(B).clone();
    (0..8).all(|_| {
        let message = talk.send(A, b"text");
        talk.open(B, b"ad", &message).unwrap();
        talk.pass(B);
        talk.ratchet.decrypt(&mut thief, &mut talk.rng, b"ad", &message).is_ok()
    })
});

shown!(a_thief_that_acts_along_goes_on_reading, ["p09-root-ignores-dh-lazy"], |talk| {
    talk.pass(A);
    let mut thief = talk.pair.of(B).clone();
    (0..8).all(|_| {
        talk.pass(B);
        talk.ratchet.encrypt(&mut thief, &mut talk.rng, b"", b"").unwrap();
        let message = talk.send(A, b"text");
        talk.open(B, b"ad", &message).unwrap();
        talk.ratchet.decrypt(&mut thief, &mut talk.rng, b"ad", &message).is_ok()
    })
});

shown!(one_of_four_keys_is_guessed, ["p07-four-keys"], |talk| {
    talk.pass(A);
    talk.pass(B);
    let stolen = talk.pair.of(B).clone();
    let first = talk.send(A, b"text");
    talk.open(B, b"ad", &first).unwrap();
    talk.pass(B);
    let next = talk.send(A, b"text");
    (0..64).any(|_| {
        let mut thief = stolen.clone();
        talk.ratchet.decrypt(&mut thief, &mut talk.rng, b"ad", &first).unwrap();
        talk.ratchet.decrypt(&mut thief, &mut talk.rng, b"ad", &next).is_ok()
    })
});

shown!(no_rekey_is_asked_for, ["p66-never-asks", "p67-asks-twice"], |talk| {
    for _ in 0..50 {
        talk.pass(A);
        talk.settle();
    }
    (0..30).for_each(|_| talk.pass(A));
    Party::BOTH
        .iter()
        .all(|&by| talk.ratchet.outbox(talk.pair.of(by), &mut talk.rng).unwrap().is_empty())
});

shown!(a_thief_derives_the_next_period, ["p17-rekey-ignores-dh"], |talk| {
    for _ in 0..20 {
        talk.pass(A);
    }
    let proposals = talk.ratchet.outbox(talk.pair.of(A), &mut talk.rng).unwrap();
    // The thief accepts the proposal with a key of its own, and still has the key of the real period.
    let mut thief = talk.pair.of(B).clone();
    talk.ratchet.decrypt(&mut thief, &mut talk.rng, b"", &proposals[0]).unwrap();
    talk.open(B, b"", &proposals[0]).unwrap();
    talk.settle();
    let message = talk.send(A, b"text");
    talk.ratchet.decrypt(&mut thief, &mut talk.rng, b"ad", &message).is_ok()
});

shown!(a_late_message_is_lost_at_rest, ["s01-skipped-keys-not-saved"], |talk| {
    let late = talk.send(A, b"late");
    talk.pass(A);
    let export = talk.ratchet.export(talk.pair.of(B)).unwrap();
    *talk.pair.of(B) = talk.ratchet.import(&export).unwrap();
    talk.open(B, b"ad", &late).is_err()
});

shown!(a_restored_sender_is_not_understood, ["s02-counter-not-saved"], |talk| {
    talk.pass(A);
    talk.pass(A);
    let export = talk.ratchet.export(talk.pair.of(A)).unwrap();
    *talk.pair.of(A) = talk.ratchet.import(&export).unwrap();
    let message = talk.send(A, b"text");
    talk.open(B, b"ad", &message).is_err()
});

shown!(a_fresh_responder_is_not_restored, ["s11-responder-not-restored"], |talk| {
    let export = talk.ratchet.export(talk.pair.of(B)).unwrap();
    talk.ratchet.import(&export).is_err()
});

/// Bytes of nonce and encrypted header.
const HEADER: usize = sprag_protocols::header_encrypted::ENCRYPTED_HEADER_LENGTH;

shown!(header_keys_are_lost_after_a_gap, ["a16-header-keys-swapped"], |talk| {
    talk.pass(A);
    talk.pass(B);
    talk.send(B, b"missing");
    talk.pass(A);
    talk.pass(B);
    talk.pass(A);
    let message = talk.send(B, b"text");
    talk.open(A, b"ad", &message).is_err()
});

shown!(
    a_second_header_fits_the_first_body,
    ["a60-header-not-bound-to-body", "a61-header-not-authenticated"],
    |talk| {
        let mut twin = talk.pair.of(A).clone();
        let one = talk.send(A, b"text");
        let two = talk.ratchet.encrypt(&mut twin, &mut talk.rng, b"ad", b"more").unwrap();
        assert_ne!(one[..HEADER], two[..HEADER]);
        let mixed = [&two[..HEADER], &one[HEADER..]].concat();
        talk.open(B, b"ad", &mixed) == Ok(Opened::Plaintext(b"text".to_vec()))
    }
);

shown!(an_encrypted_counter_can_be_changed, ["a61-header-not-authenticated"], |talk| {
    let mut message = talk.send(A, b"text");
    message[60] ^= 1;
    talk.open(B, b"ad", &message).is_ok()
});

shown!(
    a_thief_of_the_post_quantum_half_goes_on_reading,
    ["p20-kem-in-first-epoch-only", "p50-kem-seeds-from-root"],
    |talk| {
        for from in [A, B, A] {
            talk.pass(from);
        }
        let mut thief = talk.pair.of(B).clone();
        (0..12).all(|_| {
            // The thief acts along, and has the classical half of the moment.
            talk.pass(B);
            talk.ratchet.encrypt(&mut thief, &mut talk.rng, b"", b"").unwrap();
            let message = talk.send(A, b"text");
            thief = talk.ratchet.with_half(&thief, Half::Classical, talk.pair.of(B)).unwrap();
            talk.open(B, b"ad", &message).unwrap();
            talk.ratchet.decrypt(&mut thief, &mut talk.rng, b"ad", &message).is_ok()
        })
    }
);

shown!(
    the_classical_half_opens_a_message_alone,
    ["p21-xor-with-nothing", "p52-initiator-without-kem"],
    |talk| {
        let message = talk.send(A, b"text");
        let stranger = Talk::new(talk.ratchet, 3).pair.responder;
        let mut mixed =
            talk.ratchet.with_half(&stranger, Half::Classical, talk.pair.of(B)).unwrap();
        talk.ratchet.decrypt(&mut mixed, &mut talk.rng, b"ad", &message).is_ok()
    }
);

shown!(
    after_four_lost_messages_the_classical_half_is_enough,
    ["p22-classical-after-loss"],
    |talk| {
        let messages: Vec<_> = (0..5).map(|_| talk.send(A, b"text")).collect();
        let stranger = Talk::new(talk.ratchet, 3).pair.responder;
        let mixed = talk.ratchet.with_half(&stranger, Half::Classical, talk.pair.of(B)).unwrap();
        let opens = messages.iter().map(|message| {
            talk.ratchet.decrypt(&mut mixed.clone(), &mut talk.rng, b"ad", message).is_ok()
        });
        opens.collect::<Vec<_>>() == [false, false, false, false, true]
    }
);

shown!(the_post_quantum_half_opens_a_message_alone, ["p53-kem-alone"], |talk| {
    let message = talk.send(A, b"text");
    let stranger = Talk::new(talk.ratchet, 3).pair.responder;
    // Both have the same place in the conversation, and other keys.
    let mut mixed = talk.ratchet.with_half(&stranger, Half::PostQuantum, talk.pair.of(B)).unwrap();
    talk.ratchet.decrypt(&mut mixed, &mut talk.rng, b"ad", &message).is_ok()
});

shown!(a_post_quantum_key_outlives_its_message, ["p51-keeps-used-kem-keys"], |talk| {
    let message = talk.send(A, b"text");
    let before = talk.pair.of(B).clone();
    talk.open(B, b"ad", &message).unwrap();
    assert!(talk.open(B, b"ad", &message).is_err());
    let mut thief = talk.ratchet.with_half(talk.pair.of(B), Half::Classical, &before).unwrap();
    talk.ratchet.decrypt(&mut thief, &mut talk.rng, b"ad", &message).is_ok()
});

shown!(a_late_ciphertext_does_damage, ["r10-ciphertext-counts-twice"], |talk| {
    talk.pass(A);
    let late = talk.send(B, b"late");
    talk.pass(B);
    talk.open(A, b"ad", &late).unwrap();
    talk.pass(A);
    talk.pass(B);
    let next_epoch = talk.send(A, b"text");
    talk.open(B, b"ad", &next_epoch).is_err()
});

shown!(a_public_key_can_be_changed, ["p54-load-not-bound"], |talk| {
    let mut message = talk.send(A, b"text");
    message[60] ^= 1;
    talk.open(B, b"ad", &message).is_ok()
});

shown!(an_old_sender_is_heard_in_a_chain_that_is_over, ["d11-old-header-keys-kept"], |talk| {
    talk.pass(A);
    let mut old = talk.pair.of(A).clone();
    for from in [B, A, B, A] {
        talk.pass(from);
    }
    let message = talk.ratchet.encrypt(&mut old, &mut talk.rng, b"ad", b"text").unwrap();
    talk.open(B, b"ad", &message).is_ok()
});

shown!(a_missing_message_hides_one_of_the_next_chain, ["t60-skipped-key-by-number"], |talk| {
    talk.send(A, b"missing");
    talk.pass(A);
    talk.pass(B);
    let message = talk.send(A, b"text");
    talk.open(B, b"ad", &message).is_err()
});

shown!(a_forged_body_does_damage, ["t61-header-is-enough"], |talk| {
    talk.pass(A);
    talk.pass(B);
    let message = talk.send(A, b"text");
    let mut forged = message.clone();
    forged[HEADER] ^= 1;
    talk.open(B, b"ad", &forged).unwrap_err();
    talk.open(B, b"ad", &message).is_err()
});

shown!(two_headers_of_a_chain_look_alike, ["x05-fixed-header-nonce"], |talk| {
    let one = talk.send(A, b"text");
    let two = talk.send(A, b"text");
    one[..HEADER - 20] == two[..HEADER - 20]
});

#[test]
fn harness_mutants_are_kept_apart() {
    let harness = CATALOGUE.iter().filter(|mutant| mutant.class == Class::Harness);
    assert_eq!(harness.count(), 6);
    assert_eq!(CATALOGUE.iter().filter(|mutant| mutant.weak).count(), 23);
}

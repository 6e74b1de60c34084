//! What is wrong with the mutants of counters, limits, flooding, refusals, storage and clones, shown by hand.

#![allow(clippy::unwrap_used, clippy::panic, reason = "clippy knows tests by their attribute only")]

use std::panic::{AssertUnwindSafe, catch_unwind};

use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use sprag::randomness::Tape;
use sprag::{MessageIndex, Opened, Pair, Party, Ratchet, Rejection};
use sprag_mutants::mutants;

use Party::{Initiator as A, Responder as B};

/// Two parties, and what tests by hand need of them.
struct Talk<'r, R: Ratchet> {
    ratchet: &'r R,
    rng: ChaCha20Rng,
    pair: Pair<R::Session>,
}

impl<R: Ratchet> Talk<'_, R> {
    fn send(&mut self, from: Party) -> Vec<u8> {
        self.say(from, b"a text of 20 letters").unwrap()
    }

    fn say(&mut self, from: Party, text: &[u8]) -> Result<Vec<u8>, Rejection> {
        self.ratchet.encrypt(self.pair.of(from), &mut self.rng, b"", text)
    }

    fn open(&mut self, to: Party, message: &[u8]) -> Result<Opened, Rejection> {
        self.ratchet.decrypt(self.pair.of(to), &mut self.rng, b"", message)
    }

    fn pass(&mut self, from: Party) -> Vec<u8> {
        let message = self.send(from);
        self.open(from.peer(), &message).unwrap();
        message
    }

    fn rewritten(&self, message: &[u8], field: &str, number: u32) -> Vec<u8> {
        self.ratchet.rewrite(message, field, &number.to_be_bytes()).unwrap()
    }

    fn export(&mut self, of: Party) -> Vec<u8> {
        self.ratchet.export(self.pair.of(of)).unwrap()
    }

    fn import(&mut self, of: Party, state: &[u8]) {
        *self.pair.of(of) = self.ratchet.import(state).unwrap();
    }

    fn restart(&mut self, party: Party) {
        let state = self.export(party);
        self.import(party, &state);
    }

    fn preset(&mut self, from: Party, number: u64) {
        self.ratchet.preset(self.pair.of(from), Some(number), None).unwrap();
        self.ratchet.preset(self.pair.of(from.peer()), None, Some(number)).unwrap();
    }

    /// Whether a message of `from` opens.
    fn understood(&mut self, from: Party) -> bool {
        let message = self.send(from);
        self.open(from.peer(), &message).is_ok()
    }
}

/// Runs `probe` on the mutants named, after one message each way, and fails if one is not there.
macro_rules! shown {
    ($name:ident, [$($id:literal),+], |$talk:ident| $probe:block) => {
        #[test]
        fn $name() {
            let mut found = 0;
            for ratchet in mutants().iter().filter(|it| [$($id),+].contains(&it.mutant.id)) {
                found += 1;
                let mut rng = ChaCha20Rng::seed_from_u64(3);
                let pair = ratchet.pair(&mut rng).unwrap();
                let mut $talk = Talk { ratchet, rng, pair };
                $talk.pass(A);
                $talk.pass(B);
                let shown: bool = $probe;
                assert!(shown, "{}", ratchet.mutant.id);
            }
            assert_eq!(found, [$($id),+].len());
        }
    };
}

shown!(a_number_over_16_bits_does_not_come_back, ["s09-counter-saved-in-16-bits"], |talk| {
    talk.pass(A);
    talk.preset(A, 65_535);
    talk.pass(A);
    talk.restart(A);
    !talk.understood(A)
});

shown!(a_number_over_8_bits_does_not_come_back, ["s50-expected-number-saved-in-8-bits"], |talk| {
    (0..256).for_each(|_| drop(talk.pass(A)));
    talk.restart(B);
    !talk.understood(A)
});

shown!(a_number_over_16_bits_is_not_heard, ["d58-number-in-16-bits-on-the-wire"], |talk| {
    talk.pass(A);
    talk.preset(A, 65_535);
    talk.pass(A);
    !talk.understood(A)
});

shown!(the_greatest_number_is_followed_by_0, ["d59-number-wraps"], |talk| {
    talk.pass(A);
    talk.preset(A, u64::from(u32::MAX) - 1);
    let numbers = [(); 3].map(|()| talk.send(A)[37..41].to_vec());
    numbers == [[255, 255, 255, 254], [255; 4], [0; 4]]
});

shown!(
    a_forged_number_makes_work,
    ["d02-limit-checked-late", "d08-no-limit-for-oneself", "d55-gap-in-16-bits"],
    |talk| {
        // Work cannot be seen in an outcome; that the message gets as far as its tag, or takes long, can.
        let own = talk.send(B);
        let forged = talk.rewritten(&own, "counter", 65_536 + 4);
        let refused = talk.open(B, &forged).unwrap_err();
        let message = talk.send(A);
        let far = talk.rewritten(&message, "counter", 65_536 + 4);
        let then = std::time::Instant::now();
        let _ = talk.open(B, &far);
        refused.class == sprag::RejectionClass::Forged || then.elapsed().as_micros() > 1000
    }
);

shown!(the_previous_length_has_no_limit, ["d07-previous-length-unlimited"], |talk| {
    let message = talk.send(A);
    let forged = talk.rewritten(&message, "previous_counter", 50_000);
    talk.open(B, &forged).unwrap_err().class == sprag::RejectionClass::Forged
});

shown!(the_greatest_numbers_pass_the_limit, ["d04-sum-wraps"], |talk| {
    let missing = [talk.send(A), talk.send(A), talk.send(A)];
    talk.pass(A);
    talk.pass(B);
    let message = talk.send(A);
    let forged = talk.rewritten(&message, "counter", u32::MAX - 2);
    drop(missing);
    talk.open(B, &forged).unwrap_err().class == sprag::RejectionClass::Forged
});

shown!(the_greatest_numbers_panic, ["d56-sum-of-lengths-panics"], |talk| {
    let missing = [talk.send(A), talk.send(A)];
    let message = talk.pass(A);
    drop(missing);
    let forged = talk.rewritten(&message, "counter", u32::MAX - 1);
    catch_unwind(AssertUnwindSafe(|| talk.open(B, &forged))).is_err()
});

shown!(
    a_refused_message_leaves_keys,
    ["d05-forged-keys-stay", "t07-refused-jump-leaves-keys"],
    |talk| {
        talk.pass(A);
        let before = talk.export(B).len();
        let message = talk.send(A);
        for number in [900, 5000] {
            let forged = talk.rewritten(&message, "counter", number);
            talk.open(B, &forged).unwrap_err();
        }
        talk.export(B).len() > before + 10_000
    }
);

shown!(
    a_forged_chain_leaves_keys_after_a_restore,
    ["d90-forged-chains-stay-after-restore"],
    |talk| {
        let message = talk.send(A);
        let forged = talk.rewritten(&message, "counter", 900);
        let mut grown = || {
            let before = talk.export(B).len();
            talk.open(B, &forged).unwrap_err();
            let after = talk.export(B).len();
            talk.restart(B);
            after > before + 10_000
        };
        !grown() && grown()
    }
);

shown!(an_old_number_panics_after_a_restore, ["d10-old-number-panics-after-restore"], |talk| {
    let message = talk.pass(A);
    talk.open(B, &message).unwrap_err();
    talk.restart(B);
    catch_unwind(AssertUnwindSafe(|| talk.open(B, &message))).is_err()
});

shown!(a_forged_number_draws_randomness, ["d50-draws-what-the-header-says"], |talk| {
    let message = talk.send(A);
    let forged = talk.rewritten(&message, "counter", 1_000_000);
    let mut tape = Tape::new(Vec::new());
    talk.ratchet.decrypt(talk.pair.of(B), &mut tape, b"", &forged).unwrap_err();
    tape.drawn() >= 1_000_000
});

shown!(the_oldest_of_3000_skipped_messages_opens, ["d51-keys-are-never-evicted"], |talk| {
    let oldest = talk.send(A);
    for _ in 0..3 {
        (0..999).for_each(|_| drop(talk.send(A)));
        talk.pass(A);
    }
    talk.open(B, &oldest).is_ok()
});

shown!(a_full_store_refuses_gaps, ["d52-refuses-when-full"], |talk| {
    for _ in 0..2 {
        (0..1000).for_each(|_| drop(talk.send(A)));
        talk.pass(A);
    }
    talk.send(A);
    !talk.understood(A)
});

shown!(
    the_state_grows_with_the_conversation,
    ["d53-chain-keys-pile-up", "d54-initiator-counts-in-a-list"],
    |talk| {
        let before = talk.export(A).len();
        for _ in 0..100 {
            talk.pass(A);
            talk.pass(B);
        }
        talk.export(A).len() > before + 150
    }
);

shown!(
    forgeries_lock_the_session,
    ["d57-locks-after-64-forgeries", "t08-one-failure-kills"],
    |talk| {
        let mut forged = talk.send(A);
        *forged.last_mut().unwrap() ^= 1;
        (0..64).for_each(|_| drop(talk.open(B, &forged)));
        !talk.understood(A)
    }
);

shown!(
    a_refused_plaintext_spoils_the_chain,
    ["t09-refused-encryption-moves-chain", "t52-refused-encryption-turns-back"],
    |talk| {
        talk.pass(A);
        talk.say(A, &[0; 70_000]).unwrap_err();
        !talk.understood(A)
    }
);

shown!(an_error_quotes_the_plaintext, ["t11-error-carries-plaintext"], |talk| {
    let mut forged = talk.send(A);
    *forged.last_mut().unwrap() ^= 1;
    talk.open(B, &forged).unwrap_err().detail.contains("a text of 20 letters")
});

shown!(an_error_shows_a_stored_plaintext, ["t51-stored-key-error-is-a-dump"], |talk| {
    let mut forged = talk.send(A);
    talk.pass(A);
    *forged.last_mut().unwrap() ^= 1;
    talk.open(B, &forged).unwrap_err().detail.contains("612074657874")
});

shown!(a_bad_copy_burns_an_old_slot, ["t50-slot-burned-in-old-chain"], |talk| {
    let late = talk.send(A);
    talk.pass(A);
    talk.pass(B);
    talk.pass(A);
    let mut forged = late.clone();
    *forged.last_mut().unwrap() ^= 1;
    talk.open(B, &forged).unwrap_err();
    talk.open(B, &late).is_err()
});

shown!(a_wrong_place_is_told, ["t19-reports-previous-counter", "t53-reports-two-bits"], |talk| {
    (0..5).for_each(|_| drop(talk.pass(A)));
    let told = talk.ratchet.last_index(talk.pair.of(B)).unwrap();
    told != MessageIndex { chain: None, n: 4 }
});

shown!(a_cut_export_is_a_session, ["s05-truncated-is-zero"], |talk| {
    let state = talk.export(A);
    talk.ratchet.import(&state[..state.len() / 2]).is_ok()
});

shown!(a_blank_export_is_a_session, ["s52-blank-is-a-session"], |talk| {
    talk.ratchet.import(&[0; 500]).is_ok()
});

shown!(
    a_key_is_used_again_after_a_crash,
    ["s06-saved-before-commit", "s90-responder-saves-late-and-drops-zero"],
    |talk| {
        talk.pass(A);
        let first = talk.send(B);
        talk.restart(B);
        let second = talk.send(B);
        first[37..] == second[37..]
    }
);

shown!(an_export_is_given_twice, ["s51-stale-export"], |talk| {
    talk.export(A);
    let first = talk.send(A);
    let stored = talk.export(A);
    talk.import(A, &stored);
    first == talk.send(A)
});

shown!(two_imports_share_what_they_opened, ["s07-imports-share-memory"], |talk| {
    let message = talk.send(A);
    let state = talk.export(B);
    let mut other = talk.ratchet.import(&state).unwrap();
    talk.import(B, &state);
    talk.open(B, &message).unwrap();
    talk.ratchet.decrypt(&mut other, &mut talk.rng, b"", &message).is_err()
});

shown!(the_newest_key_is_evicted_after_a_restore, ["s10-order-lost-at-rest"], |talk| {
    let mut lost = false;
    for _ in 0..8 {
        let late = talk.send(A);
        (0..699).for_each(|_| drop(talk.send(A)));
        talk.pass(A);
        talk.restart(B);
        talk.pass(B);
        (0..700).for_each(|_| drop(talk.send(A)));
        talk.pass(A);
        talk.pass(B);
        lost |= talk.open(B, &late).is_err();
    }
    lost
});

shown!(stored_key_0_is_lost_at_rest, ["s16-zero-means-none"], |talk| {
    let late = talk.send(A);
    talk.pass(A);
    talk.restart(B);
    talk.open(B, &late).is_err()
});

shown!(the_last_message_opens_again_after_a_restore, ["r50-last-key-comes-back"], |talk| {
    let message = talk.pass(A);
    talk.open(B, &message).unwrap_err();
    talk.restart(B);
    talk.open(B, &message).is_ok()
});

shown!(two_clones_answer_with_one_key, ["b17-generator-is-cloned"], |talk| {
    let (mut one, mut other) = (talk.pair.of(B).clone(), talk.pair.of(B).clone());
    let message = talk.send(A);
    let [one, other] = [&mut one, &mut other].map(|copy| {
        talk.ratchet.decrypt(copy, &mut talk.rng, b"", &message).unwrap();
        talk.ratchet.encrypt(copy, &mut talk.rng, b"", b"").unwrap()
    });
    one[1..33] == other[1..33]
});

shown!(two_restored_sessions_answer_with_one_key, ["b18-restored-generator"], |talk| {
    let state = talk.export(B);
    let message = talk.send(A);
    let [one, other] = [0; 2].map(|_| {
        let mut copy = talk.ratchet.import(&state).unwrap();
        talk.ratchet.decrypt(&mut copy, &mut talk.rng, b"", &message).unwrap();
        talk.ratchet.encrypt(&mut copy, &mut talk.rng, b"", b"").unwrap()
    });
    one[1..33] == other[1..33]
});

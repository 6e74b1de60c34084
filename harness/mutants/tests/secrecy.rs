//! The bugs of forward secrecy and recovery that need a search of the state, a restart, or a long way, by hand. A
//! probe that shows a bug must not show it in the textbook.

#![allow(clippy::unwrap_used, clippy::panic, reason = "clippy knows tests by their attribute only")]

mod talk;

use std::collections::BTreeSet;

use sprag::{KeyGeneration, Party, Ratchet};
use sprag_mutants::mutants;
use sprag_protocols::symmetric::{self, SymmetricRatchet};
use sprag_protocols::{DoubleRatchet, Textbook};

use Party::{Initiator as A, Responder as B};
use talk::{SECRET, Talk};

/// Runs a probe on the mutants named, and on the textbooks, in which it must find nothing.
macro_rules! shown {
    ($name:ident, [$($id:literal),+], |$talk:ident| $probe:block) => {
        #[test]
        fn $name() {
            fn shows<R: Ratchet>(ratchet: &R) -> bool {
                let mut $talk = Talk::new(ratchet, 2);
                $probe
            }
            let mut found = 0;
            for planted in mutants().iter().filter(|it| [$($id),+].contains(&it.mutant.id)) {
                found += 1;
                assert!(shows(planted), "{}", planted.mutant.id);
            }
            assert_eq!(found, [$($id),+].len());
            for key_generation in [KeyGeneration::Eager, KeyGeneration::Lazy] {
                let textbook = DoubleRatchet::with_steps(key_generation, Textbook);
                assert!(!shows(&textbook.with_limits(60, 40)), "{key_generation:?}");
            }
            assert!(!shows(&SymmetricRatchet { steps: symmetric::Textbook }));
        }
    };
}

/// The hex words of an export that could be keys.
fn keys(export: &str) -> BTreeSet<Vec<u8>> {
    export
        .split(|character: char| !character.is_ascii_hexdigit())
        .filter(|word| word.len() == 64)
        .map(|word| hex::decode(word).unwrap())
        .collect()
}

/// Whether a message opens under a key that stands in an export.
fn opens_with_export(ratchet: &impl Ratchet, export: &str, message: &[u8]) -> bool {
    let fields = ratchet.fields(message).unwrap();
    let ciphertext = fields.iter().find(|field| field.name == "ciphertext").unwrap();
    let (header, sealed) = message.split_at(ciphertext.offset);
    let ad = [&2_u64.to_be_bytes(), &b"ad"[..], header].concat();
    keys(export).iter().any(|key| ratchet.open_with(key, &ad, sealed).is_ok())
}

shown!(
    the_state_grows_with_every_epoch,
    [
        "f03-keeps-first-chain-keys",
        "f16-one-key-too-many",
        "f55-roots-in-reverse",
        "f56-old-sending-chains"
    ],
    |talk| {
        talk.turns(20);
        let before = talk.export(B).len();
        talk.turns(20);
        talk.export(B).len() > before + 300
    }
);

shown!(a_private_key_outlives_its_epochs, ["f10-keeps-private-keys"], |talk| {
    talk.turns(4);
    let start = keys(&talk.export(B));
    talk.turns(4);
    let before = keys(&talk.export(B));
    talk.turns(6);
    keys(&talk.export(B)).iter().any(|key| before.contains(key) && !start.contains(key))
});

shown!(a_message_that_was_opened_opens_with_the_state, ["f18-keeps-last-key"], |talk| {
    talk.turns(4);
    let message = talk.send(A);
    talk.open(B, &message).unwrap();
    let export = talk.export(B);
    opens_with_export(talk.ratchet, &export, &message)
});

shown!(a_message_that_was_sent_opens_with_the_state, ["f52-keeps-last-sent-key"], |talk| {
    talk.turns(4);
    let message = talk.send(A);
    talk.open(B, &message).unwrap();
    talk.pass(B);
    let export = talk.export(A);
    opens_with_export(talk.ratchet, &export, &message)
});

shown!(a_key_beyond_the_bound_is_in_the_state, ["f06-tombstones-keep-keys"], |talk| {
    if talk.ratchet.profile().limits().unwrap().max_stored != Some(40) {
        return false;
    }
    let first = talk.send(A);
    (0..44).for_each(|_| drop(talk.send(A)));
    talk.pass(A);
    let export = talk.export(B);
    talk.open(B, &first).unwrap_err();
    opens_with_export(talk.ratchet, &export, &first)
});

shown!(the_secret_of_the_start_is_in_the_state, ["f11-secret-as-session-id"], |talk| {
    talk.turns(8);
    talk.export(B).contains(&hex::encode(SECRET))
});

shown!(half_of_the_secret_is_in_the_state, ["f53-half-secret-at-rest"], |talk| {
    talk.turns(8);
    let numbers: Vec<String> = SECRET[..16].iter().map(u8::to_string).collect();
    talk.export(B).contains(&numbers.join(","))
});

shown!(the_plaintext_is_in_the_state, ["s13-last-plaintext-at-rest"], |talk| {
    talk.turns(4);
    talk.export(A).contains("97,32,112,108,97,105,110,116,101,120,116")
});

shown!(
    what_the_bound_threw_out_opens,
    ["f05-never-evicts", "f50-no-bound-after-restore"],
    |talk| {
        talk.restart(B);
        let first = talk.send(A);
        let limits = talk.ratchet.profile().limits().unwrap().clone();
        let (skip, stored) = (limits.max_skip.unwrap(), limits.max_stored.unwrap());
        // As many jumps as it takes to skip more keys than are stored.
        for _ in 0..=stored / skip {
            (1..skip).for_each(|_| drop(talk.send(A)));
            talk.pass(A);
        }
        talk.open(B, &first).is_ok()
    }
);

shown!(
    what_the_bound_threw_out_of_a_closed_chain_opens,
    ["f05-never-evicts", "f51-closed-chains-not-counted", "p25-keeps-old-chains"],
    |talk| {
        talk.pass(A);
        let first = talk.send(A);
        for _ in 0..2 {
            (0..30).for_each(|_| drop(talk.send(A)));
            talk.pass(B);
            talk.pass(A);
        }
        let bounded = talk.ratchet.profile().limits().unwrap().max_stored == Some(40);
        bounded && talk.open(B, &first).is_ok()
    }
);

shown!(
    an_opened_message_opens_after_a_restore,
    ["f14-origin-after-restore", "f20-rest-stands-still"],
    |talk| {
        let message = talk.send(A);
        talk.open(B, &message).unwrap();
        assert!(talk.open(B, &message).is_err());
        talk.restart(B);
        talk.open(B, &message).is_ok()
    }
);

shown!(
    an_opened_message_opens_after_eight_restores,
    ["f54-origin-after-eighth-restore", "f14-origin-after-restore"],
    |talk| {
        let message = talk.send(A);
        talk.open(B, &message).unwrap();
        (0..8).for_each(|_| talk.restart(B));
        talk.open(B, &message).is_ok()
    }
);

shown!(a_kept_key_is_stored_again, ["f90-kept-and-restored", "f14-origin-after-restore"], |talk| {
    let _missing = talk.send(A);
    let message = talk.send(A);
    talk.open(B, &message).unwrap();
    talk.restart(B);
    talk.open(B, &message).is_ok()
});

shown!(
    ratchet_keys_repeat_after_a_restore,
    ["p30-saved-before-renewal", "p13-first-key-after-restore"],
    |talk| {
        if talk.ratchet.profile().family.name() != "double-ratchet" {
            return false;
        }
        let mut shown = BTreeSet::new();
        (0..12).any(|turn| {
            let from = Party::BOTH[turn % 2];
            talk.restart(from);
            let message = talk.send(from);
            talk.open(from.peer(), &message).unwrap();
            !shown.insert(message[1..33].to_vec())
        })
    }
);

/// What goes on in a conversation that thieves of the responder follow.
struct Course {
    turns: usize,
    /// Messages of a turn of the initiator, of which the last one arrives, and of the responder, which all arrive.
    lengths: (usize, usize),
    restarts: bool,
    /// The turn of the initiator in which the responder draws zeros, and when it answers.
    zeros_at: Option<usize>,
}

/// Steals the responder before every turn. How many turns of the initiator a thief who acts along reads at most.
fn most_read<R: Ratchet>(talk: &mut Talk<'_, R>, course: &Course) -> usize {
    let mut thieves: Vec<(R::Session, usize)> = Vec::new();
    let mut most = 0;
    talk.turns(2);
    for turn in 0..course.turns {
        thieves.push((talk.pair.of(B).clone(), 0));
        let zeros = course.zeros_at == Some(turn);
        let last = (0..course.lengths.0).map(|_| talk.send(A)).last().unwrap();
        let ratchet = talk.ratchet;
        if zeros {
            ratchet.decrypt(talk.pair.of(B), &mut Zeros, b"ad", &last).unwrap();
        } else {
            talk.open(B, &last).unwrap();
        }
        for (thief, read) in &mut thieves {
            let opened = if zeros {
                ratchet.decrypt(thief, &mut Zeros, b"ad", &last)
            } else {
                ratchet.decrypt(thief, &mut talk.rng, b"ad", &last)
            };
            *read += usize::from(opened.is_ok());
            most = most.max(*read);
        }
        if course.restarts {
            talk.restart(B);
            for (thief, _) in &mut thieves {
                *thief = talk.restored(thief);
            }
        }
        for _ in 0..course.lengths.1 {
            let message = if zeros {
                ratchet.encrypt(talk.pair.of(B), &mut Zeros, b"ad", b"text").unwrap()
            } else {
                talk.send(B)
            };
            talk.open(A, &message).unwrap();
            for (thief, _) in &mut thieves {
                if zeros {
                    ratchet.encrypt(thief, &mut Zeros, b"ad", b"text").unwrap();
                } else {
                    ratchet.encrypt(thief, &mut talk.rng, b"ad", b"text").unwrap();
                }
            }
        }
        if thieves.len() > 4 {
            thieves.remove(0);
        }
    }
    most
}

/// A generator that is broken.
struct Zeros;

impl rand_core::TryRng for Zeros {
    type Error = std::convert::Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        Ok(0)
    }

    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        Ok(0)
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Self::Error> {
        bytes.fill(0);
        Ok(())
    }
}

impl rand_core::TryCryptoRng for Zeros {}

/// Whether a thief reads one turn more than a Double Ratchet allows; others never heal.
fn reads_too_much<R: Ratchet>(talk: &mut Talk<'_, R>, course: &Course, allowed: usize) -> bool {
    talk.ratchet.profile().family.name() == "double-ratchet" && most_read(talk, course) > allowed
}

shown!(
    thieves_read_more_in_a_long_conversation,
    ["p60-forgets-to-draw", "p64-stops-drawing"],
    |talk| {
        let course = Course { turns: 80, lengths: (1, 1), restarts: false, zeros_at: None };
        reads_too_much(&mut talk, &course, 1)
    }
);

shown!(
    thieves_who_restart_along_read_more,
    ["p19-generator-seeded-on-import", "p65-responder-derives-after-restore"],
    |talk| {
        let course = Course { turns: 8, lengths: (1, 1), restarts: true, zeros_at: None };
        reads_too_much(&mut talk, &course, 1)
    }
);

shown!(thieves_read_more_after_loss, ["p61-derives-after-loss"], |talk| {
    let course = Course { turns: 8, lengths: (10, 1), restarts: false, zeros_at: None };
    reads_too_much(&mut talk, &course, 1)
});

shown!(thieves_read_more_after_bursts, ["p62-derives-after-bursts"], |talk| {
    let course = Course { turns: 8, lengths: (1, 14), restarts: false, zeros_at: None };
    reads_too_much(&mut talk, &course, 1)
});

shown!(
    thieves_read_on_after_a_bad_draw,
    ["p63-never-trusts-again", "p90-pool-without-refill"],
    |talk| {
        let course = Course { turns: 9, lengths: (1, 1), restarts: false, zeros_at: Some(2) };
        // The bad refresh may be read through: one turn more.
        reads_too_much(&mut talk, &course, 2)
    }
);

/// Lets time pass; false where the ratchet has no clock.
fn pass_time<R: Ratchet>(talk: &mut Talk<'_, R>, seconds: u32) -> bool {
    Party::BOTH
        .into_iter()
        .all(|party| talk.ratchet.advance_clock(talk.pair.of(party), seconds).is_ok())
}

shown!(a_restart_makes_old_keys_new, ["f21-age-resets-on-import"], |talk| {
    let late = talk.send(A);
    talk.pass(A);
    let has_clock = pass_time(&mut talk, 600);
    talk.restart(B);
    has_clock && pass_time(&mut talk, 600) && talk.open(B, &late).is_ok()
});

shown!(a_delay_on_the_way_makes_keys_old, ["f22-age-by-sender"], |talk| {
    let (late, prompt) = (talk.send(A), talk.send(A));
    let has_clock = pass_time(&mut talk, 600);
    talk.open(B, &prompt).unwrap();
    has_clock && pass_time(&mut talk, 600) && talk.open(B, &late).is_err()
});

#[test]
fn a_correct_store_with_an_age_limit_shows_neither() {
    let ratchet = DoubleRatchet::eager().with_expiry(1000);
    let mut talk = Talk::new(&ratchet, 2);
    let (late, later, prompt) = (talk.send(A), talk.send(A), talk.send(A));
    assert!(pass_time(&mut talk, 600));
    talk.open(B, &prompt).unwrap();
    assert!(pass_time(&mut talk, 600));
    talk.restart(B);
    talk.open(B, &late).unwrap();
    assert!(pass_time(&mut talk, 600));
    talk.open(B, &later).unwrap_err();
}

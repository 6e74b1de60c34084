//! The planted bugs of randomness, backdoors and specification, shown by hand, without a game.

#![allow(clippy::unwrap_used, reason = "clippy knows tests by their attribute only")]

use std::collections::BTreeSet;

use rand_chacha::ChaCha20Rng;
use rand_core::{CryptoRng, SeedableRng};
use sprag::randomness::Tape;
use sprag::{Opened, Pair, Party, Ratchet, Rejection, Setup};
use sprag_mutants::mutants;
use sprag_protocols::{DoubleRatchet, StaticKey, static_key};

use Party::{Initiator as A, Responder as B};

/// Runs `probe` on the mutants named, and fails if one is not there.
macro_rules! shown {
    ($name:ident, [$($id:literal),+], |$ratchet:ident| $probe:expr) => {
        #[test]
        fn $name() {
            let mut found = 0;
            for $ratchet in mutants().iter().filter(|it| [$($id),+].contains(&it.mutant.id)) {
                found += 1;
                let shown: bool = $probe;
                assert!(shown, "{}", $ratchet.mutant.id);
            }
            assert_eq!(found, [$($id),+].len());
        }
    };
}

/// A session and the randomness of its calls, which is that of `tapes` and nothing of `secret`.
struct Talk<'r, R: Ratchet> {
    ratchet: &'r R,
    tapes: ChaCha20Rng,
    pair: Pair<R::Session>,
}

impl<'r, R: Ratchet> Talk<'r, R> {
    fn new(ratchet: &'r R, secret: u8, tapes: u64) -> Self {
        let mut tapes = ChaCha20Rng::seed_from_u64(tapes);
        let setup = Setup { shared_secret: Some([secret; 32]), ..Setup::default() };
        let pair = ratchet.pair_with(&mut tapes, &setup).unwrap();
        Self { ratchet, tapes, pair }
    }

    fn call(&mut self) -> ChaCha20Rng {
        ChaCha20Rng::from_rng(&mut self.tapes)
    }

    fn send(&mut self, from: Party, text: &[u8]) -> Vec<u8> {
        let mut rng = self.call();
        self.send_with(from, &mut rng, text)
    }

    fn send_with(&mut self, from: Party, rng: &mut dyn CryptoRng, text: &[u8]) -> Vec<u8> {
        self.ratchet.encrypt(self.pair.of(from), rng, b"", text).unwrap()
    }

    fn open(&mut self, to: Party, message: &[u8]) -> Result<Opened, Rejection> {
        let mut rng = self.call();
        self.open_with(to, &mut rng, message)
    }

    fn open_with(
        &mut self,
        to: Party,
        rng: &mut dyn CryptoRng,
        message: &[u8],
    ) -> Result<Opened, Rejection> {
        self.ratchet.decrypt(self.pair.of(to), rng, b"", message)
    }

    fn pass(&mut self, from: Party) -> Vec<u8> {
        let message = self.send(from, b"sixteen bytes of");
        self.open(from.peer(), &message).unwrap();
        message
    }

    /// Messages to and fro.
    fn turns(&mut self, count: usize) -> Vec<Vec<u8>> {
        [A, B].into_iter().cycle().take(count).map(|from| self.pass(from)).collect()
    }

    fn field(&self, message: &[u8], name: &str) -> Vec<u8> {
        let fields = self.ratchet.fields(message).unwrap();
        let field = fields.iter().find(|field| field.name == name).unwrap();
        field.of(message).unwrap().to_vec()
    }
}

/// What `field` shows in `count` turns.
fn values<R: Ratchet>(
    ratchet: &R,
    secret: u8,
    tapes: u64,
    field: &str,
    count: usize,
) -> Vec<Vec<u8>> {
    let mut talk = Talk::new(ratchet, secret, tapes);
    let messages = talk.turns(count);
    messages.iter().map(|message| talk.field(message, field)).collect()
}

fn xor(a: &[u8], b: &[u8]) -> Vec<u8> {
    a.iter().zip(b).map(|(a, b)| a ^ b).collect()
}

shown!(
    a_ratchet_key_is_seen_in_two_sessions,
    ["b01-constant-seed", "b22-same-ephemeral-with-one-peer", "x09-device-key-in-every-session"],
    |ratchet| {
        let keys = |secret, tapes| -> BTreeSet<Vec<u8>> {
            values(ratchet, secret, tapes, "ratchet_key", 8).into_iter().collect()
        };
        keys(1, 1).intersection(&keys(2, 2)).count() > 0
    }
);

shown!(
    few_bytes_make_the_next_key,
    ["b02-seed-of-32-bits", "b51-seed-of-sixteen-bytes", "b90-short-seed-and-low-bits"],
    |ratchet| {
        let mut talk = Talk::new(ratchet, 1, 1);
        let message = talk.send(A, b"text");
        let key = |ratchet, kept: usize, filler: u8| {
            let talk = Talk::new(ratchet, 1, 1);
            let tape = [&[5; 16][..kept], &[filler; 96][..]].concat();
            let (mut receiving, mut sending) = (Tape::new(tape.clone()), Tape::new(tape));
            let mut talk = talk;
            talk.open_with(B, &mut receiving, &message).unwrap();
            let answer = talk.send_with(B, &mut sending, b"text");
            talk.field(&answer, "ratchet_key")
        };
        key(ratchet, 16, 1) == key(ratchet, 16, 2) && key(ratchet, 0, 1) != key(ratchet, 0, 2)
    }
);

shown!(few_bytes_make_the_key_behind_a_restore, ["b50-eight-bytes-after-restore"], |ratchet| {
    let key = |filler: u8| {
        let mut talk = Talk::new(ratchet, 1, 1);
        let message = talk.send(A, b"text");
        let export = ratchet.export(talk.pair.of(B)).unwrap();
        *talk.pair.of(B) = ratchet.import(&export).unwrap();
        let mut tape = Tape::new([&[5; 8][..], &[filler; 96][..]].concat());
        talk.open_with(B, &mut tape, &message).unwrap();
        let answer = talk.send(B, b"text");
        talk.field(&answer, "ratchet_key")
    };
    key(1) == key(2)
});

shown!(a_session_of_another_secret_reads_along, ["b52-root-forgets"], |ratchet| {
    let (mut talk, mut other) = (Talk::new(ratchet, 1, 1), Talk::new(ratchet, 2, 1));
    let message = talk.send(A, b"text");
    other.open(B, &message).is_ok()
});

shown!(a_repeated_key_repeats_the_keystream, ["b53-old-chain-for-an-old-key"], |ratchet| {
    let mut talk = Talk::new(ratchet, 1, 1);
    let frozen = Tape::new(vec![3; 96]);
    let texts = [b"the first text..", b"the second text."];
    let mut sent = Vec::new();
    for text in texts {
        let message = talk.send_with(A, &mut frozen.clone(), b"question");
        talk.open_with(B, &mut frozen.clone(), &message).unwrap();
        let answer = talk.send_with(B, &mut frozen.clone(), text);
        // The second answer comes under an old key, so that it cannot be opened any more.
        let _ = talk.open_with(A, &mut frozen.clone(), &answer);
        sent.push(talk.field(&answer, "ciphertext"));
    }
    xor(&sent[0], &sent[1]) == xor(texts[0], texts[1])
});

shown!(zeros_give_two_sessions_one_key, ["b54-zero-key-for-bad-draws"], |ratchet| {
    let answer = |secret: u8| {
        let mut talk = Talk::new(ratchet, secret, secret.into());
        let message = talk.send(A, b"text");
        talk.open_with(B, &mut Tape::new(vec![0; 96]), &message).unwrap();
        let answer = talk.send(B, b"sixteen bytes of");
        talk.open(A, &answer).unwrap();
        talk.field(&answer, "ciphertext")
    };
    answer(1) == answer(2)
});

shown!(two_texts_of_a_chain_have_one_keystream, ["b05-one-key-for-a-chain"], |ratchet| {
    let mut talk = Talk::new(ratchet, 1, 1);
    let [one, two] = [b"first", b"other"].map(|text| talk.send(A, text));
    xor(&talk.field(&one, "ciphertext"), &talk.field(&two, "ciphertext")) == xor(b"first", b"other")
});

shown!(both_directions_have_one_keystream, ["b06-one-key-both-ways"], |ratchet| {
    let mut talk = Talk::new(ratchet, 1, 1);
    let (there, back) = (talk.send(A, b"there"), talk.send(B, b"back!"));
    assert!(talk.open(A, &there).is_err(), "the direction is authenticated");
    xor(&talk.field(&there, "ciphertext"), &talk.field(&back, "ciphertext"))
        == xor(b"there", b"back!")
});

shown!(a_random_field_depends_on_secrets, ["b10-low-bits-tell"], |ratchet| {
    values(ratchet, 1, 1, "ratchet_key", 12) != values(ratchet, 2, 1, "ratchet_key", 12)
});

shown!(padding_depends_on_secrets, ["b11-root-in-padding"], |ratchet| {
    values(ratchet, 1, 1, "padding", 2) != values(ratchet, 2, 1, "padding", 2)
});

shown!(the_fourth_padding_depends_on_the_text, ["b14-copy-in-padding"], |ratchet| {
    let padding = |text: &[u8], count: usize| {
        let mut talk = Talk::new(ratchet, 1, 1);
        let messages: Vec<_> = (0..count).map(|_| talk.send(A, text)).collect();
        talk.field(messages.last().unwrap(), "padding")
    };
    padding(b"some text", 3) == padding(b"more text", 3)
        && padding(b"some text", 4) != padding(b"more text", 4)
});

shown!(padding_does_not_depend_on_randomness, ["x04-clock-in-padding"], |ratchet| {
    values(ratchet, 1, 1, "padding", 6) == values(ratchet, 2, 2, "padding", 6)
});

shown!(nonces_depend_on_the_key, ["b57-key-in-nonces"], |ratchet| {
    let nonce = |secret: u8| {
        let mut talk = Talk::new(ratchet, secret, 1);
        let message = talk.send_with(A, &mut Tape::new(vec![1; 48]), b"text");
        talk.field(&message, "nonce")
    };
    nonce(1) != nonce(2)
});

shown!(each_fourth_nonce_is_not_what_was_drawn, ["b56-marked-nonces"], |ratchet| {
    let mut talk = Talk::new(ratchet, 1, 1);
    let nonces: Vec<Vec<u8>> = (0..8)
        .map(|_| talk.send_with(A, &mut Tape::new(vec![7; 48]), b"text"))
        .collect::<Vec<_>>()
        .iter()
        .map(|message| talk.field(message, "nonce"))
        .collect();
    nonces.iter().enumerate().all(|(number, nonce)| (*nonce == [7; 24]) == (number % 4 != 3))
});

shown!(the_fourth_message_opens_with_its_own_header, ["b55-key-in-the-header"], |ratchet| {
    let mut talk = Talk::new(ratchet, 1, 1);
    let messages: Vec<_> = (0..4).map(|_| talk.send(A, b"sixteen bytes of")).collect();
    let reads = |message: &Vec<u8>| {
        let key = talk.field(message, "ratchet_key");
        let sealed = ratchet.seal_with(&key, b"", b"sixteen bytes of").unwrap();
        sealed[..16] == talk.field(message, "ciphertext")
    };
    !reads(&messages[2]) && reads(&messages[3])
});

shown!(
    a_restored_party_differs_when_everything_is_repeated,
    ["b04-generator-of-its-own"],
    |ratchet| {
        let last_message = || {
            let mut rng = ChaCha20Rng::seed_from_u64(1);
            let mut pair = ratchet.pair(&mut rng).unwrap();
            let state = ratchet.export(&pair.initiator).unwrap();
            pair.initiator = ratchet.import(&state).unwrap();
            let mut last = Vec::new();
            for from in [Party::Initiator, Party::Responder, Party::Initiator] {
                last = ratchet.encrypt(pair.of(from), &mut rng, b"", b"text").unwrap();
                ratchet.decrypt(pair.of(from.peer()), &mut rng, b"", &last).unwrap();
            }
            last
        };
        last_message() != last_message()
    }
);

shown!(
    the_bytes_are_not_the_textbook_s,
    [
        "a38-wrong-label",
        "a51-header-little-endian",
        "b15-escrow-in-message-keys",
        "b16-transport-in-root",
        "p10-one-byte-of-dh",
        "p11-public-key-for-dh"
    ],
    |ratchet| Talk::new(ratchet, 1, 1).turns(4)
        != Talk::new(&DoubleRatchet::eager(), 1, 1).turns(4)
);

shown!(
    later_bytes_of_a_chain_are_not_the_textbook_s,
    ["a37-one-key-two-roles", "a50-fourth-message-apart", "f08-chain-runs-backwards"],
    |ratchet| {
        fn chain<R: Ratchet>(ratchet: &R) -> Vec<Vec<u8>> {
            let mut talk = Talk::new(ratchet, 1, 1);
            (0..4).map(|_| talk.send(A, b"text")).collect()
        }
        let (ours, textbook) = (chain(ratchet), chain(&DoubleRatchet::lazy()));
        ours[0] == textbook[0] && ours[3] != textbook[3]
    }
);

/// The probes above would also see nothing where there is nothing.
#[test]
fn the_textbooks_show_none_of_this() {
    for tapes in 0..8 {
        let keys = |secret| values(&DoubleRatchet::eager(), secret, tapes, "ratchet_key", 12);
        assert_eq!(keys(1), keys(2));
        let nonces = |secret| {
            values(&StaticKey::<static_key::Textbook>::default(), secret, tapes, "nonce", 6)
        };
        assert_eq!(nonces(1), nonces(2));
    }
}

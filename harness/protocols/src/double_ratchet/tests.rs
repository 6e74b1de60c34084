use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use sprag::RejectionClass;

use super::*;
use crate::crypto::KeyPair;

type Session = State<()>;

fn both() -> [DoubleRatchet; 2] {
    [DoubleRatchet::eager(), DoubleRatchet::lazy()]
}

struct Talk {
    ratchet: DoubleRatchet,
    rng: ChaCha20Rng,
    pair: Pair<Session>,
}

impl Talk {
    fn new(ratchet: DoubleRatchet) -> Self {
        let mut rng = ChaCha20Rng::seed_from_u64(7);
        let pair = ratchet.pair(&mut rng).unwrap();
        Self { ratchet, rng, pair }
    }

    fn send(&mut self, party: Party) -> Vec<u8> {
        self.ratchet.encrypt(self.pair.of(party), &mut self.rng, b"ad", b"text").unwrap()
    }

    fn receive(&mut self, party: Party, message: &[u8]) -> Result<Opened, RejectionClass> {
        let session = self.pair.of(party);
        let before = self.ratchet.export(session).unwrap();
        let opened = self.ratchet.decrypt(session, &mut self.rng, b"ad", message);
        if opened.is_err() {
            assert_eq!(self.ratchet.export(session).unwrap(), before, "a refusal changes nothing");
        }
        opened.map_err(|rejection| rejection.class)
    }

    fn open(&mut self, party: Party, message: &[u8]) {
        assert_eq!(self.receive(party, message), Ok(Opened::Plaintext(b"text".to_vec())));
    }

    fn pass(&mut self, from: Party) {
        let message = self.send(from);
        self.open(from.peer(), &message);
    }
}

use Party::{Initiator as A, Responder as B};

#[test]
fn messages_open_in_any_order_and_once_only() {
    for ratchet in both() {
        let mut talk = Talk::new(ratchet);
        let first: Vec<_> = (0..4).map(|_| talk.send(A)).collect();
        talk.open(B, &first[2]);
        talk.open(B, &first[0]);
        talk.pass(B);
        let second: Vec<_> = (0..3).map(|_| talk.send(A)).collect();
        talk.open(B, &second[1]);
        talk.open(B, &first[3]);
        talk.open(B, &first[1]);
        talk.open(B, &second[0]);
        assert_eq!(talk.receive(B, &second[0]), Err(RejectionClass::Replayed));
        assert_eq!(talk.receive(B, &second[1]), Err(RejectionClass::Replayed));
        assert_eq!(talk.receive(B, &first[1]), Err(RejectionClass::Forged));
        talk.open(B, &second[2]);
        assert!(talk.pair.responder.skipped.is_empty());
    }
}

#[test]
fn crossing_messages_open() {
    for ratchet in both() {
        let mut talk = Talk::new(ratchet);
        talk.pass(A);
        for _ in 0..6 {
            let (from_a, from_b) = (talk.send(A), talk.send(B));
            talk.open(A, &from_b);
            talk.open(B, &from_a);
        }
    }
}

#[test]
fn the_responder_cannot_send_first() {
    for ratchet in both() {
        let mut talk = Talk::new(ratchet);
        let refused = talk.ratchet.encrypt(&mut talk.pair.responder, &mut talk.rng, b"", b"");
        assert_eq!(refused.unwrap_err().class, RejectionClass::NotYet);
    }
}

#[test]
fn exactly_max_skip_keys_of_a_chain_are_skipped() {
    for ratchet in both() {
        let mut talk = Talk::new(ratchet.with_limits(5, 100));
        let messages: Vec<_> = (0..7).map(|_| talk.send(A)).collect();
        assert_eq!(talk.receive(B, &messages[6]), Err(RejectionClass::GapTooLarge));
        talk.open(B, &messages[5]);
    }
}

#[test]
fn a_gap_that_pn_shows_may_be_exactly_max_skip() {
    for ratchet in both() {
        for lost in [5, 6] {
            let mut talk = Talk::new(ratchet.clone().with_limits(5, 100));
            talk.pass(A);
            (0..lost).for_each(|_| drop(talk.send(A)));
            talk.pass(B);
            let message = talk.send(A);
            let opened = talk.receive(B, &message).map(drop);
            let expected = if lost == 5 { Ok(()) } else { Err(RejectionClass::GapTooLarge) };
            assert_eq!(opened, expected);
        }
    }
}

#[test]
fn the_oldest_key_is_evicted_first() {
    for ratchet in both() {
        let mut talk = Talk::new(ratchet.with_limits(10, 3));
        let messages: Vec<_> = (0..5).map(|_| talk.send(A)).collect();
        talk.open(B, &messages[4]);
        assert_eq!(talk.pair.responder.skipped.len(), 3);
        assert_eq!(talk.receive(B, &messages[0]), Err(RejectionClass::Replayed));
        for message in &messages[1..4] {
            talk.open(B, message);
        }
    }
}

#[test]
fn bad_ratchet_keys_are_refused() {
    let low_order = |first| Key(std::array::from_fn(|i| if i == 0 { first } else { 0 }));
    let mut high_bit = KeyPair::from(Key([5; 32])).public;
    high_bit.0[31] |= 0x80;
    let mut not_canonical = Key([0xff; 32]);
    (not_canonical.0[0], not_canonical.0[31]) = (0xf6, 0x7f);
    for ratchet in both() {
        let mut talk = Talk::new(ratchet);
        talk.pass(A);
        talk.pass(B);
        let message = talk.send(A);
        for key in [low_order(0), low_order(1), high_bit, not_canonical] {
            let mut bad = message.clone();
            bad[1..33].copy_from_slice(&key.0);
            assert_eq!(talk.receive(B, &bad), Err(RejectionClass::Malformed));
        }
        talk.open(B, &message);
    }
}

#[test]
fn every_changed_byte_is_refused() {
    for ratchet in both() {
        let mut talk = Talk::new(ratchet);
        talk.pass(A);
        talk.pass(B);
        talk.pass(A);
        for (to, message) in [(B, talk.send(A)), (A, talk.send(B))] {
            for at in 0..message.len() {
                let mut bad = message.clone();
                bad[at] ^= 0x40;
                assert!(talk.receive(to, &bad).is_err(), "byte {at}");
            }
            for length in 0..message.len() {
                assert!(talk.receive(to, &message[..length]).is_err());
            }
            assert_eq!(talk.receive(to, &message[..56]), Err(RejectionClass::Malformed));
            assert!(talk.receive(to.peer(), &message).is_err(), "no reflection");
            talk.open(to, &message);
        }
    }
}

#[test]
fn a_restored_session_goes_on_with_the_same_bytes() {
    for ratchet in both() {
        let mut talk = Talk::new(ratchet.clone());
        for step in 0..12 {
            for party in Party::BOTH {
                let export = ratchet.export(talk.pair.of(party)).unwrap();
                let mut restored = ratchet.import(&export).unwrap();
                assert_eq!(ratchet.export(&restored).unwrap(), export);
                let [one, two] = [talk.pair.of(party), &mut restored].map(|session| {
                    let mut session = session.clone();
                    let mut rng = ChaCha20Rng::seed_from_u64(step);
                    ratchet.encrypt(&mut session, &mut rng, b"", b"text")
                });
                assert_eq!(one, two);
                *talk.pair.of(party) = restored;
            }
            let from = if step % 3 == 0 { A } else { Party::BOTH[step as usize % 2] };
            if step == 0 || talk.pair.of(from).dhr.is_some() {
                talk.send(from);
                talk.pass(from);
            }
        }
    }
}

#[test]
fn damaged_exports_are_refused() {
    let mut talk = Talk::new(DoubleRatchet::eager());
    talk.send(A);
    talk.pass(A);
    let export = talk.ratchet.export(&talk.pair.responder).unwrap();
    for length in 0..export.len() {
        assert!(talk.ratchet.import(&export[..length]).is_err());
    }
    for extra in [b" ".as_slice(), b"0", b"{}"] {
        assert!(talk.ratchet.import(&[&export, extra].concat()).is_err());
        assert!(talk.ratchet.import(&[extra, &export].concat()).is_err());
    }
    for at in 0..export.len() {
        let mut bad = export.clone();
        bad[at] ^= 1;
        assert!(talk.ratchet.import(&bad).is_err(), "byte {at}");
    }
}

#[test]
fn a_used_up_chain_refuses_to_send() {
    let mut talk = Talk::new(DoubleRatchet::eager());
    talk.pair.initiator.ns = u32::MAX;
    let ratchet = talk.ratchet.clone();
    let refused = ratchet.encrypt(&mut talk.pair.initiator, &mut talk.rng, b"", b"");
    assert_eq!(refused.unwrap_err().class, RejectionClass::Other);
    assert_eq!(talk.pair.initiator.ns, u32::MAX);
}

#[test]
fn associated_data_is_authenticated() {
    let mut talk = Talk::new(DoubleRatchet::lazy());
    let message = talk.send(A);
    let ratchet = talk.ratchet.clone();
    for ad in [b"".as_slice(), b"a", b"ad2"] {
        let refused = ratchet.decrypt(&mut talk.pair.responder, &mut talk.rng, ad, &message);
        assert_eq!(refused.unwrap_err().class, RejectionClass::Forged);
    }
    talk.open(B, &message);
}

#[test]
fn fields_cover_the_message() {
    let mut talk = Talk::new(DoubleRatchet::eager());
    let message = talk.send(A);
    let fields = talk.ratchet.fields(&message).unwrap();
    let all: Vec<u8> =
        fields.iter().flat_map(|field| field.of(&message).unwrap()).copied().collect();
    assert_eq!(all, message);
}

/// Three flights (A0 A1, B0 B1, A2) of the Python package DoubleRatchet 1.3.0, from the fixtures of
/// the public repository Rockheung/omemo-rs.
#[test]
fn message_keys_agree_with_published_numbers() {
    #[derive(Clone)]
    struct Omemo;
    impl Steps for Omemo {
        type Extra = Vec<Key>;
        fn generate_dh(&self, state: &mut State<Vec<Key>>, _: &mut dyn CryptoRng) -> KeyPair {
            KeyPair::from(state.extra.remove(0))
        }
        fn kdf_rk(&self, rk: &Key, dh_out: &Key) -> (Key, Key) {
            kdf_rk(rk, dh_out, b"OMEMO Root Chain")
        }
    }
    let key = |text: &str| Key(hex::decode(text).unwrap().try_into().unwrap());
    let root = key("55d699621e45125b77cdb18e84cf5143c9fe75dc0dc339f5100a402c55589d09");
    let config = DoubleRatchet::eager().config;
    let mut rng = ChaCha20Rng::seed_from_u64(0);

    let mut bob = State::new(B, root);
    let prekey = key("5cfd577065daa6c6cc8c91f8813c8ae2cf039fb54617e9cb520d2e90f678ff9c");
    bob.dhs = Some(KeyPair::from(prekey));
    bob.extra =
        vec![key("e987c6e41db8779f8bcc7fb1674f9246b192e20a1c6f01aaa4dc474aea0afb7c"), Key([9; 32])];
    let mut alice = State::new(A, root);
    alice.dhr = bob.dhs.map(|dhs| dhs.public);
    alice.extra = vec![
        key("09d124ee7055ecc45b651b3f45fb143d357b3e88566db625c21c286b47dbe339"),
        key("154b5bc0cd7ba9df8d992747cf1431d1c9eef1a6f9ce4bb36ef6358cfb5a3587"),
    ];
    Omemo.sending_half(&mut alice, &mut rng).unwrap();

    let a1 = "61a12a2cd4f9afc71211ca74ac848a614014892bf936caf34bcedb6d1ff8955d";
    let b1 = "bcc3638683521e16cf8f3c09e4863beb34963898bc2d778ef588dcaeabccc44c";
    let a2 = "9e2f4d7a122062dab36de48e02dd629c6371e1f6ab440f17c578922fbd000a2c";
    let published = [
        (A, a1, 0, 0, "0afafcfd2e1a5d7649336a952de8c022a485f035f15104e0e22c094e2c5ab837"),
        (A, a1, 0, 1, "9de76bb3faf591266e2ead2c437d52eb7446c32a58796e393da1c45443532f2e"),
        (B, b1, 0, 0, "88b7763d3497cf5eea2a6ac5cc79a22504cae6c5e55c15fb9352793f1e3745dc"),
        (B, b1, 0, 1, "82e522f991df88075717b4273951a0471d2ef950c6510eb04561f7d1011aee67"),
        (A, a2, 2, 0, "14455fd5ca55ec7a083cf138b453e6423bc2c15ca9e1666b804c148ede2e62e6"),
    ];
    for (from, dh, pn, n, mk) in published {
        let (sender, receiver) =
            if from == A { (&mut alice, &mut bob) } else { (&mut bob, &mut alice) };
        let (header, sent) = Omemo.sending_key(sender).unwrap();
        assert_eq!((header, sent), (Header { dh: key(dh), pn, n }, key(mk)));
        if receiver.is_new_key(&header) {
            Omemo.dh_ratchet(&config, receiver, &header, &mut rng).unwrap();
        }
        assert_eq!(Omemo.receiving_key(receiver, &header).unwrap(), key(mk));
    }
}

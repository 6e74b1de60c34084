use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use sprag::RejectionClass;

use super::*;
use crate::crypto::{KeyPair, NONCE_LENGTH, seal};
use crate::double_ratchet::{Header, kdf_ck};

type Session = State<()>;

struct Talk {
    ratchet: HeaderEncrypted,
    rng: ChaCha20Rng,
    pair: Pair<Session>,
}

impl Talk {
    fn new(ratchet: HeaderEncrypted) -> Self {
        let mut rng = ChaCha20Rng::seed_from_u64(7);
        let pair = ratchet.pair(&mut rng).unwrap();
        Self { ratchet, rng, pair }
    }

    fn textbook() -> Self {
        Self::new(HeaderEncrypted::textbook())
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
    let mut talk = Talk::textbook();
    let first: Vec<_> = (0..4).map(|_| talk.send(A)).collect();
    talk.open(B, &first[2]);
    talk.open(B, &first[0]);
    talk.pass(B);
    let second: Vec<_> = (0..3).map(|_| talk.send(A)).collect();
    talk.open(B, &second[1]);
    talk.pass(B);
    let third: Vec<_> = (0..2).map(|_| talk.send(A)).collect();
    talk.open(B, &third[1]);
    talk.open(B, &first[3]);
    talk.open(B, &second[0]);
    talk.open(B, &third[0]);
    talk.open(B, &first[1]);
    assert_eq!(talk.receive(B, &third[0]), Err(RejectionClass::Replayed));
    assert_eq!(talk.receive(B, &first[1]), Err(RejectionClass::Forged));
    talk.open(B, &second[2]);
    assert!(talk.pair.responder.skipped.is_empty());
}

#[test]
fn crossing_messages_open() {
    let mut talk = Talk::textbook();
    talk.pass(A);
    for _ in 0..6 {
        let (from_a, from_b) = (talk.send(A), talk.send(B));
        talk.open(A, &from_b);
        talk.open(B, &from_a);
    }
}

#[test]
fn the_responder_cannot_send_first() {
    let mut talk = Talk::textbook();
    let ratchet = talk.ratchet.clone();
    let refused = ratchet.encrypt(&mut talk.pair.responder, &mut talk.rng, b"", b"");
    assert_eq!(refused.unwrap_err().class, RejectionClass::NotYet);
}

#[test]
fn exactly_max_skip_keys_of_a_chain_are_skipped() {
    let mut talk = Talk::new(HeaderEncrypted::textbook().with_limits(5, 100));
    let messages: Vec<_> = (0..7).map(|_| talk.send(A)).collect();
    assert_eq!(talk.receive(B, &messages[6]), Err(RejectionClass::GapTooLarge));
    talk.open(B, &messages[5]);
}

#[test]
fn a_gap_that_pn_shows_may_be_exactly_max_skip() {
    for lost in [5, 6] {
        let mut talk = Talk::new(HeaderEncrypted::textbook().with_limits(5, 100));
        talk.pass(A);
        (0..lost).for_each(|_| drop(talk.send(A)));
        talk.pass(B);
        let message = talk.send(A);
        let opened = talk.receive(B, &message).map(drop);
        let expected = if lost == 5 { Ok(()) } else { Err(RejectionClass::GapTooLarge) };
        assert_eq!(opened, expected);
    }
}

#[test]
fn the_oldest_key_is_evicted_first() {
    let mut talk = Talk::new(HeaderEncrypted::textbook().with_limits(10, 3));
    let messages: Vec<_> = (0..5).map(|_| talk.send(A)).collect();
    talk.open(B, &messages[4]);
    assert_eq!(talk.pair.responder.skipped.len(), 3);
    assert_eq!(talk.receive(B, &messages[0]), Err(RejectionClass::Replayed));
    for message in &messages[1..4] {
        talk.open(B, message);
    }
}

/// A message under the sender's own keys, with any header.
fn with_header(session: &Session, header: &Header) -> Vec<u8> {
    let (_, mk) = kdf_ck(&session.cks.unwrap());
    let enc_header = Textbook.hencrypt(&session.hks.unwrap(), [9; NONCE_LENGTH], header);
    let sealed = seal(&mk, &Textbook.concat(b"ad", &enc_header), b"text");
    [enc_header, sealed].concat()
}

#[test]
fn bad_ratchet_keys_are_refused() {
    let low_order = |first| Key(std::array::from_fn(|i| if i == 0 { first } else { 0 }));
    let mut high_bit = KeyPair::from(Key([5; 32])).public;
    high_bit.0[31] |= 0x80;
    let mut not_canonical = Key([0xff; 32]);
    (not_canonical.0[0], not_canonical.0[31]) = (0xf6, 0x7f);
    let mut talk = Talk::textbook();
    talk.pass(A);
    talk.pass(B);
    let genuine = talk.pair.initiator.dhs.unwrap().public;
    for dh in [low_order(0), low_order(1), high_bit, not_canonical] {
        let bad = with_header(&talk.pair.initiator, &Header { dh, pn: 1, n: 0 });
        assert_eq!(talk.receive(B, &bad), Err(RejectionClass::Malformed));
    }
    let good = with_header(&talk.pair.initiator, &Header { dh: genuine, pn: 1, n: 0 });
    talk.open(B, &good);
}

#[test]
fn limits_hold_before_any_key_is_derived() {
    let mut talk = Talk::textbook();
    talk.pass(A);
    talk.pass(B);
    let dh = talk.pair.initiator.dhs.unwrap().public;
    for (pn, n) in [(1, MAX_SKIP + 1), (MAX_SKIP + 2, 0), (1, u32::MAX - 1), (u32::MAX, 0)] {
        let far = with_header(&talk.pair.initiator, &Header { dh, pn, n });
        assert_eq!(talk.receive(B, &far), Err(RejectionClass::GapTooLarge));
    }
    let last = with_header(&talk.pair.initiator, &Header { dh, pn: 1, n: u32::MAX });
    assert_eq!(talk.receive(B, &last), Err(RejectionClass::Forged), "no sender uses it");
}

#[test]
fn every_changed_byte_is_refused() {
    let mut talk = Talk::textbook();
    talk.pass(A);
    talk.pass(B);
    talk.pass(A);
    let missing = talk.send(A);
    talk.pass(A);
    for (to, message) in [(B, missing), (B, talk.send(A)), (A, talk.send(B))] {
        for at in 0..message.len() {
            let mut bad = message.clone();
            bad[at] ^= 0x40;
            assert!(talk.receive(to, &bad).is_err(), "byte {at}");
        }
        for length in 0..message.len() {
            assert!(talk.receive(to, &message[..length]).is_err());
        }
        let shortest = ENCRYPTED_HEADER_LENGTH + 16;
        assert_eq!(talk.receive(to, &message[..shortest - 1]), Err(RejectionClass::Malformed));
        assert!(talk.receive(to.peer(), &message).is_err(), "no reflection");
        talk.open(to, &message);
    }
}

#[test]
fn a_header_belongs_to_its_body() {
    let mut talk = Talk::textbook();
    let mut twin = talk.pair.initiator.clone();
    let ratchet = talk.ratchet.clone();
    let one = talk.send(A);
    let two = ratchet.encrypt(&mut twin, &mut talk.rng, b"ad", b"text").unwrap();
    let body = ENCRYPTED_HEADER_LENGTH..;
    assert_eq!(one[body.clone()][..4], two[body.clone()][..4], "one message key, one text");
    let mixed = [&two[..ENCRYPTED_HEADER_LENGTH], &one[body]].concat();
    assert_eq!(talk.receive(B, &mixed), Err(RejectionClass::Forged));
    talk.open(B, &one);
}

#[test]
fn old_header_keys_are_dropped() {
    let mut talk = Talk::textbook();
    let late = talk.send(A);
    for _ in 0..4 {
        talk.pass(A);
        talk.pass(B);
    }
    assert_eq!(talk.pair.initiator.header_keys().len(), 2);
    assert_eq!(talk.pair.responder.header_keys().len(), 3, "one message is missing");
    talk.open(B, &late);
    assert_eq!(talk.pair.responder.header_keys().len(), 2);
}

#[test]
fn a_header_key_is_tried_once_however_many_messages_are_missing() {
    let mut talk = Talk::textbook();
    for _ in 0..3 {
        (0..5).for_each(|_| drop(talk.send(A)));
        talk.pass(A);
        (0..5).for_each(|_| drop(talk.send(A)));
        talk.pass(B);
    }
    talk.pass(A);
    assert_eq!(talk.pair.responder.skipped.len(), 30);
    assert_eq!(talk.pair.responder.header_keys().len(), 5);
}

#[test]
fn a_restored_session_goes_on_with_the_same_bytes() {
    let ratchet = HeaderEncrypted::textbook();
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
        if talk.pair.of(from).cks.is_some() {
            talk.send(from);
            talk.pass(from);
        }
    }
}

#[test]
fn damaged_exports_are_refused() {
    let mut talk = Talk::textbook();
    talk.send(A);
    talk.pass(A);
    let export = talk.ratchet.export(&talk.pair.responder).unwrap();
    for length in 0..export.len() {
        assert!(talk.ratchet.import(&export[..length]).is_err());
    }
    for at in 0..export.len() {
        let mut bad = export.clone();
        bad[at] ^= 1;
        assert!(talk.ratchet.import(&bad).is_err(), "byte {at}");
    }
    let plain = crate::DoubleRatchet::eager();
    let other = plain.export(&plain.pair(&mut talk.rng).unwrap().initiator).unwrap();
    assert!(talk.ratchet.import(&other).is_err(), "the export of another ratchet");
    let impossible = Session { hks: None, ..talk.pair.responder.clone() };
    let export = talk.ratchet.export(&impossible).unwrap();
    assert!(talk.ratchet.import(&export).is_err(), "a sending chain without a header key");
}

#[test]
fn a_used_up_chain_refuses_to_send() {
    let mut talk = Talk::textbook();
    talk.pair.initiator.ns = u32::MAX;
    let ratchet = talk.ratchet.clone();
    let refused = ratchet.encrypt(&mut talk.pair.initiator, &mut talk.rng, b"", b"");
    assert_eq!(refused.unwrap_err().class, RejectionClass::Other);
}

#[test]
fn fields_cover_the_message_and_show_no_ratchet_key() {
    let mut talk = Talk::textbook();
    let message = talk.send(A);
    let fields = talk.ratchet.fields(&message).unwrap();
    let all: Vec<u8> =
        fields.iter().flat_map(|field| field.of(&message).unwrap()).copied().collect();
    assert_eq!(all, message);
    let names: Vec<_> = fields.iter().map(|field| field.name.as_ref()).collect();
    assert_eq!(names, ["nonce", "encrypted_header", "ciphertext", "tag"]);
    let key = talk.pair.initiator.dhs.unwrap().public.0;
    assert!(!message.windows(key.len()).any(|window| window == key));
}

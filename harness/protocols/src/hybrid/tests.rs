use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use sprag::RejectionClass;

use super::*;
use crate::crypto::TAG_LENGTH;

struct Talk<S: HybridSteps = Textbook> {
    ratchet: HybridRatchet<S>,
    rng: ChaCha20Rng,
    pair: Pair<State<S::Extra>>,
}

impl Talk {
    fn new(ratchet: HybridRatchet) -> Self {
        Self::seeded(ratchet, 7)
    }
}

impl<S: HybridSteps> Talk<S> {
    fn seeded(ratchet: HybridRatchet<S>, seed: u64) -> Self {
        let mut rng = ChaCha20Rng::seed_from_u64(seed);
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

    fn epoch(&mut self, party: Party) -> u32 {
        self.pair.of(party).post_quantum.epoch
    }
}

use Party::{Initiator as A, Responder as B};

fn both() -> [HybridRatchet; 2] {
    [KeyGeneration::Eager, KeyGeneration::Lazy]
        .map(|keys| HybridRatchet::default().with_key_generation(keys))
}

fn load(message: &[u8]) -> Load {
    Header::decode(message).unwrap().0.post_quantum.load
}

#[test]
fn an_epoch_takes_a_key_an_answer_and_an_acknowledgement() {
    let mut talk = Talk::new(HybridRatchet::default());
    for epoch in 0..4 {
        let (offers, answers) = if epoch % 2 == 0 { (A, B) } else { (B, A) };
        let offer = talk.send(offers);
        assert!(matches!(load(&offer), Load::PublicKey(_)), "{epoch}");
        talk.open(answers, &offer);
        let answer = talk.send(answers);
        assert!(matches!(load(&answer), Load::Ciphertext(_)), "{epoch}");
        talk.open(offers, &answer);
        assert_eq!((talk.epoch(A), talk.epoch(B)), (epoch + 1, epoch + 1));
        let acknowledgement = talk.send(offers);
        assert!(matches!(load(&acknowledgement), Load::Nothing), "{epoch}");
        talk.open(answers, &acknowledgement);
    }
}

#[test]
fn key_and_ciphertext_are_repeated_until_they_have_arrived() {
    for ratchet in both() {
        let mut talk = Talk::new(ratchet);
        let offers: Vec<_> = (0..4).map(|_| talk.send(A)).collect();
        assert!(offers.iter().all(|offer| load(offer) == load(&offers[0])));
        talk.open(B, &offers[3]);
        let answers: Vec<_> = (0..4).map(|_| talk.send(B)).collect();
        assert!(answers.iter().all(|answer| load(answer) == load(&answers[0])));
        talk.open(A, &answers[2]);
        assert_eq!((talk.epoch(A), talk.epoch(B)), (1, 1));
        // What was on its way when the epoch changed still opens.
        for late in [&offers[0], &offers[2], &offers[1]] {
            talk.open(B, late);
        }
        talk.pass(A);
        for late in [&answers[3], &answers[0], &answers[1]] {
            talk.open(A, late);
        }
        talk.pass(B);
        assert!(talk.pair.of(A).post_quantum.skipped.is_empty());
        assert!(talk.pair.of(B).post_quantum.skipped.is_empty());
        assert_eq!(talk.receive(A, &answers[3]), Err(RejectionClass::Replayed));
    }
}

#[test]
fn crossing_and_late_messages_open_in_all_epochs() {
    for ratchet in both() {
        let mut talk = Talk::new(ratchet);
        talk.pass(A);
        let mut late = Vec::new();
        for turn in 0..40 {
            let (from_a, from_b) = (talk.send(A), talk.send(B));
            if turn % 3 == 0 {
                late.push((B, talk.send(A)));
                late.push((A, talk.send(B)));
            }
            talk.open(A, &from_b);
            talk.open(B, &from_a);
            if turn % 7 == 6 {
                late.drain(..).rev().for_each(|(to, message)| talk.open(to, &message));
            }
        }
        assert!(talk.epoch(A) > 8);
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
fn one_chain_of_the_kem_spans_two_full_gaps_of_the_classical_half() {
    for ratchet in both() {
        let mut talk = Talk::new(ratchet.with_limits(5, 100));
        talk.pass(A);
        let lost: Vec<_> = (0..5).map(|_| talk.send(A)).collect();
        talk.pass(B);
        let more: Vec<_> = (0..6).map(|_| talk.send(A)).collect();
        talk.open(B, &more[5]);
        for message in lost.iter().chain(&more[..5]) {
            talk.open(B, message);
        }
    }
}

#[test]
fn an_announced_gap_is_refused_before_any_key_is_derived() {
    let mut talk = Talk::new(HybridRatchet::default());
    talk.pass(A);
    let message = talk.send(B);
    let (header, sealed) = Header::decode(&message).unwrap();
    let kem = &header.post_quantum;
    let too_many = talk.ratchet.config.post_quantum_max_skip() + 1;
    for lie in [
        KemHeader { n: too_many, ..kem.clone() },
        KemHeader { pn: too_many, ..kem.clone() },
        KemHeader { n: u32::MAX - 1, ..kem.clone() },
    ] {
        let forged = Header { post_quantum: lie, ..header.clone() }.encode();
        let refused = talk.receive(A, &[forged, sealed.to_vec()].concat());
        assert_eq!(refused, Err(RejectionClass::GapTooLarge));
    }
    let unknown = KemHeader { epoch: 9, ..kem.clone() };
    let forged = Header { post_quantum: unknown, ..header.clone() }.encode();
    assert_eq!(talk.receive(A, &[forged, sealed.to_vec()].concat()), Err(RejectionClass::Forged));
    talk.open(A, &message);
}

#[test]
fn malformed_messages_are_refused() {
    let mut talk = Talk::new(HybridRatchet::default());
    let message = talk.send(A);
    for length in 0..message.len() {
        talk.receive(B, &message[..length]).unwrap_err();
    }
    for (at, value) in [(0, 0), (0, 2), (53, 3), (53, 255)] {
        let mut bad = message.clone();
        bad[at] = value;
        assert_eq!(talk.receive(B, &bad), Err(RejectionClass::Malformed));
    }
    let mut low_order = message.clone();
    low_order[1..33].fill(0);
    assert_eq!(talk.receive(B, &low_order), Err(RejectionClass::Malformed));
    low_order[1..33].fill(0xff);
    assert_eq!(talk.receive(B, &low_order), Err(RejectionClass::Malformed));
    talk.open(B, &message);
}

/// Offers bytes that are no public key, in a message that authenticates.
#[derive(Clone, Copy, Debug)]
struct OffersNoKey;

impl HybridSteps for OffersNoKey {
    type Extra = ();

    fn load(&self, _half: &mut PostQuantum<()>) -> Load {
        Load::PublicKey(kem::Bytes(Box::new([0xff; kem::PUBLIC_KEY_LENGTH])))
    }
}

#[test]
fn an_authentic_message_with_a_bad_public_key_is_refused() {
    let mut talk = Talk::seeded(HybridRatchet::with_steps(OffersNoKey), 1);
    let message = talk.send(A);
    assert_eq!(talk.receive(B, &message), Err(RejectionClass::Malformed));
}

#[test]
fn a_changed_ciphertext_or_key_is_refused() {
    let mut talk = Talk::new(HybridRatchet::default());
    let offer = talk.send(A);
    let flipped = |message: &[u8], at: usize| {
        let mut bad = message.to_vec();
        bad[at] ^= 1;
        bad
    };
    for at in [54, 60, 54 + kem::PUBLIC_KEY_LENGTH - 1] {
        assert_eq!(talk.receive(B, &flipped(&offer, at)), Err(RejectionClass::Forged));
    }
    talk.open(B, &offer);
    let answer = talk.send(B);
    for at in [54, 60, 54 + kem::CIPHERTEXT_LENGTH - 1] {
        assert_eq!(talk.receive(A, &flipped(&answer, at)), Err(RejectionClass::Forged));
    }
    talk.open(A, &answer);
}

#[test]
fn a_restored_session_goes_on_with_the_same_bytes() {
    for ratchet in both() {
        let mut talk = Talk::new(ratchet.clone());
        for step in 0..24 {
            for party in Party::BOTH {
                let export = ratchet.export(talk.pair.of(party)).unwrap();
                let mut restored = ratchet.import(&export).unwrap();
                assert_eq!(ratchet.export(&restored).unwrap(), export);
                let [one, two] = [talk.pair.of(party), &mut restored].map(|session| {
                    let mut rng = ChaCha20Rng::seed_from_u64(step);
                    ratchet.encrypt(&mut session.clone(), &mut rng, b"", b"text")
                });
                assert_eq!(one, two);
                *talk.pair.of(party) = restored;
            }
            let from = if step % 3 == 0 { A } else { Party::BOTH[step as usize % 2] };
            if step == 0 || talk.pair.of(from).classical.dhr.is_some() {
                talk.send(from);
                talk.pass(from);
            }
        }
        assert!(talk.epoch(A) > 2);
    }
}

#[test]
fn damaged_exports_are_refused() {
    let mut talk = Talk::new(HybridRatchet::default());
    talk.pass(A);
    let export = talk.ratchet.export(&talk.pair.responder).unwrap();
    for at in (0..export.len()).step_by(7) {
        assert!(talk.ratchet.import(&export[..at]).is_err());
        let mut bad = export.clone();
        bad[at] ^= 1;
        assert!(talk.ratchet.import(&bad).is_err(), "byte {at}");
    }
}

#[test]
fn impossible_states_are_refused() {
    let mut talk = Talk::new(HybridRatchet::default());
    talk.pass(A);
    let owing = talk.pair.responder.clone();
    assert!(matches!(owing.post_quantum.exchange, Exchange::Owing(_)));
    let refused = |change: &dyn Fn(&mut State<()>)| {
        let mut state = owing.clone();
        change(&mut state);
        let export = talk.ratchet.export(&state).unwrap();
        talk.ratchet.import(&export).unwrap_err().class == RejectionClass::Malformed
    };
    assert!(refused(&|state| state.post_quantum.party = A));
    assert!(refused(&|state| state.post_quantum.epoch = 1));
    assert!(refused(&|state| state.post_quantum.received = 1));
    assert!(refused(&|state| {
        let bytes = Box::new([0xff; kem::PUBLIC_KEY_LENGTH]);
        state.post_quantum.exchange = Exchange::Owing(kem::Bytes(bytes));
    }));
    assert!(refused(&|state| {
        let ciphertext = kem::Bytes(Box::new([0; kem::CIPHERTEXT_LENGTH]));
        state.post_quantum.exchange = Exchange::Answering { ciphertext, next: Key::default() };
    }));
}

#[test]
fn used_up_counters_refuse_to_send() {
    let mut talk = Talk::new(HybridRatchet::default());
    let ratchet = talk.ratchet.clone();
    talk.pair.initiator.post_quantum.ns = u32::MAX;
    let refused = ratchet.encrypt(&mut talk.pair.initiator, &mut talk.rng, b"", b"");
    assert_eq!(refused.unwrap_err().class, RejectionClass::Other);
    assert_eq!(talk.pair.initiator.post_quantum.ns, u32::MAX);
}

#[test]
fn fields_cover_the_message_and_name_what_it_carries() {
    let mut talk = Talk::new(HybridRatchet::default());
    for (from, carried) in [(A, Some("kem_public_key")), (B, Some("kem_ciphertext")), (A, None)] {
        let message = talk.send(from);
        let fields = talk.ratchet.fields(&message).unwrap();
        let all: Vec<u8> =
            fields.iter().flat_map(|field| field.of(&message).unwrap()).copied().collect();
        assert_eq!(all, message);
        let loads = ["kem_public_key", "kem_ciphertext"];
        let named = fields.iter().map(|field| &*field.name).find(|name| loads.contains(name));
        assert_eq!(named, carried);
        assert_eq!(fields.last().unwrap().length, TAG_LENGTH);
        talk.open(from.peer(), &message);
    }
}

#[test]
fn neither_half_opens_a_message_alone() {
    let mut talk = Talk::new(HybridRatchet::default());
    let mut other = Talk::seeded(HybridRatchet::default(), 8);
    for from in [A, B, A, B, A] {
        let message = talk.send(from);
        let to = from.peer();
        let (ours, theirs) = (talk.pair.of(to).clone(), other.pair.of(to).clone());
        for half in Half::BOTH {
            let mut mixed = talk.ratchet.with_half(&theirs, half, &ours).unwrap();
            let opened = talk.ratchet.decrypt(&mut mixed.clone(), &mut talk.rng, b"ad", &message);
            opened.unwrap_err();
            mixed = talk.ratchet.with_half(&mixed, half.other(), &ours).unwrap();
            talk.ratchet.decrypt(&mut mixed, &mut talk.rng, b"ad", &message).unwrap();
        }
        talk.open(to, &message);
        other.pass(from);
    }
}

#[test]
fn the_kem_agrees_and_a_foreign_ciphertext_gives_another_secret() {
    let mut rng = ChaCha20Rng::seed_from_u64(3);
    let (one, two) = (kem::KemPair::random(&mut rng), kem::KemPair::random(&mut rng));
    let (ciphertext, secret) = kem::encapsulate(&one.public, &Key([5; 32])).unwrap();
    assert_eq!(one.decapsulate(&ciphertext), secret);
    assert_ne!(two.decapsulate(&ciphertext), secret);
    let restored: kem::KemPair =
        serde_json::from_str(&serde_json::to_string(&one).unwrap()).unwrap();
    assert_eq!(restored, one);
}

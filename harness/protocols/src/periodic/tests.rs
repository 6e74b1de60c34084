use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use sprag::RejectionClass;

use super::*;

use Party::{Initiator as A, Responder as B};

struct Talk {
    ratchet: PeriodicRekey,
    rng: ChaCha20Rng,
    pair: Pair<State>,
}

impl Talk {
    fn new() -> Self {
        let mut rng = ChaCha20Rng::seed_from_u64(3);
        let ratchet = PeriodicRekey::default();
        let pair = ratchet.pair(&mut rng).unwrap();
        Self { ratchet, rng, pair }
    }

    fn send(&mut self, party: Party) -> Vec<u8> {
        self.ratchet.encrypt(self.pair.of(party), &mut self.rng, b"ad", b"text").unwrap()
    }

    fn receive(&mut self, party: Party, message: &[u8]) -> Result<Opened, RejectionClass> {
        let opened = self.ratchet.decrypt(self.pair.of(party), &mut self.rng, b"ad", message);
        opened.map_err(|rejection| rejection.class)
    }

    fn open(&mut self, party: Party, message: &[u8]) {
        assert_eq!(self.receive(party, message), Ok(Opened::Plaintext(b"text".to_vec())));
    }

    fn outbox(&mut self, party: Party) -> Vec<Vec<u8>> {
        self.ratchet.outbox(self.pair.of(party), &mut self.rng).unwrap()
    }

    fn serve(&mut self, to: Party, message: &[u8]) {
        let opened = self.ratchet.decrypt(self.pair.of(to), &mut self.rng, b"", message);
        assert_eq!(opened, Ok(Opened::Service));
    }

    /// Delivers service messages until there are none.
    fn settle(&mut self) {
        let mut quiet = false;
        while !quiet {
            quiet = true;
            for party in Party::BOTH {
                for message in self.outbox(party) {
                    quiet = false;
                    self.serve(party.peer(), &message);
                }
            }
        }
    }

    fn periods(&self) -> [u32; 2] {
        [self.pair.initiator.current.number, self.pair.responder.current.number]
    }
}

#[test]
fn a_period_lasts_for_rekey_messages() {
    let mut talk = Talk::new();
    for n in 0..200 {
        assert_eq!(talk.periods(), [n / 20; 2], "after {n} messages");
        let from = if n % 3 == 0 { A } else { B };
        let message = talk.send(from);
        talk.open(from.peer(), &message);
        talk.settle();
        assert!(talk.pair.initiator.closing.is_none() && talk.pair.responder.closing.is_none());
    }
}

#[test]
fn late_messages_of_closed_periods_open_once() {
    let mut talk = Talk::new();
    let mut late = Vec::new();
    for n in 0..150 {
        let from = if n % 2 == 0 { A } else { B };
        late.push((from.peer(), talk.send(from)));
        talk.settle();
    }
    assert!(talk.periods()[0] >= 3);
    for (to, message) in late.iter().rev() {
        talk.open(*to, message);
        assert!(talk.receive(*to, message).is_err(), "opens once only");
        talk.settle();
    }
}

#[test]
fn messages_open_at_every_point_of_a_rekey() {
    let mut talk = Talk::new();
    (0..20).for_each(|_| drop(talk.send(A)));
    let propose = talk.outbox(A);
    let mut late = vec![(B, talk.send(A)), (A, talk.send(B))];
    talk.serve(B, &propose[0]);
    late.extend([(B, talk.send(A)), (A, talk.send(B))]);
    let from_a = talk.send(A);
    talk.open(B, &from_a);
    let accept = talk.outbox(B);
    talk.serve(A, &accept[0]);
    late.extend([(B, talk.send(A)), (A, talk.send(B))]);
    let (from_a, from_b) = (talk.send(A), talk.send(B));
    talk.open(B, &from_a);
    talk.open(A, &from_b);
    talk.settle();
    assert_eq!(talk.periods(), [1, 1]);
    for (to, message) in late.iter().rev() {
        talk.open(*to, message);
    }
}

#[test]
fn crossing_proposals_end_in_one_period() {
    for first in Party::BOTH {
        let mut talk = Talk::new();
        for _ in 0..20 {
            talk.send(A);
            talk.send(B);
        }
        let (from_a, from_b) = (talk.outbox(A), talk.outbox(B));
        let mut deliveries = [(A, from_b), (B, from_a)];
        if first == B {
            deliveries.reverse();
        }
        for (to, messages) in deliveries {
            talk.serve(to, &messages[0]);
        }
        talk.settle();
        assert_eq!(talk.periods(), [1, 1]);
        assert_eq!(talk.pair.initiator.current.key, talk.pair.responder.current.key);
        assert!(talk.pair.initiator.closing.is_none() && talk.pair.responder.closing.is_none());
    }
}

#[test]
fn a_lost_proposal_or_confirmation_breaks_nothing() {
    for party in Party::BOTH {
        let mut talk = Talk::new();
        (0..20).for_each(|_| drop(talk.send(party)));
        let lost = talk.outbox(party);
        assert_eq!(lost.len(), 1);
        for n in 0..40 {
            let message = talk.send(Party::BOTH[n % 2]);
            talk.open(Party::BOTH[1 - n % 2], &message);
            talk.settle();
        }
        assert!(talk.periods()[0] > 0, "the other proposal, or the repeated one, went through");

        (0..20).for_each(|_| drop(talk.send(party)));
        let propose = talk.outbox(party);
        talk.serve(party.peer(), &propose[0]);
        let accept = talk.outbox(party.peer());
        talk.serve(party, &accept[0]);
        assert_eq!(talk.outbox(party).len(), 1, "a confirmation, which is lost");
        let before = talk.periods()[0];
        for n in 0..60 {
            let message = talk.send(Party::BOTH[n % 2]);
            talk.open(Party::BOTH[1 - n % 2], &message);
            talk.settle();
        }
        assert!(talk.periods()[0] > before);
    }
}

#[test]
fn replays_reflections_and_gaps_are_refused() {
    let mut talk = Talk::new();
    let messages: Vec<_> = (0..MAX_SKIP + 2).map(|_| talk.send(A)).collect();
    assert_eq!(talk.receive(B, &messages[1001]), Err(RejectionClass::GapTooLarge));
    talk.open(B, &messages[1000]);
    assert_eq!(talk.receive(B, &messages[1000]), Err(RejectionClass::Replayed));
    assert_eq!(talk.receive(A, &messages[0]), Err(RejectionClass::Forged));
    assert_eq!(talk.receive(B, &messages[0][..25]), Err(RejectionClass::Malformed));
    talk.open(B, &messages[0]);
    let propose = talk.outbox(A);
    talk.serve(B, &propose[0]);
    assert!(
        talk.ratchet.decrypt(&mut talk.pair.responder, &mut talk.rng, b"", &propose[0]).is_err()
    );
}

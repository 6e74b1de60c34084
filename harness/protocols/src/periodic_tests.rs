use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng as _;
use sprag::RejectionClass;

use super::*;

type Scheme = PeriodicRekey<Textbook>;

fn pair(rng: &mut ChaCha20Rng) -> Pair<State> {
    Scheme::default().pair(rng).unwrap()
}

/// `from` sends a message that its peer opens.
fn talk(pair: &mut Pair<State>, rng: &mut ChaCha20Rng, from: Party) {
    let scheme = Scheme::default();
    let message = scheme.encrypt(pair.of(from), rng, b"ad", b"text").unwrap();
    let opened = scheme.decrypt(pair.of(from.peer()), rng, b"ad", &message).unwrap();
    assert_eq!(opened, Opened::Plaintext(b"text".to_vec()));
}

/// Hands over what `from` has to say by itself; gives how many messages that were.
fn service(pair: &mut Pair<State>, rng: &mut ChaCha20Rng, from: Party) -> usize {
    let messages = Scheme::default().outbox(pair.of(from), rng).unwrap();
    for message in &messages {
        let opened = Scheme::default().decrypt(pair.of(from.peer()), rng, b"", message);
        assert_eq!(opened, Ok(Opened::Service));
    }
    messages.len()
}

fn until_due(pair: &mut Pair<State>, rng: &mut ChaCha20Rng) {
    for _ in 0..REKEY_MESSAGES {
        talk(pair, rng, Party::Initiator);
    }
}

#[test]
fn a_rekey_takes_three_service_messages() {
    let rng = &mut ChaCha20Rng::seed_from_u64(1);
    let mut pair = pair(rng);
    until_due(&mut pair, rng);
    let old = pair.initiator.key;
    for from in [Party::Initiator, Party::Responder, Party::Initiator] {
        assert_eq!(service(&mut pair, rng, from), 1);
    }
    for party in Party::BOTH {
        assert_eq!(service(&mut pair, rng, party), 0);
        assert_eq!(pair.of(party).period, 1);
        assert_ne!(pair.of(party).key, old);
        talk(&mut pair, rng, party);
    }
    assert_eq!(pair.initiator.key, pair.responder.key);
}

#[test]
fn crossing_proposals_end_in_one_period() {
    let (scheme, rng) = (Scheme::default(), &mut ChaCha20Rng::seed_from_u64(2));
    let mut pair = pair(rng);
    until_due(&mut pair, rng);
    let ours = scheme.outbox(&mut pair.initiator, rng).unwrap();
    let theirs = scheme.outbox(&mut pair.responder, rng).unwrap();
    assert_eq!((ours.len(), theirs.len()), (1, 1));
    scheme.decrypt(&mut pair.initiator, rng, b"", &theirs[0]).unwrap();
    scheme.decrypt(&mut pair.responder, rng, b"", &ours[0]).unwrap();
    assert_eq!(service(&mut pair, rng, Party::Responder), 1);
    assert_eq!(service(&mut pair, rng, Party::Initiator), 1);
    for party in Party::BOTH {
        talk(&mut pair, rng, party);
        assert_eq!(pair.of(party).period, 1);
    }
}

#[test]
fn a_message_of_a_period_that_has_ended_is_refused() {
    let (scheme, rng) = (Scheme::default(), &mut ChaCha20Rng::seed_from_u64(3));
    let mut pair = pair(rng);
    let late = scheme.encrypt(&mut pair.initiator, rng, b"", b"late").unwrap();
    until_due(&mut pair, rng);
    for from in [Party::Initiator, Party::Responder, Party::Initiator] {
        service(&mut pair, rng, from);
    }
    let refused = scheme.decrypt(&mut pair.responder, rng, b"", &late).unwrap_err();
    assert_eq!(refused.class, RejectionClass::Forged);
}

#[test]
fn a_message_opens_once_and_only_as_it_was_sent() {
    let (scheme, rng) = (Scheme::default(), &mut ChaCha20Rng::seed_from_u64(4));
    let mut pair = pair(rng);
    let message = scheme.encrypt(&mut pair.initiator, rng, b"ad", b"text").unwrap();
    for at in 0..message.len() {
        let mut changed = message.clone();
        changed[at] ^= 1;
        scheme.decrypt(&mut pair.responder, rng, b"ad", &changed).unwrap_err();
    }
    scheme.decrypt(&mut pair.responder, rng, b"ad", &message).unwrap();
    let again = scheme.decrypt(&mut pair.responder, rng, b"ad", &message).unwrap_err();
    assert_eq!(again.class, RejectionClass::Replayed);
}

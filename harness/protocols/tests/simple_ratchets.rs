//! The ratchets that are no Double Ratchet, through the trait alone.

#![allow(clippy::unwrap_used, reason = "clippy knows tests by their attribute only")]

use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use sprag::{Opened, Ratchet, RejectionClass};
use sprag_protocols::{PeriodicRekey, StaticKey, SymmetricRatchet};

fn text(n: u8) -> Opened {
    Opened::Plaintext(vec![n; 20])
}

fn messages_open_in_any_order_and_survive_a_restore(ratchet: &impl Ratchet) {
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    let mut pair = ratchet.pair(&mut rng).unwrap();
    for from in sprag::Party::BOTH {
        let messages: Vec<_> = (0..6)
            .map(|n| ratchet.encrypt(pair.of(from), &mut rng, b"ad", &[n; 20]).unwrap())
            .collect();
        for n in [3, 0, 5, 4, 1, 2] {
            let message = &messages[usize::from(n)];
            for party in sprag::Party::BOTH {
                let export = ratchet.export(pair.of(party)).unwrap();
                *pair.of(party) = ratchet.import(&export).unwrap();
                assert_eq!(ratchet.export(pair.of(party)).unwrap(), export);
                assert!(ratchet.import(&export[1..]).is_err());
            }
            let mut bad = message.clone();
            for at in 0..bad.len() {
                bad[at] ^= 1;
                assert!(ratchet.decrypt(pair.of(from.peer()), &mut rng, b"ad", &bad).is_err());
                bad[at] ^= 1;
                let short = &bad[..at];
                assert!(ratchet.decrypt(pair.of(from.peer()), &mut rng, b"ad", short).is_err());
            }
            assert!(ratchet.decrypt(pair.of(from.peer()), &mut rng, b"other", message).is_err());
            assert!(ratchet.decrypt(pair.of(from), &mut rng, b"ad", message).is_err());
            let opened = ratchet.decrypt(pair.of(from.peer()), &mut rng, b"ad", message);
            assert_eq!(opened, Ok(text(n)));
            let again = ratchet.decrypt(pair.of(from.peer()), &mut rng, b"ad", message);
            if ratchet.profile().claims_replay_protection() {
                assert_eq!(again.unwrap_err().class, RejectionClass::Replayed);
            } else {
                assert_eq!(again, Ok(text(n)));
            }
            let fields = ratchet.fields(message).unwrap();
            assert_eq!(fields.iter().map(|field| field.length).sum::<usize>(), message.len());
        }
    }
}

#[test]
fn the_symmetric_ratchet_opens_messages_in_any_order() {
    messages_open_in_any_order_and_survive_a_restore(&SymmetricRatchet::<
        sprag_protocols::symmetric::Textbook,
    >::default());
}

#[test]
fn the_static_key_opens_messages_in_any_order() {
    messages_open_in_any_order_and_survive_a_restore(&StaticKey::<
        sprag_protocols::static_key::Textbook,
    >::default());
}

#[test]
fn the_periodic_scheme_opens_messages_in_any_order() {
    messages_open_in_any_order_and_survive_a_restore(&PeriodicRekey::<
        sprag_protocols::periodic::Textbook,
    >::default());
}

#[test]
fn the_symmetric_ratchet_skips_exactly_its_limit() {
    let ratchet: SymmetricRatchet = SymmetricRatchet::default();
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    let mut pair = ratchet.pair(&mut rng).unwrap();
    let messages: Vec<_> = (0..=1001)
        .map(|_| ratchet.encrypt(&mut pair.initiator, &mut rng, b"", b"x").unwrap())
        .collect();
    let refused = ratchet.decrypt(&mut pair.responder, &mut rng, b"", &messages[1001]);
    assert_eq!(refused.unwrap_err().class, RejectionClass::GapTooLarge);
    ratchet.decrypt(&mut pair.responder, &mut rng, b"", &messages[1000]).unwrap();
    assert_eq!(pair.responder.skipped.len(), 1000);
}

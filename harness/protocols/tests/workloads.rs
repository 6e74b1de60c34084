//! What is timed and weighed, on the textbook ratchets.

#![allow(clippy::unwrap_used, reason = "clippy knows tests by their attribute only")]

use std::collections::BTreeMap;

use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng as _;
use sprag::DynRatchet;
use sprag::workload::{NotMeasured, Size, WEIGHED, WORKLOADS, find, sizes};
use sprag_protocols::{
    DoubleRatchet, StaticKey, SymmetricRatchet, static_key, symmetric, textbook,
};

fn rng() -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(1)
}

/// What is not measured on a ratchet, and why.
fn not_measured(ratchet: &dyn DynRatchet) -> BTreeMap<&'static str, String> {
    let why = |workload: &sprag::workload::Workload| {
        let refused = workload.prepare(ratchet, &mut rng()).err()?;
        Some((workload.id, refused.to_string()))
    };
    WORKLOADS.iter().filter_map(why).collect()
}

#[test]
fn every_workload_is_measured_on_every_textbook_or_says_why_not() {
    let mut told = Vec::new();
    for ratchet in textbook() {
        for (id, why) in not_measured(&*ratchet) {
            told.push(format!("{}, {id}: {why}", ratchet.name()));
        }
    }
    let without_keys = ["textbook/static-key", "textbook/periodic-rekey"];
    let expected =
        without_keys.map(|name| format!("{name}, reject-at-gap: there are no keys to skip"));
    assert_eq!(told, expected);
}

#[test]
fn what_was_prepared_can_be_executed_on_every_clone() {
    for workload in WORKLOADS {
        let ratchet = DoubleRatchet::lazy();
        let prepared = workload.prepare(&ratchet, &mut rng()).unwrap();
        for _ in 0..2 {
            prepared.clone().execute(&ratchet, &mut rng()).unwrap();
        }
    }
    // And is used up by that, where a message opens only once.
    let ratchet = DoubleRatchet::lazy();
    let mut burst = find("burst-10").unwrap().prepare(&ratchet, &mut rng()).unwrap();
    burst.execute(&ratchet, &mut rng()).unwrap();
    let NotMeasured { why } = burst.execute(&ratchet, &mut rng()).unwrap_err();
    assert!(why.starts_with("a genuine message was refused: "), "{why}");
}

#[test]
fn bytes_on_the_wire_and_at_rest_are_weighed() {
    let ids: Vec<&str> =
        sizes(&DoubleRatchet::eager(), &mut rng()).iter().map(|it| it.id).collect();
    assert_eq!(ids, WEIGHED);
    let weighed = |ratchet: &dyn DynRatchet| -> BTreeMap<&'static str, Result<usize, NotMeasured>> {
        let named = |Size { id, bytes, .. }| (id, bytes);
        sizes(ratchet, &mut rng()).into_iter().map(named).collect()
    };
    let static_key = weighed(&StaticKey::<static_key::Textbook>::default());
    assert_eq!(static_key["rest-full"].as_ref().unwrap_err().why, "there are no keys to skip");
    let symmetric = weighed(&SymmetricRatchet::<symmetric::Textbook>::default());
    for sizes in [&symmetric, &weighed(&DoubleRatchet::lazy())] {
        let bytes = |id| *sizes[id].as_ref().unwrap();
        // A header and a tag are added, as many bytes to each message.
        let added = bytes("wire-0");
        assert!(added > 16, "{added}");
        for (id, length) in [("wire-100", 100), ("wire-1000", 1_000), ("wire-65536", 65_536)] {
            assert_eq!(bytes(id), length + added, "{id}");
        }
        assert!(bytes("rest-1000") < bytes("rest-fresh") + 100);
        // 2,000 keys of 32 bytes.
        assert!(bytes("rest-full") > bytes("rest-1000") + 64_000);
    }
}

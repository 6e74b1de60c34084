//! What is timed, on ratchets of unusual shape.

#![allow(clippy::unwrap_used, reason = "clippy knows tests by their attribute only")]

use std::collections::BTreeSet;

use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng as _;
use sprag::workload::WORKLOADS;
use sprag_unusual::zoo;

/// Reasons that follow from what a ratchet says of itself.
const AS_DECLARED: [&str; 8] = [
    "messages may not be skipped",
    "no message may be skipped",
    "keys are not kept",
    "no keys are kept",
    "there are no keys to skip",
    "no message may overtake another",
    "only the initiator sends",
    "sessions are not exported",
];

#[test]
fn every_workload_is_measured_or_says_why_not() {
    let mut told: Vec<(String, &str, String)> = Vec::new();
    for member in zoo() {
        let ratchet = &*member.ratchet;
        for workload in WORKLOADS {
            if let Err(refused) = workload.prepare(ratchet, &mut ChaCha20Rng::seed_from_u64(1)) {
                told.push((ratchet.name().into_owned(), workload.id, refused.to_string()));
            }
        }
    }
    assert!(told.iter().all(|(_, id, _)| *id != "pair"), "{told:#?}");
    told.retain(|(_, _, why)| !AS_DECLARED.iter().any(|words| why.ends_with(words)));
    let mut who = |words: &str| -> BTreeSet<String> {
        let of_them = told.extract_if(.., |(_, _, why)| why.starts_with(words));
        of_them.map(|(name, ..)| name.replace("unusual/", "")).collect()
    };
    let names = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
    let untold = ["acks-no-integrity", "hidden-no-integrity", "no-integrity"];
    assert_eq!(who("what should be refused was opened"), names(&untold));
    // What these declare leaves their limits open.
    let undeclared =
        ["chains-none", "periodic-undeclared", "refuses-undeclared", "undeclared-limits"];
    assert_eq!(who("a genuine message was refused: "), names(&undeclared));
    assert_eq!(who("the profile declares no largest gap"), names(&undeclared[2..]));
    let short = ["16-bytes", "8-bytes", "acks-end-after-100", "ends-after-100", "one-byte-counter"];
    assert_eq!(who("a plaintext was refused: "), names(&short));
    assert!(told.is_empty(), "{told:#?}");
}

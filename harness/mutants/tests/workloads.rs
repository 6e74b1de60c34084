//! Nothing is timed on a mutant that does not do what the workload's name says.

#![allow(clippy::unwrap_used, reason = "clippy knows tests by their attribute only")]

use sprag::randomness::CaseSeed;
use sprag::workload::WORKLOADS;
use sprag_mutants::mutants;

#[test]
fn who_accepts_every_tag_has_no_time_for_refusing() {
    let planted = mutants().into_iter().find(|planted| planted.mutant.id == "a01-any-tag").unwrap();
    let mut rng = CaseSeed::of_trial(1, "workloads", 0).choices();
    let refused = WORKLOADS.iter().filter_map(|workload| {
        let why = workload.prepare(&planted, &mut rng).err()?;
        Some((workload.id, why.to_string()))
    });
    let why = "what should be refused was opened".to_owned();
    let expected = ["reject-forged", "reject-new-key", "reject-at-gap"].map(|id| (id, why.clone()));
    assert_eq!(refused.collect::<Vec<_>>(), expected);
}

//! Every game on vodozemac.

use std::borrow::Cow;

use sprag::run::{CheckOptions, check};
use sprag::{Deviation, DeviationKind, DynRatchet, Verdict};
use sprag_adapters::Olm;

#[test]
fn olm() {
    for ratchet in [Box::new(Olm::version_1()) as Box<dyn DynRatchet>, Box::new(Olm::version_2())] {
        let deviations = vec![Deviation {
            finding: Cow::Borrowed("SPRAG-F-0001"),
            shown_by: Cow::Borrowed("atomicity/failed-decrypt"),
            kind: DeviationKind::KeyMadeOnRejection,
        }];
        let options = CheckOptions { seed: 1, rounds: 1, deviations };
        let started = std::time::Instant::now();
        let result = check(&*ratchet, &options, |_| true).unwrap();
        println!("{} {:?} {:?}", result.name, result.verdict, started.elapsed());
        for game in &result.games {
            println!(
                "  {} {} {} {} {:?} {:?}",
                game.verdict,
                game.id,
                game.steps,
                game.reason,
                game.weak_positions,
                game.measured
                    .iter()
                    .map(|m| format!("{}={}{}", m.name, m.value, m.unit))
                    .collect::<Vec<_>>()
            );
            if let Some(f) = &game.failure {
                println!("{}", f.schedule);
            }
        }
    }
}

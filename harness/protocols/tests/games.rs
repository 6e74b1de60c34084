//! Every game passes on every textbook ratchet.

use sprag::Verdict;
use sprag::run::{CheckOptions, check};
use sprag_protocols::textbook;

#[test]
fn no_game_accuses_a_textbook_ratchet() {
    for ratchet in textbook() {
        let options = CheckOptions { seed: 1, rounds: 2, ..CheckOptions::default() };
        let started = std::time::Instant::now();
        let result = check(&*ratchet, &options, |_| true).unwrap();
        println!("{} {:?} {:?}", result.name, result.verdict, started.elapsed());
        for game in &result.games {
            println!(
                "  {} {} {} {} {:?}",
                game.verdict,
                game.id,
                game.steps,
                game.reason,
                game.measured
                    .iter()
                    .map(|m| format!("{}={}{}", m.name, m.value, m.unit))
                    .collect::<Vec<_>>()
            );
            if let Some(f) = &game.failure {
                println!("{}", f.schedule);
            }
        }
        assert!(result.verdict <= Verdict::NotClaimed, "{}", result.name);
    }
}

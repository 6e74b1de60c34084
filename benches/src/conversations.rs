//! The work that the benches of the harness give it.

use sprag::engine::{Arena, Progress, RandomnessLevel};
use sprag::games::ModelRandomSchedule;
use sprag::map::theft_map;
use sprag::run::run_trial;
use sprag::schedule::Schedule;
use sprag::{Deviation, DeviationKind, DynRatchet};

/// Plays so many random conversations under attack, and gives how often the ratchet was asked to encrypt or decrypt.
///
/// # Panics
/// If the ratchet does not pair, or is accused.
#[expect(clippy::expect_used, clippy::panic, reason = "a bench reports to a person")]
pub fn random_conversations(ratchet: &dyn DynRatchet, conversations: u64) -> u64 {
    let (profile, progress) = (ratchet.profile(), Progress::new());
    let deviations = [Deviation {
        finding: "SPRAG-F-0001".into(),
        shown_by: "atomicity/failed-decrypt".into(),
        kind: DeviationKind::KeyMadeOnRejection,
    }];
    let arena = Arena::new(ratchet, &profile, RandomnessLevel::PerCall, &deviations, &progress);
    let play = |trial| {
        let totals = run_trial(&ModelRandomSchedule, &arena, 1, trial).expect("the ratchet pairs");
        if let Some(failure) = totals.failure {
            panic!("{}: {}", failure.kind, failure.detail);
        }
        totals.steps
    };
    (0..conversations).map(play).sum()
}

/// Draws the theft map of a conversation, and gives its number of cells.
///
/// # Panics
/// If the ratchet does not pair, or the conversation breaks.
#[expect(clippy::expect_used, reason = "a bench reports to a person")]
pub fn theft_cells(ratchet: &dyn DynRatchet, schedule: &Schedule) -> usize {
    let (profile, progress) = (ratchet.profile(), Progress::new());
    let arena = Arena::new(ratchet, &profile, RandomnessLevel::PerCall, &[], &progress);
    let map = theft_map(&arena, schedule).expect("the ratchet pairs");
    assert_eq!(map.broken, None);
    map.cells.len()
}

//! Whether a ratchet's randomness is in the harness's hands is found out, not declared.

use serde::{Deserialize, Serialize};

use super::{Arena, execute};
use crate::schedule::{Action, Schedule, Shape};
use crate::{Party, Rejection};

/// Whose hands the randomness of a ratchet is in.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum RandomnessLevel {
    /// Injected or captured: one seed gives the same bytes, whatever was done before.
    PerCall,
    /// Out of reach: twins can be compared by their outcomes only.
    None,
}

/// Executes one short conversation twice, another one in between, and compares the bytes.
///
/// # Errors
/// If no session can be opened.
pub fn detect_randomness(arena: &Arena<'_>) -> Result<RandomnessLevel, Rejection> {
    let turns = Shape::everything(arena.profile).turns.max(24);
    let talk = Schedule::of([
        Action::PingPong { first: Party::Initiator, turns },
        Action::Send { by: Party::Initiator, count: 2, size: 16, ad: 0 },
    ]);
    let bytes = |salt: u64| -> Result<Vec<Vec<u8>>, Rejection> {
        let arena = arena.seeded(arena.seed.derived(salt));
        Ok(execute(&arena, &talk)?.wire.into_iter().map(|wire| wire.bytes).collect())
    };
    let first = bytes(1)?;
    let _disturbance = bytes(2)?;
    let again = bytes(1)?;
    Ok(if first == again { RandomnessLevel::PerCall } else { RandomnessLevel::None })
}

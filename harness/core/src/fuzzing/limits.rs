//! What an input may ask for, so that none runs for long.

use std::collections::BTreeSet;

use crate::schedule::{Action, Schedule, Tamper};

/// Most actions.
const ACTIONS: usize = 64;

/// Most messages sent, and most delivered: enough to pass the limits of skipped keys of every built-in ratchet.
const MESSAGES: u16 = 2100;

/// Most bytes of a plaintext.
const SIZE: u32 = 5000;

/// Most thefts.
const THEFTS: usize = 3;

/// Most bytes that a change brings with it.
const BYTES: usize = 512;

/// Most damages to an export.
pub(super) const DAMAGES: usize = 8;

/// The first id that no action of the schedule has.
pub(super) fn next_id(schedule: &Schedule) -> u32 {
    schedule.steps.iter().map(|step| step.id.0).max().map_or(1, |id| id.saturating_add(1))
}

/// Takes out what is too much, what no game of fuzzing judges (sweeps, bad randomness, rollbacks), and what stands twice.
pub(super) fn keep(schedule: &mut Schedule) {
    let (mut ids, mut thefts) = (BTreeSet::new(), 0);
    let (mut sent, mut delivered) = (MESSAGES, MESSAGES);
    schedule.steps.retain_mut(|step| {
        let is_known = step.id.0 < u32::MAX / 2 && ids.insert(step.id);
        is_known
            && match &mut step.action {
                Action::Send { count, size, .. } => {
                    *size = (*size).min(SIZE);
                    take(&mut sent, count)
                }
                Action::Deliver { count, .. } => take(&mut delivered, count),
                Action::PingPong { turns, .. } => take(&mut sent, turns),
                Action::Steal { .. } => {
                    thefts += 1;
                    thefts <= THEFTS
                }
                Action::Tamper { how, .. } => is_small(how),
                Action::BadRandomness { .. } | Action::Persist { .. } | Action::Crash { .. } => {
                    false
                }
                Action::Duplicate { .. }
                | Action::Drop { .. }
                | Action::Reflect { .. }
                | Action::WrongAd { .. }
                | Action::Restart { .. }
                | Action::Tick { .. }
                | Action::DeliverService { .. } => true,
            }
    });
    schedule.steps.truncate(ACTIONS);
    schedule.expect.clear();
}

fn take(left: &mut u16, count: &mut u16) -> bool {
    *count = (*count).min(*left);
    *left -= *count;
    *count > 0
}

const fn is_small(how: &Tamper) -> bool {
    match how {
        Tamper::Extend { bytes } | Tamper::Overwrite { bytes, .. } | Tamper::Replace { bytes } => {
            bytes.len() <= BYTES
        }
        Tamper::SetField { field, value } => field.len() <= 32 && value.len() <= BYTES,
        _ => !how.is_sweep(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Party;
    use crate::schedule::{ActionId, BadTape, MessageName, Order, Step};

    #[test]
    fn what_is_too_much_goes() {
        let by = Party::Initiator;
        let message = MessageName::new(1, 0);
        let mut schedule = Schedule::of([
            Action::Send { by, count: 2000, size: u32::MAX, ad: 0 },
            Action::PingPong { first: by, turns: 2000 },
            Action::PingPong { first: by, turns: 1 },
            Action::Deliver { first: message, count: u16::MAX, order: Order::AsSent },
            Action::Tamper { message, how: Tamper::EveryBit },
            Action::Tamper { message, how: Tamper::Replace { bytes: vec![0; BYTES + 1] } },
            Action::BadRandomness { by, tape: BadTape::Zeros },
        ]);
        schedule.steps.push(Step { id: ActionId(1), action: Action::Steal { from: by } });
        keep(&mut schedule);
        let kept: Vec<Action> = schedule.steps.into_iter().map(|step| step.action).collect();
        assert_eq!(
            kept,
            [
                Action::Send { by, count: 2000, size: SIZE, ad: 0 },
                Action::PingPong { first: by, turns: 100 },
                Action::Deliver { first: message, count: MESSAGES, order: Order::AsSent },
            ]
        );
    }
}

//! A conversation of any length.

use sprag::Party;
use sprag::schedule::{Action, MessageName, Order, Schedule};

/// Moments at which a session is stolen, from both parties.
const THEFTS: u16 = 8;

/// A conversation of about so many messages: runs of five to and fro, each of which opens in reverse, and eight moments at
/// which both sessions are stolen, evenly spread.
#[must_use]
pub fn talk_with_thefts(messages: u16) -> Schedule {
    const RUN: u16 = 5;
    let runs = messages / RUN;
    let mut actions = Vec::new();
    for run in 0..runs {
        if run % (runs / THEFTS).max(1) == 0 {
            actions.extend(Party::BOTH.map(|from| Action::Steal { from }));
        }
        let by = Party::BOTH[usize::from(run % 2)];
        // Actions are numbered from 1.
        let first = MessageName::new(actions.len() as u32 + 1, 0);
        actions.push(Action::Send { by, count: RUN, size: 16, ad: 0 });
        actions.push(Action::Deliver { first, count: RUN, order: Order::Reversed });
    }
    Schedule::of(actions)
}

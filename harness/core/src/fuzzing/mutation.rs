//! The single changes to an input, each of which leaves it a case.

use crate::games::Damage;
use crate::schedule::{Action, ActionId, Choices, MessageName, Schedule, Step, Tamper};

use super::talk::{action, damage, one_of, party, sent, tamper, turns};
use super::{Input, limits};

impl Input {
    /// Makes one change.
    pub(super) fn change(&mut self, choices: &mut dyn Choices, ratchets: u8) {
        if !self.damages.is_empty() && choices.chance(1, 3) {
            return change_damages(&mut self.damages, choices);
        }
        if choices.chance(1, 16) {
            match choices.below(2) {
                0 => self.seed = choices.below(1 << 16) as u16,
                _ => self.ratchet = choices.below(ratchets.max(1).into()) as u8,
            }
            return;
        }
        let schedule = &mut self.schedule;
        let length = schedule.steps.len() as u32;
        let at = choices.below(length) as usize;
        match choices.weighted(&[6, 3, 2, 4, 1, 4, 4, 2]) {
            0 => self.insert(choices),
            _ if length == 0 => self.insert(choices),
            1 => {
                let last = choices.between(1, 4) as usize;
                schedule.steps.drain(at..(at + last).min(length as usize));
            }
            2 => {
                let id = ActionId(limits::next_id(schedule));
                let step = Step { id, ..schedule.steps[at].clone() };
                schedule.steps.insert(choices.between(at as u32, length) as usize, step);
            }
            3 => {
                let step = schedule.steps.remove(at);
                schedule.steps.insert(choices.below(length) as usize, step);
            }
            4 => {
                let other = Self::chosen(self.ratchet, self.seed, self.kind, choices);
                self.schedule = spliced(&self.schedule, &other.schedule, choices);
            }
            5 => retarget(&mut schedule.steps, at, choices),
            6 => self.adjust(at, choices),
            _ => schedule.steps.swap(at, choices.below(length) as usize),
        }
    }

    /// Inserts an action; behind a message sometimes its delivery, and around a theft what shows its effect.
    fn insert(&mut self, choices: &mut dyn Choices) {
        let steps = &mut self.schedule.steps;
        let at = choices.below(steps.len() as u32 + 1) as usize;
        let mut id = steps.iter().map(|step| step.id.0).max().unwrap_or(0);
        let mut new = vec![action(choices, self.kind, &sent(&steps[..at]))];
        match new[0] {
            Action::Send { count, .. } if choices.chance(1, 2) => {
                let first = MessageName { action: ActionId(id + 1), index: 0 };
                let order = crate::schedule::Order::AsSent;
                new.push(Action::Deliver { first, count, order });
            }
            Action::Steal { .. } if choices.chance(1, 2) => {
                new.push(Action::PingPong { first: party(choices), turns: turns(choices) });
            }
            _ => {}
        }
        let new = new.into_iter().map(|action| {
            id += 1;
            Step { id: ActionId(id), action }
        });
        steps.splice(at..at, new.collect::<Vec<_>>());
    }

    /// Changes what an action says of itself: its numbers, its party, its change.
    fn adjust(&mut self, at: usize, choices: &mut dyn Choices) {
        let known = sent(&self.schedule.steps[..at]);
        let near = |number: u16, choices: &mut dyn Choices| match choices.below(3) {
            0 => number.saturating_add(1),
            1 => number.saturating_sub(1).max(1),
            _ => number / 2 + 1,
        };
        match &mut self.schedule.steps[at].action {
            Action::Send { count, .. } | Action::PingPong { turns: count, .. }
                if choices.chance(2, 3) =>
            {
                *count = near(*count, choices);
            }
            Action::Deliver { count, .. } => *count = near(*count, choices),
            Action::Send { by, .. }
            | Action::PingPong { first: by, .. }
            | Action::Steal { from: by }
            | Action::Restart { party: by }
            | Action::DeliverService { from: by } => *by = by.peer(),
            Action::Tamper { how, .. } => *how = tamper(choices, self.kind, &known),
            other => *other = action(choices, self.kind, &known),
        }
    }
}

fn change_damages(damages: &mut Vec<Damage>, choices: &mut dyn Choices) {
    let at = choices.below(damages.len() as u32) as usize;
    match choices.below(3) {
        0 if damages.len() > 1 => {
            damages.remove(at);
        }
        1 => damages[at] = damage(choices),
        _ => damages.push(damage(choices)),
    }
}

/// The messages that an action speaks of.
fn targets(action: &mut Action) -> Vec<&mut MessageName> {
    match action {
        Action::Deliver { first: message, .. }
        | Action::Duplicate { message }
        | Action::Drop { message }
        | Action::Reflect { message }
        | Action::WrongAd { message, .. } => vec![message],
        Action::Tamper { message, how } => match how {
            Tamper::Splice { with, .. } | Tamper::CopyField { from: with, .. } => {
                vec![message, with]
            }
            _ => vec![message],
        },
        _ => Vec::new(),
    }
}

/// Makes the next action from `at` on that speaks of a message speak of another one.
fn retarget(steps: &mut [Step], at: usize, choices: &mut dyn Choices) {
    for place in (at..steps.len()).chain(0..at) {
        let (before, rest) = steps.split_at_mut(place);
        let mut targets = targets(&mut rest[0].action);
        if targets.is_empty() {
            continue;
        }
        let which = choices.below(targets.len() as u32) as usize;
        if let Some(message) = one_of(choices, &sent(before)) {
            *targets[which] = message;
        }
        return;
    }
}

/// The beginning of one schedule and the end of another. What the end says of messages that it no longer sends, it says of
/// messages of the beginning.
pub(super) fn spliced(one: &Schedule, other: &Schedule, choices: &mut dyn Choices) -> Schedule {
    let cut = choices.below(one.steps.len() as u32 + 1) as usize;
    let from = choices.below(other.steps.len() as u32 + 1) as usize;
    let mut steps = one.steps[..cut].to_vec();
    let known = sent(&steps);
    let offset = limits::next_id(&Schedule { steps: steps.clone(), ..Schedule::default() });
    let mut tail = other.steps[from..].to_vec();
    let sends: std::collections::BTreeSet<ActionId> = tail.iter().map(|step| step.id).collect();
    for step in &mut tail {
        step.id.0 = step.id.0.saturating_add(offset);
        for target in targets(&mut step.action) {
            if sends.contains(&target.action) {
                target.action.0 = target.action.0.saturating_add(offset);
            } else if let Some(message) = one_of(choices, &known) {
                *target = message;
            }
        }
    }
    steps.extend(tail);
    Schedule { steps, ..one.clone() }
}

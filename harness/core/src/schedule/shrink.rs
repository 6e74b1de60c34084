//! Making a failing schedule small: delete ranges of actions, then simplify what is left.

use super::{
    Action, ActionId, BadTape, MessageName, Order, Schedule, ServiceDelivery, Step, Tamper,
};

/// Most work that shrinking one failure of a ratchet in this process may take, in calls as far as the actions tell.
pub const SHRINK_LIMIT: usize = 10_000_000;

/// The one shrinker: the engine drives it directly, and it is the value tree of the proptest strategy.
///
/// [`Shrinker::advance`] proposes a candidate; [`Shrinker::accept`] says that it still fails.
#[derive(Clone, Debug)]
pub struct Shrinker {
    best: Schedule,
    candidate: Schedule,
    /// What a sweep may be replaced with: the changes that were seen to matter.
    hints: Vec<Tamper>,
    pass: Pass,
    improved: bool,
}

#[derive(Clone, Copy, Debug)]
enum Pass {
    /// Deliver service messages at once.
    Service,
    /// Delete `size` actions from `at` on.
    Delete {
        size: usize,
        at: usize,
    },
    /// Tell the actions from `at` on as one ping-pong.
    Merge {
        at: usize,
    },
    /// Replace action `at` with its simplification number `variant`.
    Simplify {
        at: usize,
        variant: usize,
    },
    Done,
}

impl Shrinker {
    /// Starts from a failing schedule.
    #[must_use]
    pub fn new(failing: Schedule, hints: Vec<Tamper>) -> Self {
        Self {
            candidate: failing.clone(),
            best: failing,
            hints,
            pass: Pass::Service,
            improved: false,
        }
    }

    /// The smallest schedule that is known to fail.
    #[must_use]
    pub const fn best(&self) -> &Schedule {
        &self.best
    }

    /// The schedule to try now.
    #[must_use]
    pub const fn candidate(&self) -> &Schedule {
        &self.candidate
    }

    /// The candidate still fails: it is the best from now on.
    pub fn accept(&mut self) {
        self.best = self.candidate.clone();
        self.improved = true;
        // The next proposal at this place has moved up to it, so the pass stays where it is.
        match &mut self.pass {
            Pass::Delete { size, at } => *at = at.saturating_sub(*size),
            Pass::Simplify { variant, .. } => *variant = 0,
            Pass::Merge { at } => *at = at.saturating_sub(2),
            Pass::Service | Pass::Done => {}
        }
    }

    /// Proposes the next candidate; `false` when nothing is left to try.
    pub fn advance(&mut self) -> bool {
        loop {
            let proposal = match self.pass {
                Pass::Service => self.propose_immediate_service(),
                Pass::Delete { size, at } => self.propose_deletion(size, at),
                Pass::Merge { at } => self.propose_merge(at),
                Pass::Simplify { at, variant } => self.propose_simplification(at, variant),
                Pass::Done => {
                    self.candidate = self.best.clone();
                    return false;
                }
            };
            if let Some(candidate) = proposal {
                self.candidate = candidate;
                return true;
            }
        }
    }

    fn propose_immediate_service(&mut self) -> Option<Schedule> {
        let size = self.best.steps.len().div_ceil(2).max(1);
        self.pass = Pass::Delete { size, at: 0 };
        let held = self.best.service == ServiceDelivery::Held;
        held.then(|| Schedule { service: ServiceDelivery::Immediate, ..self.best.clone() })
    }

    fn propose_deletion(&mut self, size: usize, at: usize) -> Option<Schedule> {
        let length = self.best.steps.len();
        if at >= length {
            self.pass = if size > 1 {
                Pass::Delete { size: size / 2, at: 0 }
            } else {
                Pass::Merge { at: 0 }
            };
            return None;
        }
        let end = (at + size).min(length);
        self.pass = Pass::Delete { size, at: end };
        let mut candidate = self.best.clone();
        candidate.steps.drain(at..end);
        Some(candidate)
    }

    fn propose_merge(&mut self, at: usize) -> Option<Schedule> {
        if at + 1 >= self.best.steps.len() {
            self.pass = Pass::Simplify { at: 0, variant: 0 };
            return None;
        }
        self.pass = Pass::Merge { at: at + 1 };
        let merged = merged(&self.best, at)?;
        let mut candidate = self.best.clone();
        candidate.steps.splice(at..at + 2, [merged]);
        Some(candidate)
    }

    fn propose_simplification(&mut self, at: usize, variant: usize) -> Option<Schedule> {
        let Some(step) = self.best.steps.get(at) else {
            let again = std::mem::take(&mut self.improved);
            self.pass = if again { Pass::Delete { size: 1, at: 0 } } else { Pass::Done };
            return None;
        };
        let mut simpler = simplifications(&step.action, &self.hints);
        if variant >= simpler.len() {
            self.pass = Pass::Simplify { at: at + 1, variant: 0 };
            return None;
        }
        self.pass = Pass::Simplify { at, variant: variant + 1 };
        let mut candidate = self.best.clone();
        candidate.steps[at].action = simpler.swap_remove(variant);
        Some(candidate)
    }
}

impl Schedule {
    /// The same schedule without the thefts other than `theft`, if that is one, and with neighbouring ping-pongs told as
    /// one.
    pub(crate) fn focused_on(&self, theft: ActionId) -> Self {
        let is_theft = |step: &Step| matches!(step.action, Action::Steal { .. });
        let mut focused = self.clone();
        if self.steps.iter().any(|step| step.id == theft && is_theft(step)) {
            focused.steps.retain(|step| step.id == theft || !is_theft(step));
        }
        let mut at = 0;
        while at + 1 < focused.steps.len() {
            let both_ping_pong = focused.steps[at..at + 2]
                .iter()
                .all(|step| matches!(step.action, Action::PingPong { .. }));
            match merged(&focused, at) {
                Some(one) if both_ping_pong => {
                    focused.steps.splice(at..at + 2, [one]);
                }
                _ => at += 1,
            }
        }
        focused
    }
}

/// Two neighbouring actions as one ping-pong, if no other action speaks of their messages: a message and its
/// delivery, or two ping-pongs of which the second goes on where the first ends.
fn merged(schedule: &Schedule, at: usize) -> Option<Step> {
    let [first, second] = schedule.steps.get(at..at + 2)? else { return None };
    let mentions =
        |id| schedule.steps.iter().filter(|step| step.action.refers_to().contains(&id)).count();
    let action = match (&first.action, &second.action) {
        (Action::Send { by, count: 1, .. }, Action::Deliver { first: message, count: 1, .. })
            if message.action == first.id && mentions(first.id) == 1 =>
        {
            Action::PingPong { first: *by, turns: 1 }
        }
        (Action::PingPong { first: by, turns }, Action::PingPong { first: then, turns: more })
            if (*then == *by) == (turns % 2 == 0) && mentions(second.id) == 0 =>
        {
            Action::PingPong { first: *by, turns: turns.checked_add(*more)? }
        }
        _ => return None,
    };
    Some(Step { id: first.id, action })
}

/// Simpler forms of an action, the boldest first. Each is strictly simpler, so that shrinking ends.
fn simplifications(action: &Action, hints: &[Tamper]) -> Vec<Action> {
    match *action {
        Action::Send { by, count, size, ad } => {
            let mut forms = Vec::new();
            for fewer in fewer(count) {
                forms.push(Action::Send { by, count: fewer, size, ad });
            }
            if size != 16 {
                forms.push(Action::Send { by, count, size: 16, ad });
            }
            if ad != 0 {
                forms.push(Action::Send { by, count, size, ad: 0 });
            }
            forms
        }
        Action::Deliver { first, count, order } => {
            let mut forms = Vec::new();
            for fewer in fewer(count) {
                forms.push(Action::Deliver { first, count: fewer, order });
                let skipped = MessageName { index: first.index + (count - fewer), ..first };
                forms.push(Action::Deliver { first: skipped, count: fewer, order });
            }
            if order != Order::AsSent {
                forms.push(Action::Deliver { first, count, order: Order::AsSent });
            }
            forms
        }
        Action::PingPong { first, turns } => {
            fewer(turns).into_iter().map(|turns| Action::PingPong { first, turns }).collect()
        }
        Action::Tamper { message, ref how } => {
            let forms = if how.is_sweep() { hints.to_vec() } else { simpler_tampers(how) };
            forms.into_iter().map(|how| Action::Tamper { message, how }).collect()
        }
        Action::BadRandomness { by, tape } if tape != BadTape::Zeros => {
            vec![Action::BadRandomness { by, tape: BadTape::Zeros }]
        }
        Action::Tick { seconds } if seconds > 1 => vec![Action::Tick { seconds: 1 }],
        _ => Vec::new(),
    }
}

fn fewer(count: u16) -> Vec<u16> {
    let mut forms = vec![1, count / 2, count - count / 8, count.saturating_sub(1)];
    forms.retain(|&fewer| fewer > 0 && fewer < count);
    forms.dedup();
    forms
}

fn simpler_tampers(how: &Tamper) -> Vec<Tamper> {
    match *how {
        Tamper::FlipBits { bits: (first, second) } => {
            vec![Tamper::FlipBit { bit: first }, Tamper::FlipBit { bit: second }]
        }
        Tamper::FlipBit { bit } if bit > 0 => vec![Tamper::FlipBit { bit: 0 }],
        Tamper::Extend { ref bytes } if bytes.len() > 1 => {
            vec![Tamper::Extend { bytes: bytes[..1].to_vec() }]
        }
        _ => Vec::new(),
    }
}

/// Shrinks `failing` as long as `still_fails` says so, until candidates of about `limit` calls were executed.
/// Deterministic.
pub fn shrink(
    failing: Schedule,
    hints: Vec<Tamper>,
    limit: usize,
    mut still_fails: impl FnMut(&Schedule) -> bool,
) -> Schedule {
    let mut shrinker = Shrinker::new(failing, hints);
    let mut calls = 0;
    while calls < limit && shrinker.advance() {
        calls += shrinker.candidate().calls();
        if still_fails(shrinker.candidate()) {
            shrinker.accept();
        }
    }
    shrinker.best().clone()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::randomness::CaseSeed;
    use crate::schedule::Shape;
    use crate::{KeyGeneration, Party, Profile};

    #[test]
    fn what_does_not_matter_goes() {
        let shape = Shape::everything(&Profile::double_ratchet(KeyGeneration::Eager));
        let mut shrunk = 0;
        for trial in 0..100 {
            let seed = CaseSeed::of_trial(5, "shrink", trial);
            let schedule = Schedule::generate(&mut seed.choices(), &shape);
            let fails = |candidate: &Schedule| {
                let thefts = |party| {
                    let stolen = Action::Steal { from: party };
                    candidate.steps.iter().any(|step| step.action == stolen)
                };
                thefts(Party::Initiator) && thefts(Party::Responder)
            };
            if fails(&schedule) {
                let small = shrink(schedule, Vec::new(), SHRINK_LIMIT, fails);
                assert_eq!(small.steps.len(), 2, "{small:?}");
                shrunk += 1;
            }
        }
        assert!(shrunk > 10, "the generator draws thefts of both parties");
    }

    #[test]
    fn counts_shrink_to_what_is_needed() {
        let send = |count| Action::Send { by: Party::Initiator, count, size: 100, ad: 3 };
        let small = shrink(
            Schedule::of([send(300)]),
            Vec::new(),
            SHRINK_LIMIT,
            |candidate| matches!(candidate.steps[..], [Step { action: Action::Send { count, .. }, .. }] if count >= 37),
        );
        assert_eq!(
            small,
            Schedule::of([Action::Send { by: Party::Initiator, count: 37, size: 16, ad: 0 }])
        );
    }

    #[test]
    fn talk_that_nothing_refers_to_becomes_one_ping_pong() {
        let send = |by| Action::Send { by, count: 1, size: 16, ad: 0 };
        let deliver = |action| Action::Deliver {
            first: MessageName::new(action, 0),
            count: 1,
            order: Order::AsSent,
        };
        let talk = [
            send(Party::Initiator),
            deliver(1),
            send(Party::Responder),
            deliver(3),
            send(Party::Initiator),
            deliver(5),
            Action::Duplicate { message: MessageName::new(5, 0) },
        ];
        let delivered = |schedule: &Schedule| -> u32 {
            let is_sent = |id| schedule.steps.iter().any(|step| step.id == id);
            let count = |step: &Step| match step.action {
                Action::PingPong { turns, .. } => turns.into(),
                Action::Deliver { first, .. } if is_sent(first.action) => 1,
                _ => 0,
            };
            schedule.steps.iter().map(count).sum()
        };
        let small = shrink(Schedule::of(talk), Vec::new(), SHRINK_LIMIT, |candidate| {
            let is_repeat = |step: &Step| matches!(step.action, Action::Duplicate { .. });
            delivered(candidate) >= 3 && candidate.steps.iter().any(is_repeat)
        });
        let turns = Action::PingPong { first: Party::Initiator, turns: 2 };
        assert_eq!(small.steps[0].action, turns, "{small}");
        assert_eq!(small.steps.len(), 4, "{small}");
    }

    #[test]
    fn a_schedule_is_focused_on_one_theft() {
        let steal = |from| Action::Steal { from };
        let turns = |first, turns| Action::PingPong { first, turns };
        let long = Schedule::of([
            turns(Party::Initiator, 1),
            steal(Party::Responder),
            turns(Party::Responder, 1),
            steal(Party::Initiator),
            turns(Party::Initiator, 2),
            turns(Party::Initiator, 2),
        ]);
        let focused = long.focused_on(ActionId(4));
        let actions: Vec<Action> = focused.steps.iter().map(|step| step.action.clone()).collect();
        assert_eq!(
            actions,
            [turns(Party::Initiator, 2), steal(Party::Initiator), turns(Party::Initiator, 4)]
        );
        assert_eq!(long.focused_on(ActionId(1)).steps.len(), 5, "no theft is left out");
    }

    #[test]
    fn long_conversations_are_tried_less_often_than_short_ones() {
        let tried = |count| {
            let send = Action::Send { by: Party::Initiator, count, size: 16, ad: 0 };
            let mut tried = 0;
            let mut fails = |_: &Schedule| {
                tried += 1;
                false
            };
            shrink(Schedule::of(vec![send; 40]), Vec::new(), 40_000, &mut fails);
            tried
        };
        assert_eq!(tried(1000), 2);
        assert!(tried(100) > 10 && tried(10) > 100);
    }

    #[test]
    fn a_sweep_shrinks_to_the_change_that_matters() {
        let sweep = Action::Tamper { message: MessageName::new(1, 0), how: Tamper::EveryBit };
        let small = shrink(
            Schedule::of([sweep]),
            vec![Tamper::FlipBit { bit: 9 }],
            SHRINK_LIMIT,
            |candidate| {
                candidate.steps.iter().any(|step| {
                    matches!(
                        step.action,
                        Action::Tamper { how: Tamper::EveryBit | Tamper::FlipBit { bit: 9 }, .. }
                    )
                })
            },
        );
        let change =
            Action::Tamper { message: MessageName::new(1, 0), how: Tamper::FlipBit { bit: 9 } };
        assert_eq!(small, Schedule::of([change]));
    }
}

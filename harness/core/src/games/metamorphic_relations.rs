use std::collections::{BTreeMap, BTreeSet};

use crate::engine::{Arena, Event, EventKind, Outcome, Transcript, execute};
use crate::games::{About, Game, game};
use crate::judge::{Judgement, Violation, ViolationKind, compare_twins};
use crate::run::Totals;
use crate::schedule::{
    Action, ActionId, Choices, MessageName, Schedule, ServiceDelivery, Shape, Step, Tamper,
};
use crate::{Family, Ordering, Party, Profile, Rejection, ResponderStart, Verdict};

game! {
    MetamorphicRelations,
    id: "metamorphic/relations",
    catalogue: "G-MET-1",
    title: "What must not matter does not matter",
    severity: High,
    source: "Chen, Cheung, Yiu, Metamorphic testing: a new approach for generating next test cases (1998)",
    checks: "Changes a conversation in ways that must make no difference, and plays it again with the same randomness. \
        Thrown in everywhere: second copies of delivered messages, bytes that are no message, restarts. Swapped: two \
        deliveries in a row to different parties, which cannot know of each other; two messages of one sender, where \
        messages may overtake. Relabelled: initiator and responder, where the family is the same from both sides. All \
        that the two plays share must be equal: for swaps within one chain and relabelling what opens, else every byte.",
    cannot_show: "Faults that all of these changes leave as they are.",
    control: "t13-counter-reset-after-skip",
    kept: "each relation alone is also seen by a game with an ideal or twins; here no ideal takes part, so a fault of the \
        ideals cannot hide a fault of the ratchet",
}

const NOISE: &str = "plays with noise everywhere|times";
const SWAPPED_ACROSS: &str = "deliveries swapped across parties|times";
const SWAPPED_WITHIN: &str = "deliveries swapped within a chain|times";
const RELABELLED: &str = "plays with the parties relabelled|times";

impl Game for MetamorphicRelations {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn trials(&self, _profile: &Profile) -> u64 {
        16
    }

    fn schedule(&self, _profile: &Profile, choices: &mut dyn Choices, _trial: u64) -> Schedule {
        Schedule::generate(choices, &Shape { actions: (4, 24), ..Shape::honest() })
    }

    fn judge(&self, arena: &Arena<'_>, schedule: &Schedule) -> Result<Judgement, Rejection> {
        let mut judgement = Judgement::default();
        let single = one_delivery_each(schedule);
        let base = again(arena, &single)?;
        let relations = [noise_everywhere, swap_across, swap_within, relabel];
        for relation in relations {
            relation(arena, &single, &base, &mut judgement)?;
            if !judgement.violations.is_empty() {
                break;
            }
        }
        Ok(judgement)
    }

    fn counts(&self, kind: ViolationKind) -> bool {
        kind == ViolationKind::RelationBroken
    }

    fn conclude(&self, _profile: &Profile, totals: &Totals) -> (Verdict, String) {
        let count = |name| totals.figures.get(name).map_or(0, |figure| figure.count);
        let counts = [NOISE, SWAPPED_ACROSS, SWAPPED_WITHIN, RELABELLED].map(count);
        let [noise, across, within, relabelled] = counts;
        if counts.iter().sum::<u64>() == 0 {
            return (Verdict::NotRun, "no relation applies to this ratchet".to_owned());
        }
        let reason = format!(
            "noise in {noise} plays, {across} and {within} swaps, {relabelled} relabelled plays made no difference"
        );
        (Verdict::Pass, reason)
    }
}

fn again(arena: &Arena<'_>, schedule: &Schedule) -> Result<Transcript, Rejection> {
    let there = arena.seeded(arena.seed);
    let transcript = execute(&there, schedule);
    arena.add_steps(there.steps());
    transcript
}

/// The same conversation with a delivery action for each message, so that two of them can be swapped.
fn one_delivery_each(schedule: &Schedule) -> Schedule {
    let mut next = schedule.steps.iter().map(|step| step.id.0).max().unwrap_or(0);
    let mut steps = Vec::new();
    for step in &schedule.steps {
        let Action::Deliver { first, count, order } = step.action else {
            steps.push(step.clone());
            continue;
        };
        for place in 0..count {
            let offset = match order {
                crate::schedule::Order::AsSent => place,
                crate::schedule::Order::Reversed => count - 1 - place,
            };
            let first = MessageName { index: first.index.saturating_add(offset), ..first };
            next += 1;
            let action = Action::Deliver { first, count: 1, order };
            steps.push(Step { id: ActionId(next), action });
        }
    }
    Schedule { steps, ..schedule.clone() }
}

/// Behind each action a second copy of what was delivered, bytes that are no message, and restarts.
fn noise_everywhere(
    arena: &Arena<'_>,
    schedule: &Schedule,
    base: &Transcript,
    judgement: &mut Judgement,
) -> Result<(), Rejection> {
    let mut next = schedule.steps.iter().map(|step| step.id.0).max().unwrap_or(0);
    let mut added = BTreeSet::new();
    let mut steps = Vec::new();
    for step in &schedule.steps {
        steps.push(step.clone());
        let mut add = |action| {
            next += 1;
            added.insert(ActionId(next));
            steps.push(Step { id: ActionId(next), action });
        };
        if let Action::Deliver { first: message, .. } = step.action {
            // A ratchet that takes a message twice does what it says; its second taking changes nothing either.
            add(Action::Duplicate { message });
            add(Action::Tamper { message, how: Tamper::Truncate { keep: 0 } });
            for party in Party::BOTH {
                add(Action::Restart { party });
            }
        }
    }
    if added.is_empty() {
        return Ok(());
    }
    let noisy = again(arena, &Schedule { steps, ..schedule.clone() })?;
    if services(&noisy) != services(base) {
        // A ratchet that answers noise by itself goes on in another way, and may.
        return Ok(());
    }
    judgement.measure(NOISE, 1);
    let mut found = Judgement::default();
    compare_twins(arena, &noisy, base, |event: &Event| added.contains(&event.action), &mut found);
    if let Some(violation) = found.violations.into_iter().next() {
        let words = format!(
            "copies, bytes that are no message and restarts make a difference: {}. {}",
            violation.kind, violation.detail
        );
        let kind = ViolationKind::RelationBroken;
        judgement.violations.push(Violation { kind, detail: words, ..violation });
    }
    Ok(())
}

/// Swaps each two deliveries in a row to different parties, every action once at most.
fn swap_across(
    arena: &Arena<'_>,
    schedule: &Schedule,
    base: &Transcript,
    judgement: &mut Judgement,
) -> Result<(), Rejection> {
    let senders = senders(base);
    let across = |first: MessageName, second: MessageName| {
        matches!((senders.get(&first), senders.get(&second)), (Some(a), Some(b)) if a != b)
    };
    let Some((swapped, count)) = swap(schedule, base, across) else { return Ok(()) };
    let other = again(arena, &swapped)?;
    (0..count).for_each(|_| judgement.measure(SWAPPED_ACROSS, 1));
    let bytes = arena.randomness == crate::engine::RandomnessLevel::PerCall;
    let words = "two deliveries to different parties know of each other";
    compare_by_message(base, &other, bytes, words, judgement);
    Ok(())
}

/// Swaps each two deliveries in a row of one sender's action.
fn swap_within(
    arena: &Arena<'_>,
    schedule: &Schedule,
    base: &Transcript,
    judgement: &mut Judgement,
) -> Result<(), Rejection> {
    if !may_overtake(arena.profile, base.wire.len()) {
        return Ok(());
    }
    let within = |first: MessageName, second: MessageName| first.action == second.action;
    let Some((swapped, count)) = swap(schedule, base, within) else { return Ok(()) };
    let other = again(arena, &swapped)?;
    (0..count).for_each(|_| judgement.measure(SWAPPED_WITHIN, 1));
    // A message that names what its sender has received may differ in its bytes.
    compare_by_message(base, &other, false, "the order of two messages matters", judgement);
    Ok(())
}

/// Initiator and responder change places.
fn relabel(
    arena: &Arena<'_>,
    schedule: &Schedule,
    base: &Transcript,
    judgement: &mut Judgement,
) -> Result<(), Rejection> {
    if !is_symmetric(arena.profile) || base.opened || services(base) > 0 {
        return Ok(());
    }
    let mut mirrored = schedule.clone();
    for step in &mut mirrored.steps {
        match &mut step.action {
            Action::Send { by: party, .. }
            | Action::PingPong { first: party, .. }
            | Action::Restart { party } => *party = party.peer(),
            _ => {}
        }
    }
    let other = again(arena, &mirrored)?;
    judgement.measure(RELABELLED, 1);
    compare_by_message(base, &other, false, "it matters who is called initiator", judgement);
    Ok(())
}

/// Whether a message may come one place too early, and no key of these many messages has to go for it.
fn may_overtake(profile: &Profile, messages: usize) -> bool {
    // What a periodic ratchet does not declare is not claimed.
    let is_periodic = matches!(profile.family, Family::PeriodicRekey(_));
    let room = |limit: Option<u32>| limit.map_or(!is_periodic, |limit| limit as usize >= messages);
    let limits = profile.limits();
    profile.ordering == Ordering::Any
        && limits.is_none_or(|limits| room(limits.max_skip) && room(limits.max_stored))
}

/// Whether the family treats both parties alike.
fn is_symmetric(profile: &Profile) -> bool {
    profile.responder_start == ResponderStart::InitialChain
        && !profile.is_one_way()
        && matches!(profile.family, Family::StaticKey(_) | Family::SymmetricRatchet(_))
}

fn senders(transcript: &Transcript) -> BTreeMap<MessageName, Party> {
    transcript.wire.iter().map(|wire| (wire.name, wire.from)).collect()
}

fn services(transcript: &Transcript) -> usize {
    let made = |event: &&Event| matches!(event.kind, EventKind::ServiceSent { .. });
    transcript.events.iter().filter(made).count()
}

/// The schedule with neighbouring deliveries swapped, and how many pairs were. Service messages follow on deliveries, so
/// a conversation with any is left alone.
fn swap(
    schedule: &Schedule,
    base: &Transcript,
    wanted: impl Fn(MessageName, MessageName) -> bool,
) -> Option<(Schedule, usize)> {
    if services(base) > 0 || schedule.service == ServiceDelivery::Held {
        return None;
    }
    let mut steps = schedule.steps.clone();
    let (mut at, mut count) = (0, 0);
    while let Some([first, second]) = steps.get(at..at + 2) {
        let is_pair = matches!(
            (&first.action, &second.action),
            (Action::Deliver { first: a, .. }, Action::Deliver { first: b, .. })
                if a != b && wanted(*a, *b)
        );
        if is_pair {
            steps.swap(at, at + 1);
            count += 1;
        }
        at += if is_pair { 2 } else { 1 };
    }
    (count > 0).then_some((Schedule { steps, ..schedule.clone() }, count))
}

/// What became of each message in each action, whatever came first.
fn fates(transcript: &Transcript) -> BTreeMap<(ActionId, MessageName), Vec<bool>> {
    let mut fates: BTreeMap<(ActionId, MessageName), Vec<bool>> = BTreeMap::new();
    for event in &transcript.events {
        let EventKind::Delivered(delivery) = &event.kind else { continue };
        let name = transcript.wire[delivery.message].name;
        let opened = delivery.outcome == Outcome::Opened(delivery.message);
        fates.entry((event.action, name)).or_default().push(opened);
    }
    fates
}

fn compare_by_message(
    base: &Transcript,
    other: &Transcript,
    bytes: bool,
    words: &str,
    judgement: &mut Judgement,
) {
    let broken = |action, name: MessageName, what: &str| {
        let kind = ViolationKind::RelationBroken;
        Violation::new(kind, action, format!("{words}: {what}")).of_message(name)
    };
    let theirs = fates(other);
    for (&(action, name), ours) in &fates(base) {
        if theirs.get(&(action, name)) != Some(ours) {
            let found = broken(action, name, "it opens in one play and is refused in the other");
            return judgement.violations.push(found);
        }
    }
    let sent: BTreeMap<MessageName, &[u8]> =
        other.wire.iter().map(|wire| (wire.name, &wire.bytes[..])).collect();
    for wire in &base.wire {
        let what = match sent.get(&wire.name) {
            None => "it is sent in one play only",
            Some(theirs) if bytes && *theirs != wire.bytes => "it has other bytes",
            Some(_) => continue,
        };
        return judgement.violations.push(broken(wire.name.action, wire.name, what));
    }
}

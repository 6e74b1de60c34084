use std::collections::BTreeMap;

use crate::engine::{Arena, Arrival, Event, EventKind, Outcome, Transcript, execute};
use crate::games::{About, Game, game};
use crate::judge::{Judgement, ViolationKind, compare_twins, rejected_while_owing};
use crate::run::Totals;
use crate::schedule::{Action, ActionId, Choices, MessageName, Order, Schedule, Shape};
use crate::{DeviationKind, Profile, Rejection, Verdict};

game! {
    AtomicityFailedDecrypt,
    id: "atomicity/failed-decrypt",
    catalogue: "G-ATOM-1",
    title: "A refused message changes nothing, now or later",
    severity: High,
    source: "Signal, The Double Ratchet Algorithm, section 3.5 (on an exception, state changes are discarded); RUSTSEC-2024-0011",
    checks: "Runs each conversation twice with the same randomness: once with changed, repeated, reflected and misdirected \
        messages thrown in, once without. What both twins have must be equal for ever: what opens, what is refused, and \
        every byte they send. A changed message that is accepted counts as the genuine one. The damage is graded: bytes \
        only, one genuine message lost, several lost.",
    cannot_show: "Changes of state that never show in anything that is sent or opened. Where the randomness is out of \
        reach, outcomes only are compared.",
    control: "t01-chain-moves-before-check",
    kept: "it compares what follows a refusal with what would have followed without it, message by message",
}

impl Game for AtomicityFailedDecrypt {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn trials(&self, _profile: &Profile) -> u64 {
        96
    }

    fn schedule(&self, profile: &Profile, choices: &mut dyn Choices, trial: u64) -> Schedule {
        let shape = Shape {
            actions: (6, 40),
            thefts: 0,
            restarts: trial % 4 == 3,
            edges: Vec::new(),
            ..Shape::everything(profile)
        };
        Schedule::generate(choices, &shape)
    }

    fn judge(&self, arena: &Arena<'_>, schedule: &Schedule) -> Result<Judgement, Rejection> {
        let disturbed = execute(arena, schedule)?;
        let accepted = accepted_noise(arena.profile, schedule, &disturbed);
        let calm_schedule = without_refused_noise(schedule, &accepted);
        let calm_arena = arena.seeded(arena.seed);
        let calm = execute(&calm_arena, &calm_schedule)?;
        arena.add_steps(calm_arena.steps());
        let kept: std::collections::BTreeSet<ActionId> =
            calm_schedule.steps.iter().map(|step| step.id).collect();
        let mut judgement = Judgement::default();
        let noise = |event: &Event| !kept.contains(&event.action) && event.action != ActionId::PAIRING;
        judgement.refused = disturbed.events.iter().filter(|event| noise(event)).count() as u64;
        compare_twins(arena, &disturbed, &calm, noise, &mut judgement);
        excuse_known(arena, &disturbed, &mut judgement);
        Ok(judgement)
    }

    fn counts(&self, kind: ViolationKind) -> bool {
        matches!(kind, ViolationKind::TwinBytes | ViolationKind::TwinOutcome)
    }

    fn conclude(&self, _profile: &Profile, totals: &Totals) -> (Verdict, String) {
        if totals.refused == 0 {
            return (Verdict::NotRun, "nothing was refused".to_owned());
        }
        (Verdict::Pass, format!("{} refused messages left no trace", totals.refused))
    }
}

/// Noise actions that were accepted with the plaintext of a message, and that message's name.
fn accepted_noise(
    profile: &Profile,
    schedule: &Schedule,
    transcript: &Transcript,
) -> BTreeMap<ActionId, Option<Action>> {
    let is_noise: std::collections::BTreeSet<ActionId> =
        schedule.steps.iter().filter(|step| step.action.is_noise()).map(|step| step.id).collect();
    let is_dropped = |message: MessageName, at: ActionId| {
        let mut before = schedule.steps.iter().take_while(|step| step.id != at);
        before.any(|step| step.action == Action::Drop { message })
    };
    let mut accepted = BTreeMap::new();
    for event in transcript.events.iter().filter(|event| is_noise.contains(&event.action)) {
        let EventKind::Delivered(delivery) = &event.kind else { continue };
        let outcome = &delivery.outcome;
        let replacement = match (outcome, &delivery.arrival) {
            (Outcome::Refused(_), _) => continue,
            (Outcome::Opened(_), Arrival::Changed(change))
                if transcript.is_either(delivery.message, change) =>
            {
                None
            }
            // The twin is given the genuine message instead, unless the network has lost it.
            (Outcome::Opened(message), Arrival::Changed(_) | Arrival::Genuine)
                if transcript.wire[*message].from != delivery.to
                    && !transcript.may_be_anything(profile, outcome) =>
            {
                let first = transcript.wire[*message].name;
                let deliver = Action::Deliver { first, count: 1, order: Order::AsSent };
                (!is_dropped(first, event.action)).then_some(deliver)
            }
            // Another game's affair; both twins get it.
            _ => None,
        };
        accepted.insert(event.action, replacement);
    }
    accepted
}

fn without_refused_noise(
    schedule: &Schedule,
    accepted: &BTreeMap<ActionId, Option<Action>>,
) -> Schedule {
    let mut calm = schedule.clone();
    calm.steps.retain(|step| !step.action.is_noise() || accepted.contains_key(&step.id));
    for step in &mut calm.steps {
        if let Some(Some(replacement)) = accepted.get(&step.id) {
            step.action = replacement.clone();
        }
    }
    calm
}

/// A known deviation explains a difference in bytes if its trigger occurred, and nothing else.
fn excuse_known(arena: &Arena<'_>, disturbed: &Transcript, judgement: &mut Judgement) {
    let known = arena
        .deviations
        .iter()
        .find(|known| known.kind == DeviationKind::KeyMadeOnRejection);
    let Some(known) = known else { return };
    let bytes_only = judgement
        .violations
        .iter()
        .all(|violation| violation.kind == ViolationKind::TwinBytes);
    if !judgement.violations.is_empty() && bytes_only && rejected_while_owing(arena, disturbed) {
        judgement.violations.clear();
        judgement.deviations.insert(known.finding.clone().into_owned());
    }
}

//! Twins: the same conversation with and without noise or restarts must go on in the same way, for ever.

use super::{Judgement, Violation, ViolationKind};
use crate::engine::{Arena, Event, EventKind, Outcome, RandomnessLevel, Transcript};

/// Compares the events that both twins have: `disturbed` saw something that `calm` did not. The first difference is a
/// violation. Bytes are compared only where the randomness of each call is in our hands.
pub fn compare_twins(
    arena: &Arena<'_>,
    disturbed: &Transcript,
    calm: &Transcript,
    is_disturbance: impl Fn(&Event) -> bool,
    judgement: &mut Judgement,
) {
    let shared: Vec<&Event> =
        disturbed.events.iter().filter(|event| !is_disturbance(event)).collect();
    let compare_bytes = arena.randomness == RandomnessLevel::PerCall;
    for (ours, theirs) in shared.iter().zip(&calm.events) {
        let Some((kind, difference)) = differ(disturbed, ours, calm, theirs, compare_bytes) else {
            continue;
        };
        let damage = damage(&shared, &calm.events);
        let mut violation =
            Violation::new(kind, ours.action, format!("{difference}; damage: {damage}"));
        if let EventKind::Sent(message) = ours.kind {
            violation = violation.of_message(disturbed.wire[message].name);
        }
        return judgement.fail(violation);
    }
    if shared.len() != calm.events.len() {
        let action = shared.last().map_or(crate::schedule::ActionId::PAIRING, |event| event.action);
        let detail = format!("{} events against {}", shared.len(), calm.events.len());
        judgement.fail(Violation::new(ViolationKind::TwinOutcome, action, detail));
    }
}

/// What became of the messages that the twin sent and opened.
fn damage(ours: &[&Event], theirs: &[Event]) -> &'static str {
    let works = |event: &Event| match &event.kind {
        EventKind::Sent(_) => true,
        EventKind::Delivered(delivery) => !matches!(delivery.outcome, Outcome::Refused(_)),
        _ => false,
    };
    // Only what works for the twin can be lost here; the survivors tell how deep the damage goes.
    let kept: Vec<bool> = ours
        .iter()
        .zip(theirs)
        .filter(|(_, theirs)| works(theirs))
        .map(|(ours, _)| works(ours))
        .collect();
    match kept.iter().filter(|kept| !**kept).count() {
        0 => "nothing is lost",
        _ if kept.last() == Some(&false) && kept.len() > 1 && !kept[kept.len() - 2] => {
            "the session is dead"
        }
        1 => "one genuine message is lost",
        _ => "following messages are lost",
    }
}

fn differ(
    disturbed: &Transcript,
    ours: &Event,
    calm: &Transcript,
    theirs: &Event,
    compare_bytes: bool,
) -> Option<(ViolationKind, String)> {
    let outcome = |detail: String| Some((ViolationKind::TwinOutcome, detail));
    match (&ours.kind, &theirs.kind) {
        (EventKind::Sent(a), EventKind::Sent(b)) => {
            let (a, b) = (&disturbed.wire[*a], &calm.wire[*b]);
            (compare_bytes && a.bytes != b.bytes).then(|| {
                (ViolationKind::TwinBytes, format!("message {} goes out with other bytes", a.name))
            })
        }
        (EventKind::Delivered(a), EventKind::Delivered(b)) => {
            let name = disturbed.wire[a.message].name;
            match (&a.outcome, &b.outcome) {
                (Outcome::Refused(_), Outcome::Refused(_)) => None,
                (ours, theirs) if ours == theirs => None,
                (Outcome::Refused(rejection), _) => {
                    outcome(format!("message {name} is refused, which the twin opens: {rejection}"))
                }
                (_, Outcome::Refused(_)) => {
                    outcome(format!("message {name} is opened, which the twin refuses"))
                }
                _ => outcome(format!("message {name} opens to another plaintext than the twin's")),
            }
        }
        (EventKind::SendRefused { .. }, EventKind::SendRefused { .. })
        | (EventKind::Swept(_), EventKind::Swept(_))
        | (EventKind::Stolen(_), EventKind::Stolen(_))
        | (EventKind::Restarted { .. }, EventKind::Restarted { .. })
        | (EventKind::Persisted { .. }, EventKind::Persisted { .. })
        | (EventKind::Crashed { .. }, EventKind::Crashed { .. })
        | (EventKind::Ticked, EventKind::Ticked)
        | (EventKind::DrewBadly { .. }, EventKind::DrewBadly { .. })
        | (EventKind::Nothing(_), EventKind::Nothing(_))
        | (EventKind::ServiceSent { .. }, EventKind::ServiceSent { .. }) => None,
        (
            EventKind::ServiceDelivered { outcome: a, .. },
            EventKind::ServiceDelivered { outcome: b, .. },
        ) => (a.is_ok() != b.is_ok())
            .then(|| (ViolationKind::TwinOutcome, "a service message fares otherwise".to_owned())),
        (EventKind::SendRefused { by, rejection }, _) => {
            outcome(format!("the {by} cannot send any more: {rejection}"))
        }
        _ => outcome("the conversations part".to_owned()),
    }
}

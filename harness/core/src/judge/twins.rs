//! Twins: the same conversation with and without noise or restarts must go on in the same way, for ever.

use super::{Judgement, Violation, ViolationKind};
use crate::engine::{
    Arena, Arrival, Delivery, Event, EventKind, Outcome, RandomnessLevel, Transcript, execute,
};

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
    let mut compare_bytes = arena.randomness == RandomnessLevel::PerCall;
    let mut aborted = Aborted::by_design(arena, disturbed);
    for (ours, theirs) in shared.iter().zip(&calm.events) {
        if is_noise_of_own_keys(arena, disturbed, ours) || is_noise_of_own_keys(arena, calm, theirs)
        {
            return judgement.disclaim(ViolationKind::TwinOutcome);
        }
        let Some((kind, difference)) = differ(disturbed, ours, calm, theirs, compare_bytes) else {
            continue;
        };
        if kind == ViolationKind::TwinBytes && !repeats_itself(arena, disturbed) {
            // Randomness of its own that showed too rarely to be detected.
            compare_bytes = false;
            continue;
        }
        if aborted.explain(kind, ours) {
            return judgement.disclaim(kind);
        }
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

/// Whether the same execution, made once more, sends the same bytes. If not, a difference in bytes shows nothing.
fn repeats_itself(arena: &Arena<'_>, transcript: &Transcript) -> bool {
    let again_arena = arena.seeded(transcript.seed);
    let again = execute(&again_arena, &transcript.schedule);
    arena.add_steps(again_arena.steps());
    again.is_ok_and(|again| {
        let bytes = |of: &Transcript| -> Vec<Vec<u8>> {
            of.wire.iter().map(|wire| wire.bytes.clone()).collect()
        };
        bytes(&again) == bytes(transcript)
    })
}

/// Whether something came out that nobody authenticates, and that is another text for a twin with keys of its own.
fn is_noise_of_own_keys(arena: &Arena<'_>, transcript: &Transcript, event: &Event) -> bool {
    let EventKind::Delivered(Delivery { message, arrival, outcome, .. }) = &event.kind else {
        return false;
    };
    let is_right = matches!(arrival, Arrival::Genuine) && *outcome == Outcome::Opened(*message);
    arena.randomness != RandomnessLevel::PerCall
        && transcript.may_be_anything(arena.profile, outcome)
        && !is_right
}

/// Which sessions a refused message may have ended, where the profile says that it does.
struct Aborted<'t> {
    events: Option<std::slice::Iter<'t, Event>>,
    parties: [bool; 2],
}

impl<'t> Aborted<'t> {
    fn by_design(arena: &Arena<'_>, disturbed: &'t Transcript) -> Self {
        let events = arena.profile.aborts_on_forgery.then(|| disturbed.events.iter());
        Self { events, parties: [false; 2] }
    }

    /// Whether what happens in `event` may be because its party's session is over. Asked at the first difference.
    fn explain(&mut self, kind: ViolationKind, event: &Event) -> bool {
        let Some(events) = &mut self.events else { return false };
        for earlier in events.take_while(|earlier| !std::ptr::eq(*earlier, event)) {
            match &earlier.kind {
                EventKind::Delivered(Delivery { to, outcome: Outcome::Refused(_), .. }) => {
                    self.parties[to.index()] = true;
                }
                EventKind::ServiceDelivered { from, outcome, .. } => {
                    let is_over = outcome.is_err() || self.parties[from.index()];
                    self.parties[from.peer().index()] |= is_over;
                }
                _ => {}
            }
        }
        match &event.kind {
            EventKind::SendRefused { by, .. } => self.parties[by.index()],
            EventKind::Delivered(delivery) => {
                matches!(delivery.outcome, Outcome::Refused(_)) && self.parties[delivery.to.index()]
            }
            EventKind::ServiceDelivered { from, outcome: Err(_), .. } => {
                self.parties[from.peer().index()]
            }
            // A party that makes no service message any more shifts what follows, whoever does it.
            _ => kind == ViolationKind::TwinOutcome && self.parties != [false; 2],
        }
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
        | (EventKind::Ticked(_), EventKind::Ticked(_))
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

use crate::engine::{Arena, EventKind, Outcome, Transcript, execute};
use crate::games::cross_play::CrossPlay;
use crate::games::randomness_repeated_tape::needs_tapes;
use crate::games::worlds::{home, play};
use crate::games::{About, Game, game};
use crate::judge::{Judgement, Violation, ViolationKind};
use crate::run::Totals;
use crate::schedule::{Choices, Schedule, Shape};
use crate::{Party, Profile, Rejection, Verdict};

game! {
    DifferentialReference,
    id: "differential/reference",
    catalogue: "G-DIFF-1",
    title: "The reference makes the same bytes, and each opens what the other sends",
    severity: High,
    source: "McKeeman, Differential testing for software (1998); RUSTSEC-2025-0133 (libcrux: a wrong hash on one platform that agreed with itself)",
    checks: "Plays honest conversations with loss and reordering twice, with the same shared secret and randomness: on the \
        ratchet and on a correct one of the same specification. Every byte sent must be equal, and the same messages \
        must open. Then the ratchet talks to the reference, once from each side.",
    cannot_show: "A fault that the reference has too. Only ratchets that are built to make the same bytes as some other one have \
        a reference.",
    control: "a38-wrong-label",
    plainly: "Two ends of a faulty program may understand each other perfectly, because both make the same mistake. Only a \
        second program that was written by the book shows it.",
}

const BYTES: &str = "bytes equal to the reference's|bytes";
const CROSSED: &str = "messages opened between ratchet and reference|times";

impl Game for DifferentialReference {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn needs(&self, arena: &Arena<'_>) -> Result<(), String> {
        if arena.reference.is_none() {
            return Err("there is no reference to compare with".to_owned());
        }
        needs_tapes(arena)
    }

    fn trials(&self, _profile: &Profile) -> u64 {
        12
    }

    fn schedule(&self, profile: &Profile, choices: &mut dyn Choices, trial: u64) -> Schedule {
        let shape = Shape {
            actions: (4, 24),
            turns: Shape::everything(profile).turns,
            restarts: trial % 3 == 2,
            ..Shape::honest()
        };
        Schedule::generate(choices, &shape)
    }

    fn judge(&self, arena: &Arena<'_>, schedule: &Schedule) -> Result<Judgement, Rejection> {
        let mut judgement = Judgement::default();
        let Some(reference) = arena.reference else { return Ok(judgement) };
        let takes_secret = arena.capabilities.secret && reference.capabilities().secret;
        let world = if takes_secret { home(arena) } else { arena.world };
        let ours = play(arena, world, schedule)?;
        let by_reference = arena.of_ratchet(reference);
        let theirs = play(&by_reference, world, schedule)?;
        arena.add_steps(by_reference.steps());
        compare(&ours, &theirs, &mut judgement);
        for tested in Party::BOTH {
            if !judgement.violations.is_empty() {
                break;
            }
            let cross = CrossPlay::new(arena.ratchet, reference, tested);
            let crossed = arena.of_ratchet(&cross);
            let transcript = execute(&crossed, schedule)?;
            arena.add_steps(crossed.steps());
            judge_cross_play(&transcript, &ours, tested, &mut judgement);
        }
        Ok(judgement)
    }

    fn counts(&self, kind: ViolationKind) -> bool {
        kind == ViolationKind::DiffersFromReference
    }

    fn conclude(&self, _profile: &Profile, totals: &Totals) -> (Verdict, String) {
        let bytes = totals.figures.get(BYTES).map_or(0, |figure| figure.sum);
        let crossed = totals.figures.get(CROSSED).map_or(0, |figure| figure.count);
        if bytes == 0 || crossed == 0 {
            return (Verdict::NotRun, "no message was sent".to_owned());
        }
        (Verdict::Pass, format!("{bytes} bytes equal, {crossed} messages opened across"))
    }
}

/// What a delivery came to, as far as two ratchets can be compared.
fn fate(event: &EventKind) -> Option<(usize, bool)> {
    let EventKind::Delivered(delivery) = event else { return None };
    Some((delivery.message, delivery.outcome == Outcome::Opened(delivery.message)))
}

fn compare(ours: &Transcript, theirs: &Transcript, judgement: &mut Judgement) {
    let kind = ViolationKind::DiffersFromReference;
    for (ours_event, theirs_event) in ours.events.iter().zip(&theirs.events) {
        let words = match (&ours_event.kind, &theirs_event.kind) {
            (EventKind::Sent(a), EventKind::Sent(b)) => {
                let (a, b) = (&ours.wire[*a], &theirs.wire[*b]);
                if a.bytes == b.bytes {
                    judgement.measure(BYTES, a.bytes.len() as u64);
                    continue;
                }
                let at = a.bytes.iter().zip(&b.bytes).take_while(|(a, b)| a == b).count();
                let words = format!("message {} differs from the reference's at byte {at}", a.name);
                let violation = Violation::new(kind, ours_event.action, words);
                return judgement.violations.push(violation.of_message(a.name));
            }
            (
                EventKind::ServiceDelivered { bytes: a, .. },
                EventKind::ServiceDelivered { bytes: b, .. },
            ) if a != b => "a service message differs from the reference's",
            (a, b) if fate(a) != fate(b) => "what opens is not what the reference opens",
            (a, b) if std::mem::discriminant(a) != std::mem::discriminant(b) => {
                "something else happens than with the reference"
            }
            _ => continue,
        };
        return judgement.violations.push(Violation::new(kind, ours_event.action, words));
    }
}

/// What opens between two ends of the ratchet has to open between the ratchet and the reference.
fn judge_cross_play(
    crossed: &Transcript,
    ours: &Transcript,
    tested: Party,
    judgement: &mut Judgement,
) {
    for (crossed_event, ours_event) in crossed.events.iter().zip(&ours.events) {
        match (fate(&crossed_event.kind), fate(&ours_event.kind)) {
            (Some((_, true)), Some((_, true))) => judgement.measure(CROSSED, 1),
            (Some((message, false)), Some((_, true))) => {
                let wire = &crossed.wire[message];
                let opener = if wire.from == tested { "the reference" } else { "the ratchet" };
                let words = format!("{opener} does not open what the other one sends");
                let kind = ViolationKind::DiffersFromReference;
                let violation = Violation::new(kind, crossed_event.action, words);
                return judgement.violations.push(violation.of_message(wire.name));
            }
            _ => {}
        }
    }
}

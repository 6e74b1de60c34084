use super::building::Script;
use super::rollback_sender::{before_an_answer, restored};
use crate::engine::{Arena, EventKind, Outcome, Theft, Transcript, Wire, execute};
use crate::games::{About, Game, game};
use crate::judge::{Judgement, Violation, ViolationKind};
use crate::run::Totals;
use crate::schedule::{Action, Choices, Schedule};
use crate::{DynSession, Opened, Party, Profile, Rejection, Verdict};

game! {
    RollbackReceiver,
    id: "rollback/receiver",
    catalogue: "G-RB-2",
    title: "A receiver restored from an old state forgets only what came after it",
    severity: Medium,
    source: "Paterson, Scarlata, Truong, Three lessons from Threema, USENIX Security 2023 (the nonce database is lost, and \
        replays are accepted); Conversations issues 1799 and 2227",
    checks: "Restores a party from an old state, twice, by its export where there is one. What it had opened before that \
        state must stay refused; what it opened afterwards opens again, unless the ratchet has a store that only counts up: \
        that is measured, and `not-claimed`. Both restored sessions must open the same, one after the other: a session \
        from storage shares nothing with another one.",
    cannot_show: "Whether an application notices messages that come again.",
    control: "r50-last-key-comes-back",
    kept: "it measures what opens again after a rollback, which no other game tells",
}

const AGAIN: &str = "messages that open again|messages";
const OPENED: &str = "messages opened since the old state|messages";
const STAY: &str = "older messages that stay refused|messages";

impl Game for RollbackReceiver {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn trials(&self, _profile: &Profile) -> u64 {
        6
    }

    fn schedule(&self, profile: &Profile, choices: &mut dyn Choices, trial: u64) -> Schedule {
        let mut script = Script::default();
        let victim =
            if trial % 2 == 1 || profile.is_one_way() { Party::Responder } else { Party::Initiator };
        before_an_answer(&mut script, victim, profile, choices);
        let before = choices.between(1, 3) as u16;
        let first = script.send(victim.peer(), before);
        script.deliver(first, before);
        script.add(Action::Steal { from: victim });
        let after = choices.between(1, 4) as u16;
        let first = script.send(victim.peer(), after);
        script.deliver(first, after);
        if trial % 3 == 2 && !profile.is_one_way() {
            script.ping_pong(victim, 4);
        }
        script.finish()
    }

    fn judge(&self, arena: &Arena<'_>, schedule: &Schedule) -> Result<Judgement, Rejection> {
        let transcript = execute(arena, schedule)?;
        let mut judgement = Judgement::default();
        for theft in &transcript.thefts {
            if let Err(violation) = roll_back(arena, &transcript, theft, &mut judgement) {
                judgement.violations.push(violation);
                break;
            }
        }
        Ok(judgement)
    }

    fn counts(&self, kind: ViolationKind) -> bool {
        matches!(kind, ViolationKind::Replayed | ViolationKind::TwinOutcome)
    }

    fn conclude(&self, _profile: &Profile, totals: &Totals) -> (Verdict, String) {
        let sum = |name| totals.figures.get(name).map_or(0, |figure| figure.sum);
        match (sum(AGAIN), sum(OPENED)) {
            (_, 0) => (Verdict::NotRun, "nothing was opened after the old state".to_owned()),
            (0, opened) => (Verdict::Pass, format!("{opened} messages stay refused after a rollback")),
            (again, opened) => (
                Verdict::NotClaimed,
                format!("{again} of {opened} messages open again after a rollback"),
            ),
        }
    }
}

fn roll_back(
    arena: &Arena<'_>,
    transcript: &Transcript,
    theft: &Theft,
    judgement: &mut Judgement,
) -> Result<(), Violation> {
    let opened = |until: std::ops::Range<usize>| -> Vec<&Wire> {
        let events = transcript.events[until].iter().filter_map(|event| match &event.kind {
            EventKind::Delivered(delivery) if delivery.to == theft.victim => match delivery.outcome {
                Outcome::Opened(message) => Some(&transcript.wire[message]),
                _ => None,
            },
            _ => None,
        });
        events.collect()
    };
    let before = opened(0..theft.event);
    let after = opened(theft.event..transcript.events.len());
    let [mut one, mut other] = [0; 2].map(|_| restored(arena, &theft.session));
    if arena.profile.claims_replay_protection() {
        for wire in before {
            if opens(arena, theft, &mut one.clone(), wire) {
                let detail = format!("the {} opened it, was restored, and opens it again", theft.victim);
                let violation = Violation::new(ViolationKind::Replayed, theft.action, detail);
                return Err(violation.of_message(wire.name));
            }
            judgement.measure(STAY, 1);
        }
    }
    let again = |session: &mut DynSession| -> Vec<bool> {
        after.iter().map(|wire| opens(arena, theft, session, wire)).collect()
    };
    let (first, second) = (again(&mut one), again(&mut other));
    if let Some(place) = first.iter().zip(&second).position(|(first, second)| first != second) {
        let detail = format!(
            "of two sessions of the {} restored from the same state only one opens it: they share something",
            theft.victim
        );
        let violation = Violation::new(ViolationKind::TwinOutcome, theft.action, detail);
        return Err(violation.of_message(after[place].name));
    }
    judgement.measure(OPENED, after.len() as u64);
    judgement.measure(AGAIN, first.iter().filter(|opened| **opened).count() as u64);
    Ok(())
}

fn opens(arena: &Arena<'_>, theft: &Theft, session: &mut DynSession, wire: &Wire) -> bool {
    let mut rng = arena.seed.derived(0x0b6).call(theft.action, 0);
    let ad = arena.associated_data(wire.ad);
    let opened = arena.decrypt(session, &mut rng, ad, &wire.bytes);
    matches!(opened, Ok(Opened::Plaintext(plaintext)) if plaintext == wire.plaintext)
}

use crate::engine::{Arena, Event, EventKind, Transcript};
use crate::games::building::insert;
use crate::games::reuse::{reused, sealed};
use crate::games::outsider::opened_by_outsider;
use crate::games::randomness_repeated_tape::{judge_reuse, needs_tapes};
use crate::games::worlds::{home, other_session, play};
use crate::games::{About, Game, game};
use crate::judge::{Judgement, Violation, ViolationKind, Weakness};
use crate::run::Totals;
use crate::schedule::{Action, ActionId, BadTape, Choices, Schedule, Shape, Step};
use crate::{Party, Profile, Rejection, Verdict};

game! {
    RandomnessBadAtOneStep,
    id: "randomness/bad-at-one-step",
    catalogue: "G-RNG-3",
    title: "One bad draw, without a theft, gives nothing away",
    severity: High,
    source: "Alwen, Coretti, Dodis, The double ratchet (EUROCRYPT 2019): bad randomness alone is no corruption; Balli, Rösler, Vaudenay 2020",
    checks: "Plays a conversation in which one call draws only zeros, one byte over and over, bytes that everybody knows, or \
        what the party drew before; and the same in a second session of another secret. No two messages may be under one \
        keystream, within a session or across both, and nothing may open for the ends of the other session, which know \
        everything that was drawn and nothing that was agreed.",
    cannot_show: "What a thief gains from a bad draw: games with thefts show that. A reader who needs another program than the \
        ratchet itself.",
    control: "b54-zero-key-for-bad-draws",
    plainly: "The dice of a device fail once, just after it was switched on, say. Nobody has stolen anything. Then nothing \
        may become readable, because older secrets still protect the conversation.",
    kept: "it needs no theft: what it reads is on the wire of two sessions",
}

const PLAYED: &str = "bad draws|times";

impl Game for RandomnessBadAtOneStep {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn needs(&self, arena: &Arena<'_>) -> Result<(), String> {
        needs_tapes(arena)
    }

    fn trials(&self, _profile: &Profile) -> u64 {
        24
    }

    fn schedule(&self, profile: &Profile, choices: &mut dyn Choices, trial: u64) -> Schedule {
        let shape = Shape { actions: (2, 8), ..Shape::honest() };
        let mut schedule = Schedule::generate(choices, &shape);
        let by = Party::BOTH[(trial % 2) as usize];
        let tape = BadTape::ALL[(trial / 2) as usize % BadTape::ALL.len()];
        insert(&mut schedule, Action::BadRandomness { by, tape }, choices);
        // Long enough for what is drawn rarely.
        let turns = Shape::everything(profile).turns;
        let action = Action::PingPong { first: Party::Initiator, turns };
        schedule.steps.push(Step { id: ActionId(1000), action });
        schedule
    }

    fn judge(&self, arena: &Arena<'_>, schedule: &Schedule) -> Result<Judgement, Rejection> {
        let mut judgement = Judgement::default();
        let ours = play(arena, home(arena), schedule)?;
        let theirs = play(arena, other_session(arena), schedule)?;
        let drew = |event: &&Event| matches!(event.kind, EventKind::DrewBadly { .. });
        for _ in ours.events.iter().filter(drew) {
            judgement.measure(PLAYED, 1);
        }
        judge_sessions(arena, &ours, &theirs, &mut judgement);
        Ok(judgement)
    }

    fn counts(&self, kind: ViolationKind) -> bool {
        matches!(kind, ViolationKind::KeyReused | ViolationKind::ThirdReader)
    }

    fn counts_weak(&self, weakness: Weakness, _position: &str) -> bool {
        weakness == Weakness::Unclaimed
    }

    fn conclude(&self, _profile: &Profile, totals: &Totals) -> (Verdict, String) {
        match totals.figures.get(PLAYED) {
            Some(played) => {
                (Verdict::Pass, format!("{} bad draws gave nothing away", played.count))
            }
            None => (Verdict::NotRun, "nothing was drawn badly".to_owned()),
        }
    }
}

fn judge_sessions(
    arena: &Arena<'_>,
    ours: &Transcript,
    theirs: &Transcript,
    judgement: &mut Judgement,
) {
    let mut messages = sealed(arena, 0, ours);
    messages.extend(sealed(arena, 1, theirs));
    if let Some(pair) = reused(&messages) {
        judge_reuse(arena, &pair, judgement);
    }
    let ends = theirs.sessions.iter();
    if let Some(wire) = opened_by_outsider(arena, ours, ends) {
        let words = "it opens for an outsider who knows what was drawn, but not the shared secret";
        let violation = Violation::new(ViolationKind::ThirdReader, wire.name.action, words);
        judgement.violations.push(violation.of_message(wire.name));
    }
}

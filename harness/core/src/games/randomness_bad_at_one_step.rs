use crate::engine::{Arena, Bad, Fault, Transcript, World};
use crate::games::keystream::{reused, sealed};
use crate::games::outsider::opened_by_outsider;
use crate::games::randomness_repeated_tape::{judge_reuse, needs_tapes};
use crate::games::worlds::{home, other_secrets, play};
use crate::games::{About, Game, game};
use crate::judge::{Judgement, Violation, ViolationKind, Weakness};
use crate::run::Totals;
use crate::schedule::{Choices, Schedule, Shape};
use crate::{Profile, Rejection, Verdict};

game! {
    RandomnessBadAtOneStep,
    id: "randomness/bad-at-one-step",
    catalogue: "G-RNG-3",
    title: "One bad draw, without a theft, gives nothing away",
    severity: High,
    source: "Alwen, Coretti, Dodis, The double ratchet (EUROCRYPT 2019): bad randomness alone is no corruption; Balli, Rösler, Vaudenay 2020",
    checks: "Plays a conversation once for each of its actions, in which the calls of that action draw only zeros, only ones, \
        or what the party drew before. The same goes wrong in a second session of another secret. No two messages may \
        be under one keystream, within a session or across both, and nothing may open for the ends of the other \
        session, which know everything that was drawn and nothing that was agreed.",
    cannot_show: "What a thief gains from a bad draw: games with thefts show that. A reader who needs another program than the \
        ratchet itself.",
    control: "b54-zero-key-for-bad-draws",
    plainly: "The dice of a device fail once, just after it was switched on, say. Nobody has stolen anything. Then nothing \
        may become readable, because older secrets still protect the conversation.",
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
        6
    }

    fn schedule(&self, _profile: &Profile, choices: &mut dyn Choices, _trial: u64) -> Schedule {
        let shape = Shape { actions: (3, 8), turns: 4, ..Shape::honest() };
        Schedule::generate(choices, &shape)
    }

    fn judge(&self, arena: &Arena<'_>, schedule: &Schedule) -> Result<Judgement, Rejection> {
        let mut judgement = Judgement::default();
        // One kind of bad draw for a case, so that shrinking keeps it.
        let kinds = [Bad::Constant(0), Bad::Constant(0xff), Bad::Repeated];
        let kind = kinds[arena.seed.choices_below(kinds.len())];
        for step in &schedule.steps {
            let bad = |world| World { fault: Fault::At(step.id, kind), ..world };
            let ours = play(arena, bad(home(arena)), schedule)?;
            let theirs = play(arena, bad(other_secrets(arena)), schedule)?;
            judgement.measure(PLAYED, 1);
            judge_sessions(arena, &ours, &theirs, &mut judgement);
            if let Some(violation) = judgement.violations.last_mut() {
                let draws = match kind {
                    Bad::Constant(byte) => format!("bytes {byte:02x} only"),
                    Bad::Repeated => "what was drawn before".to_owned(),
                };
                violation.detail += &format!("; the calls of action {} draw {draws}", step.id);
                break;
            }
        }
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

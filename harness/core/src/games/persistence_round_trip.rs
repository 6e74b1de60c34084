use std::collections::BTreeSet;

use crate::engine::{Arena, Event, EventKind, execute};
use crate::games::{About, Game, game};
use crate::judge::{Judgement, Violation, ViolationKind, compare_twins};
use crate::run::Totals;
use crate::schedule::{Action, ActionId, Choices, Schedule, Shape, Step};
use crate::{Party, Profile, Rejection, Verdict};

game! {
    PersistenceRoundTrip,
    id: "persistence/round-trip",
    catalogue: "G-PER-1",
    title: "A session that is saved and loaded at every step goes on as if it had not been",
    severity: Medium,
    source: "Wire core-crypto issue 194; olm issue 61; RUSTSEC advisories on restored state",
    checks: "Runs each conversation twice with the same randomness: once with both parties restarted from their exports \
        behind every action (before the first send, with skipped keys, after refusals), once without. What opens, what is \
        refused and every byte sent must be equal.",
    cannot_show: "Formats of older versions; crashes in the middle of a write.",
    control: "s01-skipped-keys-not-saved",
    kept: "it restores after every step; others restore now and then",
}

const RESTARTS: &str = "restarts|times";

impl Game for PersistenceRoundTrip {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn needs(&self, arena: &Arena<'_>) -> Result<(), String> {
        if arena.capabilities.export {
            Ok(())
        } else {
            Err("the ratchet has no export".to_owned())
        }
    }

    fn trials(&self, _profile: &Profile) -> u64 {
        32
    }

    fn schedule(&self, _profile: &Profile, choices: &mut dyn Choices, trial: u64) -> Schedule {
        let shape = Shape { actions: (4, 28), noise: trial % 2 == 1, ..Shape::honest() };
        let talk = Schedule::generate(choices, &shape);
        let mut next = talk.steps.len() as u32;
        let mut restart = |party| {
            next += 1;
            Step { id: ActionId(next), action: Action::Restart { party } }
        };
        let mut steps = Vec::new();
        for step in talk.steps {
            steps.extend(Party::BOTH.map(&mut restart));
            steps.push(step);
        }
        Schedule { steps, ..talk }
    }

    fn judge(&self, arena: &Arena<'_>, schedule: &Schedule) -> Result<Judgement, Rejection> {
        let mut judgement = Judgement::default();
        let restarted = execute(arena, schedule)?;
        for event in &restarted.events {
            let EventKind::Restarted { party, outcome } = &event.kind else { continue };
            judgement.measure(RESTARTS, 1);
            if let Err(rejection) = outcome {
                let detail = format!("the {party}'s own export was not taken back: {rejection}");
                let refused = ViolationKind::OwnExportRefused;
                judgement.violations.push(Violation::new(refused, event.action, detail));
                return Ok(judgement);
            }
        }
        let restarts: BTreeSet<ActionId> = schedule
            .steps
            .iter()
            .filter(|step| matches!(step.action, Action::Restart { .. }))
            .map(|step| step.id)
            .collect();
        let calm_arena = arena.seeded(arena.seed);
        let uninterrupted = schedule.without(|action| matches!(action, Action::Restart { .. }));
        let calm = execute(&calm_arena, &uninterrupted)?;
        arena.add_steps(calm_arena.steps());
        let is_restart = |event: &Event| restarts.contains(&event.action);
        compare_twins(arena, &restarted, &calm, is_restart, &mut judgement);
        Ok(judgement)
    }

    fn counts(&self, kind: ViolationKind) -> bool {
        matches!(
            kind,
            ViolationKind::OwnExportRefused | ViolationKind::TwinBytes | ViolationKind::TwinOutcome
        )
    }

    fn conclude(&self, _profile: &Profile, totals: &Totals) -> (Verdict, String) {
        match totals.figures.get(RESTARTS) {
            Some(restarts) => (Verdict::Pass, format!("{} restarts left no trace", restarts.count)),
            None => (Verdict::NotRun, "no restart was made".to_owned()),
        }
    }
}

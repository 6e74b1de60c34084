use super::building::Script;
use crate::attackers::clone_on_all;
use crate::engine::{Arena, EventKind, execute};
use crate::games::{About, Game, game};
use crate::judge::{ExposureTime, Judgement, ViolationKind, judge_attacked};
use crate::run::Totals;
use crate::schedule::{Choices, MessageName, Schedule};
use crate::{Family, Ordering, Party, Profile, Rejection, Verdict};

game! {
    ForwardSecrecyReloadBetweenDeliveries,
    id: "forward-secrecy/reload-between-deliveries",
    catalogue: "G-FS-8",
    title: "A session that lives in storage forgets as one in memory does",
    severity: Critical,
    source: "OpenMLS advisory GHSA-qr9h-x63w-vqfm: secrets of past epochs were deleted in memory and stayed in storage",
    checks: "Restarts the party that acted from its own export after each single send and delivery, over chains of up to \
        twelve messages in and out of order and several epochs, and then steals what is at rest. No message that was \
        opened before may open again: a ratchet that moves on in memory alone shows here.",
    cannot_show: "What a library does to a storage of its own, behind its export.",
    control: "f20-rest-stands-still",
    kept: "it plays the application that lives in storage; others restore now and then",
}

const RELOADS: &str = "reloads between deliveries|times";

impl Game for ForwardSecrecyReloadBetweenDeliveries {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn needs(&self, arena: &Arena<'_>) -> Result<(), String> {
        if arena.capabilities.export {
            return Ok(());
        }
        Err("the ratchet does not export its sessions".to_owned())
    }

    fn trials(&self, _profile: &Profile) -> u64 {
        16
    }

    fn schedule(&self, profile: &Profile, choices: &mut dyn Choices, trial: u64) -> Schedule {
        let one_way = profile.is_one_way();
        let in_order = profile.ordering == Ordering::Strict
            || profile.limits().is_some_and(|limits| limits.max_skip == Some(0));
        let mut script = Script::default();
        let mut sender = Party::Initiator;
        // A long chain now and then; else short ones and several epochs.
        let chains = if trial.is_multiple_of(4) { vec![12] } else { vec![0; choices.between(2, 4) as usize] };
        for length in chains {
            let length = if length == 0 { choices.between(1, 4) as u16 } else { length };
            let first = script.send(sender, length);
            script.restart(sender);
            let (from, step) = (choices.below(length.into()) as u16, coprime_step(length, choices));
            for place in 0..length {
                let index = if in_order { place } else { (from + place * step) % length };
                script.deliver(MessageName { index, ..first }, 1);
                script.restart(sender.peer());
            }
            if choices.chance(1, 3) {
                script.steal(sender.peer());
            }
            if !one_way {
                sender = sender.peer();
            }
        }
        script.steal(if one_way { sender.peer() } else { sender });
        script.finish()
    }

    fn judge(&self, arena: &Arena<'_>, schedule: &Schedule) -> Result<Judgement, Rejection> {
        let transcript = execute(arena, schedule)?;
        let attacked = judge_attacked(arena, &transcript, |_, theft| {
            clone_on_all(arena, &transcript, theft)
        });
        let mut judgement = attacked.0;
        let reloads = transcript
            .events
            .iter()
            .filter(|event| matches!(event.kind, EventKind::Restarted { outcome: Ok(()), .. }));
        reloads.for_each(|_| judgement.measure(RELOADS, 1));
        Ok(judgement)
    }

    fn counts(&self, kind: ViolationKind) -> bool {
        kind == ViolationKind::Exposed(ExposureTime::Consumed)
    }

    fn conclude(&self, profile: &Profile, totals: &Totals) -> (Verdict, String) {
        if totals.working_thefts == 0 || !totals.figures.contains_key(RELOADS) {
            return (Verdict::NotRun, "no reloaded session was shown to work".to_owned());
        }
        match &profile.family {
            Family::StaticKey(_) => (Verdict::NotClaimed, "one key opens everything".to_owned()),
            Family::PeriodicRekey(_) => {
                (Verdict::Pass, "between periods; within a period nothing is claimed".to_owned())
            }
            _ => (Verdict::Pass, String::new()),
        }
    }
}

/// A step that visits every message of a chain once: 1 or, where it has no common divisor with the length, 5.
fn coprime_step(length: u16, choices: &mut dyn Choices) -> u16 {
    if !length.is_multiple_of(5) && choices.chance(1, 2) { 5 } else { 1 }
}

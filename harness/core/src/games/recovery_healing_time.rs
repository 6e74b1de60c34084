use super::building::{Script};
use crate::attackers::Effort;
use crate::engine::{Arena, EventKind, execute};
use crate::games::{About, Game, game};
use crate::judge::{ExposureTime, Judgement, ViolationKind, judge_transcript};
use crate::run::Totals;
use crate::schedule::{Action, Choices, MessageName, Schedule, Tamper};
use crate::{Family, Party, Profile, Rejection, Verdict};

game! {
    RecoveryHealingTime,
    id: "recovery/healing-time",
    catalogue: "G-PCS-1",
    title: "After a theft the conversation heals in time, and stays healed",
    severity: Critical,
    source: "Cohn-Gordon, Cremers, Garratt, On post-compromise security, CSF 2016; Blazy et al., How fast do you heal?, USENIX Security 2023",
    checks: "Steals one party or both at each kind of moment of an epoch t, lets the honest parties go on, and lets \
        passive clones, shadow clones, the re-encryption distinguisher and the seed guesser work on every later message. \
        Nothing may be read that the ideal keeps. The figure is the distance from t to the first epoch from which on \
        everything is safe; where there are no epochs, a message each way counts as one.",
    cannot_show: "Healing against an attacker who uses the stolen keys actively; a refresh from a value that the \
        attackers do not guess.",
    control: "p09-root-ignores-dh-eager",
    kept: "it measures healing for each position of a thief, as the tables of the literature give it",
}

/// The moments of a theft. Names of figures, with their unit.
const MOMENTS: [&str; 5] = [
    "healing, sender of epoch t stolen|epochs",
    "healing, receiver stolen before it answers|epochs",
    "healing, receiver stolen before it has received|epochs",
    "healing, both stolen after receiving|epochs",
    "healing, both stolen before receiving|epochs",
];

/// Epochs followed after the theft, where the family heals by direction changes.
const FOLLOWED: u16 = 9;

impl Game for RecoveryHealingTime {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn needs(&self, arena: &Arena<'_>) -> Result<(), String> {
        if arena.profile.is_one_way() {
            return Err("only one party sends, so nothing can heal".to_owned());
        }
        Ok(())
    }

    fn trials(&self, _profile: &Profile) -> u64 {
        MOMENTS.len() as u64 * 8
    }

    /// Moment by moment, with t from 2 to 5; every other run of the moments after failures and a restart.
    fn schedule(&self, profile: &Profile, choices: &mut dyn Choices, trial: u64) -> Schedule {
        let moment = (trial % 5) as usize;
        let t = 2 + (trial / 10) as u16;
        let after_failures = (trial / 5) % 2 == 1;
        let sender = if t % 2 == 1 { Party::Initiator } else { Party::Responder };
        let (receiver, steals_both) = (sender.peer(), moment >= 3);
        let mut script = Script::default();
        script.ping_pong(Party::Initiator, t - 1);
        if after_failures {
            provoke(&mut script, sender, choices);
        }
        let message = script.send(sender, 1);
        if matches!(moment, 0 | 1 | 3) {
            script.deliver(message, 1);
        }
        let first_victim = if moment == 0 || steals_both { sender } else { receiver };
        script.add(Action::Steal { from: first_victim });
        if steals_both {
            script.add(Action::Steal { from: receiver });
        }
        if matches!(moment, 2 | 4) {
            script.deliver(message, 1);
        }
        script.ping_pong(receiver, followed(profile));
        script.finish()
    }

    fn judge(&self, arena: &Arena<'_>, schedule: &Schedule) -> Result<Judgement, Rejection> {
        let transcript = execute(arena, schedule)?;
        let mut judgement = judge_transcript(arena, &transcript, Effort::Full);
        // Messages behind the theft's epoch come one an epoch, from t + 1 on, unless somebody did not send.
        let followed = u64::from(followed(arena.profile));
        let later = (transcript.wire.len() as u64).checked_sub(followed);
        let all_were_sent =
            !transcript.events.iter().any(|event| matches!(event.kind, EventKind::SendRefused { .. }));
        if let (Some(name), Some(later), true) = (moment_of(schedule), later, all_were_sent)
            && judgement.violations.is_empty()
        {
            let last = judgement
                .exposures
                .iter()
                .filter(|exposure| exposure.time == ExposureTime::SentAfter)
                .map(|exposure| exposure.message as u64)
                .max();
            let healing = match last {
                // The very last message may be of the direction that a thief does not hear.
                Some(last) if last + 2 >= transcript.wire.len() as u64 => u64::MAX,
                Some(last) => last + 2 - later,
                None => 1,
            };
            judgement.measure(name, healing);
        }
        Ok(judgement)
    }

    fn counts(&self, kind: ViolationKind) -> bool {
        kind == ViolationKind::Exposed(ExposureTime::SentAfter)
    }

    fn conclude(&self, profile: &Profile, totals: &Totals) -> (Verdict, String) {
        if totals.working_thefts == 0 {
            return (Verdict::NotRun, "no stolen session was shown to work".to_owned());
        }
        match profile.family {
            Family::DoubleRatchet(_) | Family::HybridRatchet(_) | Family::PeriodicRekey(_)
                if totals.off_limits.most == 0 =>
            {
                (Verdict::NotRun, "no message was certain to be sent after healing".to_owned())
            }
            Family::DoubleRatchet(_) | Family::HybridRatchet(_) | Family::PeriodicRekey(_) => {
                (Verdict::Pass, String::new())
            }
            _ => (Verdict::NotClaimed, "this family never heals".to_owned()),
        }
    }
}

/// Messages followed after the theft: enough for two whole periods where healing comes by periods.
fn followed(profile: &Profile) -> u16 {
    match &profile.family {
        Family::PeriodicRekey(claims) => {
            let periods = claims.rekey_messages.saturating_mul(3).saturating_add(8);
            u16::try_from(periods).unwrap_or(u16::MAX).min(400)
        }
        _ => FOLLOWED,
    }
}

/// Lets the coming victim refuse something, restart, and go on.
fn provoke(script: &mut Script, sender: Party, choices: &mut dyn Choices) {
    let by = if choices.chance(1, 2) { sender } else { sender.peer() };
    let bytes = (0..32).map(|_| choices.below(256) as u8).collect();
    let how = Tamper::Overwrite { at: choices.below(48), bytes };
    // The message before this one was delivered by the ping-pong; a changed copy of it must be refused.
    let message = MessageName::new(1, 0);
    script.add(Action::Tamper { message, how });
    script.add(Action::Restart { party: by });
}

/// Which moment a schedule of this game steals at; `None` for a shrunk one that no longer says.
fn moment_of(schedule: &Schedule) -> Option<&'static str> {
    let steps = &schedule.steps;
    let theft = steps.iter().position(|step| matches!(step.action, Action::Steal { .. }))?;
    let Action::Steal { from } = steps[theft].action else { return None };
    let send = steps.iter().find_map(|step| match step.action {
        Action::Send { by, .. } => Some(by),
        _ => None,
    })?;
    let delivered_before =
        steps[..theft].iter().any(|step| matches!(step.action, Action::Deliver { .. }));
    let both = matches!(steps.get(theft + 1)?.action, Action::Steal { .. });
    let moment = match (both, from == send, delivered_before) {
        (false, true, _) => 0,
        (false, false, true) => 1,
        (false, false, false) => 2,
        (true, _, true) => 3,
        (true, _, false) => 4,
    };
    Some(MOMENTS[moment])
}

use super::building::Script;
use super::forking::{account_of, Fork, Moment, Speaker, places_are_known};
use crate::engine::{Arena, execute};
use crate::games::{About, Game, game};
use crate::judge::{Judgement, Violation, ViolationKind};
use crate::run::Totals;
use crate::schedule::{Choices, Schedule};
use crate::{Profile, Rejection, Verdict};

game! {
    ActiveCloneDetection,
    id: "active/clone-detection",
    catalogue: "G-ACT-5",
    title: "A cloned party and its clone cannot both be heard for long",
    severity: Medium,
    source: "Cremers, Fairoze, Kiesl, Naska, Clone detection in secure messaging, CCS 2020",
    checks: "Copies a session, and lets original and copy both talk to the peer in six interleavings: the copy first, the \
        original first, in turns, the copy only listening, the copy answering first, the original silent. Counted are the \
        messages until one of the honest parties sees an error. Two different messages under one message key, or two \
        branches of one epoch, must not both be accepted.",
    cannot_show: "Whether the error is told from loss by whoever uses the ratchet.",
    control: "a54-replay-by-bytes",
    kept: "it measures how soon a clone shows, which no other game tells",
}

const SCRIPTS: [(&str, &[Speaker]); 6] = {
    use Speaker::{Peer as P, Thief as T, Victim as V};
    [
        ("first error, copy first|messages", &[T, V, P, T, V, P, T, V]),
        ("first error, original first|messages", &[V, T, P, V, T, P, V, T]),
        ("first error, in turns|messages", &[V, T, V, T, P, V, T, V, T, P]),
        ("first error, copy only listens|messages", &[P, V, P, V, P, V, P, V]),
        ("first error, copy answers first|messages", &[P, T, V, P, T, V, P, T]),
        ("first error, original silent|messages", &[T, P, T, P, T, P, T, P]),
    ]
};

impl Game for ActiveCloneDetection {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn needs(&self, arena: &Arena<'_>) -> Result<(), String> {
        places_are_known(arena)
    }

    fn trials(&self, _profile: &Profile) -> u64 {
        12
    }

    fn schedule(&self, profile: &Profile, _choices: &mut dyn Choices, trial: u64) -> Schedule {
        let mut script = Script::default();
        Moment::of_trial(trial, profile).steal(&mut script, profile, 1 + (trial / 3) as u16);
        script.finish()
    }

    fn judge(&self, arena: &Arena<'_>, schedule: &Schedule) -> Result<Judgement, Rejection> {
        let transcript = execute(arena, schedule)?;
        let mut judgement = Judgement::default();
        let Some(account) = account_of(arena, &transcript, &mut judgement) else {
            return Ok(judgement);
        };
        let action = transcript.thefts[0].action;
        for (name, speakers) in SCRIPTS {
            let mut fork = Fork::at(arena, &transcript, &account, 0);
            let mut first_error = None;
            let mut spoken = 0;
            for &speaker in speakers {
                for heard in fork.says(speaker) {
                    if let Some(why) = heard.broken {
                        let name = name.split('|').next().unwrap_or_default();
                        let detail = format!(
                            "interleaving “{name}”: the {:?} opened a message of the {speaker:?} although {why}",
                            heard.by
                        );
                        let kind = ViolationKind::ForkAccepted;
                        judgement.violations.push(Violation::new(kind, action, detail));
                        return Ok(judgement);
                    }
                    // The thief tells nobody what he sees.
                    if heard.by != Speaker::Thief {
                        spoken += 1;
                        if !heard.opened {
                            first_error.get_or_insert(spoken);
                        }
                    }
                }
            }
            if spoken > 0 {
                judgement.measure(name, first_error.unwrap_or(u64::MAX));
            }
        }
        Ok(judgement)
    }

    fn counts(&self, kind: ViolationKind) -> bool {
        kind == ViolationKind::ForkAccepted
    }

    fn conclude(&self, _profile: &Profile, totals: &Totals) -> (Verdict, String) {
        let both_speak = [SCRIPTS[0].0, SCRIPTS[1].0, SCRIPTS[2].0];
        let figures: Vec<_> =
            both_speak.iter().filter_map(|name| totals.figures.get(*name)).collect();
        if figures.is_empty() {
            return (Verdict::NotRun, "no copy could be made to speak".to_owned());
        }
        if figures.iter().any(|figure| figure.most == u64::MAX) {
            return (Verdict::NotClaimed, "a copy may never show".to_owned());
        }
        (Verdict::Pass, "an error shows once both have spoken; it looks like a duplicate".to_owned())
    }
}

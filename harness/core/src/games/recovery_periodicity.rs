use super::building::Script;
use crate::attackers::{Observed, attack_near};
use crate::engine::{Arena, EventKind, execute};
use crate::games::{About, Game, game};
use crate::judge::{ExposureTime, Judgement, ViolationKind, judge_attacked};
use crate::run::Totals;
use crate::schedule::{Choices, Schedule};
use crate::{Family, Party, Profile, Rejection, Verdict};

game! {
    RecoveryPeriodicity,
    id: "recovery/periodicity",
    catalogue: "G-PCS-2",
    title: "Healing takes no longer at any point of a long conversation",
    severity: Critical,
    source: "derived from Cohn-Gordon, Cremers, Garratt, On post-compromise security, CSF 2016: healing must not depend on when the theft happens",
    checks: "Lets a conversation run over 193 epochs, three times 64 and one, and steals the party that has just received \
        in each of them. Passive and shadow clones follow the six turns behind each theft. Nothing may be read that the \
        ideal keeps: a refresh that happens at every second, tenth or sixty-fourth step only, or not once a counter has \
        run over, shows at the thefts before it.",
    cannot_show: "A period of more than 193 epochs. A refresh from a value that the attackers do not guess.",
    control: "p60-forgets-to-draw",
}

/// Epochs of a conversation: three times the longest period looked for, and one.
const EPOCHS: u16 = 3 * 64 + 1;

/// Events behind a theft that attackers follow: six turns of a message sent, delivered, and a theft.
const REACH: usize = 18;

const HEALING: &str = "healing, at every epoch of a long conversation|epochs";

impl Game for RecoveryPeriodicity {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn needs(&self, arena: &Arena<'_>) -> Result<(), String> {
        match arena.profile.family {
            Family::DoubleRatchet(_) | Family::HybridRatchet(_) => Ok(()),
            _ => Err("this family does not heal by epochs".to_owned()),
        }
    }

    fn trials(&self, _profile: &Profile) -> u64 {
        1
    }

    fn schedule(&self, _profile: &Profile, _choices: &mut dyn Choices, _trial: u64) -> Schedule {
        let mut script = Script::default();
        let mut sender = Party::Initiator;
        for _ in 0..EPOCHS {
            script.ping_pong(sender, 1);
            script.steal(sender.peer());
            sender = sender.peer();
        }
        script.finish()
    }

    fn judge(&self, arena: &Arena<'_>, schedule: &Schedule) -> Result<Judgement, Rejection> {
        let transcript = execute(arena, schedule)?;
        let (mut judgement, account) = judge_attacked(arena, &transcript, |found, theft| {
            // The first theft that shows something is enough, and keeps shrinking quick.
            if !found.violations.is_empty() {
                return Observed::default();
            }
            let end = (theft.event + REACH).min(transcript.events.len());
            let near: Vec<usize> = transcript.events[theft.event..end]
                .iter()
                .filter_map(|event| match event.kind {
                    EventKind::Sent(message) => Some(message),
                    _ => None,
                })
                .filter(|&message| transcript.wire[message].from != theft.victim)
                .collect();
            attack_near(arena, &transcript, theft, REACH, |message| near.contains(&message))
        });
        let Some(account) = account.filter(|_| judgement.violations.is_empty()) else {
            return Ok(judgement);
        };
        for (index, theft) in transcript.thefts.iter().enumerate() {
            let later = account.sent_at.iter().filter(|&&at| at < theft.event).count() as u64;
            // Near the end nothing follows that could be read.
            if later + 6 > transcript.wire.len() as u64 {
                continue;
            }
            let last = judgement
                .exposures
                .iter()
                .filter(|exposure| exposure.theft == index)
                .filter(|exposure| exposure.time == ExposureTime::SentAfter)
                .map(|exposure| exposure.message as u64)
                .max();
            judgement.measure(HEALING, last.map_or(1, |last| last + 2 - later));
        }
        Ok(judgement)
    }

    fn counts(&self, kind: ViolationKind) -> bool {
        kind == ViolationKind::Exposed(ExposureTime::SentAfter)
    }

    fn conclude(&self, _profile: &Profile, totals: &Totals) -> (Verdict, String) {
        if totals.working_thefts == 0 || !totals.figures.contains_key(HEALING) {
            return (Verdict::NotRun, "no stolen session was shown to work".to_owned());
        }
        (Verdict::Pass, String::new())
    }
}

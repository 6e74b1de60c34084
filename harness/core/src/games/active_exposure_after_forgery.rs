use super::building::Script;
use super::forking::{account_of, Fork, Moment, Speaker, places_are_known};
use crate::attackers::hijacker::opens_to;
use crate::attackers::Attacker;
use crate::engine::{Arena, execute};
use crate::games::{About, Game, game};
use crate::judge::{ExposureTime, Judgement, Violation, ViolationKind};
use crate::run::Totals;
use crate::schedule::{Choices, Schedule};
use crate::{Profile, Rejection, Verdict};

game! {
    ActiveExposureAfterForgery,
    id: "active/exposure-after-forgery",
    catalogue: "G-ACT-3",
    title: "Who was given a forgery, and is stolen then, exposes no more than the chain it still has",
    severity: Medium,
    source: "Jaeger, Stepanovs, CRYPTO 2018; Poettering, Rösler, CRYPTO 2018; Jost, Maurer, Mularczyk, EUROCRYPT 2019",
    checks: "A thief forges a message to the peer, which accepts it and is then stolen itself. The victim goes on sending. \
        Counted is how many of its messages the session stolen from the peer opens: in the optimal schemes none, in a \
        Double Ratchet those of the chain that the peer has. Messages of an epoch that the victim opens with a key of \
        its own, after the forgery took the peer elsewhere, must stay closed.",
    cannot_show: "What both thefts together give away.",
    control: "a50-second-root",
    kept: "it measures what stays readable behind a forgery, which no other game tells",
}

const CHAIN: &str = "read after a forgery, of the running chain|messages";
const LATER: &str = "read after a forgery, of later epochs|messages";

/// Messages that the victim sends after the forgery.
const SENT: usize = 4;

impl Game for ActiveExposureAfterForgery {
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
        let mut fork = Fork::at(arena, &transcript, &account, 0);
        if !fork.says(Speaker::Thief).iter().any(|heard| heard.opened) {
            return Ok(judgement);
        }
        let (mut of_chain, mut of_later) = (0, 0);
        for number in 0..SENT {
            let plaintext = format!("sprag: the victim goes on, number {number}");
            let Some((bytes, place)) = fork.branches[0].speaks(plaintext.as_bytes()) else { break };
            let mut stolen = fork.peer.clone();
            let mut rng = arena.seed.derived(0xe4).call(action, number as u32);
            if !opens_to(arena, &mut stolen, &mut rng, &bytes, plaintext.as_bytes()) {
                continue;
            }
            let elsewhere = fork.is_own_epoch(&place)
                && fork.taken.is_some_and(|(_, epoch)| place.epoch >= epoch);
            if elsewhere {
                let time = ExposureTime::SentAfter;
                let detail = format!(
                    "the peer was led into epoch {} by the thief and stolen then; it opens the victim's message {} of epoch {}",
                    fork.taken.map_or(0, |(_, epoch)| epoch),
                    place.index,
                    place.epoch
                );
                let violation = Violation::new(ViolationKind::Exposed(time), action, detail);
                let attacker = Some(Attacker::Hijacker);
                judgement.violations.push(Violation { attacker, ..violation });
                return Ok(judgement);
            }
            *(if fork.is_own_epoch(&place) { &mut of_later } else { &mut of_chain }) += 1;
        }
        judgement.measure(CHAIN, of_chain);
        judgement.measure(LATER, of_later);
        Ok(judgement)
    }

    fn counts(&self, kind: ViolationKind) -> bool {
        kind == ViolationKind::Exposed(ExposureTime::SentAfter)
    }

    fn conclude(&self, _profile: &Profile, totals: &Totals) -> (Verdict, String) {
        let Some(chain) = totals.figures.get(CHAIN) else {
            return (Verdict::NotRun, "no forgery was accepted".to_owned());
        };
        let later = totals.figures.get(LATER).map_or(0, |figure| figure.most);
        match chain.most.max(later) {
            0 => (Verdict::Pass, "nothing was read".to_owned()),
            most => (Verdict::NotClaimed, format!("up to {most} of {SENT} messages were read")),
        }
    }
}

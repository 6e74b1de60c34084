use super::building::Script;
use crate::attackers::{Effort, attack};
use crate::engine::{Arena, execute};
use crate::games::{About, Game, game};
use crate::judge::{ExposureTime, Judgement, Violation, ViolationKind, judge_attacked};
use crate::run::Totals;
use crate::schedule::{Choices, Schedule};
use crate::{Family, KeyGeneration, Party, Profile, Rejection, Verdict};

game! {
    RecoveryDoubleTheft,
    id: "recovery/double-theft",
    catalogue: "G-PCS-4",
    title: "Two thefts around a send give away what the ideal says, together and each alone",
    severity: High,
    source: "Bienstock, Fairoze, Garg, Mukherjee, Raghuraman, A more complete analysis of the Signal double ratchet algorithm, CRYPTO 2022",
    checks: "Steals a party just before the root key of its next epoch leaves it, lets it send, and steals it again in that \
        epoch; every other run steals the peer the second time. All attackers work on both thefts, and what they read is \
        compared with the ideal of each theft and of both together. The figure is how many messages only both together \
        give away: in a Double Ratchet those sent between the thefts, although their keys were deleted.",
    cannot_show: "The reading of those messages itself: a clone of the ratchet cannot be made to hold the root of one \
        theft and the private key of the other. A figure of the ideal is no evidence that a ratchet is as good.",
    control: "p09-root-ignores-dh-lazy",
    kept: "Its figure is what it is for. No bug is known that only two thefts show to clones of the ratchet.",
}

/// What the ideal gives to a thief who has both.
const MERGED: &str = "messages that only both thefts together give away, by the ideal|messages";

impl Game for RecoveryDoubleTheft {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn needs(&self, arena: &Arena<'_>) -> Result<(), String> {
        match arena.profile.family {
            Family::DoubleRatchet(_) | Family::HybridRatchet(_) => Ok(()),
            _ => Err("this family has no private key that outlives the keys made from it".to_owned()),
        }
    }

    fn trials(&self, _profile: &Profile) -> u64 {
        8
    }

    fn schedule(&self, profile: &Profile, choices: &mut dyn Choices, trial: u64) -> Schedule {
        let party = Party::BOTH[(trial % 2) as usize];
        let eager = profile
            .claims_of(party)
            .is_some_and(|claims| claims.key_generation == KeyGeneration::Eager);
        let mut script = Script::default();
        // Up to the turn before the party's, or to its own where the next key is made on receiving.
        let turns = 2 * choices.between(1, 2) as u16 + u16::from(party == Party::Responder);
        script.ping_pong(Party::Initiator, turns);
        if eager {
            script.ping_pong(party, 1);
            script.steal(party);
            script.ping_pong(party.peer(), 1);
        } else {
            script.steal(party);
        }
        let count = choices.between(1, 4) as u16;
        let first = script.send(party, count);
        script.deliver(first, count);
        script.steal(if trial % 4 < 2 { party } else { party.peer() });
        script.ping_pong(party.peer(), 5);
        script.finish()
    }

    fn judge(&self, arena: &Arena<'_>, schedule: &Schedule) -> Result<Judgement, Rejection> {
        let transcript = execute(arena, schedule)?;
        let (mut judgement, account) = judge_attacked(arena, &transcript, |_, theft| {
            attack(arena, &transcript, theft, Effort::Full)
        });
        let Some(account) = account.filter(|_| judgement.violations.is_empty()) else {
            return Ok(judgement);
        };
        let [first, second] = &account.stolen[..] else { return Ok(judgement) };
        let merged = first.knowledge.union(&second.knowledge);
        let gained = account.places.iter().filter(|place| {
            merged.leaks(place) && !first.knowledge.leaks(place) && !second.knowledge.leaks(place)
        });
        judgement.measure(MERGED, gained.count() as u64);
        let beyond = judgement.exposures.iter().find(|exposure| !merged.leaks(&exposure.place));
        if let Some(exposure) = beyond {
            let detail = "both thefts together give it away, and should not";
            let kind = ViolationKind::Exposed(exposure.time);
            let action = transcript.thefts[exposure.theft].action;
            let name = transcript.wire[exposure.message].name;
            judgement.violations.push(Violation::new(kind, action, detail).of_message(name));
        }
        Ok(judgement)
    }

    fn counts(&self, kind: ViolationKind) -> bool {
        matches!(
            kind,
            ViolationKind::Exposed(ExposureTime::SentAfter | ExposureTime::SentBefore)
        )
    }

    fn conclude(&self, _profile: &Profile, totals: &Totals) -> (Verdict, String) {
        if totals.working_thefts == 0 {
            return (Verdict::NotRun, "no stolen session was shown to work".to_owned());
        }
        if totals.figures.get(MERGED).is_none_or(|figure| figure.most == 0) {
            let reason = "two thefts gave away no more than each by itself, so nothing was tried";
            return (Verdict::NotRun, reason.to_owned());
        }
        (Verdict::Pass, String::new())
    }
}

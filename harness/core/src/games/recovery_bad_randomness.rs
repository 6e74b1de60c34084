use super::building::Script;
use super::forking::places_are_known;
use super::healing;
use crate::attackers::{Attacker, Effort, attack};
use crate::engine::{Arena, EventKind, RandomnessLevel, execute};
use crate::games::{About, Game, game};
use crate::judge::{ExposureTime, Judgement, ViolationKind, judge_attacked};
use crate::run::Totals;
use crate::schedule::{Action, BadTape, Choices, Schedule};
use crate::{KeyGeneration, Party, Profile, Rejection, Verdict};

game! {
    RecoveryBadRandomness,
    id: "recovery/bad-randomness",
    catalogue: "G-PCS-5",
    title: "After a theft and a bad refresh, the next good one heals",
    severity: High,
    source: "Alwen, Coretti, Dodis, EUROCRYPT 2019 (adversarial randomness); Balli, Rösler, Vaudenay, Determining the core primitive for optimally secure ratcheting, ASIACRYPT 2020",
    checks: "Steals one party or both, and then spoils the call in which the victim or its peer makes its next ratchet key: \
        it draws zeros, one byte again and again, what it drew last, or bytes that attackers know; in some runs twice. \
        The tape clone acts along with its victim and draws from the same tapes, beside all other attackers. The ideal \
        counts a bad refresh as none: it may be read through, and the next good one must end it.",
    cannot_show: "Bad randomness without a theft: that is `randomness/bad-at-one-step`. Healing that waits for more than \
        the followed eleven turns.",
    control: "p63-never-trusts-again",
}

const SPOILED: &str = "calls that drew badly|times";
const READ_BY_TAPE: &str = "messages that only the tape clone read|times";
const HEALING: [healing::Names; 2] = [
    healing::names!("one bad refresh after the theft"),
    healing::names!("two bad refreshes after the theft"),
];

impl Game for RecoveryBadRandomness {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn needs(&self, arena: &Arena<'_>) -> Result<(), String> {
        if arena.profile.double_ratchet_claims().is_none() {
            return Err("this family makes no key at each change of direction".to_owned());
        }
        if arena.randomness != RandomnessLevel::PerCall {
            return Err("the randomness of single calls is out of the harness's hands".to_owned());
        }
        places_are_known(arena)
    }

    fn trials(&self, _profile: &Profile) -> u64 {
        BadTape::ALL.len() as u64 * 4
    }

    fn schedule(&self, profile: &Profile, choices: &mut dyn Choices, trial: u64) -> Schedule {
        let tape = BadTape::ALL[(trial % 4) as usize];
        let victim = Party::BOTH[choices.below(2) as usize];
        let mut script = Script::default();
        // The peer speaks next.
        let turns = if victim == Party::Responder { 2 } else { 3 };
        script.ping_pong(Party::Initiator, turns + 2 * choices.below(2) as u16);
        script.steal(victim);
        if trial / 4 % 4 == 2 {
            script.steal(victim.peer());
        }
        let spoiled = if trial / 4 % 4 == 1 { victim.peer() } else { victim };
        spoil(&mut script, profile, victim, spoiled, tape);
        if trial / 4 % 4 == 3 {
            // A second one of the same kind would repeat the key, which stalls a correct ratchet.
            spoil(&mut script, profile, victim, spoiled, BadTape::Known);
        }
        script.ping_pong(victim.peer(), 11);
        script.finish()
    }

    fn judge(&self, arena: &Arena<'_>, schedule: &Schedule) -> Result<Judgement, Rejection> {
        let transcript = execute(arena, schedule)?;
        let mut by_tape = 0_u64;
        let (mut judgement, account) = judge_attacked(arena, &transcript, |_, theft| {
            let observed = attack(arena, &transcript, theft, Effort::Full);
            by_tape += observed
                .exposed
                .iter()
                .filter(|(_, attacker)| *attacker == Attacker::TapeClone)
                .count() as u64;
            observed
        });
        (0..by_tape).for_each(|_| judgement.measure(READ_BY_TAPE, 1));
        let spoiled = transcript.events.iter().filter_map(|event| match &event.kind {
            EventKind::DrewBadly { how, .. } => Some(*how),
            _ => None,
        });
        let spoiled: Vec<BadTape> = spoiled.collect();
        spoiled.iter().for_each(|_| judgement.measure(SPOILED, 1));
        // With the other kinds a correct ratchet may stand still.
        let talks_on = !spoiled.is_empty() && spoiled.iter().all(|how| *how == BadTape::Known);
        if let (Some(account), true, true) = (account, talks_on, judgement.violations.is_empty()) {
            let names = &HEALING[spoiled.len().min(2) - 1];
            healing::measure(&transcript, &account, names, &mut judgement);
        }
        Ok(judgement)
    }

    fn counts(&self, kind: ViolationKind) -> bool {
        kind == ViolationKind::Exposed(ExposureTime::SentAfter)
    }

    fn conclude(&self, _profile: &Profile, totals: &Totals) -> (Verdict, String) {
        if totals.working_thefts == 0 || !totals.figures.contains_key(SPOILED) {
            return (Verdict::NotRun, "no call behind a working theft drew badly".to_owned());
        }
        if !totals.figures.contains_key(READ_BY_TAPE) {
            let reason = "the tapes gave attackers nothing: the spoiled calls made no key";
            return (Verdict::NotRun, reason.to_owned());
        }
        (Verdict::Pass, String::new())
    }
}

/// Two turns, the victim's peer first, in which `spoiled` draws badly where it makes its next key: on receiving if it is
/// eager, else on sending.
fn spoil(script: &mut Script, profile: &Profile, victim: Party, spoiled: Party, tape: BadTape) {
    let eager = profile
            .claims_of(spoiled)
            .is_some_and(|claims| claims.key_generation == KeyGeneration::Eager);
    for sender in [victim.peer(), victim] {
        if !eager && spoiled == sender {
            script.add(Action::BadRandomness { by: spoiled, tape });
        }
        let message = script.send(sender, 1);
        if eager && spoiled == sender.peer() {
            script.add(Action::BadRandomness { by: spoiled, tape });
        }
        script.deliver(message, 1);
    }
}

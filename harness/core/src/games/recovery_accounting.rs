use super::building::Script;
use super::healing;
use crate::attackers::{Effort, attack};
use crate::engine::{Arena, execute};
use crate::games::{About, Game, game};
use crate::judge::{ExposureTime, Judgement, ViolationKind, judge_attacked};
use crate::run::Totals;
use crate::schedule::{Action, Choices, Schedule};
use crate::{Party, Profile, Rejection, Verdict};

game! {
    RecoveryAccounting,
    id: "recovery/accounting",
    catalogue: "G-PCS-6",
    title: "Healing in messages, epochs and round trips, however long the turns are",
    severity: High,
    source: "Blazy, Boureanu, Lafourcade, Onete, Robert, How fast do you heal?, USENIX Security 2023",
    checks: "Steals one party or both and lets the conversation go on in turns of one message, of one to three, and of \
        bursts up to 20, in two thirds of the trials with restarts in each turn. Nothing may be read that the ideal keeps. \
        The figures count how far the last message that was read lies behind the theft, in messages, in epochs and in \
        round trips: a Double Ratchet does not heal within a burst, so messages tell more than epochs.",
    cannot_show: "What a thief has from single keys of a session, which a ratchet does not hand out one by one.",
    control: "p62-derives-after-bursts",
}

/// Lengths of turns, fewest and most messages, with the figures for one stolen party and for both.
const PACES: [(u32, u32, [healing::Names; 2]); 3] = [
    (
        1,
        1,
        [
            healing::names!("one stolen, turns of 1 message"),
            healing::names!("both stolen, turns of 1 message"),
        ],
    ),
    (
        1,
        3,
        [
            healing::names!("one stolen, turns of 1 to 3 messages"),
            healing::names!("both stolen, turns of 1 to 3 messages"),
        ],
    ),
    (
        13,
        20,
        [
            healing::names!("one stolen, turns of 13 to 20 messages"),
            healing::names!("both stolen, turns of 13 to 20 messages"),
        ],
    ),
];

/// Turns before the theft at most, and with the one of the theft behind it.
const BEFORE: u16 = 3;
const TURNS: u16 = 7;

impl Game for RecoveryAccounting {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn needs(&self, arena: &Arena<'_>) -> Result<(), String> {
        healing::needs(arena.profile)
    }

    fn trials(&self, _profile: &Profile) -> u64 {
        PACES.len() as u64 * 6
    }

    fn schedule(&self, _profile: &Profile, choices: &mut dyn Choices, trial: u64) -> Schedule {
        let (fewest, most, _) = PACES[(trial % 3) as usize];
        let (both, restarts) = (trial / 3 % 2 == 1, trial / 6 > 0);
        let mut script = Script::default();
        script.ping_pong(Party::Initiator, choices.between(2, 5) as u16);
        let mut sender = Party::BOTH[choices.below(2) as usize];
        let theft = choices.between(1, BEFORE.into()) as u16;
        for turn in 0..theft + TURNS {
            let count = choices.between(fewest, most) as u16;
            let first = script.send(sender, count);
            // The theft happens before, or in the middle of, a turn.
            let under_way = choices.chance(1, 2);
            if turn == theft && under_way {
                steal(&mut script, both, choices);
            }
            script.deliver(first, count);
            if turn == theft && !under_way {
                steal(&mut script, both, choices);
            }
            if restarts {
                Party::BOTH.into_iter().for_each(|party| script.restart(party));
            }
            sender = sender.peer();
        }
        script.finish()
    }

    fn judge(&self, arena: &Arena<'_>, schedule: &Schedule) -> Result<Judgement, Rejection> {
        let transcript = execute(arena, schedule)?;
        let (mut judgement, account) = judge_attacked(arena, &transcript, |_, theft| {
            attack(arena, &transcript, theft, Effort::Sampled)
        });
        if let Some(account) = account.filter(|_| judgement.violations.is_empty()) {
            let both = transcript.thefts.len() > 1;
            let names = &PACES[pace_of(schedule)].2[usize::from(both)];
            healing::measure(&transcript, &account, names, &mut judgement);
        }
        Ok(judgement)
    }

    fn counts(&self, kind: ViolationKind) -> bool {
        kind == ViolationKind::Exposed(ExposureTime::SentAfter)
    }

    fn conclude(&self, profile: &Profile, totals: &Totals) -> (Verdict, String) {
        healing::conclude(profile, totals)
    }
}

fn steal(script: &mut Script, both: bool, choices: &mut dyn Choices) {
    let victim = Party::BOTH[choices.below(2) as usize];
    script.steal(victim);
    if both {
        script.steal(victim.peer());
    }
}

/// Which pace a schedule has.
fn pace_of(schedule: &Schedule) -> usize {
    let longest = schedule.steps.iter().map(|step| match step.action {
        Action::Send { count, .. } => count,
        _ => 0,
    });
    match longest.max().unwrap_or(0) {
        0..=1 => 0,
        2..=3 => 1,
        _ => 2,
    }
}

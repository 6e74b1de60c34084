use super::building::Script;
use crate::attackers::Effort;
use crate::engine::{Arena, EventKind, execute};
use crate::games::{About, Game, game};
use crate::judge::{Judgement, ViolationKind, judge_transcript};
use crate::run::Totals;
use crate::schedule::{Action, Choices, MessageName, Schedule, Tamper};
use crate::{Ordering, Party, Profile, Rejection, Verdict};

game! {
    AtomicitySkippedSlot,
    id: "atomicity/skipped-slot",
    catalogue: "G-ATOM-3",
    title: "A bad copy of a skipped message does not use up its key",
    severity: High,
    source: "guardyn pull requests 197 and 216 (the skipped key was removed before the tag was checked); Signal, The Double \
        Ratchet Algorithm, section 3.5",
    checks: "Lets messages be skipped, in a running chain, in a chain that is over, and before a restart; gives their \
        recipient changed, cut, extended and spliced copies of them, and then the genuine ones, which must all open.",
    cannot_show: "Ratchets that allow no gaps have no such keys.",
    control: "t50-slot-burned-in-old-chain",
    kept: "it asks for the one key that a forgery was aimed at; others meet the loss in passing",
}

const SPOILT: &str = "bad copies refused in a conversation|messages";

/// Messages skipped.
const SKIPPED: u16 = 4;

impl Game for AtomicitySkippedSlot {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn needs(&self, arena: &Arena<'_>) -> Result<(), String> {
        let limits = arena.profile.limits();
        let least = limits.and_then(|limits| limits.max_skip.min(limits.max_stored)).unwrap_or(0);
        if least < u32::from(SKIPPED) || arena.profile.ordering == Ordering::Strict {
            return Err(format!("no {SKIPPED} messages may be skipped"));
        }
        Ok(())
    }

    fn trials(&self, _profile: &Profile) -> u64 {
        12
    }

    fn schedule(&self, profile: &Profile, choices: &mut dyn Choices, trial: u64) -> Schedule {
        let mut script = Script::default();
        let one_way = profile.is_one_way();
        let from = if trial % 2 == 1 && !one_way { Party::Responder } else { Party::Initiator };
        if !one_way {
            script.ping_pong(Party::Initiator, if from == Party::Initiator { 2 } else { 3 });
        }
        let first = script.send(from, SKIPPED + 1);
        let all: Vec<MessageName> =
            (0..=SKIPPED).map(|index| MessageName { index, ..first }).collect();
        script.deliver(all[usize::from(SKIPPED)], 1);
        // In three trials of four the chain is over; in half of those a new one has begun.
        let past = trial / 2 % 4;
        if past > 0 && !one_way {
            let turns = 1 + u16::from(past > 1);
            script.ping_pong(from.peer(), turns);
        }
        if trial % 3 == 2 {
            script.add(Action::Restart { party: from.peer() });
        }
        for &message in &all[..usize::from(SKIPPED)] {
            for _ in 0..choices.between(1, 3) {
                let with = all[choices.below(all.len() as u32) as usize];
                let how = match choices.below(6) {
                    0 => Tamper::Truncate { keep: choices.below(1 << 16) },
                    1 => Tamper::Extend { bytes: vec![0; choices.between(1, 20) as usize] },
                    2 if with != message => Tamper::Splice { with, keep: choices.below(1 << 16) },
                    3 => Tamper::CutAndFlip { keep: u32::MAX },
                    _ => Tamper::FlipBit { bit: choices.below(1 << 16) },
                };
                script.add(Action::Tamper { message, how });
            }
            if choices.chance(1, 2) {
                script.add(Action::WrongAd { message, ad: 1 });
            }
        }
        for &message in &all[..usize::from(SKIPPED)] {
            script.deliver(message, 1);
        }
        script.finish()
    }

    fn judge(&self, arena: &Arena<'_>, schedule: &Schedule) -> Result<Judgement, Rejection> {
        let transcript = execute(arena, schedule)?;
        let mut judgement = judge_transcript(arena, &transcript, Effort::Sampled);
        let refused = transcript.events.iter().any(|event| {
            matches!(&event.kind, EventKind::Delivered(delivery)
                if matches!(delivery.outcome, crate::engine::Outcome::Refused(_)))
        });
        if refused {
            let spoilt = judgement.refused;
            judgement.measure(SPOILT, spoilt);
        }
        Ok(judgement)
    }

    fn counts(&self, kind: ViolationKind) -> bool {
        matches!(kind, ViolationKind::GenuineRefused | ViolationKind::WrongPlaintext)
    }

    fn conclude(&self, _profile: &Profile, totals: &Totals) -> (Verdict, String) {
        if !totals.figures.contains_key(SPOILT) || totals.opened == 0 {
            return (Verdict::NotRun, "no bad copy of a skipped message was refused".to_owned());
        }
        (Verdict::Pass, format!("{} bad copies, and every genuine one opened", totals.refused))
    }
}

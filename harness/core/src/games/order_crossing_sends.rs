use super::building::{Script, is_lost_message, messages_opened};
use crate::attackers::Effort;
use crate::engine::Arena;
use crate::games::{About, Game, game};
use crate::judge::{Judgement, ViolationKind, judge};
use crate::run::Totals;
use crate::schedule::{Choices, MessageName, Schedule};
use crate::{Party, Profile, Rejection, Verdict};

game! {
    OrderCrossingSends,
    id: "order/crossing-sends",
    catalogue: "G-ORD-3",
    title: "Messages that cross each other all open",
    severity: Medium,
    source: "Signal, The Double Ratchet Algorithm, section 2.6 (out-of-order messages); libsignal-protocol-java issue 12",
    checks: "Round after round both parties send before either receives, and everything is delivered in any order, also \
        across rounds.",
    cannot_show: "Two sessions opened at the same time: that is the handshake's affair.",
    control: "t12-old-keys-under-new-name",
    kept: "it plays the two ends that write at once, where most sessions of the field broke; others meet that by \
        chance",
}

impl Game for OrderCrossingSends {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn needs(&self, arena: &Arena<'_>) -> Result<(), String> {
        if arena.profile.is_one_way() {
            return Err("only one party sends".to_owned());
        }
        Ok(())
    }

    fn trials(&self, _profile: &Profile) -> u64 {
        48
    }

    fn schedule(&self, _profile: &Profile, choices: &mut dyn Choices, _trial: u64) -> Schedule {
        let mut script = Script::default();
        script.ping_pong(Party::Initiator, choices.between(1, 3) as u16);
        let mut waiting: Vec<MessageName> = Vec::new();
        for _ in 0..choices.between(2, 6) {
            for party in Party::BOTH {
                let count = choices.between(1, 3) as u16;
                let first = script.send(party, count);
                waiting.extend((0..count).map(|index| MessageName { index, ..first }));
            }
            let kept = choices.below(3) as usize;
            while waiting.len() > kept {
                let message = waiting.remove(choices.below(waiting.len() as u32) as usize);
                script.deliver(message, 1);
            }
        }
        for message in waiting {
            script.deliver(message, 1);
        }
        script.finish()
    }

    fn judge(&self, arena: &Arena<'_>, schedule: &Schedule) -> Result<Judgement, Rejection> {
        judge(arena, schedule, Effort::Sampled)
    }

    fn counts(&self, kind: ViolationKind) -> bool {
        is_lost_message(kind)
    }

    fn conclude(&self, _profile: &Profile, totals: &Totals) -> (Verdict, String) {
        messages_opened(totals)
    }
}

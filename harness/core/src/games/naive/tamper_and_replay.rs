use super::{CONVERSATIONS, about, talk};
use crate::attackers::Effort;
use crate::engine::Arena;
use crate::games::building::{Script, is_lost_message, messages_opened};
use crate::games::{About, Game};
use crate::judge::{Judgement, ViolationKind, Weakness, judge};
use crate::run::Totals;
use crate::schedule::{Action, Choices, Schedule, Tamper};
use crate::{Party, Profile, Rejection, Verdict};

/// A changed message and a repeated one are refused.
pub struct TamperAndReplay;

static ABOUT: About = about(
    "naive/tamper-and-replay",
    "A changed message and a repeated one are refused",
    "In each conversation one message comes with a random bit flipped, then as it was sent, then once more.",
    "a01-any-tag",
);

const TURNS: u32 = 6;

impl Game for TamperAndReplay {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn trials(&self, _profile: &Profile) -> u64 {
        CONVERSATIONS
    }

    fn schedule(&self, profile: &Profile, choices: &mut dyn Choices, _trial: u64) -> Schedule {
        let at = choices.below(TURNS) as u16;
        let bit = choices.below(1 << 20);
        let mut script = Script::default();
        talk(&mut script, profile, TURNS as u16, choices, |script, turn, sender| {
            if turn == at {
                // The next of the sender's messages.
                attack(script, sender, bit);
            }
        });
        script.finish()
    }

    fn judge(&self, arena: &Arena<'_>, schedule: &Schedule) -> Result<Judgement, Rejection> {
        judge(arena, schedule, Effort::Sampled)
    }

    fn counts(&self, kind: ViolationKind) -> bool {
        matches!(kind, ViolationKind::Forged | ViolationKind::Replayed) || is_lost_message(kind)
    }

    /// An assertion that a changed message is refused does not ask what came out.
    fn counts_weak(&self, weakness: Weakness, _position: &str) -> bool {
        weakness == Weakness::Malleable
    }

    fn conclude(&self, _profile: &Profile, totals: &Totals) -> (Verdict, String) {
        messages_opened(totals)
    }
}

fn attack(script: &mut Script, sender: Party, bit: u32) {
    let message = script.send(sender, 1);
    script.add(Action::Tamper { message, how: Tamper::FlipBit { bit } });
    script.deliver(message, 1);
    script.add(Action::Duplicate { message });
}

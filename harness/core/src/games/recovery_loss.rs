use super::building::Script;
use super::healing;
use crate::attackers::{Effort, attack};
use crate::engine::{Arena, execute};
use crate::games::{About, Game, game};
use crate::judge::{ExposureTime, Judgement, ViolationKind, judge_attacked};
use crate::run::Totals;
use crate::schedule::{Action, Choices, MessageName, Order, Schedule};
use crate::{Party, Profile, Rejection, Verdict};

game! {
    RecoveryLoss,
    id: "recovery/loss",
    catalogue: "G-PCS-3",
    title: "Lost and late messages delay healing and nothing else",
    severity: Critical,
    source: "Signal, The Double Ratchet Algorithm, revision 3, section 8.9 (effect of dropped messages on recovery from compromise); Dodis, Jost, Katsumata, Prest, Schmidt, Triple Ratchet, 2025",
    checks: "Steals a party in a conversation under loss and lets it go on: a quarter, a half or three quarters of the messages, \
        bursts in which only the last message arrives, and bursts that arrive late and in reverse. Attackers hear \
        what was lost too. Nothing may be read that the ideal keeps, which needs one delivered message of each direction \
        to heal. The figures are how far the last message that was read lies behind the theft.",
    cannot_show: "Healing against an attacker who himself drops what would heal, for ever.",
    control: "p61-derives-after-loss",
}

/// The kinds of loss, with the figure of each.
const KINDS: [healing::Names; 5] = [
    healing::names!("a quarter of the messages lost"),
    healing::names!("half of the messages lost"),
    healing::names!("three quarters of the messages lost"),
    healing::names!("bursts lost but for their last message"),
    healing::names!("messages late and in reverse"),
];

/// Turns under loss, and without at the end, so that what can heal does.
const TURNS: u16 = 8;
const CALM: u16 = 7;

impl Game for RecoveryLoss {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn needs(&self, arena: &Arena<'_>) -> Result<(), String> {
        healing::needs(arena.profile)
    }

    fn trials(&self, _profile: &Profile) -> u64 {
        KINDS.len() as u64 * 3
    }

    fn schedule(&self, _profile: &Profile, choices: &mut dyn Choices, trial: u64) -> Schedule {
        let kind = (trial % KINDS.len() as u64) as usize;
        let mut script = Script::default();
        script.ping_pong(Party::Initiator, choices.between(2, 5) as u16);
        let mut sender = Party::BOTH[choices.below(2) as usize];
        let theft = choices.below(u32::from(TURNS) / 2) as u16;
        for turn in 0..TURNS {
            if turn == theft {
                script.steal(Party::BOTH[choices.below(2) as usize]);
            }
            lossy_turn(&mut script, kind, sender, choices);
            sender = sender.peer();
        }
        script.ping_pong(sender, CALM);
        script.finish()
    }

    fn judge(&self, arena: &Arena<'_>, schedule: &Schedule) -> Result<Judgement, Rejection> {
        let transcript = execute(arena, schedule)?;
        let (mut judgement, account) = judge_attacked(arena, &transcript, |_, theft| {
            attack(arena, &transcript, theft, Effort::Sampled)
        });
        if let Some(account) = account.filter(|_| judgement.violations.is_empty()) {
            let names = &KINDS[kind_of(schedule)];
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

fn lossy_turn(script: &mut Script, kind: usize, sender: Party, choices: &mut dyn Choices) {
    match kind {
        3 => {
            let length = choices.between(10, 14) as u16;
            let first = script.send(sender, length);
            script.deliver(MessageName { index: length - 1, ..first }, 1);
        }
        4 => {
            let length = choices.between(3, 6) as u16;
            let first = script.send(sender, length);
            script.add(Action::Deliver { first, count: length, order: Order::Reversed });
        }
        quarters => {
            let length = choices.between(1, 3) as u16;
            let first = script.send(sender, length);
            for index in 0..length {
                if choices.below(4) > quarters as u32 {
                    script.deliver(MessageName { index, ..first }, 1);
                }
            }
        }
    }
}

/// Which kind of loss a schedule has, as far as a shrunk one still says.
fn kind_of(schedule: &Schedule) -> usize {
    let reversed = |step: &crate::schedule::Step| {
        matches!(step.action, Action::Deliver { order: Order::Reversed, .. })
    };
    let count = |pick: fn(&Action) -> u16| -> u32 {
        schedule.steps.iter().map(|step| u32::from(pick(&step.action))).sum()
    };
    let sent = count(|action| match action {
        Action::Send { count, .. } => *count,
        _ => 0,
    });
    let delivered = count(|action| match action {
        Action::Deliver { count, .. } => *count,
        _ => 0,
    });
    let long = schedule.steps.iter().any(|step| matches!(step.action, Action::Send { count: 8.., .. }));
    match (schedule.steps.iter().any(reversed), long) {
        (true, _) => 4,
        (false, true) => 3,
        _ => (((sent - delivered.min(sent)) * 4 / sent.max(1)).clamp(1, 3) - 1) as usize,
    }
}

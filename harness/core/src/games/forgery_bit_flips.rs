use super::building::{Script, Stage};
use crate::attackers::Effort;
use crate::engine::Arena;
use crate::games::{About, Game, game};
use crate::judge::{Judgement, ViolationKind, Weakness, judge};
use crate::run::Totals;
use crate::schedule::{Action, Choices, Schedule, Tamper};
use crate::{Profile, Rejection, Verdict};

game! {
    ForgeryBitFlips,
    id: "forgery/bit-flips",
    catalogue: "G-AUTH-1",
    title: "No changed message is opened, whatever position was changed",
    severity: Critical,
    source: "Signal, The Double Ratchet Algorithm, section 3.4 (associated data and header are authenticated)",
    checks: "For the first message, one of a running chain, a skipped one, one that opens an epoch and one of an epoch \
        that is over: flips every bit, sets every byte to 00 and FF, cuts at every length, appends bytes, and tries random \
        tags, each on a fresh copy of the recipient. Another plaintext is a forgery (fail); the same plaintext is \
        malleable (weak), with the positions; fields that the profile leaves in an envelope are exempt.",
    cannot_show: "A forgery that needs more luck than the tries give: with n refused tries a rate below 3/n stays unseen \
        at 95 % confidence.",
    control: "a01-any-tag",
    kept: "it changes every bit and cuts at every length; others change what they are about",
}

impl Game for ForgeryBitFlips {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn trials(&self, _profile: &Profile) -> u64 {
        (Stage::ALL.len() * CHANGES) as u64
    }

    fn schedule(&self, profile: &Profile, choices: &mut dyn Choices, trial: u64) -> Schedule {
        let stage = Stage::ALL[trial as usize % Stage::ALL.len()];
        let mut script = Script::default();
        let message = stage.reach(&mut script, profile.is_one_way());
        let how = change(trial as usize / Stage::ALL.len() % CHANGES, choices);
        script.add(Action::Tamper { message, how });
        script.deliver(message, 1);
        script.finish()
    }

    fn judge(&self, arena: &Arena<'_>, schedule: &Schedule) -> Result<Judgement, Rejection> {
        judge(arena, schedule, Effort::Sampled)
    }

    fn counts(&self, kind: ViolationKind) -> bool {
        kind == ViolationKind::Forged
    }

    fn counts_weak(&self, weakness: Weakness, position: &str) -> bool {
        // The tag has a game of its own.
        weakness == Weakness::Malleable && position != "tag"
    }

    fn conclude(&self, _profile: &Profile, totals: &Totals) -> (Verdict, String) {
        if totals.refused == 0 {
            return (Verdict::NotRun, "no changed message was refused".to_owned());
        }
        (Verdict::Pass, format!("{} changed messages refused", totals.refused))
    }
}

const CHANGES: usize = 5;

fn change(number: usize, choices: &mut dyn Choices) -> Tamper {
    match number {
        0 => Tamper::EveryBit,
        1 => Tamper::EveryByte,
        2 => Tamper::EveryLength,
        3 => Tamper::Extend {
            bytes: (0..choices.between(1, 17)).map(|_| choices.below(256) as u8).collect(),
        },
        _ => Tamper::RandomEnds { tries: 512 },
    }
}

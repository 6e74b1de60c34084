use crate::attackers::Effort;
use crate::engine::Arena;
use crate::games::{About, Game, game};
use crate::judge::{Judgement, ViolationKind, Weakness, judge};
use crate::run::{Totals, off_limits_suffice};
use crate::schedule::{Choices, Schedule, Shape};
use crate::{Family, Profile, Rejection, Verdict};

game! {
    ModelRandomSchedule,
    id: "model/random-schedule",
    catalogue: "G-MODEL",
    title: "Random conversations under attack agree with the ideal",
    severity: Critical,
    source: "Alwen, Coretti, Dodis, The Double Ratchet, EUROCRYPT 2019 (correctness and secrecy predicates)",
    checks: "Draws random conversations with loss, reordering, bursts, changed and repeated messages, restarts and \
        thefts. Every genuine message within the limits must open at once, to the right plaintext, exactly once; \
        everything else must be refused; and for each theft the attackers may read nothing that the ideal keeps, and \
        must read what the ideal gives away.",
    cannot_show: "Rare triggers that random choices do not meet, and keys that are kept but never used again.",
    control: "f01-keeps-used-keys",
    kept: "It meets what no other game was made for.",
}

impl Game for ModelRandomSchedule {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn trials(&self, _profile: &Profile) -> u64 {
        96
    }

    fn schedule(&self, profile: &Profile, choices: &mut dyn Choices, _trial: u64) -> Schedule {
        Schedule::generate(choices, &Shape::everything(profile))
    }

    fn judge(&self, arena: &Arena<'_>, schedule: &Schedule) -> Result<Judgement, Rejection> {
        judge(arena, schedule, Effort::Sampled)
    }

    fn counts(&self, kind: ViolationKind) -> bool {
        kind != ViolationKind::VoidTheft
    }

    fn counts_weak(&self, weakness: Weakness, _position: &str) -> bool {
        weakness == Weakness::Malleable
    }

    fn conclude(&self, profile: &Profile, totals: &Totals) -> (Verdict, String) {
        // A static key keeps nothing from a thief; its runs show correctness and refusal all the same.
        let keeps_secrets = !matches!(profile.family, Family::StaticKey(_));
        match off_limits_suffice(totals) {
            Err(reason) if keeps_secrets => (Verdict::NotRun, reason),
            _ => (Verdict::Pass, String::new()),
        }
    }
}

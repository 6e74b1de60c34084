use super::building::{insert, with_thefts};
use crate::attackers::Effort;
use crate::engine::Arena;
use crate::games::{About, Game, game};
use crate::judge::{ExposureTime, Judgement, ViolationKind, judge};
use crate::run::Totals;
use crate::schedule::{Action, Choices, Schedule, Shape};
use crate::{Family, Party, Profile, Rejection, Verdict};

game! {
    ForwardSecrecyConsumedKey,
    id: "forward-secrecy/consumed-key",
    catalogue: "G-FS-1",
    title: "A stolen session does not open messages that were opened before",
    severity: Critical,
    source: "Cohn-Gordon et al., A formal security analysis of the Signal messaging protocol, EuroS&P 2017; Bellare et al., CRYPTO 2017",
    checks: "Runs conversations in and out of order, in a third of them with refused messages and restarts, steals \
        sessions, and lets the passive clone open every message: each alone on a fresh copy, in order, and in reverse. \
        No message that its recipient opened before the theft may open again.",
    cannot_show: "A key that is kept while the ratchet refuses to use it: the state must be searched for that.",
    control: "f01-keeps-used-keys",
    kept: "it is forward secrecy itself, with every way to try a key; others meet the same faults and name another \
        property",
}

impl Game for ForwardSecrecyConsumedKey {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn trials(&self, _profile: &Profile) -> u64 {
        48
    }

    fn schedule(&self, _profile: &Profile, choices: &mut dyn Choices, trial: u64) -> Schedule {
        let after_failures = trial % 3 == 2;
        let shape = Shape {
            actions: (8, 32),
            noise: after_failures,
            restarts: after_failures,
            ..Shape::honest()
        };
        let mut schedule = with_thefts(Schedule::generate(choices, &shape), 2, choices);
        if after_failures {
            let party = Party::BOTH[choices.below(2) as usize];
            insert(&mut schedule, Action::Restart { party }, choices);
        }
        schedule
    }

    fn judge(&self, arena: &Arena<'_>, schedule: &Schedule) -> Result<Judgement, Rejection> {
        judge(arena, schedule, Effort::Full)
    }

    fn counts(&self, kind: ViolationKind) -> bool {
        kind == ViolationKind::Exposed(ExposureTime::Consumed)
    }

    fn conclude(&self, profile: &Profile, totals: &Totals) -> (Verdict, String) {
        if totals.working_thefts == 0 {
            return (Verdict::NotRun, "no stolen session was shown to work".to_owned());
        }
        match &profile.family {
            Family::StaticKey(_) => (Verdict::NotClaimed, "one key opens everything".to_owned()),
            Family::PeriodicRekey(_) => {
                (Verdict::Pass, "between periods; within a period nothing is claimed".to_owned())
            }
            _ => (Verdict::Pass, String::new()),
        }
    }
}

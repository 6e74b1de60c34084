use super::building::{Script, with_thefts};
use crate::attackers::Effort;
use crate::engine::Arena;
use crate::games::{About, Game};
use crate::judge::{Judgement, ViolationKind, judge};
use crate::run::Totals;
use crate::schedule::{Choices, MessageName, Schedule, Shape};
use crate::{Party, Profile, Rejection, Severity, Verdict};

/// The profile is the truth about the ratchet: what it says must leak leaks, and its limits are where it says.
pub struct ProfileDescribesThisRatchet;

static ABOUT: About = About {
    id: "profile/describes-this-ratchet",
    catalogue: "G-PROFILE",
    title: "The profile describes this ratchet: what must leak leaks, and limits are where it says",
    severity: Severity::Medium,
    source: "derived: a game whose attacker has no teeth, or whose profile is wrong, shows nothing",
    checks: "Steals sessions that are shown to work by a control message, and opens with them every message that such a \
        session must open by the profile. Sends to just before, at and just behind each limit. A ratchet that opens less, \
        or more, than its profile says has another profile.",
    cannot_show: "Parameters that no difference in behaviour follows from.",
    control: "d01-no-skip-limit",
};

impl Game for ProfileDescribesThisRatchet {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn trials(&self, _profile: &Profile) -> u64 {
        40
    }

    fn schedule(&self, profile: &Profile, choices: &mut dyn Choices, trial: u64) -> Schedule {
        let edges = Shape::everything(profile).edges;
        // The first trials of a round go to the limits, three to each.
        if let Some(&edge) = edges.get(trial as usize / 3) {
            let gap = (u64::from(edge) + trial % 3).saturating_sub(1);
            if let Ok(last) = u16::try_from(gap) {
                let mut script = Script::default();
                let first = script.send(Party::Initiator, last + 1);
                script.deliver(MessageName { index: last, ..first }, 1);
                for index in [0, 1, last.saturating_sub(1)] {
                    script.deliver(MessageName { index, ..first }, 1);
                }
                return script.finish();
            }
        }
        let shape = Shape { actions: (6, 30), ..Shape::honest() };
        with_thefts(Schedule::generate(choices, &shape), 3, choices)
    }

    fn judge(&self, arena: &Arena<'_>, schedule: &Schedule) -> Result<Judgement, Rejection> {
        judge(arena, schedule, Effort::Full)
    }

    fn counts(&self, kind: ViolationKind) -> bool {
        kind == ViolationKind::ProfileMismatch
    }

    fn conclude(&self, _profile: &Profile, totals: &Totals) -> (Verdict, String) {
        if totals.working_thefts == 0 {
            return (Verdict::NotRun, "no stolen session was shown to work".to_owned());
        }
        if totals.allowed_exposures == 0 {
            return (Verdict::NotRun, "the attackers read nothing at all".to_owned());
        }
        (Verdict::Pass, format!("{} exposures, all by design", totals.allowed_exposures))
    }
}

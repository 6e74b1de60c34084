use super::building::{Script, Stage};
use crate::attackers::Effort;
use crate::engine::Arena;
use crate::games::{About, Game, game};
use crate::judge::{Judgement, ViolationKind, judge};
use crate::run::Totals;
use crate::schedule::{Action, Choices, Schedule, Tamper};
use crate::{Party, Profile, Rejection, Verdict};

game! {
    ForgerySplicing,
    id: "forgery/splicing",
    catalogue: "G-AUTH-8",
    title: "Parts of two messages, or a message of another session, are refused",
    severity: Critical,
    source: "Signal, The Double Ratchet Algorithm, section 3.4 (header bound to body)",
    checks: "Joins the head of one message to the tail of another, at every cut: of the same session, and of the same \
        conversation in another session with other keys. Also delivers the other session's message whole.",
    cannot_show: "Sessions that share keys by mistake of the caller.",
    control: "a26-same-key-in-all-sessions",
    kept: "it puts parts of genuine messages together, so that no check of a single part can be what refuses them",
}

impl Game for ForgerySplicing {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn trials(&self, _profile: &Profile) -> u64 {
        Stage::ALL.len() as u64 * 3
    }

    fn schedule(&self, profile: &Profile, _choices: &mut dyn Choices, trial: u64) -> Schedule {
        let stage = Stage::ALL[trial as usize % Stage::ALL.len()];
        let mut script = Script::default();
        let message = stage.reach(&mut script, profile.is_one_way());
        let how = match trial as usize / Stage::ALL.len() {
            0 => Tamper::SpliceSession { keep: 0 },
            1 => Tamper::EverySpliceSession,
            _ => Tamper::EverySplice { with: script.send(Party::Initiator, 1) },
        };
        script.add(Action::Tamper { message, how });
        script.deliver(message, 1);
        script.finish()
    }

    fn judge(&self, arena: &Arena<'_>, schedule: &Schedule) -> Result<Judgement, Rejection> {
        judge(arena, schedule, Effort::Sampled)
    }

    fn counts(&self, kind: ViolationKind) -> bool {
        matches!(kind, ViolationKind::Forged | ViolationKind::SplicedSession)
    }

    fn conclude(&self, _profile: &Profile, totals: &Totals) -> (Verdict, String) {
        if totals.refused == 0 {
            return (Verdict::NotRun, "no spliced message was refused".to_owned());
        }
        (Verdict::Pass, String::new())
    }
}

use super::building::{Script, Stage};
use crate::attackers::Effort;
use crate::engine::Arena;
use crate::games::{About, Game, game};
use crate::judge::{Judgement, ViolationKind, judge};
use crate::run::Totals;
use crate::schedule::{Action, Choices, MessageName, Schedule};
use crate::{Party, Profile, Rejection, Verdict};

game! {
    ForgeryAssociatedData,
    id: "forgery/associated-data",
    catalogue: "G-AUTH-4",
    title: "A message opens only under the associated data it was sent with",
    severity: High,
    source: "Signal, The Double Ratchet Algorithm, section 3.4; RFC 5116, section 2.2",
    checks: "Sends under one of several associated data, delivers under each other one, at each stage of a conversation, \
        and then under the right one, which must open.",
    cannot_show: "Whether the caller passes the right identities as associated data.",
    control: "a08-ignores-associated-data",
    kept: "it changes the associated data and nothing else; others meet the same faults among other changes",
}

impl Game for ForgeryAssociatedData {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn needs(&self, arena: &Arena<'_>) -> Result<(), String> {
        if arena.capabilities.associated_data {
            Ok(())
        } else {
            Err("the ratchet takes no associated data".to_owned())
        }
    }

    fn trials(&self, _profile: &Profile) -> u64 {
        Stage::ALL.len() as u64 * 4
    }

    fn schedule(&self, profile: &Profile, choices: &mut dyn Choices, trial: u64) -> Schedule {
        let stage = Stage::ALL[trial as usize % Stage::ALL.len()];
        let mut script = Script::default();
        let waiting = stage.reach(&mut script, profile.is_one_way());
        let own = (trial as usize / Stage::ALL.len()) as u8;
        let size = [0, 1, 16, 100][choices.below(4) as usize];
        let sent = script.add(Action::Send { by: Party::Initiator, count: 1, size, ad: own });
        let message = MessageName::new(sent, 0);
        for ad in 0..4 {
            script.add(Action::WrongAd { message, ad });
            script.add(Action::WrongAd { message: waiting, ad });
        }
        script.deliver(message, 1);
        script.deliver(waiting, 1);
        script.finish()
    }

    fn judge(&self, arena: &Arena<'_>, schedule: &Schedule) -> Result<Judgement, Rejection> {
        judge(arena, schedule, Effort::Sampled)
    }

    fn counts(&self, kind: ViolationKind) -> bool {
        kind == ViolationKind::IgnoredAssociatedData
    }

    fn conclude(&self, _profile: &Profile, totals: &Totals) -> (Verdict, String) {
        if totals.refused == 0 {
            return (Verdict::NotRun, "nothing was refused".to_owned());
        }
        (Verdict::Pass, String::new())
    }
}

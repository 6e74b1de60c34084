use super::building::insert;
use super::forking::{account_of, heals, places_are_known};
use crate::attackers::hijacker::{accepts, forge_at_snapshots};
use crate::engine::{Arena, execute};
use crate::games::{About, Game, game};
use crate::judge::{Judgement, Violation, ViolationKind};
use crate::run::Totals;
use crate::schedule::{Action, Choices, Schedule, Shape};
use crate::{Family, Party, Profile, Rejection, Verdict};

game! {
    ActiveInjectionAfterHealing,
    id: "active/injection-after-healing",
    catalogue: "G-ACT-2",
    title: "What a thief makes up is accepted only where the stolen keys still reach",
    severity: Critical,
    source: "Alwen, Coretti, Dodis, The Double Ratchet, EUROCRYPT 2019 (authenticity predicate), with the tight set of a symbolic Double Ratchet",
    checks: "Steals sessions at random moments of random conversations with loss and reordering. At each later point the thief \
        speaks in the victim's name, from the session as stolen, from one that listened and from one that sent along, \
        and at once or some messages ahead. A copy of the peer may accept it only if the ideal says so: the root key \
        that it uses next is known, or the chain key or the unused message key of that place.",
    cannot_show: "Forgeries that need more than the ratchet's own calls on a stolen session.",
    control: "p16-resumes-old-root",
    plainly: "After a break-in has healed, letters written with the old keys must no longer be believed.",
    kept: "it measures for how long forgeries are accepted after a theft, which no other game tells",
}

const REFUSED: &str = "forgeries refused that had to be|times";
const ACCEPTED: &str = "forgeries accepted that can be made|times";

/// Thefts whose thief speaks.
const THIEVES: usize = 2;

impl Game for ActiveInjectionAfterHealing {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn needs(&self, arena: &Arena<'_>) -> Result<(), String> {
        places_are_known(arena)
    }

    fn trials(&self, profile: &Profile) -> u64 {
        if matches!(profile.family, Family::PeriodicRekey(_)) { 8 } else { 20 }
    }

    fn schedule(&self, profile: &Profile, choices: &mut dyn Choices, trial: u64) -> Schedule {
        let turns = Shape::everything(profile).turns;
        let shape =
            Shape { actions: (8, 24), restarts: trial % 3 == 2, turns, ..Shape::honest() };
        let mut schedule = Schedule::generate(choices, &shape);
        for _ in 0..6 {
            let from = Party::BOTH[choices.below(2) as usize];
            insert(&mut schedule, Action::Steal { from }, choices);
        }
        schedule
    }

    fn judge(&self, arena: &Arena<'_>, schedule: &Schedule) -> Result<Judgement, Rejection> {
        let transcript = execute(arena, schedule)?;
        let mut judgement = Judgement::default();
        let Some(account) = account_of(arena, &transcript, &mut judgement) else {
            return Ok(judgement);
        };
        for theft in 0..transcript.thefts.len().min(THIEVES) {
            let victim = transcript.thefts[theft].victim;
            let knowledge = &account.stolen[theft].knowledge;
            forge_at_snapshots(arena, &transcript, &account, theft, |forgery| {
                let ideal = &account.stolen[forgery.snapshot].ideal;
                let peer = victim.peer();
                let allowed = ideal.forgeable(knowledge, peer, &forgery.place);
                match (accepts(arena, &transcript, forgery, peer), allowed) {
                    (true, true) => judgement.measure(ACCEPTED, 1),
                    (false, true) => {}
                    (false, false) => judgement.measure(REFUSED, 1),
                    (true, false) => {
                        let action = transcript.thefts[forgery.snapshot].action;
                        let detail = format!(
                            "stolen from the {victim} at action {}, a session ({:?}) wrote message {} of epoch {}, and the {peer} opened it",
                            transcript.thefts[theft].action,
                            forgery.conduct,
                            forgery.place.index,
                            forgery.place.epoch
                        );
                        let injected = ViolationKind::Injected;
                        judgement.violations.push(Violation::new(injected, action, detail));
                    }
                }
            });
        }
        Ok(judgement)
    }

    fn counts(&self, kind: ViolationKind) -> bool {
        kind == ViolationKind::Injected
    }

    fn conclude(&self, profile: &Profile, totals: &Totals) -> (Verdict, String) {
        let count = |name| totals.figures.get(name).map_or(0, |figure| figure.count);
        let (accepted, refused) = (count(ACCEPTED), count(REFUSED));
        if accepted == 0 {
            return (Verdict::NotRun, "no forgery was accepted at all, not even at once".to_owned());
        }
        if !heals(profile) {
            return (Verdict::NotClaimed, "what was stolen once forges for ever".to_owned());
        }
        if refused == 0 {
            return (Verdict::NotRun, "no forgery had to be refused".to_owned());
        }
        (Verdict::Pass, format!("{refused} forgeries refused, {accepted} accepted by design"))
    }
}

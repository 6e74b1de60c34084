use super::building::{Script, with_thefts};
use crate::engine::Arena;
use crate::games::{About, Game, game};
use crate::judge::{HALVES_WORK, Judgement, KEPT, READ, ViolationKind, judge_halves};
use crate::run::Totals;
use crate::schedule::{Action, Choices, Schedule, Shape};
use crate::{Family, Party, Profile, Rejection, Verdict};

game! {
    RecoveryHybridIndependence,
    id: "recovery/hybrid-independence",
    catalogue: "G-PQ-1",
    title: "Who has broken one half of a hybrid ratchet learns nothing that the other half keeps",
    severity: Critical,
    source: "Dodis, Jost, Katsumata, Prest, Schmidt, Triple Ratchet, EUROCRYPT 2025; Stebila, Security analysis of the iMessage PQ3 protocol, 2024",
    checks: "Plays an attacker who has one half of every session at every moment, as a quantum computer has all \
        Diffie-Hellman keys, and then one who has the other. With a stranger's half beside it, that half must open \
        nothing. With the half of a stolen session beside it, it may open what the stolen half gives away by the profile: \
        nothing that was opened before the theft, and nothing sent after that half has healed. Conversations with loss, \
        crossing messages, restarts, and long enough for the post-quantum half to heal.",
    cannot_show: "Messages that the victim itself sends; a half that is not what the ratchet gives out as such. Session \
        opening is not tried.",
    control: "p20-kem-in-first-epoch-only",
}

/// Turns after a theft, at most.
const MOST_TURNS: u32 = 396;

/// Turns after a theft where the profile does not say how many it takes to heal.
const UNCLAIMED_TURNS: u32 = 12;

impl Game for RecoveryHybridIndependence {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn needs(&self, arena: &Arena<'_>) -> Result<(), String> {
        if !matches!(arena.profile.family, Family::HybridRatchet(_)) {
            return Err("this family has one half only".to_owned());
        }
        if !arena.capabilities.halves {
            return Err("the ratchet does not take its halves apart".to_owned());
        }
        Ok(())
    }

    fn trials(&self, _profile: &Profile) -> u64 {
        24
    }

    /// Turn by turn until the post-quantum half has healed, or with loss and in any order.
    fn schedule(&self, profile: &Profile, choices: &mut dyn Choices, trial: u64) -> Schedule {
        if trial.is_multiple_of(3) {
            return in_turns(profile, choices);
        }
        let shape = Shape { actions: (8, 40), restarts: trial % 3 == 2, ..Shape::honest() };
        with_thefts(Schedule::generate(choices, &shape), 3, choices)
    }

    fn judge(&self, arena: &Arena<'_>, schedule: &Schedule) -> Result<Judgement, Rejection> {
        judge_halves(arena, schedule)
    }

    fn counts(&self, kind: ViolationKind) -> bool {
        matches!(kind, ViolationKind::Exposed(_) | ViolationKind::HalfSuffices)
    }

    fn conclude(&self, profile: &Profile, totals: &Totals) -> (Verdict, String) {
        let missing = |figure: &str| !totals.figures.contains_key(figure);
        if missing(HALVES_WORK) {
            return (Verdict::NotRun, "no session put together from halves works".to_owned());
        }
        if let Some(figure) = KEPT.into_iter().chain(READ).find(|figure| missing(figure)) {
            let figure = figure.split('|').next().unwrap_or_default();
            return (Verdict::NotRun, format!("there are no {figure}"));
        }
        match &profile.family {
            Family::HybridRatchet(claims) if claims.pq_rekey.is_none() => (
                Verdict::NotClaimed,
                "the profile does not say when the post-quantum half heals".to_owned(),
            ),
            _ => (Verdict::Pass, String::new()),
        }
    }
}

/// Thefts near the beginning, then turns until the post-quantum half has healed from them.
fn in_turns(profile: &Profile, choices: &mut dyn Choices) -> Schedule {
    let heals_after = match &profile.family {
        Family::HybridRatchet(claims) => claims.pq_rekey.map(|rekey| rekey.heals_after()),
        _ => None,
    };
    let turns = heals_after.unwrap_or(UNCLAIMED_TURNS).min(MOST_TURNS) + 4;
    let mut script = Script::default();
    let mut party = || Party::BOTH[choices.below(2) as usize];
    let (victims, next) = ([party(), party()], party());
    script.ping_pong(Party::Initiator, choices.between(1, 6) as u16);
    script.add(Action::Steal { from: victims[0] });
    if choices.chance(1, 2) {
        script.ping_pong(Party::Initiator, choices.between(1, 4) as u16);
        script.add(Action::Steal { from: victims[1] });
    }
    script.ping_pong(next, turns as u16);
    script.finish()
}

use crate::engine::{Arena, RandomnessLevel, World};
use crate::games::reuse::{reused, sealed};
use crate::games::worlds::{home, other_session, play};
use crate::games::{About, Game, game};
use crate::judge::{Judgement, Violation, ViolationKind, Weakness};
use crate::run::Totals;
use crate::schedule::{Choices, Schedule, Shape};
use crate::{Family, Profile, Rejection, Verdict};

game! {
    RandomnessRepeatedTape,
    id: "randomness/repeated-tape",
    catalogue: "G-RNG-4",
    title: "If all calls draw the same, still no keystream is used twice",
    severity: High,
    source: "Ristenpart, Yilek, When good randomness goes bad (NDSS 2010): virtual machines restored from snapshots repeat their randomness",
    checks: "Plays a conversation in which every call draws the very same bytes, in two sessions of different secrets. No two \
        messages may be under one keystream. Nothing is asked of what opens: a correct Double Ratchet stalls when its \
        keys repeat.",
    cannot_show: "Reuse under a cipher that is no stream cipher. A sender that is itself rolled back: that is another game.",
    control: "b53-old-chain-for-an-old-key",
    plainly: "A virtual machine that is restored from a snapshot throws the same dice again. Messages must stay apart even \
        then, because their keys also depend on what was said before.",
    kept: "it plays the machine that was copied or started from an image, by name a cause of real losses",
}

const COMPARED: &str = "messages compared|times";

impl Game for RandomnessRepeatedTape {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn needs(&self, arena: &Arena<'_>) -> Result<(), String> {
        needs_tapes(arena)
    }

    fn trials(&self, _profile: &Profile) -> u64 {
        12
    }

    fn schedule(&self, profile: &Profile, choices: &mut dyn Choices, trial: u64) -> Schedule {
        let shape = Shape {
            actions: (4, 20),
            thefts: 0,
            noise: false,
            restarts: trial % 2 == 1,
            edges: Vec::new(),
            ..Shape::everything(profile)
        };
        Schedule::generate(choices, &shape)
    }

    fn judge(&self, arena: &Arena<'_>, schedule: &Schedule) -> Result<Judgement, Rejection> {
        let mut judgement = Judgement::default();
        let frozen = |world| World { frozen: true, ..world };
        let ours = play(arena, frozen(home(arena)), schedule)?;
        let theirs = play(arena, frozen(other_session(arena)), schedule)?;
        let mut messages = sealed(arena, 0, &ours);
        messages.extend(sealed(arena, 1, &theirs));
        messages.iter().for_each(|_| judgement.measure(COMPARED, 1));
        if let Some(pair) = reused(&messages) {
            judge_reuse(arena, &pair, &mut judgement);
        }
        Ok(judgement)
    }

    fn counts(&self, kind: ViolationKind) -> bool {
        kind == ViolationKind::KeyReused
    }

    fn counts_weak(&self, weakness: Weakness, _position: &str) -> bool {
        weakness == Weakness::Unclaimed
    }

    fn conclude(&self, _profile: &Profile, totals: &Totals) -> (Verdict, String) {
        match totals.figures.get(COMPARED) {
            Some(compared) => {
                (Verdict::Pass, format!("{} messages, none under the keystream of another", compared.count))
            }
            None => (Verdict::NotRun, "no message was sent".to_owned()),
        }
    }
}

/// Games that change what a call draws need to have its randomness in their hands.
pub(super) fn needs_tapes(arena: &Arena<'_>) -> Result<(), String> {
    if arena.randomness == RandomnessLevel::PerCall {
        Ok(())
    } else {
        Err("the ratchet's randomness is out of reach".to_owned())
    }
}

/// Reuse under bad randomness: one key for many messages with random nonces does not claim to survive that.
pub(super) fn judge_reuse(
    arena: &Arena<'_>,
    pair: &crate::games::reuse::Pair<'_, '_>,
    judgement: &mut Judgement,
) {
    if matches!(arena.profile.family, Family::StaticKey(_) | Family::PeriodicRekey(_)) {
        let position = "a keystream is used twice when randomness repeats".to_owned();
        *judgement.weak.entry((Weakness::Unclaimed, position)).or_default() += 1;
        return;
    }
    let wire = pair.second.wire;
    let violation =
        Violation::new(ViolationKind::KeyReused, wire.name.action, pair.describe());
    judgement.violations.push(violation.of_message(wire.name));
}

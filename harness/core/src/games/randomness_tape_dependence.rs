use std::collections::BTreeSet;

use crate::engine::{Arena, RandomnessLevel, World};
use crate::games::building::talk_then_steal;
use crate::games::fresh_value::{Fresh, Scene};
use crate::games::worlds::{home, play};
use crate::games::{About, Game, game};
use crate::judge::{Judgement, ViolationKind, Weakness};
use crate::run::Totals;
use crate::schedule::{Choices, Schedule};
use crate::{Family, Origin, Party, Profile, Rejection, Verdict};

game! {
    RandomnessTapeDependence,
    id: "randomness/tape-dependence",
    catalogue: "G-RNG-2",
    title: "A fresh key follows from enough fresh random bits",
    severity: Critical,
    source: "RFC 7748 section 5 (X25519 clamps 5 of 256 bits); the debate on Session's 16-byte seeds; Debian OpenSSL, CVE-2008-0166",
    checks: "Lets a party answer a new ratchet key many times, from the same state. Each bit that its calls draw is flipped \
        by itself: the bits that change the key are counted. At least 240 must (X25519 leaves 251), 128 to 239 are \
        weak, fewer fail. Then the key is drawn anew 96 times: none may come twice. Where the randomness is out of \
        reach, only this second part is played.",
    cannot_show: "Whether the randomness of the operating system is good. A library that draws a seed and expands it shows \
        the figure of the seed. A key drawn in an earlier call than the last two is noted, not measured.",
    control: "b02-seed-of-32-bits",
    plainly: "A key is only as good as the dice behind it. This game fixes all dice, turns one of them at a time, and counts \
        how many matter. If only a few do, somebody can simply try all throws.",
}

const KEY_BITS: &str = "bits that a fresh ratchet key depends on|bits";
const SEED_BITS: &str = "bits of a seed that a fresh ratchet key depends on|bits";
const NONCE_BITS: &str = "bits that a fresh nonce depends on|bits";
const DRAWN_AGAIN: &str = "fresh values drawn again|times";
const EARLIER: &str = "keys made in an earlier call|times";

/// A key of 256 bits, less what an encoding fixes.
const ENOUGH_BITS: u64 = 240;
const FEWEST_BITS: u64 = 128;
/// A nonce must differ, and need not be secret.
const FEWEST_NONCE_BITS: u64 = 64;
const DRAWS: u32 = 96;
const BIRTHDAY: u64 = 0xb17d;

impl Game for RandomnessTapeDependence {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn needs(&self, arena: &Arena<'_>) -> Result<(), String> {
        if arena.capabilities.fields {
            Ok(())
        } else {
            Err("the ratchet does not tell where its ratchet key or nonce is".to_owned())
        }
    }

    fn trials(&self, _profile: &Profile) -> u64 {
        4
    }

    fn schedule(&self, _profile: &Profile, choices: &mut dyn Choices, trial: u64) -> Schedule {
        talk_then_steal(Party::BOTH[(trial % 2) as usize], trial % 4 >= 2, choices)
    }

    fn judge(&self, arena: &Arena<'_>, schedule: &Schedule) -> Result<Judgement, Rejection> {
        let mut judgement = Judgement::default();
        let transcript = play(arena, home(arena), schedule)?;
        let Some(theft) = transcript.thefts.last() else { return Ok(judgement) };
        for (field, is_key) in [("ratchet_key", true), ("nonce", false)] {
            let Some(scene) = Scene::after(arena, &transcript, theft, field) else { continue };
            let Some(fresh) = scene.first_value() else { continue };
            if fresh.origin != Origin::Random {
                continue;
            }
            if arena.randomness == RandomnessLevel::PerCall {
                match (scene.sensitive_bits(&fresh), is_key) {
                    (0, true) if heals(arena.profile) => {
                        judge_key_without_tape(arena, schedule, &scene, &fresh, &mut judgement)?;
                    }
                    (0, true) => {}
                    (bits, true) => judge_key(&scene, &fresh, bits, &mut judgement),
                    (bits, false) => judge_nonce(&fresh, bits, &mut judgement),
                }
            }
            draw_again(arena, &scene, &fresh, &mut judgement);
        }
        Ok(judgement)
    }

    fn counts(&self, kind: ViolationKind) -> bool {
        matches!(kind, ViolationKind::Predictable | ViolationKind::Repeated)
    }

    fn counts_weak(&self, weakness: Weakness, _position: &str) -> bool {
        matches!(weakness, Weakness::LittleRandomness | Weakness::UndeclaredOrigin)
    }

    fn conclude(&self, _profile: &Profile, totals: &Totals) -> (Verdict, String) {
        let least = |name| totals.figures.get(name).map(|figure| figure.least);
        if let Some(bits) = least(KEY_BITS) {
            return (Verdict::Pass, format!("a fresh ratchet key depends on {bits} random bits"));
        }
        if let Some(bits) = least(SEED_BITS) {
            let reason = format!("{bits} bits, of the seed that each call draws; behind it is not seen");
            return (Verdict::Pass, reason);
        }
        if let Some(bits) = least(NONCE_BITS) {
            return (Verdict::Pass, format!("a fresh nonce depends on {bits} random bits"));
        }
        match totals.figures.get(DRAWN_AGAIN) {
            Some(drawn) => {
                let reason = format!("{} fresh values, none twice; their bits are out of reach", drawn.count);
                (Verdict::Pass, reason)
            }
            None if totals.figures.contains_key(EARLIER) => {
                (Verdict::NotRun, "ratchet keys are made in earlier calls than can be watched".to_owned())
            }
            None => (Verdict::NotRun, "no message shows a fresh ratchet key or random nonce".to_owned()),
        }
    }
}

/// Where healing rests on fresh ratchet keys.
const fn heals(profile: &Profile) -> bool {
    !matches!(
        profile.family,
        Family::StaticKey(_) | Family::SymmetricRatchet(_) | Family::PeriodicRekey(_)
    )
}

fn judge_key(scene: &Scene<'_, '_>, fresh: &Fresh, bits: u64, judgement: &mut Judgement) {
    judgement.measure(if fresh.from_seed { SEED_BITS } else { KEY_BITS }, bits);
    let words = format!("a fresh ratchet key of the {} depends on {bits} random bits", scene.party());
    if bits < FEWEST_BITS {
        judgement.violations.push(scene.violation(ViolationKind::Predictable, words));
    } else if bits < ENOUGH_BITS {
        let position = format!("a fresh ratchet key depends on {bits} random bits only");
        *judgement.weak.entry((Weakness::LittleRandomness, position)).or_default() += 1;
    }
}

/// The key does not depend on the last two calls. It is accused if it follows from what the peer draws, or from
/// nothing; a party may have drawn it earlier.
fn judge_key_without_tape(
    arena: &Arena<'_>,
    schedule: &Schedule,
    scene: &Scene<'_, '_>,
    fresh: &Fresh,
    judgement: &mut Judgement,
) -> Result<(), Rejection> {
    let party = scene.party();
    let other = arena.seed.derived(BIRTHDAY);
    let value_in = |world: World| -> Result<Option<Vec<u8>>, Rejection> {
        let transcript = play(arena, world, schedule)?;
        let theft = transcript.thefts.last();
        let scene = theft.and_then(|theft| Scene::after(arena, &transcript, theft, "ratchet_key"));
        Ok(scene.and_then(|scene| scene.first_value()).map(|fresh| fresh.value))
    };
    let mut of_peer = home(arena);
    of_peer.calls[party.peer().index()] = Some(other);
    let mut own = home(arena);
    own.calls[party.index()] = Some(other);
    let pairing = World { pairing: Some(other), ..home(arena) };
    let is_same = |value: Option<Vec<u8>>| value.as_ref() == Some(&fresh.value);
    let follows_from = if !is_same(value_in(of_peer)?) {
        "what both parties know"
    } else if is_same(value_in(own)?) && is_same(value_in(pairing)?) {
        "nothing that was drawn"
    } else {
        judgement.measure(EARLIER, 1);
        return Ok(());
    };
    let words = format!("a ratchet key of the {party} follows from {follows_from}: 0 random bits");
    judgement.violations.push(scene.violation(ViolationKind::Predictable, words));
    Ok(())
}

fn judge_nonce(fresh: &Fresh, bits: u64, judgement: &mut Judgement) {
    // A counter, or one that follows from the text.
    if bits == 0 {
        return;
    }
    judgement.measure(NONCE_BITS, bits);
    if fresh.declared && bits < FEWEST_NONCE_BITS {
        let position = format!("a random nonce depends on {bits} random bits only");
        *judgement.weak.entry((Weakness::LittleRandomness, position)).or_default() += 1;
    }
}

/// Draws the value again and again from the same state. If it varies at all, none may come twice.
fn draw_again(arena: &Arena<'_>, scene: &Scene<'_, '_>, fresh: &Fresh, judgement: &mut Judgement) {
    let seed = arena.seed.derived(BIRTHDAY);
    let mut values = BTreeSet::new();
    let mut drawn = 0;
    for draw in 0..DRAWS {
        let (receiving, sending) = (seed.call(scene.action(), 2 * draw), seed.call(scene.action(), 2 * draw + 1));
        let Some(value) = scene.value(receiving, sending) else { continue };
        values.insert(value);
        drawn += 1;
    }
    if values.len() < 2 {
        return;
    }
    (0..drawn).for_each(|_| judgement.measure(DRAWN_AGAIN, 1));
    if values.len() == drawn {
        return;
    }
    let words = format!("{drawn} fresh values were {} different ones", values.len());
    if fresh.is_key || fresh.declared {
        judgement.violations.push(scene.violation(ViolationKind::Repeated, words));
    } else {
        let position = "nonces repeat; declare their origin".to_owned();
        *judgement.weak.entry((Weakness::UndeclaredOrigin, position)).or_default() += 1;
    }
}

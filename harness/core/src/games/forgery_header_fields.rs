use std::collections::BTreeSet;

use super::building::Path;
use super::weighing::Waiting;
use crate::engine::{Arena, execute};
use crate::games::{About, Game, game};
use crate::judge::{Judgement, ViolationKind, Weakness};
use crate::run::Totals;
use crate::schedule::{Choices, Schedule};
use crate::{Field, Profile, Rejection, Verdict};

game! {
    ForgeryHeaderFields,
    id: "forgery/header-fields",
    catalogue: "G-AUTH-3",
    title: "Every field of a header is bound to its message",
    severity: High,
    source: "Signal, The Double Ratchet Algorithm, section 3.4 (CONCAT(AD, header)); guardyn issues 105 and 196, where the first test of this passed without the fix",
    checks: "Writes each field of a waiting message's header anew with other valid values, among them those of other messages \
        of the conversation, and changes nothing else: in a running chain, for a skipped key, and for a new epoch while \
        a message of the one before is missing. A field that feeds the key proves nothing by a refusal; the length of the \
        previous chain, versions and types do. Opening to the same plaintext is weak, with the field's name; it fails if \
        a twin that was given the genuine message goes on differently.",
    cannot_show: "Fields that the ratchet does not tell, and what is bound only because it feeds the key.",
    control: "a09-header-not-bound",
    kept: "it tells which field is not bound; others tell that something is not",
}

const TRIED: &str = "header fields written anew|times";

impl Game for ForgeryHeaderFields {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn needs(&self, arena: &Arena<'_>) -> Result<(), String> {
        match (arena.capabilities.fields, arena.capabilities.rewrite) {
            (true, true) => Ok(()),
            _ => Err("the ratchet does not write fields anew".to_owned()),
        }
    }

    fn trials(&self, _profile: &Profile) -> u64 {
        Path::ALL.len() as u64 * 2
    }

    fn schedule(&self, profile: &Profile, _choices: &mut dyn Choices, trial: u64) -> Schedule {
        Path::ALL[trial as usize % Path::ALL.len()].walk(profile.is_one_way())
    }

    fn judge(&self, arena: &Arena<'_>, schedule: &Schedule) -> Result<Judgement, Rejection> {
        let transcript = execute(arena, schedule)?;
        let mut judgement = Judgement::default();
        let Some(waiting) = Waiting::of(arena, &transcript) else { return Ok(judgement) };
        let genuine = &waiting.wire().bytes;
        for field in arena.fields(genuine) {
            // Body and tag are the affair of other games.
            if matches!(&*field.name, "ciphertext" | "tag") {
                continue;
            }
            for value in other_values(arena, &waiting, &field) {
                let Ok(bytes) = arena.rewrite(genuine, &field.name, &value) else { continue };
                if bytes == *genuine {
                    continue;
                }
                judgement.measure(TRIED, 1);
                let bad = ViolationKind::HeaderNotBound;
                waiting.try_changed(&bytes, &field.name, bad, false, &mut judgement);
                if !judgement.violations.is_empty() {
                    return Ok(judgement);
                }
            }
        }
        Ok(judgement)
    }

    fn counts(&self, kind: ViolationKind) -> bool {
        kind == ViolationKind::HeaderNotBound
    }

    fn counts_weak(&self, weakness: Weakness, _position: &str) -> bool {
        weakness == Weakness::Malleable
    }

    fn conclude(&self, _profile: &Profile, totals: &Totals) -> (Verdict, String) {
        match totals.figures.get(TRIED) {
            Some(_) if totals.refused > 0 => {
                (Verdict::Pass, format!("{} changed headers refused", totals.refused))
            }
            _ => (Verdict::NotRun, "no field of a header could be written anew".to_owned()),
        }
    }
}

/// Values of the same field in other messages, and neighbours of its own value.
fn other_values(arena: &Arena<'_>, waiting: &Waiting<'_, '_>, field: &Field) -> Vec<Vec<u8>> {
    let Some(own) = field.of(&waiting.wire().bytes) else { return Vec::new() };
    let mut values: BTreeSet<Vec<u8>> = waiting
        .others()
        .filter_map(|wire| Some(arena.field(&wire.bytes, &field.name)?.to_vec()))
        .collect();
    let changed = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut value = own.to_vec();
        change(&mut value);
        value
    };
    // One more and one less, whichever end the field counts from, and the edges.
    for step in [1, 255] {
        values.insert(changed(&|value| bump(value.first_mut(), step)));
        values.insert(changed(&|value| bump(value.last_mut(), step)));
    }
    values.insert(changed(&|value| value.fill(0)));
    values.insert(changed(&|value| value.fill(1)));
    values.insert(Vec::new());
    values.remove(own);
    values.into_iter().collect()
}

fn bump(byte: Option<&mut u8>, step: u8) {
    if let Some(byte) = byte {
        *byte = byte.wrapping_add(step);
    }
}

use super::building::Path;
use super::weighing::Waiting;
use crate::engine::{Arena, execute};
use crate::games::{About, Game, game};
use crate::judge::{Judgement, ViolationKind, Weakness};
use crate::run::Totals;
use crate::schedule::{Choices, Schedule};
use crate::{Profile, Rejection, Verdict};

game! {
    ForgeryTypeAndVersion,
    id: "forgery/type-and-version",
    catalogue: "G-AUTH-10",
    title: "A message is not taken for one of another type or version",
    severity: High,
    source: "CVE-2022-39251 (a group message taken for one of a pair); Signal, SPQR, on version negotiation and downgrade",
    checks: "Sets the fields `type` and `version` of a waiting message to every other value, in a running chain, \
        for a skipped key and for a new epoch; where the \
        ratchet tells no fields, its first two bytes. Nothing else may open. The same plaintext is weak, with the field; \
        it fails if a twin goes on differently, as after a downgrade.",
    cannot_show: "Versions that need a whole other form of message to be reached.",
    control: "a21-lower-version-sticks",
    kept: "it tells confusion of types from a header that is not bound",
}

const TRIED: &str = "types and versions tried|times";

impl Game for ForgeryTypeAndVersion {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn trials(&self, _profile: &Profile) -> u64 {
        Path::ALL.len() as u64
    }

    fn schedule(&self, profile: &Profile, _choices: &mut dyn Choices, trial: u64) -> Schedule {
        Path::ALL[trial as usize % Path::ALL.len()].walk(profile.is_one_way())
    }

    fn judge(&self, arena: &Arena<'_>, schedule: &Schedule) -> Result<Judgement, Rejection> {
        let transcript = execute(arena, schedule)?;
        let mut judgement = Judgement::default();
        let Some(waiting) = Waiting::of(arena, &transcript) else { return Ok(judgement) };
        for (name, at) in places(arena, &waiting) {
            for value in 0..=u8::MAX {
                let mut bytes = waiting.wire().bytes.clone();
                let Some(byte) = bytes.get_mut(at) else { continue };
                if *byte == value {
                    continue;
                }
                *byte = value;
                judgement.measure(TRIED, 1);
                let confused = ViolationKind::Confused;
                waiting.try_changed(&bytes, &name, confused, false, &mut judgement);
                if !judgement.violations.is_empty() {
                    return Ok(judgement);
                }
            }
        }
        Ok(judgement)
    }

    fn counts(&self, kind: ViolationKind) -> bool {
        kind == ViolationKind::Confused
    }

    fn counts_weak(&self, weakness: Weakness, _position: &str) -> bool {
        weakness == Weakness::Malleable
    }

    fn conclude(&self, _profile: &Profile, totals: &Totals) -> (Verdict, String) {
        if totals.refused == 0 {
            return (Verdict::NotRun, "no message with a type or version was refused".to_owned());
        }
        (Verdict::Pass, format!("{} other types and versions refused", totals.refused))
    }
}

/// Positions of the bytes that say what a message is, with their names.
fn places(arena: &Arena<'_>, waiting: &Waiting<'_, '_>) -> Vec<(String, usize)> {
    let fields = arena.fields(&waiting.wire().bytes);
    if fields.is_empty() {
        return (0..2).map(|at| (format!("byte {at}"), at)).collect();
    }
    let says_what = |name: &str| name.contains("type") || name.contains("version");
    let told = fields.iter().filter(|field| says_what(&field.name));
    told.flat_map(|field| {
        (0..field.length).map(|at| (field.name.clone().into_owned(), field.offset + at))
    })
    .collect()
}

use super::building::Path;
use super::curve::{other_spellings, unusable_keys};
use super::weighing::{Waiting, Weighed};
use crate::engine::{Arena, execute};
use crate::games::{About, Game, game};
use crate::judge::{Judgement, ViolationKind, Weakness};
use crate::run::Totals;
use crate::schedule::{Choices, Schedule};
use crate::{Profile, Rejection, Verdict};

game! {
    ForgeryLowOrderKeys,
    id: "forgery/low-order-keys",
    catalogue: "G-AUTH-11",
    title: "Ratchet keys of low order and second spellings are refused, and leave no trace",
    severity: High,
    source: "RFC 7748, sections 5 and 6.1; vodozemac 0.10.0 (non-contributory keys); RUSTSEC-2017-0001; RUSTSEC-2026-0072; libsignal, torsion-free base keys, 2025",
    checks: "Puts other X25519 keys in place of a waiting message's ratchet key: every key of low order in every spelling, the \
        honest key with its highest bit set, and the honest key plus each point of low order, which agrees on the same \
        secret. In a running chain, for a skipped key and for a new epoch. Each must be refused, and what follows must be \
        as if it had never come: a check behind the commitment returns an error and keeps the bad key. Accepted with the \
        same plaintext is weak, and fails if a twin goes on differently.",
    cannot_show: "A peer that itself computes with such a key. A refusal by the tag cannot be told from one by the check of \
        the key.",
    control: "a19-key-checked-after-commit",
    refusal: Malformed,
    kept: "it tries the whole list of keys of low order and of second spellings, which random changes never meet",
}

const TRIED: &str = "bad ratchet keys tried|times";

impl Game for ForgeryLowOrderKeys {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn needs(&self, arena: &Arena<'_>) -> Result<(), String> {
        if !cfg!(feature = "curve25519") {
            Err("this build of sprag has no `curve25519`".to_owned())
        } else if arena.capabilities.fields {
            Ok(())
        } else {
            Err("the ratchet does not tell where its `ratchet_key` is".to_owned())
        }
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
        let genuine = &waiting.wire().bytes;
        let field = arena.fields(genuine).into_iter().find(|field| field.name == "ratchet_key");
        let Some(field) = field else { return Ok(judgement) };
        let own = field.of(genuine).and_then(|key| <[u8; 32]>::try_from(key).ok());
        let Some(own) = own else { return Ok(judgement) };
        let put = |key: &[u8; 32]| match arena.rewrite(genuine, "ratchet_key", key) {
            Ok(rewritten) if arena.capabilities.rewrite => rewritten,
            // Where nothing can be written anew, the bytes are where the field is.
            _ => {
                let mut bytes = genuine.clone();
                bytes[field.offset..field.offset + 32].copy_from_slice(key);
                bytes
            }
        };
        // Where any refusal leaves a trace, that is the affair of another game.
        let sound = own.map(|byte| byte.wrapping_mul(3) & 0x7f | 1);
        let traces = waiting.weigh(&put(&sound), true) == Weighed::Refused;
        let bad = unusable_keys().into_iter().chain(other_spellings(&own));
        for (what, key) in bad {
            judgement.measure(TRIED, 1);
            let position = format!("ratchet_key ({what})");
            let kind = ViolationKind::BadKeyAccepted;
            waiting.try_changed(&put(&key), &position, kind, traces, &mut judgement);
            if !judgement.violations.is_empty() {
                break;
            }
        }
        Ok(judgement)
    }

    fn counts(&self, kind: ViolationKind) -> bool {
        kind == ViolationKind::BadKeyAccepted
    }

    fn counts_weak(&self, weakness: Weakness, _position: &str) -> bool {
        weakness == Weakness::Malleable
    }

    fn conclude(&self, _profile: &Profile, totals: &Totals) -> (Verdict, String) {
        if totals.refused == 0 {
            return (Verdict::NotRun, "no message carries a ratchet key of 32 bytes".to_owned());
        }
        (Verdict::Pass, format!("{} bad keys refused", totals.refused))
    }
}

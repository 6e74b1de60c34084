use std::collections::BTreeSet;

use super::building::Path;
use super::weighing::Waiting;
use crate::engine::{Arena, Change, execute};
use crate::games::{About, Game, game};
use crate::judge::{Judgement, ViolationKind, Weakness};
use crate::run::Totals;
use crate::schedule::{Action, Choices, Schedule, Step};
use crate::{Profile, Rejection, Verdict};

game! {
    ForgeryMalleableEncodings,
    id: "forgery/malleable-encodings",
    catalogue: "G-AUTH-14",
    title: "A message has one spelling: no other bytes mean the same",
    severity: Medium,
    source: "derived: parse(serialise(x)) = x, and every other preimage refused or under the tag; CVE-2024-45192 and CVE-2024-45193 (libolm) for what malleable encodings lead to",
    checks: "Spells a waiting message otherwise, byte by byte: integers longer than needed, fields doubled, left out and \
        swapped, unknown entries and white space put in, letters of hex and base64 in the other case or alphabet, padding \
        added and taken off, characters of JSON escaped, bytes behind the end. Opening to the same plaintext is weak, with \
        the place; it fails if something else opens, or if a twin that was given the genuine spelling goes on differently.",
    cannot_show: "Spellings of encodings that are not tried, and changes at two places at once.",
    control: "a32-long-integers",
}

const TRIED: &str = "other spellings tried|times";

impl Game for ForgeryMalleableEncodings {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn trials(&self, _profile: &Profile) -> u64 {
        2
    }

    fn schedule(&self, profile: &Profile, _choices: &mut dyn Choices, trial: u64) -> Schedule {
        let path = if trial.is_multiple_of(2) { Path::RunningChain } else { Path::NewEpoch };
        path.walk(profile.is_one_way())
    }

    fn judge(&self, arena: &Arena<'_>, schedule: &Schedule) -> Result<Judgement, Rejection> {
        let transcript = execute(arena, schedule)?;
        let mut judgement = Judgement::default();
        let Some(waiting) = Waiting::of(arena, &transcript) else { return Ok(judgement) };
        let genuine = &waiting.wire().bytes;
        let fields = arena.fields(genuine);
        let mut spans: Vec<(usize, usize)> =
            fields.iter().map(|field| (field.offset, field.length)).collect();
        // Without fields, and for what stands around them: every short run.
        spans.extend([1, 2, 4].into_iter().flat_map(|length| (0..64).map(move |at| (at, length))));
        // On the second path, where a wrong key costs most, a part of them in turn.
        let every = if is_new_epoch(schedule) { 4 } else { 1 };
        for bytes in other_spellings(genuine, &spans).into_iter().step_by(every) {
            let change = Change { bytes, spliced: None, foreign: false };
            let positions = change.positions(genuine, &fields);
            judgement.measure(TRIED, 1);
            let position = positions.first().map_or("nowhere", String::as_str);
            let bad = ViolationKind::Forged;
            waiting.try_changed(&change.bytes, position, bad, false, &mut judgement);
            if !judgement.violations.is_empty() {
                break;
            }
        }
        Ok(judgement)
    }

    fn counts(&self, kind: ViolationKind) -> bool {
        kind == ViolationKind::Forged
    }

    fn counts_weak(&self, weakness: Weakness, _position: &str) -> bool {
        weakness == Weakness::Malleable
    }

    fn conclude(&self, _profile: &Profile, totals: &Totals) -> (Verdict, String) {
        if totals.refused == 0 {
            return (Verdict::NotRun, "no other spelling was refused".to_owned());
        }
        (Verdict::Pass, format!("{} other spellings refused", totals.refused))
    }
}

fn is_new_epoch(schedule: &Schedule) -> bool {
    let sends = |step: &&Step| matches!(step.action, Action::Send { .. });
    schedule.steps.iter().filter(sends).count() > 1
}

/// Entries and separators that parsers are known to skip.
const SKIPPED: [&[u8]; 9] =
    [b" ", b"\n", b"\t", b"\0", b"\xff", b"=", &[0x28, 0x01], &[0x7a, 0x00], &[0xf8, 0x07, 0x00]];

/// Every other spelling of `message`; fields and other runs are at `spans`.
fn other_spellings(message: &[u8], spans: &[(usize, usize)]) -> BTreeSet<Vec<u8>> {
    let mut all = BTreeSet::new();
    let mut splice = |from: usize, to: usize, with: &[u8]| {
        all.insert([&message[..from], with, &message[to..]].concat());
    };
    for at in 0..=message.len() {
        SKIPPED.iter().for_each(|more| splice(at, at, more));
    }
    for (at, &byte) in message.iter().enumerate() {
        // A longer form of an integer of seven bits to the byte, and of its highest byte.
        splice(at, at + 1, &[byte | 0x80, 0x00]);
        splice(at, at + 1, &[byte | 0x80, 0x80, 0x00]);
        let other = match byte {
            b'a'..=b'z' | b'A'..=b'Z' => byte ^ 0x20,
            b'+' => b'-',
            b'/' => b'_',
            b'-' => b'+',
            b'_' => b'/',
            _ => byte,
        };
        splice(at, at + 1, &[other]);
        if byte.is_ascii_graphic() {
            splice(at, at + 1, format!("\\u{byte:04x}").as_bytes());
            splice(at, at + 1, format!("%{byte:02X}").as_bytes());
            // The low bits of the last letter of base64 count for nothing.
            splice(at, at + 1, &[byte.wrapping_add(1)]);
        }
        if byte.is_ascii_digit() {
            splice(at, at, b"0");
            splice(at, at, b"+");
            splice(at + 1, at + 1, b".0");
            splice(at + 1, at + 1, b"e0");
        }
    }
    for &(at, length) in spans {
        let Some(run) = message.get(at..at + length) else { continue };
        splice(at, at, run);
        splice(at, at + length, b"");
    }
    // Keys of JSON twice, objects twice, the end left out, and the ends of base64.
    splice(message.len(), message.len(), message);
    for cut in 1..=message.len().min(8) {
        splice(message.len() - cut, message.len(), b"");
    }
    let swapped_case: Vec<u8> = message
        .iter()
        .map(|byte| if byte.is_ascii_alphabetic() { byte ^ 0x20 } else { *byte })
        .collect();
    if message.is_ascii() {
        all.insert(swapped_case);
    }
    all.remove(message);
    all
}

use super::building::{Script, Stage};
use crate::engine::{Arena, EventKind, Outcome, execute};
use crate::games::{About, Game, game};
use crate::judge::{Judgement, ViolationKind, Weakness, judge_transcript};
use crate::run::Totals;
use crate::schedule::{Action, Choices, Schedule, Tamper};
use crate::{Profile, Rejection, Verdict, attackers::Effort};

game! {
    ForgeryEffectiveTagLength,
    id: "forgery/effective-tag-length",
    catalogue: "G-AUTH-2",
    title: "Every bit of the tag is checked, alone and in pairs",
    severity: High,
    source: "derived; the comparison of only a part of the tag is among the oldest faults of message authentication",
    checks: "Flips each bit of the tag by itself and every two bits together, and cuts the tag short. A bit whose change \
        is accepted is not checked; the figure is the number of bits that are, beside those on the wire.",
    cannot_show: "Whether the tag is computed well; a tag whose place the ratchet does not tell is taken to be the last \
        16 bytes.",
    control: "a03-eight-tag-bytes",
    kept: "it measures how many bits of the tag count, which no other game tells",
}

const ON_WIRE: &str = "tag on the wire|bits";
const EFFECTIVE: &str = "tag that is checked|bits";

impl Game for ForgeryEffectiveTagLength {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn trials(&self, _profile: &Profile) -> u64 {
        5
    }

    fn schedule(&self, profile: &Profile, _choices: &mut dyn Choices, trial: u64) -> Schedule {
        let (stage, how) = match trial {
            0 => (Stage::First, Tamper::EveryBit),
            1 => (Stage::RunningChain, Tamper::EveryBit),
            2 => (Stage::Skipped, Tamper::EveryBit),
            3 => (Stage::RunningChain, Tamper::EveryTagPair),
            _ => (Stage::RunningChain, Tamper::EveryLength),
        };
        let mut script = Script::default();
        let message = stage.reach(&mut script, profile.is_one_way());
        script.add(Action::Tamper { message, how });
        script.finish()
    }

    fn judge(&self, arena: &Arena<'_>, schedule: &Schedule) -> Result<Judgement, Rejection> {
        let transcript = execute(arena, schedule)?;
        let mut judgement = judge_transcript(arena, &transcript, Effort::Sampled);
        for event in &transcript.events {
            let EventKind::Swept(sweep) = &event.kind else { continue };
            let tag = arena.tag_of(&transcript.wire[sweep.message].bytes);
            let unchecked = |find: &&crate::engine::SweepFind| {
                matches!(find.tamper, Tamper::FlipBit { bit } if tag.contains(&(bit as usize / 8)))
                    && matches!(find.outcome, Outcome::Opened(_))
            };
            let bits = tag.len() as u64 * 8;
            let ignored = sweep.accepted.iter().filter(unchecked).count() as u64;
            judgement.measure(ON_WIRE, bits);
            judgement.measure(EFFECTIVE, bits.saturating_sub(ignored));
        }
        Ok(judgement)
    }

    fn counts(&self, kind: ViolationKind) -> bool {
        kind == ViolationKind::Forged
    }

    fn counts_weak(&self, weakness: Weakness, position: &str) -> bool {
        weakness == Weakness::Malleable && position == "tag"
    }

    fn conclude(&self, profile: &Profile, totals: &Totals) -> (Verdict, String) {
        match (totals.figures.get(ON_WIRE), totals.figures.get(EFFECTIVE)) {
            (Some(wire), Some(effective)) if effective.least < wire.least => (
                if profile.integrity { Verdict::Weak } else { Verdict::NotClaimed },
                format!("{} of {} bits are checked", effective.least, wire.least),
            ),
            (Some(_), Some(_)) => (Verdict::Pass, String::new()),
            _ => (Verdict::NotRun, "no message could be tried".to_owned()),
        }
    }
}

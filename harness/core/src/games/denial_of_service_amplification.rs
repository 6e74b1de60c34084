use super::building::Script;
use super::couple::Couple;
use super::denial_of_service_forward_jump::targets;
use super::forged_numbers::{Spellings, allowed_gap};
use crate::engine::{Arena, Theft, Wire, execute};
use crate::games::{About, Game, game};
use crate::judge::{Judgement, Violation, ViolationKind};
use crate::randomness::Tape;
use crate::run::Totals;
use crate::schedule::{Action, Choices, Schedule};
use crate::{Party, Profile, Rejection, Verdict};

game! {
    DenialOfServiceAmplification,
    id: "denial-of-service/amplification",
    catalogue: "G-DOS-5",
    title: "A refused message draws and keeps no more, whatever number it shows",
    severity: Low,
    source: "derived; the work that a rejected message causes, counted in bytes instead of time",
    checks: "Counts the random bytes that a refusal draws, and the bytes by which it makes the state at rest longer: for \
        messages that do not authenticate, and for forged numbers at the limit and far beyond it. Both figures are \
        reported. Beyond the limit they must not be more than 20 times those at the limit (4 KiB are always allowed).",
    cannot_show: "Work that neither draws randomness nor stays in the state. Randomness that is out of the harness's reach \
        is not counted.",
    control: "d50-draws-what-the-header-says",
}

const DRAWN: &str = "randomness drawn by a refusal|bytes";
const KEPT: &str = "state kept by a refusal|bytes";

/// Numbers far beyond every limit.
const PROBES: [u64; 3] = [1 << 16, 1 << 20, (1 << 32) - 2];

/// So much is never out of proportion.
const ALLOWED: u64 = 4096;

/// Beyond the limit a refusal may cost so many times what it costs at the limit.
const RATIO: u64 = 20;

impl Game for DenialOfServiceAmplification {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn trials(&self, _profile: &Profile) -> u64 {
        2
    }

    fn schedule(&self, profile: &Profile, _choices: &mut dyn Choices, trial: u64) -> Schedule {
        let mut script = Script::default();
        let one_way = profile.is_one_way();
        let from = if trial == 1 && !one_way { Party::Responder } else { Party::Initiator };
        if !one_way {
            script.ping_pong(Party::Initiator, if from == Party::Initiator { 2 } else { 3 });
        }
        let first = script.send(from, 4);
        script.deliver(first, 1);
        script.add(Action::Steal { from: from.peer() });
        script.finish()
    }

    fn judge(&self, arena: &Arena<'_>, schedule: &Schedule) -> Result<Judgement, Rejection> {
        let transcript = execute(arena, schedule)?;
        let mut judgement = Judgement::default();
        let Some(theft) = transcript.thefts.last() else { return Ok(judgement) };
        let own = |wire: &&Wire| wire.from != theft.victim;
        let sent: Vec<&Wire> = transcript.wire.iter().filter(own).collect();
        let [.., due, next, last] = sent[..] else { return Ok(judgement) };
        let spellings = Spellings::of(arena, &[&due.bytes, &next.bytes, &last.bytes]);
        for target in targets(arena, theft, due) {
            let mut unauthentic = target.message.clone();
            if let Some(byte) = unauthentic.last_mut() {
                *byte ^= 1;
            }
            let plain = cost(arena, theft, &unauthentic, &mut judgement);
            let Some(number) = spellings.read(arena, &target.message, target.field) else { continue };
            let forged = |number| spellings.forge(arena, &target.message, target.field, number);
            let at_limit = forged(number + allowed_gap(arena))
                .and_then(|message| cost(arena, theft, &message, &mut judgement));
            let Some(base) = at_limit.max(plain) else { continue };
            for probe in PROBES {
                let cost = forged(probe).and_then(|message| cost(arena, theft, &message, &mut judgement));
                let Some(cost) = cost else { continue };
                if let Some(what) = cost.exceeds(base) {
                    let detail = format!("{} forged to {probe}: the {} {what}", target.what, theft.victim);
                    let violation = Violation::new(ViolationKind::UnboundedWork, theft.action, detail);
                    judgement.violations.push(violation);
                    return Ok(judgement);
                }
            }
        }
        Ok(judgement)
    }

    fn counts(&self, kind: ViolationKind) -> bool {
        kind == ViolationKind::UnboundedWork
    }

    fn conclude(&self, _profile: &Profile, totals: &Totals) -> (Verdict, String) {
        match (totals.figures.get(DRAWN), totals.figures.get(KEPT)) {
            (Some(drawn), _) => (Verdict::Pass, format!("a refusal draws at most {} random bytes", drawn.most)),
            (None, Some(kept)) => (
                Verdict::Pass,
                format!("a refusal keeps at most {} bytes; what it draws is not to be seen", kept.most),
            ),
            (None, None) if totals.refused > 0 => {
                (Verdict::NotRun, "neither what a refusal draws nor what it keeps is to be seen".to_owned())
            }
            (None, None) => (Verdict::NotRun, "nothing was refused".to_owned()),
        }
    }
}

/// What a refusal cost.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
struct Cost {
    drawn: u64,
    kept: u64,
}

impl Cost {
    fn exceeds(self, base: Self) -> Option<String> {
        let over = |cost: u64, base: u64| cost > ALLOWED && cost > base * RATIO;
        if over(self.drawn, base.drawn) {
            return Some(format!("draws {} random bytes to refuse it", self.drawn));
        }
        over(self.kept, base.kept).then(|| format!("keeps {} bytes of it", self.kept))
    }
}

/// What refusing `message` costs; `None` if it is not refused.
fn cost(
    arena: &Arena<'_>,
    theft: &Theft,
    message: &[u8],
    judgement: &mut Judgement,
) -> Option<Cost> {
    let mut couple = Couple::at(arena, theft, 8);
    let before = arena.size_at_rest(couple.session(theft.victim));
    let mut tape = Tape::drawn_from(&mut couple.rng(), 256);
    let session = couple.session_mut(theft.victim);
    if arena.decrypt(session, &mut tape, b"", message).is_ok() {
        return None;
    }
    judgement.refused += 1;
    let drawn = if arena.ratchet.draws_in_advance() { None } else { Some(tape.drawn() as u64) };
    if let Some(drawn) = drawn {
        judgement.measure(DRAWN, drawn);
    }
    let after = arena.size_at_rest(couple.session(theft.victim));
    let kept = after.zip(before).map_or(0, |(after, before)| after.saturating_sub(before));
    if after.is_some() {
        judgement.measure(KEPT, kept);
    }
    Some(Cost { drawn: drawn.unwrap_or(0), kept })
}

use super::building::Script;
use super::couple::Couple;
use super::forged_numbers::{COUNTER, PREVIOUS, Spellings, allowed_gap};
use crate::engine::{Arena, Theft, Wire, execute, out_of_proportion};
use crate::games::{About, Game, game};
use crate::judge::{Judgement, Violation, ViolationKind, Weakness};
use crate::run::Totals;
use crate::schedule::{Action, Choices, LONGEST_JUMP, MessageName, Schedule};
use crate::{Ordering, Party, Profile, Rejection, Verdict};

game! {
    DenialOfServiceForwardJump,
    id: "denial-of-service/forward-jump",
    catalogue: "G-DOS-1",
    title: "A forged number costs no more than the limit allows",
    severity: Medium,
    source: "libsignal-protocol-javascript pull request 43 (no limit for jumps); boringtun issue 54 (a loop over the gap); \
        Signal, The Double Ratchet Algorithm, section 3.1 (MAX_SKIP)",
    checks: "Writes huge numbers into the headers of genuine messages: the number in a running chain, in a new chain, the \
        length of the previous chain, and the same in the victim's own messages handed back to it. A refusal must not take \
        more than 20 times as long as one of a gap at the limit (least of five takes, twice over), and the session \
        must go on. With genuine messages it measures the largest gap that is accepted and the first that is refused; \
        behind that refusal the missing messages must still open.",
    cannot_show: "Work that does not grow with the number. What it costs in absolute terms: times are compared, not reported.",
    control: "d02-limit-checked-late",
    kept: "it measures the largest gap accepted and the first refused, which no other game tells",
}

const FORGED: &str = "forged numbers refused|times";
const LARGEST: &str = "largest gap accepted|messages";
const REFUSED: &str = "first gap refused|messages";

/// Numbers of the probes, beyond the limit.
const PROBES: [u64; 2] = [1 << 16, 1 << 20];

impl Game for DenialOfServiceForwardJump {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn comes_first(&self) -> bool {
        true
    }

    fn needs(&self, arena: &Arena<'_>) -> Result<(), String> {
        if arena.capabilities.fields {
            Ok(())
        } else {
            Err("the ratchet does not tell where the numbers of a message are".to_owned())
        }
    }

    fn looks_for_limits(&self) -> bool {
        true
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
        let first = script.send(from, 1);
        script.deliver(first, 1);
        script.add(Action::Steal { from: from.peer() });
        let limit = profile.limits().and_then(|limits| limits.max_skip);
        let jump = limit.filter(|limit| *limit <= LONGEST_JUMP).unwrap_or(0);
        script.send(from, u16::try_from(jump).unwrap_or(0).saturating_add(3));
        script.finish()
    }

    fn judge(&self, arena: &Arena<'_>, schedule: &Schedule) -> Result<Judgement, Rejection> {
        let transcript = execute(arena, schedule)?;
        let mut judgement = Judgement::default();
        let Some(theft) = transcript.thefts.first() else { return Ok(judgement) };
        let ahead = |wire: &&Wire| wire.from != theft.victim && wire.name.action > theft.action;
        let ahead: Vec<&Wire> = transcript.wire.iter().filter(ahead).collect();
        if ahead.len() < 2 {
            return Ok(judgement);
        }
        measure_limit(arena, theft, &ahead, &mut judgement);
        let neighbours: Vec<&[u8]> = ahead.iter().take(3).map(|wire| &wire.bytes[..]).collect();
        let spellings = Spellings::of(arena, &neighbours);
        for target in targets(arena, theft, ahead[0]) {
            forge(arena, theft, &target, &spellings, ahead[0], &mut judgement);
            // One is enough, and each costs time.
            if !judgement.weak.is_empty() || !judgement.violations.is_empty() {
                break;
            }
        }
        Ok(judgement)
    }

    fn counts(&self, kind: ViolationKind) -> bool {
        kind == ViolationKind::TwinOutcome
    }

    fn counts_weak(&self, weakness: Weakness, _position: &str) -> bool {
        weakness == Weakness::Costly
    }

    fn conclude(&self, _profile: &Profile, totals: &Totals) -> (Verdict, String) {
        match totals.figures.get(FORGED) {
            Some(forged) => (Verdict::Pass, format!("{} forged numbers cost nothing much", forged.count)),
            None => (Verdict::NotRun, "no number of a message could be forged".to_owned()),
        }
    }
}

/// The largest gap over which a copy opens a genuine message, and whether the session survives the next one.
fn measure_limit(arena: &Arena<'_>, theft: &Theft, ahead: &[&Wire], judgement: &mut Judgement) {
    let to = theft.victim;
    let couple = Couple::at(arena, theft, 2);
    let opens = |gap: usize| couple.clone().reads(to, &ahead[gap].bytes, &ahead[gap].plaintext);
    if arena.profile.ordering == Ordering::Strict || !opens(0) {
        return;
    }
    let (mut accepted, mut refused) = (0, ahead.len());
    while refused - accepted > 1 {
        let middle = accepted + (refused - accepted) / 2;
        if opens(middle) { accepted = middle } else { refused = middle }
    }
    judgement.measure(LARGEST, accepted as u64);
    if refused == ahead.len() {
        return;
    }
    judgement.measure(REFUSED, refused as u64);
    let mut copy = couple.clone();
    copy.reads(to, &ahead[refused].bytes, &ahead[refused].plaintext);
    if !copy.reads(to, &ahead[0].bytes, &ahead[0].plaintext) {
        let name = ahead[refused].name;
        let broken = broken(theft, &format!("the gap before {name}"), ahead[0].name);
        judgement.violations.push(broken.behind_a_refusal(arena.profile));
    }
}

fn broken(theft: &Theft, what: &str, lost: MessageName) -> Violation {
    let detail = format!("the {} refused {what}, and then the message that was due", theft.victim);
    Violation::new(ViolationKind::TwinOutcome, theft.action, detail).of_message(lost)
}

/// A message whose header is forged.
pub(super) struct Target {
    pub(super) what: &'static str,
    pub(super) field: &'static str,
    pub(super) message: Vec<u8>,
}

/// The message that is due in a running chain, the first of a new chain, and one of the victim's own.
pub(super) fn targets(arena: &Arena<'_>, theft: &Theft, due: &Wire) -> Vec<Target> {
    let from = theft.victim.peer();
    let mut targets = Vec::new();
    let mut add = |what, field, message: &[u8]| {
        targets.push(Target { what, field, message: message.to_vec() });
    };
    add("the number in a running chain", COUNTER, &due.bytes);
    if !arena.profile.is_one_way() {
        let mut couple = Couple::at(arena, theft, 3);
        let plaintext = couple.plaintext();
        let own = couple.send(theft.victim, &plaintext).ok();
        if let Some(own) = &own {
            add("the number in the victim's own message", COUNTER, own);
            add("the previous length in the victim's own message", PREVIOUS, own);
            couple.reads(from, own, &plaintext);
        }
        if let Ok(turned) = couple.send(from, &plaintext) {
            add("the number in a new chain", COUNTER, &turned);
            add("the length of the previous chain", PREVIOUS, &turned);
        }
    }
    targets
}

fn forge(
    arena: &Arena<'_>,
    theft: &Theft,
    target: &Target,
    spellings: &Spellings,
    due: &Wire,
    judgement: &mut Judgement,
) {
    let to = theft.victim;
    let couple = Couple::at(arena, theft, 4);
    let limit = allowed_gap(arena);
    let Some(number) = spellings.read(arena, &target.message, target.field) else { return };
    let forged = |number| spellings.forge(arena, &target.message, target.field, number);
    let Some(base) = forged(number + limit) else { return };
    let nearest = [limit.max(16) * 64];
    for probe in nearest.into_iter().chain(PROBES).filter(|probe| *probe > limit * 32) {
        let Some(message) = forged(number + probe) else { continue };
        let mut copy = couple.clone();
        if copy.open(to, &message).is_ok() {
            // Other games ask whether headers are bound.
            return;
        }
        judgement.measure(FORGED, 1);
        judgement.refused += 1;
        if !copy.reads(to, &due.bytes, &due.plaintext) {
            let what = format!("{} forged to {}", target.what, number + probe);
            let broken = broken(theft, &what, due.name);
            judgement.violations.push(broken.behind_a_refusal(arena.profile));
            return;
        }
        let costly = out_of_proportion(
            || couple.clone(),
            |copy| drop(copy.open(to, &base)),
            |copy| drop(copy.open(to, &message)),
        );
        if costly {
            let position = format!("work follows {}", target.what);
            *judgement.weak.entry((Weakness::Costly, position)).or_default() += 1;
            return;
        }
    }
}

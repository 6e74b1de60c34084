use super::building::Script;
use super::couple::Couple;
use super::denial_of_service_forward_jump::{Target, targets};
use super::forged_numbers::{Spellings, allowed_gap};
use crate::engine::{Arena, Theft, Wire, execute, out_of_proportion};
use crate::games::{About, Game, game};
use crate::judge::{Judgement, Violation, ViolationKind, Weakness};
use crate::run::{Totals, catching};
use crate::schedule::{Action, Choices, MessageName, Schedule};
use crate::{Opened, Ordering, Party, Profile, Rejection, Verdict};

game! {
    DenialOfServiceBoundArithmetic,
    id: "denial-of-service/bound-arithmetic",
    catalogue: "G-DOS-3",
    title: "The arithmetic of limits does not overflow",
    severity: Medium,
    source: "SOVEREIGN pull request 2627 (overflow in the cap); Microsoft agent-governance pull requests 2054 and 2184; \
        boringtun issue 54",
    checks: "Writes the numbers at which sums and differences of 8, 16, 32 and 64 bits wrap into headers: the greatest ones, \
        the middle ones, and those that come out right again when the expected number or the count of stored keys is added, \
        while keys are stored. Every such message must be refused, without a panic and without work beyond the limit, and \
        what was due or stored must then open as it does for a copy that saw nothing.",
    cannot_show: "Overflow in a build with unchecked arithmetic that changes neither what opens nor the work.",
    control: "d56-sum-of-lengths-panics",
}

const FORGED: &str = "numbers at the edges refused|times";

/// Widths of counters, in bits: one less is where a signed number ends.
const WIDTHS: [u32; 7] = [8, 15, 16, 31, 32, 63, 64];

impl Game for DenialOfServiceBoundArithmetic {
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
        3
    }

    fn schedule(&self, profile: &Profile, _choices: &mut dyn Choices, trial: u64) -> Schedule {
        let mut script = Script::default();
        let one_way = profile.is_one_way();
        let from = if trial == 1 && !one_way { Party::Responder } else { Party::Initiator };
        if !one_way {
            script.ping_pong(Party::Initiator, if from == Party::Initiator { 2 } else { 3 });
        }
        let first = script.send(from, 7);
        script.deliver(first, 1);
        let may_skip = profile.limits().and_then(|limits| limits.max_skip).unwrap_or(0) >= 2;
        // Two keys are stored, or the chain simply goes on.
        if may_skip && profile.ordering == Ordering::Any {
            script.deliver(MessageName { index: 3, ..first }, 1);
        } else {
            script.deliver(MessageName { index: 1, ..first }, 3);
        }
        if trial == 2 {
            script.add(Action::Restart { party: from.peer() });
        }
        script.add(Action::Steal { from: from.peer() });
        script.finish()
    }

    fn judge(&self, arena: &Arena<'_>, schedule: &Schedule) -> Result<Judgement, Rejection> {
        let transcript = execute(arena, schedule)?;
        let mut judgement = Judgement::default();
        let Some(theft) = transcript.thefts.last() else { return Ok(judgement) };
        let own = |wire: &&Wire| wire.from != theft.victim;
        let sent: Vec<&Wire> = transcript.wire.iter().filter(own).collect();
        let [.., before, due, next] = sent[..] else { return Ok(judgement) };
        let neighbours = [&before.bytes[..], &due.bytes, &next.bytes];
        let probe = Probe { arena, theft, sent: &sent, spellings: Spellings::of(arena, &neighbours) };
        for target in targets(arena, theft, before) {
            if let Err(violation) = probe.try_edges(&target, &mut judgement) {
                judgement.violations.push(violation);
            }
            if !judgement.violations.is_empty() || !judgement.weak.is_empty() {
                break;
            }
        }
        Ok(judgement)
    }

    fn counts(&self, kind: ViolationKind) -> bool {
        matches!(kind, ViolationKind::TwinOutcome | ViolationKind::Forged)
    }

    fn counts_weak(&self, weakness: Weakness, _position: &str) -> bool {
        matches!(weakness, Weakness::Costly | Weakness::Malleable)
    }

    fn conclude(&self, _profile: &Profile, totals: &Totals) -> (Verdict, String) {
        match totals.figures.get(FORGED) {
            Some(forged) => (Verdict::Pass, format!("{} numbers at edges were refused", forged.count)),
            None => (Verdict::NotRun, "no number of a message could be forged".to_owned()),
        }
    }
}

struct Probe<'a, 'r> {
    arena: &'a Arena<'r>,
    theft: &'a Theft,
    sent: &'a [&'a Wire],
    spellings: Spellings,
}

impl Probe<'_, '_> {
    fn try_edges(&self, target: &Target, judgement: &mut Judgement) -> Result<(), Violation> {
        let to = self.theft.victim;
        let couple = Couple::at(self.arena, self.theft, 5);
        let limit = allowed_gap(self.arena);
        let forged = |number| self.spellings.forge(self.arena, &target.message, target.field, number);
        let number = self.spellings.read(self.arena, &target.message, target.field);
        let Some((number, base)) = number.and_then(|number| Some((number, forged(number + limit)?)))
        else {
            return Ok(());
        };
        let calm = self.still_opens(&mut couple.clone());
        for edge in edges(number, limit) {
            let Some(message) = forged(edge) else { continue };
            let what = format!("{} forged to {edge}", target.what);
            let mut copy = couple.clone();
            let opened = catching(|| copy.open(to, &message)).map_err(|text| {
                self.violation(ViolationKind::Panicked, format!("{what}: {text}"))
            })?;
            if let Ok(opened) = opened {
                // A header that is not bound is other games' affair, unless it is only the edge that opens.
                if couple.clone().open(to, &base).is_ok() {
                    return Ok(());
                }
                let own = |wire: &Wire| matches!(&opened, Opened::Plaintext(it) if *it == wire.plaintext);
                if self.sent.iter().zip(&calm).any(|(wire, &unread)| unread && own(wire)) {
                    // The number wraps to that of a genuine message that is due: the same message, written otherwise.
                    *judgement.weak.entry((Weakness::Malleable, what)).or_default() += 1;
                    return Ok(());
                }
                return Err(self.violation(ViolationKind::Forged, what));
            }
            judgement.measure(FORGED, 1);
            judgement.refused += 1;
            if self.still_opens(&mut copy) != calm {
                let detail = format!("{what} was refused, and then messages that a twin opens");
                let violation = self.violation(ViolationKind::TwinOutcome, detail);
                return Err(violation.behind_a_refusal(self.arena.profile));
            }
            let costly = out_of_proportion(
                || couple.clone(),
                |copy| drop(copy.open(to, &base)),
                |copy| drop(copy.open(to, &message)),
            );
            if costly {
                let position = format!("work without bound for {}", target.what);
                *judgement.weak.entry((Weakness::Costly, position)).or_default() += 1;
                return Ok(());
            }
        }
        Ok(())
    }

    /// Which of the peer's messages the victim opens now.
    fn still_opens(&self, couple: &mut Couple<'_, '_>) -> Vec<bool> {
        let to = self.theft.victim;
        self.sent.iter().map(|wire| couple.reads(to, &wire.bytes, &wire.plaintext)).collect()
    }

    fn violation(&self, kind: ViolationKind, detail: String) -> Violation {
        Violation::new(kind, self.theft.action, detail)
    }
}

/// Numbers at which arithmetic wraps, beyond the limit: at the edge of each width, and a little before and behind it.
fn edges(number: u64, limit: u64) -> Vec<u64> {
    let mut edges = Vec::new();
    for width in WIDTHS {
        let edge = 1_u128 << width;
        let near = [
            edge - 2,
            edge - 1,
            edge,
            edge + u128::from(number),
            edge + u128::from(number) + 1,
            // Two stored keys, or as many as the limit, bring the sum back to where it began.
            edge.saturating_sub(2 + u128::from(limit) / 2),
            edge.saturating_sub(u128::from(limit) + 1),
        ];
        edges.extend(near.into_iter().filter_map(|near| u64::try_from(near).ok()));
    }
    edges.retain(|edge| *edge > number + limit);
    edges.sort_unstable();
    edges.dedup();
    edges
}

use super::building::Script;
use crate::engine::{Arena, Delivery, EventKind, Outcome, execute};
use crate::games::{About, Game, game};
use crate::judge::{Judgement, Violation, ViolationKind, Weakness};
use crate::run::Totals;
use crate::schedule::{Action, Choices, Schedule};
use crate::{Family, Party, Profile, Rejection, Verdict};

game! {
    GrowthState,
    id: "growth/state",
    catalogue: "G-GROW-1",
    title: "The state does not grow with the conversation",
    severity: Medium,
    source: "derived; ratchets that keep a trace of every message or epoch grow for ever (old header keys, old chains, \
        sets of seen messages)",
    checks: "Holds long conversations without loss, by turns, in bursts, crossing, or one way, and takes the size of \
        both states at rest: after a warm-up, and again when twice as much has been sent. Where the smallest of the late \
        sizes exceeds the largest of the early ones by more than 1 % and 64 bytes, the conversation is held again, eight times \
        as long: bounded memories stop growing, and only what then has grown further, in proportion, fails.",
    cannot_show: "Memory that is not part of the export. Growth below one byte in five messages, or below two with every turn.",
    control: "d53-chain-keys-pile-up",
}

const SIZE: &str = "state at rest|bytes";
const SLOPE: &str = "growth for 100 messages|bytes";

/// Takes of the size, early and late.
const TAKES: usize = 4;

/// Sizes that differ by less are digits of numbers.
const ALLOWED: u64 = 64;

/// By how much a suspicious conversation is lengthened.
const LONGER: u16 = 8;

/// Periods up to which a conversation is long enough.
const LONGEST_PERIOD: u32 = 400;

impl Game for GrowthState {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn needs(&self, arena: &Arena<'_>) -> Result<(), String> {
        if !arena.capabilities.export {
            return Err("the ratchet has no export".to_owned());
        }
        if unit(arena.profile).is_none() {
            return Err("its periods are too long to be held several times".to_owned());
        }
        Ok(())
    }

    fn trials(&self, _profile: &Profile) -> u64 {
        4
    }

    fn schedule(&self, profile: &Profile, choices: &mut dyn Choices, trial: u64) -> Schedule {
        let mut script = Script::default();
        let pattern = match &profile.family {
            _ if profile.is_one_way() => Pattern::OneWay,
            // Where periods end, messages that are late are lost by design.
            Family::PeriodicRekey(_) => Pattern::Turns,
            _ => Pattern::ALL[trial as usize % 4],
        };
        // Without new chains a message is cheap.
        let long = if matches!(pattern, Pattern::OneWay) { 8 } else { 1 };
        let unit = unit(profile).unwrap_or(2) * long;
        for silence in [unit * 2, unit * 4] {
            pattern.talk(&mut script, silence);
            for _ in 0..TAKES {
                // Takes at other places of a period each time.
                pattern.talk(&mut script, unit / TAKES as u16 + choices.below(2) as u16);
                script.add(Action::Steal { from: Party::BOTH[choices.below(2) as usize] });
            }
        }
        script.finish()
    }

    fn judge(&self, arena: &Arena<'_>, schedule: &Schedule) -> Result<Judgement, Rejection> {
        let mut judgement = Judgement::default();
        for party in Party::BOTH {
            let Some(grown) = growth(arena, schedule, party, Some(&mut judgement))? else { continue };
            if !grown.is_suspicious() {
                continue;
            }
            let again = growth(arena, &lengthened(schedule), party, None)?;
            let Some(again) = again.filter(|again| again.by > grown.by * 2) else { continue };
            let by_design = matches!(&arena.profile.family, Family::StaticKey(claims) if claims.replay_protection);
            let detail = format!(
                "the {party}'s state at rest grew by {} bytes in {} messages, and by {} in {}",
                grown.by, grown.messages, again.by, again.messages
            );
            if by_design {
                *judgement.weak.entry((Weakness::Unclaimed, detail)).or_default() += 1;
                continue;
            }
            let action = schedule.steps.last().map_or_else(Default::default, |step| step.id);
            judgement.violations.push(Violation::new(ViolationKind::UnboundedWork, action, detail));
            break;
        }
        Ok(judgement)
    }

    fn counts(&self, kind: ViolationKind) -> bool {
        kind == ViolationKind::UnboundedWork
    }

    fn counts_weak(&self, weakness: Weakness, _position: &str) -> bool {
        weakness == Weakness::Unclaimed
    }

    fn conclude(&self, _profile: &Profile, totals: &Totals) -> (Verdict, String) {
        match totals.figures.get(SIZE) {
            Some(size) => (Verdict::Pass, format!("never more than {} bytes at rest", size.most)),
            None => (Verdict::NotRun, "no size was taken".to_owned()),
        }
    }
}

/// Messages in which everything has happened once; `None` if that takes too long.
fn unit(profile: &Profile) -> Option<u16> {
    let renewed = |retained: u32| 2 * (retained.min(LONGEST_PERIOD) + 1);
    let messages = match &profile.family {
        Family::DoubleRatchet(claims) => renewed(claims.retained_chains),
        Family::HybridRatchet(claims) => {
            let heals_after = claims.pq_rekey?.heals_after();
            renewed(claims.classical.retained_chains).max(heals_after)
        }
        Family::PeriodicRekey(claims) => claims.rekey_messages * 2,
        _ => 2,
    };
    (messages <= LONGEST_PERIOD * 2).then(|| messages.max(12) as u16)
}

/// Who sends when.
#[derive(Clone, Copy)]
enum Pattern {
    Turns,
    Bursts,
    Crossing,
    OneWay,
}

impl Pattern {
    const ALL: [Self; 4] = [Self::Turns, Self::Bursts, Self::Crossing, Self::OneWay];

    /// About so many messages, all opened.
    fn talk(self, script: &mut Script, messages: u16) {
        let [initiator, responder] = Party::BOTH;
        match self {
            Self::Turns => script.ping_pong(initiator, messages.next_multiple_of(2)),
            Self::Bursts => {
                for by in [initiator, responder] {
                    let first = script.send(by, messages / 2 + 1);
                    script.deliver(first, messages / 2 + 1);
                }
                script.ping_pong(initiator, 2);
            }
            Self::Crossing => {
                script.ping_pong(initiator, 2);
                for _ in 0..(messages / 4).clamp(1, 8) {
                    let [one, other] = [initiator, responder].map(|by| script.send(by, 1));
                    script.deliver(one, 1);
                    script.deliver(other, 1);
                }
            }
            Self::OneWay => {
                let first = script.send(initiator, messages);
                script.deliver(first, messages);
            }
        }
    }
}

/// By how much a state grew.
struct Growth {
    early: u64,
    by: u64,
    messages: u64,
}

impl Growth {
    const fn is_suspicious(&self) -> bool {
        self.by > ALLOWED && self.by > self.early / 100
    }
}

/// From the largest of the early sizes to the smallest of the late ones; `None` if the conversation broke.
fn growth(
    arena: &Arena<'_>,
    schedule: &Schedule,
    party: Party,
    judgement: Option<&mut Judgement>,
) -> Result<Option<Growth>, Rejection> {
    let run = arena.seeded(arena.seed);
    let transcript = execute(&run, schedule)?;
    arena.add_steps(run.steps());
    let lost: Vec<Violation> = transcript
        .events
        .iter()
        .filter_map(|event| {
            let (EventKind::Delivered(Delivery { outcome: Outcome::Refused(rejection), .. })
            | EventKind::SendRefused { rejection, .. }) = &event.kind
            else {
                return None;
            };
            let lost = ViolationKind::GenuineRefused;
            Some(Violation::new(lost, event.action, rejection.to_string()))
        })
        .collect();
    // A message that is under way when its period ends may be lost by design; most must not be.
    if lost.len() * 8 > transcript.wire.len() {
        if let Some(judgement) = judgement {
            judgement.violations.extend(lost.into_iter().take(1));
        }
        return Ok(None);
    }
    let mut sizes = Vec::new();
    for theft in &transcript.thefts {
        let session = if theft.victim == party { &theft.session } else { &theft.peer };
        let sent = transcript.events[..theft.event]
            .iter()
            .filter(|event| matches!(event.kind, EventKind::Sent(_)))
            .count() as u64;
        sizes.extend(arena.size_at_rest(session).map(|size| (sent, size)));
    }
    // What is still filling for the first time may grow, also in a case that was made smaller.
    let settled = unit(arena.profile).map_or(0, u64::from);
    if sizes.len() < 4 || sizes[0].0 < settled {
        return Ok(None);
    }
    let (early, late) = sizes.split_at(sizes.len() / 2);
    let largest = early.iter().map(|(_, size)| *size).max().unwrap_or(0);
    let smallest = late.iter().map(|(_, size)| *size).min().unwrap_or(0);
    let (by, messages) = (smallest.saturating_sub(largest), late[0].0 - early[early.len() - 1].0);
    if let Some(judgement) = judgement {
        sizes.iter().for_each(|(_, size)| judgement.measure(SIZE, *size));
        judgement.measure(SLOPE, by * 100 / messages.max(1));
    }
    Ok(Some(Growth { early: largest, by, messages }))
}

/// The same conversation with longer stretches between the takes.
fn lengthened(schedule: &Schedule) -> Schedule {
    let mut longer = schedule.clone();
    for step in &mut longer.steps {
        match &mut step.action {
            Action::PingPong { turns, .. } => *turns = turns.saturating_mul(LONGER),
            Action::Send { count, .. } | Action::Deliver { count, .. } => {
                *count = count.saturating_mul(LONGER);
            }
            _ => {}
        }
    }
    longer
}

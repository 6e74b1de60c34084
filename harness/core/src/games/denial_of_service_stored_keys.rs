use super::building::{Script, is_lost_message};
use crate::attackers::Effort;
use crate::engine::{Arena, Event, EventKind, Transcript, execute};
use crate::games::{About, Game, game};
use crate::judge::{Judgement, Violation, ViolationKind, judge_transcript};
use crate::run::Totals;
use crate::schedule::{Action, Choices, MessageName, Schedule};
use crate::{Limits, Ordering, Party, Profile, Rejection, StoredPer, Verdict};

game! {
    DenialOfServiceStoredKeys,
    id: "denial-of-service/stored-keys",
    catalogue: "G-DOS-2",
    title: "Skipped keys are kept up to a bound; behind it the oldest go and new messages still open",
    severity: Medium,
    source: "libsignal-protocol-java issue 3 (no cap on stored keys); Microsoft agent-governance pull requests 2054 and 2184 \
        (a cap for each call, none in all); status-im doubleratchet issue 6 (refuses for ever once full)",
    checks: "A genuine peer skips messages in chain after chain, three times as many as may be stored. From twice the bound \
        on the state at rest must not grow by more than a twentieth. Late messages of the newest keys must open, in \
        two trials of three after restarts, so that it is the oldest that went, and the conversation must go on.",
    cannot_show: "Bounds that are too high to be reached by sending. Without an export, whether memory is bounded.",
    control: "d51-keys-are-never-evicted",
}

const SENT: &str = "messages sent past a full store|messages";
const AT_REST: &str = "state at rest with a full store|bytes";

/// Most messages of one schedule.
const AFFORDABLE: u64 = 9000;

/// Most messages skipped at a time.
const LONGEST_GAP: u32 = 1000;

/// What a store without a bound is filled with.
const UNBOUNDED: u64 = 2000;

impl Game for DenialOfServiceStoredKeys {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn needs(&self, arena: &Arena<'_>) -> Result<(), String> {
        match Plan::of(arena.profile) {
            Err(reason) => Err(reason.to_owned()),
            Ok(_) => Ok(()),
        }
    }

    fn looks_for_limits(&self) -> bool {
        true
    }

    fn trials(&self, _profile: &Profile) -> u64 {
        3
    }

    fn schedule(&self, profile: &Profile, choices: &mut dyn Choices, trial: u64) -> Schedule {
        let mut script = Script::default();
        let Ok(plan) = Plan::of(profile) else { return script.finish() };
        let one_way = profile.is_one_way();
        let turned = choices.chance(1, 2) && !one_way;
        let from = if turned { Party::Responder } else { Party::Initiator };
        if !one_way {
            script.ping_pong(Party::Initiator, if turned { 3 } else { 2 });
        }
        let mut chains: Vec<MessageName> = Vec::new();
        for chain in 0..plan.chains {
            let first = script.send(from, plan.gap + 1);
            script.deliver(MessageName { index: plan.gap, ..first }, 1);
            chains.push(first);
            if trial > 0 {
                script.add(Action::Restart { party: from.peer() });
            }
            if chain >= plan.warm_up {
                script.add(Action::Steal { from: from.peer() });
            }
            if !one_way {
                script.ping_pong(from.peer(), 1);
            }
        }
        // The newest first, then back to where keys must have gone.
        for &first in chains.iter().rev().take(4).chain(chains.first()) {
            for index in [plan.gap - 1, plan.gap / 2, 0] {
                script.deliver(MessageName { index, ..first }, 1);
            }
        }
        if one_way {
            let first = script.send(from, 2);
            script.deliver(first, 2);
        } else {
            script.ping_pong(from, 4);
        }
        script.finish()
    }

    fn judge(&self, arena: &Arena<'_>, schedule: &Schedule) -> Result<Judgement, Rejection> {
        let transcript = execute(arena, schedule)?;
        let mut judgement = Judgement::default();
        if let Some(violation) = grows(arena, &transcript, &mut judgement) {
            judgement.violations.push(violation);
            return Ok(judgement);
        }
        let conversation = without_thefts(transcript);
        let judged = judge_transcript(arena, &conversation, Effort::Sampled);
        Ok(Judgement { figures: judgement.figures, ..judged })
    }

    fn counts(&self, kind: ViolationKind) -> bool {
        kind == ViolationKind::UnboundedWork || is_lost_message(kind)
    }

    fn conclude(&self, _profile: &Profile, totals: &Totals) -> (Verdict, String) {
        let sent = totals.figures.get(SENT).map_or(0, |figure| figure.most);
        match (totals.figures.get(AT_REST), totals.opened) {
            (_, 0) => (Verdict::NotRun, "no message had to open".to_owned()),
            (Some(_), _) => (Verdict::Pass, format!("{sent} messages did not make the state grow beyond its bound")),
            (None, _) => {
                (Verdict::Pass, "new messages open; without an export no size was measured".to_owned())
            }
        }
    }
}

/// How much is skipped.
struct Plan {
    /// Messages skipped in each chain.
    gap: u16,
    chains: u16,
    /// Chains before the store must be full.
    warm_up: u16,
}

impl Plan {
    fn of(profile: &Profile) -> Result<Self, &'static str> {
        let limits = profile.limits().ok_or("the family stores no keys")?;
        let Limits { max_skip: Some(max_skip), max_stored: Some(max_stored), .. } = *limits else {
            return Err("the limits are not known");
        };
        if max_skip == 0 || max_stored == 0 || profile.ordering == Ordering::Strict {
            return Err("nothing may be skipped");
        }
        let retained =
            profile.double_ratchet_claims().map_or(0, |claims| u64::from(claims.retained_chains));
        let stores = if limits.stored_per == StoredPer::Chain { retained + 1 } else { 1 };
        let full = if max_stored == u32::MAX { UNBOUNDED } else { u64::from(max_stored) };
        let in_chain = if limits.stored_per == StoredPer::Chain { full * 2 } else { full };
        let gap = u64::from(max_skip.min(LONGEST_GAP)).min(in_chain.div_ceil(3).max(2));
        let warm_up = (2 * full * stores).div_ceil(gap).max(2 * (retained + 1));
        let chains = warm_up + (full * stores).div_ceil(gap).max(3);
        if chains * (gap + 1) > AFFORDABLE {
            return Err("the bound is too high to be reached by sending");
        }
        let short = |count: u64| u16::try_from(count).map_err(|_| "the bound is out of reach");
        Ok(Self { gap: short(gap)?, chains: short(chains)?, warm_up: short(warm_up)? })
    }
}

/// Whether the receiver's state grew from the first theft to the last.
fn grows(
    arena: &Arena<'_>,
    transcript: &Transcript,
    judgement: &mut Judgement,
) -> Option<Violation> {
    let sizes: Vec<u64> = transcript
        .thefts
        .iter()
        .filter_map(|theft| arena.size_at_rest(&theft.session))
        .collect();
    let sent = transcript.wire.len() as u64;
    judgement.measure(SENT, sent);
    let (&first, &last) = (sizes.first()?, sizes.last()?);
    judgement.measure(AT_REST, last);
    let theft = transcript.thefts.last()?;
    if sizes.len() < 3 || !is_warmed_up(arena, transcript) {
        return None;
    }
    // A store without a bound grows by a quarter; one that is written as text varies by a few percent.
    let allowed = first + first / 8 + 256;
    (last > allowed).then(|| {
        let detail = format!(
            "the {}'s state at rest grew from {first} to {last} bytes after its store had to be full",
            theft.victim
        );
        Violation::new(ViolationKind::UnboundedWork, theft.action, detail)
    })
}

/// Whether the store had to be full before the first theft, also in a case that was made smaller.
fn is_warmed_up(arena: &Arena<'_>, transcript: &Transcript) -> bool {
    let (Ok(plan), Some(theft)) = (Plan::of(arena.profile), transcript.thefts.first()) else {
        return false;
    };
    let to_victim = |event: &Event| match &event.kind {
        EventKind::Sent(message) => transcript.wire[*message].from == theft.victim.peer(),
        _ => false,
    };
    let sent = transcript.events[..theft.event].iter().filter(|event| to_victim(event)).count();
    sent >= usize::from(plan.warm_up) * (usize::from(plan.gap) + 1)
}

/// The same conversation; what was stolen served for its size only.
fn without_thefts(mut transcript: Transcript) -> Transcript {
    transcript.thefts.clear();
    transcript.events.retain(|event| !matches!(event.kind, EventKind::Stolen(_)));
    transcript
}

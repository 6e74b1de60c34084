use super::building::Script;
use crate::attackers::{SAMPLE, clone_alone};
use crate::engine::{Arena, execute};
use crate::games::{About, Game, game};
use crate::judge::{ExposureTime, Judgement, ViolationKind, judge_attacked};
use crate::run::Totals;
use crate::schedule::{Action, ActionId, Choices, LONGEST_JUMP, MessageName, Schedule};
use crate::{Family, Ordering, Party, Profile, Rejection, Verdict};

game! {
    ForwardSecrecySkippedKeys,
    id: "forward-secrecy/skipped-keys",
    catalogue: "G-FS-3",
    title: "Keys of messages that did not arrive live as long as the profile says, and no longer",
    severity: High,
    source: "Pijnenburg, Poettering, On secure ratcheting with immediate decryption, ASIACRYPT 2022; Signal, The Double Ratchet Algorithm, section 8.4",
    checks: "Withholds messages, lets the conversation go on for 0 to 32 turns, in half of the trials with a restart of \
        the recipient, steals it, and lets the passive clone try what was withheld: the figures are that curve. Then \
        one late message must still open. Where the bound of stored keys is within reach, a running chain skips past it: \
        the keys beyond must be gone, for the thief and for the ratchet, and those within must be there.",
    cannot_show: "A key that stays in the state while the ratchet does not use it. Bounds above 4096 keys, and lifetimes in \
        seconds.",
    control: "f05-never-evicts",
    kept: "it draws the curve of what stays readable over epochs and messages, which no other game tells",
}

/// Turns between the gap and the theft, and the figure of each.
const CURVE: [(u16, &str); 7] = [
    (0, "withheld messages readable at once|%"),
    (1, "withheld messages readable after 1 turn|%"),
    (2, "withheld messages readable after 2 turns|%"),
    (4, "withheld messages readable after 4 turns|%"),
    (8, "withheld messages readable after 8 turns|%"),
    (16, "withheld messages readable after 16 turns|%"),
    (32, "withheld messages readable after 32 turns|%"),
];

const BEYOND: &str = "trials beyond the bound of stored keys|times";

/// Messages withheld at most, but for the trials beyond the bound.
const MOST_WITHHELD: u16 = 3;

/// Trials beyond the bound in a round; they are long.
const OVERFLOWS: u64 = 2;

impl Game for ForwardSecrecySkippedKeys {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn needs(&self, arena: &Arena<'_>) -> Result<(), String> {
        if arena.profile.ordering == Ordering::Strict {
            return Err("messages open in order only, so no key is skipped".to_owned());
        }
        if room(arena.profile) == 0 {
            return Err("by its profile this ratchet skips or stores no keys".to_owned());
        }
        Ok(())
    }

    fn looks_for_limits(&self) -> bool {
        true
    }

    fn trials(&self, profile: &Profile) -> u64 {
        let overflows = if beyond(profile).is_some() { OVERFLOWS } else { 0 };
        CURVE.len() as u64 * 2 + overflows
    }

    fn schedule(&self, profile: &Profile, choices: &mut dyn Choices, trial: u64) -> Schedule {
        let one_way = profile.is_one_way();
        let place = choices.below(2) as usize;
        let sender = if one_way { Party::Initiator } else { Party::BOTH[place] };
        let mut script = Script::default();
        // An even number of turns, or one more, so that it is the sender's.
        let turns = if sender == Party::Initiator { 2 } else { 3 };
        script.talk(Party::Initiator, turns, one_way);
        let restarts = trial % 2 == 1;
        match (CURVE.get((trial / 2) as usize), beyond(profile)) {
            (None, Some(excess)) => overflow(&mut script, profile, sender, excess, restarts),
            (distance, _) => {
                let withheld = room(profile).min(MOST_WITHHELD.into()) as u16;
                let gap = script.send(sender, withheld + 1);
                script.deliver(MessageName { index: withheld, ..gap }, 1);
                if restarts {
                    script.restart(sender.peer());
                }
                let turns = distance.map_or(0, |(turns, _)| *turns);
                if turns > 0 {
                    script.talk(sender.peer(), turns, one_way);
                }
                script.steal(sender.peer());
                script.deliver(MessageName { index: choices.below(withheld.into()) as u16, ..gap }, 1);
                script.steal(sender.peer());
            }
        }
        script.finish()
    }

    fn judge(&self, arena: &Arena<'_>, schedule: &Schedule) -> Result<Judgement, Rejection> {
        let transcript = execute(arena, schedule)?;
        // The long trials show the bound in the sampled messages, and in those next to it by delivery.
        let stride = transcript.wire.len().div_ceil(2 * SAMPLE).max(1);
        let (mut judgement, account) = judge_attacked(arena, &transcript, |_, theft| {
            clone_alone(arena, &transcript, theft, |message| message % stride == 0)
        });
        let (Some(account), Some(theft)) = (account, transcript.thefts.first()) else {
            return Ok(judgement);
        };
        // The messages of the gap, as far as they had not arrived.
        let of_gap = first_gap(schedule);
        let withheld: Vec<usize> = (0..account.sent_at.len())
            .filter(|&message| {
                of_gap == Some(transcript.wire[message].name.action)
                    && account.sent_at[message] < theft.event
                    && account.opened_at[message].is_none_or(|at| at > theft.event)
            })
            .collect();
        if withheld.len() > usize::from(MOST_WITHHELD) {
            judgement.measure(BEYOND, 1);
        } else if let Some(figure) = figure_of(schedule, withheld.len()) {
            let read = judgement.exposures.iter().filter(|exposure| {
                exposure.theft == 0
                    && exposure.time == ExposureTime::UnderWay
                    && withheld.contains(&exposure.message)
            });
            let percent = read.count() as u64 * 100 / withheld.len() as u64;
            judgement.measure(figure, percent);
        }
        Ok(judgement)
    }

    fn counts(&self, kind: ViolationKind) -> bool {
        matches!(
            kind,
            ViolationKind::Exposed(ExposureTime::UnderWay)
                | ViolationKind::GenuineRefused
                | ViolationKind::ProfileMismatch
        )
    }

    fn conclude(&self, profile: &Profile, totals: &Totals) -> (Verdict, String) {
        if totals.working_thefts == 0 {
            return (Verdict::NotRun, "no stolen session was shown to work".to_owned());
        }
        let at_once = totals.figures.get(CURVE[0].1);
        if at_once.is_none_or(|figure| figure.most == 0) {
            return (Verdict::NotRun, "no withheld message could be read at any time".to_owned());
        }
        match &profile.family {
            Family::StaticKey(_) => (Verdict::NotClaimed, "one key opens everything".to_owned()),
            _ if totals.figures.contains_key(BEYOND) => (Verdict::Pass, String::new()),
            _ => (Verdict::Pass, "the bound of stored keys is out of reach".to_owned()),
        }
    }
}

/// Keys that can be skipped and stored; a static key needs none of that.
fn room(profile: &Profile) -> u32 {
    let Some(limits) = profile.limits() else { return u32::MAX };
    match profile.family {
        // Within a period order does not matter.
        Family::PeriodicRekey(_) => u32::MAX,
        _ => limits.max_skip.unwrap_or(u32::MAX).min(limits.max_stored.unwrap_or(u32::MAX)),
    }
}

/// Keys to skip beyond the bound of stored ones, where a conversation can reach it.
fn beyond(profile: &Profile) -> Option<u32> {
    if matches!(profile.family, Family::PeriodicRekey(_)) {
        return None;
    }
    let stored = profile.limits()?.max_stored?;
    let excess = (stored / 8).max(4);
    (stored > 0 && room(profile) > 0 && stored.saturating_add(excess) <= LONGEST_JUMP).then_some(excess)
}

/// Skips past the bound in one chain, and delivers the messages next to it.
fn overflow(script: &mut Script, profile: &Profile, sender: Party, excess: u32, restarts: bool) {
    let limit = |pick: fn(&crate::Limits) -> Option<u32>| profile.limits().and_then(pick);
    let stored = limit(|limits| limits.max_stored).unwrap_or(0);
    // Two jumps at least, with a restart between them.
    let jump = limit(|limits| limits.max_skip).unwrap_or(u32::MAX).min((stored + excess).div_ceil(2));
    // The messages of one chain by name, those that open the way left out.
    let mut skipped = Vec::new();
    while (skipped.len() as u32) < stored + excess {
        let gap = jump.min(stored + excess - skipped.len() as u32) as u16;
        let first = script.send(sender, gap + 1);
        script.deliver(MessageName { index: gap, ..first }, 1);
        skipped.extend((0..gap).map(|index| MessageName { index, ..first }));
        if restarts {
            script.restart(sender.peer());
        }
    }
    script.steal(sender.peer());
    for place in [excess - 1, excess, 0, stored + excess - 1] {
        if let Some(message) = skipped.get(place as usize) {
            script.deliver(*message, 1);
        }
    }
    script.steal(sender.peer());
}

/// The action whose messages the first delivery skips.
fn first_gap(schedule: &Schedule) -> Option<ActionId> {
    schedule.steps.iter().find_map(|step| match step.action {
        Action::Deliver { first, .. } if first.index > 0 => Some(first.action),
        _ => None,
    })
}

/// The figure of a schedule of this game; `None` for a shrunk one that withholds nothing.
fn figure_of(schedule: &Schedule, withheld: usize) -> Option<&'static str> {
    if withheld == 0 {
        return None;
    }
    let theft = schedule.steps.iter().position(|step| matches!(step.action, Action::Steal { .. }))?;
    let gap = schedule.steps[..theft].iter().position(|step| match step.action {
        Action::Deliver { first, .. } => first.index as usize == withheld,
        _ => false,
    })?;
    let turns: u16 = schedule.steps[gap..theft]
        .iter()
        .map(|step| match step.action {
            Action::PingPong { turns, .. } => turns,
            Action::Send { count, .. } => count,
            _ => 0,
        })
        .sum();
    CURVE.iter().find(|(distance, _)| *distance == turns).map(|(_, name)| *name)
}

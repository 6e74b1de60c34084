use super::building::{Script, is_lost_message};
use crate::attackers::{SAMPLE, clone_alone, clone_on_all};
use crate::engine::{Arena, execute};
use crate::games::{About, Game, game};
use crate::judge::{ExposureTime, Judgement, ViolationKind, judge_attacked};
use crate::run::Totals;
use crate::schedule::{Choices, LONGEST_JUMP, MessageName, Schedule};
use crate::{DoubleRatchet, Ordering, Party, Profile, Rejection, StoredPer, Verdict};

game! {
    ForwardSecrecyOldChainTail,
    id: "forward-secrecy/old-chain-tail",
    catalogue: "G-FS-5",
    title: "Of a chain that is over only what has not arrived can be read, within the bounds",
    severity: High,
    source: "Signal, The Double Ratchet Algorithm, section 3.5: the receiver stores the keys up to `pn` and erases the chain; Alwen, Coretti, Dodis, EUROCRYPT 2019",
    checks: "Lets the last messages of an epoch be late, moves the recipient on to the sender's next epochs, and steals \
        it: right after the step, after some of the late messages arrived, and when as many chains have passed as the \
        profile retains. Each stolen session tries every message of the old epochs. Where the bound is within reach, the \
        ends of several chains together exceed the stored keys: what the bound threw out must be gone although it was \
        stored when a chain was closed.",
    cannot_show: "What a thief may forge on an old chain: that is `forgery/old-chain`. Chain keys that stay unused in the \
        state.",
    control: "p25-keeps-old-chains",
    kept: "it tells what is left of a chain that is over; others see only that more is kept than claimed, or meet it in passing",
}

const TAIL: &str = "tail of the old epoch readable after the step|%";
const BEYOND: &str = "trials in which closed chains exceed the stored keys|times";

/// Trials of the common kind in a round, and of the long one.
const TAILS: u64 = 12;

impl Game for ForwardSecrecyOldChainTail {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn needs(&self, arena: &Arena<'_>) -> Result<(), String> {
        let Some(claims) = claims(arena.profile) else {
            return Err("this family has no chains that end with an epoch".to_owned());
        };
        if arena.profile.ordering == Ordering::Strict {
            return Err("messages open in order only, so no message is late".to_owned());
        }
        if claims.limits.max_skip == Some(0) || claims.limits.max_stored == Some(0) {
            return Err("by its profile this ratchet skips or stores no keys".to_owned());
        }
        Ok(())
    }

    fn trials(&self, profile: &Profile) -> u64 {
        TAILS + u64::from(beyond(profile).is_some())
    }

    fn schedule(&self, profile: &Profile, choices: &mut dyn Choices, trial: u64) -> Schedule {
        let sender = Party::BOTH[choices.below(2) as usize];
        let mut script = Script::default();
        script.ping_pong(Party::Initiator, if sender == Party::Initiator { 2 } else { 3 });
        if let (true, Some(closings)) = (trial >= TAILS, beyond(profile)) {
            overflow(&mut script, sender, closings, choices);
            return script.finish();
        }
        let retained = claims(profile).map_or(0, |claims| claims.retained_chains);
        let room = claims(profile).and_then(|claims| claims.limits.max_skip).unwrap_or(4);
        let tail = choices.between(1, room.min(4)) as u16;
        let opened = choices.between(1, 3) as u16;
        let first = script.send(sender, opened + tail);
        script.deliver(first, opened);
        if trial % 3 == 2 {
            script.restart(sender.peer());
        }
        // An answer that crosses the tail, and the sender's next epoch, which says how long the old chain was.
        script.ping_pong(sender.peer(), 2);
        script.steal(sender.peer());
        let late = choices.below(tail.into()) as u16;
        script.deliver(MessageName { index: opened + late, ..first }, 1);
        script.steal(sender.peer());
        script.ping_pong(sender.peer(), (2 * retained.min(16) as u16).max(2));
        script.steal(sender.peer());
        script.deliver(first, opened + tail);
        script.steal(sender.peer());
        script.finish()
    }

    fn judge(&self, arena: &Arena<'_>, schedule: &Schedule) -> Result<Judgement, Rejection> {
        let transcript = execute(arena, schedule)?;
        let stride = transcript.wire.len().div_ceil(2 * SAMPLE).max(1);
        let (mut judgement, account) = judge_attacked(arena, &transcript, |_, theft| {
            if stride > 1 {
                clone_alone(arena, &transcript, theft, |message| message % stride == 0)
            } else {
                clone_on_all(arena, &transcript, theft)
            }
        });
        let (Some(account), Some(theft)) = (account, transcript.thefts.first()) else {
            return Ok(judgement);
        };
        if stride > 1 {
            judgement.measure(BEYOND, 1);
            return Ok(judgement);
        }
        let tail: Vec<usize> = (0..account.places.len())
            .filter(|&message| {
                transcript.wire[message].from != theft.victim
                    && account.sent_at[message] < theft.event
                    && account.opened_at[message].is_none_or(|at| at > theft.event)
            })
            .collect();
        let read = judgement
            .exposures
            .iter()
            .filter(|exposure| exposure.theft == 0 && tail.contains(&exposure.message))
            .count();
        if let Some(percent) = (read * 100).checked_div(tail.len()) {
            judgement.measure(TAIL, percent as u64);
        }
        Ok(judgement)
    }

    fn counts(&self, kind: ViolationKind) -> bool {
        is_lost_message(kind)
            || matches!(
                kind,
                ViolationKind::Exposed(ExposureTime::Consumed | ExposureTime::UnderWay)
                    | ViolationKind::ProfileMismatch
            )
    }

    fn conclude(&self, _profile: &Profile, totals: &Totals) -> (Verdict, String) {
        if totals.working_thefts == 0 {
            return (Verdict::NotRun, "no stolen session was shown to work".to_owned());
        }
        if totals.figures.get(TAIL).is_none_or(|figure| figure.most == 0) {
            return (Verdict::NotRun, "no late message of an old epoch could be read".to_owned());
        }
        (Verdict::Pass, String::new())
    }
}

const fn claims(profile: &Profile) -> Option<&DoubleRatchet> {
    profile.double_ratchet_claims()
}

/// Lengths of the ends of chains that together exceed the stored keys of a session, where a conversation can have them.
fn beyond(profile: &Profile) -> Option<Vec<u16>> {
    let claims = claims(profile).filter(|claims| claims.closes_chains)?;
    let limits = &claims.limits;
    let (skip, stored) = (limits.max_skip?, limits.max_stored?);
    let total = stored.saturating_add((stored / 8).max(4));
    if limits.stored_per == StoredPer::Chain || skip == 0 || stored == 0 || total > LONGEST_JUMP {
        return None;
    }
    let longest = skip.min(total.div_ceil(3)).max(1);
    let chains = total.div_ceil(longest);
    (chains <= 16).then(|| vec![longest as u16; chains as usize])
}

/// Leaves the end of each chain late, then steals and delivers what is next to the bound.
fn overflow(script: &mut Script, sender: Party, closings: Vec<u16>, choices: &mut dyn Choices) {
    let mut ends = Vec::new();
    script.ping_pong(sender, 1);
    for length in closings {
        ends.push(script.send(sender, length));
        // The next epoch begins with a message that arrives, and closes the chain before it.
        script.ping_pong(sender.peer(), 2);
    }
    script.steal(sender.peer());
    for end in ends {
        let index = choices.below(2) as u16;
        script.deliver(MessageName { index, ..end }, 1);
    }
    script.steal(sender.peer());
}

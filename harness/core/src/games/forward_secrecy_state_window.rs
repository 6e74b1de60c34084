use super::at_rest::{self, Life, stolen_state};
use super::building::Script;
use crate::attackers::residue::{Explained, WINDOW, open_messages, shared, windows_of};
use crate::engine::{Arena, Theft, Transcript, execute};
use crate::games::{About, Game, game};
use crate::judge::{
    Account, ExposureTime, Judgement, ViolationKind, Weakness, judge_attacked,
};
use crate::run::Totals;
use crate::schedule::{Action, Choices, MessageName, Order, Schedule, Tamper};
use crate::{Ordering, Party, Profile, Rejection, Verdict};

game! {
    ForwardSecrecyStateWindow,
    id: "forward-secrecy/state-window",
    catalogue: "G-FS-4",
    title: "What a session forgets leaves its state at rest as well",
    severity: High,
    source: "derived from the deletion of keys in Alwen, Coretti, Dodis, EUROCRYPT 2019, and Signal, The Double Ratchet Algorithm, section 8.1",
    checks: "Exports both parties at several moments of a conversation with gaps, refused messages and restarts, and \
        decodes what stands there: bytes, hex, base64, lists of numbers, forwards and backwards. Windows of 16 bytes or \
        more that were not there at the start, never went over the wire and are not in another session's exports are \
        secrets. One that outlives its time is weak: two epochs of each party and its retained chains, two messages each \
        way, or two periods. A plaintext in the state, or a window that opens a message as its key, is an exposure at \
        any time.",
    cannot_show: "Secrets that are masked, compressed or kept elsewhere. If the export is encrypted it is not run. Random \
        bytes of no use that a session makes late and keeps count as weak too.",
    control: "f18-keeps-last-key",
}

/// Windows of secrets that were seen to live from one message to the next.
const FOLLOWED: &str = "states in which secrets can be followed|times";

const OUTLIVING: &str = "unexplained bytes that outlive their time|bytes";

/// Turns before the first theft, with which all begins that stays.
const WARM_UP: u16 = 6;

/// Longest overflow of stored keys that is provoked.
const LONGEST_OVERFLOW: u32 = 128;

impl Game for ForwardSecrecyStateWindow {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn needs(&self, arena: &Arena<'_>) -> Result<(), String> {
        at_rest::needs(arena).map(|_| ())
    }

    fn looks_for_limits(&self) -> bool {
        true
    }

    fn trials(&self, _profile: &Profile) -> u64 {
        8
    }

    fn schedule(&self, profile: &Profile, choices: &mut dyn Choices, trial: u64) -> Schedule {
        let one_way = profile.is_one_way();
        let initiator = Party::Initiator;
        let mut script = Script::default();
        script.talk(initiator, WARM_UP, one_way);
        script.steal_both();
        match trial % 4 {
            0 => script.talk(initiator, 2 * choices.between(1, 3) as u16, one_way),
            1 => gap(&mut script, profile),
            2 => refusals(&mut script, choices, one_way),
            _ => overflow(&mut script, profile),
        }
        script.talk(initiator, 2, one_way);
        script.steal_both();
        script.talk(initiator, 1, one_way);
        script.steal_both();
        let life = Life::allowed(profile).map_or(0, |life| life.turns(one_way));
        script.talk(initiator.peer(), life + choices.below(2) as u16, one_way);
        script.steal_both();
        script.finish()
    }

    fn judge(&self, arena: &Arena<'_>, schedule: &Schedule) -> Result<Judgement, Rejection> {
        let transcript = execute(arena, schedule)?;
        let explained = at_rest::explained(arena, schedule, &transcript);
        let (mut judgement, account) = judge_attacked(arena, &transcript, |_, theft| {
            let state = stolen_state(arena, theft);
            let runs = explained.unexplained(&state);
            let to_victim = |message: usize| transcript.wire[message].from != theft.victim;
            open_messages(arena, &transcript, theft, &state, &runs, to_victim)
        });
        let (Some(account), Some(life)) = (account, Life::allowed(arena.profile)) else {
            return Ok(judgement);
        };
        for party in Party::BOTH {
            let thefts: Vec<(usize, &Theft)> = transcript
                .thefts
                .iter()
                .enumerate()
                .filter(|(_, theft)| theft.victim == party)
                .collect();
            search(arena, &transcript, &account, life, &explained, &thefts, &mut judgement);
        }
        Ok(judgement)
    }

    fn counts(&self, kind: ViolationKind) -> bool {
        matches!(
            kind,
            ViolationKind::Exposed(ExposureTime::Consumed | ExposureTime::UnderWay)
        )
    }

    fn counts_weak(&self, weakness: Weakness, _position: &str) -> bool {
        weakness == Weakness::Residue
    }

    fn conclude(&self, _profile: &Profile, totals: &Totals) -> (Verdict, String) {
        if !totals.figures.contains_key(FOLLOWED) {
            let reason = "nothing secret in the exports lives from one message to the next: they are encrypted or masked";
            return (Verdict::NotRun, reason.to_owned());
        }
        (Verdict::Pass, String::new())
    }
}

/// Follows the windows through the states of one party, and looks at what is left in the last one.
fn search(
    arena: &Arena<'_>,
    transcript: &Transcript,
    account: &Account,
    life: Life,
    explained: &Explained,
    thefts: &[(usize, &Theft)],
    judgement: &mut Judgement,
) {
    let Some((&(_, start), later)) = thefts.split_first() else { return };
    let states: Vec<Vec<u8>> =
        later.iter().map(|(_, theft)| stolen_state(arena, theft)).collect();
    let windows: Vec<_> =
        states.iter().map(|state| windows_of(&explained.unexplained(state))).collect();
    let followed = (1..states.len()).any(|at| {
        states[at] != states[at - 1] && !shared(&windows[at], &windows[at - 1]).is_empty()
    });
    if followed && start.event > 0 {
        judgement.measure(FOLLOWED, 1);
    }
    let Some((&(last, end), earlier)) = later.split_last() else { return };
    // Keys of messages that are still under way may be there.
    let waits = account.stolen[last].ideal.stored(end.victim) > 0;
    let waiting = (0..account.opened_at.len()).any(|message| {
        account.sent_at[message] < end.event
            && transcript.wire[message].from != end.victim
            && account.opened_at[message].is_none()
            && account.stolen[last].knowledge.leaks(&account.places[message])
    });
    if waits || waiting {
        return;
    }
    for (at, (_, theft)) in earlier.iter().enumerate() {
        if !life.is_over(arena.profile, transcript, account, theft.event..end.event) {
            continue;
        }
        let left = shared(&windows[at], &windows[windows.len() - 1]);
        if !left.is_empty() {
            judgement.measure(OUTLIVING, (left.len() + WINDOW - 1) as u64);
            judgement.weaken(
                Weakness::Residue,
                "unexplained bytes stay in the state beyond the time that its family allows",
            );
        }
    }
}

/// Skipped messages, a restart, and their late arrival.
fn gap(script: &mut Script, profile: &Profile) {
    let one_way = profile.is_one_way();
    let limits = profile.limits();
    let room = limits.map_or(0, |limits| {
        limits.max_skip.unwrap_or(0).min(limits.max_stored.unwrap_or(0)).min(3)
    }) as u16;
    if room == 0 || profile.ordering == Ordering::Strict {
        return script.talk(Party::Initiator, 4, one_way);
    }
    let first = script.send(Party::Initiator, room + 2);
    script.deliver(MessageName { index: room, ..first }, 2);
    script.restart(Party::Responder);
    script.talk(Party::Responder, 2, one_way);
    script.add(Action::Deliver { first, count: room, order: Order::Reversed });
}

/// Changed messages in a running chain and with a new key, and restarts.
fn refusals(script: &mut Script, choices: &mut dyn Choices, one_way: bool) {
    for party in Party::BOTH {
        let by = if one_way { Party::Initiator } else { party };
        let message = script.send(by, 1);
        let bit = choices.below(4096);
        script.add(Action::Tamper { message, how: Tamper::FlipBit { bit } });
        script.deliver(message, 1);
        script.restart(by.peer());
    }
}

/// More skipped keys than are stored, where that is few; else a long burst.
fn overflow(script: &mut Script, profile: &Profile) {
    let stored = profile.limits().and_then(|limits| limits.max_stored);
    let skip = profile.limits().and_then(|limits| limits.max_skip).unwrap_or(0);
    let in_reach = |stored: &u32| *stored > 0 && *stored <= LONGEST_OVERFLOW && skip > *stored;
    match stored.filter(in_reach) {
        Some(stored) if profile.ordering != Ordering::Strict => {
            let gap = (stored + 3).min(skip) as u16;
            let first = script.send(Party::Initiator, gap + 1);
            script.deliver(MessageName { index: gap, ..first }, 1);
            script.deliver(first, gap);
        }
        _ => {
            let first = script.send(Party::Initiator, 20);
            script.deliver(first, 20);
        }
    }
}

//! Theft maps: for each theft and each message, what each attacker got of it, judged as in the games.
//!
//! Nothing here is drawn from the ideal alone. The schedule is executed, every attacker works on every theft by itself, and
//! the judge says which of its findings are beyond the claim.

mod cell;
mod standard;

use std::collections::BTreeSet;

use crate::attackers::{Attempts, Observed, attack_apart};
use crate::engine::{Arena, Theft, Transcript, execute};
use crate::judge::{Account, Judgement, ViolationKind, compare, exposure_time, follow};
use crate::schedule::{Action, ActionId, MessageName, Schedule};
use crate::{Family, Party, Rejection};

pub use cell::{Cell, Fate};
pub use standard::{CONVERSATION, standard_conversation};

/// Thefts against messages.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TheftMap {
    /// The thefts from the initiator, then those from the responder, each in order of time.
    pub thefts: Vec<StolenAt>,
    /// The messages in the order in which they were sent.
    pub messages: Vec<Sent>,
    /// What each attacker got; in no order.
    pub cells: Vec<Cell>,
    /// Where the conversation broke, if it did: what comes later was not judged.
    pub broken: Option<String>,
}

/// One theft.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct StolenAt {
    /// The action.
    pub action: ActionId,
    /// Whose session was copied.
    pub victim: Party,
    /// How many messages had been sent before.
    pub sent_before: usize,
}

/// One message.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Sent {
    /// Its name.
    pub name: MessageName,
    /// Its sender.
    pub from: Party,
}

/// Whether a map can be made of `schedule`: something is stolen in it, and the ideal can follow it.
#[must_use]
pub fn is_mappable(schedule: &Schedule) -> bool {
    let has = |wanted: fn(&Action) -> bool| schedule.steps.iter().any(|step| wanted(&step.action));
    // An ideal knows no way back to what a party had stored.
    has(|action| matches!(action, Action::Steal { .. }))
        && !has(|action| matches!(action, Action::Crash { .. }))
}

/// Plays `schedule`, lets every attacker work on each of its thefts, and judges what they got.
///
/// A ratchet that refuses something it must not ends the part that is judged; a stolen session that does not work is left
/// out.
///
/// # Errors
/// If no session can be opened.
pub fn theft_map(arena: &Arena<'_>, schedule: &Schedule) -> Result<TheftMap, Rejection> {
    let whole = execute(arena, schedule)?;
    let mut map = TheftMap {
        thefts: thefts(&whole),
        messages: whole.wire.iter().map(|wire| Sent { name: wire.name, from: wire.from }).collect(),
        cells: Vec::new(),
        broken: None,
    };
    let sound = sound_part(arena, schedule, whole)?;
    map.broken = sound.broken;
    let mut judged = BTreeSet::new();
    if let Some((transcript, account)) = &sound.played {
        for (index, theft) in transcript.thefts.iter().enumerate() {
            if let Some(row) = map.thefts.iter().position(|row| row.action == theft.action) {
                judged.insert(row);
                map.judge_theft(arena, transcript, account, (index, row), theft);
            }
        }
        map.say_untried(&judged, &sound.void, transcript.wire.len());
    } else {
        map.say_untried(&judged, &sound.void, 0);
    }
    Ok(map)
}

fn thefts(transcript: &Transcript) -> Vec<StolenAt> {
    let sent_before = |theft: &Theft| {
        let events = &transcript.events[..theft.event];
        events.iter().filter(|event| event.kind.is_sent()).count()
    };
    let row = |theft: &Theft| StolenAt {
        action: theft.action,
        victim: theft.victim,
        sent_before: sent_before(theft),
    };
    let mut rows: Vec<StolenAt> = transcript.thefts.iter().map(row).collect();
    rows.sort_by_key(|row| row.victim.index());
    rows
}

/// The part of a schedule in which the ratchet does what it must.
struct Sound {
    /// What happened in it; nothing if not even pairing is sound.
    played: Option<(Transcript, Account)>,
    /// Why the rest is left out.
    broken: Option<String>,
    /// Thefts whose session does not work.
    void: BTreeSet<ActionId>,
}

/// Leaves out what breaks the conversation until nothing does. Each turn leaves out one step at least.
fn sound_part(
    arena: &Arena<'_>,
    schedule: &Schedule,
    whole: Transcript,
) -> Result<Sound, Rejection> {
    let mut sound = Sound { played: None, broken: None, void: BTreeSet::new() };
    let (mut left, mut transcript) = (schedule.clone(), whole);
    loop {
        let mut judgement = Judgement::default();
        let account = follow(arena, &transcript, &mut judgement);
        let Some(violation) = judgement.violations.into_iter().next() else {
            sound.played = Some((transcript, account));
            return Ok(sound);
        };
        let place = left.steps.iter().position(|step| step.id == violation.action);
        if violation.kind == ViolationKind::VoidTheft && place.is_some() {
            sound.void.insert(violation.action);
        } else {
            let words =
                format!("at action {}: {}. {}", violation.action, violation.kind, violation.detail);
            sound.broken = Some(words);
        }
        match place {
            Some(place) if violation.kind == ViolationKind::VoidTheft => {
                drop(left.steps.remove(place))
            }
            Some(place) => left.steps.truncate(place),
            None => return Ok(sound),
        }
        transcript = execute(arena, &left)?;
    }
}

impl TheftMap {
    /// All that the attackers got out of one theft; `place` is its index in the transcript and its row.
    fn judge_theft(
        &mut self,
        arena: &Arena<'_>,
        transcript: &Transcript,
        account: &Account,
        (index, row): (usize, usize),
        theft: &Theft,
    ) {
        let family = &arena.profile.family;
        let heals = !matches!(family, Family::StaticKey(_) | Family::SymmetricRatchet(_));
        for Attempts { attacker, tried, exposed } in attack_apart(arena, transcript, theft) {
            let observed = Observed {
                exposed: exposed.iter().map(|&message| (message, attacker)).collect(),
                tried_alone: BTreeSet::new(),
            };
            let mut judgement = Judgement::default();
            compare(family, transcript, account, index, &observed, &mut judgement);
            let beyond: BTreeSet<Option<MessageName>> =
                judgement.violations.iter().map(|violation| violation.message).collect();
            for message in tried.union(&exposed).copied() {
                let fate = if beyond.contains(&Some(transcript.wire[message].name)) {
                    Fate::BeyondClaim
                } else if exposed.contains(&message) {
                    Fate::ByDesign
                } else if account.opened_at[message].is_none() {
                    Fate::Undelivered
                } else {
                    Fate::Safe
                };
                self.cells.push(Cell {
                    theft: row,
                    message,
                    attacker: Some(attacker),
                    fate,
                    time: Some(exposure_time(account, theft, transcript, message)),
                    given_away: account.stolen[index].knowledge.leaks(&account.places[message]),
                    heals,
                });
            }
        }
    }

    /// Says of what was not judged that it was not. The first `sent` messages belong to the part that was.
    fn say_untried(&mut self, judged: &BTreeSet<usize>, void: &BTreeSet<ActionId>, sent: usize) {
        for (theft, row) in self.thefts.iter().enumerate() {
            let fate = if void.contains(&row.action) { Fate::VoidTheft } else { Fate::NotJudged };
            let from = if judged.contains(&theft) { sent } else { 0 };
            self.cells.extend((from..self.messages.len()).map(|message| Cell {
                theft,
                message,
                attacker: None,
                fate,
                time: None,
                given_away: false,
                heals: false,
            }));
        }
    }
}

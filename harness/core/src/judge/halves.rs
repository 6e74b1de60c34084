//! Hybrid ratchets against attackers who have broken one half for good: that half of every session is theirs at every
//! moment, and of the other half they have what was stolen.
//!
//! Such an attacker is played with [`crate::Ratchet::with_half`]: a message is given to a session whose broken half is
//! the recipient's own, right before the message came, and whose other half is the thief's.

use super::conversation::{self, Account};
use super::exposures::exposure_time;
use super::{Exposure, ExposureTime, Judgement, Violation, ViolationKind};
use crate::attackers::{Attacker, reads};
use crate::engine::{Arena, EventKind, Outcome, Theft, Transcript, execute_watched};
use crate::schedule::{ActionId, Schedule};
use crate::{DynSession, Half, Rejection};

/// Messages opened by a session that has one half of another session and then the other: the halves are all there is.
pub(crate) const HALVES_WORK: &str = "sessions put together from halves that work|times";

/// Messages kept from who has one half and a stranger's other half.
pub(crate) const KEPT: [&str; 2] = [
    "messages that the classical half alone does not open|times",
    "messages that the post-quantum half alone does not open|times",
];

/// Messages read by design, by who has broken this half.
pub(crate) const READ: [&str; 2] = [
    "messages read by design, the classical half broken|times",
    "messages read by design, the post-quantum half broken|times",
];

/// How long each half takes to heal by itself.
const HEALING: [&str; 2] =
    ["healing of the classical half alone|epochs", "healing of the post-quantum half alone|epochs"];

/// Executes `schedule`, judges the conversation, then what such attackers obtain from its thefts. A stranger's half comes
/// from the same schedule executed with other randomness.
///
/// # Errors
/// If no session can be opened.
pub fn judge_halves(arena: &Arena<'_>, schedule: &Schedule) -> Result<Judgement, Rejection> {
    let mut judgement = Judgement::default();
    let (transcript, live) = execute_watched(arena, schedule)?;
    let account = conversation::follow(arena, &transcript, &mut judgement);
    if !judgement.violations.is_empty() {
        return Ok(judgement);
    }
    let other = arena.seeded(arena.seed.derived(STRANGER));
    let (_, strangers) = execute_watched(&other, schedule)?;
    arena.add_steps(other.steps());
    let attack = Attack { arena, transcript: &transcript, account: &account, live };
    attack.try_strangers(&strangers, &mut judgement);
    for theft in 0..transcript.thefts.len() {
        for broken in Half::BOTH {
            attack.try_theft(theft, broken, &mut judgement);
        }
    }
    Ok(judgement)
}

/// Purpose of the randomness of the other session.
const STRANGER: u64 = 0x0dd;

struct Attack<'a, 'r> {
    arena: &'a Arena<'r>,
    transcript: &'a Transcript,
    account: &'a Account,
    /// For each message the session of its recipient right before it opened the message.
    live: Vec<Option<DynSession>>,
}

impl Attack<'_, '_> {
    fn reads(&self, session: &mut DynSession, action: ActionId, message: usize) -> bool {
        let seed = self.arena.seed.derived(u64::from(action.0) ^ 3 << 40);
        let mut rng = seed.call(action, message as u32);
        reads(self.arena, session, &mut rng, &self.transcript.wire[message])
    }

    /// `session` with the half `half` of the recipient right before it opened `message`.
    fn with_live_half(
        &self,
        session: &DynSession,
        half: Half,
        message: usize,
    ) -> Option<DynSession> {
        let live = self.live[message].as_ref()?;
        self.arena.ratchet.with_half(session, half, live).ok()
    }

    /// One half of a session and the other of a stranger's open nothing; both halves together open what they must.
    fn try_strangers(&self, strangers: &[Option<DynSession>], judgement: &mut Judgement) {
        for (message, wire) in self.transcript.wire.iter().enumerate() {
            let Some(Some(stranger)) = strangers.get(message) else { continue };
            for half in Half::BOTH {
                let Some(mut mixed) = self.with_live_half(stranger, half, message) else {
                    continue;
                };
                let whole = self.with_live_half(&mixed, half.other(), message);
                let action = wire.name.action;
                if !whole.is_some_and(|mut whole| self.reads(&mut whole, action, message)) {
                    continue;
                }
                judgement.measure(HALVES_WORK, 1);
                if self.reads(&mut mixed, action, message) {
                    let detail = format!(
                        "with a stranger's {} half, the {half} half of the {} opens it",
                        half.other(),
                        wire.from.peer(),
                    );
                    judgement.fail(
                        Violation::new(ViolationKind::HalfSuffices, action, detail)
                            .of_message(wire.name),
                    );
                } else {
                    judgement.refused += 1;
                    judgement.measure(KEPT[half as usize], 1);
                }
            }
        }
    }

    /// What one who has broken half `broken` reads after a theft must lie within what the other half gives away.
    fn try_theft(&self, index: usize, broken: Half, judgement: &mut Judgement) {
        let theft = &self.transcript.thefts[index];
        let stolen = &self.account.stolen[index];
        let mut read: Vec<Option<Attacker>> = vec![None; self.transcript.wire.len()];
        self.try_alone(theft, broken, &mut read);
        self.walk_along(theft, broken, Attacker::PassiveClone, &mut read);
        self.walk_along(theft, broken, Attacker::ShadowClone, &mut read);
        for (message, attacker) in read.iter().enumerate() {
            let Some(attacker) = *attacker else { continue };
            let place = self.account.places[message];
            let time = exposure_time(self.account, theft, self.transcript, message);
            judgement.exposures.push(Exposure { theft: index, message, place, time });
            if stolen.knowledge.half_leaks(broken.other(), &place) {
                judgement.measure(READ[broken as usize], 1);
                continue;
            }
            let wire = &self.transcript.wire[message];
            let detail = format!(
                "stolen from the {} at action {} by one who has broken the {broken} half, the {attacker} read message {}",
                theft.victim, theft.action, wire.name
            );
            let violation = Violation::new(ViolationKind::Exposed(time), theft.action, detail);
            let attacker = Some(attacker);
            judgement.fail(Violation { attacker, ..violation.of_message(wire.name) });
        }
        self.measure_healing(theft, broken.other(), &read, judgement);
    }

    /// Each message by itself, on a fresh copy of what was stolen.
    fn try_alone(&self, theft: &Theft, broken: Half, read: &mut [Option<Attacker>]) {
        for message in self.messages_to(theft) {
            let Some(mut mixed) = self.with_live_half(&theft.session, broken, message) else {
                continue;
            };
            if self.reads(&mut mixed, theft.action, message) {
                read[message].get_or_insert(Attacker::PassiveClone);
            }
        }
    }

    /// One copy that opens what its victim opens and so goes on as the victim does. The shadow also sends when the
    /// victim sends, with randomness of its own.
    fn walk_along(
        &self,
        theft: &Theft,
        broken: Half,
        attacker: Attacker,
        read: &mut [Option<Attacker>],
    ) {
        let seed = self.arena.seed.derived(u64::from(theft.action.0) ^ 4 << 40);
        let mut clone = theft.session.clone();
        for (event, ordinal) in self.transcript.events[theft.event..].iter().zip(0..) {
            match &event.kind {
                EventKind::Sent(message) if attacker == Attacker::ShadowClone => {
                    let wire = &self.transcript.wire[*message];
                    if wire.from == theft.victim {
                        let mut rng = seed.call(theft.action, ordinal);
                        let ad = self.arena.associated_data(wire.ad);
                        // What the clone sends nobody hears.
                        let _ = self.arena.encrypt(&mut clone, &mut rng, ad, &wire.plaintext);
                    }
                }
                EventKind::Delivered(delivery) if delivery.to == theft.victim => {
                    let Outcome::Opened(message) = delivery.outcome else { continue };
                    let Some(mut mixed) = self.with_live_half(&clone, broken, message) else {
                        continue;
                    };
                    if self.reads(&mut mixed, theft.action, message) {
                        clone = mixed;
                        read[message].get_or_insert(attacker);
                    }
                }
                _ => {}
            }
        }
    }

    fn messages_to(&self, theft: &Theft) -> impl Iterator<Item = usize> {
        let victim = theft.victim;
        let wire = self.transcript.wire.iter().enumerate();
        wire.filter(move |(message, wire)| wire.from != victim && self.live[*message].is_some())
            .map(|(message, _)| message)
    }

    /// The distance from the newest epoch at the theft to the first one from which on everything is safe, if the
    /// conversation was followed so far.
    fn measure_healing(
        &self,
        theft: &Theft,
        half: Half,
        read: &[Option<Attacker>],
        judgement: &mut Judgement,
    ) {
        let is_later = |message: &usize| {
            let time = exposure_time(self.account, theft, self.transcript, *message);
            time == ExposureTime::SentAfter
        };
        let epoch = |message: usize| u64::from(self.account.places[message].epoch);
        let earlier = (0..self.transcript.wire.len()).filter(|message| !is_later(message));
        let newest = earlier.map(epoch).max().unwrap_or(0);
        let later: Vec<usize> = self.messages_to(theft).filter(is_later).collect();
        let last = later.iter().rposition(|message| read[*message].is_some());
        match last {
            // Whether it is over cannot be told.
            Some(last) if last + 1 == later.len() => {}
            Some(last) => judgement.measure(
                HEALING[half as usize],
                (epoch(later[last]) + 1).saturating_sub(newest).max(1),
            ),
            None if later.is_empty() => {}
            None => judgement.measure(HEALING[half as usize], 1),
        }
    }
}

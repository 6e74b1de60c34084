//! What a recipient makes of a changed message, and whether it shows later: the changed message and the genuine one are
//! given to twins of the recipient, and both live through the rest of the conversation.

use crate::engine::{
    Arena, Arrival, Change, EventKind, Outcome, RandomnessLevel, Theft, Transcript, Wire,
};
use crate::judge::{Judgement, Violation, ViolationKind, Weakness};
use crate::{DeviationKind, DynSession, Opened};

/// A message that waits for a recipient whose session is at hand: the last theft of the transcript is the snapshot, and
/// the first genuine delivery behind it is the message.
pub(super) struct Waiting<'a, 'r> {
    pub(super) arena: &'a Arena<'r>,
    transcript: &'a Transcript,
    theft: &'a Theft,
    /// Index of the event that delivers the message.
    delivery: usize,
    pub(super) message: usize,
    calm: Life,
    /// Whether the same life, lived once more, sends the same bytes.
    repeats_itself: bool,
}

/// What a recipient was given and what came of it, in the harness's own words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Life(Vec<Moment>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Moment {
    Opened(Vec<u8>),
    Refused,
    Sent(Vec<u8>),
}

/// What became of a changed message.
#[derive(Debug, Eq, PartialEq)]
pub(super) enum Weighed {
    Refused,
    /// Refused, but what follows is not as if it had never come.
    LeftTrace,
    /// Opened as the genuine message, or as another in its envelope; `later_differs` if what follows does not go on as
    /// behind that.
    Same {
        in_envelope: bool,
        later_differs: bool,
    },
    /// Opened to something else.
    Another,
    /// Taken for a service message.
    Service,
}

impl<'a, 'r> Waiting<'a, 'r> {
    /// `None` if the genuine message does not open here, so that nothing could be shown with it.
    pub(super) fn of(arena: &'a Arena<'r>, transcript: &'a Transcript) -> Option<Self> {
        let theft = transcript.thefts.last()?;
        let behind = transcript.events.iter().enumerate().skip(theft.event);
        let (delivery, message) = behind.into_iter().find_map(|(at, event)| match &event.kind {
            EventKind::Delivered(delivery)
                if delivery.to == theft.victim
                    && matches!(delivery.arrival, Arrival::Genuine)
                    && delivery.outcome == Outcome::Opened(delivery.message) =>
            {
                Some((at, delivery.message))
            }
            _ => None,
        })?;
        let calm = Life::default();
        let repeats_itself = arena.randomness == RandomnessLevel::PerCall;
        let mut waiting =
            Self { arena, transcript, theft, delivery, message, calm, repeats_itself };
        let live = || waiting.live(None, Some(&waiting.wire().bytes)).1;
        let (calm, again) = (live(), live());
        waiting.repeats_itself &= calm == again;
        waiting.calm = calm;
        Some(waiting)
    }

    pub(super) fn wire(&self) -> &'a Wire {
        &self.transcript.wire[self.message]
    }

    /// All messages of the same sender but this one.
    pub(super) fn others(&self) -> impl Iterator<Item = &'a Wire> {
        let (own, from) = (self.message, self.wire().from);
        let all = self.transcript.wire.iter().enumerate();
        all.filter(move |(index, wire)| *index != own && wire.from == from).map(|(_, wire)| wire)
    }

    /// Gives `bytes` to a copy of the recipient in place of the message; with `traces`, a refusal is followed up.
    pub(super) fn weigh(&self, bytes: &[u8], traces: bool) -> Weighed {
        let mut copy = self.theft.session.clone();
        match self.give(&mut copy, bytes, 1) {
            Err(_) if traces => {
                let (_, life) = self.live(Some(bytes), Some(&self.wire().bytes));
                if self.differs(&life) { Weighed::LeftTrace } else { Weighed::Refused }
            }
            Err(_) => Weighed::Refused,
            Ok(Opened::Service) => Weighed::Service,
            Ok(Opened::Plaintext(text)) if text == self.wire().plaintext => {
                let (_, life) = self.live(None, Some(bytes));
                let in_envelope = self.is_another_envelope_of(self.wire(), bytes);
                Weighed::Same { in_envelope, later_differs: self.differs(&life) }
            }
            // All of another message, in an envelope that is no part of it.
            Ok(Opened::Plaintext(text))
                if self.others().any(|other| {
                    other.plaintext == text && self.is_another_envelope_of(other, bytes)
                }) =>
            {
                Weighed::Same { in_envelope: true, later_differs: false }
            }
            Ok(Opened::Plaintext(_)) => Weighed::Another,
        }
    }

    /// Whether `bytes` are this message but for what the profile leaves outside its authentication.
    fn is_another_envelope_of(&self, wire: &Wire, bytes: &[u8]) -> bool {
        let change = Change { bytes: bytes.to_vec(), spliced: None, foreign: false };
        change.is_in_envelope(&wire.bytes, &self.arena.fields(&wire.bytes), self.arena.profile)
    }

    /// Weighs `bytes`, in which `position` was changed, and notes what is wrong: `bad` is the violation if something
    /// else opens, or if the same opens and shows later. True if the message was refused.
    pub(super) fn try_changed(
        &self,
        bytes: &[u8],
        position: &str,
        bad: ViolationKind,
        traces: bool,
        judgement: &mut Judgement,
    ) -> bool {
        if bytes == self.wire().bytes {
            return false;
        }
        let weighed = self.weigh(bytes, traces);
        let fail = |detail: &str| {
            Violation::new(bad, self.theft.action, format!("changed at {position}: {detail}"))
                .of_message(self.wire().name)
        };
        match weighed {
            Weighed::Refused => {
                judgement.refused += 1;
                return true;
            }
            Weighed::LeftTrace => {
                let words =
                    "it was refused, but later messages do not fare as if it had never come";
                judgement.violations.push(fail(words).behind_a_refusal(self.arena.profile));
            }
            Weighed::Another => judgement.violations.push(fail("it opened to another plaintext")),
            Weighed::Service => {
                judgement.violations.push(fail("it was taken for a service message"));
            }
            Weighed::Same { later_differs: true, .. } => judgement.violations.push(fail(
                "it opened to the same plaintext, and what came later fared differently",
            )),
            Weighed::Same { in_envelope, .. } => {
                let weakness =
                    if in_envelope { Weakness::MalleableEnvelope } else { Weakness::Malleable };
                *judgement.weak.entry((weakness, position.to_owned())).or_default() += 1;
            }
        }
        false
    }

    fn give(
        &self,
        session: &mut DynSession,
        bytes: &[u8],
        ordinal: u32,
    ) -> Result<Opened, crate::Rejection> {
        let mut rng = self.arena.seed.derived(0x3e16).call(self.theft.action, ordinal);
        let ad = self.arena.associated_data(self.wire().ad);
        self.arena.decrypt(session, &mut rng, ad, bytes)
    }

    /// A life of the recipient from the snapshot on: first `before`, which is to leave no trace, then `message`, then
    /// everything that the conversation brought.
    fn live(&self, before: Option<&[u8]>, message: Option<&[u8]>) -> (DynSession, Life) {
        let mut session = self.theft.session.clone();
        let mut life = Vec::new();
        if let Some(bytes) = before {
            let _ = self.give(&mut session, bytes, 2);
        }
        if let Some(bytes) = message {
            life.push(moment(self.give(&mut session, bytes, 3)));
        }
        let behind = self.transcript.events.iter().enumerate().skip(self.delivery + 1);
        for (at, event) in behind {
            let mut rng = self.arena.seed.derived(0x3e17).call(event.action, at as u32);
            match &event.kind {
                EventKind::Delivered(delivery)
                    if delivery.to == self.theft.victim
                        && matches!(delivery.arrival, Arrival::Genuine) =>
                {
                    let wire = &self.transcript.wire[delivery.message];
                    let ad = self.arena.associated_data(wire.ad);
                    let opened = self.arena.decrypt(&mut session, &mut rng, ad, &wire.bytes);
                    life.push(moment(opened));
                }
                EventKind::Sent(sent) if self.transcript.wire[*sent].from == self.theft.victim => {
                    let wire = &self.transcript.wire[*sent];
                    let ad = self.arena.associated_data(wire.ad);
                    let made = self.arena.encrypt(&mut session, &mut rng, ad, &wire.plaintext);
                    life.push(made.map_or(Moment::Refused, Moment::Sent));
                }
                _ => {}
            }
        }
        (session, Life(life))
    }

    fn differs(&self, other: &Life) -> bool {
        let known = |kind| self.arena.deviations.iter().any(|known| known.kind == kind);
        let compare_bytes = self.repeats_itself && !known(DeviationKind::KeyMadeOnRejection);
        let (ours, theirs) = (&self.calm.0, &other.0);
        let pairs = ours.iter().zip(theirs);
        ours.len() != theirs.len()
            || pairs.into_iter().any(|pair| match pair {
                (Moment::Sent(_), Moment::Sent(_)) if !compare_bytes => false,
                (ours, theirs) => ours != theirs,
            })
    }
}

fn moment(opened: Result<Opened, crate::Rejection>) -> Moment {
    match opened {
        Ok(Opened::Plaintext(text)) => Moment::Opened(text),
        Ok(Opened::Service) => Moment::Opened(Vec::new()),
        Err(_) => Moment::Refused,
    }
}

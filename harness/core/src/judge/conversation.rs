//! The correctness side: every genuine message within the limits opens at once, to the right plaintext, exactly once;
//! everything else is refused.

use super::{Feature, Judgement, Violation, ViolationKind, Weakness};
use crate::engine::{
    Arena, Arrival, Change, Delivery, Event, EventKind, Outcome, Sweep, Theft, Transcript,
};
use crate::ideal::{Cause, Expected, Ideal, Knowledge, Place};
use crate::schedule::{ActionId, BadTape};
use crate::{DeviationKind, Family, Opened, Party, Profile, RejectionClass};

/// The shortest counter in use goes up to 255; who refuses to send behind its end, and says so, is right.
const SHORTEST_COUNTER: u32 = 255;

/// What the ideal says of a transcript.
pub(crate) struct Account {
    /// Place of each message of the wire.
    pub(crate) places: Vec<Place>,
    /// Event at which each message was sent.
    pub(crate) sent_at: Vec<usize>,
    /// Event at which each message was opened by its recipient, if it was.
    pub(crate) opened_at: Vec<Option<usize>>,
    /// What each theft took.
    pub(crate) stolen: Vec<Stolen>,
    /// Whether every message has to open. With broken randomness a correct ratchet may refuse to work, and stalls when
    /// a key comes twice.
    pub(crate) claims_liveness: bool,
}

/// What the ideal says of one theft.
pub(crate) struct Stolen {
    /// The ideal at the theft.
    pub(crate) ideal: Ideal,
    /// What the thief knows.
    pub(crate) knowledge: Knowledge,
    /// Whether the stolen session was shown to work.
    pub(crate) control: Control,
}

/// Outcome of the control message of a theft.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Control {
    /// It opened.
    Works,
    /// At this moment no message can be expected to open.
    NotPossible,
    /// It did not open although it had to.
    Void,
}

struct Follower<'a, 'r> {
    arena: &'a Arena<'r>,
    transcript: &'a Transcript,
    judgement: &'a mut Judgement,
    ideal: Ideal,
    account: Account,
    /// Messages of which a copy was refused: for the quotas.
    refused_copies: std::collections::BTreeSet<usize>,
    /// Parties whose session may be over, by design.
    aborted: [bool; 2],
}

/// Follows the conversation event by event, up to the first violation.
pub(crate) fn follow(
    arena: &Arena<'_>,
    transcript: &Transcript,
    judgement: &mut Judgement,
) -> Account {
    let mut follower = Follower {
        arena,
        transcript,
        judgement,
        ideal: Ideal::new(arena.profile, transcript.opened).of(arena.capabilities),
        account: Account {
            places: Vec::with_capacity(transcript.wire.len()),
            sent_at: Vec::with_capacity(transcript.wire.len()),
            opened_at: vec![None; transcript.wire.len()],
            stolen: Vec::new(),
            claims_liveness: true,
        },
        refused_copies: std::collections::BTreeSet::new(),
        aborted: [false; 2],
    };
    for (index, event) in transcript.events.iter().enumerate() {
        follower.event(index, event);
        if !matches!(event.kind, EventKind::DrewBadly { .. }) {
            follower.ideal.drew();
        }
        if !follower.judgement.violations.is_empty() {
            break;
        }
    }
    let Follower { ideal, mut account, .. } = follower;
    let known_to_all = ideal.known_to_all();
    for stolen in &mut account.stolen {
        stolen.knowledge = stolen.knowledge.union(&known_to_all);
    }
    account
}

impl Follower<'_, '_> {
    fn event(&mut self, index: usize, event: &Event) {
        let action = event.action;
        match &event.kind {
            EventKind::Sent(message) => self.sent(action, index, *message),
            EventKind::SendRefused { .. } if !self.account.claims_liveness => {}
            EventKind::SendRefused { by, rejection } if self.ideal.may_wait(*by) => {
                self.expect_class(&[RejectionClass::NotYet], rejection.class);
            }
            EventKind::SendRefused { by, rejection } => match self.ideal.send(*by) {
                Some(place) if is_chain_used_up(self.arena.profile, &self.ideal, &place) => {
                    let detail = format!("the {by} was refused to send: {rejection}");
                    self.end_unclaimed(ViolationKind::SendRefused, action, detail);
                }
                Some(_) => self.fail_unless_aborted(
                    *by,
                    ViolationKind::SendRefused,
                    action,
                    format!("the {by} was refused to send: {rejection}"),
                ),
                None if self.arena.profile.is_one_way() => {}
                None => self.expect_class(&[RejectionClass::NotYet], rejection.class),
            },
            EventKind::Delivered(delivery) => self.delivered(action, index, delivery),
            EventKind::Swept(sweep) => self.swept(action, sweep),
            EventKind::Stolen(theft) => self.stolen(*theft),
            EventKind::Restarted { party, outcome } => match outcome {
                Ok(()) => {
                    if self.ideal.stored(*party) > 0 {
                        self.judgement.features.note(Feature::RestoreWithSkippedKeys);
                    }
                }
                Err(rejection) => self.fail_unless_aborted(
                    *party,
                    ViolationKind::OwnExportRefused,
                    action,
                    format!("the {party}'s own export was not taken back: {rejection}"),
                ),
            },
            EventKind::ServiceSent { from } => self.ideal.service_sent(*from),
            EventKind::ServiceDelivered { from, outcome, held, .. } => {
                let to = from.peer();
                // The last message of a session that is over may tell the peer so.
                self.aborted[to.index()] |= self.aborted[from.index()];
                // Behind a gap that no message may jump a service message is refused with the others.
                if let Err(rejection) = outcome
                    && !held
                    && self.account.claims_liveness
                    && self.ideal.takes_service_of(*from)
                {
                    let detail = format!("the {to}: {rejection}");
                    self.fail_unless_aborted(to, ViolationKind::ServiceRefused, action, detail);
                }
                self.aborted[to.index()] |=
                    self.arena.profile.aborts_on_forgery && outcome.is_err();
                self.ideal.service_delivered(*from, outcome.is_ok());
            }
            EventKind::DrewBadly { by, how, .. } => {
                self.ideal.draws_badly(*by);
                self.account.claims_liveness &= *how == BadTape::Known;
            }
            // An ideal knows no way back; games with crashes follow the conversation themselves.
            EventKind::Persisted { .. } | EventKind::Crashed { .. } => {}
            EventKind::Ticked(seconds) => self.ideal.tick(*seconds),
            EventKind::Nothing(_) => {}
        }
    }

    fn fail(&mut self, kind: ViolationKind, action: ActionId, detail: String) {
        self.judgement.fail(Violation::new(kind, action, detail));
    }

    fn fail_message(
        &mut self,
        kind: ViolationKind,
        action: ActionId,
        message: usize,
        detail: String,
    ) {
        let name = self.transcript.wire[message].name;
        self.judgement.fail(Violation::new(kind, action, detail).of_message(name));
    }

    fn weak(&mut self, weakness: Weakness, position: impl Into<String>) {
        *self.judgement.weak.entry((weakness, position.into())).or_default() += 1;
    }

    /// A ratchet whose session ends at a forgery by design may refuse everything from then on.
    fn fail_unless_aborted(
        &mut self,
        party: Party,
        kind: ViolationKind,
        action: ActionId,
        detail: String,
    ) {
        if self.aborted[party.index()] {
            self.end_unclaimed(kind, action, detail);
        } else {
            self.fail(kind, action, detail);
        }
    }

    /// Something happened that the profile does not claim to prevent, and behind which nothing is claimed.
    fn end_unclaimed(&mut self, kind: ViolationKind, action: ActionId, detail: String) {
        self.judgement.fail(Violation::new(kind, action, detail).unclaimed());
    }

    /// A class is asked for only where it is decidable; a ratchet that does not classify is not wrong.
    fn expect_class(&mut self, right: &[RejectionClass], given: RejectionClass) {
        if !right.contains(&given) && given != RejectionClass::Other {
            self.weak(Weakness::WrongClass, format!("{given} instead of {}", right[0]));
        }
    }

    fn sent(&mut self, action: ActionId, index: usize, message: usize) {
        let wire = &self.transcript.wire[message];
        if wire.plaintext.is_empty() {
            self.judgement.features.note(Feature::EmptyPlaintext);
        }
        let Some(place) = self.ideal.send(wire.from) else {
            let detail = format!("the {} sent although it cannot yet, by its profile", wire.from);
            return self.fail_message(ViolationKind::ProfileMismatch, action, message, detail);
        };
        if place.index == 256 {
            self.judgement.features.note(Feature::ChainOver256);
        }
        if place.index == 0 && (11..=12).contains(&place.epoch) {
            self.judgement.features.note(Feature::OverFiveChains);
        }
        self.account.places.push(place);
        self.account.sent_at.push(index);
    }

    fn delivered(&mut self, action: ActionId, index: usize, delivery: &Delivery) {
        let Delivery { to, message, ref arrival, ref outcome, .. } = *delivery;
        match arrival {
            Arrival::Genuine => self.genuine(action, index, to, message, outcome),
            Arrival::Reflected => self.reflected(action, to, message, outcome),
            Arrival::WrongAd => match outcome {
                Outcome::Refused(_) => self.refused(to, message),
                _ => self.fail_message(
                    ViolationKind::IgnoredAssociatedData,
                    action,
                    message,
                    "it was opened although its associated data was another".to_owned(),
                ),
            },
            Arrival::Changed(change) => {
                self.changed(action, index, to, message, change, outcome);
            }
        }
    }

    fn reflected(&mut self, action: ActionId, to: Party, message: usize, outcome: &Outcome) {
        match outcome {
            Outcome::Refused(_) => self.refused(to, message),
            outcome if self.may_be_anything(outcome) => {
                let detail = format!("the {to} made something else of its own message");
                self.end_unclaimed(ViolationKind::Forged, action, detail);
            }
            _ if self.arena.profile.claims_direction() => {
                let detail = format!("the {to} opened its own message");
                self.fail_message(ViolationKind::Reflected, action, message, detail);
            }
            _ => self.weak(Weakness::Unclaimed, "a reflected message was opened"),
        }
    }

    fn may_be_anything(&self, outcome: &Outcome) -> bool {
        self.transcript.may_be_anything(self.arena.profile, outcome)
    }

    fn refused(&mut self, to: Party, message: usize) {
        self.judgement.refused += 1;
        self.refused_copies.insert(message);
        self.aborted[to.index()] |= self.arena.profile.aborts_on_forgery;
        let deviates = |kind| self.arena.deviations.iter().any(|known| known.kind == kind);
        if deviates(DeviationKind::KeyMadeOnRejection) {
            self.ideal.widen_early_key(to);
        }
    }

    fn genuine(
        &mut self,
        action: ActionId,
        index: usize,
        to: Party,
        message: usize,
        outcome: &Outcome,
    ) {
        let place = self.account.places[message];
        let expected = match self.ideal.expects(to, &place) {
            Expected::Opens if !self.account.claims_liveness => Expected::Unclaimed,
            expected => expected,
        };
        match (expected, outcome) {
            (Expected::Opens, Outcome::Opened(opened)) if *opened == message => {
                self.judgement.opened += 1;
                self.open(index, to, message);
            }
            (Expected::Opens, Outcome::Refused(rejection)) => {
                let detail = format!("the {to} refused it: {rejection}");
                if self.aborted[to.index()] {
                    return self.end_unclaimed(ViolationKind::GenuineRefused, action, detail);
                }
                self.fail_message(ViolationKind::GenuineRefused, action, message, detail);
            }
            (Expected::Refuses(cause), Outcome::Refused(rejection)) => {
                self.expect_class_of(cause, message, rejection.class);
                self.refused(to, message);
            }
            (Expected::Refuses(_) | Expected::Unclaimed, outcome)
                if self.may_be_anything(outcome) =>
            {
                let detail = format!("the {to} made something of what it had to refuse");
                self.end_unclaimed(ViolationKind::Forged, action, detail);
            }
            (Expected::Refuses(_), Outcome::Opened(opened)) if *opened == message => {
                if self.account.opened_at[message].is_some() {
                    let detail = format!("the {to} opened it a second time");
                    self.fail_message(ViolationKind::Replayed, action, message, detail);
                } else {
                    let detail = format!(
                        "the {to} opened a message that is beyond the limits of its profile"
                    );
                    self.fail_message(ViolationKind::ProfileMismatch, action, message, detail);
                }
            }
            (Expected::Unclaimed, Outcome::Opened(opened)) if *opened == message => {
                if self.account.opened_at[message].is_some() {
                    self.weak(Weakness::Unclaimed, "a message was opened twice");
                }
                self.open(index, to, message);
            }
            (Expected::Unclaimed, Outcome::Refused(_)) => self.refused(to, message),
            (_, Outcome::Service) => {
                let detail = format!("the {to} took it for a service message");
                self.fail_message(ViolationKind::WrongPlaintext, action, message, detail);
            }
            (_, Outcome::Opened(_) | Outcome::OpenedOther(_)) => {
                let detail = format!("the {to} got another plaintext than was sent");
                self.fail_message(ViolationKind::WrongPlaintext, action, message, detail);
            }
        }
    }

    /// Who follows the specification to the letter has no key left for a replay, and says that it does not authenticate.
    fn expect_class_of(&mut self, cause: Cause, message: usize, given: RejectionClass) {
        let was_opened = self.account.opened_at[message].is_some();
        match cause {
            Cause::GapTooLarge => {
                self.expect_class(&[RejectionClass::GapTooLarge, RejectionClass::Forged], given);
            }
            // A key that was evicted is no replay, and whether a ratchet can tell the two apart is its own affair.
            Cause::Replay { live: true } if was_opened => self.expect_class(
                &[RejectionClass::Replayed, RejectionClass::Forged, RejectionClass::Expired],
                given,
            ),
            Cause::Replay { .. } | Cause::Lost => {}
        }
    }

    fn open(&mut self, index: usize, to: Party, message: usize) {
        let place = self.account.places[message];
        if self.ideal.opens_epoch(to, &place) && self.refused_copies.contains(&message) {
            self.judgement.features.note(Feature::FailedNewKeyBeforeGenuine);
        }
        let skipped = |earlier: usize| {
            let other = &self.account.places[earlier];
            other.from == place.from
                && other.epoch + 4 <= place.epoch
                && self.account.opened_at[earlier].is_none()
        };
        if place.index == 0 && (0..message).any(skipped) {
            self.judgement.features.note(Feature::SkipOverTwoEpochs);
        }
        self.ideal.open(to, &place);
        self.account.opened_at[message].get_or_insert(index);
    }

    fn changed(
        &mut self,
        action: ActionId,
        index: usize,
        to: Party,
        message: usize,
        change: &Change,
        outcome: &Outcome,
    ) {
        match self.grade(message, change, outcome) {
            Grade::Refused => self.refused(to, message),
            Grade::Unclear => {
                self.note_malleable(message, change, false);
                let detail = "changed, it opened to a text that two messages have".to_owned();
                self.end_unclaimed(ViolationKind::Forged, action, detail);
            }
            Grade::Violation(kind, detail) => self.fail_message(kind, action, message, detail),
            Grade::Malleable { original, in_envelope } => {
                self.note_malleable(original, change, in_envelope);
                // It counts as the delivery of the message whose plaintext came out.
                let outcome = Outcome::Opened(original);
                if self.transcript.wire[original].from == to {
                    self.reflected(action, to, original, &outcome);
                } else {
                    self.genuine(action, index, to, original, &outcome);
                }
            }
        }
    }

    fn swept(&mut self, action: ActionId, sweep: &Sweep) {
        self.judgement.refused += sweep.tried - sweep.accepted.len() as u64;
        for find in &sweep.accepted {
            match self.grade(sweep.message, &find.change, &find.outcome) {
                Grade::Refused => {}
                Grade::Unclear => self.note_malleable(sweep.message, &find.change, false),
                Grade::Violation(kind, detail) => {
                    let name = self.transcript.wire[sweep.message].name;
                    let violation = Violation::new(kind, action, detail).of_message(name);
                    let tamper = Some(find.tamper.clone());
                    self.judgement.fail(Violation { tamper, ..violation });
                    return;
                }
                Grade::Malleable { original, in_envelope } => {
                    self.note_malleable(original, &find.change, in_envelope);
                }
            }
        }
    }

    fn grade(&self, message: usize, change: &Change, outcome: &Outcome) -> Grade {
        match outcome {
            Outcome::Refused(_) => Grade::Refused,
            _ if change.foreign => Grade::Violation(
                ViolationKind::SplicedSession,
                "it was opened although it belongs to another session".to_owned(),
            ),
            Outcome::Opened(original) if !self.may_be_anything(outcome) => {
                let is_in_envelope = |message: &usize| {
                    let genuine = &self.transcript.wire[*message].bytes;
                    change.is_in_envelope(genuine, &self.arena.fields(genuine), self.arena.profile)
                };
                // Of two with one text it is the one whose envelope alone is another.
                let is_either = self.transcript.is_either(message, change);
                let either = change.spliced.filter(|_| is_either);
                match std::iter::once(*original).chain(either).find(is_in_envelope) {
                    Some(original) => Grade::Malleable { original, in_envelope: true },
                    None if is_either => Grade::Unclear,
                    None => Grade::Malleable { original: *original, in_envelope: false },
                }
            }
            Outcome::Opened(_) | Outcome::OpenedOther(_) | Outcome::Service => {
                let genuine = &self.transcript.wire[message].bytes;
                let fields = self.arena.fields(genuine);
                let positions = change.positions(genuine, &fields).join(", ");
                Grade::Violation(
                    ViolationKind::Forged,
                    format!("changed at {positions}, it opened to a plaintext that nobody sent"),
                )
            }
        }
    }

    fn note_malleable(&mut self, original: usize, change: &Change, in_envelope: bool) {
        let genuine = &self.transcript.wire[original].bytes;
        let positions = change.positions(genuine, &self.arena.fields(genuine));
        let weakness = if in_envelope { Weakness::MalleableEnvelope } else { Weakness::Malleable };
        for position in positions {
            self.weak(weakness, position);
        }
    }

    fn stolen(&mut self, index: usize) {
        let theft = &self.transcript.thefts[index];
        if self.ideal.awaits_reply(theft.victim) {
            self.judgement.features.note(Feature::TheftBetweenReceiveAndReply);
        }
        if theft.after_failures {
            self.judgement.features.note(Feature::TheftAfterFailures);
        }
        let control = self.control(theft);
        match control {
            Control::Works => self.judgement.working_thefts += 1,
            Control::NotPossible => {}
            Control::Void => {
                let detail = format!(
                    "a copy of the {}'s session does not open what its peer sends right then",
                    theft.victim
                );
                self.fail(ViolationKind::VoidTheft, theft.action, detail);
            }
        }
        let knowledge = self.ideal.knowledge(theft.victim);
        self.account.stolen.push(Stolen { ideal: self.ideal.clone(), knowledge, control });
    }

    /// Shows that the stolen session works: it opens what its peer sends now, or the other way round where the
    /// peer cannot be heard.
    fn control(&self, theft: &Theft) -> Control {
        for (from, to) in [(theft.victim.peer(), theft.victim), (theft.victim, theft.victim.peer())]
        {
            let mut ideal = self.ideal.clone();
            if ideal.may_wait(from) {
                continue;
            }
            let Some(place) = ideal.send(from) else { continue };
            if ideal.expects(to, &place) != Expected::Opens {
                continue;
            }
            let (mut sender, mut receiver) = if from == theft.victim {
                (theft.session.clone(), theft.peer.clone())
            } else {
                (theft.peer.clone(), theft.session.clone())
            };
            let seed = self.arena.seed.derived(u64::from(theft.action.0) ^ 1 << 40);
            let (mut first, mut second) = (seed.call(theft.action, 1), seed.call(theft.action, 2));
            let plaintext = b"sprag's control.";
            let works = self
                .arena
                .encrypt(&mut sender, &mut first, b"", plaintext)
                .and_then(|bytes| self.arena.decrypt(&mut receiver, &mut second, b"", &bytes))
                .is_ok_and(|opened| opened == Opened::Plaintext(plaintext.to_vec()));
            let is_owed = self.account.claims_liveness && self.aborted == [false; 2];
            return match (works, is_owed) {
                (true, _) => Control::Works,
                (false, true) => Control::Void,
                (false, false) => Control::NotPossible,
            };
        }
        Control::NotPossible
    }
}

/// Whether the sender of the message at `place` may refuse to go on: its counter is at an end, with its service messages
/// counted in, or users were told to open a new session.
#[must_use]
pub(crate) fn is_chain_used_up(profile: &Profile, ideal: &Ideal, place: &Place) -> bool {
    let rotates_after = match &profile.family {
        Family::SymmetricRatchet(claims) => claims.rotates_after,
        _ => None,
    };
    let used = place.index.saturating_add(ideal.service_of(place.from));
    used >= rotates_after.unwrap_or(SHORTEST_COUNTER).min(SHORTEST_COUNTER)
}

enum Grade {
    Refused,
    /// It was opened, and which message it now stands for nobody can say.
    Unclear,
    Malleable {
        original: usize,
        in_envelope: bool,
    },
    Violation(ViolationKind, String),
}

/// Whether a party refused something after it had received and before it answered: the trigger of
/// [`DeviationKind::KeyMadeOnRejection`].
#[must_use]
pub fn rejected_while_owing(arena: &Arena<'_>, transcript: &Transcript) -> bool {
    let mut ideal = Ideal::new(arena.profile, transcript.opened).of(arena.capabilities);
    let mut places = Vec::new();
    for event in &transcript.events {
        match &event.kind {
            EventKind::Sent(message) => match ideal.send(transcript.wire[*message].from) {
                Some(place) => places.push(place),
                None => return false,
            },
            EventKind::Delivered(delivery) => match &delivery.outcome {
                Outcome::Refused(_) if ideal.awaits_reply(delivery.to) => return true,
                Outcome::Opened(message) => ideal.open(delivery.to, &places[*message]),
                _ => {}
            },
            other => tell_ideal(&mut ideal, other),
        }
    }
    false
}

/// Tells the ideal what passes beside the users' messages.
pub(crate) fn tell_ideal(ideal: &mut Ideal, event: &EventKind) {
    match event {
        EventKind::Ticked(seconds) => ideal.tick(*seconds),
        EventKind::ServiceSent { from } => ideal.service_sent(*from),
        EventKind::ServiceDelivered { from, outcome, .. } => {
            ideal.service_delivered(*from, outcome.is_ok());
        }
        _ => {}
    }
}

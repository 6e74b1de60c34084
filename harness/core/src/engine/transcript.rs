//! What happened when a schedule was executed.

use crate::randomness::{CaseSeed, Tape};
use crate::schedule::{ActionId, BadTape, MessageName, Schedule, Tamper};
use crate::{DynSession, MessageIndex, Party, Profile, Rejection};

use super::Change;

/// Everything that one execution did.
#[derive(Debug)]
pub struct Transcript {
    /// Seed of the execution.
    pub seed: CaseSeed,
    /// What was executed.
    pub schedule: Schedule,
    /// Whether pairing carried a first message.
    pub opened: bool,
    /// What happened, in order.
    pub events: Vec<Event>,
    /// Every message sent, in order; events refer to them by index.
    pub wire: Vec<Wire>,
    /// Every theft, in order.
    pub thefts: Vec<Theft>,
    /// The sessions as they stand at the end.
    pub sessions: [DynSession; 2],
}

/// A message as it went over the wire.
#[derive(Clone, Debug)]
pub struct Wire {
    /// Its name.
    pub name: MessageName,
    /// Its sender.
    pub from: Party,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// What was encrypted.
    pub plaintext: Vec<u8>,
    /// Number of the associated data.
    pub ad: u8,
}

impl Wire {
    /// Whether the plaintext is unique in the run, so that reading it counts as an exposure.
    #[must_use]
    pub fn is_tagged(&self) -> bool {
        self.plaintext.len() >= super::execute::TAG_BYTES
    }
}

/// Something that happened, with the action that made it happen.
#[derive(Clone, Debug)]
pub struct Event {
    /// The action.
    pub action: ActionId,
    /// What happened.
    pub kind: EventKind,
}

/// What can happen.
#[derive(Clone, Debug)]
pub enum EventKind {
    /// A message (index into [`Transcript::wire`]) was sent.
    Sent(usize),
    /// The ratchet refused to send.
    SendRefused {
        /// The party.
        by: Party,
        /// Its reason.
        rejection: Rejection,
    },
    /// Something was given to a party to open.
    Delivered(Delivery),
    /// Many changed copies were given to copies of a party.
    Swept(Sweep),
    /// A session was stolen: index into [`Transcript::thefts`].
    Stolen(usize),
    /// A party went on from its own export.
    Restarted {
        /// The party.
        party: Party,
        /// Whether the ratchet took its own export back.
        outcome: Result<(), Rejection>,
    },
    /// A party wrote its export to storage.
    Persisted {
        /// The party.
        party: Party,
        /// Whether the ratchet gave one.
        outcome: Result<(), Rejection>,
    },
    /// A party crashed and went on from storage.
    Crashed {
        /// The party.
        party: Party,
        /// Whether the ratchet took it back.
        outcome: Result<(), Rejection>,
    },
    /// So many seconds passed.
    Ticked(u32),
    /// A service message was made by the ratchet itself.
    ServiceSent {
        /// Its sender.
        from: Party,
    },
    /// A service message was given to the peer of its sender.
    ServiceDelivered {
        /// Its sender.
        from: Party,
        /// Its bytes.
        bytes: Vec<u8>,
        /// Whether it had been held back.
        held: bool,
        /// Whether the peer took it.
        outcome: Result<(), Rejection>,
    },
    /// The call behind the next event drew from a bad tape.
    DrewBadly {
        /// Whose call.
        by: Party,
        /// What was on the tape.
        how: BadTape,
        /// The tape, from its beginning.
        tape: Box<Tape>,
    },
    /// The action did nothing.
    Nothing(NoOp),
}

/// Why an action did nothing.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum NoOp {
    /// Its message was never sent, or is not there (any more).
    NoSuchMessage,
    /// The ratchet lacks the ability.
    Unsupported,
    /// The changed message equals a genuine one.
    Unchanged,
    /// The party never wrote to storage.
    NothingStored,
}

/// A message given to a party to open.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// To whom.
    pub to: Party,
    /// The message (index into [`Transcript::wire`]).
    pub message: usize,
    /// In which form it arrived.
    pub arrival: Arrival,
    /// What the party made of it.
    pub outcome: Outcome,
    /// Where the message stands, as the ratchet told its user when it had opened it.
    pub index: Option<MessageIndex>,
}

/// In which form a message arrived.
#[derive(Clone, Debug)]
pub enum Arrival {
    /// As it was sent, to its recipient.
    Genuine,
    /// Changed.
    Changed(Change),
    /// With other associated data.
    WrongAd,
    /// Back at its sender.
    Reflected,
}

/// What a party made of a message.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Outcome {
    /// It gave the plaintext of this message (index into [`Transcript::wire`]): of the one delivered, or of the
    /// one whose bytes were spliced in.
    Opened(usize),
    /// It gave a plaintext that nobody sent.
    OpenedOther(Vec<u8>),
    /// It took the message for one of its own service messages.
    Service,
    /// It refused.
    Refused(Rejection),
}

/// Changed copies of a message, each given to a throw-away copy of its recipient.
#[derive(Clone, Debug)]
pub struct Sweep {
    /// To whom.
    pub to: Party,
    /// The message (index into [`Transcript::wire`]).
    pub message: usize,
    /// How many changes were tried.
    pub tried: u64,
    /// Those that were not refused.
    pub accepted: Vec<SweepFind>,
}

/// One changed copy that was not refused.
#[derive(Clone, Debug)]
pub struct SweepFind {
    /// The change as an action of its own, with which to repeat it.
    pub tamper: Tamper,
    /// The change to the bytes.
    pub change: Change,
    /// What the copy made of it.
    pub outcome: Outcome,
}

/// A stolen session.
#[derive(Clone, Debug)]
pub struct Theft {
    /// The action.
    pub action: ActionId,
    /// Whose session it is.
    pub victim: Party,
    /// The session, as stolen.
    pub session: DynSession,
    /// The peer's session at the same moment, used for nothing but the control message.
    pub peer: DynSession,
    /// Index of the theft's event in [`Transcript::events`].
    pub event: usize,
    /// Whether failures or restarts of the victim went before.
    pub after_failures: bool,
}

impl EventKind {
    /// Whether a user's message was sent.
    pub(crate) const fn is_sent(&self) -> bool {
        matches!(self, Self::Sent(_))
    }
}

impl Transcript {
    /// Whether `outcome` may have come of any key: nobody authenticates it, and it is no text of the run, or so short that
    /// others are like it.
    pub(crate) fn may_be_anything(&self, profile: &Profile, outcome: &Outcome) -> bool {
        let is_telling = match outcome {
            Outcome::Opened(message) => self.wire[*message].is_tagged(),
            Outcome::OpenedOther(_) | Outcome::Service => false,
            Outcome::Refused(_) => true,
        };
        !profile.integrity && !is_telling
    }

    /// Whether a changed message and the one that a part was taken from have one text, so that nobody can say which of
    /// them it opened to.
    pub(crate) fn is_either(&self, message: usize, change: &Change) -> bool {
        let text = |message: usize| &self.wire[message].plaintext;
        change.spliced.is_some_and(|spliced| spliced != message && text(spliced) == text(message))
    }

    /// The plaintext's message, if it is one of these two messages'.
    pub(super) fn outcome_of(
        wire: &[Wire],
        plaintext: Vec<u8>,
        message: usize,
        spliced: Option<usize>,
    ) -> Outcome {
        [Some(message), spliced]
            .into_iter()
            .flatten()
            .find(|&index| wire[index].plaintext == plaintext)
            .map_or(Outcome::OpenedOther(plaintext), Outcome::Opened)
    }
}

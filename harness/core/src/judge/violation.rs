//! What a flawless ratchet would not have done.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::attackers::Attacker;
use crate::schedule::{ActionId, MessageName, Tamper};

/// One thing that a flawless ratchet of this profile would not have done.
#[derive(Clone, Debug)]
pub struct Violation {
    /// What kind of thing.
    pub kind: ViolationKind,
    /// The action that shows it.
    pub action: ActionId,
    /// The message concerned.
    pub message: Option<MessageName>,
    /// Who obtained a plaintext.
    pub attacker: Option<Attacker>,
    /// In words, for people. May quote the ratchet's own text.
    pub detail: String,
    /// The single change that shows it, where a sweep found it.
    pub tamper: Option<Tamper>,
}

/// Kinds of violations. A game counts only those that it is about.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[non_exhaustive]
#[serde(rename_all = "kebab-case", tag = "kind", content = "of")]
pub enum ViolationKind {
    /// An attacker obtained a message that the ideal keeps.
    Exposed(ExposureTime),
    /// A message that nobody sent was opened.
    Forged,
    /// A genuine message was refused.
    GenuineRefused,
    /// One half of a hybrid ratchet was enough to read a message.
    HalfSuffices,
    /// A message was opened under other associated data than it was sent with.
    IgnoredAssociatedData,
    /// The ratchet did not take its own export back.
    OwnExportRefused,
    /// The ratchet panicked.
    Panicked,
    /// What the profile says does not describe this ratchet.
    ProfileMismatch,
    /// A message was opened by its own sender.
    Reflected,
    /// A message was opened twice.
    Replayed,
    /// A party that can send was not able to.
    SendRefused,
    /// A service message was refused although it came in order.
    ServiceRefused,
    /// A message of another session was opened.
    SplicedSession,
    /// A ratchet key was shown again where a new one was due.
    StaleRatchetKey,
    /// Twins differ in the bytes they send.
    TwinBytes,
    /// Twins differ in what they open or refuse.
    TwinOutcome,
    /// A stolen session did not open a control message: the theft shows nothing.
    VoidTheft,
    /// A genuine message opened to another plaintext.
    WrongPlaintext,
    /// The worker process died of a signal or an exit of its own.
    Crashed,
    /// A call did not come to an end.
    Hung,
    /// Memory grew beyond the limit.
    OutOfMemory,
}

/// When an exposed message was sent, seen from the theft.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ExposureTime {
    /// The victim had opened it.
    Consumed,
    /// It was under way to the victim.
    UnderWay,
    /// The victim had sent it.
    SentBefore,
    /// It was sent after the theft.
    SentAfter,
}

/// What is weak without being a violation.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Weakness {
    /// Changed bytes were accepted with the same plaintext.
    Malleable,
    /// As `Malleable`, in an envelope that the profile leaves outside authentication: by design.
    MalleableEnvelope,
    /// A refusal gave a reason that is plainly another one's.
    WrongClass,
    /// Something happened that the profile does not claim to prevent.
    Unclaimed,
}

impl Violation {
    /// A violation shown by `action`.
    pub fn new(kind: ViolationKind, action: ActionId, detail: impl Into<String>) -> Self {
        let detail = detail.into();
        Self { kind, action, message: None, attacker: None, detail, tamper: None }
    }

    /// Concerning message `name`.
    #[must_use]
    pub const fn of_message(mut self, name: MessageName) -> Self {
        self.message = Some(name);
        self
    }
}

impl fmt::Display for ViolationKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Exposed(ExposureTime::Consumed) => {
                "a message was read that its recipient had already opened before the theft"
            }
            Self::Exposed(ExposureTime::UnderWay) => {
                "a message under way was read beyond what the ideal allows"
            }
            Self::Exposed(ExposureTime::SentBefore) => {
                "a message was recognised that the victim had sent before the theft"
            }
            Self::Exposed(ExposureTime::SentAfter) => {
                "a message sent after the theft was read that the ideal keeps"
            }
            Self::Forged => "a message that nobody sent was opened",
            Self::GenuineRefused => "a genuine message was refused",
            Self::HalfSuffices => "one half of a hybrid ratchet was enough to read a message",
            Self::IgnoredAssociatedData => "a message was opened under other associated data",
            Self::OwnExportRefused => "the ratchet refused its own export",
            Self::Panicked => "the ratchet panicked",
            Self::ProfileMismatch => "the profile does not describe this ratchet",
            Self::Reflected => "a message was opened by its own sender",
            Self::Replayed => "a message was opened twice",
            Self::SendRefused => "a party that can send was refused",
            Self::ServiceRefused => "a service message in order was refused",
            Self::SplicedSession => "a message of another session was opened",
            Self::StaleRatchetKey => "a ratchet key was shown again where a new one was due",
            Self::TwinBytes => "a twin that saw nothing of it sends other bytes",
            Self::TwinOutcome => "a twin that saw nothing of it behaves otherwise",
            Self::VoidTheft => "a stolen session does not work",
            Self::WrongPlaintext => "a genuine message opened to another plaintext",
            Self::Crashed => "the process died",
            Self::Hung => "a call did not come to an end",
            Self::OutOfMemory => "memory grew beyond the limit",
        })
    }
}

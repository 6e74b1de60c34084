//! What a flawless ratchet would not have done.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Profile;
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
    /// Whether the profile promises that it does not happen. What it does not promise is measured.
    pub is_claimed: bool,
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
    /// Two encrypted headers have bytes in common that show that they belong together.
    LinkableHeaders,
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
    /// A periodic rekey that is due does not begin.
    RekeyOverdue,
    /// Twins differ in the bytes they send.
    TwinBytes,
    /// Twins differ in what they open or refuse.
    TwinOutcome,
    /// A stolen session did not open a control message: the theft shows nothing.
    VoidTheft,
    /// A genuine message opened to another plaintext.
    WrongPlaintext,
    /// A message forged with a stolen session was accepted where the ideal closes the door.
    Injected,
    /// After a session was forked, what only one branch can own was accepted from both.
    ForkAccepted,
    /// A changed header was accepted and changed what happened later.
    HeaderNotBound,
    /// A ratchet key of low order or in a second spelling was accepted.
    BadKeyAccepted,
    /// A message of another type, version or identity was accepted.
    Confused,
    /// One ciphertext opened under two keys.
    NotCommitting,
    /// What should be unlinkable on the wire is not.
    Linkable,
    /// The ratchet told its user a wrong place of a message.
    WrongIndex,
    /// A counter went wrong at an edge of its range.
    CounterFault,
    /// Work or memory follows what a forger asks for, or grows for ever.
    UnboundedWork,
    /// An error carried what had been decrypted.
    PlaintextInError,
    /// A damaged export was accepted and gave a weaker session.
    WeakImport,
    /// Two plaintexts went out under one key and nonce.
    KeyReused,
    /// Something that must be unique came twice.
    Repeated,
    /// A fresh value depends on too little randomness.
    Predictable,
    /// A field of the wire depends on secrets that it must not depend on.
    SecretOnWire,
    /// A message can be read, or carries something, for a third party.
    ThirdReader,
    /// The same state, call and randomness gave other bytes.
    Nondeterministic,
    /// A nonce that shows drawn bytes as they are shows others now and then.
    NonceNotDrawn,
    /// A secret outlived its allowed life in the state.
    Residue,
    /// The bytes are other than those of the reference.
    DiffersFromReference,
    /// A change that must not matter changed what happened.
    RelationBroken,
    /// A stored scenario went otherwise than it must.
    ScenarioDiffers,
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
    /// A fresh value depends on less randomness than it could.
    LittleRandomness,
    /// A field depends on what its name excludes, and the ratchet does not declare its origin.
    UndeclaredOrigin,
    /// Unexplained bytes outlive their time in the state; nothing was opened with them.
    Residue,
    /// Ciphertexts that do not look like random bytes.
    Patterned,
    /// The work of a refusal follows what a forger asks for.
    Costly,
    /// A damaged export was accepted and gave a session that is less than the original.
    DamagedExport,
}

impl Violation {
    /// A violation shown by `action`.
    pub fn new(kind: ViolationKind, action: ActionId, detail: impl Into<String>) -> Self {
        let detail = detail.into();
        Self { kind, action, message: None, attacker: None, detail, tamper: None, is_claimed: true }
    }

    /// The same, where the profile does not promise that it does not happen.
    #[must_use]
    pub const fn unclaimed(mut self) -> Self {
        self.is_claimed = false;
        self
    }

    /// The same, shown by what a session refuses behind a refused message: that promises nothing where such a message
    /// ends the session by design.
    #[must_use]
    pub const fn behind_a_refusal(mut self, profile: &Profile) -> Self {
        self.is_claimed &= !profile.aborts_on_forgery;
        self
    }

    /// Concerning message `name`.
    #[must_use]
    pub const fn of_message(mut self, name: MessageName) -> Self {
        self.message = Some(name);
        self
    }
}

impl ViolationKind {
    /// Whether a ratchet of this profile promises that nothing of this kind happens.
    #[must_use]
    pub const fn is_claimed_by(self, profile: &Profile) -> bool {
        let is_forgery = matches!(
            self,
            Self::Forged
                | Self::IgnoredAssociatedData
                | Self::SplicedSession
                | Self::Injected
                | Self::HeaderNotBound
                | Self::BadKeyAccepted
                | Self::Confused
                | Self::NotCommitting
        );
        profile.integrity || !is_forgery
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
            Self::LinkableHeaders => "two encrypted headers show that they belong together",
            Self::OwnExportRefused => "the ratchet refused its own export",
            Self::Panicked => "the ratchet panicked",
            Self::ProfileMismatch => "the profile does not describe this ratchet",
            Self::Reflected => "a message was opened by its own sender",
            Self::Replayed => "a message was opened twice",
            Self::SendRefused => "a party that can send was refused",
            Self::ServiceRefused => "a service message in order was refused",
            Self::SplicedSession => "a message of another session was opened",
            Self::RekeyOverdue => "a rekey was due and did not begin",
            Self::StaleRatchetKey => "a ratchet key was shown again where a new one was due",
            Self::TwinBytes => "a twin that saw nothing of it sends other bytes",
            Self::TwinOutcome => "a twin that saw nothing of it behaves otherwise",
            Self::VoidTheft => "a stolen session does not work",
            Self::WrongPlaintext => "a genuine message opened to another plaintext",
            Self::Injected => "a message forged with a stolen session was accepted after its time",
            Self::ForkAccepted => "both branches of a forked session were accepted for one",
            Self::HeaderNotBound => "a changed header was accepted and changed what came later",
            Self::BadKeyAccepted => "a bad ratchet key was accepted",
            Self::Confused => "a message of another type, version or identity was accepted",
            Self::NotCommitting => "one ciphertext opened under two keys",
            Self::Linkable => "messages can be linked although their headers are encrypted",
            Self::WrongIndex => "a message was reported at a wrong place",
            Self::CounterFault => "a counter went wrong at an edge",
            Self::UnboundedWork => "work or memory has no bound",
            Self::PlaintextInError => "an error carries plaintext",
            Self::WeakImport => "a damaged export gave a weaker session",
            Self::KeyReused => "two plaintexts went out under one key and nonce",
            Self::Repeated => "something that must be unique came twice",
            Self::Predictable => "a fresh value depends on too little randomness",
            Self::SecretOnWire => "the wire carries something that depends on secrets",
            Self::ThirdReader => "a message carries something for a third reader",
            Self::NonceNotDrawn => "a nonce is not always the randomness that it shows",
            Self::Nondeterministic => "the same call with the same randomness gives other bytes",
            Self::Residue => "a secret outlives its allowed life",
            Self::DiffersFromReference => "the bytes are not those of the reference",
            Self::RelationBroken => "a change that must not matter matters",
            Self::ScenarioDiffers => "a stored scenario goes otherwise than it must",
            Self::Crashed => "the process died",
            Self::Hung => "a call did not come to an end",
            Self::OutOfMemory => "memory grew beyond the limit",
        })
    }
}

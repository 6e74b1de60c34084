//! One step of a conversation.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::Party;

/// The id of an action in its schedule; ids are unique and never change when other actions go.
#[derive(
    Clone, Copy, Debug, Default, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize,
)]
#[serde(transparent)]
pub struct ActionId(pub u32);

impl ActionId {
    /// The pairing that stands before every schedule.
    pub const PAIRING: Self = Self(u32::MAX);
}

impl fmt::Display for ActionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Self::PAIRING { f.write_str("pairing") } else { self.0.fmt(f) }
    }
}

/// A message is named by the action that sends it and its place among that action's messages: `7.0`.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct MessageName {
    /// The action that sends the message.
    pub action: ActionId,
    /// Which of that action's messages, from 0.
    pub index: u16,
}

impl MessageName {
    /// Message `index` of action `action`.
    #[must_use]
    pub const fn new(action: u32, index: u16) -> Self {
        Self { action: ActionId(action), index }
    }
}

impl fmt::Display for MessageName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.action.0, self.index)
    }
}

impl FromStr for MessageName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parse = || {
            let (action, index) = text.split_once('.')?;
            Some(Self::new(action.parse().ok()?, index.parse().ok()?))
        };
        parse().ok_or_else(|| format!("`{text}` is no message name; one looks like `7.0`"))
    }
}

impl Serialize for MessageName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for MessageName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// An action with its id.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// The id that names the action and its messages.
    pub id: ActionId,
    /// What happens.
    pub action: Action,
}

/// What can happen in a conversation. An action without a target, or needing an ability that the ratchet lacks, does
/// nothing and is recorded as such.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub enum Action {
    /// `by` encrypts `count` messages of `size` bytes under associated data number `ad`; the network holds them.
    Send {
        /// The sender.
        by: Party,
        /// How many messages.
        #[serde(default = "one")]
        count: u16,
        /// Bytes of each plaintext.
        size: u32,
        /// Which associated data; 0 is empty.
        #[serde(default)]
        ad: u8,
    },
    /// The network delivers `count` messages of one send action, from `first` on.
    Deliver {
        /// The first message.
        first: MessageName,
        /// How many messages.
        #[serde(default = "one")]
        count: u16,
        /// In which order.
        #[serde(default)]
        order: Order,
    },
    /// The network delivers another copy of a message that was delivered before.
    Duplicate {
        /// The message.
        message: MessageName,
    },
    /// The network loses a message.
    Drop {
        /// The message.
        message: MessageName,
    },
    /// The network delivers a changed copy of a message; the genuine one stays in its hands.
    Tamper {
        /// The message.
        message: MessageName,
        /// The change.
        how: Tamper,
    },
    /// The network hands a message back to its sender.
    Reflect {
        /// The message.
        message: MessageName,
    },
    /// The message is given to its recipient with other associated data than it was sent with.
    WrongAd {
        /// The message.
        message: MessageName,
        /// Which associated data.
        ad: u8,
    },
    /// A thief copies the session of `from`.
    Steal {
        /// The victim.
        from: Party,
    },
    /// `party` goes on from its own export.
    Restart {
        /// Who restarts.
        party: Party,
    },
    /// `party` writes its export to storage, over the one before.
    Persist {
        /// Who writes.
        party: Party,
    },
    /// `party` crashes and goes on from what it last wrote to storage.
    Crash {
        /// Who crashes.
        party: Party,
    },
    /// Time passes for both parties.
    Tick {
        /// How many seconds.
        seconds: u32,
    },
    /// The parties take turns, each sending one message that is delivered at once.
    PingPong {
        /// Who begins.
        first: Party,
        /// How many messages in all.
        turns: u16,
    },
    /// The next call of `by` that draws randomness gets a bad tape. Attackers know that tape.
    BadRandomness {
        /// Whose randomness is bad.
        by: Party,
        /// What is on the tape.
        tape: BadTape,
    },
    /// Held service messages of `from` reach the peer, in order.
    DeliverService {
        /// Their sender.
        from: Party,
    },
}

const fn one() -> u16 {
    1
}

/// What a bad generator gives for the length of one call.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum BadTape {
    /// Zeros.
    Zeros,
    /// One byte again and again.
    Constant,
    /// What the party drew last, once more.
    Repeated,
    /// Good bytes that attackers know.
    Known,
}

impl BadTape {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Zeros, Self::Constant, Self::Repeated, Self::Known];
}

/// In which order a range of messages is delivered.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Order {
    /// As sent.
    #[default]
    AsSent,
    /// Last one first.
    Reversed,
}

/// A change to the bytes of a message. Positions wrap around its length.
///
/// The `every-…` changes are tried one after the other, each on a throw-away copy of the recipient; together they
/// count as one action.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub enum Tamper {
    /// One bit is flipped.
    FlipBit {
        /// Position in bits, the lowest bit of the first byte first.
        bit: u32,
    },
    /// Two bits are flipped.
    FlipBits {
        /// Positions in bits.
        bits: (u32, u32),
    },
    /// One byte is replaced.
    SetByte {
        /// Position in bytes.
        at: u32,
        /// The new value.
        value: u8,
    },
    /// Only the first bytes are kept.
    Truncate {
        /// How many are kept.
        keep: u32,
    },
    /// Only the first bytes are kept, and the last of them has its lowest bit flipped.
    CutAndFlip {
        /// How many are kept.
        keep: u32,
    },
    /// Bytes are appended.
    Extend {
        /// The bytes.
        #[serde(with = "hex")]
        bytes: Vec<u8>,
    },
    /// A run of bytes is replaced.
    Overwrite {
        /// Position in bytes.
        at: u32,
        /// The bytes.
        #[serde(with = "hex")]
        bytes: Vec<u8>,
    },
    /// Other bytes altogether.
    Replace {
        /// The bytes.
        #[serde(with = "hex")]
        bytes: Vec<u8>,
    },
    /// The first bytes are kept and the rest is taken from another message.
    Splice {
        /// The other message.
        with: MessageName,
        /// How many bytes are kept.
        keep: u32,
    },
    /// The first bytes are kept and the rest is taken from the same message of another session.
    SpliceSession {
        /// How many bytes are kept; 0 delivers the other session's message whole.
        keep: u32,
    },
    /// The bytes of a field are replaced, and nothing else.
    SetField {
        /// Its name.
        field: String,
        /// The new bytes.
        #[serde(with = "hex")]
        value: Vec<u8>,
    },
    /// The bytes of a field are taken from another message, and nothing else.
    CopyField {
        /// Its name.
        field: String,
        /// The other message.
        from: MessageName,
    },
    /// Every single bit.
    EveryBit,
    /// Every byte set to 00 and to FF.
    EveryByte,
    /// Every shorter prefix, as it is and with the lowest bit of its last byte flipped.
    EveryLength,
    /// Every cut between this message and another one.
    EverySplice {
        /// The other message.
        with: MessageName,
    },
    /// Every cut between this message and the same one of another session.
    EverySpliceSession,
    /// Every two bits of the tag.
    EveryTagPair,
    /// Random bytes instead of the tag and the byte before it.
    RandomEnds {
        /// How many.
        tries: u32,
    },
}

/// Every bit of a message of some 125 bytes.
const CALLS_OF_A_SWEEP: usize = 1000;

impl Action {
    /// The actions whose messages this one refers to.
    pub(crate) fn refers_to(&self) -> Vec<ActionId> {
        match self {
            Self::Deliver { first: message, .. }
            | Self::Duplicate { message }
            | Self::Drop { message }
            | Self::Reflect { message }
            | Self::WrongAd { message, .. } => vec![message.action],
            Self::Tamper { message, how } => match how {
                Tamper::Splice { with, .. }
                | Tamper::EverySplice { with }
                | Tamper::CopyField { from: with, .. } => vec![message.action, with.action],
                _ => vec![message.action],
            },
            _ => Vec::new(),
        }
    }

    /// Roughly how many calls of a ratchet the action brings about.
    pub(crate) fn calls(&self) -> usize {
        match self {
            Self::Send { count, .. } | Self::Deliver { count, .. } => (*count).into(),
            Self::PingPong { turns, .. } => 2 * usize::from(*turns),
            Self::Tamper { how, .. } if how.is_sweep() => CALLS_OF_A_SWEEP,
            _ => 1,
        }
    }

    /// Whether the action puts noise on the wire that an honest conversation does not have.
    #[must_use]
    pub const fn is_noise(&self) -> bool {
        matches!(
            self,
            Self::Duplicate { .. }
                | Self::Reflect { .. }
                | Self::Tamper { .. }
                | Self::WrongAd { .. }
        )
    }
}

impl Tamper {
    /// Whether this stands for many changes, each on a throw-away copy.
    #[must_use]
    pub const fn is_sweep(&self) -> bool {
        matches!(
            self,
            Self::EveryBit
                | Self::EveryByte
                | Self::EveryLength
                | Self::EverySplice { .. }
                | Self::EverySpliceSession
                | Self::EveryTagPair
                | Self::RandomEnds { .. }
        )
    }
}

//! What a stored schedule expects of its single actions: an oracle written by hand, beside the ideal's.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::{ActionId, MessageName};

/// The expected outcome of an action. Actions that only send, lose or let time pass need none.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Expectation {
    /// Every message that it delivers opens, to the plaintext that was sent.
    Opens,
    /// Everything that it delivers is refused.
    Refused,
    /// The ratchet takes its own export back.
    GoesOn,
    /// From what it steals, these messages cannot be read.
    Keeps(Vec<MessageName>),
}

impl fmt::Display for Expectation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Opens => f.write_str("it opens"),
            Self::Refused => f.write_str("it is refused"),
            Self::GoesOn => f.write_str("all goes on"),
            Self::Keeps(messages) => {
                let names: Vec<String> = messages.iter().map(ToString::to_string).collect();
                write!(f, "the thief cannot read {}", names.join(", "))
            }
        }
    }
}

/// Expectations by action.
pub type Expectations = BTreeMap<ActionId, Expectation>;

//! Drawing a single action that means something where it stands.

use crate::Party;
use crate::games::Damage;
use crate::schedule::{Action, Choices, MessageName, Order, Step, Tamper};

use super::Kind;

/// Fields that ratchets are likely to have.
const FIELDS: [&str; 9] = [
    "ratchet_key",
    "counter",
    "previous_counter",
    "version",
    "type",
    "nonce",
    "encrypted_header",
    "ciphertext",
    "tag",
];

/// Names of the messages that were sent in `steps`, the ones of long runs by their ends.
pub(super) fn sent(steps: &[Step]) -> Vec<MessageName> {
    let mut sent = Vec::new();
    for step in steps {
        let (Action::Send { count, .. } | Action::PingPong { turns: count, .. }) = step.action
        else {
            continue;
        };
        let last = count.saturating_sub(1);
        let ends = (0..count.min(3)).chain(last.max(3)..count);
        sent.extend(ends.map(|index| MessageName { action: step.id, index }));
    }
    sent
}

pub(super) fn party(choices: &mut dyn Choices) -> Party {
    Party::BOTH[choices.below(2) as usize]
}

pub(super) fn one_of<T: Clone>(choices: &mut dyn Choices, items: &[T]) -> Option<T> {
    items.get(choices.below(items.len() as u32) as usize).cloned()
}

/// An action for an input of `kind`, behind which `sent` are the messages that it may speak of.
pub(super) fn action(choices: &mut dyn Choices, kind: Kind, sent: &[MessageName]) -> Action {
    let by = party(choices);
    let message = match sent {
        // Mostly of what is new: there the keys are that change.
        [.., last] if choices.chance(1, 2) => Some(*last),
        _ => one_of(choices, sent),
    };
    let Some(message) = message else {
        return match choices.below(3) {
            0 => Action::PingPong { first: by, turns: turns(choices) },
            1 => Action::Steal { from: by },
            _ => send(choices, by),
        };
    };
    let weights: [u32; 10] = match kind {
        Kind::Schedule => [6, 8, 3, 1, 3, 3, 2, 2, 3, 4],
        Kind::Decrypt => [5, 7, 3, 1, 3, 16, 2, 2, 1, 0],
        Kind::Import => [6, 8, 3, 2, 1, 1, 1, 1, 8, 2],
    };
    match choices.weighted(&weights) {
        0 => send(choices, by),
        1 => {
            let count = if choices.chance(1, 4) { choices.between(2, 8) as u16 } else { 1 };
            let order = if choices.chance(1, 6) { Order::Reversed } else { Order::AsSent };
            Action::Deliver { first: message, count, order }
        }
        2 => Action::PingPong { first: by, turns: turns(choices) },
        3 => Action::Drop { message },
        4 => Action::Duplicate { message },
        5 => Action::Tamper { message, how: tamper(choices, kind, sent) },
        6 => Action::Reflect { message },
        7 => match choices.below(3) {
            0 => {
                Action::Tick { seconds: [1, 60, 3_600, 86_400, 604_800][choices.below(5) as usize] }
            }
            1 => Action::DeliverService { from: by },
            _ => Action::WrongAd { message, ad: choices.below(4) as u8 },
        },
        8 => Action::Restart { party: by },
        _ => Action::Steal { from: by },
    }
}

pub(super) fn turns(choices: &mut dyn Choices) -> u16 {
    let most = [2, 8, 40, 300][choices.weighted(&[8, 8, 3, 1])];
    choices.between(1, most) as u16
}

fn send(choices: &mut dyn Choices, by: Party) -> Action {
    let count: u32 = [1, 2, 5, 40, 300, 1100, 2050][choices.weighted(&[24, 8, 4, 2, 1, 1, 1])];
    let size = [16, 32, 0, 1, 100, 1000][choices.weighted(&[12, 2, 1, 1, 1, 1])];
    let ad = if choices.chance(1, 4) { choices.below(4) as u8 } else { 0 };
    Action::Send { by, count: choices.between(count.div_ceil(2), count) as u16, size, ad }
}

/// A single change to a message.
pub(super) fn tamper(choices: &mut dyn Choices, kind: Kind, sent: &[MessageName]) -> Tamper {
    let with = one_of(choices, sent).unwrap_or(MessageName::new(0, 0));
    let keep = choices.below(160);
    let weights: [u32; 12] = match kind {
        Kind::Decrypt => [4, 1, 4, 2, 1, 1, 3, 2, 2, 6, 4, 4],
        Kind::Schedule | Kind::Import => [4, 1, 2, 1, 1, 1, 2, 2, 2, 2, 2, 0],
    };
    match choices.weighted(&weights) {
        0 => Tamper::FlipBit { bit: choices.below(2048) },
        1 => Tamper::FlipBits { bits: (choices.below(2048), choices.below(2048)) },
        2 => Tamper::SetByte { at: choices.below(256), value: byte(choices) },
        3 => Tamper::Truncate { keep: choices.below(256) },
        4 => Tamper::CutAndFlip { keep: choices.below(256) },
        5 => Tamper::Extend { bytes: bytes(choices, 40) },
        6 => Tamper::Overwrite { at: choices.below(128), bytes: bytes(choices, 40) },
        7 => Tamper::Splice { with, keep },
        8 => Tamper::SpliceSession { keep },
        9 => {
            let (field, value) = (field(choices), value(choices));
            Tamper::SetField { field, value }
        }
        10 => Tamper::CopyField { field: field(choices), from: with },
        _ => Tamper::Replace { bytes: bytes(choices, 160) },
    }
}

fn field(choices: &mut dyn Choices) -> String {
    FIELDS[choices.below(FIELDS.len() as u32) as usize].to_owned()
}

/// Mostly the bytes at which things break.
fn byte(choices: &mut dyn Choices) -> u8 {
    match choices.below(4) {
        0 => 0,
        1 => 0xff,
        2 => 1 << choices.below(8),
        _ => choices.below(256) as u8,
    }
}

fn bytes(choices: &mut dyn Choices, most: u32) -> Vec<u8> {
    (0..choices.between(1, most)).map(|_| byte(choices)).collect()
}

/// Bytes for a field: a number in a few widths, a key of low order, or whatever.
fn value(choices: &mut dyn Choices) -> Vec<u8> {
    let number = match choices.below(3) {
        0 => choices.below(16),
        1 => 1 << choices.below(32),
        _ => u32::MAX - choices.below(4),
    };
    match choices.below(6) {
        0 => vec![number as u8],
        1 => number.to_be_bytes().to_vec(),
        2 => u64::from(number).to_be_bytes().to_vec(),
        3 => {
            let mut key = vec![0; 32];
            key[0] = choices.below(3) as u8;
            key
        }
        4 => {
            let length = [8, 12, 16, 24, 32][choices.below(5) as usize];
            (0..length).map(|_| choices.below(256) as u8).collect()
        }
        _ => bytes(choices, 64),
    }
}

/// Damage to an export, at places that every export has.
pub(super) fn damage(choices: &mut dyn Choices) -> Damage {
    // Behind the end of every export, and taken modulo its length.
    let place = choices.below(1 << 16) as usize;
    match choices.below(8) {
        0 | 1 => Damage::Cut { keep: place },
        2 => Damage::Extended { by: place },
        3 => Damage::Overwritten { with: byte(choices) },
        4 => Damage::Filled { at: place, with: byte(choices) },
        5 => Damage::Set { at: place, bytes: bytes(choices, 40) },
        _ => Damage::Flipped { bit: choices.below(1 << 20) as usize },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schedule::ActionId;

    #[test]
    fn long_runs_are_known_by_their_ends() {
        let by = Party::Initiator;
        let step = |id, count| Step {
            id: ActionId(id),
            action: Action::Send { by, count, size: 16, ad: 0 },
        };
        let names =
            |count| -> Vec<u16> { sent(&[step(4, count)]).iter().map(|name| name.index).collect() };
        assert_eq!(names(0), [0; 0]);
        assert_eq!(names(2), [0, 1]);
        assert_eq!(names(3), [0, 1, 2]);
        assert_eq!(names(4), [0, 1, 2, 3]);
        assert_eq!(names(2000), [0, 1, 2, 1999]);
    }
}

//! Putting counters elsewhere: by the ratchet's own hook, or by patching what both ends wrote to rest.
//!
//! Where there is no hook, the exports of both ends are taken message by message. What counts up by one in them is
//! found, in raw bytes, in hex, or as a decimal number in JSON; and a guess is kept only if a pair that is patched so
//! talks, and a pair of which one end is patched does not.

use std::ops::Range;

use super::couple::Couple;
use crate::Party;
use crate::engine::Arena;

/// Messages from which the counters are learnt.
const LESSONS: usize = 4;

/// Places that are tried at each end.
const MOST_PLACES: usize = 8;

/// A number at which no counter has an edge, and which two bytes hold.
const HARMLESS: u64 = 1000;

/// A way to put the counters of one direction elsewhere.
pub(super) enum Preset {
    /// The ratchet's own.
    Hook,
    /// By patching the exports of sender and receiver.
    Export { sender: Place, receiver: Place },
}

/// Where an export holds a counter.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Place {
    /// Four bytes, the highest first.
    BigEndian { at: usize, hex: bool },
    /// Four bytes, the lowest first.
    LittleEndian { at: usize, hex: bool },
    /// A number in JSON, by the path to it.
    Json(String),
}

impl Preset {
    /// Finds a way for the chain in which `from` sends. `couple` stands in the middle of it.
    pub(super) fn find(arena: &Arena<'_>, couple: &Couple<'_, '_>, from: Party) -> Option<Self> {
        if arena.capabilities.preset {
            return Some(Self::Hook).filter(|hook| hook.works(arena, couple, from));
        }
        if !arena.capabilities.export {
            return None;
        }
        let mut lesson = couple.clone();
        let (mut sender, mut receiver) = (Vec::new(), Vec::new());
        for _ in 0..LESSONS {
            lesson.pass(from)?;
            sender.push(arena.export(lesson.session(from)).ok()?);
            receiver.push(arena.export(lesson.session(from.peer())).ok()?);
        }
        let receivers = places(&receiver);
        for sender in places(&sender) {
            for receiver in &receivers {
                let preset = Self::Export { sender: sender.clone(), receiver: receiver.clone() };
                if preset.works(arena, couple, from) {
                    return Some(preset);
                }
            }
        }
        None
    }

    /// Lets `from` go on with number `number` and its peer expect it. Says whether both took it.
    pub(super) fn apply(
        &self,
        arena: &Arena<'_>,
        couple: &mut Couple<'_, '_>,
        from: Party,
        number: u64,
    ) -> bool {
        self.apply_to(arena, couple, from, from, number)
            && self.apply_to(arena, couple, from, from.peer(), number)
    }

    fn apply_to(
        &self,
        arena: &Arena<'_>,
        couple: &mut Couple<'_, '_>,
        from: Party,
        end: Party,
        number: u64,
    ) -> bool {
        let session = couple.session_mut(end);
        match self {
            Self::Hook => {
                let (sent, received) =
                    if end == from { (Some(number), None) } else { (None, Some(number)) };
                arena.ratchet.preset(session, sent, received).is_ok()
            }
            Self::Export { sender, receiver } => {
                let place = if end == from { sender } else { receiver };
                let patched =
                    arena.export(session).ok().and_then(|state| place.write(&state, number));
                let Some(Ok(patched)) = patched.map(|state| arena.import(&state)) else {
                    return false;
                };
                *session = patched;
                true
            }
        }
    }

    /// Whether a pair with this at both ends talks, and one with it at one end does not.
    fn works(&self, arena: &Arena<'_>, couple: &Couple<'_, '_>, from: Party) -> bool {
        let talks = |ends: &[Party]| {
            let mut copy = couple.clone();
            ends.iter().all(|end| self.apply_to(arena, &mut copy, from, *end, HARMLESS))
                && (0..2).all(|_| copy.pass(from).is_some())
        };
        talks(&[from, from.peer()]) && !talks(&[from])
    }
}

impl Place {
    /// The export with `number` in this place; `None` where it does not fit.
    fn write(&self, state: &[u8], number: u64) -> Option<Vec<u8>> {
        match self {
            Self::BigEndian { at, hex } | Self::LittleEndian { at, hex } => {
                let mut bytes = decoded(state, *hex)?;
                let number = u32::try_from(number).ok()?;
                let spelled = match self {
                    Self::BigEndian { .. } => number.to_be_bytes(),
                    _ => number.to_le_bytes(),
                };
                bytes.get_mut(*at..at + 4)?.copy_from_slice(&spelled);
                Some(if *hex { hex::encode(bytes).into_bytes() } else { bytes })
            }
            Self::Json(path) => {
                let numbers = json_numbers(state);
                let (_, range, _) = numbers.into_iter().find(|(found, ..)| found == path)?;
                let (before, after) = (&state[..range.start], &state[range.end..]);
                Some([before, number.to_string().as_bytes(), after].concat())
            }
        }
    }
}

/// Where the exports count up by one each time.
fn places(exports: &[Vec<u8>]) -> Vec<Place> {
    let counts_up = |numbers: &[Option<u64>]| {
        let first = numbers.first().copied().flatten();
        first.is_some_and(|first| {
            (first..).zip(numbers).all(|(wanted, number)| *number == Some(wanted))
        })
    };
    let mut found = Vec::new();
    for (path, ..) in exports.first().map(|state| json_numbers(state)).unwrap_or_default() {
        let number = |state: &Vec<u8>| {
            let numbers = json_numbers(state);
            numbers.into_iter().find(|(other, ..)| *other == path).map(|(.., number)| number)
        };
        if counts_up(&exports.iter().map(number).collect::<Vec<_>>()) {
            found.push(Place::Json(path));
        }
    }
    for hex in [false, true] {
        let states: Option<Vec<Vec<u8>>> =
            exports.iter().map(|state| decoded(state, hex)).collect();
        let Some(states) = states else { continue };
        let length = states.iter().map(Vec::len).min().unwrap_or(0);
        for at in 0..length.saturating_sub(3) {
            let read = |big: bool| -> Vec<Option<u64>> {
                let four = |state: &Vec<u8>| -> Option<u64> {
                    let four: [u8; 4] = state.get(at..at + 4)?.try_into().ok()?;
                    let number =
                        if big { u32::from_be_bytes(four) } else { u32::from_le_bytes(four) };
                    Some(number.into())
                };
                states.iter().map(four).collect()
            };
            if counts_up(&read(true)) {
                found.push(Place::BigEndian { at, hex });
            }
            if counts_up(&read(false)) {
                found.push(Place::LittleEndian { at, hex });
            }
        }
    }
    found.truncate(MOST_PLACES);
    found
}

fn decoded(state: &[u8], hex: bool) -> Option<Vec<u8>> {
    if hex { hex::decode(state).ok() } else { Some(state.to_vec()) }
}

/// Every whole number of a JSON text: the path to it, where it is, its value. Nothing for other texts.
fn json_numbers(text: &[u8]) -> Vec<(String, Range<usize>, u64)> {
    if serde_json::from_slice::<serde::de::IgnoredAny>(text).is_err() {
        return Vec::new();
    }
    let mut numbers = Vec::new();
    // The steps to where the reader stands: for each open bracket the member or the ordinal.
    let mut path: Vec<(bool, String, usize)> = Vec::new();
    let mut at = 0;
    let mut last_string = String::new();
    while let Some(&byte) = text.get(at) {
        match byte {
            b'{' | b'[' => path.push((byte == b'{', String::new(), 0)),
            b'}' | b']' => {
                path.pop();
            }
            b',' => {
                if let Some(top) = path.last_mut() {
                    top.2 += 1;
                }
            }
            b':' => {
                if let Some(top) = path.last_mut() {
                    top.1 = std::mem::take(&mut last_string);
                }
            }
            b'"' => {
                let start = at + 1;
                at = start;
                while text.get(at).is_some_and(|byte| *byte != b'"') {
                    at += if text[at] == b'\\' { 2 } else { 1 };
                }
                last_string =
                    String::from_utf8_lossy(text.get(start..at).unwrap_or_default()).into();
            }
            b'0'..=b'9' | b'-' => {
                let start = at;
                while text.get(at).is_some_and(|byte| b"0123456789+-.eE".contains(byte)) {
                    at += 1;
                }
                let number = std::str::from_utf8(&text[start..at]).ok();
                if let Some(number) = number.and_then(|number| number.parse().ok()) {
                    let steps: Vec<String> = path
                        .iter()
                        .map(
                            |(object, member, ordinal)| {
                                if *object { member.clone() } else { ordinal.to_string() }
                            },
                        )
                        .collect();
                    numbers.push((steps.join("/"), start..at, number));
                }
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    numbers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_are_found_and_written_in_every_spelling() {
        let json = |n: u64| format!(r#"{{"a":[7,{{"n":{n},"k":"1\"5"}}],"t":-1}}"#).into_bytes();
        let raw = |n: u64| [&[9, 9][..], &(n as u32).to_be_bytes(), &[1, 2, 3]].concat();
        let hexed = |n: u64| hex::encode(raw(n)).into_bytes();
        let exports = |of: &dyn Fn(u64) -> Vec<u8>| (5..9).map(of).collect::<Vec<_>>();
        for (of, expected) in [
            (&json as &dyn Fn(u64) -> Vec<u8>, Place::Json("a/1/n".to_owned())),
            (&raw, Place::BigEndian { at: 2, hex: false }),
            (&hexed, Place::BigEndian { at: 2, hex: true }),
        ] {
            let found = places(&exports(of));
            assert!(found.contains(&expected), "{found:?}");
            assert_eq!(expected.write(&of(5), 8), Some(of(8)));
        }
        let json = json(5);
        let far = Place::Json("a/1/n".to_owned()).write(&json, 65_536).unwrap();
        assert!(String::from_utf8(far).unwrap().contains(r#""n":65536,"#));
    }
}

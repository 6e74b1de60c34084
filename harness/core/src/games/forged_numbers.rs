//! Forging the numbers in a header: how a ratchet spells them is found out from messages that follow each other.

use crate::engine::Arena;
use crate::schedule::LONGEST_JUMP;

/// The number of a message in its chain.
pub(super) const COUNTER: &str = "counter";
/// The length of the sender's previous chain.
pub(super) const PREVIOUS: &str = "previous_counter";

/// How a number is spelled on the wire.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Spelling {
    BigEndian,
    LittleEndian,
    Varint,
    Decimal,
}

/// The ways in which the numbers of one ratchet can be spelled.
pub(super) struct Spellings(Vec<Spelling>);

impl Spellings {
    /// Those by which `messages`, which follow each other in one chain, count up by one.
    pub(super) fn of(arena: &Arena<'_>, messages: &[&[u8]]) -> Self {
        let all =
            [Spelling::BigEndian, Spelling::LittleEndian, Spelling::Varint, Spelling::Decimal];
        let counts_up = |spelling: &Spelling| {
            let numbers: Option<Vec<u64>> = messages
                .iter()
                .map(|message| spelling.read(arena.field(message, COUNTER)?))
                .collect();
            numbers.is_some_and(|numbers| {
                numbers.len() >= 2 && numbers.windows(2).all(|pair| pair[1] == pair[0] + 1)
            })
        };
        Self(all.into_iter().filter(counts_up).collect())
    }

    /// The number in `field` of `message`.
    pub(super) fn read(&self, arena: &Arena<'_>, message: &[u8], field: &str) -> Option<u64> {
        self.0.first()?.read(arena.field(message, field)?)
    }

    /// `message` with `number` in `field` and nothing else changed; `None` where it cannot be written so.
    pub(super) fn forge(
        &self,
        arena: &Arena<'_>,
        message: &[u8],
        field: &str,
        number: u64,
    ) -> Option<Vec<u8>> {
        let known = arena.fields(message);
        let place = known.iter().find(|known| known.name == field)?;
        self.0.iter().find_map(|spelling| {
            let value = spelling.write(number, place.length)?;
            let forged = if arena.capabilities.rewrite {
                arena.rewrite(message, field, &value).ok()?
            } else {
                // In place, where the number keeps its length.
                let mut forged = message.to_vec();
                let bytes = forged.get_mut(place.offset..place.offset + place.length)?;
                (bytes.len() == value.len()).then(|| bytes.copy_from_slice(&value))?;
                forged
            };
            // The ratchet's own reading decides whether it says what it should; it may refuse to read it at all.
            let reading = arena.field(&forged, field);
            reading.is_none_or(|bytes| spelling.read(bytes) == Some(number)).then_some(forged)
        })
    }
}

impl Spelling {
    fn read(self, bytes: &[u8]) -> Option<u64> {
        let place =
            |number: Option<u64>, byte: &u8| number?.checked_mul(256)?.checked_add((*byte).into());
        match self {
            _ if bytes.is_empty() => None,
            Self::BigEndian => bytes.iter().fold(Some(0), place),
            Self::LittleEndian => bytes.iter().rev().fold(Some(0), place),
            Self::Varint => {
                let (last, before) = bytes.split_last()?;
                let well_formed = *last < 0x80 && before.iter().all(|byte| *byte >= 0x80);
                let place = |number: Option<u64>, byte: &u8| {
                    number?.checked_mul(128)?.checked_add((byte & 0x7f).into())
                };
                well_formed.then(|| bytes.iter().rev().fold(Some(0), place))?
            }
            Self::Decimal => std::str::from_utf8(bytes).ok()?.parse().ok(),
        }
    }

    /// `number` in a field that is `width` bytes long now; only a varint and a decimal may have another length.
    fn write(self, number: u64, width: usize) -> Option<Vec<u8>> {
        let fixed = |bytes: [u8; 8]| -> Option<Vec<u8>> {
            let (front, back) = bytes.split_at(8_usize.saturating_sub(width));
            let padding = width.saturating_sub(8);
            front.iter().all(|byte| *byte == 0).then(|| [&vec![0; padding][..], back].concat())
        };
        match self {
            Self::BigEndian => fixed(number.to_be_bytes()),
            Self::LittleEndian => fixed(number.to_be_bytes()).map(|mut bytes| {
                bytes.reverse();
                bytes
            }),
            Self::Varint => {
                let mut bytes = Vec::new();
                let mut left = number;
                while left >= 0x80 {
                    bytes.push((left & 0x7f) as u8 | 0x80);
                    left >>= 7;
                }
                bytes.push(left as u8);
                Some(bytes)
            }
            Self::Decimal => Some(number.to_string().into_bytes()),
        }
    }
}

/// The gap that the profile allows; where it allows every gap, the longest that conversations jump.
pub(super) fn allowed_gap(arena: &Arena<'_>) -> u64 {
    let claimed = arena.profile.limits().and_then(|limits| limits.max_skip).unwrap_or(0);
    if claimed == u32::MAX { LONGEST_JUMP.into() } else { claimed.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_they_are_written() {
        let all =
            [Spelling::BigEndian, Spelling::LittleEndian, Spelling::Varint, Spelling::Decimal];
        for spelling in all {
            for number in [0, 1, 127, 128, 300, 65_535, 1 << 20, u32::MAX.into()] {
                let written = spelling.write(number, 4).unwrap();
                assert_eq!(spelling.read(&written), Some(number), "{spelling:?}");
            }
            assert_eq!(spelling.read(&[]), None);
        }
        assert_eq!(Spelling::BigEndian.write(256, 1), None);
        assert_eq!(Spelling::LittleEndian.write(258, 2), Some(vec![2, 1]));
        assert_eq!(Spelling::Varint.write(300, 1), Some(vec![0xac, 2]));
        assert_eq!(Spelling::Varint.read(&[0x80]), None);
    }
}

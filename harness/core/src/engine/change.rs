//! Changes to the bytes of a message: applying them, and saying afterwards what they touched.

use std::ops::Range;

use crate::randomness::CaseSeed;
use crate::schedule::{MessageName, Tamper};
use crate::{Field, Profile};

/// The bytes that were delivered instead of the genuine ones.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Change {
    /// What was delivered.
    pub bytes: Vec<u8>,
    /// The message of the same session that a part was taken from: index into [`super::Transcript::wire`].
    pub spliced: Option<usize>,
    /// It is the whole message of another session.
    pub foreign: bool,
}

/// All pairs of a 16-byte tag; of a longer one, as many pairs spread over it.
const MOST_PAIRS: usize = 8128;

/// The bytes that `tamper` makes of `genuine`; `other` is the message that it splices in. `None` for a sweep, for a
/// splice without its other message, for an empty message that cannot be changed so, and for a change of fields, which
/// is the ratchet's own to make.
#[must_use]
pub fn altered(tamper: &Tamper, genuine: &[u8], other: Option<&[u8]>) -> Option<Vec<u8>> {
    let mut bytes = genuine.to_vec();
    let length = genuine.len();
    let wrap = |position: u32, length: usize| (length > 0).then(|| position as usize % length);
    let flip = |bytes: &mut Vec<u8>, bit: u32| {
        let at = wrap(bit, length * 8)?;
        bytes[at / 8] ^= 1 << (at % 8);
        Some(())
    };
    match tamper {
        Tamper::FlipBit { bit } => flip(&mut bytes, *bit)?,
        Tamper::FlipBits { bits: (first, second) } => {
            flip(&mut bytes, *first)?;
            flip(&mut bytes, *second)?;
        }
        Tamper::SetByte { at, value } => bytes[wrap(*at, length)?] = *value,
        Tamper::Truncate { keep } => bytes.truncate(wrap(*keep, length)?),
        Tamper::CutAndFlip { keep } => {
            bytes.truncate(wrap(*keep, length)?);
            *bytes.last_mut()? ^= 1;
        }
        Tamper::Extend { bytes: more } => bytes.extend(more),
        Tamper::Overwrite { at, bytes: more } => {
            let at = wrap(*at, length)?;
            let end = (at + more.len()).min(length);
            bytes[at..end].copy_from_slice(&more[..end - at]);
        }
        Tamper::Replace { bytes: other } => bytes.clone_from(other),
        Tamper::Splice { keep, .. } | Tamper::SpliceSession { keep } => {
            let other = other?;
            let keep = *keep as usize % (length.min(other.len()) + 1);
            bytes.truncate(keep);
            bytes.extend(&other[keep..]);
        }
        Tamper::SetField { .. }
        | Tamper::CopyField { .. }
        | Tamper::EveryBit
        | Tamper::EveryByte
        | Tamper::EveryLength
        | Tamper::EverySplice { .. }
        | Tamper::EverySpliceSession
        | Tamper::EveryTagPair
        | Tamper::RandomEnds { .. } => return None,
    }
    Some(bytes)
}

/// The single changes that a sweep over a message of `length` bytes, with its tag at `tag`, stands for.
pub(super) fn sweep(
    tamper: &Tamper,
    length: usize,
    tag: Range<usize>,
    seed: &CaseSeed,
) -> Vec<Tamper> {
    let bytes = 0..length as u32;
    match tamper {
        Tamper::EveryBit => (0..length as u32 * 8).map(|bit| Tamper::FlipBit { bit }).collect(),
        Tamper::EveryByte => {
            bytes.flat_map(|at| [0x00, 0xff].map(|value| Tamper::SetByte { at, value })).collect()
        }
        Tamper::EveryLength => bytes
            .flat_map(|keep| [Tamper::Truncate { keep }, Tamper::CutAndFlip { keep }])
            .collect(),
        Tamper::EverySplice { with } => {
            bytes.map(|keep| Tamper::Splice { with: *with, keep }).collect()
        }
        Tamper::EverySpliceSession => bytes.map(|keep| Tamper::SpliceSession { keep }).collect(),
        Tamper::EveryTagPair => {
            let bits = tag.start as u32 * 8..tag.end as u32 * 8;
            let pairs = |first| (first + 1..bits.end).map(move |second| (first, second));
            let count = bits.len() * bits.len().saturating_sub(1) / 2;
            let stride = count.div_ceil(MOST_PAIRS).max(1);
            let some = bits.clone().flat_map(pairs).step_by(stride);
            some.map(|bits| Tamper::FlipBits { bits }).collect()
        }
        Tamper::RandomEnds { tries } => {
            // One byte of ciphertext and a guessed tag.
            let at = tag.start.saturating_sub(1);
            let mut rng = seed.derived(u64::from(*tries)).choices();
            let mut guess = || {
                let mut bytes = vec![0; length - at];
                rand_core::Rng::fill_bytes(&mut rng, &mut bytes);
                Tamper::Overwrite { at: at as u32, bytes }
            };
            (0..*tries).map(|_| guess()).collect()
        }
        single => vec![single.clone()],
    }
}

/// The message of the same session that a change takes bytes from.
pub(super) const fn spliced_from(tamper: &Tamper) -> Option<MessageName> {
    match tamper {
        Tamper::Splice { with, .. }
        | Tamper::EverySplice { with }
        | Tamper::CopyField { from: with, .. } => Some(*with),
        _ => None,
    }
}

impl Change {
    /// Half-open runs of genuine bytes that differ; an insertion is an empty run.
    fn touched(&self, genuine: &[u8]) -> Vec<(usize, usize)> {
        if self.bytes.len() == genuine.len() {
            return (0..genuine.len())
                .filter(|&at| genuine[at] != self.bytes[at])
                .map(|at| (at, at + 1))
                .collect();
        }
        let prefix = genuine.iter().zip(&self.bytes).take_while(|(a, b)| a == b).count();
        let room = genuine.len().min(self.bytes.len()) - prefix;
        let suffix = genuine.iter().rev().zip(self.bytes.iter().rev());
        let suffix = suffix.take(room).take_while(|(a, b)| a == b).count();
        vec![(prefix, genuine.len() - suffix)]
    }

    /// Names of what was touched: fields where they are known, else byte positions.
    #[must_use]
    pub fn positions(&self, genuine: &[u8], fields: &[Field]) -> Vec<String> {
        let mut names: Vec<String> = self
            .touched(genuine)
            .into_iter()
            .map(|run| match fields.iter().find(|field| covers(field, run)) {
                Some(field) => field.name.clone().into_owned(),
                None if run.0 == run.1 => format!("inserted at byte {}", run.0),
                None => format!("byte {}", run.0),
            })
            .collect();
        names.dedup();
        names
    }

    /// Whether everything touched lies in fields that the profile leaves outside authentication.
    #[must_use]
    pub fn is_in_envelope(&self, genuine: &[u8], fields: &[Field], profile: &Profile) -> bool {
        !profile.envelope.is_empty()
            && self.touched(genuine).into_iter().all(|run| {
                fields
                    .iter()
                    .filter(|field| profile.envelope.iter().any(|name| *name == field.name))
                    .any(|field| covers(field, run))
            })
    }
}

/// Whether a field covers a run; at its edges it also covers an insertion.
const fn covers(field: &Field, (from, to): (usize, usize)) -> bool {
    field.offset <= from && to <= field.offset + field.length
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sweep_changes_every_position() {
        let genuine = [1, 2, 3, 4];
        for (tamper, count) in
            [(Tamper::EveryBit, 32), (Tamper::EveryByte, 8), (Tamper::EveryLength, 7)]
        {
            let made: std::collections::BTreeSet<Vec<u8>> =
                sweep(&tamper, genuine.len(), 3..4, &CaseSeed::from([0; 32]))
                    .iter()
                    .filter_map(|single| altered(single, &genuine, None))
                    .collect();
            assert_eq!(made.len(), count, "{tamper:?}");
            assert!(!made.contains(&genuine[..]));
        }
    }

    #[test]
    fn positions_are_named_by_field() {
        let fields = [Field::new("version", 0, 1), Field::new("tail", 4, 0)];
        let genuine = [1, 2, 3, 4];
        let of = |bytes: &[u8]| {
            Change { bytes: bytes.to_vec(), spliced: None, foreign: false }
                .positions(&genuine, &fields)
        };
        assert_eq!(of(&[9, 2, 3, 4]), ["version"]);
        assert_eq!(of(&[1, 2, 9, 4]), ["byte 2"]);
        assert_eq!(of(&[1, 2, 3, 4, 5]), ["tail"]);
        assert_eq!(of(&[1, 3, 4]), ["byte 1"]);
    }
}

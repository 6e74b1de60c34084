//! `schedule`, `decrypt` and `import`: a conversation under attack, on the ratchet that its first byte picks.

use std::fmt;

use arbitrary::{Arbitrary, Unstructured};
use sprag::fuzzing::{Input, Kind};

use crate::ratchets;

/// The input of a target; `KIND` is the number of its [`Kind`]. As text it is the case file that `sprag replay` takes.
pub struct Conversation<const KIND: usize>(pub Input);

/// A conversation under attack, judged against the ideal.
pub type ScheduleInput = Conversation<{ Kind::Schedule as usize }>;

/// Messages that nobody sent, at any stage; twins that saw none of them must go on in the same way.
pub type DecryptInput = Conversation<{ Kind::Decrypt as usize }>;

/// Exports, restored in the middle of conversations, and damaged.
pub type ImportInput = Conversation<{ Kind::Import as usize }>;

impl<const KIND: usize> Conversation<KIND> {
    /// Reads an input; `None` if it bears the mark of one and is none.
    #[must_use]
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let kind = Kind::ALL[KIND];
        Input::read(bytes, kind).ok().map(|input| Self(Input { kind, ..input }))
    }

    /// Plays and judges it.
    ///
    /// # Panics
    /// With the case, if something is wrong with the ratchet.
    pub fn check(&self) {
        ratchets::picked(self.0.ratchet).check(&self.0);
    }
}

impl<'a, const KIND: usize> Arbitrary<'a> for Conversation<KIND> {
    fn arbitrary(source: &mut Unstructured<'a>) -> arbitrary::Result<Self> {
        let bytes = source.bytes(source.len())?;
        Self::read(bytes).ok_or(arbitrary::Error::IncorrectFormat)
    }
}

impl<const KIND: usize> fmt::Debug for Conversation<KIND> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_case(&self.0, ratchets::name_of(self.0.ratchet), f)
    }
}

/// Writes the case file of an input. What it has beside a conversation stands where a case says what was found.
pub(crate) fn write_case(input: &Input, ratchet: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let mut case = input.case(ratchet, None);
    if !input.damages.is_empty() {
        case.found = format!("the export is besides damaged: {:?}", input.damages);
    }
    f.write_str(&case.to_json().map_err(|_| fmt::Error)?)
}

#[cfg(test)]
mod tests {
    use sprag::engine::execute;
    use sprag::randomness::CaseSeed;
    use sprag::schedule::Case;

    use super::*;

    /// An input that the mutator made out of nothing.
    fn mutated(kind: Kind, ratchet: u8, changes: u32) -> Input {
        let mut bytes = vec![0; 4096];
        let mut size = 0;
        for seed in 0..changes {
            size = sprag::fuzzing::mutate(&mut bytes, size, 4096, seed, kind, 1);
        }
        Input { ratchet, ..Input::read(&bytes[..size], kind).unwrap() }
    }

    #[test]
    fn the_same_input_gives_the_same_bytes_where_libraries_draw_by_themselves() {
        let olm =
            sprag_cli::fuzzing::RATCHETS.iter().position(|name| name.starts_with("vodozemac"));
        let olm = ratchets::picked(olm.unwrap() as u8);
        for kind in Kind::ALL {
            let input = mutated(kind, 0, 40);
            let wire = |seed| -> Vec<Vec<u8>> {
                let arena = olm.arena().seeded(seed);
                let transcript = execute(&arena, &input.played()).unwrap();
                transcript.wire.into_iter().map(|wire| wire.bytes).collect()
            };
            let first = wire(input.case_seed());
            let other = wire(CaseSeed::from([9; 32]));
            assert!(!first.is_empty());
            assert_eq!(first, wire(input.case_seed()));
            assert_ne!(first, other);
        }
    }

    #[test]
    fn an_input_as_text_is_a_case_file() {
        for kind in Kind::ALL {
            let input = mutated(kind, 7, 30);
            let bytes = input.write().unwrap();
            let text = match kind {
                Kind::Schedule => format!("{:?}", ScheduleInput::read(&bytes).unwrap()),
                Kind::Decrypt => format!("{:?}", DecryptInput::read(&bytes).unwrap()),
                Kind::Import => format!("{:?}", ImportInput::read(&bytes).unwrap()),
            };
            let case = Case::from_json(&text).unwrap();
            assert_eq!(case.ratchet, "vodozemac/olm-v1");
            assert_eq!(case.found.is_empty(), input.damages.is_empty());
            assert_eq!((case.seed, case.schedule), (input.case_seed(), input.played()));
        }
    }

    #[test]
    fn a_planted_bug_is_found_and_shown_as_a_case() {
        let name = "mutant/f01-keeps-used-keys";
        let (mutant, honest) = (ratchets::named(name), ratchets::picked(0));
        let mut found = 0;
        for changes in 0..60 {
            let input = mutated(Kind::Schedule, 0, changes);
            assert!(honest.judge(&input).unwrap().is_none(), "{changes}: {input:?}");
            let Some(find) = mutant.judge(&input).unwrap() else { continue };
            found += 1;
            let case = input.case(name, Some(&find)).to_json().unwrap();
            assert_eq!(Case::from_json(&case).unwrap().game, "model/random-schedule");
        }
        assert!(found > 0);
    }
}

//! `differential`: two ratchets of one wire format, or a ratchet and what it must be equal to.

use std::fmt;
use std::sync::LazyLock;

use arbitrary::{Arbitrary, Unstructured};
use sprag::fuzzing::{Fuzzed, Input, Kind};
use sprag::games::{DifferentialReference, ModelRandomSchedule};
use sprag::{Deviation, Profile, TwoRatchets};
use sprag_cli::fuzzing;

use crate::conversation::{ScheduleInput, write_case};
use crate::ratchets;

/// Ratchets of one wire format, initiator and responder; the first byte of an input picks a line.
pub const PAIRS: &[[&str; 2]] = &[
    ["textbook/double-ratchet-eager", "textbook/double-ratchet-lazy"],
    ["textbook/double-ratchet-lazy", "textbook/double-ratchet-eager"],
    ["textbook/double-ratchet-eager", "textbook/double-ratchet-eager"],
    ["textbook/double-ratchet-lazy", "textbook/double-ratchet-lazy"],
    ["vodozemac/olm-v1", "vodozemac/olm-v1"],
    ["vodozemac/olm-v2", "vodozemac/olm-v2"],
];

static KNOWN: LazyLock<Vec<Fuzzed<'static>>> =
    LazyLock::new(|| PAIRS.iter().map(|pair| both(*pair)).collect());

/// Two ratchets in one conversation. They stay for as long as the process does.
fn both(names: [&str; 2]) -> Fuzzed<'static> {
    let ends = names.map(|name| {
        let found = fuzzing::ratchet(name);
        found.unwrap_or_else(|| panic!("no ratchet is called {name}"))
    });
    let [(initiator, known), (responder, _)] = ends;
    let profile = Profile::of_both(&initiator.profile(), &responder.profile());
    let profile =
        profile.unwrap_or_else(|why| panic!("{names:?} claim too different things: {why}"));
    let both = TwoRatchets::new([initiator, responder], profile);
    let both = both.unwrap_or_else(|why| panic!("{names:?} open no session: {why}"));
    let both: &'static TwoRatchets<'static> = Box::leak(Box::new(both));
    let deviations: &'static [Deviation] = known;
    Fuzzed::new(both, deviations).unwrap_or_else(|why| panic!("{names:?} open no session: {why}"))
}

/// The input of the target. As text it is the case file of both ratchets.
pub struct DifferentialInput(Input);

impl DifferentialInput {
    /// Reads an input; `None` if it bears the mark of one and is none.
    #[must_use]
    pub fn read(bytes: &[u8]) -> Option<Self> {
        ScheduleInput::read(bytes).map(|input| Self(input.0))
    }

    /// Plays it on two ratchets; or, where [`ratchets::VARIABLE`] names a mutant, on it and what it was planted in.
    ///
    /// # Panics
    /// If they do not understand each other, or make other bytes where they must be equal.
    pub fn check(&self) {
        let input = &self.0;
        let found = if is_of_a_mutant() {
            ratchets::picked(input.ratchet).judge_by(&DifferentialReference, input)
        } else {
            KNOWN[usize::from(input.ratchet) % KNOWN.len()].judge_by(&ModelRandomSchedule, input)
        };
        match found {
            Ok(None) => {}
            Ok(Some(found)) => {
                let case = input.case(&self.names(), Some(&found)).to_json().unwrap_or_default();
                panic!("{}: {found}\n\n{case}", found.game);
            }
            Err(rejection) => panic!("no session could be opened: {rejection}"),
        }
    }

    /// The ratchets, as a case names them.
    fn names(&self) -> String {
        let byte = self.0.ratchet;
        match is_of_a_mutant() {
            true => ratchets::name_of(byte).to_owned(),
            false => PAIRS[usize::from(byte) % PAIRS.len()].join(","),
        }
    }
}

fn is_of_a_mutant() -> bool {
    std::env::var_os(ratchets::VARIABLE).is_some()
}

impl<'a> Arbitrary<'a> for DifferentialInput {
    fn arbitrary(source: &mut Unstructured<'a>) -> arbitrary::Result<Self> {
        ScheduleInput::arbitrary(source).map(|input| Self(input.0))
    }
}

impl fmt::Debug for DifferentialInput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_case(&self.0, &self.names(), f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pair_opens_a_session() {
        assert_eq!(KNOWN.len(), PAIRS.len());
    }

    #[test]
    fn an_input_as_text_names_both_ratchets() {
        let input = Input { ratchet: 10, ..Input::drawn(&[0; 64], Kind::Schedule) };
        let text = format!("{:?}", DifferentialInput::read(&input.write().unwrap()).unwrap());
        let case = sprag::schedule::Case::from_json(&text).unwrap();
        assert_eq!(case.ratchet, "vodozemac/olm-v1,vodozemac/olm-v1");
        assert_eq!(case.schedule, input.schedule);
    }

    #[test]
    fn a_departure_from_the_textbook_is_found() {
        let mutant = ratchets::named("mutant/a38-wrong-label");
        let input = Input::drawn(&[0; 64], Kind::Schedule);
        assert!(mutant.judge_by(&DifferentialReference, &input).unwrap().is_some());
        let honest = ratchets::named("textbook/double-ratchet-eager");
        assert!(honest.judge_by(&DifferentialReference, &input).unwrap().is_none());
    }
}

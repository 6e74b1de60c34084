//! The bytes of a fuzzer as a case, there and back.
//!
//! ```text
//! which ratchet, 1 byte │ mark, 3 bytes │ version, 1 byte │ kind, 1 byte │ seed, actions, damages, as postcard writes them
//! which ratchet, 1 byte │ seed, 2 bytes │ choices, from which a schedule is drawn
//! ```
//!
//! The mutator writes the first form. What does not bear the mark is taken for the second, so that every byte string of
//! whatever fuzzer means something.

use arbitrary::Unstructured;
use serde::{Deserialize, Serialize};

use crate::games::{
    AtomicityFailedDecrypt, Damage, Game, ModelRandomSchedule, PersistenceRoundTrip,
};
use crate::randomness::CaseSeed;
use crate::schedule::{
    Action, ActionId, CASE_VERSION, Case, Choices, SUITE, Schedule, ServiceDelivery, Shape, Step,
};
use crate::{Party, Rejection};

use super::{Found, limits};

/// Version of the form with a mark.
pub const FORMAT: u8 = 1;

/// What no choices begin with, as good as never.
const MARK: [u8; 3] = [0xf5, b's', b'p'];

/// What an input is for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind {
    /// A conversation under attack, judged against the ideal.
    Schedule,
    /// Messages that nobody sent, in the middle of a conversation.
    Decrypt,
    /// Exports, damaged and not.
    Import,
}

impl Kind {
    /// Every kind, in the order of their numbers.
    pub const ALL: [Self; 3] = [Self::Schedule, Self::Decrypt, Self::Import];

    /// The kind that the first byte of an input picks, where one target has all of them.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        let first = bytes.first().copied().unwrap_or_default();
        Self::ALL[usize::from(first) % Self::ALL.len()]
    }

    /// The games that judge an input of this kind, in their order. Exports are besides damaged as the input says.
    #[must_use]
    pub fn games(self) -> &'static [&'static dyn Game] {
        match self {
            Self::Schedule => &[&ModelRandomSchedule],
            Self::Decrypt => &[&AtomicityFailedDecrypt, &ModelRandomSchedule],
            Self::Import => &[&PersistenceRoundTrip],
        }
    }

    fn shape(self) -> Shape {
        match self {
            Self::Schedule => Shape { thefts: 3, ..Self::Decrypt.shape() },
            Self::Decrypt => Shape { noise: true, restarts: true, clock: true, ..Shape::honest() },
            Self::Import => Shape { restarts: true, actions: (4, 24), ..Shape::honest() },
        }
    }
}

/// A case of a fuzzer.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Input {
    /// Which ratchet.
    pub ratchet: u8,
    /// What it is for.
    pub kind: Kind,
    /// Which seed the case has.
    pub seed: u16,
    /// The conversation.
    pub schedule: Schedule,
    /// What happens to the export of the last theft; only where exports are what it is about.
    pub damages: Vec<Damage>,
}

/// Bytes that are no input of this version.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum InputError {
    /// Of another version.
    #[error("a fuzzing input of version {0}; this is version {FORMAT}")]
    Version(u8),
    /// It bears the mark, and what follows is nothing.
    #[error("a fuzzing input that is cut off or damaged")]
    Damaged,
}

/// All that is behind the version.
#[derive(Serialize, Deserialize)]
struct Body {
    seed: u16,
    service: ServiceDelivery,
    steps: Vec<Step>,
    damages: Vec<Damage>,
}

impl Input {
    /// Reads an input. What bears no mark is drawn from as one of `kind`.
    ///
    /// # Errors
    /// If it bears the mark, and is of another version or damaged.
    pub fn read(bytes: &[u8], kind: Kind) -> Result<Self, InputError> {
        let Some((&ratchet, marked)) = bytes.split_first() else {
            return Ok(Self::drawn(bytes, kind));
        };
        let Some(behind) = marked.strip_prefix(&MARK) else { return Ok(Self::drawn(bytes, kind)) };
        let (&version, behind) = behind.split_first().ok_or(InputError::Damaged)?;
        if version != FORMAT {
            return Err(InputError::Version(version));
        }
        let (&kind, body) = behind.split_first().ok_or(InputError::Damaged)?;
        let kind = *Kind::ALL.get(usize::from(kind)).ok_or(InputError::Damaged)?;
        let body: Body = postcard::from_bytes(body).map_err(|_| InputError::Damaged)?;
        let Body { seed, service, steps, damages } = body;
        let schedule = Schedule { service, steps, ..Schedule::default() };
        Ok(Self { ratchet, kind, seed, schedule, damages }.within_limits())
    }

    /// Draws an input from bytes, whatever they are.
    #[must_use]
    pub fn drawn(bytes: &[u8], kind: Kind) -> Self {
        let mut source = Unstructured::new(bytes);
        let mut byte = || source.arbitrary().unwrap_or_default();
        let (ratchet, seed) = (byte(), u16::from_le_bytes([byte(), byte()]));
        Self::chosen(ratchet, seed, kind, &mut source)
    }

    /// Draws the conversation of an input.
    pub(super) fn chosen(ratchet: u8, seed: u16, kind: Kind, choices: &mut dyn Choices) -> Self {
        let schedule = Schedule::generate(choices, &kind.shape());
        let damages = match kind {
            Kind::Import => {
                (0..choices.between(1, 4)).map(|_| super::talk::damage(choices)).collect()
            }
            Kind::Schedule | Kind::Decrypt => Vec::new(),
        };
        Self { ratchet, kind, seed, schedule, damages }.within_limits()
    }

    /// The same without what is too much.
    pub(super) fn within_limits(mut self) -> Self {
        limits::keep(&mut self.schedule);
        self.damages.truncate(limits::DAMAGES);
        self
    }

    /// The bytes that [`Input::read`] reads.
    ///
    /// # Errors
    /// Never in practice: every part of an input has its bytes.
    pub fn write(&self) -> Result<Vec<u8>, Rejection> {
        let body = Body {
            seed: self.seed,
            service: self.schedule.service,
            steps: self.schedule.steps.clone(),
            damages: self.damages.clone(),
        };
        let [one, two, three] = MARK;
        let head = vec![self.ratchet, one, two, three, FORMAT, self.kind as u8];
        postcard::to_extend(&body, head).map_err(|error| Rejection::other(error.to_string()))
    }

    /// The seed of the case.
    #[must_use]
    pub fn case_seed(&self) -> CaseSeed {
        CaseSeed::of_trial(0, "fuzzing", self.seed.into())
    }

    /// The conversation as it is played: where exports are what it is about, one is stolen.
    #[must_use]
    pub fn played(&self) -> Schedule {
        let mut schedule = self.schedule.clone();
        let is_theft = |step: &Step| matches!(step.action, Action::Steal { .. });
        if self.kind == Kind::Import && !schedule.steps.iter().any(is_theft) {
            let from = Party::BOTH[usize::from(self.seed % 2)];
            let id = ActionId(limits::next_id(&schedule));
            schedule.steps.push(Step { id, action: Action::Steal { from } });
        }
        schedule
    }

    /// The case file of this input, which `sprag replay` takes.
    #[must_use]
    pub fn case(&self, ratchet: &str, found: Option<&Found>) -> Case {
        let (game, schedule, seed) = match found {
            Some(found) => (found.game, found.failure.schedule.clone(), found.failure.seed),
            None => (self.kind.games()[0].about().id, self.played(), self.case_seed()),
        };
        Case {
            sprag_case: CASE_VERSION,
            suite: SUITE,
            ratchet: ratchet.to_owned(),
            game: game.to_owned(),
            seed,
            found: found.map(ToString::to_string).unwrap_or_default(),
            shown_by: found.map(|found| found.failure.action),
            schedule,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_input_survives_its_bytes() {
        for kind in Kind::ALL {
            for trial in 0..200 {
                let mut choices = CaseSeed::of_trial(1, "input", trial).choices();
                let input = Input::chosen(trial as u8, trial as u16, kind, &mut choices);
                let bytes = input.write().unwrap();
                assert_eq!(Input::read(&bytes, Kind::Schedule).unwrap(), input);
                let case = input.case("textbook/static", None);
                assert_eq!(Case::from_json(&case.to_json().unwrap()).unwrap(), case);
            }
        }
    }

    #[test]
    fn every_cut_and_every_changed_byte_is_an_input_or_refused() {
        let mut choices = CaseSeed::of_trial(2, "input", 0).choices();
        let input = Input::chosen(3, 4, Kind::Decrypt, &mut choices);
        let bytes = input.write().unwrap();
        for cut in 0..bytes.len() {
            let _ = Input::read(&bytes[..cut], Kind::Decrypt);
        }
        assert_eq!(Input::read(&bytes[..5], Kind::Decrypt), Err(InputError::Damaged));
        for at in 0..bytes.len() {
            for value in [0, 0x7f, 0x80, 0xff] {
                let mut changed = bytes.clone();
                changed[at] = value;
                if let Ok(input) = Input::read(&changed, Kind::Decrypt) {
                    assert_eq!(Input::read(&input.write().unwrap(), Kind::Import).unwrap(), input);
                }
            }
        }
    }

    #[test]
    fn another_version_is_named() {
        let mut bytes = Input::drawn(&[], Kind::Schedule).write().unwrap();
        bytes[4] = 9;
        let error = Input::read(&bytes, Kind::Schedule).unwrap_err();
        assert_eq!(error.to_string(), "a fuzzing input of version 9; this is version 1");
    }

    #[test]
    fn where_exports_are_what_it_is_about_one_is_stolen() {
        let input = Input { schedule: Schedule::of([]), ..Input::drawn(&[7; 9], Kind::Import) };
        assert!(matches!(input.played().steps[..], [Step { action: Action::Steal { .. }, .. }]));
    }
}

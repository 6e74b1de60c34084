//! Judging an input.

use std::fmt;

use crate::engine::{Arena, Progress, RandomnessLevel, detect_randomness};
use crate::games::{About, Damage, Game, PersistenceDamagedExport, judge_damages};
use crate::judge::{Judgement, ViolationKind};
use crate::run::{Failure, judge_case, why_not, with_known_limits};
use crate::schedule::{Choices, Schedule};
use crate::{Deviation, DynRatchet, Profile, Rejection};

use super::{Input, Kind};

/// A ratchet with what has to be known before an input is judged. Nothing passes from one input to the next.
pub struct Fuzzed<'r> {
    ratchet: &'r dyn DynRatchet,
    deviations: &'r [Deviation],
    reference: Option<&'r dyn DynRatchet>,
    profile: Profile,
    randomness: RandomnessLevel,
    progress: Progress,
}

/// A failure, and the game that found it.
#[derive(Clone, Debug)]
pub struct Found {
    /// Id of the game.
    pub game: &'static str,
    /// The failure.
    pub failure: Failure,
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}. {}", self.failure.kind, self.failure.detail)
    }
}

impl<'r> Fuzzed<'r> {
    /// Finds out what has to be known: limits that are not declared, and whose hands the randomness is in.
    ///
    /// # Errors
    /// If the ratchet cannot open a session.
    pub fn new(
        ratchet: &'r dyn DynRatchet,
        deviations: &'r [Deviation],
    ) -> Result<Self, Rejection> {
        let (claimed, progress) = (ratchet.profile(), Progress::new());
        let probe = Arena::new(ratchet, &claimed, RandomnessLevel::None, deviations, &progress);
        let (profile, _) = with_known_limits(&probe, &claimed)?;
        let randomness = detect_randomness(&probe)?;
        Ok(Self { ratchet, deviations, reference: None, profile, randomness, progress })
    }

    /// The same, with a correct ratchet that makes the same bytes of the same secret and randomness.
    #[must_use]
    pub const fn against(mut self, reference: &'r dyn DynRatchet) -> Self {
        self.reference = Some(reference);
        self
    }

    /// Whose hands its randomness is in.
    #[must_use]
    pub const fn randomness(&self) -> RandomnessLevel {
        self.randomness
    }

    /// The arena that its inputs are played in, for any seed.
    #[must_use]
    pub fn arena(&self) -> Arena<'_> {
        Arena::new(self.ratchet, &self.profile, self.randomness, self.deviations, &self.progress)
            .against(self.reference)
    }

    /// What is wrong with the ratchet, as far as `input` shows it.
    ///
    /// # Errors
    /// If the ratchet cannot open a session.
    pub fn judge(&self, input: &Input) -> Result<Option<Found>, Rejection> {
        for game in input.kind.games() {
            if let Some(found) = self.judge_by(*game, input)? {
                return Ok(Some(found));
            }
        }
        match input.kind {
            Kind::Import => self.judge_by(&Damaged(&input.damages), input),
            Kind::Schedule | Kind::Decrypt => Ok(None),
        }
    }

    /// What one game finds in `input`; nothing if it cannot be played with this ratchet.
    ///
    /// # Errors
    /// If the ratchet cannot open a session.
    pub fn judge_by(&self, game: &dyn Game, input: &Input) -> Result<Option<Found>, Rejection> {
        let arena = self.arena();
        if why_not(game, &arena).is_some() {
            return Ok(None);
        }
        let found = judge_case(game, &arena, input.case_seed(), &input.played())?;
        Ok(found.map(|failure| Found { game: game.about().id, failure }))
    }

    /// Judges the bytes of an input whose first byte says which kind it is of; see [`Kind::of`]. `false` if they are none.
    ///
    /// # Panics
    /// As [`Fuzzed::check`].
    pub fn check_bytes(&self, bytes: &[u8]) -> bool {
        let kind = Kind::of(bytes);
        let input = Input::read(bytes, kind).map(|input| Input { kind, ..input });
        input.is_ok_and(|input| {
            self.check(&input);
            true
        })
    }

    /// As [`Fuzzed::judge`], and panics with the case if there is something: what a target of a fuzzer does.
    ///
    /// # Panics
    /// If something is wrong with the ratchet, or it cannot open a session.
    #[expect(clippy::panic, reason = "a fuzzer sees a find by its panic")]
    pub fn check(&self, input: &Input) {
        let name = self.ratchet.name();
        match self.judge(input) {
            Ok(None) => {}
            Ok(Some(found)) => {
                let case = input.case(&name, Some(&found)).to_json().unwrap_or_default();
                // It may quote the ratchet's own words.
                let words = found.to_string();
                panic!("{}: {}\n\n{case}", found.game, words.escape_debug());
            }
            Err(rejection) => panic!("{name}: no session could be opened: {rejection}"),
        }
    }
}

/// The game of damaged exports, with damages that are given.
struct Damaged<'d>(&'d [Damage]);

impl Game for Damaged<'_> {
    fn about(&self) -> &'static About {
        PersistenceDamagedExport.about()
    }

    fn needs(&self, arena: &Arena<'_>) -> Result<(), String> {
        PersistenceDamagedExport.needs(arena)
    }

    fn trials(&self, _profile: &Profile) -> u64 {
        1
    }

    fn schedule(&self, profile: &Profile, choices: &mut dyn Choices, trial: u64) -> Schedule {
        PersistenceDamagedExport.schedule(profile, choices, trial)
    }

    fn judge(&self, arena: &Arena<'_>, schedule: &Schedule) -> Result<Judgement, Rejection> {
        judge_damages(arena, schedule, |_, length| {
            self.0.iter().map(|damage| damage.clone().within(length)).collect()
        })
    }

    fn counts(&self, kind: ViolationKind) -> bool {
        PersistenceDamagedExport.counts(kind)
    }
}

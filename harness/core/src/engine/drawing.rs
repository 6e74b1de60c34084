//! The randomness of a call: the case's own or, once it was spoiled, a bad tape.

use std::convert::Infallible;

use rand_core::{TryCryptoRng, TryRng};

use crate::randomness::{CallRng, CaseSeed, Tape};
use crate::schedule::{ActionId, BadTape};

/// Bytes of a bad tape. A ratchet that draws again until it likes what it gets must come to an end.
const TAPE_BYTES: usize = 1024;

/// The byte of a constant tape.
const CONSTANT: u8 = 0xa5;

/// Seed derived for tapes that attackers know.
const KNOWN: u64 = 0xbad0;

/// The generator of one call.
pub(crate) enum Source {
    /// The case's own.
    Good(CallRng),
    /// A bad tape.
    Bad(Tape),
}

/// What a party draws from, and drew from last.
pub(super) struct Drawing {
    spoiled: Option<BadTape>,
    last: Last,
}

enum Last {
    Call(ActionId, u32),
    Tape(Box<Tape>),
}

impl Drawing {
    /// What a party has drawn from when its session was opened.
    pub(super) const fn at_pairing() -> Self {
        Self { spoiled: None, last: Last::Call(ActionId::PAIRING, 0) }
    }

    /// The next call that draws gets a bad tape.
    pub(super) const fn spoil(&mut self, how: BadTape) {
        self.spoiled = Some(how);
    }

    /// The generator of call number `ordinal` of `action`.
    pub(super) fn source(&self, seed: &CaseSeed, action: ActionId, ordinal: u32) -> Source {
        let drawn = |mut rng| Tape::drawn_from(&mut rng, TAPE_BYTES);
        let Some(how) = self.spoiled else { return Source::Good(seed.call(action, ordinal)) };
        Source::Bad(match how {
            BadTape::Zeros => Tape::new(vec![0; TAPE_BYTES]),
            BadTape::Constant => Tape::new(vec![CONSTANT; TAPE_BYTES]),
            BadTape::Known => drawn(seed.derived(KNOWN).call(action, ordinal)),
            BadTape::Repeated => match &self.last {
                Last::Call(action, ordinal) => drawn(seed.call(*action, *ordinal)),
                Last::Tape(tape) => tape.rewound(),
            },
        })
    }

    /// Takes the generator back after the call; gives the kind and the tape if the call drew from a bad one.
    pub(super) fn settle(
        &mut self,
        source: Source,
        action: ActionId,
        ordinal: u32,
    ) -> Option<(BadTape, Box<Tape>)> {
        match source {
            Source::Good(rng) => {
                if rng.get_word_pos() > 0 {
                    self.last = Last::Call(action, ordinal);
                }
                None
            }
            Source::Bad(tape) if tape.drawn() == 0 => None,
            Source::Bad(tape) => {
                let tape = Box::new(tape.rewound());
                self.last = Last::Tape(tape.clone());
                Some((self.spoiled.take()?, tape))
            }
        }
    }
}

impl TryRng for Source {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        match self {
            Self::Good(rng) => rng.try_next_u32(),
            Self::Bad(tape) => tape.try_next_u32(),
        }
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        match self {
            Self::Good(rng) => rng.try_next_u64(),
            Self::Bad(tape) => tape.try_next_u64(),
        }
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        match self {
            Self::Good(rng) => rng.try_fill_bytes(bytes),
            Self::Bad(tape) => tape.try_fill_bytes(bytes),
        }
    }
}

impl TryCryptoRng for Source {}

#[cfg(test)]
mod tests {
    use rand_core::Rng as _;

    use super::*;

    #[test]
    fn a_spoiled_draw_is_bad_once_and_waits_for_a_call_that_draws() {
        let seed = CaseSeed::from([7; 32]);
        let action = ActionId(1);
        let mut drawing = Drawing::at_pairing();
        let draw = |drawing: &mut Drawing, ordinal, bytes: &mut [u8]| {
            let mut source = drawing.source(&seed, action, ordinal);
            if !bytes.is_empty() {
                source.fill_bytes(bytes);
            }
            drawing.settle(source, action, ordinal)
        };
        let (mut first, mut again) = ([0; 8], [0; 8]);
        assert_eq!(draw(&mut drawing, 1, &mut first), None);
        drawing.spoil(BadTape::Repeated);
        assert_eq!(draw(&mut drawing, 2, &mut []), None, "a call that draws nothing");
        let bad = draw(&mut drawing, 3, &mut again);
        assert_eq!(bad.map(|(how, _)| how), Some(BadTape::Repeated));
        assert_eq!(first, again);
        assert_eq!(draw(&mut drawing, 4, &mut again), None);
        assert_ne!(first, again);
        drawing.spoil(BadTape::Zeros);
        draw(&mut drawing, 5, &mut again);
        drawing.spoil(BadTape::Repeated);
        draw(&mut drawing, 6, &mut again);
        assert_eq!(again, [0; 8], "a bad tape is repeated as well");
    }
}

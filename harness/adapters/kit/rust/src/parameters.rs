//! Reading the parameters of a call.

use rand_core::SeedableRng as _;
use serde_json::Value;
use sprag::hexadecimal::from_hex;
use sprag::randomness::{CallRng, Tape};

use crate::Failure;

/// The parameters of a call.
pub(crate) struct Parameters<'p>(pub(crate) &'p Value);

/// The generator of a call: seeded, or the very bytes it returns.
pub(crate) enum Randomness {
    Seeded(Box<CallRng>),
    Tape(Box<Tape>),
}

impl Parameters<'_> {
    fn get(&self, name: &str) -> Result<&Value, Failure> {
        let missing = || Failure::parameters(format!("`{name}` is missing"));
        self.0.get(name).ok_or_else(missing)
    }

    pub(crate) fn number(&self, name: &str) -> Result<u64, Failure> {
        let wrong = || Failure::parameters(format!("`{name}` is no number"));
        self.get(name)?.as_u64().ok_or_else(wrong)
    }

    /// A number that may be absent.
    pub(crate) fn optional_number(&self, name: &str) -> Result<Option<u64>, Failure> {
        self.0.get(name).map(|_| self.number(name)).transpose()
    }

    pub(crate) fn text(&self, name: &str) -> Result<&str, Failure> {
        let wrong = || Failure::parameters(format!("`{name}` is no text"));
        self.get(name)?.as_str().ok_or_else(wrong)
    }

    pub(crate) fn bytes(&self, name: &str) -> Result<Vec<u8>, Failure> {
        let wrong = |error| Failure::parameters(format!("`{name}`: {error}"));
        from_hex(self.text(name)?).map_err(wrong)
    }

    /// Bytes that may be absent.
    pub(crate) fn optional_bytes(&self, name: &str) -> Result<Option<Vec<u8>>, Failure> {
        self.0.get(name).map(|_| self.bytes(name)).transpose()
    }

    pub(crate) fn numbers(&self, name: &str) -> Result<Vec<u64>, Failure> {
        let wrong = || Failure::parameters(format!("`{name}` is no list of numbers"));
        let list = self.get(name)?.as_array().ok_or_else(wrong)?;
        list.iter().map(|number| number.as_u64().ok_or_else(wrong)).collect()
    }

    pub(crate) fn randomness(&self) -> Result<Randomness, Failure> {
        if let Some(tape) = self.optional_bytes("tape")? {
            // A call that needs more goes on from the tape, lest two calls draw the same.
            let mut seed = [0; 32];
            for (byte, drawn) in seed.iter_mut().zip(&tape) {
                *byte = *drawn;
            }
            let tape = Tape::followed_by(tape, CallRng::from_seed(seed));
            return Ok(Randomness::Tape(Box::new(tape)));
        }
        let wrong = |_| Failure::parameters("`seed` has 32 bytes");
        let seed: [u8; 32] = self.bytes("seed")?.try_into().map_err(wrong)?;
        Ok(Randomness::Seeded(Box::new(CallRng::from_seed(seed))))
    }
}

impl Randomness {
    pub(crate) fn as_rng(&mut self) -> &mut dyn rand_core::CryptoRng {
        match self {
            Self::Seeded(rng) => &mut **rng,
            Self::Tape(tape) => &mut **tape,
        }
    }
}

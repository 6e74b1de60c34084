//! A conversation between two ratchets: one is the initiator's, the other the responder's.

use std::borrow::Cow;

use rand_core::{CryptoRng, SeedableRng as _};

use crate::randomness::CallRng;
use crate::{
    Capabilities, DynRatchet, DynSession, Opened, Pair, Party, Profile, Ratchet, Rejection,
};

/// The ratchet under test at one end, its reference at the other.
pub(super) struct CrossPlay<'r> {
    tested: &'r dyn DynRatchet,
    reference: &'r dyn DynRatchet,
    /// Which end the ratchet under test is.
    end: Party,
}

/// A session, and whether it is the reference's.
#[derive(Clone)]
pub(super) struct End {
    session: DynSession,
    of_reference: bool,
}

impl<'r> CrossPlay<'r> {
    pub(super) const fn new(
        tested: &'r dyn DynRatchet,
        reference: &'r dyn DynRatchet,
        end: Party,
    ) -> Self {
        Self { tested, reference, end }
    }

    fn at(&self, end: &End) -> &'r dyn DynRatchet {
        if end.of_reference { self.reference } else { self.tested }
    }
}

impl Ratchet for CrossPlay<'_> {
    type Session = End;

    fn profile(&self) -> Profile {
        self.tested.profile()
    }

    /// Both ratchets open the same session; of each one end is kept.
    fn pair(&self, rng: &mut dyn CryptoRng) -> Result<Pair<End>, Rejection> {
        let mut seed = [0; 32];
        rng.fill_bytes(&mut seed);
        let open = |ratchet: &dyn DynRatchet| ratchet.pair(&mut CallRng::from_seed(seed));
        let (tested, reference) = (open(self.tested)?, open(self.reference)?);
        if tested.opened != reference.opened {
            return Err(Rejection::other("ratchet and reference open sessions in different ways"));
        }
        let opened = tested.opened;
        let own = |session| End { session, of_reference: false };
        let other = |session| End { session, of_reference: true };
        let (initiator, responder) = match self.end {
            Party::Initiator => (own(tested.initiator), other(reference.responder)),
            Party::Responder => (other(reference.initiator), own(tested.responder)),
        };
        Ok(Pair { initiator, responder, opened })
    }

    fn encrypt(
        &self,
        end: &mut End,
        rng: &mut dyn CryptoRng,
        ad: &[u8],
        plaintext: &[u8],
    ) -> Result<Vec<u8>, Rejection> {
        self.at(end).encrypt(&mut end.session, rng, ad, plaintext)
    }

    fn decrypt(
        &self,
        end: &mut End,
        rng: &mut dyn CryptoRng,
        ad: &[u8],
        message: &[u8],
    ) -> Result<Opened, Rejection> {
        self.at(end).decrypt(&mut end.session, rng, ad, message)
    }

    fn name(&self) -> Cow<'static, str> {
        Cow::Owned(format!("{} and {}", self.tested.name(), self.reference.name()))
    }

    fn capabilities(&self) -> Capabilities {
        let (tested, reference) = (self.tested.capabilities(), self.reference.capabilities());
        Capabilities {
            associated_data: tested.associated_data && reference.associated_data,
            outbox: tested.outbox && reference.outbox,
            ..Capabilities::default()
        }
    }

    fn outbox(&self, end: &mut End, rng: &mut dyn CryptoRng) -> Result<Vec<Vec<u8>>, Rejection> {
        self.at(end).outbox(&mut end.session, rng)
    }
}

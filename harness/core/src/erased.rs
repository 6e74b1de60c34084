//! The object-safe form of [`Ratchet`], for registries, engines and child processes. One blanket implementation makes
//! it out of every `Ratchet`.

use std::any::Any;
use std::borrow::Cow;

use rand_core::CryptoRng;

use crate::{
    Attempt, Begun, Capabilities, Field, Half, Kept, MessageIndex, Offer, Opened, Pair, Profile,
    Ratchet, Rejection, Setup,
};

/// A session of whatever ratchet it belongs to.
pub struct DynSession(Box<dyn ErasedSession>);

trait ErasedSession: Any + Send {
    fn boxed_clone(&self) -> Box<dyn ErasedSession>;
}

impl<S: Clone + Send + 'static> ErasedSession for S {
    fn boxed_clone(&self) -> Box<dyn ErasedSession> {
        Box::new(self.clone())
    }
}

impl Clone for DynSession {
    fn clone(&self) -> Self {
        Self(self.0.boxed_clone())
    }
}

impl std::fmt::Debug for DynSession {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // A session is secret state.
        f.write_str("DynSession(..)")
    }
}

impl DynSession {
    fn new<S: Clone + Send + 'static>(session: S) -> Self {
        Self(Box::new(session))
    }

    fn of<S: 'static>(&self) -> Result<&S, Rejection> {
        let session: &dyn Any = &*self.0;
        session.downcast_ref().ok_or_else(Self::foreign)
    }

    fn of_mut<S: 'static>(&mut self) -> Result<&mut S, Rejection> {
        let session: &mut dyn Any = &mut *self.0;
        session.downcast_mut().ok_or_else(Self::foreign)
    }

    fn foreign() -> Rejection {
        Rejection::other("a session of another ratchet")
    }
}

/// [`Ratchet`] without its associated type; see there for every method.
#[expect(missing_docs, reason = "each method is that of `Ratchet`")]
#[expect(clippy::missing_errors_doc, reason = "each method is that of `Ratchet`")]
pub trait DynRatchet: Send + Sync {
    fn name(&self) -> Cow<'static, str>;
    fn profile(&self) -> Profile;
    fn capabilities(&self) -> Capabilities;
    fn pair(&self, rng: &mut dyn CryptoRng) -> Result<Pair<DynSession>, Rejection>;
    fn encrypt(
        &self,
        session: &mut DynSession,
        rng: &mut dyn CryptoRng,
        ad: &[u8],
        plaintext: &[u8],
    ) -> Result<Vec<u8>, Rejection>;
    fn decrypt(
        &self,
        session: &mut DynSession,
        rng: &mut dyn CryptoRng,
        ad: &[u8],
        message: &[u8],
    ) -> Result<Opened, Rejection>;
    fn decrypt_each(
        &self,
        session: &DynSession,
        attempts: &mut [Attempt<'_>],
    ) -> Vec<Result<Opened, Rejection>>;
    fn answers_together(&self) -> bool;
    fn draws_in_advance(&self) -> bool;
    fn export(&self, session: &DynSession) -> Result<Vec<u8>, Rejection>;
    fn import(&self, state: &[u8]) -> Result<DynSession, Rejection>;
    fn fields(&self, message: &[u8]) -> Result<Vec<Field>, Rejection>;
    fn rewrite(&self, message: &[u8], field: &str, value: &[u8]) -> Result<Vec<u8>, Rejection>;
    fn pair_with(
        &self,
        rng: &mut dyn CryptoRng,
        setup: &Setup,
    ) -> Result<Pair<DynSession>, Rejection>;
    fn offer(&self, rng: &mut dyn CryptoRng) -> Result<Offer, Rejection>;
    fn begin(&self, rng: &mut dyn CryptoRng, bundle: &[u8])
    -> Result<Begun<DynSession>, Rejection>;
    fn accept(
        &self,
        rng: &mut dyn CryptoRng,
        kept: Kept,
        opening: &[u8],
    ) -> Result<DynSession, Rejection>;
    fn last_index(&self, session: &DynSession) -> Result<MessageIndex, Rejection>;
    fn seal_with(&self, key: &[u8], ad: &[u8], plaintext: &[u8]) -> Result<Vec<u8>, Rejection>;
    fn open_with(&self, key: &[u8], ad: &[u8], sealed: &[u8]) -> Result<Vec<u8>, Rejection>;
    fn open_with_each(
        &self,
        keys: &[Vec<u8>],
        ad: &[u8],
        sealed: &[u8],
    ) -> Vec<Result<Vec<u8>, Rejection>>;
    fn preset(
        &self,
        session: &mut DynSession,
        sent: Option<u64>,
        received: Option<u64>,
    ) -> Result<(), Rejection>;
    fn outbox(
        &self,
        session: &mut DynSession,
        rng: &mut dyn CryptoRng,
    ) -> Result<Vec<Vec<u8>>, Rejection>;
    fn advance_clock(&self, session: &mut DynSession, seconds: u32) -> Result<(), Rejection>;
    fn with_half(
        &self,
        session: &DynSession,
        half: Half,
        other: &DynSession,
    ) -> Result<DynSession, Rejection>;
}

impl<R: Ratchet> DynRatchet for R {
    fn name(&self) -> Cow<'static, str> {
        Ratchet::name(self)
    }

    fn profile(&self) -> Profile {
        Ratchet::profile(self)
    }

    fn capabilities(&self) -> Capabilities {
        Ratchet::capabilities(self)
    }

    fn pair(&self, rng: &mut dyn CryptoRng) -> Result<Pair<DynSession>, Rejection> {
        Ratchet::pair(self, rng).map(erase)
    }

    fn encrypt(
        &self,
        session: &mut DynSession,
        rng: &mut dyn CryptoRng,
        ad: &[u8],
        plaintext: &[u8],
    ) -> Result<Vec<u8>, Rejection> {
        Ratchet::encrypt(self, session.of_mut()?, rng, ad, plaintext)
    }

    fn decrypt(
        &self,
        session: &mut DynSession,
        rng: &mut dyn CryptoRng,
        ad: &[u8],
        message: &[u8],
    ) -> Result<Opened, Rejection> {
        Ratchet::decrypt(self, session.of_mut()?, rng, ad, message)
    }

    fn decrypt_each(
        &self,
        session: &DynSession,
        attempts: &mut [Attempt<'_>],
    ) -> Vec<Result<Opened, Rejection>> {
        match session.of() {
            Ok(session) => Ratchet::decrypt_each(self, session, attempts),
            Err(foreign) => attempts.iter().map(|_| Err(foreign.clone())).collect(),
        }
    }

    fn answers_together(&self) -> bool {
        Ratchet::answers_together(self)
    }

    fn draws_in_advance(&self) -> bool {
        Ratchet::draws_in_advance(self)
    }

    fn export(&self, session: &DynSession) -> Result<Vec<u8>, Rejection> {
        Ratchet::export(self, session.of()?)
    }

    fn import(&self, state: &[u8]) -> Result<DynSession, Rejection> {
        Ratchet::import(self, state).map(DynSession::new)
    }

    fn fields(&self, message: &[u8]) -> Result<Vec<Field>, Rejection> {
        Ratchet::fields(self, message)
    }

    fn rewrite(&self, message: &[u8], field: &str, value: &[u8]) -> Result<Vec<u8>, Rejection> {
        Ratchet::rewrite(self, message, field, value)
    }

    fn pair_with(
        &self,
        rng: &mut dyn CryptoRng,
        setup: &Setup,
    ) -> Result<Pair<DynSession>, Rejection> {
        Ratchet::pair_with(self, rng, setup).map(erase)
    }

    fn offer(&self, rng: &mut dyn CryptoRng) -> Result<Offer, Rejection> {
        Ratchet::offer(self, rng)
    }

    fn begin(
        &self,
        rng: &mut dyn CryptoRng,
        bundle: &[u8],
    ) -> Result<Begun<DynSession>, Rejection> {
        let Begun { session, opening, opened } = Ratchet::begin(self, rng, bundle)?;
        Ok(Begun { session: DynSession::new(session), opening, opened })
    }

    fn accept(
        &self,
        rng: &mut dyn CryptoRng,
        kept: Kept,
        opening: &[u8],
    ) -> Result<DynSession, Rejection> {
        Ratchet::accept(self, rng, kept, opening).map(DynSession::new)
    }

    fn last_index(&self, session: &DynSession) -> Result<MessageIndex, Rejection> {
        Ratchet::last_index(self, session.of()?)
    }

    fn seal_with(&self, key: &[u8], ad: &[u8], plaintext: &[u8]) -> Result<Vec<u8>, Rejection> {
        Ratchet::seal_with(self, key, ad, plaintext)
    }

    fn open_with(&self, key: &[u8], ad: &[u8], sealed: &[u8]) -> Result<Vec<u8>, Rejection> {
        Ratchet::open_with(self, key, ad, sealed)
    }

    fn open_with_each(
        &self,
        keys: &[Vec<u8>],
        ad: &[u8],
        sealed: &[u8],
    ) -> Vec<Result<Vec<u8>, Rejection>> {
        Ratchet::open_with_each(self, keys, ad, sealed)
    }

    fn preset(
        &self,
        session: &mut DynSession,
        sent: Option<u64>,
        received: Option<u64>,
    ) -> Result<(), Rejection> {
        Ratchet::preset(self, session.of_mut()?, sent, received)
    }

    fn outbox(
        &self,
        session: &mut DynSession,
        rng: &mut dyn CryptoRng,
    ) -> Result<Vec<Vec<u8>>, Rejection> {
        Ratchet::outbox(self, session.of_mut()?, rng)
    }

    fn advance_clock(&self, session: &mut DynSession, seconds: u32) -> Result<(), Rejection> {
        Ratchet::advance_clock(self, session.of_mut()?, seconds)
    }

    fn with_half(
        &self,
        session: &DynSession,
        half: Half,
        other: &DynSession,
    ) -> Result<DynSession, Rejection> {
        Ratchet::with_half(self, session.of()?, half, other.of()?).map(DynSession::new)
    }
}

fn erase<S: Clone + Send + 'static>(pair: Pair<S>) -> Pair<DynSession> {
    let Pair { initiator, responder, opened } = pair;
    Pair { initiator: DynSession::new(initiator), responder: DynSession::new(responder), opened }
}

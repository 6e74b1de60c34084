//! A ratchet with one thing changed: everything that a change does not mention is passed through.

use std::borrow::Cow;

use rand_core::CryptoRng;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sprag::{
    Capabilities, Field, Half, MessageIndex, Opened, Pair, Party, Profile, Ratchet, Rejection,
    Setup,
};
use sprag_protocols::crypto::{Key, hmac_sha256};

/// What is changed about a ratchet `R`.
pub(crate) trait Change<R: Ratchet>: Send + Sync + 'static {
    /// What the change has to remember in a session.
    type Memory: Clone + Default + DeserializeOwned + Send + Serialize + 'static;

    fn profile(&self, ratchet: &R) -> Profile {
        ratchet.profile()
    }

    fn capabilities(&self, ratchet: &R) -> Capabilities {
        ratchet.capabilities()
    }

    /// What becomes of both ends of a new session.
    fn paired(
        &self,
        _ratchet: &R,
        _rng: &mut dyn CryptoRng,
        pair: Pair<R::Session>,
    ) -> Result<Pair<R::Session>, Rejection> {
        Ok(pair)
    }

    fn encrypt(
        &self,
        ratchet: &R,
        session: &mut Held<R, Self::Memory>,
        rng: &mut dyn CryptoRng,
        ad: &[u8],
        plaintext: &[u8],
    ) -> Result<Vec<u8>, Rejection> {
        ratchet.encrypt(&mut session.inner, rng, ad, plaintext)
    }

    fn decrypt(
        &self,
        ratchet: &R,
        session: &mut Held<R, Self::Memory>,
        rng: &mut dyn CryptoRng,
        ad: &[u8],
        message: &[u8],
    ) -> Result<Opened, Rejection> {
        ratchet.decrypt(&mut session.inner, rng, ad, message)
    }

    /// The bytes at rest, made of what would be written by itself.
    fn to_rest(&self, bytes: Vec<u8>) -> Vec<u8> {
        bytes
    }

    /// Takes back what [`Change::to_rest`] made.
    fn read_rest(&self, bytes: &[u8]) -> Result<Vec<u8>, Rejection> {
        Ok(bytes.to_vec())
    }

    fn fields(&self, ratchet: &R, message: &[u8]) -> Result<Vec<Field>, Rejection> {
        ratchet.fields(message)
    }

    fn rewrite(
        &self,
        ratchet: &R,
        message: &[u8],
        field: &str,
        value: &[u8],
    ) -> Result<Vec<u8>, Rejection> {
        ratchet.rewrite(message, field, value)
    }

    fn outbox(
        &self,
        ratchet: &R,
        session: &mut Held<R, Self::Memory>,
        rng: &mut dyn CryptoRng,
    ) -> Result<Vec<Vec<u8>>, Rejection> {
        ratchet.outbox(&mut session.inner, rng)
    }

    fn advance_clock(
        &self,
        ratchet: &R,
        session: &mut Held<R, Self::Memory>,
        seconds: u32,
    ) -> Result<(), Rejection> {
        ratchet.advance_clock(&mut session.inner, seconds)
    }
}

/// A session of a changed ratchet.
pub(crate) struct Held<R: Ratchet, M> {
    pub(crate) party: Party,
    pub(crate) inner: R::Session,
    pub(crate) memory: M,
}

impl<R: Ratchet, M: Clone> Clone for Held<R, M> {
    fn clone(&self) -> Self {
        let (inner, memory) = (self.inner.clone(), self.memory.clone());
        Self { party: self.party, inner, memory }
    }
}

/// How a [`Held`] is written.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Saved<M> {
    party: Party,
    #[serde(with = "hex")]
    inner: Vec<u8>,
    memory: M,
}

/// A ratchet with one thing changed.
pub(crate) struct Wrapped<R, C> {
    pub(crate) name: &'static str,
    pub(crate) ratchet: R,
    pub(crate) change: C,
}

impl<R: Ratchet, C: Change<R>> Wrapped<R, C> {
    fn held(
        &self,
        rng: &mut dyn CryptoRng,
        pair: Pair<R::Session>,
    ) -> Result<Pair<Held<R, C::Memory>>, Rejection> {
        let Pair { initiator, responder, opened } = self.change.paired(&self.ratchet, rng, pair)?;
        let held = |party, inner| Held { party, inner, memory: C::Memory::default() };
        let initiator = held(Party::Initiator, initiator);
        Ok(Pair { initiator, responder: held(Party::Responder, responder), opened })
    }

    fn require(&self, has: fn(&Capabilities) -> bool, what: &'static str) -> Result<(), Rejection> {
        let capabilities = self.change.capabilities(&self.ratchet);
        if has(&capabilities) { Ok(()) } else { Err(Rejection::unsupported(what)) }
    }
}

impl<R: Ratchet + 'static, C: Change<R>> Ratchet for Wrapped<R, C> {
    type Session = Held<R, C::Memory>;

    fn profile(&self) -> Profile {
        self.change.profile(&self.ratchet)
    }

    fn pair(&self, rng: &mut dyn CryptoRng) -> Result<Pair<Self::Session>, Rejection> {
        let pair = self.ratchet.pair(rng)?;
        self.held(rng, pair)
    }

    fn pair_with(
        &self,
        rng: &mut dyn CryptoRng,
        setup: &Setup,
    ) -> Result<Pair<Self::Session>, Rejection> {
        self.require(|all| all.secret || all.identities, "pair with a given setup")?;
        let pair = self.ratchet.pair_with(rng, setup)?;
        self.held(rng, pair)
    }

    fn encrypt(
        &self,
        session: &mut Self::Session,
        rng: &mut dyn CryptoRng,
        ad: &[u8],
        plaintext: &[u8],
    ) -> Result<Vec<u8>, Rejection> {
        self.change.encrypt(&self.ratchet, session, rng, ad, plaintext)
    }

    fn decrypt(
        &self,
        session: &mut Self::Session,
        rng: &mut dyn CryptoRng,
        ad: &[u8],
        message: &[u8],
    ) -> Result<Opened, Rejection> {
        self.change.decrypt(&self.ratchet, session, rng, ad, message)
    }

    fn name(&self) -> Cow<'static, str> {
        Cow::Borrowed(self.name)
    }

    fn capabilities(&self) -> Capabilities {
        // What opens a session with others is not changed along.
        Capabilities { handshake: false, ..self.change.capabilities(&self.ratchet) }
    }

    fn export(&self, session: &Self::Session) -> Result<Vec<u8>, Rejection> {
        self.require(|all| all.export, "export")?;
        let inner = self.ratchet.export(&session.inner)?;
        let saved = Saved { party: session.party, inner, memory: session.memory.clone() };
        Ok(self.change.to_rest(save(&saved)?))
    }

    fn import(&self, state: &[u8]) -> Result<Self::Session, Rejection> {
        self.require(|all| all.export, "import")?;
        let state = self.change.read_rest(state)?;
        let Saved { party, inner, memory } = load(&state)?;
        Ok(Held { party, inner: self.ratchet.import(&inner)?, memory })
    }

    fn fields(&self, message: &[u8]) -> Result<Vec<Field>, Rejection> {
        self.require(|all| all.fields, "fields")?;
        self.change.fields(&self.ratchet, message)
    }

    fn rewrite(&self, message: &[u8], field: &str, value: &[u8]) -> Result<Vec<u8>, Rejection> {
        self.require(|all| all.rewrite, "rewrite")?;
        self.change.rewrite(&self.ratchet, message, field, value)
    }

    fn last_index(&self, session: &Self::Session) -> Result<MessageIndex, Rejection> {
        self.require(|all| all.index, "index")?;
        self.ratchet.last_index(&session.inner)
    }

    fn seal_with(&self, key: &[u8], ad: &[u8], plaintext: &[u8]) -> Result<Vec<u8>, Rejection> {
        self.require(|all| all.raw_aead, "raw encryption")?;
        self.ratchet.seal_with(key, ad, plaintext)
    }

    fn open_with(&self, key: &[u8], ad: &[u8], sealed: &[u8]) -> Result<Vec<u8>, Rejection> {
        self.require(|all| all.raw_aead, "raw encryption")?;
        self.ratchet.open_with(key, ad, sealed)
    }

    fn preset(
        &self,
        session: &mut Self::Session,
        sent: Option<u64>,
        received: Option<u64>,
    ) -> Result<(), Rejection> {
        self.require(|all| all.preset, "preset")?;
        self.ratchet.preset(&mut session.inner, sent, received)
    }

    fn outbox(
        &self,
        session: &mut Self::Session,
        rng: &mut dyn CryptoRng,
    ) -> Result<Vec<Vec<u8>>, Rejection> {
        self.require(|all| all.outbox, "outbox")?;
        self.change.outbox(&self.ratchet, session, rng)
    }

    fn advance_clock(&self, session: &mut Self::Session, seconds: u32) -> Result<(), Rejection> {
        self.require(|all| all.clock, "clock")?;
        self.change.advance_clock(&self.ratchet, session, seconds)
    }

    fn with_half(
        &self,
        session: &Self::Session,
        half: Half,
        other: &Self::Session,
    ) -> Result<Self::Session, Rejection> {
        self.require(|all| all.halves, "halves")?;
        let inner = self.ratchet.with_half(&session.inner, half, &other.inner)?;
        Ok(Held { party: session.party, inner, memory: session.memory.clone() })
    }
}

fn unwritable(error: &serde_json::Error) -> Rejection {
    Rejection::other(format!("state cannot be written: {error}"))
}

/// A state at rest with a checksum.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Checked<T> {
    check: Key,
    state: T,
}

fn checksum<T: Serialize>(state: &T) -> Result<Key, Rejection> {
    let text = serde_json::to_vec(state).map_err(|error| unwritable(&error))?;
    Ok(hmac_sha256(&Key::default(), &text))
}

/// The state as bytes at rest.
pub(crate) fn save<T: Serialize>(state: &T) -> Result<Vec<u8>, Rejection> {
    let checked = Checked { check: checksum(state)?, state };
    serde_json::to_vec(&checked).map_err(|error| unwritable(&error))
}

/// The state that [`save`] wrote.
pub(crate) fn load<T: DeserializeOwned + Serialize>(bytes: &[u8]) -> Result<T, Rejection> {
    let Checked { check, state } = strictly(bytes)?;
    if checksum(&state)? == check { Ok(state) } else { Err(Rejection::malformed("damaged")) }
}

/// Reads JSON that would be written just so.
pub(crate) fn strictly<T: DeserializeOwned + Serialize>(bytes: &[u8]) -> Result<T, Rejection> {
    let malformed = || Rejection::malformed("not what this ratchet writes");
    let value: T = serde_json::from_slice(bytes).map_err(|_| malformed())?;
    let again = serde_json::to_vec(&value).map_err(|error| unwritable(&error))?;
    if again == bytes { Ok(value) } else { Err(malformed()) }
}

/// Capabilities of a ratchet whose messages are not those of the ratchet inside.
pub(crate) const fn of_another_wire(inside: Capabilities) -> Capabilities {
    Capabilities { fields: false, rewrite: false, ..inside }
}

/// A ratchet under another name and profile, and nothing else.
pub(crate) struct Claims(pub(crate) fn(&mut Profile));

/// Another name only.
pub(crate) const AS_IT_IS: Claims = Claims(|_| {});

impl<R: Ratchet> Change<R> for Claims {
    type Memory = ();

    fn profile(&self, ratchet: &R) -> Profile {
        let mut profile = ratchet.profile();
        (self.0)(&mut profile);
        profile
    }
}

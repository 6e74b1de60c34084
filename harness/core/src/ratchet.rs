//! The trait that a ratchet under test implements.

use std::borrow::Cow;

use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};

use crate::{Half, Party, Profile, Rejection};

/// A ratchet under test: four required methods and a session that can be cloned.
///
/// # Contract
///
/// * All randomness comes from the `rng` of the call; a ratchet with a source of its own still works, but
///   the harness detects that and runs fewer games.
/// * A refused call leaves the session as if it had not been made (the games check this).
/// * A clone shares nothing with its original: it is what a thief carries away.
/// * A method never panics. A panic is caught and becomes a failing verdict.
///
/// # What is optional
///
/// Every provided method answers [`Rejection::unsupported`]. A ratchet that overrides one says so in
/// [`Ratchet::capabilities`], and the games that need it are run; without it they are `not-run`, never `pass`.
pub trait Ratchet: Send + Sync {
    /// Everything one party holds. Cloning it *is* stealing it.
    type Session: Clone + Send + 'static;

    /// What this ratchet claims to be.
    fn profile(&self) -> Profile;

    /// Opens one session and gives both ends of it.
    ///
    /// # Errors
    /// A rejection here means that nothing can be checked at all.
    fn pair(&self, rng: &mut dyn CryptoRng) -> Result<Pair<Self::Session>, Rejection>;

    /// Encrypts `plaintext` for the peer and gives the message as it goes over the wire.
    ///
    /// `ad` is associated data that both ends know; it is empty unless [`Capabilities::associated_data`].
    ///
    /// # Errors
    /// `not-yet` if this party cannot send before it has received.
    fn encrypt(
        &self,
        session: &mut Self::Session,
        rng: &mut dyn CryptoRng,
        ad: &[u8],
        plaintext: &[u8],
    ) -> Result<Vec<u8>, Rejection>;

    /// Opens a message from the peer.
    ///
    /// # Errors
    /// Any class but `not-yet`. The session must then be unchanged.
    fn decrypt(
        &self,
        session: &mut Self::Session,
        rng: &mut dyn CryptoRng,
        ad: &[u8],
        message: &[u8],
    ) -> Result<Opened, Rejection>;

    /// A name for reports, by default the type's.
    fn name(&self) -> Cow<'static, str> {
        Cow::Borrowed(std::any::type_name::<Self>())
    }

    /// Which provided methods are overridden.
    fn capabilities(&self) -> Capabilities {
        Capabilities::default()
    }

    /// The session as bytes at rest.
    ///
    /// # Errors
    /// `unsupported` unless overridden.
    fn export(&self, _session: &Self::Session) -> Result<Vec<u8>, Rejection> {
        Err(Rejection::unsupported("export"))
    }

    /// The session that [`Ratchet::export`] wrote.
    ///
    /// # Errors
    /// `unsupported` unless overridden; `malformed` for bytes that are no export.
    fn import(&self, _state: &[u8]) -> Result<Self::Session, Rejection> {
        Err(Rejection::unsupported("import"))
    }

    /// Where the fields of a message are.
    ///
    /// # Errors
    /// `unsupported` unless overridden; `malformed` for bytes that are no message.
    fn fields(&self, _message: &[u8]) -> Result<Vec<Field>, Rejection> {
        Err(Rejection::unsupported("fields"))
    }

    /// Messages that the ratchet wants sent by itself: rekeying and other service messages. They are
    /// delivered to the peer with empty associated data.
    ///
    /// # Errors
    /// `unsupported` unless overridden.
    fn outbox(
        &self,
        _session: &mut Self::Session,
        _rng: &mut dyn CryptoRng,
    ) -> Result<Vec<Vec<u8>>, Rejection> {
        Err(Rejection::unsupported("outbox"))
    }

    /// Tells the session that `seconds` have passed.
    ///
    /// # Errors
    /// `unsupported` unless overridden.
    fn advance_clock(&self, _session: &mut Self::Session, _seconds: u32) -> Result<(), Rejection> {
        Err(Rejection::unsupported("clock"))
    }

    /// A copy of `session` whose half `half` is that of `other`, a session of the same party in this conversation or in
    /// another. Only for hybrid ratchets.
    ///
    /// It lets a game play an attacker who has broken one half for good (a quantum computer that finds every
    /// Diffie–Hellman key): such a one has that half of every session at every moment, and of the other half what was
    /// stolen. Everything in a session belongs to one half; what belongs to neither goes with the classical one.
    ///
    /// # Errors
    /// `unsupported` unless overridden.
    fn with_half(
        &self,
        _session: &Self::Session,
        _half: Half,
        _other: &Self::Session,
    ) -> Result<Self::Session, Rejection> {
        Err(Rejection::unsupported("halves"))
    }
}

/// Both ends of one session.
#[derive(Clone, Debug)]
pub struct Pair<S> {
    /// The party that opens the session.
    pub initiator: S,
    /// The other party.
    pub responder: S,
    /// Whether pairing already carried a first message from initiator to responder (Olm, libsignal): epoch 1 is then
    /// open and its first index consumed.
    pub opened: bool,
}

/// What [`Ratchet::decrypt`] found in a message.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Opened {
    /// The plaintext that the peer encrypted.
    Plaintext(Vec<u8>),
    /// A service message of the ratchet's own, with nothing for the user.
    Service,
}

/// One field of a message on the wire.
///
/// Names known to the games: `ratchet_key`, `counter`, `previous_counter`, `version`, `type`, `nonce`,
/// `ciphertext`, `tag`; others are allowed.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Field {
    /// What the field is called.
    pub name: Cow<'static, str>,
    /// First byte of the field in the message.
    pub offset: usize,
    /// Bytes of the field.
    pub length: usize,
}

impl Field {
    /// A field of `length` bytes from `offset`.
    pub fn new(name: impl Into<Cow<'static, str>>, offset: usize, length: usize) -> Self {
        Self { name: name.into(), offset, length }
    }

    /// The field's bytes in `message`, or `None` if it does not lie inside.
    #[must_use]
    pub fn of<'m>(&self, message: &'m [u8]) -> Option<&'m [u8]> {
        message.get(self.offset..self.offset.checked_add(self.length)?)
    }
}

/// The optional abilities of a ratchet; all `false` by default, overridden by struct update.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Capabilities {
    /// Associated data given to `encrypt` must be given to `decrypt`.
    pub associated_data: bool,
    /// [`Ratchet::export`] and [`Ratchet::import`].
    pub export: bool,
    /// [`Ratchet::fields`].
    pub fields: bool,
    /// [`Ratchet::outbox`].
    pub outbox: bool,
    /// [`Ratchet::advance_clock`].
    pub clock: bool,
    /// [`Ratchet::with_half`].
    pub halves: bool,
}

impl<S> Pair<S> {
    /// The session of `party`, to be changed.
    pub const fn of(&mut self, party: Party) -> &mut S {
        match party {
            Party::Initiator => &mut self.initiator,
            Party::Responder => &mut self.responder,
        }
    }
}

//! The trait that a ratchet under test implements.

use std::borrow::Cow;

use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};

use crate::{Begun, Half, Kept, Offer, Party, Profile, Rejection};

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

    /// Opens messages, each on a fresh copy of `session`, which stays as it is: the attempts of an attacker. The answers
    /// stand in the order of the attempts.
    fn decrypt_each(
        &self,
        session: &Self::Session,
        attempts: &mut [Attempt<'_>],
    ) -> Vec<Result<Opened, Rejection>> {
        let alone = |attempt: &mut Attempt<'_>| {
            self.decrypt(&mut session.clone(), attempt.rng, attempt.ad, attempt.message)
        };
        attempts.iter_mut().map(alone).collect()
    }

    /// Whether [`Ratchet::decrypt_each`] and [`Ratchet::open_with_each`] take less than their calls one by one, as over a line to another process.
    fn answers_together(&self) -> bool {
        false
    }

    /// Whether a call draws all its randomness at once, needed or not, as over a line to another process. How much of it
    /// a call needs is then not to be seen.
    fn draws_in_advance(&self) -> bool {
        false
    }

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

    /// `message` with the bytes of field `name` replaced and nothing else changed, the tag included; lengths and
    /// encodings around the field follow it.
    ///
    /// # Errors
    /// `unsupported` unless overridden; `malformed` for a value that the field cannot carry.
    fn rewrite(&self, _message: &[u8], _field: &str, _value: &[u8]) -> Result<Vec<u8>, Rejection> {
        Err(Rejection::unsupported("rewrite"))
    }

    /// As [`Ratchet::pair`], with what both ends agreed on before. What `setup` leaves open is drawn from `rng`.
    ///
    /// # Errors
    /// `unsupported` unless overridden.
    fn pair_with(
        &self,
        _rng: &mut dyn CryptoRng,
        _setup: &Setup,
    ) -> Result<Pair<Self::Session>, Rejection> {
        Err(Rejection::unsupported("pair with a given setup"))
    }

    /// What a responder hands out so that another ratchet of the same wire format can open a session with it.
    ///
    /// # Errors
    /// `unsupported` unless overridden, together with [`Ratchet::begin`] and [`Ratchet::accept`].
    fn offer(&self, _rng: &mut dyn CryptoRng) -> Result<Offer, Rejection> {
        Err(Rejection::unsupported("handshake"))
    }

    /// The initiator's end of a session with whoever made the offer that `bundle` is of.
    ///
    /// # Errors
    /// `unsupported` unless overridden; `malformed` for bytes that are no bundle.
    fn begin(
        &self,
        _rng: &mut dyn CryptoRng,
        _bundle: &[u8],
    ) -> Result<Begun<Self::Session>, Rejection> {
        Err(Rejection::unsupported("handshake"))
    }

    /// The responder's end of the session that an initiator began with `opening`; `kept` is of this ratchet's own offer.
    ///
    /// # Errors
    /// `unsupported` unless overridden; any class but `not-yet` for an opening that does not fit.
    fn accept(
        &self,
        _rng: &mut dyn CryptoRng,
        _kept: Kept,
        _opening: &[u8],
    ) -> Result<Self::Session, Rejection> {
        Err(Rejection::unsupported("handshake"))
    }

    /// Where the message that `session` opened last stands in the conversation, as the ratchet tells its user.
    ///
    /// # Errors
    /// `unsupported` unless overridden.
    fn last_index(&self, _session: &Self::Session) -> Result<MessageIndex, Rejection> {
        Err(Rejection::unsupported("index"))
    }

    /// The encryption of one message by itself: `plaintext` under a message key of the caller's choice.
    ///
    /// # Errors
    /// `unsupported` unless overridden; `malformed` for a key of another length.
    fn seal_with(&self, _key: &[u8], _ad: &[u8], _plaintext: &[u8]) -> Result<Vec<u8>, Rejection> {
        Err(Rejection::unsupported("raw encryption"))
    }

    /// Opens what [`Ratchet::seal_with`] made.
    ///
    /// # Errors
    /// `unsupported` unless overridden; `forged` if it does not authenticate.
    fn open_with(&self, _key: &[u8], _ad: &[u8], _sealed: &[u8]) -> Result<Vec<u8>, Rejection> {
        Err(Rejection::unsupported("raw encryption"))
    }

    /// [`Ratchet::open_with`] under each of `keys`.
    fn open_with_each(
        &self,
        keys: &[Vec<u8>],
        ad: &[u8],
        sealed: &[u8],
    ) -> Vec<Result<Vec<u8>, Rejection>> {
        keys.iter().map(|key| self.open_with(key, ad, sealed)).collect()
    }

    /// Puts the session's counters elsewhere, for checks at their edges: the next message sent has number `sent` in
    /// its chain, the next one expected number `received`. What is `None`, and every key, stays as it is.
    ///
    /// # Errors
    /// `unsupported` unless overridden; any class for a number that the counter cannot hold.
    fn preset(
        &self,
        _session: &mut Self::Session,
        _sent: Option<u64>,
        _received: Option<u64>,
    ) -> Result<(), Rejection> {
        Err(Rejection::unsupported("preset"))
    }

    /// Messages that the ratchet wants sent by itself: rekeying and other service messages. They are
    /// delivered to the peer with empty associated data. Each must be encrypted behind what the user sent before,
    /// and be taken by `decrypt` as [`Opened::Service`] also where nothing follows from it.
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

/// A call of [`Ratchet::decrypt`] that depends on no other.
pub struct Attempt<'a> {
    /// Randomness of the call.
    pub rng: &'a mut dyn CryptoRng,
    /// Associated data.
    pub ad: &'a [u8],
    /// The message.
    pub message: &'a [u8],
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

/// What both ends of a session agree on before it begins.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Setup {
    /// The secret that a handshake would have given them: 32 bytes.
    pub shared_secret: Option<[u8; 32]>,
    /// Who the initiator is, as bytes that the protocol binds.
    pub initiator_id: Option<Vec<u8>>,
    /// Who the responder is.
    pub responder_id: Option<Vec<u8>>,
}

/// Where a message stands in the conversation, as a ratchet tells its user.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct MessageIndex {
    /// Which chain of its sender, if the ratchet tells; later chains have greater numbers.
    pub chain: Option<u64>,
    /// Which message of its chain, from 0.
    pub n: u64,
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
/// `encrypted_header`, `ciphertext`, `tag`; others are allowed.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Field {
    /// What the field is called.
    pub name: Cow<'static, str>,
    /// First byte of the field in the message.
    pub offset: usize,
    /// Bytes of the field.
    pub length: usize,
    /// What its bytes may depend on, if the ratchet declares it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
}

/// What the bytes of a field may depend on.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// Fresh randomness of the call (or of the call that made the key which it shows) and nothing else.
    Random,
    /// The public history: counters, versions, types, lengths.
    Public,
    /// Secrets too: ciphertext, tag, an encrypted header, a synthetic nonce.
    Derived,
}

impl Field {
    /// A field of `length` bytes from `offset`.
    pub fn new(name: impl Into<Cow<'static, str>>, offset: usize, length: usize) -> Self {
        Self { name: name.into(), offset, length, origin: None }
    }

    /// The same field with a declared origin.
    #[must_use]
    pub fn with_origin(self, origin: Origin) -> Self {
        Self { origin: Some(origin), ..self }
    }

    /// The declared origin; without one, that which the field's name implies.
    #[must_use]
    pub fn implied_origin(&self) -> Origin {
        self.origin.unwrap_or(match &*self.name {
            "ratchet_key" | "nonce" => Origin::Random,
            "counter" | "previous_counter" | "version" | "type" => Origin::Public,
            _ => Origin::Derived,
        })
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
    /// [`Ratchet::rewrite`].
    #[serde(default)]
    pub rewrite: bool,
    /// [`Ratchet::pair_with`] takes a shared secret.
    #[serde(default)]
    pub secret: bool,
    /// [`Ratchet::pair_with`] takes identities.
    #[serde(default)]
    pub identities: bool,
    /// [`Ratchet::offer`], [`Ratchet::begin`] and [`Ratchet::accept`].
    #[serde(default)]
    pub handshake: bool,
    /// [`Ratchet::last_index`].
    #[serde(default)]
    pub index: bool,
    /// [`Ratchet::seal_with`] and [`Ratchet::open_with`].
    #[serde(default)]
    pub raw_aead: bool,
    /// [`Ratchet::preset`].
    #[serde(default)]
    pub preset: bool,
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

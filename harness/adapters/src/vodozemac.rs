//! vodozemac's Olm sessions.
//!
//! Source: vodozemac 0.11.1, and the Olm specification (`docs/olm.md` of libolm) for the wire format.

use std::borrow::Cow;

use rand_core::CryptoRng;
use sprag::{
    Begun, Capabilities, ClosingGap, DoubleRatchet, Family, Field, Kept, KeyGeneration, Limits,
    Offer, Opened, Pair, Profile, Ratchet, Rejection, StoredPer, WhenFull,
};
use sprag_capture::with_captured;
use vodozemac::Curve25519PublicKey;
use vodozemac::olm::{
    Account, DecryptionError, OlmMessage, PreKeyMessage, Session, SessionConfig, SessionPickle,
};

use crate::olm_wire::{self, Type};

/// Olm as vodozemac implements it.
///
/// A message on the wire is one byte of type, 0 for pre-key and 1 for normal messages, and then the
/// library's own bytes.
#[derive(Clone, Copy, Debug)]
pub struct Olm {
    config: SessionConfig,
}

/// One end of an Olm session; a clone goes through the library's pickle, in memory.
pub struct OlmSession(Session);

impl Olm {
    /// Olm as Matrix uses it: a MAC of 8 bytes.
    #[must_use]
    pub const fn version_1() -> Self {
        Self { config: SessionConfig::version_1() }
    }

    /// The experimental version: a MAC of 32 bytes.
    #[must_use]
    pub const fn version_2() -> Self {
        Self { config: SessionConfig::version_2() }
    }

    /// An account with one one-time key, and what others learn of it: the identity key and that key.
    fn account() -> Result<(Account, Vec<u8>), Rejection> {
        let mut account = Account::new();
        let created = account.generate_one_time_keys(1).created;
        let key = created.first().ok_or_else(|| Rejection::other("no one-time key was made"))?;
        let bundle = [account.curve25519_key().to_bytes(), key.to_bytes()].concat();
        Ok((account, bundle))
    }

    fn open_outbound(self, bundle: &[u8]) -> Result<(OlmSession, PreKeyMessage), Rejection> {
        let key = |bytes: &[u8]| {
            Curve25519PublicKey::from_slice(bytes)
                .map_err(|error| Rejection::malformed(error.to_string()))
        };
        let (identity, one_time) = bundle
            .split_at_checked(32)
            .ok_or_else(|| Rejection::malformed("an offer has two keys of 32 bytes"))?;
        let mut session = Account::new()
            .create_outbound_session(self.config, key(identity)?, key(one_time)?)
            .map_err(other)?;
        match session.encrypt("opening").map_err(other)? {
            OlmMessage::PreKey(first) => Ok((OlmSession(session), first)),
            OlmMessage::Normal(_) => {
                Err(Rejection::other("the first message is no pre-key message"))
            }
        }
    }

    fn open_inbound(
        self,
        mut account: Account,
        first: &PreKeyMessage,
    ) -> Result<OlmSession, Rejection> {
        let created = account.create_inbound_session(self.config, first.identity_key(), first);
        created.map(|created| OlmSession(created.session)).map_err(other)
    }
}

impl Clone for OlmSession {
    fn clone(&self) -> Self {
        Self(Session::from_pickle(self.0.pickle()))
    }
}

impl Ratchet for Olm {
    type Session = OlmSession;

    /// The limits are constants of the library; `tests/olm_limits.rs` measures each.
    fn profile(&self) -> Profile {
        let mut profile = Profile::of(Family::DoubleRatchet(DoubleRatchet {
            key_generation: KeyGeneration::Lazy,
            limits: Limits {
                max_skip: Some(2000),
                max_stored: Some(40),
                stored_per: StoredPer::Chain,
                when_full: WhenFull::Evict,
                stored_seconds: None,
            },
            retained_chains: 4,
            closes_chains: false,
            closing_gap: ClosingGap::default(),
        }));
        profile.envelope.push(olm_wire::ENVELOPE.to_owned());
        profile
    }

    fn pair(&self, rng: &mut dyn CryptoRng) -> Result<Pair<OlmSession>, Rejection> {
        with_captured(rng, || {
            let (account, bundle) = Self::account()?;
            let (initiator, first) = self.open_outbound(&bundle)?;
            Ok(Pair { initiator, responder: self.open_inbound(account, &first)?, opened: true })
        })
    }

    /// The offer is the identity key and a one-time key, of 32 bytes each.
    fn offer(&self, rng: &mut dyn CryptoRng) -> Result<Offer, Rejection> {
        let (account, bundle) = with_captured(rng, Self::account)?;
        Ok(Offer { bundle, kept: Kept::new(account) })
    }

    /// The opening is a message on the wire like all others.
    fn begin(
        &self,
        rng: &mut dyn CryptoRng,
        bundle: &[u8],
    ) -> Result<Begun<OlmSession>, Rejection> {
        let (session, first) = with_captured(rng, || self.open_outbound(bundle))?;
        let mut opening = vec![Type::PreKey as u8];
        opening.extend(first.to_bytes());
        Ok(Begun { session, opening, opened: true })
    }

    fn accept(
        &self,
        rng: &mut dyn CryptoRng,
        kept: Kept,
        opening: &[u8],
    ) -> Result<OlmSession, Rejection> {
        let (kind, body) = olm_wire::split_type(opening)?;
        let OlmMessage::PreKey(first) = OlmMessage::from_parts(kind as usize, body)
            .map_err(|error| Rejection::malformed(error.to_string()))?
        else {
            return Err(Rejection::malformed("a session begins with a pre-key message"));
        };
        let account = kept.take()?;
        with_captured(rng, || self.open_inbound(account, &first))
    }

    fn encrypt(
        &self,
        session: &mut OlmSession,
        rng: &mut dyn CryptoRng,
        _ad: &[u8],
        plaintext: &[u8],
    ) -> Result<Vec<u8>, Rejection> {
        let message = with_captured(rng, || session.0.encrypt(plaintext)).map_err(other)?;
        let (kind, body) = match &message {
            OlmMessage::PreKey(message) => (Type::PreKey, message.to_bytes()),
            OlmMessage::Normal(message) => (Type::Normal, message.to_bytes()),
        };
        let mut wire = vec![kind as u8];
        wire.extend(body);
        Ok(wire)
    }

    fn decrypt(
        &self,
        session: &mut OlmSession,
        rng: &mut dyn CryptoRng,
        _ad: &[u8],
        message: &[u8],
    ) -> Result<Opened, Rejection> {
        let (kind, body) = olm_wire::split_type(message)?;
        let message = OlmMessage::from_parts(kind as usize, body)
            .map_err(|error| Rejection::malformed(error.to_string()))?;
        with_captured(rng, || session.0.decrypt(&message)).map(Opened::Plaintext).map_err(refusal)
    }

    fn name(&self) -> Cow<'static, str> {
        Cow::Owned(format!("vodozemac/olm-v{}", self.config.version()))
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities { export: true, fields: true, handshake: true, ..Capabilities::default() }
    }

    fn export(&self, session: &OlmSession) -> Result<Vec<u8>, Rejection> {
        serde_json::to_vec(&session.0.pickle()).map_err(other)
    }

    fn import(&self, state: &[u8]) -> Result<OlmSession, Rejection> {
        let pickle: SessionPickle = serde_json::from_slice(state)
            .map_err(|error| Rejection::malformed(error.to_string()))?;
        // JSON allows white space behind a value; an export has none.
        if !state.ends_with(b"}") {
            return Err(Rejection::malformed("bytes behind the pickle"));
        }
        Ok(OlmSession(Session::from_pickle(pickle)))
    }

    fn fields(&self, message: &[u8]) -> Result<Vec<Field>, Rejection> {
        olm_wire::fields(message)
    }
}

fn refusal(error: DecryptionError) -> Rejection {
    let detail = error.to_string();
    match error {
        DecryptionError::InvalidMAC(_) => Rejection::forged(detail),
        DecryptionError::MissingMessageKey(_) => Rejection::replayed(detail),
        DecryptionError::TooBigMessageGap(..) => Rejection::gap_too_large(detail),
        DecryptionError::InvalidMACLength(..) | DecryptionError::NonContributoryKey => {
            Rejection::malformed(detail)
        }
        // Only behind a valid MAC, so the peer itself sent it.
        DecryptionError::InvalidPadding(_) => Rejection::other(detail),
    }
}

fn other(error: impl std::error::Error) -> Rejection {
    Rejection::other(error.to_string())
}

//! vodozemac's Olm sessions.
//!
//! Source: vodozemac 0.11.1, and the Olm specification (`docs/olm.md` of libolm) for the wire format.

use std::borrow::Cow;

use rand_core::CryptoRng;
use sprag::{
    Capabilities, ClosingGap, DoubleRatchet, Family, Field, KeyGeneration, Limits, Opened, Pair,
    Profile, Ratchet, Rejection, StoredPer, WhenFull,
};
use sprag_capture::with_captured;
use vodozemac::olm::{Account, DecryptionError, OlmMessage, Session, SessionConfig, SessionPickle};

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

    fn open_session(self) -> Result<Pair<OlmSession>, Rejection> {
        let alice = Account::new();
        let mut bob = Account::new();
        let one_time_key = bob
            .generate_one_time_keys(1)
            .created
            .first()
            .copied()
            .ok_or_else(|| Rejection::other("no one-time key was made"))?;
        let mut initiator = alice
            .create_outbound_session(self.config, bob.curve25519_key(), one_time_key)
            .map_err(other)?;
        let OlmMessage::PreKey(first) = initiator.encrypt("opening").map_err(other)? else {
            return Err(Rejection::other("the first message is no pre-key message"));
        };
        let responder = bob
            .create_inbound_session(self.config, alice.curve25519_key(), &first)
            .map_err(other)?
            .session;
        Ok(Pair {
            initiator: OlmSession(initiator),
            responder: OlmSession(responder),
            opened: true,
        })
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
        with_captured(rng, || self.open_session())
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
        Capabilities { export: true, fields: true, ..Capabilities::default() }
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

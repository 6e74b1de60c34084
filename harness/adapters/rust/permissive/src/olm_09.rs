//! Olm as an older vodozemac has it, to talk to the newest one and to libolm.
//!
//! Source: vodozemac 0.9.0. It draws from the operating system through a generator of its own, which nobody can replace.

use std::borrow::Cow;

use rand_core::CryptoRng;
use sprag::{
    Begun, Capabilities, ClosingGap, DoubleRatchet, Family, Field, Kept, KeyGeneration, Limits,
    Offer, Opened, Pair, Profile, Ratchet, Rejection, StoredPer, WhenFull,
};
use vodozemac_09::Curve25519PublicKey;
use vodozemac_09::olm::{
    Account, DecryptionError, OlmMessage, PreKeyMessage, Session, SessionConfig, SessionPickle,
};

use crate::olm_wire::{self, Type};

/// Olm as Matrix uses it, with a MAC of 8 bytes.
#[derive(Clone, Copy, Debug)]
pub struct Olm09;

/// One end of an Olm session; a clone goes through the library's pickle, in memory.
pub struct Olm09Session(Session);

impl Clone for Olm09Session {
    fn clone(&self) -> Self {
        Self(Session::from_pickle(self.0.pickle()))
    }
}

impl Ratchet for Olm09 {
    type Session = Olm09Session;

    /// Constants of the library: `MAX_MESSAGE_GAP`, `MAX_MESSAGE_KEYS` of a chain, and `MAX_RECEIVING_CHAINS` with the current one
    /// among them.
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

    fn pair(&self, rng: &mut dyn CryptoRng) -> Result<Pair<Olm09Session>, Rejection> {
        let Offer { bundle, kept } = self.offer(rng)?;
        let Begun { session, opening, opened } = self.begin(rng, &bundle)?;
        let responder = self.accept(rng, kept, &opening)?;
        Ok(Pair { initiator: session, responder, opened })
    }

    /// The offer is the identity key and a one-time key, of 32 bytes each.
    fn offer(&self, _rng: &mut dyn CryptoRng) -> Result<Offer, Rejection> {
        let mut account = Account::new();
        let created = account.generate_one_time_keys(1).created;
        let key = created.first().ok_or_else(|| Rejection::other("no one-time key was made"))?;
        let bundle = [account.curve25519_key().to_bytes(), key.to_bytes()].concat();
        Ok(Offer { bundle, kept: Kept::new(account) })
    }

    /// The opening is a message on the wire like all others.
    fn begin(
        &self,
        _rng: &mut dyn CryptoRng,
        bundle: &[u8],
    ) -> Result<Begun<Olm09Session>, Rejection> {
        let key = |bytes: &[u8]| {
            Curve25519PublicKey::from_slice(bytes)
                .map_err(|error| Rejection::malformed(error.to_string()))
        };
        let (identity, one_time) = bundle
            .split_at_checked(32)
            .ok_or_else(|| Rejection::malformed("an offer has two keys of 32 bytes"))?;
        let config = SessionConfig::version_1();
        let mut session =
            Account::new().create_outbound_session(config, key(identity)?, key(one_time)?);
        let opening = wire(&session.encrypt("opening"));
        Ok(Begun { session: Olm09Session(session), opening, opened: true })
    }

    fn accept(
        &self,
        _rng: &mut dyn CryptoRng,
        kept: Kept,
        opening: &[u8],
    ) -> Result<Olm09Session, Rejection> {
        let mut account: Account = kept.take()?;
        let OlmMessage::PreKey(first) = read(opening)? else {
            return Err(Rejection::malformed("a session begins with a pre-key message"));
        };
        let first: PreKeyMessage = first;
        let created = account.create_inbound_session(first.identity_key(), &first);
        created
            .map(|created| Olm09Session(created.session))
            .map_err(|error| Rejection::other(error.to_string()))
    }

    fn encrypt(
        &self,
        session: &mut Olm09Session,
        _rng: &mut dyn CryptoRng,
        _ad: &[u8],
        plaintext: &[u8],
    ) -> Result<Vec<u8>, Rejection> {
        Ok(wire(&session.0.encrypt(plaintext)))
    }

    fn decrypt(
        &self,
        session: &mut Olm09Session,
        _rng: &mut dyn CryptoRng,
        _ad: &[u8],
        message: &[u8],
    ) -> Result<Opened, Rejection> {
        session.0.decrypt(&read(message)?).map(Opened::Plaintext).map_err(|error| {
            let detail = error.to_string();
            match error {
                DecryptionError::InvalidMAC(_) => Rejection::forged(detail),
                DecryptionError::MissingMessageKey(_) => Rejection::replayed(detail),
                DecryptionError::TooBigMessageGap(..) => Rejection::gap_too_large(detail),
                _ => Rejection::other(detail),
            }
        })
    }

    fn name(&self) -> Cow<'static, str> {
        Cow::Borrowed("vodozemac-0.9/olm-v1")
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities { export: true, fields: true, handshake: true, ..Capabilities::default() }
    }

    fn export(&self, session: &Olm09Session) -> Result<Vec<u8>, Rejection> {
        serde_json::to_vec(&session.0.pickle()).map_err(|error| Rejection::other(error.to_string()))
    }

    fn import(&self, state: &[u8]) -> Result<Olm09Session, Rejection> {
        let pickle: SessionPickle = serde_json::from_slice(state)
            .map_err(|error| Rejection::malformed(error.to_string()))?;
        // JSON allows white space behind a value; an export has none.
        if !state.ends_with(b"}") {
            return Err(Rejection::malformed("bytes behind the pickle"));
        }
        Ok(Olm09Session(Session::from_pickle(pickle)))
    }

    fn fields(&self, message: &[u8]) -> Result<Vec<Field>, Rejection> {
        olm_wire::fields(message)
    }
}

fn wire(message: &OlmMessage) -> Vec<u8> {
    let (kind, body) = match message {
        OlmMessage::PreKey(message) => (Type::PreKey, message.to_bytes()),
        OlmMessage::Normal(message) => (Type::Normal, message.to_bytes()),
    };
    [&[kind as u8], &body[..]].concat()
}

fn read(message: &[u8]) -> Result<OlmMessage, Rejection> {
    let (kind, body) = olm_wire::split_type(message)?;
    let malformed = |error: vodozemac_09::DecodeError| Rejection::malformed(error.to_string());
    Ok(match kind {
        Type::PreKey => OlmMessage::PreKey(PreKeyMessage::from_bytes(body).map_err(malformed)?),
        Type::Normal => {
            OlmMessage::Normal(vodozemac_09::olm::Message::from_bytes(body).map_err(malformed)?)
        }
    })
}

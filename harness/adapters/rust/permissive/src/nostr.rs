//! `nostr-double-ratchet`: a Double Ratchet over secp256k1 whose messages are signed events of Nostr.
//!
//! Source: the crate's `session.rs`, `wire.rs` and README. A message's header holds its numbers and the ratchet key, and is
//! encrypted from key to key; the event shows the sender's ratchet key before that one, which signs it. Ratchet keys come from
//! the caller's generator. The nonces of NIP-44 and of signatures come from the operating system by a system call, which
//! nothing can stand in for.

use std::borrow::Cow;

use nostr::{Event, JsonUtil as _, Keys, SecretKey};
use nostr_double_ratchet::{
    DevicePubkey, DomainError, Error, ProtocolContext, Session, SessionState, UnixSeconds,
    message_event, parse_message_event,
};
use rand_core::CryptoRng;
use sprag::{
    Capabilities, ClosingGap, DoubleRatchet, Family, Field, KeyGeneration, Limits, Opened, Origin,
    Pair, Profile, Ratchet, Rejection, Setup, StoredPer, WhenFull,
};

use crate::core_06::Core06;
use crate::pieces::{self, Piece};

/// No clock: the time of each event is the same.
const NOW: UnixSeconds = UnixSeconds(1_767_225_600);

/// What stands around the values of an event as this library writes it, and their names.
const LAYOUT: [(&str, &str); 7] = [
    (r#"{"id":""#, "id"),
    (r#"","pubkey":""#, "sender"),
    (r#"","created_at":"#, "created_at"),
    (r#","kind":"#, "type"),
    (r#","tags":[["v","2"],["header",""#, "encrypted_header"),
    (r#""]],"content":""#, "ciphertext"),
    (r#"","sig":""#, "signature"),
];
const END: &str = r#""}"#;

/// The ratchet of `nostr-double-ratchet` between two devices.
#[derive(Clone, Copy, Debug)]
pub struct Nostr;

impl Ratchet for Nostr {
    type Session = Session;

    /// `MAX_SKIP` bounds both a step and what is stored of one chain (`skip_message_keys`, `prune_skipped_message_keys`); the
    /// next key is made at once (`ratchet_step`). A new chain closes the old one at the announced length, and the header of
    /// a late message opens as long as the key that it was encrypted to is the next, the current or the previous one
    /// (`decrypt_header`): in the current chain and in one old one.
    fn profile(&self) -> Profile {
        let mut profile = Profile::of(Family::DoubleRatchet(DoubleRatchet {
            key_generation: KeyGeneration::Eager,
            limits: Limits {
                max_skip: Some(1000),
                max_stored: Some(1000),
                stored_per: StoredPer::Chain,
                when_full: WhenFull::Evict,
                stored_seconds: None,
            },
            retained_chains: 1,
            closes_chains: false,
            closing_gap: ClosingGap::default(),
        }));
        // Of NIP-44.
        (profile.min_plaintext, profile.max_plaintext) = (Some(1), Some(65_408));
        profile
    }

    fn pair(&self, rng: &mut dyn CryptoRng) -> Result<Pair<Session>, Rejection> {
        self.pair_with(rng, &Setup::default())
    }

    fn pair_with(
        &self,
        rng: &mut dyn CryptoRng,
        setup: &Setup,
    ) -> Result<Pair<Session>, Rejection> {
        let mut drawn = [0; 32];
        rng.fill_bytes(&mut drawn);
        let secret = setup.shared_secret.unwrap_or(drawn);
        let (alice, alice_public) = key_pair(rng)?;
        let (bob, bob_public) = key_pair(rng)?;
        let mut rng = Core06(rng);
        let mut context = ProtocolContext::new(NOW, &mut rng);
        let initiator = Session::new_initiator(&mut context, bob_public, alice, secret);
        let responder = Session::new_responder(&mut context, alice_public, bob, secret);
        Ok(Pair {
            initiator: initiator.map_err(refusal)?,
            responder: responder.map_err(refusal)?,
            opened: false,
        })
    }

    fn encrypt(
        &self,
        session: &mut Session,
        _rng: &mut dyn CryptoRng,
        _ad: &[u8],
        plaintext: &[u8],
    ) -> Result<Vec<u8>, Rejection> {
        let plan = session.plan_send(plaintext, NOW).map_err(refusal)?;
        let sent = session.apply_send(plan);
        let event = message_event(&sent.envelope).map_err(other)?;
        Ok(event.as_json().into_bytes())
    }

    fn decrypt(
        &self,
        session: &mut Session,
        rng: &mut dyn CryptoRng,
        _ad: &[u8],
        message: &[u8],
    ) -> Result<Opened, Rejection> {
        let event = Event::from_json(message).map_err(malformed)?;
        let envelope = parse_message_event(&event).map_err(malformed)?;
        let mut rng = Core06(rng);
        let mut context = ProtocolContext::new(NOW, &mut rng);
        let plan = session.plan_receive(&mut context, &envelope).map_err(refusal)?;
        Ok(Opened::Plaintext(session.apply_receive(plan).payload))
    }

    fn name(&self) -> Cow<'static, str> {
        Cow::Borrowed("nostr/double-ratchet")
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            export: true,
            fields: true,
            rewrite: true,
            secret: true,
            ..Capabilities::default()
        }
    }

    fn export(&self, session: &Session) -> Result<Vec<u8>, Rejection> {
        serde_json::to_vec(&session.state).map_err(other)
    }

    fn import(&self, state: &[u8]) -> Result<Session, Rejection> {
        // JSON allows white space behind a value; an export has none.
        if !state.ends_with(b"}") {
            return Err(Rejection::malformed("bytes behind the state"));
        }
        let state: SessionState = serde_json::from_slice(state).map_err(malformed)?;
        Ok(Session::from_state(state))
    }

    fn fields(&self, message: &[u8]) -> Result<Vec<Field>, Rejection> {
        Ok(pieces::fields(&split(message)?))
    }

    fn rewrite(&self, message: &[u8], field: &str, value: &[u8]) -> Result<Vec<u8>, Rejection> {
        pieces::rewritten(split(message)?, field, value)
    }
}

fn key_pair(rng: &mut dyn CryptoRng) -> Result<([u8; 32], DevicePubkey), Rejection> {
    let mut secret = [0; 32];
    rng.fill_bytes(&mut secret);
    let public = Keys::new(SecretKey::from_slice(&secret).map_err(other)?).public_key();
    Ok((secret, DevicePubkey::from_bytes(public.to_bytes())))
}

fn split(message: &[u8]) -> Result<Vec<Piece>, Rejection> {
    let elsewhere = || Rejection::malformed("not an event as this library writes it");
    let mut rest = std::str::from_utf8(message).map_err(malformed)?;
    let mut pieces = Vec::new();
    for (index, (before, name)) in LAYOUT.into_iter().enumerate() {
        rest = rest.strip_prefix(before).ok_or_else(elsewhere)?;
        let next = LAYOUT.get(index + 1).map_or(END, |(before, _)| *before);
        let (value, _) = rest.split_once(next).ok_or_else(elsewhere)?;
        rest = &rest[value.len()..];
        let framing = format!("{name}_framing");
        pieces.push(Piece::fixed(framing, before.as_bytes()).with_origin(Origin::Public));
        let piece = Piece::free(name, value.as_bytes());
        pieces.push(match name {
            "created_at" => piece.with_origin(Origin::Public),
            _ => piece,
        });
    }
    if rest != END {
        return Err(elsewhere());
    }
    pieces.push(Piece::fixed("end", END.as_bytes()).with_origin(Origin::Public));
    Ok(pieces)
}

fn refusal(error: Error) -> Rejection {
    let detail = error.to_string();
    match error {
        Error::Domain(DomainError::CannotSendYet) => Rejection::not_yet(detail),
        Error::Domain(DomainError::TooManySkippedMessages) => Rejection::gap_too_large(detail),
        _ => Rejection::other(detail),
    }
}

fn malformed(error: impl std::fmt::Display) -> Rejection {
    Rejection::malformed(error.to_string())
}

fn other(error: impl std::fmt::Display) -> Rejection {
    Rejection::other(error.to_string())
}

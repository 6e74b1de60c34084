//! vodozemac's Megolm: one party sends, over a ratchet of four hashes that only goes forward, and signs each message.
//!
//! Source: vodozemac 0.11.1, and the Megolm specification (`docs/megolm.md` of libolm).

use std::borrow::Cow;

use rand_core::CryptoRng;
use sprag::{
    Capabilities, Family, Field, Limits, MessageIndex, Opened, Origin, Pair, Profile, Ratchet,
    Rejection, SymmetricRatchet,
};
use sprag_capture::with_captured;
use vodozemac::megolm::{
    DecryptionError, GroupSession, InboundGroupSession, MegolmMessage, SessionConfig,
};

use crate::pieces::{self, Piece, Reader};

const TAG_LENGTH: usize = 8;
const SIGNATURE_LENGTH: usize = 64;

/// Megolm as vodozemac implements it, in the version that Matrix uses.
///
/// The library leaves to its user whether a message index may come again, and how long old keys are kept: a receiving
/// session opens everything from its first known index on, as often as asked. What is under test is that, or a user who has
/// `advance_to` forget each index that was opened, and with it all before it.
#[derive(Clone, Copy, Debug)]
pub struct Megolm {
    forgets: bool,
}

/// One end of a Megolm session.
pub enum MegolmSession {
    /// The sender's.
    Sending(Box<GroupSession>),
    /// A recipient's, and the index of the message that it opened last.
    Receiving(Box<InboundGroupSession>, Option<u32>),
}

impl Megolm {
    /// The library alone.
    #[must_use]
    pub const fn keeping() -> Self {
        Self { forgets: false }
    }

    /// A recipient that forgets what it has opened, and all before it.
    #[must_use]
    pub const fn forgetting() -> Self {
        Self { forgets: true }
    }
}

impl Clone for MegolmSession {
    fn clone(&self) -> Self {
        match self {
            Self::Sending(session) => {
                Self::Sending(Box::new(GroupSession::from_pickle(session.pickle())))
            }
            Self::Receiving(session, last) => {
                let copy = InboundGroupSession::from_pickle(session.pickle());
                Self::Receiving(Box::new(copy), *last)
            }
        }
    }
}

impl Ratchet for Megolm {
    type Session = MegolmSession;

    /// No limit is declared for a jump ahead, since there is none.
    fn profile(&self) -> Profile {
        let max_stored = self.forgets.then_some(0);
        Profile::of(Family::SymmetricRatchet(SymmetricRatchet {
            one_way: true,
            rotates_after: None,
            limits: Limits { max_stored, ..Limits::default() },
        }))
    }

    fn pair(&self, rng: &mut dyn CryptoRng) -> Result<Pair<MegolmSession>, Rejection> {
        let config = SessionConfig::version_1();
        let sender = with_captured(rng, || GroupSession::new(config));
        let recipient = InboundGroupSession::new(&sender.session_key(), config);
        Ok(Pair {
            initiator: MegolmSession::Sending(Box::new(sender)),
            responder: MegolmSession::Receiving(Box::new(recipient), None),
            opened: false,
        })
    }

    fn encrypt(
        &self,
        session: &mut MegolmSession,
        rng: &mut dyn CryptoRng,
        _ad: &[u8],
        plaintext: &[u8],
    ) -> Result<Vec<u8>, Rejection> {
        match session {
            MegolmSession::Sending(session) => {
                Ok(with_captured(rng, || session.encrypt(plaintext)).to_bytes())
            }
            MegolmSession::Receiving(..) => Err(Rejection::not_yet("a recipient never sends")),
        }
    }

    fn decrypt(
        &self,
        session: &mut MegolmSession,
        _rng: &mut dyn CryptoRng,
        _ad: &[u8],
        message: &[u8],
    ) -> Result<Opened, Rejection> {
        let MegolmSession::Receiving(session, last) = session else {
            return Err(Rejection::other("a sender never receives"));
        };
        let message = MegolmMessage::from_bytes(message)
            .map_err(|error| Rejection::malformed(error.to_string()))?;
        let opened = session.decrypt(&message).map_err(refusal)?;
        *last = Some(opened.message_index);
        if self.forgets {
            session.advance_to(opened.message_index.saturating_add(1));
        }
        Ok(Opened::Plaintext(opened.plaintext))
    }

    fn name(&self) -> Cow<'static, str> {
        Cow::Borrowed(if self.forgets { "vodozemac/megolm-forgetting" } else { "vodozemac/megolm" })
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            export: true,
            fields: true,
            rewrite: true,
            index: true,
            ..Capabilities::default()
        }
    }

    fn export(&self, session: &MegolmSession) -> Result<Vec<u8>, Rejection> {
        match session {
            MegolmSession::Sending(session) => serde_json::to_vec(&session.pickle()),
            MegolmSession::Receiving(session, _) => serde_json::to_vec(&session.pickle()),
        }
        .map_err(|error| Rejection::other(error.to_string()))
    }

    fn import(&self, state: &[u8]) -> Result<MegolmSession, Rejection> {
        // JSON allows white space behind a value; an export has none.
        if !state.ends_with(b"}") {
            return Err(Rejection::malformed("bytes behind the pickle"));
        }
        if let Ok(pickle) = serde_json::from_slice(state) {
            return Ok(MegolmSession::Sending(Box::new(GroupSession::from_pickle(pickle))));
        }
        let pickle = serde_json::from_slice(state)
            .map_err(|error| Rejection::malformed(error.to_string()))?;
        Ok(MegolmSession::Receiving(Box::new(InboundGroupSession::from_pickle(pickle)), None))
    }

    fn fields(&self, message: &[u8]) -> Result<Vec<Field>, Rejection> {
        Ok(pieces::fields(&split(message)?))
    }

    fn rewrite(&self, message: &[u8], field: &str, value: &[u8]) -> Result<Vec<u8>, Rejection> {
        pieces::rewritten(split(message)?, field, value)
    }

    fn last_index(&self, session: &MegolmSession) -> Result<MessageIndex, Rejection> {
        match session {
            MegolmSession::Receiving(_, Some(index)) => {
                Ok(MessageIndex { chain: None, n: u64::from(*index) })
            }
            _ => Err(Rejection::other("nothing was opened")),
        }
    }
}

/// A message by the specification's "Message format".
fn split(message: &[u8]) -> Result<Vec<Piece>, Rejection> {
    let mut reader = Reader(message);
    let mut pieces = vec![Piece::fixed("version", reader.take(1)?)];
    let behind = TAG_LENGTH + SIGNATURE_LENGTH;
    let length = reader.0.len().checked_sub(behind);
    let payload = reader.take(length.ok_or_else(|| Rejection::malformed("too short"))?)?;
    let name = |number| match number {
        1 => Cow::Borrowed("counter"),
        2 => Cow::Borrowed("ciphertext"),
        unknown => Cow::Owned(format!("unknown_{unknown}")),
    };
    let whole = |name: &str, bytes: &[u8]| Ok(vec![Piece::free(name.to_owned(), bytes)]);
    pieces.extend(pieces::entries(payload, None, name, whole)?);
    pieces.push(Piece::fixed("tag", reader.take(TAG_LENGTH)?));
    pieces.push(Piece::fixed("signature", reader.0).with_origin(Origin::Derived));
    Ok(pieces)
}

fn refusal(error: DecryptionError) -> Rejection {
    let detail = error.to_string();
    match error {
        DecryptionError::Signature(_) | DecryptionError::InvalidMAC(_) => Rejection::forged(detail),
        // Below the first known index; whether it was opened before the library does not know.
        DecryptionError::UnknownMessageIndex(..) => Rejection::replayed(detail),
        DecryptionError::InvalidMACLength(..) => Rejection::malformed(detail),
        DecryptionError::InvalidPadding(_) => Rejection::other(detail),
    }
}

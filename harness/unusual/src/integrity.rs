//! A ratchet that promises secrecy and nothing else.

use std::borrow::Cow;

use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};
use sprag::{
    Capabilities, Family, Field, Opened, Pair, Profile, Ratchet, Rejection, SymmetricRatchet,
};
use sprag_protocols::crypto::{Key, hmac_sha256};
use sprag_protocols::double_ratchet::kdf_ck;

use crate::wrapped::{load, save};
use crate::{Member, member};

/// A key stream from a hash chain, with a counter before it; what is skipped is lost.
pub(crate) struct NoTag;

#[derive(Clone, Deserialize, Serialize)]
pub(crate) struct Session {
    sending: (Key, u32),
    receiving: (Key, u32),
}

const MAX_SKIP: u32 = 64;

fn stream(mk: &Key, bytes: &[u8]) -> Vec<u8> {
    let block = |number: usize| hmac_sha256(mk, &number.to_be_bytes()).0;
    let keyed = bytes.chunks(32).enumerate().flat_map(|(number, chunk)| {
        let key = block(number);
        chunk.iter().zip(key).map(|(byte, key)| byte ^ key).collect::<Vec<u8>>()
    });
    keyed.collect()
}

impl Ratchet for NoTag {
    type Session = Session;

    fn profile(&self) -> Profile {
        let profile = Profile::of(Family::SymmetricRatchet(SymmetricRatchet::default()));
        Profile { integrity: false, expansion: Some(4), ..profile.with_limits(MAX_SKIP, 0) }
    }

    fn pair(&self, rng: &mut dyn CryptoRng) -> Result<Pair<Session>, Rejection> {
        let (sending, receiving) = ((Key::random(rng), 0), (Key::random(rng), 0));
        let initiator = Session { sending, receiving };
        let responder = Session { sending: receiving, receiving: sending };
        Ok(Pair { initiator, responder, opened: false })
    }

    fn encrypt(
        &self,
        session: &mut Session,
        _rng: &mut dyn CryptoRng,
        _ad: &[u8],
        plaintext: &[u8],
    ) -> Result<Vec<u8>, Rejection> {
        let (ck, n) = session.sending;
        let (next, mk) = kdf_ck(&ck);
        let after = n.checked_add(1).ok_or_else(|| Rejection::other("the chain is used up"))?;
        session.sending = (next, after);
        Ok([&n.to_be_bytes()[..], &stream(&mk, plaintext)].concat())
    }

    fn decrypt(
        &self,
        session: &mut Session,
        _rng: &mut dyn CryptoRng,
        _ad: &[u8],
        message: &[u8],
    ) -> Result<Opened, Rejection> {
        let split = message.split_first_chunk();
        let (n, ciphertext) = split.ok_or_else(|| Rejection::malformed("no counter"))?;
        let n = u32::from_be_bytes(*n);
        let (mut ck, next) = session.receiving;
        let gap = n.checked_sub(next).ok_or_else(|| Rejection::replayed("its key is gone"))?;
        if gap > MAX_SKIP || n == u32::MAX {
            return Err(Rejection::gap_too_large("too far ahead"));
        }
        for _ in 0..gap {
            ck = kdf_ck(&ck).0;
        }
        let (ck, mk) = kdf_ck(&ck);
        session.receiving = (ck, n + 1);
        Ok(Opened::Plaintext(stream(&mk, ciphertext)))
    }

    fn name(&self) -> Cow<'static, str> {
        Cow::Borrowed("unusual/no-integrity")
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities { export: true, fields: true, ..Capabilities::default() }
    }

    fn export(&self, session: &Session) -> Result<Vec<u8>, Rejection> {
        save(session)
    }

    fn import(&self, state: &[u8]) -> Result<Session, Rejection> {
        load(state)
    }

    fn fields(&self, message: &[u8]) -> Result<Vec<Field>, Rejection> {
        let ciphertext = message.len().checked_sub(4);
        let ciphertext = ciphertext.ok_or_else(|| Rejection::malformed("no counter"))?;
        Ok(vec![Field::new("counter", 0, 4), Field::new("ciphertext", 4, ciphertext)])
    }
}

pub(crate) fn no_integrity() -> Member {
    member("a key stream and no tag", "voice over radio, where a flipped bit is a click", NoTag)
}

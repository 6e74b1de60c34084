//! One key for ever and a random nonce for each message: no ratchet at all, to measure that.
//!
//! Wire: version 1, nonce 24, ciphertext, tag 16. The direction is bound by the associated data.

use std::borrow::Cow;

use rand_core::CryptoRng;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sprag::{
    Capabilities, Family, Field, Opened, Origin, Pair, Party, Profile, Ratchet, Rejection, Setup,
    StaticKey as Claims,
};

use crate::crypto::{self, Key, NONCE_LENGTH, TAG_LENGTH};
use crate::{capabilities, rewrite, saved};

const KIND: &str = "static-key";
const VERSION: u8 = 1;
const HEADER_LENGTH: usize = 1 + NONCE_LENGTH;

/// The steps of the scheme, each a method that a planted bug may override.
pub trait StaticSteps: Clone + Send + Sync + 'static {
    /// Memory of a planted bug, kept in [`State::extra`].
    type Extra: Clone + Default + DeserializeOwned + Send + Serialize + 'static;

    /// What the scheme claims: `claims` is what is true of it.
    fn claims(&self, claims: Claims) -> Claims {
        claims
    }

    /// What is authenticated with a message of `sender`.
    fn concat(&self, sender: Party, ad: &[u8]) -> Vec<u8> {
        crypto::concat(ad, sender.to_string().as_bytes())
    }

    /// The nonce of the next message.
    fn nonce(
        &self,
        _state: &mut State<Self::Extra>,
        rng: &mut dyn CryptoRng,
    ) -> [u8; NONCE_LENGTH] {
        let mut nonce = [0; NONCE_LENGTH];
        rng.fill_bytes(&mut nonce);
        nonce
    }
}

/// The steps without a bug.
#[derive(Clone, Copy, Debug, Default)]
pub struct Textbook;

impl StaticSteps for Textbook {
    type Extra = ();
}

/// What one party holds.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct State<X> {
    /// Whose state this is.
    pub party: Party,
    /// The key of both directions.
    pub key: Key,
    /// Memory of a planted bug.
    pub extra: X,
}

/// A static-key scheme made of the steps `S`.
#[derive(Clone, Debug, Default)]
pub struct StaticKey<S: StaticSteps = Textbook> {
    /// The steps.
    pub steps: S,
}

fn decode(message: &[u8]) -> Result<([u8; NONCE_LENGTH], &[u8]), Rejection> {
    let malformed = || Rejection::malformed("no message of this scheme");
    let (&version, rest) = message.split_first().ok_or_else(malformed)?;
    let (nonce, body) = rest.split_first_chunk().ok_or_else(malformed)?;
    if version != VERSION || body.len() < TAG_LENGTH {
        return Err(malformed());
    }
    Ok((*nonce, body))
}

impl<S: StaticSteps> Ratchet for StaticKey<S> {
    type Session = State<S::Extra>;

    fn profile(&self) -> Profile {
        let claims = Claims { binds_direction: true, ..Claims::default() };
        Profile::of(Family::StaticKey(self.steps.claims(claims)))
    }

    fn pair(&self, rng: &mut dyn CryptoRng) -> Result<Pair<Self::Session>, Rejection> {
        self.pair_with(rng, &Setup::default())
    }

    fn pair_with(
        &self,
        rng: &mut dyn CryptoRng,
        setup: &Setup,
    ) -> Result<Pair<Self::Session>, Rejection> {
        let key = setup.shared_secret.map_or_else(|| Key::random(rng), Key);
        let [initiator, responder] =
            Party::BOTH.map(|party| State { party, key, extra: S::Extra::default() });
        Ok(Pair { initiator, responder, opened: false })
    }

    fn encrypt(
        &self,
        session: &mut Self::Session,
        rng: &mut dyn CryptoRng,
        ad: &[u8],
        plaintext: &[u8],
    ) -> Result<Vec<u8>, Rejection> {
        let nonce = self.steps.nonce(session, rng);
        let ad = self.steps.concat(session.party, ad);
        let sealed = crypto::seal_static(&session.key, nonce, &ad, plaintext);
        Ok([&[VERSION], &nonce[..], &sealed].concat())
    }

    fn decrypt(
        &self,
        session: &mut Self::Session,
        _rng: &mut dyn CryptoRng,
        ad: &[u8],
        message: &[u8],
    ) -> Result<Opened, Rejection> {
        let (nonce, sealed) = decode(message)?;
        let ad = self.steps.concat(session.party.peer(), ad);
        crypto::open_static(&session.key, nonce, &ad, sealed).map(Opened::Plaintext)
    }

    fn name(&self) -> Cow<'static, str> {
        "textbook/static-key".into()
    }

    fn capabilities(&self) -> Capabilities {
        capabilities()
    }

    fn export(&self, session: &Self::Session) -> Result<Vec<u8>, Rejection> {
        saved::save(KIND, session)
    }

    fn import(&self, state: &[u8]) -> Result<Self::Session, Rejection> {
        saved::load(KIND, state)
    }

    fn fields(&self, message: &[u8]) -> Result<Vec<Field>, Rejection> {
        let ciphertext = decode(message)?.1.len() - TAG_LENGTH;
        Ok(vec![
            Field::new("version", 0, 1).with_origin(Origin::Public),
            Field::new("nonce", 1, NONCE_LENGTH).with_origin(Origin::Random),
            Field::new("ciphertext", HEADER_LENGTH, ciphertext).with_origin(Origin::Derived),
            Field::new("tag", HEADER_LENGTH + ciphertext, TAG_LENGTH).with_origin(Origin::Derived),
        ])
    }

    fn rewrite(&self, message: &[u8], field: &str, value: &[u8]) -> Result<Vec<u8>, Rejection> {
        rewrite(message, &self.fields(message)?, field, value)
    }
}

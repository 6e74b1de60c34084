//! The Double Ratchet step by step, as its specification (revision 4, sections 3 and 7) writes it down.

use rand_core::CryptoRng;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sprag::{KeyGeneration, Party, Profile, Rejection};

use super::state::State;
use super::wire::Header;
use super::{Config, KIND, ROOT_INFO};
use crate::crypto::{self, Key, KeyPair, PublicKey, TAG_LENGTH};
use crate::saved;

/// The steps of a Double Ratchet, each a method that a planted bug may override.
///
/// Steps that can fail work on a draft of the state; [`Steps::ratchet_decrypt`] commits it only when the
/// message has authenticated.
pub trait Steps: Clone + Send + Sync + Sized + 'static {
    /// Memory of a planted bug, kept in [`State::extra`].
    type Extra: Clone + Default + DeserializeOwned + Send + Serialize + 'static;

    /// Bytes of random padding between header and ciphertext; the specification has none.
    const PADDING: usize = 0;

    /// The name in reports.
    fn name(&self, config: &Config) -> String {
        match config.key_generation {
            KeyGeneration::Eager => "textbook/double-ratchet-eager".to_owned(),
            KeyGeneration::Lazy => "textbook/double-ratchet-lazy".to_owned(),
        }
    }

    /// What the ratchet claims to be: `profile` is what every Double Ratchet of this configuration is.
    fn claims(&self, profile: Profile) -> Profile {
        profile
    }

    /// The root key that both ends start from: the agreed secret, bound to who they are where that is known.
    fn initial_root(&self, secret: &Key, initiator_id: &[u8], responder_id: &[u8]) -> Key {
        crypto::hmac_sha256(secret, &crypto::concat(initiator_id, responder_id))
    }

    /// The state of a party before the first key of either, as it begins from the agreed secret.
    fn first_state(&self, party: Party, _secret: &Key, root: Key) -> State<Self::Extra> {
        State::new(party, root)
    }

    /// The number that the user is told when a message opens.
    fn reported_index(&self, header: &Header) -> u32 {
        header.n
    }

    /// `GENERATE_DH()`
    fn generate_dh(&self, _state: &mut State<Self::Extra>, rng: &mut dyn CryptoRng) -> KeyPair {
        KeyPair::from(Key::random(rng))
    }

    /// `DH(dh_pair, dh_pub)`
    ///
    /// # Errors
    /// `malformed` for a public key that is not canonical or of low order.
    fn dh(&self, dh_pair: &KeyPair, dh_pub: &PublicKey) -> Result<Key, Rejection> {
        crypto::x25519(dh_pair, dh_pub)
    }

    /// `KDF_RK(rk, dh_out)`: the next root key, and a chain key.
    fn kdf_rk(&self, rk: &Key, dh_out: &Key) -> (Key, Key) {
        kdf_rk(rk, dh_out, ROOT_INFO)
    }

    /// `KDF_CK(ck)`: the next chain key, and the key of message `n`.
    fn kdf_ck(&self, ck: &Key, _n: u32) -> (Key, Key) {
        kdf_ck(ck)
    }

    /// `ENCRYPT(mk, plaintext, associated_data)`
    fn encrypt(&self, mk: &Key, plaintext: &[u8], associated_data: &[u8]) -> Vec<u8> {
        crypto::seal(mk, associated_data, plaintext)
    }

    /// `DECRYPT(mk, ciphertext, associated_data)`
    ///
    /// # Errors
    /// `forged` if the ciphertext does not authenticate.
    fn decrypt(
        &self,
        mk: &Key,
        sealed: &[u8],
        associated_data: &[u8],
    ) -> Result<Vec<u8>, Rejection> {
        crypto::open(mk, associated_data, sealed)
    }

    /// `CONCAT(ad, header)`
    fn concat(&self, ad: &[u8], header: &Header) -> Vec<u8> {
        crypto::concat(ad, &header.encode())
    }

    /// Splits a message into header and body.
    ///
    /// # Errors
    /// `malformed` for bytes that are no message.
    fn parse<'m>(&self, message: &'m [u8]) -> Result<(Header, &'m [u8]), Rejection> {
        Header::decode(message, Self::PADDING + TAG_LENGTH)
    }

    /// The padding of a message, [`Steps::PADDING`] bytes; it is authenticated with the header.
    fn padding(
        &self,
        _state: &mut State<Self::Extra>,
        _plaintext: &[u8],
        rng: &mut dyn CryptoRng,
    ) -> Vec<u8> {
        let mut padding = vec![0; Self::PADDING];
        rng.fill_bytes(&mut padding);
        padding
    }

    /// `RatchetEncrypt(state, plaintext, AD)`
    ///
    /// # Errors
    /// `not-yet` before the first key of the peer is known; `other` when the chain is used up.
    fn ratchet_encrypt(
        &self,
        config: &Config,
        state: &mut State<Self::Extra>,
        rng: &mut dyn CryptoRng,
        ad: &[u8],
        plaintext: &[u8],
    ) -> Result<Vec<u8>, Rejection> {
        let mut draft = state.draft();
        self.prepare_sending(config, &mut draft, rng)?;
        let (header, mk) = self.sending_key(&mut draft)?;
        let padding = self.padding(&mut draft, plaintext, rng);
        let associated_data = [self.concat(ad, &header), padding.clone()].concat();
        let sealed = self.encrypt(&mk, plaintext, &associated_data);
        self.sent(&mut draft, &mk);
        let most = self.most_stored(config, &draft);
        state.commit(draft, most);
        Ok([header.encode(), padding, sealed].concat())
    }

    /// Does the sending half of a step that was left for now (`Lazy` key generation).
    ///
    /// # Errors
    /// `not-yet` before the first key of the peer is known.
    fn prepare_sending(
        &self,
        _config: &Config,
        state: &mut State<Self::Extra>,
        rng: &mut dyn CryptoRng,
    ) -> Result<(), Rejection> {
        if state.cks.is_none() { self.sending_half(state, rng) } else { Ok(()) }
    }

    /// Takes the next key of the sending chain.
    ///
    /// # Errors
    /// `not-yet` without a chain, `other` when it is used up.
    fn sending_key(&self, state: &mut State<Self::Extra>) -> Result<(Header, Key), Rejection> {
        let (Some(dhs), Some(cks)) = (state.dhs, state.cks) else {
            return Err(Rejection::not_yet("no sending chain"));
        };
        let header = Header { dh: dhs.public, pn: state.pn, n: state.ns };
        let next = state.ns.checked_add(1);
        let next = next.ok_or_else(|| Rejection::other("the sending chain is used up"))?;
        let (cks, mk) = self.kdf_ck(&cks, state.ns);
        (state.cks, state.ns) = (Some(cks), next);
        Ok((header, mk))
    }

    /// `RatchetDecrypt(state, header, ciphertext, AD)`
    ///
    /// # Errors
    /// A rejection of any class but `not-yet`; the state is then unchanged.
    fn ratchet_decrypt(
        &self,
        config: &Config,
        state: &mut State<Self::Extra>,
        rng: &mut dyn CryptoRng,
        ad: &[u8],
        message: &[u8],
    ) -> Result<Vec<u8>, Rejection> {
        let (header, body) = self.parse(message)?;
        crypto::check_canonical(&header.dh)?;
        let (padding, sealed) = body.split_at(Self::PADDING);
        let associated_data = [&self.concat(ad, &header), padding].concat();
        if let Some(mk) = self.try_skipped_message_keys(state, &header) {
            let plaintext = self.decrypt(&mk, sealed, &associated_data)?;
            self.forget(state, &header, &mk);
            state.forget_ages();
            state.last_opened = Some(self.reported_index(&header));
            return Ok(self.hand_over(state, plaintext));
        }
        self.check_replay(state, &header)?;
        self.check_limits(config, state, &header)?;

        let mut draft = state.draft();
        if draft.is_new_key(&header) {
            self.dh_ratchet(config, &mut draft, &header, rng)?;
        }
        let mk = self.receiving_key(&mut draft, &header)?;
        match self.decrypt(&mk, sealed, &associated_data) {
            Ok(plaintext) => {
                let most = self.most_stored(config, &draft);
                state.commit(draft, most);
                self.forget(state, &header, &mk);
                state.last_opened = Some(self.reported_index(&header));
                Ok(self.hand_over(state, plaintext))
            }
            Err(rejection) => {
                self.discard(state, draft);
                Err(rejection)
            }
        }
    }

    /// `TrySkippedMessageKeys`: the stored key of the message, if there is one. It stays stored until the
    /// message has authenticated.
    fn try_skipped_message_keys(&self, state: &State<Self::Extra>, header: &Header) -> Option<Key> {
        state.skipped.get(&(header.dh, header.n))
    }

    /// Refuses a message of the current chain whose key is gone.
    ///
    /// # Errors
    /// `replayed`.
    fn check_replay(&self, state: &State<Self::Extra>, header: &Header) -> Result<(), Rejection> {
        if !state.is_new_key(header) && header.n < state.nr {
            return Err(Rejection::replayed("message was opened before, or its key was evicted"));
        }
        Ok(())
    }

    /// Refuses a message that skips more than `max_skip` keys of a chain, before any key is derived.
    ///
    /// # Errors
    /// `gap-too-large`.
    fn check_limits(
        &self,
        config: &Config,
        state: &State<Self::Extra>,
        header: &Header,
    ) -> Result<(), Rejection> {
        let (old, new) = match state.is_new_key(header) {
            true if state.ckr.is_some() => (header.pn.saturating_sub(state.nr), header.n),
            true => (0, header.n),
            false => (0, header.n.saturating_sub(state.nr)),
        };
        if old.max(new) > config.max_skip {
            return Err(Rejection::gap_too_large("too many messages are missing"));
        }
        Ok(())
    }

    /// `DHRatchet(state, header)`, after the rest of the old receiving chain is stored.
    ///
    /// # Errors
    /// `malformed` for a bad ratchet key, `forged` for one that cannot be answered to a key of ours.
    fn dh_ratchet(
        &self,
        config: &Config,
        state: &mut State<Self::Extra>,
        header: &Header,
        rng: &mut dyn CryptoRng,
    ) -> Result<(), Rejection> {
        self.skip_message_keys(state, header.pn);
        self.receiving_half(state, header)?;
        match config.key_generation {
            KeyGeneration::Eager => self.sending_half(state, rng),
            KeyGeneration::Lazy => {
                (state.dhs, state.cks) = (None, None);
                Ok(())
            }
        }
    }

    /// The first half of `DHRatchet`: a new receiving chain.
    ///
    /// # Errors
    /// As [`Steps::dh_ratchet`].
    fn receiving_half(
        &self,
        state: &mut State<Self::Extra>,
        header: &Header,
    ) -> Result<(), Rejection> {
        let Some(dhs) = state.dhs else {
            // The peer knows no key of ours that it has not answered yet.
            return Err(Rejection::forged("ratchet key out of turn"));
        };
        let (rk, ckr) = self.kdf_rk(&state.rk, &self.dh(&dhs, &header.dh)?);
        (state.rk, state.ckr, state.nr, state.dhr) = (rk, Some(ckr), 0, Some(header.dh));
        Ok(())
    }

    /// The second half of `DHRatchet`: a new key pair and sending chain.
    ///
    /// # Errors
    /// `not-yet` before the first key of the peer is known.
    fn sending_half(
        &self,
        state: &mut State<Self::Extra>,
        rng: &mut dyn CryptoRng,
    ) -> Result<(), Rejection> {
        let dhr = state.dhr.ok_or_else(|| Rejection::not_yet("nothing received yet"))?;
        let dhs = self.generate_dh(state, rng);
        let (rk, cks) = self.kdf_rk(&state.rk, &self.dh(&dhs, &dhr)?);
        (state.pn, state.ns) = (state.ns, 0);
        (state.dhs, state.rk, state.cks) = (Some(dhs), rk, Some(cks));
        Ok(())
    }

    /// `SkipMessageKeys(state, until)`: stores the keys before `until`. Limits were checked before.
    fn skip_message_keys(&self, state: &mut State<Self::Extra>, until: u32) {
        let (Some(mut ckr), Some(dhr)) = (state.ckr, state.dhr) else { return };
        while state.nr < until {
            let (next, mk) = self.kdf_ck(&ckr, state.nr);
            state.skipped.insert((dhr, state.nr), mk);
            ckr = next;
            state.nr += 1;
        }
        state.ckr = Some(ckr);
    }

    /// Takes the key of message `header.n` from the receiving chain, storing those before it.
    ///
    /// # Errors
    /// `forged` without a receiving chain.
    fn receiving_key(
        &self,
        state: &mut State<Self::Extra>,
        header: &Header,
    ) -> Result<Key, Rejection> {
        self.skip_message_keys(state, header.n);
        let ckr = state.ckr.ok_or_else(|| Rejection::forged("no receiving chain"))?;
        let (ckr, mk) = self.kdf_ck(&ckr, header.n);
        state.ckr = Some(ckr);
        state.nr = state.nr.saturating_add(1);
        Ok(mk)
    }

    /// How many skipped keys may stay stored behind a step that led to `state`.
    fn most_stored(&self, config: &Config, _state: &State<Self::Extra>) -> u32 {
        config.max_stored
    }

    /// Gives a plaintext to the user. The session keeps nothing of it.
    fn hand_over(&self, _state: &mut State<Self::Extra>, plaintext: Vec<u8>) -> Vec<u8> {
        plaintext
    }

    /// Deletes the key of a message that was sent.
    fn sent(&self, _state: &mut State<Self::Extra>, _mk: &Key) {}

    /// Deletes the key of a message that was opened.
    fn forget(&self, state: &mut State<Self::Extra>, header: &Header, _mk: &Key) {
        state.skipped.remove(&(header.dh, header.n));
    }

    /// Time passes, and skipped keys that are too old go.
    fn pass_time(&self, config: &Config, state: &mut State<Self::Extra>, seconds: u32) {
        let (Some(most), Some(ages)) = (config.stored_seconds, &mut state.ages) else { return };
        ages.now = ages.now.saturating_add(seconds.into());
        for name in ages.older_than(most) {
            state.skipped.remove(&name);
        }
        state.forget_ages();
    }

    /// Drops the changes that a refused message would have made.
    fn discard(&self, _state: &mut State<Self::Extra>, _draft: State<Self::Extra>) {}

    /// What of a state is written to rest.
    fn saved(&self, state: &State<Self::Extra>) -> State<Self::Extra> {
        state.clone()
    }

    /// Reads what was written to rest.
    ///
    /// # Errors
    /// `malformed` for bytes that are no saved state.
    fn load(&self, bytes: &[u8]) -> Result<State<Self::Extra>, Rejection> {
        saved::load(KIND, bytes)
    }

    /// The state from what was written.
    ///
    /// # Errors
    /// `malformed` for a state that cannot be.
    fn restored(&self, saved: State<Self::Extra>) -> Result<State<Self::Extra>, Rejection> {
        Ok(saved)
    }
}

/// The steps without a bug.
#[derive(Clone, Copy, Debug, Default)]
pub struct Textbook;

impl Steps for Textbook {
    type Extra = ();
}

/// `KDF_RK` by HKDF-SHA256 with an application-specific `info`.
#[must_use]
pub fn kdf_rk(rk: &Key, dh_out: &Key, info: &[u8]) -> (Key, Key) {
    crypto::hkdf_pair(rk, &dh_out.0, info)
}

/// `KDF_CK` by HMAC-SHA256: the next chain key of constant 2, the message key of constant 1.
#[must_use]
pub fn kdf_ck(ck: &Key) -> (Key, Key) {
    (crypto::hmac_sha256(ck, &[2]), crypto::hmac_sha256(ck, &[1]))
}

//! The Double Ratchet with header encryption step by step, as its specification (revision 4, sections 4 and 7) writes
//! it down.

use rand_core::CryptoRng;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sprag::Rejection;

use super::Limits;
use super::state::{HeaderKey, MessageName, State};
use super::wire::{self, EncryptedHeader};
use crate::crypto::{self, Key, KeyPair, NONCE_LENGTH, PublicKey};
use crate::double_ratchet::{Header, kdf_ck};

/// The `info` of `KDF_RK_HE`.
const ROOT_INFO: &[u8] = b"sprag double ratchet root, header encrypted";

/// The steps of a Double Ratchet with header encryption, each a method that a planted bug may override.
///
/// Steps that can fail work on a draft of the state; [`HeaderSteps::ratchet_decrypt`] commits it only when the
/// message has authenticated.
pub trait HeaderSteps: Clone + Send + Sync + Sized + 'static {
    /// Memory of a planted bug, kept in [`State::extra`].
    type Extra: Clone + Default + DeserializeOwned + Send + Serialize + 'static;

    /// The name in reports.
    fn name(&self) -> &'static str {
        "textbook/double-ratchet-header-encrypted"
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

    /// `KDF_RK_HE(rk, dh_out)`: the next root key, a chain key, and the header key of the chain after it.
    fn kdf_rk_he(&self, rk: &Key, dh_out: &Key) -> (Key, Key, HeaderKey) {
        kdf_rk_he(rk, dh_out)
    }

    /// `KDF_CK(ck)`: the next chain key, and the key of message `n`.
    fn kdf_ck(&self, ck: &Key, _n: u32) -> (Key, Key) {
        kdf_ck(ck)
    }

    /// The nonce of a header: random, since a header key is used for each message of its chain.
    fn header_nonce(
        &self,
        _state: &State<Self::Extra>,
        rng: &mut dyn CryptoRng,
    ) -> [u8; NONCE_LENGTH] {
        let mut nonce = [0; NONCE_LENGTH];
        rng.fill_bytes(&mut nonce);
        nonce
    }

    /// `HENCRYPT(hk, header)`
    fn hencrypt(&self, hk: &HeaderKey, nonce: [u8; NONCE_LENGTH], header: &Header) -> Vec<u8> {
        [&nonce[..], &crypto::seal_static(hk, nonce, &[], &header.encode())].concat()
    }

    /// `HDECRYPT(hk, enc_header)`: the header, if it was encrypted under this key.
    fn hdecrypt(&self, hk: &HeaderKey, enc_header: &EncryptedHeader) -> Option<Header> {
        let (nonce, sealed) = enc_header.split_first_chunk()?;
        let plain = crypto::open_static(hk, *nonce, &[], sealed).ok()?;
        let (header, _) = Header::decode(&plain, 0).ok()?;
        Some(header)
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

    /// `CONCAT(ad, enc_header)`: the header is bound to its body as it is on the wire.
    fn concat(&self, ad: &[u8], enc_header: &[u8]) -> Vec<u8> {
        crypto::concat(ad, enc_header)
    }

    /// `RatchetEncryptHE(state, plaintext, AD)`
    ///
    /// # Errors
    /// `not-yet` before the first message of the peer; `other` when the chain is used up.
    fn ratchet_encrypt(
        &self,
        state: &mut State<Self::Extra>,
        rng: &mut dyn CryptoRng,
        ad: &[u8],
        plaintext: &[u8],
    ) -> Result<Vec<u8>, Rejection> {
        let (Some(dhs), Some(cks), Some(hks)) = (state.dhs, state.cks, state.hks) else {
            return Err(Rejection::not_yet("no sending chain"));
        };
        let header = Header { dh: dhs.public, pn: state.pn, n: state.ns };
        let next = state.ns.checked_add(1);
        let next = next.ok_or_else(|| Rejection::other("the sending chain is used up"))?;
        let (cks, mk) = self.kdf_ck(&cks, state.ns);
        let nonce = self.header_nonce(state, rng);
        let enc_header = self.hencrypt(&hks, nonce, &header);
        let sealed = self.encrypt(&mk, plaintext, &self.concat(ad, &enc_header));
        (state.cks, state.ns) = (Some(cks), next);
        Ok([enc_header, sealed].concat())
    }

    /// `RatchetDecryptHE(state, enc_header, ciphertext, AD)`
    ///
    /// The specification tries the skipped keys before the header keys of the receiving chain and of the next. The
    /// order decides nothing, and this one finds most headers at the first trial.
    ///
    /// # Errors
    /// A rejection of any class but `not-yet`; the state is then unchanged.
    fn ratchet_decrypt(
        &self,
        limits: &Limits,
        state: &mut State<Self::Extra>,
        rng: &mut dyn CryptoRng,
        ad: &[u8],
        message: &[u8],
    ) -> Result<Vec<u8>, Rejection> {
        let (enc_header, sealed) = wire::split(message)?;
        let associated_data = self.concat(ad, enc_header);
        let (header, hk) = self.decrypt_header(state, enc_header)?;
        crypto::check_canonical(&header.dh)?;
        let name = (hk, header.n);
        if let Some(mk) = self.skipped_key(state, &name) {
            let plaintext = self.decrypt(&mk, sealed, &associated_data)?;
            self.forget(state, &name, &mk);
            return Ok(plaintext);
        }
        let dh_ratchet = hk == state.nhkr;
        if !dh_ratchet && (state.hkr != Some(hk) || header.n < state.nr) {
            return Err(Rejection::replayed("message was opened before, or its key was evicted"));
        }
        self.check_limits(limits, state, &header, dh_ratchet)?;

        let mut draft = state.draft();
        if dh_ratchet {
            self.dh_ratchet(&mut draft, &header, rng)?;
        }
        let mk = self.receiving_key(&mut draft, &header)?;
        match self.decrypt(&mk, sealed, &associated_data) {
            Ok(plaintext) => {
                state.commit(draft, limits.max_stored);
                self.forget(state, &name, &mk);
                Ok(plaintext)
            }
            Err(rejection) => {
                self.discard(state, draft);
                Err(rejection)
            }
        }
    }

    /// `DecryptHeader`: the header, and the key it was encrypted under. There are at most two more trials than chains
    /// of which messages are missing, and so at most `max_stored + 2`.
    ///
    /// # Errors
    /// `forged` if no key fits.
    fn decrypt_header(
        &self,
        state: &State<Self::Extra>,
        enc_header: &EncryptedHeader,
    ) -> Result<(Header, HeaderKey), Rejection> {
        let keys = state.header_keys();
        let found = keys.into_iter().find_map(|hk| Some((self.hdecrypt(&hk, enc_header)?, hk)));
        found.ok_or_else(|| Rejection::forged("no header key fits"))
    }

    /// `TrySkippedMessageKeysHE`: the stored key of the message, if there is one. It stays stored until the message
    /// has authenticated.
    fn skipped_key(&self, state: &State<Self::Extra>, name: &MessageName) -> Option<Key> {
        state.skipped.get(name)
    }

    /// Refuses a message that skips more than `max_skip` keys of a chain, before any key is derived.
    ///
    /// # Errors
    /// `gap-too-large`.
    fn check_limits(
        &self,
        limits: &Limits,
        state: &State<Self::Extra>,
        header: &Header,
        dh_ratchet: bool,
    ) -> Result<(), Rejection> {
        let (old, new) = match dh_ratchet {
            true if state.ckr.is_some() => (header.pn.saturating_sub(state.nr), header.n),
            true => (0, header.n),
            false => (0, header.n.saturating_sub(state.nr)),
        };
        if old.max(new) > limits.max_skip {
            return Err(Rejection::gap_too_large("too many messages are missing"));
        }
        Ok(())
    }

    /// `DHRatchetHE(state, header)`, after the rest of the old receiving chain is stored.
    ///
    /// # Errors
    /// `malformed` for a bad ratchet key.
    fn dh_ratchet(
        &self,
        state: &mut State<Self::Extra>,
        header: &Header,
        rng: &mut dyn CryptoRng,
    ) -> Result<(), Rejection> {
        self.skip_message_keys(state, header.pn);
        self.receiving_half(state, header)?;
        self.sending_half(state, rng)
    }

    /// The first half of `DHRatchetHE`: a new receiving chain.
    ///
    /// # Errors
    /// As [`HeaderSteps::dh_ratchet`].
    fn receiving_half(
        &self,
        state: &mut State<Self::Extra>,
        header: &Header,
    ) -> Result<(), Rejection> {
        let dhs = state.dhs.ok_or_else(|| Rejection::forged("ratchet key out of turn"))?;
        let (rk, ckr, nhkr) = self.kdf_rk_he(&state.rk, &self.dh(&dhs, &header.dh)?);
        (state.dhr, state.hkr, state.nr) = (Some(header.dh), Some(state.nhkr), 0);
        (state.rk, state.ckr, state.nhkr) = (rk, Some(ckr), nhkr);
        Ok(())
    }

    /// The second half of `DHRatchetHE`: a new key pair and sending chain.
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
        let (rk, cks, nhks) = self.kdf_rk_he(&state.rk, &self.dh(&dhs, &dhr)?);
        (state.dhs, state.hks) = (Some(dhs), Some(state.nhks));
        (state.pn, state.ns) = (state.ns, 0);
        (state.rk, state.cks, state.nhks) = (rk, Some(cks), nhks);
        Ok(())
    }

    /// `SkipMessageKeysHE(state, until)`: stores the keys before `until`. Limits were checked before.
    fn skip_message_keys(&self, state: &mut State<Self::Extra>, until: u32) {
        let (Some(mut ckr), Some(hkr)) = (state.ckr, state.hkr) else { return };
        while state.nr < until {
            let (next, mk) = self.kdf_ck(&ckr, state.nr);
            state.skipped.insert((hkr, state.nr), mk);
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

    /// Deletes the key of a message that was opened.
    fn forget(&self, state: &mut State<Self::Extra>, name: &MessageName, _mk: &Key) {
        state.skipped.remove(name);
    }

    /// Drops the changes that a refused message would have made.
    fn discard(&self, _state: &mut State<Self::Extra>, _draft: State<Self::Extra>) {}
}

/// The steps without a bug.
#[derive(Clone, Copy, Debug, Default)]
pub struct Textbook;

impl HeaderSteps for Textbook {
    type Extra = ();
}

/// `KDF_RK_HE` by HKDF-SHA256 with an application-specific `info`.
#[must_use]
pub fn kdf_rk_he(rk: &Key, dh_out: &Key) -> (Key, Key, HeaderKey) {
    let output = crypto::hkdf_sha256::<96>(rk, &dh_out.0, ROOT_INFO);
    let third = |from: usize| Key(std::array::from_fn(|i| output[from + i]));
    (third(0), third(32), third(64))
}

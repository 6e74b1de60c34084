//! The hybrid ratchet step by step. The classical half takes the steps of the Double Ratchet; those of the post-quantum
//! half, and what joins both, stand here.

use rand_core::CryptoRng;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sprag::{KeyGeneration, Party, PqRekey, Rejection};

use super::kem::{self, Ciphertext, KemPair, PublicKey};
use super::post_quantum::{EpochKeys, Exchange, PostQuantum};
use super::wire::{Header, KemHeader, Load};
use super::{Config, State};
use crate::crypto::{self, Key};
use crate::double_ratchet::{self, Steps as _, kdf_ck};

/// The classical half has no bug.
const CLASSICAL: double_ratchet::Textbook = double_ratchet::Textbook;

/// The steps of a hybrid ratchet, each a method that a planted bug may override.
///
/// Steps that can fail work on drafts of both halves, which are committed together once the message has authenticated.
pub trait HybridSteps: Clone + Send + Sync + Sized + 'static {
    /// Memory of a planted bug, kept in [`PostQuantum::extra`].
    type Extra: Clone + Default + DeserializeOwned + Send + Serialize + 'static;

    /// The name in reports.
    fn name(&self) -> &'static str {
        "textbook/hybrid-ratchet"
    }

    /// The pace of the post-quantum half. An epoch takes a message there, one back and one there: two in one direction at
    /// most. A theft is healed with the epoch that follows on the one under way.
    fn pq_rekey(&self) -> PqRekey {
        PqRekey { messages: 2, epochs: 2 }
    }

    /// The key of a message of `sender`: it follows from the keys of both halves, and from neither alone.
    fn message_key(
        &self,
        classical: &Key,
        post_quantum: &Key,
        _sender: Party,
        _header: &Header,
    ) -> Key {
        message_key(classical, post_quantum)
    }

    /// The root and the chains of `epoch`, from the root before and the secret that the KEM carried.
    fn kdf_epoch(&self, root: &Key, secret: &Key, _epoch: u32) -> EpochKeys {
        kdf_epoch(root, secret)
    }

    /// The next chain key, and the key of message `n`.
    fn kdf_chain(&self, chain: &Key, _n: u32) -> (Key, Key) {
        kdf_ck(chain)
    }

    /// The key pair for the next epoch.
    fn generate_kem(
        &self,
        _half: &mut PostQuantum<Self::Extra>,
        rng: &mut dyn CryptoRng,
    ) -> KemPair {
        KemPair::random(rng)
    }

    /// A fresh secret, and the ciphertext that carries it to the owner of `public`.
    ///
    /// # Errors
    /// `malformed` for bytes that are no public key.
    fn encapsulate(
        &self,
        _half: &mut PostQuantum<Self::Extra>,
        public: &PublicKey,
        rng: &mut dyn CryptoRng,
    ) -> Result<(Ciphertext, Key), Rejection> {
        kem::encapsulate(public, &Key::random(rng))
    }

    /// What is authenticated besides the plaintext: `ad`, and the headers of both halves.
    fn concat(&self, ad: &[u8], header: &Header) -> Vec<u8> {
        crypto::concat(ad, &header.encode())
    }

    /// Encrypts a message.
    ///
    /// # Errors
    /// `not-yet` before the first key of the peer is known; `other` when a chain is used up.
    fn ratchet_encrypt(
        &self,
        config: &Config,
        state: &mut State<Self::Extra>,
        rng: &mut dyn CryptoRng,
        ad: &[u8],
        plaintext: &[u8],
    ) -> Result<Vec<u8>, Rejection> {
        let (mut classical, mut half) = (state.classical.draft(), state.post_quantum.draft());
        CLASSICAL.prepare_sending(&config.classical, &mut classical, rng)?;
        let (header, classical_key) = CLASSICAL.sending_key(&mut classical)?;
        self.prepare_sending(&mut half, rng)?;
        let (kem_header, kem_key) = self.sending_key(&mut half)?;
        let header = Header { classical: header, post_quantum: kem_header };
        let mk = self.message_key(&classical_key, &kem_key, half.party, &header);
        let sealed = crypto::seal(&mk, &self.concat(ad, &header), plaintext);
        state.classical.commit(classical, config.classical.max_stored);
        state.post_quantum.commit(half, config.classical.max_stored);
        Ok([header.encode(), sealed].concat())
    }

    /// Offers a public key if it is this party's turn, or answers the peer's and so opens an epoch.
    ///
    /// # Errors
    /// `other` when there are no epochs left.
    fn prepare_sending(
        &self,
        half: &mut PostQuantum<Self::Extra>,
        rng: &mut dyn CryptoRng,
    ) -> Result<(), Rejection> {
        match half.exchange.clone() {
            Exchange::Idle if PostQuantum::<()>::offers_after(half.epoch) == half.party => {
                half.exchange = Exchange::Offering(self.generate_kem(half, rng));
            }
            Exchange::Owing(public) => {
                let (ciphertext, secret) = self.encapsulate(half, &public, rng)?;
                let keys = self.kdf_epoch(&half.root, &secret, half.epoch.saturating_add(1));
                half.enter(&keys)?;
                half.exchange =
                    Exchange::Answering { ciphertext, next: keys.of(half.party.peer()) };
            }
            _ => {}
        }
        Ok(())
    }

    /// What the next message carries for the agreement on an epoch.
    fn load(&self, half: &mut PostQuantum<Self::Extra>) -> Load {
        half.exchange.load()
    }

    /// Takes the next key of the sending chain.
    ///
    /// # Errors
    /// `other` when the chain is used up.
    fn sending_key(
        &self,
        half: &mut PostQuantum<Self::Extra>,
    ) -> Result<(KemHeader, Key), Rejection> {
        let load = self.load(half);
        let header = KemHeader { epoch: half.epoch, pn: half.pn, n: half.ns, load };
        let next = half.ns.checked_add(1);
        half.ns = next.ok_or_else(|| Rejection::other("the sending chain is used up"))?;
        let (sending, mk) = self.kdf_chain(&half.sending, header.n);
        half.sending = sending;
        Ok((header, mk))
    }

    /// Opens a message.
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
        let (header, sealed) = Header::decode(message)?;
        crypto::check_canonical(&header.classical.dh)?;
        let (mut classical, mut half) = (state.classical.draft(), state.post_quantum.draft());
        let stored = CLASSICAL.try_skipped_message_keys(&state.classical, &header.classical);
        let stored_kem = stored_key(&state.post_quantum, &header.post_quantum);
        let turns = stored.is_none() && classical.is_new_key(&header.classical);
        // The limits of both halves go before any work.
        if stored.is_none() {
            CLASSICAL.check_replay(&state.classical, &header.classical)?;
            CLASSICAL.check_limits(&config.classical, &state.classical, &header.classical)?;
        }
        if stored_kem.is_none() {
            self.check_chain(&state.post_quantum, &header.post_quantum)?;
            self.check_limits(config, &state.post_quantum, &header.post_quantum)?;
        }
        let classical_key = match stored {
            Some(mk) => mk,
            None => {
                if turns {
                    CLASSICAL.skip_message_keys(&mut classical, header.classical.pn);
                    CLASSICAL.receiving_half(&mut classical, &header.classical)?;
                }
                CLASSICAL.receiving_key(&mut classical, &header.classical)?
            }
        };
        let kem_key = match stored_kem {
            Some(mk) => mk,
            None => self.receiving_key(&mut half, &header.post_quantum)?,
        };
        let mk = self.message_key(&classical_key, &kem_key, half.party.peer(), &header);
        let plaintext = crypto::open(&mk, &self.concat(ad, &header), sealed)?;
        // The second half of `DHRatchet` can wait until it is known to be worth the work.
        match config.classical.key_generation {
            _ if !turns => {}
            KeyGeneration::Eager => CLASSICAL.sending_half(&mut classical, rng)?,
            KeyGeneration::Lazy => (classical.dhs, classical.cks) = (None, None),
        }
        self.absorb(&mut half, &header.post_quantum)?;
        state.classical.commit(classical, config.classical.max_stored);
        state.post_quantum.commit(half, config.classical.max_stored);
        CLASSICAL.forget(&mut state.classical, &header.classical, &classical_key);
        self.forget(&mut state.post_quantum, &header.post_quantum, &kem_key);
        Ok(plaintext)
    }

    /// Refuses a message of a chain that is over, or whose key is gone, or of an epoch that cannot be known.
    ///
    /// # Errors
    /// `replayed` or `forged`.
    fn check_chain(
        &self,
        half: &PostQuantum<Self::Extra>,
        header: &KemHeader,
    ) -> Result<(), Rejection> {
        if half.is_new_epoch(header.epoch) {
            Ok(())
        } else if header.epoch != half.received {
            Err(Rejection::forged("no key of this epoch"))
        } else if header.n < half.nr {
            Err(Rejection::replayed("message was opened before, or its key was evicted"))
        } else {
            Ok(())
        }
    }

    /// Refuses a message that skips too many keys of a chain. One chain here may go on through two of the classical
    /// half, so twice as many are allowed.
    ///
    /// # Errors
    /// `gap-too-large`.
    fn check_limits(
        &self,
        config: &Config,
        half: &PostQuantum<Self::Extra>,
        header: &KemHeader,
    ) -> Result<(), Rejection> {
        let (old, new) = if half.is_new_epoch(header.epoch) {
            (header.pn.saturating_sub(half.nr), header.n)
        } else {
            (0, header.n.saturating_sub(half.nr))
        };
        if old.max(new) > config.post_quantum_max_skip() {
            return Err(Rejection::gap_too_large("too many messages are missing"));
        }
        Ok(())
    }

    /// Takes the key of message `header.n`, storing those before it.
    ///
    /// # Errors
    /// `forged` for the first message of an epoch that cannot be known.
    fn receiving_key(
        &self,
        half: &mut PostQuantum<Self::Extra>,
        header: &KemHeader,
    ) -> Result<Key, Rejection> {
        if half.is_new_epoch(header.epoch) {
            self.skip_keys(half, header.pn);
            self.receive_epoch(half, header)?;
        }
        self.skip_keys(half, header.n);
        let (receiving, mk) = self.kdf_chain(&half.receiving, header.n);
        half.receiving = receiving;
        half.nr = half.nr.saturating_add(1);
        Ok(mk)
    }

    /// Receives in the next epoch from now on: one that this party has answered, or one that this ciphertext makes.
    ///
    /// # Errors
    /// `forged` if it is neither.
    fn receive_epoch(
        &self,
        half: &mut PostQuantum<Self::Extra>,
        header: &KemHeader,
    ) -> Result<(), Rejection> {
        let receiving = match (&half.exchange, &header.load) {
            (Exchange::Answering { next, .. }, _) => *next,
            (Exchange::Offering(pair), Load::Ciphertext(ciphertext)) => {
                let secret = pair.decapsulate(ciphertext);
                let keys = self.kdf_epoch(&half.root, &secret, header.epoch);
                half.enter(&keys)?;
                keys.of(half.party.peer())
            }
            _ => return Err(Rejection::forged("an epoch that was not agreed on")),
        };
        half.exchange = Exchange::Idle;
        (half.received, half.receiving, half.nr) = (header.epoch, receiving, 0);
        Ok(())
    }

    /// Stores the keys before `until`. Limits were checked before.
    fn skip_keys(&self, half: &mut PostQuantum<Self::Extra>, until: u32) {
        while half.nr < until {
            let (receiving, mk) = self.kdf_chain(&half.receiving, half.nr);
            half.skipped.insert((half.received, half.nr), mk);
            half.receiving = receiving;
            half.nr += 1;
        }
    }

    /// Takes over what an authentic message carries: the peer's public key, if it is awaited.
    ///
    /// # Errors
    /// `malformed` for bytes that are no public key.
    fn absorb(
        &self,
        half: &mut PostQuantum<Self::Extra>,
        header: &KemHeader,
    ) -> Result<(), Rejection> {
        half.absorb(header)
    }

    /// Deletes the key of a message that was opened.
    fn forget(&self, half: &mut PostQuantum<Self::Extra>, header: &KemHeader, _mk: &Key) {
        half.skipped.remove(&(header.epoch, header.n));
    }
}

fn stored_key<X>(half: &PostQuantum<X>, header: &KemHeader) -> Option<Key> {
    half.skipped.get(&(header.epoch, header.n))
}

/// The steps without a bug.
#[derive(Clone, Copy, Debug, Default)]
pub struct Textbook;

impl HybridSteps for Textbook {
    type Extra = ();
}

/// The key of a message by HKDF-SHA256 from the keys of both halves.
#[must_use]
pub fn message_key(classical: &Key, post_quantum: &Key) -> Key {
    let both = [classical.0, post_quantum.0].concat();
    Key(crypto::hkdf_sha256(&Key::default(), &both, b"sprag hybrid message key"))
}

/// The keys of an epoch by HKDF-SHA256 from the root before and the secret that the KEM carried.
#[must_use]
pub fn kdf_epoch(root: &Key, secret: &Key) -> EpochKeys {
    let keys = crypto::hkdf_sha256::<96>(root, &secret.0, b"sprag hybrid epoch");
    let key = |from: usize| Key(std::array::from_fn(|i| keys[from + i]));
    EpochKeys { root: key(0), initiator: key(32), responder: key(64) }
}

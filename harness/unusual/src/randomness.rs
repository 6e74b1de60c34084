//! Randomness that is not the caller's, and calls that take their time.

use std::sync::atomic::{AtomicU64, Ordering};

use rand_chacha::ChaCha8Rng;
use rand_core::{CryptoRng, SeedableRng as _};
use sprag::{Capabilities, Opened, Pair, Ratchet, Rejection};
use sprag_protocols::crypto::{Key, hmac_sha256};
use sprag_protocols::double_ratchet::DoubleRatchet;
use sprag_protocols::periodic::{self, PeriodicRekey};

use crate::integrity::NoTag;
use crate::wrapped::{Change, Held, Wrapped};
use crate::{Member, member};

/// A generator of the library's own, as far from the sessions as that of an operating system.
#[derive(Default)]
pub(crate) struct Hidden(AtomicU64);

impl Hidden {
    fn draw(&self) -> ChaCha8Rng {
        let mut seed = [0x5e; 32];
        seed[..8].copy_from_slice(&self.0.fetch_add(1, Ordering::Relaxed).to_le_bytes());
        ChaCha8Rng::from_seed(hmac_sha256(&Key(seed), b"hidden").0)
    }
}

impl<R: Ratchet> Change<R> for Hidden {
    type Memory = ();

    fn capabilities(&self, ratchet: &R) -> Capabilities {
        Capabilities { secret: false, identities: false, ..ratchet.capabilities() }
    }

    fn encrypt(
        &self,
        ratchet: &R,
        session: &mut Held<R, ()>,
        _rng: &mut dyn CryptoRng,
        ad: &[u8],
        plaintext: &[u8],
    ) -> Result<Vec<u8>, Rejection> {
        ratchet.encrypt(&mut session.inner, &mut self.draw(), ad, plaintext)
    }

    fn decrypt(
        &self,
        ratchet: &R,
        session: &mut Held<R, ()>,
        _rng: &mut dyn CryptoRng,
        ad: &[u8],
        message: &[u8],
    ) -> Result<Opened, Rejection> {
        ratchet.decrypt(&mut session.inner, &mut self.draw(), ad, message)
    }

    fn outbox(
        &self,
        ratchet: &R,
        session: &mut Held<R, ()>,
        _rng: &mut dyn CryptoRng,
    ) -> Result<Vec<Vec<u8>>, Rejection> {
        ratchet.outbox(&mut session.inner, &mut self.draw())
    }
}

/// Only the keys of a session come out of a generator of the library's own.
struct HiddenPairing(Hidden);

impl<R: Ratchet> Change<R> for HiddenPairing {
    type Memory = ();

    fn capabilities(&self, ratchet: &R) -> Capabilities {
        Capabilities { secret: false, identities: false, ..ratchet.capabilities() }
    }

    fn paired(
        &self,
        ratchet: &R,
        _rng: &mut dyn CryptoRng,
        _pair: Pair<R::Session>,
    ) -> Result<Pair<R::Session>, Rejection> {
        ratchet.pair(&mut self.0.draw())
    }
}

pub(crate) fn hidden_without_integrity() -> Member {
    let (ratchet, change) = (NoTag, HiddenPairing(Hidden::default()));
    let ratchet = Wrapped { name: "unusual/hidden-no-integrity", ratchet, change };
    member("no tag, and keys that are drawn anew for each twin", "voice over radio", ratchet)
}

pub(crate) fn hidden_eager() -> Member {
    let (ratchet, change) = (DoubleRatchet::eager(), Hidden::default());
    let ratchet = Wrapped { name: "unusual/hidden-eager", ratchet, change };
    member("draws its randomness by itself", "most libraries", ratchet)
}

pub(crate) fn hidden_lazy() -> Member {
    let (ratchet, change) = (DoubleRatchet::lazy(), Hidden::default());
    let ratchet = Wrapped { name: "unusual/hidden-lazy", ratchet, change };
    member("draws its randomness by itself", "most libraries", ratchet)
}

pub(crate) fn hidden_in_rekeys() -> Member {
    let ratchet = PeriodicRekey { steps: periodic::Textbook };
    let ratchet = Wrapped { name: "unusual/hidden-periodic", ratchet, change: Hidden::default() };
    member("draws by itself, and only for a rekey", "Telegram's secret chats", ratchet)
}

/// Draws by itself for one message in many only, so that few conversations show it.
struct RarelyHidden(Hidden);

impl<R: Ratchet> Change<R> for RarelyHidden {
    /// Messages opened.
    type Memory = u32;

    fn decrypt(
        &self,
        ratchet: &R,
        session: &mut Held<R, u32>,
        rng: &mut dyn CryptoRng,
        ad: &[u8],
        message: &[u8],
    ) -> Result<Opened, Rejection> {
        let opened = match session.memory % 25 {
            24 => ratchet.decrypt(&mut session.inner, &mut self.0.draw(), ad, message),
            _ => ratchet.decrypt(&mut session.inner, rng, ad, message),
        }?;
        session.memory += 1;
        Ok(opened)
    }
}

pub(crate) fn rarely_hidden() -> Member {
    let (ratchet, change) = (DoubleRatchet::eager(), RarelyHidden(Hidden::default()));
    let ratchet = Wrapped { name: "unusual/rarely-hidden", ratchet, change };
    member("draws by itself every 25th time", "keys that are made ahead, in batches", ratchet)
}

/// Each call takes some hundred microseconds.
struct Slow;

impl Slow {
    fn spin() {
        let mut key = Key::default();
        for _ in 0..400 {
            key = hmac_sha256(&key, b"slow");
        }
        std::hint::black_box(key);
    }
}

impl<R: Ratchet> Change<R> for Slow {
    type Memory = ();

    fn encrypt(
        &self,
        ratchet: &R,
        session: &mut Held<R, ()>,
        rng: &mut dyn CryptoRng,
        ad: &[u8],
        plaintext: &[u8],
    ) -> Result<Vec<u8>, Rejection> {
        Self::spin();
        ratchet.encrypt(&mut session.inner, rng, ad, plaintext)
    }

    fn decrypt(
        &self,
        ratchet: &R,
        session: &mut Held<R, ()>,
        rng: &mut dyn CryptoRng,
        ad: &[u8],
        message: &[u8],
    ) -> Result<Opened, Rejection> {
        Self::spin();
        ratchet.decrypt(&mut session.inner, rng, ad, message)
    }
}

pub(crate) fn slow() -> Member {
    let ratchet = DoubleRatchet::eager();
    let ratchet = Wrapped { name: "unusual/slow", ratchet, change: Slow };
    member("each call takes hundreds of microseconds", "ratchets in interpreted languages", ratchet)
}

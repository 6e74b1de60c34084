//! Refusals of other classes, and what a ratchet does before it refuses.

use rand_core::CryptoRng;
use sprag::{Opened, Ratchet, Rejection, RejectionClass};
use sprag_protocols::double_ratchet::DoubleRatchet;

use crate::wrapped::{Change, Held, Wrapped};
use crate::{Member, member};

/// Refusals under other classes.
struct Reclassed(fn(RejectionClass) -> RejectionClass);

impl<R: Ratchet> Change<R> for Reclassed {
    type Memory = ();

    fn encrypt(
        &self,
        ratchet: &R,
        session: &mut Held<R, ()>,
        rng: &mut dyn CryptoRng,
        ad: &[u8],
        plaintext: &[u8],
    ) -> Result<Vec<u8>, Rejection> {
        let sent = ratchet.encrypt(&mut session.inner, rng, ad, plaintext);
        sent.map_err(|rejection| Rejection { class: (self.0)(rejection.class), ..rejection })
    }

    fn decrypt(
        &self,
        ratchet: &R,
        session: &mut Held<R, ()>,
        rng: &mut dyn CryptoRng,
        ad: &[u8],
        message: &[u8],
    ) -> Result<Opened, Rejection> {
        let opened = ratchet.decrypt(&mut session.inner, rng, ad, message);
        opened.map_err(|rejection| Rejection { class: (self.0)(rejection.class), ..rejection })
    }
}

pub(crate) fn one_class() -> Member {
    let change = Reclassed(|_| RejectionClass::Other);
    let ratchet = DoubleRatchet::eager();
    let ratchet = Wrapped { name: "unusual/one-class", ratchet, change };
    member("one error for everything", "libraries that hide why they refuse", ratchet)
}

pub(crate) fn forged_for_all() -> Member {
    let change = Reclassed(|class| match class {
        RejectionClass::NotYet => class,
        _ => RejectionClass::Forged,
    });
    let ratchet = DoubleRatchet::lazy().with_limits(30, 40);
    let ratchet = Wrapped { name: "unusual/forged-for-all", ratchet, change };
    member("what it cannot open does not authenticate", "trial decryption", ratchet)
}

pub(crate) fn own_classes() -> Member {
    let change = Reclassed(|class| match class {
        RejectionClass::Replayed => RejectionClass::Expired,
        RejectionClass::Forged => RejectionClass::UnknownSession,
        class => class,
    });
    let ratchet = DoubleRatchet::eager().with_limits(30, 20);
    let ratchet = Wrapped { name: "unusual/own-classes", ratchet, change };
    member("keys that are gone have expired", "vodozemac, where a used key is a missing one", ratchet)
}

/// Randomness is drawn before anything is checked.
struct DrawsFirst;

impl<R: Ratchet> Change<R> for DrawsFirst {
    type Memory = ();

    fn decrypt(
        &self,
        ratchet: &R,
        session: &mut Held<R, ()>,
        rng: &mut dyn CryptoRng,
        ad: &[u8],
        message: &[u8],
    ) -> Result<Opened, Rejection> {
        let mut unused = vec![0; 1 + message.len() % 7];
        rng.fill_bytes(&mut unused);
        ratchet.decrypt(&mut session.inner, rng, ad, message)
    }
}

pub(crate) fn draws_first() -> Member {
    let ratchet = DoubleRatchet::eager();
    let ratchet = Wrapped { name: "unusual/draws-first", ratchet, change: DrawsFirst };
    member("a refused message uses up randomness, and nothing else", "blinded operations", ratchet)
}

//! Sessions that begin otherwise.

use rand_core::CryptoRng;
use sprag::{Capabilities, Pair, Party, Profile, Ratchet, Rejection, ResponderStart};
use sprag_protocols::double_ratchet::{DoubleRatchet, State};
use sprag_protocols::periodic::{self, PeriodicRekey};
use sprag_protocols::static_key::{self, StaticKey};
use sprag_protocols::symmetric::{self, SymmetricRatchet};

use crate::wrapped::{Change, Held, Wrapped};
use crate::{Member, member};

/// Pairing carries a first message.
pub(crate) struct Opened;

impl<R: Ratchet> Change<R> for Opened {
    type Memory = ();

    fn paired(
        &self,
        ratchet: &R,
        rng: &mut dyn CryptoRng,
        mut pair: Pair<R::Session>,
    ) -> Result<Pair<R::Session>, Rejection> {
        let first = ratchet.encrypt(&mut pair.initiator, rng, b"", b"hello")?;
        ratchet.decrypt(&mut pair.responder, rng, b"", &first)?;
        Ok(Pair { opened: true, ..pair })
    }
}

const ODDITY: &str = "pairing carries a first message";

pub(crate) fn opened_eager() -> Member {
    let ratchet = DoubleRatchet::eager();
    member(ODDITY, "libsignal", Wrapped { name: "unusual/opened-eager", ratchet, change: Opened })
}

pub(crate) fn opened_lazy() -> Member {
    let ratchet = DoubleRatchet::lazy();
    member(ODDITY, "Olm", Wrapped { name: "unusual/opened-lazy", ratchet, change: Opened })
}

pub(crate) fn opened_symmetric() -> Member {
    let ratchet = SymmetricRatchet { steps: symmetric::Textbook };
    let ratchet = Wrapped { name: "unusual/opened-symmetric", ratchet, change: Opened };
    member(ODDITY, "sender keys that come with a message", ratchet)
}

/// The responder speaks when it is spoken to.
struct Answers {
    /// Service messages count too.
    to_service: bool,
}

impl<R: Ratchet> Change<R> for Answers {
    /// Whether something was opened.
    type Memory = bool;

    fn profile(&self, ratchet: &R) -> Profile {
        Profile { responder_start: ResponderStart::NotYet, ..ratchet.profile() }
    }

    fn encrypt(
        &self,
        ratchet: &R,
        session: &mut Held<R, bool>,
        rng: &mut dyn CryptoRng,
        ad: &[u8],
        plaintext: &[u8],
    ) -> Result<Vec<u8>, Rejection> {
        if session.party == Party::Responder && !session.memory {
            return Err(Rejection::not_yet("nothing received"));
        }
        ratchet.encrypt(&mut session.inner, rng, ad, plaintext)
    }

    fn decrypt(
        &self,
        ratchet: &R,
        session: &mut Held<R, bool>,
        rng: &mut dyn CryptoRng,
        ad: &[u8],
        message: &[u8],
    ) -> Result<sprag::Opened, Rejection> {
        let opened = ratchet.decrypt(&mut session.inner, rng, ad, message)?;
        session.memory |= self.to_service || opened != sprag::Opened::Service;
        Ok(opened)
    }
}

const WAITS: &str = "the responder cannot speak first";
const ANSWERS: Answers = Answers { to_service: true };

pub(crate) fn answering_symmetric() -> Member {
    let ratchet = SymmetricRatchet { steps: symmetric::Textbook };
    let ratchet = Wrapped { name: "unusual/answers-symmetric", ratchet, change: ANSWERS };
    member(WAITS, "SCIMP before its handshake is over", ratchet)
}

pub(crate) fn answering_periodic() -> Member {
    let ratchet = PeriodicRekey { steps: periodic::Textbook };
    let ratchet = Wrapped { name: "unusual/answers-periodic", ratchet, change: ANSWERS };
    member(WAITS, "WireGuard", ratchet)
}

pub(crate) fn answering_texts() -> Member {
    let ratchet = PeriodicRekey { steps: periodic::Textbook };
    let change = Answers { to_service: false };
    let ratchet = Wrapped { name: "unusual/answers-texts", ratchet, change };
    member("the responder cannot speak before a text came", "WireGuard, asked for more", ratchet)
}

pub(crate) fn answering_static() -> Member {
    let ratchet = StaticKey { steps: static_key::Textbook };
    let ratchet = Wrapped { name: "unusual/answers-static", ratchet, change: ANSWERS };
    member(WAITS, "request and response under one key", ratchet)
}

/// The responder has a chain of its own from the start.
struct InitialChain;

impl Change<DoubleRatchet> for InitialChain {
    type Memory = ();

    fn profile(&self, ratchet: &DoubleRatchet) -> Profile {
        Profile { responder_start: ResponderStart::InitialChain, ..ratchet.profile() }
    }

    fn capabilities(&self, ratchet: &DoubleRatchet) -> Capabilities {
        // The textbook takes no state back that it would not have come to; and the chain is drawn, not agreed.
        let all = Ratchet::capabilities(ratchet);
        Capabilities { export: false, secret: false, identities: false, ..all }
    }

    fn paired(
        &self,
        _ratchet: &DoubleRatchet,
        rng: &mut dyn CryptoRng,
        mut pair: Pair<State<()>>,
    ) -> Result<Pair<State<()>>, Rejection> {
        let ck = sprag_protocols::crypto::Key::random(rng);
        (pair.initiator.ckr, pair.responder.cks) = (Some(ck), Some(ck));
        Ok(pair)
    }
}

pub(crate) fn initial_chain_closed() -> Member {
    let ratchet = DoubleRatchet::eager();
    let name = "unusual/initial-chain-closed";
    let ratchet = Wrapped { name, ratchet, change: InitialChain };
    member("the responder may speak first, in a chain that is closed later", "the text", ratchet)
}

pub(crate) fn initial_chain_closed_lazy() -> Member {
    let ratchet = DoubleRatchet::lazy();
    let name = "unusual/initial-chain-closed-lazy";
    let ratchet = Wrapped { name, ratchet, change: InitialChain };
    member("the responder may speak first, in a chain that is closed later", "the text", ratchet)
}

//! Sessions that begin otherwise.

use rand_core::CryptoRng;
use sprag::{Capabilities, Pair, Profile, Ratchet, Rejection, ResponderStart};
use sprag_protocols::double_ratchet::{DoubleRatchet, State};
use sprag_protocols::symmetric::{self, SymmetricRatchet};

use crate::wrapped::{Change, Wrapped};
use crate::{Member, member};

/// Pairing carries a first message.
struct Opened;

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

/// The responder has a chain of its own from the start.
struct InitialChain;

impl Change<DoubleRatchet> for InitialChain {
    type Memory = ();

    fn profile(&self, ratchet: &DoubleRatchet) -> Profile {
        Profile { responder_start: ResponderStart::InitialChain, ..ratchet.profile() }
    }

    fn capabilities(&self, ratchet: &DoubleRatchet) -> Capabilities {
        // The textbook takes no state back that it would not have come to.
        Capabilities { export: false, ..Ratchet::capabilities(ratchet) }
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

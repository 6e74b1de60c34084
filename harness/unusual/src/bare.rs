//! Ratchets without some of what is optional, or without all of it.

use sprag::{Capabilities, Ratchet};
use sprag_protocols::double_ratchet::DoubleRatchet;
use sprag_protocols::static_key::{self, StaticKey};
use sprag_protocols::symmetric::{self, SymmetricRatchet};

use crate::wrapped::{Change, Wrapped};
use crate::{Member, member};

/// Only these abilities are left.
struct Left(fn(Capabilities) -> Capabilities);

impl<R: Ratchet> Change<R> for Left {
    type Memory = ();

    fn capabilities(&self, ratchet: &R) -> Capabilities {
        (self.0)(ratchet.capabilities())
    }
}

pub(crate) fn no_fields() -> Member {
    let change = Left(|all| Capabilities { fields: false, rewrite: false, ..all });
    let ratchet = DoubleRatchet::lazy();
    let ratchet = Wrapped { name: "unusual/no-fields", ratchet, change };
    member("does not tell where its fields are", "any plug-in in a hurry", ratchet)
}

pub(crate) fn no_export() -> Member {
    let change = Left(|all| Capabilities { export: false, ..all });
    let ratchet = DoubleRatchet::eager();
    let ratchet = Wrapped { name: "unusual/no-export", ratchet, change };
    member("is never at rest", "sessions that live in memory only", ratchet)
}

pub(crate) fn no_associated_data() -> Member {
    let change = Left(|all| Capabilities { associated_data: false, ..all });
    let ratchet = DoubleRatchet::eager();
    let ratchet = Wrapped { name: "unusual/no-associated-data", ratchet, change };
    member("takes no associated data", "Olm", ratchet)
}

fn nothing(_all: Capabilities) -> Capabilities {
    Capabilities::default()
}

const ODDITY: &str = "has the four required methods and nothing else";

pub(crate) fn bare_eager() -> Member {
    let ratchet = DoubleRatchet::eager();
    let ratchet = Wrapped { name: "unusual/bare-eager", ratchet, change: Left(nothing) };
    member(ODDITY, "any plug-in in a hurry", ratchet)
}

pub(crate) fn bare_lazy() -> Member {
    let ratchet = DoubleRatchet::lazy();
    let ratchet = Wrapped { name: "unusual/bare-lazy", ratchet, change: Left(nothing) };
    member(ODDITY, "any plug-in in a hurry", ratchet)
}

pub(crate) fn bare_symmetric() -> Member {
    let ratchet = SymmetricRatchet { steps: symmetric::Textbook };
    let ratchet = Wrapped { name: "unusual/bare-symmetric", ratchet, change: Left(nothing) };
    member(ODDITY, "any plug-in in a hurry", ratchet)
}

pub(crate) fn bare_static() -> Member {
    let ratchet = StaticKey { steps: static_key::Textbook };
    let ratchet = Wrapped { name: "unusual/bare-static", ratchet, change: Left(nothing) };
    member(ODDITY, "NaCl's box", ratchet)
}

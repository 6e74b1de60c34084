//! Symmetric ratchets of one way, and with an end.

use rand_core::CryptoRng;
use sprag::{Family, Party, Profile, Ratchet, Rejection, ResponderStart};
use sprag_protocols::symmetric::{State, SymmetricRatchet, Textbook};

use crate::wrapped::{Change, Held, Wrapped};
use crate::{Member, member};

const TEXTBOOK: SymmetricRatchet = SymmetricRatchet { steps: Textbook };

/// Who may send, and how often.
#[derive(Default)]
pub(crate) struct Sending {
    one_way: bool,
    most: Option<u32>,
    /// What the profile says of `most`.
    rotates_after: Option<u32>,
}

impl Change<SymmetricRatchet> for Sending {
    type Memory = ();

    fn profile(&self, ratchet: &SymmetricRatchet) -> Profile {
        let mut profile = ratchet.profile();
        if let Family::SymmetricRatchet(claims) = &mut profile.family {
            (claims.one_way, claims.rotates_after) = (self.one_way, self.rotates_after);
        }
        if self.one_way {
            profile.responder_start = ResponderStart::NotYet;
        }
        profile
    }

    fn encrypt(
        &self,
        ratchet: &SymmetricRatchet,
        session: &mut Held<SymmetricRatchet, ()>,
        rng: &mut dyn CryptoRng,
        ad: &[u8],
        plaintext: &[u8],
    ) -> Result<Vec<u8>, Rejection> {
        let State { ns, .. } = session.inner;
        let is_responder = session.party == Party::Responder;
        if is_responder && self.one_way {
            return Err(Rejection::unsupported("this end only receives"));
        }
        if self.most.is_some_and(|most| ns >= most) {
            return Err(Rejection::other("open a new session"));
        }
        ratchet.encrypt(&mut session.inner, rng, ad, plaintext)
    }
}

pub(crate) fn one_way() -> Member {
    let change = Sending { one_way: true, ..Sending::default() };
    let ratchet = Wrapped { name: "unusual/one-way", ratchet: TEXTBOOK, change };
    member("only the initiator sends", "Megolm; sender keys", ratchet)
}

pub(crate) const fn a_hundred(name: &'static str) -> Wrapped<SymmetricRatchet, Sending> {
    let change = Sending { one_way: false, most: Some(100), rotates_after: Some(100) };
    Wrapped { name, ratchet: TEXTBOOK, change }
}

pub(crate) fn ends_after_a_hundred() -> Member {
    let ratchet = a_hundred("unusual/ends-after-100");
    member("sends a hundred messages and no more", "Megolm, where clients rotate", ratchet)
}

pub(crate) fn counter_of_one_byte() -> Member {
    let change = Sending { most: Some(256), ..Sending::default() };
    let ratchet = Wrapped { name: "unusual/one-byte-counter", ratchet: TEXTBOOK, change };
    member("a counter of one byte, which refuses to wrap", "radio links", ratchet)
}

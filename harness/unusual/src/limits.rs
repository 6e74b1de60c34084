//! Other limits for skipped keys than the textbook's.

use rand_core::CryptoRng;
use sprag::{ClosingGap, KeyGeneration, Rejection, WhenFull};
use sprag_protocols::double_ratchet::{Config, DoubleRatchet, Header, State};
use sprag_protocols::header_encrypted::HeaderEncrypted;
use sprag_protocols::{Steps, Textbook};

use crate::wrapped::{AS_IT_IS, Claims, Wrapped};
use crate::{Member, member};

pub(crate) fn no_gap_eager() -> Member {
    let ratchet = DoubleRatchet::eager().with_limits(0, 0);
    let ratchet = Wrapped { name: "unusual/no-gap-eager", ratchet, change: AS_IT_IS };
    member("no message may be skipped", "ratchets over a transport that keeps order", ratchet)
}

pub(crate) fn no_gap_lazy() -> Member {
    let ratchet = DoubleRatchet::lazy().with_limits(0, 0);
    let ratchet = Wrapped { name: "unusual/no-gap-lazy", ratchet, change: AS_IT_IS };
    member("no message may be skipped", "ratchets over a transport that keeps order", ratchet)
}

pub(crate) fn skips_and_stores_nothing() -> Member {
    let ratchet = DoubleRatchet::eager().with_limits(1000, 0);
    let ratchet = Wrapped { name: "unusual/stores-nothing", ratchet, change: AS_IT_IS };
    member("what is skipped is lost", "SCIMP; memory-poor devices", ratchet)
}

pub(crate) fn stores_less_than_it_skips() -> Member {
    let ratchet = DoubleRatchet::lazy().with_limits(50, 3);
    let ratchet = Wrapped { name: "unusual/stores-three", ratchet, change: AS_IT_IS };
    member("stores fewer keys than one message may skip", "vodozemac", ratchet)
}

/// A message that would have more keys stored than there is room for is refused.
#[derive(Clone, Copy)]
pub(crate) struct RefusesWhenFull;

impl Steps for RefusesWhenFull {
    type Extra = ();

    fn check_limits(
        &self,
        config: &Config,
        state: &State<()>,
        header: &Header,
    ) -> Result<(), Rejection> {
        Textbook.check_limits(config, state, header)?;
        let is_new = state.is_new_key(header);
        let closing = if is_new && state.ckr.is_some() { header.pn.saturating_sub(state.nr) } else { 0 };
        let ahead = header.n.saturating_sub(if is_new { 0 } else { state.nr });
        for more in [closing, ahead, closing + ahead] {
            if more > 0 && state.skipped.len() as u32 + more > config.max_stored {
                return Err(Rejection::gap_too_large("no room for so many keys"));
            }
        }
        Ok(())
    }
}

fn refusing() -> DoubleRatchet<RefusesWhenFull> {
    DoubleRatchet::with_steps(KeyGeneration::Eager, RefusesWhenFull).with_limits(3, 5)
}

pub(crate) fn refuses_when_full() -> Member {
    let change = Claims(|profile| {
        if let Some(limits) = profile.limits_mut() {
            limits.when_full = WhenFull::Refuse;
        }
    });
    let ratchet = Wrapped { name: "unusual/refuses-when-full", ratchet: refusing(), change };
    member("five stored keys at most, and then refuses", "the early libsignal for Go", ratchet)
}

pub(crate) fn refuses_when_full_undeclared() -> Member {
    let ratchet = refusing();
    let ratchet = Wrapped { name: "unusual/refuses-undeclared", ratchet, change: undeclared() };
    member("the same without a word about it", "any plug-in with a short profile", ratchet)
}

/// A message that closes the old chain too far ahead opens, and the rest of that chain is given up.
#[derive(Clone, Copy)]
pub(crate) struct GivesUpOldChains;

impl Steps for GivesUpOldChains {
    type Extra = ();

    fn check_limits(
        &self,
        config: &Config,
        state: &State<()>,
        header: &Header,
    ) -> Result<(), Rejection> {
        Textbook.check_limits(config, state, &Header { pn: 0, ..*header })
    }

    fn dh_ratchet(
        &self,
        config: &Config,
        state: &mut State<()>,
        header: &Header,
        rng: &mut dyn CryptoRng,
    ) -> Result<(), Rejection> {
        let is_too_far = header.pn.saturating_sub(state.nr) > config.max_skip;
        let pn = if is_too_far { state.nr } else { header.pn };
        Textbook.dh_ratchet(config, state, &Header { pn, ..*header }, rng)
    }
}

pub(crate) fn gives_up_old_chains() -> Member {
    let change = Claims(|profile| {
        if let Some(claims) = profile.double_ratchet_claims_mut() {
            claims.closing_gap = ClosingGap::Forget;
        }
    });
    let ratchet = DoubleRatchet::with_steps(KeyGeneration::Lazy, GivesUpOldChains).with_limits(4, 6);
    let ratchet = Wrapped { name: "unusual/gives-up-old-chains", ratchet, change };
    member("opens what closes a chain too far ahead", "doubleratchet for Python", ratchet)
}

pub(crate) fn undeclared_limits() -> Member {
    let ratchet = DoubleRatchet::lazy().with_limits(17, 29);
    let ratchet = Wrapped { name: "unusual/undeclared-limits", ratchet, change: undeclared() };
    member("limits that nobody declares", "any plug-in with a short profile", ratchet)
}

fn undeclared() -> Claims {
    Claims(|profile| {
        if let Some(limits) = profile.limits_mut() {
            (limits.max_skip, limits.max_stored) = (None, None);
        }
    })
}

pub(crate) fn expiring_keys() -> Member {
    let ratchet = DoubleRatchet::eager().with_limits(100, 100).with_expiry(3600);
    let ratchet = Wrapped { name: "unusual/expiring-keys", ratchet, change: AS_IT_IS };
    member("skipped keys go after an hour", "the advice of the Double Ratchet's text", ratchet)
}

pub(crate) fn encrypted_headers_with_small_limits() -> Member {
    let ratchet = HeaderEncrypted::textbook().with_limits(6, 9);
    let ratchet = Wrapped { name: "unusual/encrypted-headers-small", ratchet, change: AS_IT_IS };
    member("encrypted headers, and few keys skipped", "the text, section 4", ratchet)
}

//! A refused, late or crossing message does damage.

use rand_core::CryptoRng;
use sprag::Rejection;
use sprag_protocols::Steps;
use sprag_protocols::crypto::{Key, open};
use sprag_protocols::double_ratchet::{Config, Header, MAX_STORED, State};

use crate::mutant::mutant;

mutant! {
    ChainMovesBeforeCheck, "t01-chain-moves-before-check", Atomicity, Moderate,
    "The receiving chain is advanced before the tag is checked",
    killed by "atomicity/failed-decrypt", "model/random-schedule"
}

impl Steps for ChainMovesBeforeCheck {
    type Extra = ();

    fn discard(&self, state: &mut State<()>, draft: State<()>) {
        if draft.dhr == state.dhr {
            state.commit(draft, MAX_STORED);
        }
    }
}

mutant! {
    RatchetMovesBeforeCheck, "t02-ratchet-moves-before-check", Atomicity, Moderate,
    "A step with a new ratchet key is kept before the tag is checked",
    killed by "atomicity/failed-decrypt", "model/random-schedule"
}

impl Steps for RatchetMovesBeforeCheck {
    type Extra = ();

    fn discard(&self, state: &mut State<()>, draft: State<()>) {
        if draft.dhr != state.dhr {
            state.commit(draft, MAX_STORED);
        }
    }
}

mutant! {
    OldKeysUnderNewName, "t12-old-keys-under-new-name", Atomicity, Subtle,
    "The rest of a closed chain is stored under the ratchet key of the next",
    killed by "order/crossing-sends", "order/immediate-decryption", "model/random-schedule"
}

impl Steps for OldKeysUnderNewName {
    type Extra = ();

    fn dh_ratchet(
        &self,
        _config: &Config,
        state: &mut State<()>,
        header: &Header,
        rng: &mut dyn CryptoRng,
    ) -> Result<(), Rejection> {
        state.dhr = Some(header.dh);
        self.skip_message_keys(state, header.pn);
        self.receiving_half(state, header)?;
        self.sending_half(state, rng)
    }
}

mutant! {
    CounterResetAfterSkip, "t13-counter-reset-after-skip", Atomicity, Moderate,
    "The number of the next message expected is 0 again after a gap",
    killed by "order/immediate-decryption", "model/random-schedule"
}

impl Steps for CounterResetAfterSkip {
    type Extra = ();

    fn skip_message_keys(&self, state: &mut State<()>, until: u32) {
        let (Some(mut ckr), Some(dhr)) = (state.ckr, state.dhr) else { return };
        for n in state.nr..until {
            let (next, mk) = self.kdf_ck(&ckr, n);
            state.skipped.insert((dhr, n), mk);
            ckr = next;
            state.nr = 0;
        }
        state.ckr = Some(ckr);
    }
}

mutant! {
    EmptyIsAnError, "t22-empty-is-an-error", Atomicity, Subtle,
    "A plaintext of no bytes is returned as an error",
    killed by "order/immediate-decryption", "model/random-schedule"
}

impl Steps for EmptyIsAnError {
    type Extra = ();

    fn decrypt(&self, mk: &Key, sealed: &[u8], ad: &[u8]) -> Result<Vec<u8>, Rejection> {
        match open(mk, ad, sealed)? {
            empty if empty.is_empty() => Err(Rejection::other("nothing decrypted")),
            plaintext => Ok(plaintext),
        }
    }
}

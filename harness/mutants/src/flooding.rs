//! What a session keeps of messages that it should have forgotten, and what it does when it has had too many.

use std::hint::black_box;

use rand_core::CryptoRng;
use sprag::{Party, Rejection, RejectionClass};
use sprag_protocols::Steps;
use sprag_protocols::crypto::Key;
use sprag_protocols::double_ratchet::{Config, Header, MessageName, State, Textbook};
use sprag_protocols::skipped::Skipped;

use crate::mutant::mutant;

mutant! {
    ForgedKeysStay, "d05-forged-keys-stay", DenialOfService, Moderate,
    "Keys that were skipped for a message that does not authenticate are stored",
    killed by "denial-of-service/junk"
}

impl Steps for ForgedKeysStay {
    type Extra = ();

    fn discard(&self, state: &mut State<()>, draft: State<()>) {
        state.skipped.append(draft.skipped);
    }
}

mutant! {
    OldNumberPanicsAfterRestore, "d10-old-number-panics-after-restore", DenialOfService, Subtle,
    "A number that is past is looked up in an empty store after a restore, and panics",
    killed by "denial-of-service/junk", "forgery/replay"
}

impl Steps for OldNumberPanicsAfterRestore {
    type Extra = bool;

    fn check_replay(&self, state: &State<bool>, header: &Header) -> Result<(), Rejection> {
        if state.is_new_key(header) || header.n >= state.nr {
            return Ok(());
        }
        if state.extra {
            let stored: Vec<Key> = state.skipped.iter().map(|(_, key)| key).collect();
            black_box(stored[0]);
        }
        Err(Rejection::replayed("message was opened before"))
    }

    fn restored(&self, saved: State<bool>) -> Result<State<bool>, Rejection> {
        Ok(State { extra: true, ..saved })
    }
}

mutant! {
    RefusedJumpLeavesKeys, "t07-refused-jump-leaves-keys", Atomicity, Subtle,
    "A message beyond the limit is refused, and the keys up to the limit are stored",
    killed by "denial-of-service/junk", "denial-of-service/amplification"
}

impl Steps for RefusedJumpLeavesKeys {
    type Extra = ();

    fn ratchet_decrypt(
        &self,
        config: &Config,
        state: &mut State<()>,
        rng: &mut dyn CryptoRng,
        ad: &[u8],
        message: &[u8],
    ) -> Result<Vec<u8>, Rejection> {
        let opened = Textbook.ratchet_decrypt(config, state, rng, ad, message);
        if matches!(&opened, Err(rejection) if rejection.class == RejectionClass::GapTooLarge) {
            let mut draft = state.draft();
            let until = draft.nr.saturating_add(config.max_skip - 1);
            self.skip_message_keys(&mut draft, until);
            state.skipped.append(draft.skipped);
        }
        opened
    }
}

mutant! {
    DrawsWhatTheHeaderSays, "d50-draws-what-the-header-says", DenialOfService, Subtle,
    "As many random bytes are drawn as messages are announced, before anything is checked",
    killed by "denial-of-service/amplification"
}

impl Steps for DrawsWhatTheHeaderSays {
    type Extra = ();

    fn ratchet_decrypt(
        &self,
        config: &Config,
        state: &mut State<()>,
        rng: &mut dyn CryptoRng,
        ad: &[u8],
        message: &[u8],
    ) -> Result<Vec<u8>, Rejection> {
        let (header, _) = self.parse(message)?;
        rng.fill_bytes(&mut vec![0; header.n.max(header.pn).min(1 << 22) as usize]);
        Textbook.ratchet_decrypt(config, state, rng, ad, message)
    }
}

// libsignal-protocol-java issue 3 was of this kind.
mutant! {
    KeysAreNeverEvicted, "d51-keys-are-never-evicted", DenialOfService, Moderate,
    "Skipped keys that are evicted stay in a second store for ever",
    killed by "denial-of-service/stored-keys"
}

impl Steps for KeysAreNeverEvicted {
    type Extra = Skipped<MessageName>;

    fn try_skipped_message_keys(&self, state: &State<Self::Extra>, header: &Header) -> Option<Key> {
        let name = (header.dh, header.n);
        state.skipped.get(&name).or_else(|| state.extra.get(&name))
    }

    fn skip_message_keys(&self, state: &mut State<Self::Extra>, until: u32) {
        let (Some(mut ckr), Some(dhr)) = (state.ckr, state.dhr) else { return };
        while state.nr < until {
            let (next, mk) = self.kdf_ck(&ckr, state.nr);
            state.skipped.insert((dhr, state.nr), mk);
            state.extra.insert((dhr, state.nr), mk);
            ckr = next;
            state.nr += 1;
        }
        state.ckr = Some(ckr);
    }

    fn forget(&self, state: &mut State<Self::Extra>, header: &Header, _mk: &Key) {
        state.skipped.remove(&(header.dh, header.n));
        state.extra.remove(&(header.dh, header.n));
    }
}

// status-im doubleratchet issue 6.
mutant! {
    RefusesWhenFull, "d52-refuses-when-full", DenialOfService, Moderate,
    "Once as many keys are stored as may be, every gap is refused for ever",
    killed by "denial-of-service/stored-keys", "profile/describes-this-ratchet"
}

impl Steps for RefusesWhenFull {
    type Extra = ();

    fn check_limits(
        &self,
        config: &Config,
        state: &State<()>,
        header: &Header,
    ) -> Result<(), Rejection> {
        Textbook.check_limits(config, state, header)?;
        let gap = if state.is_new_key(header) { header.n } else { header.n - state.nr };
        if gap > 0 && state.skipped.len() as u32 + gap > config.max_stored {
            return Err(Rejection::other("the store is full"));
        }
        Ok(())
    }
}

mutant! {
    ChainKeysPileUp, "d53-chain-keys-pile-up", DenialOfService, Moderate,
    "The last key of every receiving chain is kept in a list",
    killed by "growth/state"
}

impl Steps for ChainKeysPileUp {
    type Extra = Vec<Key>;

    fn dh_ratchet(
        &self,
        _config: &Config,
        state: &mut State<Vec<Key>>,
        header: &Header,
        rng: &mut dyn CryptoRng,
    ) -> Result<(), Rejection> {
        self.skip_message_keys(state, header.pn);
        state.extra.extend(state.ckr);
        self.receiving_half(state, header)?;
        self.sending_half(state, rng)
    }
}

mutant! {
    InitiatorCountsInAList, "d54-initiator-counts-in-a-list", DenialOfService, Subtle,
    "The initiator notes the number of every message that it sends",
    killed by "growth/state"
}

impl Steps for InitiatorCountsInAList {
    type Extra = Vec<u32>;

    fn prepare_sending(
        &self,
        _config: &Config,
        state: &mut State<Vec<u32>>,
        rng: &mut dyn CryptoRng,
    ) -> Result<(), Rejection> {
        if state.cks.is_none() {
            self.sending_half(state, rng)?;
        }
        if state.party == Party::Initiator {
            state.extra.push(state.ns);
        }
        Ok(())
    }
}

/// Bad messages that [`LocksAfterManyForgeries`] takes.
const PATIENCE: u32 = 64;

mutant! {
    LocksAfterManyForgeries, "d57-locks-after-64-forgeries", DenialOfService, Subtle,
    "The 64th message that does not authenticate locks the session",
    killed by "denial-of-service/junk"
}

impl Steps for LocksAfterManyForgeries {
    type Extra = u32;

    fn check_replay(&self, state: &State<u32>, header: &Header) -> Result<(), Rejection> {
        if state.extra >= PATIENCE {
            return Err(Rejection::other("too many bad messages"));
        }
        if !state.is_new_key(header) && header.n < state.nr {
            return Err(Rejection::replayed("message was opened before, or its key was evicted"));
        }
        Ok(())
    }

    fn discard(&self, state: &mut State<u32>, _draft: State<u32>) {
        state.extra += 1;
    }
}

mutant! {
    ForgedChainsStayAfterRestore, "d90-forged-chains-stay-after-restore", DenialOfService, Subtle,
    "After a restore the keys of forged new chains are stored; in running chains they are not",
    killed by "denial-of-service/junk"
}

impl Steps for ForgedChainsStayAfterRestore {
    type Extra = bool;

    fn discard(&self, state: &mut State<bool>, draft: State<bool>) {
        if state.extra && draft.dhr != state.dhr {
            state.skipped.append(draft.skipped);
        }
    }

    fn restored(&self, saved: State<bool>) -> Result<State<bool>, Rejection> {
        Ok(State { extra: true, ..saved })
    }
}

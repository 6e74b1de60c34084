//! Old messages stay readable.

use std::collections::BTreeSet;

use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};
use sprag::Rejection;
use sprag_protocols::Steps;
use sprag_protocols::crypto::{Key, PublicKey, hmac_sha256};
use sprag_protocols::double_ratchet::{Config, Header, MAX_SKIP, MessageName, State};
use sprag_protocols::symmetric::{self, SymmetricSteps};

use crate::mutant::mutant;

mutant! {
    KeepsUsedKeys, "f01-keeps-used-keys", ForwardSecrecy, Trivial,
    "The key of an opened message stays among the skipped ones",
    killed by "forward-secrecy/consumed-key", "forgery/replay", "model/random-schedule"
}

impl Steps for KeepsUsedKeys {
    type Extra = ();

    fn forget(&self, state: &mut State<()>, header: &Header, mk: &Key) {
        state.skipped.insert((header.dh, header.n), *mk);
    }
}

mutant! {
    SendingChainStandsStill, "f02-chain-stands-still", ForwardSecrecy, Trivial,
    "The chain key is not advanced: all messages of a chain have one key",
    killed by "forward-secrecy/sender-side"
}

impl Steps for SendingChainStandsStill {
    type Extra = ();

    fn kdf_ck(&self, ck: &Key, _n: u32) -> (Key, Key) {
        (*ck, hmac_sha256(ck, &[1]))
    }
}

mutant! {
    NoChain, "f07-no-chain", ForwardSecrecy, Moderate,
    "Message keys follow from the start of the chain and the counter, which is not restored",
    killed by "forgery/replay", "forward-secrecy/consumed-key", "persistence/round-trip"
}

impl Steps for NoChain {
    type Extra = ();

    fn kdf_ck(&self, ck: &Key, n: u32) -> (Key, Key) {
        (*ck, hmac_sha256(ck, &n.to_be_bytes()))
    }

    fn restored(&self, saved: State<()>) -> Result<State<()>, Rejection> {
        Ok(State { nr: 0, ..saved })
    }
}

mutant! {
    ReceivingChainStandsStill, "f14-receiving-chain-stands-still", ForwardSecrecy, Moderate,
    "The receiver of a symmetric ratchet starts from the first chain key each time",
    killed by "forward-secrecy/consumed-key", "forgery/replay", "model/random-schedule"
}

impl SymmetricSteps for ReceivingChainStandsStill {
    fn advance(&self, _state: &mut symmetric::State, _ckr: Key, _n: u32) {}
}

mutant! {
    NeverEvicts, "f05-never-evicts", ForwardSecrecy, Moderate,
    "Skipped keys are never thrown out",
    killed by "forward-secrecy/skipped-keys", "forward-secrecy/old-chain-tail"
}

impl Steps for NeverEvicts {
    type Extra = ();

    fn most_stored(&self, _config: &Config, _state: &State<()>) -> u32 {
        u32::MAX
    }
}

mutant! {
    NoBoundAfterRestore, "f50-no-bound-after-restore", ForwardSecrecy, Subtle,
    "A restored session no longer throws out skipped keys",
    killed by "forward-secrecy/skipped-keys"
}

impl Steps for NoBoundAfterRestore {
    type Extra = bool;

    fn most_stored(&self, config: &Config, state: &State<bool>) -> u32 {
        if state.extra { u32::MAX } else { config.max_stored }
    }

    fn restored(&self, saved: State<bool>) -> Result<State<bool>, Rejection> {
        Ok(State { extra: true, ..saved })
    }
}

mutant! {
    ClosedChainsNotCounted, "f51-closed-chains-not-counted", ForwardSecrecy, Subtle,
    "Keys that are stored when a chain is closed do not count towards the bound",
    killed by "forward-secrecy/old-chain-tail"
}

impl Steps for ClosedChainsNotCounted {
    type Extra = u32;

    fn most_stored(&self, config: &Config, state: &State<u32>) -> u32 {
        config.max_stored.saturating_add(state.extra)
    }

    fn dh_ratchet(
        &self,
        _config: &Config,
        state: &mut State<u32>,
        header: &Header,
        rng: &mut dyn CryptoRng,
    ) -> Result<(), Rejection> {
        state.extra += header.pn.saturating_sub(state.nr);
        self.skip_message_keys(state, header.pn);
        self.receiving_half(state, header)?;
        self.sending_half(state, rng)
    }
}

mutant! {
    KeepsOldChains, "p25-keeps-old-chains", ForwardSecrecy, Subtle,
    "Every old receiving chain is kept as it was when the next began, and asked for keys that are not stored",
    killed by "forward-secrecy/old-chain-tail"
}

/// Chains that are over, and which of their messages were opened since.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(crate) struct OldChains {
    chains: Vec<(PublicKey, u32, Key)>,
    opened: BTreeSet<MessageName>,
}

impl Steps for KeepsOldChains {
    type Extra = OldChains;

    fn try_skipped_message_keys(&self, state: &State<OldChains>, header: &Header) -> Option<Key> {
        let name = (header.dh, header.n);
        if let Some(mk) = state.skipped.get(&name) {
            return Some(mk);
        }
        let OldChains { chains, opened } = &state.extra;
        let &(_, nr, mut ck) = chains.iter().find(|(dhr, ..)| *dhr == header.dh)?;
        if header.n < nr || header.n - nr > MAX_SKIP || opened.contains(&name) {
            return None;
        }
        for n in nr..header.n {
            (ck, _) = self.kdf_ck(&ck, n);
        }
        Some(self.kdf_ck(&ck, header.n).1)
    }

    fn dh_ratchet(
        &self,
        _config: &Config,
        state: &mut State<OldChains>,
        header: &Header,
        rng: &mut dyn CryptoRng,
    ) -> Result<(), Rejection> {
        if let (Some(dhr), Some(ckr)) = (state.dhr, state.ckr) {
            state.extra.chains.push((dhr, state.nr, ckr));
        }
        self.skip_message_keys(state, header.pn);
        self.receiving_half(state, header)?;
        self.sending_half(state, rng)
    }

    fn forget(&self, state: &mut State<OldChains>, header: &Header, _mk: &Key) {
        let name = (header.dh, header.n);
        state.skipped.remove(&name);
        state.extra.opened.insert(name);
    }
}

mutant! {
    OriginAfterRestore, "f14-origin-after-restore", ForwardSecrecy, Subtle,
    "A restored receiving chain begins again at its saved origin",
    killed by "forward-secrecy/reload-between-deliveries", "forward-secrecy/consumed-key"
}

/// Where the present receiving chain began.
type Origin = Option<(PublicKey, Key)>;

/// The same state with its receiving chain back at `origin`.
fn back_at<X>(origin: Origin, state: State<X>) -> State<X> {
    match origin {
        Some((dhr, ckr)) if state.dhr == Some(dhr) => State { ckr: Some(ckr), nr: 0, ..state },
        _ => state,
    }
}

impl Steps for OriginAfterRestore {
    type Extra = Origin;

    fn dh_ratchet(
        &self,
        _config: &Config,
        state: &mut State<Origin>,
        header: &Header,
        rng: &mut dyn CryptoRng,
    ) -> Result<(), Rejection> {
        self.skip_message_keys(state, header.pn);
        self.receiving_half(state, header)?;
        state.extra = state.dhr.zip(state.ckr);
        self.sending_half(state, rng)
    }

    fn restored(&self, saved: State<Origin>) -> Result<State<Origin>, Rejection> {
        Ok(back_at(saved.extra, saved))
    }
}

mutant! {
    RestStandsStill, "f20-rest-stands-still", ForwardSecrecy, Moderate,
    "The receiving chain moves on in memory; what is saved is the one that the epoch began with",
    killed by "forward-secrecy/reload-between-deliveries", "forward-secrecy/consumed-key"
}

/// The receiving chain at rest, which is no part of what is saved.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(crate) struct AtRest {
    #[serde(skip)]
    origin: Origin,
    #[serde(skip)]
    nr: u32,
}

impl Steps for RestStandsStill {
    type Extra = AtRest;

    fn dh_ratchet(
        &self,
        _config: &Config,
        state: &mut State<AtRest>,
        header: &Header,
        rng: &mut dyn CryptoRng,
    ) -> Result<(), Rejection> {
        self.skip_message_keys(state, header.pn);
        self.receiving_half(state, header)?;
        state.extra = AtRest { origin: state.dhr.zip(state.ckr), nr: 0 };
        self.sending_half(state, rng)
    }

    fn saved(&self, state: &State<AtRest>) -> State<AtRest> {
        let AtRest { origin, nr } = state.extra;
        match origin {
            Some((dhr, ckr)) if state.dhr == Some(dhr) => {
                State { ckr: Some(ckr), nr, ..state.clone() }
            }
            _ => state.clone(),
        }
    }

    fn restored(&self, saved: State<AtRest>) -> Result<State<AtRest>, Rejection> {
        let extra = AtRest { origin: saved.dhr.zip(saved.ckr), nr: saved.nr };
        Ok(State { extra, ..saved })
    }
}

mutant! {
    OriginAfterEighthRestore, "f54-origin-after-eighth-restore", ForwardSecrecy, Subtle,
    "The eighth restore within one receiving chain puts it back at its origin",
    killed by "forward-secrecy/reload-between-deliveries"
}

/// Where the present receiving chain began, and how often it was restored since.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize)]
pub(crate) struct Restores {
    origin: Origin,
    count: u32,
}

impl Steps for OriginAfterEighthRestore {
    type Extra = Restores;

    fn dh_ratchet(
        &self,
        _config: &Config,
        state: &mut State<Restores>,
        header: &Header,
        rng: &mut dyn CryptoRng,
    ) -> Result<(), Rejection> {
        self.skip_message_keys(state, header.pn);
        self.receiving_half(state, header)?;
        state.extra = Restores { origin: state.dhr.zip(state.ckr), count: 0 };
        self.sending_half(state, rng)
    }

    fn restored(&self, mut saved: State<Restores>) -> Result<State<Restores>, Rejection> {
        saved.extra.count += 1;
        let Restores { origin, count } = saved.extra;
        Ok(if count == 8 { back_at(origin, saved) } else { saved })
    }
}

mutant! {
    KeptAndRestored, "f90-kept-and-restored", ForwardSecrecy, Subtle,
    "Two faults: an opened message's key is stored again by a restore, and only if it had been kept because others were missing",
    killed by "forward-secrecy/reload-between-deliveries", "forward-secrecy/consumed-key"
}

impl Steps for KeptAndRestored {
    type Extra = Option<(MessageName, Key)>;

    /// The first fault: a key stays in the state, where nothing looks for it.
    fn forget(&self, state: &mut State<Self::Extra>, header: &Header, mk: &Key) {
        let name = (header.dh, header.n);
        state.skipped.remove(&name);
        state.extra = (!state.skipped.is_empty()).then_some((name, *mk));
    }

    /// The second: what is restored is everything that looks like a stored key.
    fn restored(&self, mut saved: State<Self::Extra>) -> Result<State<Self::Extra>, Rejection> {
        if let Some((name, mk)) = saved.extra.take() {
            saved.skipped.insert(name, mk);
        }
        Ok(saved)
    }
}

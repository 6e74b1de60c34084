//! A theft is never healed, or too late.

use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};
use sprag::{Party, Rejection};
use sprag_protocols::Steps;
use sprag_protocols::crypto::{Key, KeyPair, PublicKey, hkdf_pair};
use sprag_protocols::double_ratchet::{Config, Header, State};
use sprag_protocols::periodic::PeriodicSteps;

use crate::mutant::mutant;

mutant! {
    NoDhStep, "p01-no-dh-step", Recovery, Trivial,
    "No Diffie–Hellman value enters a key, and after the first turn no ratchet key is new: hash chains alone",
    killed by "recovery/healing-time", "recovery/ratchet-liveness", "model/random-schedule"
}

impl Steps for NoDhStep {
    type Extra = ();

    fn dh_ratchet(
        &self,
        _config: &Config,
        state: &mut State<()>,
        header: &Header,
        rng: &mut dyn CryptoRng,
    ) -> Result<(), Rejection> {
        self.skip_message_keys(state, header.pn);
        self.receiving_half(state, header)?;
        if state.cks.is_none() { self.sending_half(state, rng) } else { Ok(()) }
    }

    fn kdf_rk(&self, rk: &Key, _dh_out: &Key) -> (Key, Key) {
        hkdf_pair(rk, &[], b"root")
    }
}

mutant! {
    RenewsOnce, "p02-renews-once", Recovery, Moderate,
    "The sending half of a step is done once, then the old sending chain goes on",
    killed by "recovery/healing-time", "recovery/ratchet-liveness", "model/random-schedule"
}

impl Steps for RenewsOnce {
    type Extra = ();

    fn dh_ratchet(
        &self,
        _config: &Config,
        state: &mut State<()>,
        header: &Header,
        rng: &mut dyn CryptoRng,
    ) -> Result<(), Rejection> {
        self.skip_message_keys(state, header.pn);
        self.receiving_half(state, header)?;
        if state.cks.is_none() { self.sending_half(state, rng) } else { Ok(()) }
    }
}

mutant! {
    RenewsEveryFourthTurn, "p03-renews-every-fourth-turn", Recovery, Moderate,
    "A new key of the peer is answered with a new one only at the fourth turn",
    killed by "recovery/healing-time", "recovery/ratchet-liveness", "model/random-schedule"
}

/// The answer that is due, and what had been received at the last turn. A suppressed renewal would stop
/// both sides for ever, so turns are counted, not keys.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(crate) struct Turns {
    due: bool,
    count: u32,
    received: Option<(PublicKey, u32)>,
}

impl Steps for RenewsEveryFourthTurn {
    type Extra = Turns;

    fn dh_ratchet(
        &self,
        _config: &Config,
        state: &mut State<Turns>,
        header: &Header,
        _rng: &mut dyn CryptoRng,
    ) -> Result<(), Rejection> {
        self.skip_message_keys(state, header.pn);
        self.receiving_half(state, header)?;
        (state.extra.due, state.extra.count) = (true, 0);
        Ok(())
    }

    fn prepare_sending(
        &self,
        _config: &Config,
        state: &mut State<Turns>,
        rng: &mut dyn CryptoRng,
    ) -> Result<(), Rejection> {
        let received = state.dhr.map(|dhr| (dhr, state.nr));
        if state.extra.received != received {
            state.extra.received = received;
            state.extra.count += 1;
        }
        if state.cks.is_some() && !(state.extra.due && state.extra.count >= 4) {
            return Ok(());
        }
        state.extra.due = false;
        self.sending_half(state, rng)
    }
}

mutant! {
    OnlyInitiatorRenews, "p04-only-initiator-renews", Recovery, Moderate,
    "The responder never makes a second ratchet key, which stops both sides",
    killed by "recovery/healing-time", "recovery/ratchet-liveness", "model/random-schedule"
}

impl Steps for OnlyInitiatorRenews {
    type Extra = ();

    fn dh_ratchet(
        &self,
        _config: &Config,
        state: &mut State<()>,
        header: &Header,
        rng: &mut dyn CryptoRng,
    ) -> Result<(), Rejection> {
        self.skip_message_keys(state, header.pn);
        self.receiving_half(state, header)?;
        let renews = state.party == Party::Initiator || state.cks.is_none();
        if renews { self.sending_half(state, rng) } else { Ok(()) }
    }
}

mutant! {
    IgnoresDhEager, "p09-root-ignores-dh-eager", Recovery, Moderate,
    "The root key is derived without the Diffie–Hellman value (eager keys)",
    killed by "recovery/healing-time", "model/random-schedule"
}

impl Steps for IgnoresDhEager {
    type Extra = ();

    fn kdf_rk(&self, rk: &Key, _dh_out: &Key) -> (Key, Key) {
        hkdf_pair(rk, &[], b"root")
    }
}

mutant! {
    IgnoresDhLazy, "p09-root-ignores-dh-lazy", Recovery, Subtle,
    "The root key is derived without the Diffie–Hellman value (lazy keys)",
    killed by "recovery/healing-time", "model/random-schedule"
}

impl Steps for IgnoresDhLazy {
    type Extra = ();

    fn kdf_rk(&self, rk: &Key, _dh_out: &Key) -> (Key, Key) {
        hkdf_pair(rk, &[], b"root")
    }
}

mutant! {
    RepeatsFirstKeyAfterRestore, "p13-first-key-after-restore", Recovery, Subtle,
    "After a restore the next ratchet key is the one from the start of the session",
    killed by "recovery/healing-time", "recovery/ratchet-liveness", "persistence/round-trip"
}

/// The first key pair of a session; that the session is live is not saved.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(crate) struct First {
    pair: Option<KeyPair>,
    #[serde(skip)]
    live: bool,
}

impl Steps for RepeatsFirstKeyAfterRestore {
    type Extra = First;

    fn generate_dh(&self, state: &mut State<First>, rng: &mut dyn CryptoRng) -> KeyPair {
        let restored = !std::mem::replace(&mut state.extra.live, true);
        match state.extra.pair {
            // The peer takes a key for new only if it is not the current one.
            Some(first) if restored && state.dhs != Some(first) => first,
            _ => {
                let pair = KeyPair::from(Key::random(rng));
                state.extra.pair.get_or_insert(pair);
                pair
            }
        }
    }
}

mutant! {
    NeverAsks, "p66-never-asks", Recovery, Moderate,
    "No party ever asks for a periodic rekey",
    killed by "recovery/rekey-liveness"
}

impl PeriodicSteps for NeverAsks {
    fn asks(&self, _period: u32, _count: u32) -> bool {
        false
    }
}

mutant! {
    AsksTwice, "p67-asks-twice", Recovery, Subtle,
    "After two periodic rekeys no party asks for another one",
    killed by "recovery/rekey-liveness"
}

impl PeriodicSteps for AsksTwice {
    fn asks(&self, period: u32, count: u32) -> bool {
        period < 2 && count >= self.rekey_messages()
    }
}

mutant! {
    RekeyIgnoresDh, "p17-rekey-ignores-dh", Recovery, Moderate,
    "A periodic rekey derives the next key from the old one alone",
    killed by "recovery/healing-time", "model/random-schedule"
}

impl PeriodicSteps for RekeyIgnoresDh {
    fn next_key(&self, key: &Key, _dh_out: &Key) -> Key {
        hkdf_pair(key, &[], b"rekey").0
    }
}
